"""What the public reads of editions, withdrawn sources and the addresses of documents: never a word of a text."""

import pytest
from django.core.exceptions import ValidationError

from kb.dashboard.work_queues import WORK_QUEUES
from kb.models import Event, Passage, Source
from symptoms.models import SideEffect

FIRST = "2026-01-31 9 " + "0" * 64
WITHDRAWN = {"withdrawn_on": "2026-11-20", "withdrawn_why": "A newer leaflet replaces it"}


@pytest.fixture
def second_edition(universe):
    """The source in its second edition; all cite the first, in which the words of one passage are others."""
    Source.objects.update(earlier_editions=[FIRST], sha256="1" * 64, lines=12, dated=None)
    Passage.objects.update(state="changed")
    return Source.objects.get()


def test_the_editions_of_a_source_are_listed_the_current_one_first(second_edition, get_json):
    answer = get_json("sources/page/editions/")
    assert (answer["count"], answer["next"]) == (2, None)
    assert answer["results"] == [
        {"number": 2, "is_current": True, "dated": None, "sha256": "1" * 64, "lines": 12},
        {"number": 1, "is_current": False, "dated": "2026-01-31", "sha256": "0" * 64, "lines": 9},
    ]
    assert get_json("sources/page/editions/", page_size=1)["results"][0]["number"] == 2
    assert get_json("sources/page/")["edition"] == 2
    assert "earlier_editions" not in get_json("sources/page/")


def test_a_source_that_never_changed_has_one_edition(universe, get_json):
    assert [edition["number"] for edition in get_json("sources/page/editions/")["results"]] == [1]


def test_the_editions_follow_the_grammar_of_all_lists(second_edition, get_json):
    assert "Did you mean “page”" in get_json("sources/pages/editions/", status=404)["detail"]
    assert get_json("sources/page/editions/", status=400, fields="number")["errors"][0]["parameter"] == "fields"
    Source.objects.update(status="retired")
    get_json("sources/page/editions/", status=410)


def test_each_citation_says_its_edition_and_its_state(second_edition, get_json, get_page):
    statement = get_json("side-effects/class-bone/")
    (citation,) = statement["citations"]
    assert (citation["edition"], citation["state"]) == (1, "changed")
    notice = "“Page” has a newer edition than the one cited here; the cited words are others in it."
    assert statement["notices"] == [notice]
    assert get_json("side-effects/class-bone/", fields="notices")["notices"] == [notice]
    assert notice in get_page("side-effects/class-bone/")
    assert notice in get_page("side-effects/")
    assert "of edition 1" in get_page("sources/page/")
    assert "Edition 2" in get_page("sources/page/editions/")


def test_statements_are_found_by_the_state_of_what_they_cite(second_edition, api, get_json):
    current = Passage.objects.create(source=second_edition, first_line=3, last_line=3, edition=2)
    SideEffect.objects.get(slug="class-bone").citations.set([current])
    assert get_json("side-effects/", citation_state="changed")["count"] == 3
    assert get_json("side-effects/", citation_state=["as-cited", "gone"])["count"] == 1
    get_json("side-effects/", status=400, citation_state="other")
    assert get_json("side-effects/class-bone/")["citations"][0]["edition"] == 2
    table = b"".join(api.get("/api/v1/side-effects/?format=csv").streaming_content).decode()
    assert "page:3@2" in table
    assert "page:1-2" in table


def test_what_rests_on_a_withdrawn_source_says_so_everywhere(universe, get_json, get_page, login_as):
    notice = "“Page” was withdrawn on 2026-11-20: A newer leaflet replaces it."
    assert get_json("side-effects/", source_withdrawn="true")["count"] == 0
    source = Source.objects.get()
    source.withdrawn_on, source.withdrawn_why = WITHDRAWN.values()
    source.save()
    assert get_json("side-effects/", source_withdrawn="true")["count"] == 4
    assert get_json("side-effects/", source_withdrawn="false")["count"] == 0
    assert get_json("side-effects/")["count"] == 4  # Nothing is hidden unless that was asked.
    assert get_json("sources/")["count"] == 1
    assert [found["slug"] for found in get_json("sources/", withdrawn="true")["results"]] == ["page"]
    assert get_json("sources/", withdrawn="false")["count"] == 0
    statement = get_json("side-effects/class-bone/")
    assert statement["notices"] == [notice]
    assert statement["citations"][0]["source"]["withdrawn_on"] == "2026-11-20"
    assert notice in get_page("side-effects/class-bone/")
    assert "A newer leaflet replaces it" in get_page("sources/page/")
    assert Event.objects.filter(slug="class-bone", fields=["citations"]).exists()
    queue = next(queue for queue in WORK_QUEUES if queue.name == "withdrawn-source")
    assert SideEffect.objects.filter(queue.condition(SideEffect, None)).count() == 4
    statement = SideEffect.objects.get(slug="class-bone")
    form = login_as("editor").get(f"/admin/symptoms/sideeffect/{statement.pk}/change/").content.decode()
    assert "was withdrawn on 20 November 2026" in form


@pytest.mark.parametrize("missing", WITHDRAWN)
def test_a_withdrawal_has_a_day_and_a_reason(universe, missing):
    source = Source.objects.get()
    for name, value in WITHDRAWN.items():
        setattr(source, name, value if name != missing else None if name == "withdrawn_on" else "")
    with pytest.raises(ValidationError, match="A withdrawn source has both"):
        source.full_clean()


def test_citations_lead_to_the_document_where_its_address_is_known(universe, get_json, get_page):
    assert get_json("side-effects/class-bone/")["citations"][0]["source"]["address"] == ""
    assert "the document</a>" not in get_page("side-effects/class-bone/")
    Source.objects.update(address="https://example.org/leaflet.pdf")
    citation = get_json("side-effects/class-bone/")["citations"][0]
    assert citation["source"]["address"] == "https://example.org/leaflet.pdf"
    for page in ("side-effects/class-bone/", "side-effects/", "sources/page/"):
        assert 'href="https://example.org/leaflet.pdf"' in get_page(page), page


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/a",
        "javascript:alert(1)",
        "https://me:secret@example.org/",
        "https://me@example.org/",
        "leaflet.pdf",
        "https://",
        "https://example.org/a\nb",
    ],
)
def test_an_address_is_one_of_the_web_without_a_name_or_password(universe, address):
    source = Source.objects.get()
    source.address = address
    with pytest.raises(ValidationError):
        source.full_clean()


@pytest.mark.parametrize("address", ["http://example.org/", "https://example.org/a?b=c#d", ""])
def test_other_addresses_are_taken(universe, address):
    source = Source.objects.get()
    source.address = address
    source.full_clean()
