"""The question that searches everything, in the small universe of conftest."""


def test_a_search_names_what_it_found_and_what_it_took_for_a_typing_error(extended_universe, get_json):
    answer = get_json("search/", q="brindol bone-ache")
    assert answer["corrections"] == {"brindol": "brandol"}
    assert [hit["slug"] for hit in answer["results"]][:3] == ["drug", "bone-ache", "class-bone"]
    assert answer["results"][2]["citations"]
    assert [flag["slug"] for flag in answer["red_flags"]] == ["flag"]


def test_a_search_comes_in_pages_and_costs_the_same_for_each(
    extended_universe, get_json, api, django_assert_max_num_queries
):
    first, second = (get_json("search/", q="ache", page_size=2, page=page)["results"] for page in (1, 2))
    assert not {hit["slug"] for hit in first} & {hit["slug"] for hit in second}
    with django_assert_max_num_queries(60):
        api.get("/api/v1/search/", {"q": "brindol bone-ache", "page_size": 200})
