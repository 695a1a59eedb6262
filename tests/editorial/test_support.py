"""Two questions about each statement: whether the words are there, and whether a second person says they support it."""

import hashlib

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from kb.editorial.confirmation import confirm_review
from kb.editorial.editing import EditRequest, create_draft
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.editorial.support import compute_support_digest, decide_support
from kb.models import CitationCheck, Passage, Source, SupportDecision
from symptoms.models import SideEffect
from tests.helpers.changes import propose_change as propose_change

URL = "side-effects/class-bone/"


@pytest.fixture
def decided(statement, users):
    """A statement of which a reviewer has decided that its lines support it."""
    confirm_review(users["reviewer"], statement)
    return statement


def get_support(get_json):
    record = get_json(URL)
    return record["support"], record["support_decided_on"] is not None


def test_a_second_person_decides_and_the_public_sees_the_day_and_no_name(statement, users, get_json):
    assert get_support(get_json) == ("open", False)
    confirm_review(users["reviewer"], statement)
    assert get_support(get_json) == ("decided", True)
    assert users["reviewer"].username not in str(get_json(URL))
    slugs = {
        state: {r["slug"] for r in get_json("side-effects/", support=state)["results"]} for state in ("open", "decided")
    }
    assert slugs == {"decided": {"class-bone"}, "open": {"medicine-joint", "drug-joint", "loner-bone"}}
    assert get_json("side-effects/", support=["open", "decided"])["count"] == 4


def test_approval_alone_decides_nothing_and_the_tick_of_the_reviewer_does(statement, propose_change, users, get_json):
    change = propose_change(statement, frequency="rare")
    approve(users["reviewer"], change, change.lock)
    assert get_support(get_json) == ("open", False)
    change = propose_change(statement, frequency="common")
    approve(users["reviewer"], change, change.lock, reviewed=True)
    assert get_support(get_json) == ("decided", True)
    assert SupportDecision.objects.get(reopened_at=None).by == users["reviewer"]


@pytest.mark.parametrize(
    "write",
    [
        lambda s: SideEffect.objects.filter(pk=s.pk).update(frequency="rare"),
        lambda s: s.citations.add(Passage.objects.create(source=Source.objects.get(), first_line=4, last_line=4)),
        lambda s: s.citations.clear(),
        lambda s: Passage.objects.update(section="Foot"),
        lambda s: Source.objects.update(sha256="f" * 64),
        lambda s: [setattr(source := Source.objects.get(), "sha256", "f" * 64), source.save()],
        lambda s: s.delete(),
    ],
    ids=["statement", "citation", "no citation", "heading", "text", "text of one", "deletion"],
)
def test_a_change_of_either_side_opens_it_again(decided, write):
    write(decided)
    assert not SupportDecision.objects.filter(reopened_at=None).exists()
    assert SupportDecision.objects.count() == 1


def test_what_is_neither_side_leaves_it_decided(decided, get_json):
    Source.objects.update(title="Another title")
    SideEffect.objects.filter(slug="loner-bone").update(frequency="common")
    decided.treatment.summary = "Other words."
    decided.treatment.save()
    assert get_support(get_json) == ("decided", True)


EDITS = {
    "statement": lambda value: SideEffect.objects.filter(slug="class-bone").update(frequency=value),
    "text": lambda value: SideEffect.objects.filter(slug="class-bone").update(text=f"It is {value}."),
    "another": lambda value: SideEffect.objects.filter(slug="loner-bone").update(frequency=value),
    "section": lambda value: Passage.objects.update(section=value),
    "title": lambda value: Source.objects.update(title=value),
    "fingerprint": lambda value: Source.objects.update(sha256=hashlib.sha256(value.encode()).hexdigest()),
    "due": lambda value: SideEffect.objects.update(review_due=f"203{len(value)}-01-01"),
    "citation": lambda value: SideEffect.objects.get(slug="class-bone").citations.add(
        Passage.objects.get_or_create(source=Source.objects.get(), first_line=len(value), last_line=9)[0]
    ),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.sampled_from(["rare", "common", "often"])), max_size=6))
def test_what_holds_has_the_digest_of_what_stands_whatever_was_written(decided, users, edits):
    statement = SideEffect.objects.get(slug="class-bone")
    decide_support(users["reviewer"], statement)
    digests = [compute_support_digest(statement)]
    for name, value in edits:
        EDITS[name](value)
        digests.append(compute_support_digest(SideEffect.objects.get(slug="class-bone")))
        holding = SupportDecision.objects.filter(reopened_at=None)
        assert [decision.digest for decision in holding] == (digests[-1:] if len(set(digests)) == 1 else [])


def test_nobody_decides_on_what_they_wrote(universe, users, propose_change, statement):
    content = serialize_record(statement) | {"slug": "new", "text": "It is new.", "frequency": "common"}
    draft = create_draft(SideEffect, content, EditRequest(users["second reviewer"], "The page says it."))
    change = propose_change(draft, by="editor", status="published")
    approve(users["administrator"], change, change.lock)
    draft.refresh_from_db()
    with pytest.raises(PermissionDenied):  # The change was the editor's; the words were not.
        confirm_review(users["second reviewer"], draft)
    for _ in range(2):  # To confirm is not to write.
        confirm_review(users["reviewer"], draft)


@pytest.fixture
def check(universe, tmp_path):
    """Check the citations against a text; return the states by slug."""

    def check(text, *, read=True):
        (tmp_path / "page.txt").write_bytes(text.encode())
        if read:
            digest, lines = hashlib.sha256(text.encode()).hexdigest(), len(text.splitlines())
            Source.objects.filter(slug="page").update(sha256=digest, lines=lines)
        with pytest.raises(CommandError):
            call_command("verify_citations", sources=tmp_path)

    return check


def get_states(get_json):
    return {r["slug"]: r["citation_check"] for r in get_json("side-effects/")["results"]}


def test_the_state_of_the_words_is_that_of_the_last_check_and_of_nothing_that_changed(check, get_json, api):
    assert set(get_states(get_json).values()) == {"not-checked"}
    etag = api.get(f"/api/v1/{URL}")["ETag"]
    check("Head\nClass gives an ache of the bone: bone-ache.\n")
    assert get_states(get_json) | {"drug-joint": ""} == {
        "class-bone": "passed",
        "medicine-joint": "failed",
        "drug-joint": "",
        "loner-bone": "failed",
    }
    assert api.get(f"/api/v1/{URL}")["ETag"] != etag
    for state in ("passed", "failed", "in-doubt", "not-checked"):
        expected = {slug for slug, found in get_states(get_json).items() if found == state}
        assert {r["slug"] for r in get_json("side-effects/", citation_check=state)["results"]} == expected
    SideEffect.objects.filter(slug="class-bone").update(frequency="rare")
    assert get_states(get_json)["class-bone"] == "not-checked"


def test_a_replaced_text_puts_all_that_cites_it_in_doubt(check, get_json):
    check("Head\nClass gives an ache of the bone: bone-ache.\n")
    source = Source.objects.get()
    source.sha256 = "e" * 64
    source.save()
    assert set(get_states(get_json).values()) == {"in-doubt"}
    check("Head\nAnother text.\n", read=False)
    assert set(get_states(get_json).values()) == {"in-doubt"}


def test_lines_that_are_not_there_fail(check, get_json):
    Passage.objects.update(section="Foot")
    check("Head\nClass gives an ache of the bone: bone-ache.\n")
    assert set(get_states(get_json).values()) == {"failed"}


def test_an_unchecked_statement_keeps_what_holds(check, get_json, tmp_path, universe):
    check("Head\nClass gives an ache of the bone: bone-ache.\n")
    other = universe.make(Source, "other", title="Other", sha256="1" * 64, lines=9)
    passage = Passage.objects.create(source=other, first_line=1, last_line=1)
    SideEffect.objects.get(slug="class-bone").citations.add(passage)
    assert get_states(get_json)["class-bone"] == "not-checked"
    check("Head\nClass gives an ache of the bone: bone-ache.\n")
    assert get_states(get_json)["class-bone"] == "not-checked"  # One of its sources has no text.
    assert CitationCheck.objects.exists()
