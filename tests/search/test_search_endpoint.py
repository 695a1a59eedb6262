"""The endpoint /api/v1/search/ on the small universe."""


def test_a_search_returns_records_corrections_and_red_flags(extended_universe, get_json):
    payload = get_json("search/", q="brindol bone-ache")
    assert payload["corrections"] == {"brindol": "brandol"}
    assert [hit["slug"] for hit in payload["results"]][:3] == ["drug", "bone-ache", "class-bone"]
    assert payload["results"][2]["citations"]
    assert [flag["slug"] for flag in payload["red_flags"]] == ["flag"]


def test_a_search_is_paged_in_a_bounded_number_of_queries(
    extended_universe, get_json, api, django_assert_max_num_queries
):
    first, second = (get_json("search/", q="ache", page_size=2, page=page)["results"] for page in (1, 2))
    assert not {hit["slug"] for hit in first} & {hit["slug"] for hit in second}
    with django_assert_max_num_queries(60):
        api.get("/api/v1/search/", {"q": "brindol bone-ache", "page_size": 200})
