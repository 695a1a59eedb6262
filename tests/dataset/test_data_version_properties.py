"""Property test: whatever is written, in whatever way and order, the data version is that of a count of all records."""

from contextlib import contextmanager, suppress
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from kb.dataset.writes import publish_writes
from kb.editorial.editing import EditRequest, create_draft, discard_draft, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.editorial.versioning import versioned_transaction
from kb.models import Passage, Source
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.factories import Universe
from tests.helpers.data_version import assert_data_version_is_in_step
from treatments.models import Treatment

pytestmark = [pytest.mark.django_db, pytest.mark.hypothesis]

NUMBERS = st.integers(0, 2)
WORDS = st.sampled_from(["a", "b"])


def build_world():
    """Create three records of each kind of entry, two sources with a passage each, statements and a red flag."""
    u = Universe()
    for n in range(3):
        u.make(Treatment, f"t{n}")
        u.make(Symptom, f"s{n}")
    for n in range(2):
        source = u.make(Source, f"source-{n}", title=f"Source {n}", sha256=f"{n + 1}" * 64, lines=9)
        Passage.objects.create(source=source, first_line=1, last_line=2)
    for n, (treatment, symptom) in enumerate(zip(Treatment.objects.all(), Symptom.objects.all(), strict=True)):
        u.make_statement(SideEffect, f"said-{n}", treatment=treatment, symptom=symptom)
    u.make_statement(RedFlag, "flag", action="act").signs.set(Symptom.objects.all()[:2])


def pick(model, number):
    """Return one of the records of a model, in the order of their keys; None if there are none."""
    records = list(model.objects.order_by("pk"))
    return records[number % len(records)] if records else None


def rename(model, number, word):
    record = pick(model, number)
    record.slug = f"{record.pk}-{word}"
    record.save()


def save_column(model, number, column, value):
    record = pick(model, number)
    setattr(record, column, value)
    record.save()


def link(number, other, action):
    statement, passage = pick(SideEffect, number), pick(Passage, other)
    if statement and action in ("add", "remove"):
        getattr(statement.citations, action)(passage)
    elif statement and action == "set":
        passage.sideeffect_set.set([statement])
    else:
        passage.sideeffect_set.clear()


def set_parent(number, other):
    with transaction.atomic():
        pick(Symptom, number).parents.set([pick(Symptom, other)])


def delete(model, number):
    if record := pick(model, number):
        record.delete()


ORM_WRITES = st.one_of(
    st.builds(lambda *a: lambda: rename(*a), st.sampled_from([Treatment, Symptom, Source, SideEffect]), NUMBERS, WORDS),
    st.builds(lambda n, w: lambda: save_column(Symptom, n, "summary", w), NUMBERS, WORDS),
    st.builds(lambda n, w: lambda: save_column(Passage, n, "section", w), NUMBERS, WORDS),
    st.builds(lambda n: lambda: save_column(Treatment, n, "reviewed_on", date(2026, 1, 1)), NUMBERS),
    st.builds(lambda n: lambda: save_column(SideEffect, n, "status", "retired"), NUMBERS),
    st.builds(lambda n: lambda: save_column(SideEffect, n, "status", "published"), NUMBERS),
    st.builds(lambda *a: lambda: link(*a), NUMBERS, NUMBERS, st.sampled_from(["add", "remove", "set", "clear"])),
    st.builds(lambda *a: lambda: set_parent(*a), NUMBERS, NUMBERS),
    st.builds(lambda n: lambda: delete(SideEffect, n), NUMBERS),
    st.builds(lambda n: lambda: delete(Symptom, n), NUMBERS),
    st.builds(lambda n: lambda: delete(Passage, n), NUMBERS),
    st.builds(lambda w: lambda: SideEffect.objects.update(onset=w), WORDS),
    st.builds(lambda w: lambda: Passage.objects.update(section=w), WORDS),
    st.builds(
        lambda n, w: lambda: Symptom.objects.bulk_create([Symptom(slug=f"{n}{w}", name=f"{n}{w}", status="published")]),
        st.integers(0, 10**6),
        WORDS,
    ),
    st.builds(
        lambda n: lambda: SideEffect.objects.bulk_update([pick(SideEffect, n) or SideEffect()], ["text"]), NUMBERS
    ),
)
MODES = st.sampled_from(["plain", "versioned", "rolled back", "savepoint rolled back", "published between"])
STEPS = st.lists(
    st.one_of(
        st.tuples(MODES, ORM_WRITES),
        st.tuples(st.just("service"), st.tuples(st.sampled_from(["propose", "draft", "discard"]), NUMBERS, WORDS)),
    ),
    min_size=1,
    max_size=6,
)


@contextmanager
def open_transaction(mode):
    """Open what a mode says: a transaction, one of the editing service, or one of which something is taken back."""
    with transaction.atomic() if mode in ("plain", "rolled back") else versioned_transaction():
        if mode == "savepoint rolled back":
            Symptom.objects.filter(slug="s0").update(summary="kept")
            with transaction.atomic():
                yield
                publish_writes()
                transaction.set_rollback(True)
            return
        yield
        if mode == "published between":
            publish_writes()
            Symptom.objects.filter(slug="s0").update(summary="after")
        if mode == "rolled back":
            transaction.set_rollback(True)


def write_by_service(users, action, number, word):
    editor, statement = EditRequest(users["editor"], "So it says.", submit=True), pick(SideEffect, number)
    if action == "draft":
        create_draft(Symptom, {"slug": f"new-{word}", "name": f"New {word}", "status": "draft"}, editor)
    elif action == "discard" and (draft := Symptom.objects.filter(status="draft").first()):
        discard_draft(users["editor"], draft)
    elif action == "propose" and statement:
        change = save_or_propose(statement, serialize_record(statement) | {"onset": f"{word}."}, editor)
        if change:
            approve(users["reviewer"], change, change.lock)


def test_the_data_version_is_that_of_all_records_after_any_writes(users):
    @given(steps=STEPS)
    def check_steps(steps):
        with transaction.atomic():
            build_world()
            for mode, write in steps:
                with suppress(ValidationError, IntegrityError), transaction.atomic():
                    if mode == "service":
                        write_by_service(users, *write)
                    else:
                        with open_transaction(mode):
                            write()
                assert_data_version_is_in_step()
            transaction.set_rollback(True)

    check_steps()
