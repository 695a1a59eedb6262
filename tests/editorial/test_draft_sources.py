"""What a published statement rests on: no draft source, no line beyond the end of a source, no replaced text unseen."""

import pytest
from django.core.exceptions import ValidationError

from kb.editorial.content_rules import apply_content
from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.models import Finding, Passage, Source
from symptoms.models import ManagementOption, SideEffect


@pytest.fixture
def ghost_passage(universe):
    """A passage of a source that is a draft."""
    source = universe.make(Source, "ghost", title="Ghost leaflet", sha256="1" * 64, lines=5, status="draft")
    return Passage.objects.create(source=source, section="", first_line=3, last_line=3)


@pytest.fixture
def ghost_statement(ghost_passage, users):
    """The change that proposes a statement that cites nothing but the draft source."""
    fields = {"text": "Drug aches.", "treatment": "drug", "symptom": "bone-ache", "citations": [["ghost", 3, 3]]}
    create_draft(SideEffect, {"slug": "ghostly"} | fields, EditRequest(users["editor"], "The leaflet says so."))
    return SideEffect.objects.get(slug="ghostly")


def test_nothing_is_sent_or_approved_while_a_source_that_it_cites_is_a_draft(ghost_statement, ghost_passage, users):
    request = EditRequest(users["editor"], "Ready for the world.", submit=True)
    with pytest.raises(ValidationError, match="“Ghost leaflet”, which it cites, is not published"):
        save_or_propose(ghost_statement, serialize_record(ghost_statement), request)
    Source.objects.filter(slug="ghost").update(status="published")
    change = save_or_propose(ghost_statement, serialize_record(ghost_statement), request)
    Source.objects.filter(slug="ghost").update(status="draft")
    with pytest.raises(ValidationError, match="not published"):
        approve(users["reviewer"], change, change.lock)
    assert SideEffect.objects.get(slug="ghostly").status == "draft"


def test_a_published_statement_gains_no_citation_of_a_draft_source(statement, ghost_passage):
    content = serialize_record(statement)
    with pytest.raises(ValidationError, match="not published"):
        apply_content(statement, content | {"citations": [*content["citations"], ["ghost", 3, 3]]})


@pytest.mark.parametrize("lines", [1, 2])
def test_a_source_is_never_shorter_than_its_passages(universe, lines):
    source = universe.source
    Passage.objects.create(source=source, section="", first_line=3, last_line=4)
    with pytest.raises(ValidationError, match="the last at line 4: it cannot be shorter"):
        apply_content(source, serialize_record(source) | {"lines": lines})
    source.refresh_from_db()
    source.lines = lines
    with pytest.raises(ValidationError, match="the last at line 4"):
        source.save()
    assert Source.objects.get(pk=source.pk).lines == 9
    apply_content(source, serialize_record(source) | {"lines": 4})
    assert Source.objects.get(pk=source.pk).lines == 4


def test_another_text_opens_a_check_of_everything_that_cites_the_source(universe, users):
    source = universe.source
    content = serialize_record(source)
    change = save_or_propose(
        source, content | {"sha256": "f" * 64}, EditRequest(users["editor"], "It was updated.", submit=True)
    )
    assert not Finding.objects.exists()
    approve(users["reviewer"], change, change.lock)
    cited = {s.slug for model in (SideEffect, ManagementOption) for s in model.objects.filter(citations__source=source)}
    assert set(Finding.objects.values_list("slug", flat=True)) == cited
    assert {finding.why for finding in Finding.objects.all()} == {
        "The text of “Page” is another one since this was read: see whether its lines still say so."
    }
    apply_content(source, serialize_record(source) | {"note": "Two lines are damaged."})
    assert Finding.objects.count() == len(cited)
