"""Red flags in lists: references, most urgent first, each once, bounded; none is lost in any format."""

from urllib.parse import unquote

import pytest

from symptoms.models import RedFlag, Symptom
from tests.factories import Universe


@pytest.fixture
def many_flags(extended_universe):
    """Thirty more red flags of bone ache, every third an emergency."""
    universe, bone = Universe(is_created=True), Symptom.objects.get(slug="bone-ache")
    for number in range(30):
        urgency = "soon" if number % 3 else "emergency"
        fields = {"action": f"act {number}", "urgency": urgency, "population": "women"}
        universe.make_statement(RedFlag, f"sign-{number:02}", **fields).signs.add(bone)


def test_more_red_flags_than_a_list_carries_are_counted_and_stand_at_one_address(many_flags, api, get_json):
    page = get_json("side-effects/", symptom="bone-ache", fields="slug")
    shown, more = page["red_flags"], page["more_red_flags"]
    assert (len(shown), more["count"]) == (20, 11)
    whole = api.get(more["url"]).json()
    assert whole["count"] == 31
    assert [flag["slug"] for flag in whole["results"]][:20] == [flag["slug"] for flag in shown]
    assert {flag["urgency"] for flag in shown[:10]} == {"emergency"}
    assert shown[0]["limits"] == ["Only for women."]
    assert get_json("side-effects/", symptom="joint-ache")["more_red_flags"] is None


def test_red_flags_too_many_for_one_address_stand_in_the_list_of_all(many_flags, get_json, monkeypatch):
    monkeypatch.setattr("kb.serializers.red_flags.MAX_ADDRESS_LENGTH", 300)
    more = get_json("side-effects/", symptom="bone-ache")["more_red_flags"]
    assert more == {"count": 11, "url": "http://testserver/api/v1/red-flags/"}


def test_details_and_questions_carry_every_red_flag_whole(many_flags, get_json):
    for path, params in {"symptoms/bone-ache/": {"fields": "slug"}, "explain/": {"symptom": "bone-ache"}}.items():
        flags = get_json(path, **params)["red_flags"]
        assert len(flags) == 31
        assert all(flag["action"] and flag["citations"] for flag in flags)


def test_files_bundles_and_pages_lead_to_the_red_flags_that_they_have_no_place_for(many_flags, api, get_page):
    link = api.get("/api/v1/side-effects/?symptom=bone-ache&format=csv")["Link"]
    assert (link.count('title="Red flag"'), link.count('title="All red flags"')) == (20, 1)
    bundle = api.get("/api/v1/side-effects/?symptom=bone-ache&format=fhir").json()
    included = [entry["resource"] for entry in bundle["entry"] if entry["search"]["mode"] == "include"]
    assert len(included) == 20
    assert included[0]["population"][0]["display"] == "Only for women."
    (outcome,) = [entry["resource"] for entry in bundle["entry"] if entry["search"]["mode"] == "outcome"]
    assert outcome["issue"][0]["details"]["text"].startswith("11 more red flags")
    assert outcome["issue"][0]["diagnostics"].startswith("http://testserver/api/v1/red-flags/?slug=")
    html = unquote(get_page("side-effects/?symptom=bone-ache"))
    assert html.count('<span class="mark">Only for women.</span>') >= 20
    assert "More signs than are shown here (11)" in html
