"""Pages of lists: facets lead to the narrowed list, marks take a filter away, orders can be chosen, counts be read."""

import html
import re

import pytest

pytestmark = pytest.mark.usefixtures("universe")


def get_links(page):
    """Return the links of a page by their text, without what is around it."""
    links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', page, re.S)
    return {re.sub(r"<[^>]+>|\s+", " ", text).strip().replace("  ", " "): html.unescape(url) for url, text in links}


def get_heading(page):
    return re.search(r"<h2>(\d+ [\w ]+)</h2>", page)[1]


@pytest.fixture
def follow(get_page):
    """Follow a link of a page, and return the page to which it leads."""
    return lambda page, text: get_page(get_links(page)[text].partition("/explore/")[2])


def test_a_facet_leads_to_as_many_records_as_it_says(get_page, follow):
    page = get_page("side-effects/")
    for text, heading in [("Class 2", "2 side effects"), ("Pain 4", "4 side effects"), ("Rare 1", "1 side effect")]:
        narrowed = follow(page, text)
        assert get_heading(narrowed) == heading
        assert "Narrowed by" in narrowed


def test_facets_narrow_further_and_each_is_taken_away_again(get_page, follow):
    page = follow(follow(get_page("side-effects/"), "Bone-ache 2"), "Rare 1")
    assert get_heading(page) == "1 side effect"
    marks = re.findall(r'aria-label="Not narrowed by ([^"]+)"', page)
    assert marks == ["symptom: bone ache", "frequency: rare"]
    url = html.unescape(re.findall(r'<a href="([^"]+)" aria-label="Not narrowed by frequency: rare"', page)[0])
    assert get_heading(get_page(url.partition("/explore/")[2])) == "2 side effects"


def test_what_narrows_a_list_already_is_no_facet_of_it(get_page):
    summaries = re.findall(r"<summary>(.*?)</summary>", get_page("side-effects/?symptom=pain"))
    assert "Symptom" not in summaries
    assert summaries[0] == "Treatment"
    assert summaries[-1] == "Sort"


def test_an_exclusion_is_told_in_words(get_page):
    assert "frequency, not: rare" in get_page("side-effects/?frequency!=rare")


def test_lists_sort(get_page, follow):
    page = get_page("treatments/?kind=unstated")
    assert {"by name", "by address", "last changed first"} <= {*get_links(page)}
    sorted_page = follow(page, "last changed first")
    assert "kind=unstated" in get_links(sorted_page)["by name"]
    assert 'aria-current="true">last changed first' in sorted_page
    assert "by name" not in get_links(get_page("side-effects/"))


def test_counts_have_a_page_from_which_one_comes_to_the_records(get_page, follow):
    page = get_page("side-effects/?count=treatment,frequency&symptom=bone-ache")
    assert "2 of 4 side effects are counted." in page
    assert re.search(r"Drug</a></th><td>0</td><td>1</td>", page)
    assert get_heading(follow(page, "Show them")) == "2 side effects"
    assert get_heading(follow(page, "Drug")) == "1 side effect"


def test_a_page_of_nothing_keeps_its_words(get_page):
    page = get_page("side-effects/?treatment=other&exact=true")
    assert "That is no proof" in page
    assert "<details" in page  # The orders stay.


def test_the_page_shows_facets_that_the_api_gives_when_asked(get_page, get_json):
    facets = get_json("side-effects/", facets="treatment")["facets"]
    links = get_links(get_page("side-effects/"))
    assert {f"{value['name']} {value['narrowed']}" for value in facets[0]["results"]} <= {*links}
