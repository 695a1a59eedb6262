"""Pages of answers with several long parts, walked to their end and held against the whole."""

from symptoms.suspects import LINK_PARTS

WARNINGS = ["red_flags", "cautions", "serious_harms"]


def get_pages(api, path):
    """Return every page of an answer, by `next`, having seen that `previous` leads back."""
    pages = [api.get(f"/api/v1/{path}").json()]
    while url := pages[-1]["pages"]["next"]:
        pages.append(api.get(url).json())
        assert api.get(pages[-1]["pages"]["previous"]).json() == pages[-2]
    return pages


def iterate_parts(answer):
    """Yield the name of each part of an answer that has pages, and its rows."""
    yield from ((name, answer[name]) for name in ("shown_in", "features") if name in answer)
    for suspect in answer.get("taking", ()):
        yield from ((f"taking/{suspect['treatment']['slug']}/{name}", suspect[name]) for name in LINK_PARTS)
    for aspect in answer.get("aspects", ()):
        yield from ((f"aspects/{aspect['aspect']}/{side['points_to']}", side["features"]) for side in aspect["sides"])


def assert_pages_are_the_whole(pages, whole, size):
    """Assert that the parts on all pages together are those of the whole answer, in their order, none too long."""
    assert not any(whole["pages"].values())
    for name, rows in iterate_parts(whole):
        shown = [dict(iterate_parts(page))[name] for page in pages]
        assert [row for page in shown for row in page] == rows
        assert max(map(len, shown)) <= size
    counts = {name: len(rows) for name, rows in iterate_parts(whole) if len(rows) > size}
    for page in pages:
        assert {name: n for name, n in page["pages"]["counts"].items() if name != "disagreements"} == counts
        assert [page.get(name) for name in WARNINGS] == [whole.get(name) for name in WARNINGS]
        assert [suspect["says"] for suspect in page.get("taking", ())] == [s["says"] for s in whole.get("taking", ())]
    pairs = {str(pair) for page in pages for pair in page["disagreements"]}
    assert pairs == {str(pair) for pair in whole["disagreements"]}
