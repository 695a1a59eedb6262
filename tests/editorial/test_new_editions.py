"""A new edition of a published source: what stands is carried over, the rest is asked, statement by statement."""

import hashlib
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.migrations.exceptions import IrreversibleError
from django.urls import reverse

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.marked_lines import PassageMaker, read_marked_lines
from kb.editorial.new_editions import propose_edition
from kb.editorial.review import approve, reject
from kb.editorial.snapshot import serialize_key, serialize_record
from kb.editorial.source_texts import keep_text
from kb.models import Change, Edition, Event, Finding, Passage, Source, Version
from symptoms.models import SideEffect

OLD = """\
Head
Drugs of the class can make owls sore.
Part two
Do not do any of this:
- Feed them moss
The loner makes owls sore for 2 days.
It was written by night.
"""
# Two lines are new above, one sentence has another figure, and one of them is gone.
NEW = OLD.replace("Head\n", "\nHead\n\n").replace("2 days", "3 days").replace("It was written by night.\n", "")


def make_passage(source, section, line):
    return Passage.objects.create(source=source, section=section, first_line=line, last_line=line)


@pytest.fixture
def source(universe):
    """The source with its text, and statements that cite a line each: unchanged, changed, gone, or both of these."""
    Source.objects.update(sha256=hashlib.sha256(OLD.encode()).hexdigest(), lines=7)
    source = Source.objects.get()
    keep_text(source, OLD)
    lines = {
        line: make_passage(source, section, line) for section, line in [("Head", 2), ("Part two", 6), ("Part two", 7)]
    }
    for slug, cited in {"class-bone": [2], "loner-bone": [6], "medicine-joint": [7], "drug-joint": [2, 6]}.items():
        SideEffect.objects.get(slug=slug).citations.set([lines[line] for line in cited])
    return source


@pytest.fixture
def approved_source(source, users):
    """The source after its new edition was approved."""
    return follow(source, NEW, users)


def follow(source, text, users, dated=None):
    change = propose_edition(source, text, dated, EditRequest(users["editor"], "A new edition.", submit=True))
    approve(users["reviewer"], change, change.lock)
    source.refresh_from_db()
    return source


def get_citations(slug):
    return [
        (passage.edition, passage.first_line, passage.state)
        for passage in SideEffect.objects.get(slug=slug).citations.all()
    ]


def get_question(slug):
    return Change.objects.get(slug=slug, way="edition", state="submitted")


def test_nothing_changes_before_a_reviewer_approves(source, users):
    propose_edition(source, NEW, None, EditRequest(users["editor"], "A new edition.", submit=True))
    assert get_citations("class-bone") == [(1, 2, "as-cited")]
    assert (Source.objects.get().edition, Passage.objects.filter(edition=2).count()) == (1, 0)


def test_what_stands_is_carried_over_and_the_rest_keeps_its_edition_with_its_state(approved_source):
    assert approved_source.edition == 2
    assert [e.lines for e in approved_source.list_editions()] == [8, 7]
    assert get_citations("class-bone") == [(2, 4, "as-cited")]
    assert get_citations("loner-bone") == [(1, 6, "changed")]
    assert get_citations("medicine-joint") == [(1, 7, "gone")]
    assert get_citations("drug-joint") == [(1, 6, "changed"), (2, 4, "as-cited")]
    assert not Finding.objects.exists()  # The old way, which put everything in doubt.
    assert Version.objects.filter(slug="class-bone").first().way == "edition"


def test_each_other_statement_is_asked_with_the_lines_to_look_at(approved_source, users):
    assert not Change.objects.filter(slug="class-bone").exists()
    change = get_question("loner-bone")
    assert (change.content["citations"], change.author) == ([["page", 8, 8, 2]], users["editor"])
    assert get_question("drug-joint").content["citations"] == [["page", 4, 4, 2], ["page", 8, 8, 2]]
    assert get_question("medicine-joint").content["status"] == "retired"
    approve(users["reviewer"], change, change.lock)
    assert get_citations("loner-bone") == [(2, 8, "as-cited")]
    gone = get_question("medicine-joint")
    reject(users["reviewer"], gone, gone.lock, "It is said elsewhere.")
    assert get_citations("medicine-joint") == [(1, 7, "gone")]


def test_a_reason_and_an_event_hold_no_words_of_a_source(approved_source):
    texts = [change.why for change in Change.objects.all()] + [event.why for event in Event.objects.all()]
    assert any("edition 2" in text for text in texts)
    assert not any("owls sore" in text for text in texts)


def test_a_third_edition_is_compared_with_what_each_citation_was_read_in(approved_source, users):
    follow(approved_source, OLD.replace("of the class", "of any class"), users)
    assert get_citations("loner-bone") == [(3, 6, "as-cited")]  # As it was in the first.
    assert get_citations("medicine-joint") == [(3, 7, "as-cited")]
    assert get_citations("class-bone") == [(2, 4, "changed")]
    asked = Change.objects.filter(way="edition", state="submitted").values_list("slug", flat=True)
    assert sorted(asked) == ["class-bone", "drug-joint", "loner-helps"]
    assert Change.objects.filter(way="edition", state="withdrawn").count() == 3


def test_what_the_author_proposes_of_a_statement_is_left_alone(source, users):
    statement = SideEffect.objects.get(slug="loner-bone")
    content = serialize_record(statement) | {"frequency": "common"}
    own = save_or_propose(statement, content, EditRequest(users["editor"], "Line 6 says so."))
    follow(source, NEW, users)
    own.refresh_from_db()
    assert own.content["frequency"] == "common"
    assert get_question("loner-bone").author is None


def test_an_earlier_version_names_the_lines_that_it_named(approved_source):
    now, before = Version.objects.filter(slug="class-bone").order_by("-number")[:2]
    assert (now.content["citations"], before.content["citations"]) == ([["page", 4, 4, 2]], [["page", 2, 2]])
    assert Passage.objects.get_by_natural_key("page", 2, 2).edition == 1
    assert Passage.objects.get_by_natural_key("page", 4, 4, 2).natural_key() == ("page", 4, 4, 2)


@pytest.mark.parametrize(
    ("text", "error"), [(OLD, "read already"), (OLD.replace("\n", "\r\n"), "read already"), (NEW, "Keep the text")]
)
def test_what_is_no_new_edition_is_refused(source, users, text, error):
    if error == "Keep the text":
        Edition.objects.all().delete()
    with pytest.raises(ValidationError, match=error):
        propose_edition(source, text, None, EditRequest(users["editor"], "A new edition.", submit=True))
    assert not Change.objects.exists()


def test_the_list_of_editions_only_grows_by_the_last_one(approved_source):
    for wrong in (
        [],
        ["undated 7 " + "a" * 64],
        [*approved_source.earlier_editions, "undated 8 " + "b" * 64],
        ["soon"],
    ):
        approved_source.earlier_editions = wrong
        with pytest.raises(ValidationError):
            approved_source.full_clean()


def test_a_new_passage_is_of_the_edition_that_is_read_now(login_as, approved_source):
    data = {"source": approved_source.pk, "section": "", "first_line": 7, "last_line": 7, "why": "It is to be cited."}
    login_as("editor").post(reverse("admin:kb_passage_add"), data)
    assert Passage.objects.get(first_line=7, edition=2).state == "as-cited"
    with pytest.raises(ValidationError, match="is read in edition 2 now"):
        Passage(source=approved_source, first_line=7, last_line=7, edition=1).full_clean(exclude=["section"])


def test_lines_marked_in_a_new_edition_are_cited_from_it(approved_source, users):
    assert Passage.objects.filter(source=approved_source, first_line=7, edition=1).exists()
    (passage,) = read_marked_lines(f"{approved_source.slug}:7").passages
    assert (passage.pk, passage.edition, passage.cited_lines) == (None, 2, [(7, "- Feed them moss")])
    stored = PassageMaker([passage], users["editor"]).resolve(Passage, serialize_key(passage))
    assert (stored.first_line, stored.edition) == (7, 2)
    assert read_marked_lines(f"{approved_source.slug}:7").passages == [stored]


def test_an_editor_takes_in_an_edition_and_the_reviewer_sees_old_and_new_words(login_as, source, users):
    url = reverse("admin:kb_source_text", args=[source.pk])
    data = {"pasted": NEW, "why": "Its publisher has a new edition.", "dated": "2026-10-01"}
    response = login_as("editor").post(url, data)
    change = Change.objects.get()
    assert response.url == reverse("admin:kb_change_change", args=[change.pk])
    page = login_as("reviewer").get(response.url).content.decode()
    assert "2 of 4 cited passages stand there as cited" in page
    assert "<ins>3 </ins>" in page
    login_as("reviewer").post(response.url, {"seen": change.lock, "approve": "1"})
    question_url = reverse("admin:kb_change_change", args=[get_question("loner-bone").pk])
    form_url = reverse("admin:symptoms_sideeffect_change", args=[SideEffect.objects.get(slug="loner-bone").pk])
    for address in (question_url, form_url):
        for name, is_shown in [("reviewer", True), ("editor", True), ("viewer", False)]:
            page = login_as(name).get(address).content.decode()
            assert ("<ins>3 </ins>" in page and "<del>2 </del>" in page) is is_shown, (name, address)
    document = login_as("editor").get(url).content.decode()
    assert "3 statements still cite an earlier edition" in document
    assert "Edition 2 of 1 October 2026 is read now." in document
    assert login_as("viewer").post(url, data).status_code == 403


def test_going_back_is_refused_where_a_later_edition_is_cited(universe):
    """Without its number, the lines would be those of the first edition."""
    go_back = import_module("kb.migrations.0016_living_sources").name_editions_as_before
    passage = Passage.objects.first()
    Passage.objects.filter(pk=passage.pk).update(edition=2)
    with pytest.raises(IrreversibleError, match="later edition"):
        go_back(apps, None)
