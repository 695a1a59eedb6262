"""The data version: what it depends on and what not, what it costs, and how it is checked and repaired."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from kb.dataset import record_rows, writes
from kb.dataset.tallies import find_disagreements
from kb.dataset.version import STATE_CACHE, DatasetState, data_version, dataset_state
from kb.editorial.support import save_citation_states
from kb.editorial.versioning import record_untracked_changes, versioned_transaction
from kb.models import DatasetTally, Passage, Record, RecordDigest, Source, record_models
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.factories import Universe
from tests.helpers.data_version import assert_data_version_is_in_step
from treatments.models import Treatment

pytestmark = pytest.mark.django_db


def save_passage():
    passage = Passage.objects.get()
    passage.section = "Elsewhere"
    passage.save()


def rename_source():
    source = Source.objects.get()
    source.slug = "renamed"
    source.save()


WRITES = {
    "the slug of an entry that a field names": lambda: Treatment.objects.filter(slug="loner").update(slug="renamed"),
    "the slug of an entry that a list names": lambda: Symptom.objects.filter(slug="bone-ache").update(slug="renamed"),
    "the slug of a class": lambda: Treatment.objects.filter(slug="class").update(slug="renamed"),
    "the slug of a source that is cited": rename_source,
    "the section of a passage": save_passage,
    "the state of all passages": lambda: Passage.objects.update(state="gone"),
    "a link": lambda: RedFlag.objects.get().signs.clear(),
    "links, from the other side": lambda: Symptom.objects.get(slug="bone-ache").red_flags.clear(),
    "citations, from the other side": lambda: Passage.objects.get().sideeffect_set.clear(),
    "a column": lambda: SideEffect.objects.filter(slug="class-bone").update(onset="soon"),
    "a publication": lambda: Symptom.objects.create(slug="new", name="New", status="published"),
    "a retirement": lambda: SideEffect.objects.filter(slug="class-bone").update(status="retired"),
    "a deletion": lambda: SideEffect.objects.get(slug="class-bone").delete(),
    "many created": lambda: Symptom.objects.bulk_create([Symptom(slug="x", name="X", status="published")]),
}


@pytest.mark.parametrize("is_versioned", [True, False], ids=["in a versioned transaction", "directly"])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_changes_the_version_to_that_of_a_full_count(counted_universe, write, is_versioned):
    before = data_version()
    with versioned_transaction() if is_versioned else transaction.atomic():
        write()
    assert data_version() != before
    assert_data_version_is_in_step()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_the_comparison_finds_a_write_of_which_nothing_was_noted(counted_universe, write, monkeypatch):
    monkeypatch.setattr(writes.PendingWrites, "add", lambda *args: None)
    with versioned_transaction():
        write()
    assert find_disagreements()


UNSEEN_WRITES = {
    "a draft": lambda: Symptom.objects.create(slug="new", name="New"),
    "the next review": lambda: Treatment.objects.update(review_due="2030-01-01"),
    "a passage that nothing cites": lambda: Passage.objects.create(
        source=Source.objects.get(), first_line=5, last_line=5
    ),
    "the slug of a retired record that nothing names": lambda: Symptom.objects.filter(slug="old-ache").update(slug="z"),
}


@pytest.mark.parametrize("write", UNSEEN_WRITES.values(), ids=UNSEEN_WRITES)
def test_what_is_not_public_has_no_part_in_the_version(counted_universe, write):
    before = data_version()
    write()
    assert data_version() == before
    assert_data_version_is_in_step()


def test_a_change_of_slug_is_followed_along_every_relation_of_a_record():
    for model in record_models():
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            if field.is_relation and issubclass(field.related_model, Record | Passage):
                assert field in [relation.field for relation in field.related_model._meta.related_objects]


def test_the_version_depends_neither_on_keys_nor_on_the_order_of_writing(db):
    def write_records(slugs):
        u = Universe()
        for slug in slugs:
            u.make(Symptom, slug)
        for slug in slugs:
            treatment, symptom = u.make(Treatment, f"t-{slug}"), Symptom.objects.get(slug=slug)
            u.make_statement(SideEffect, f"said-{slug}", treatment=treatment, symptom=symptom)
        for model in record_models():
            model.objects.update(updated_at="2026-11-01T12:00:00Z")
        return data_version()

    versions = []
    for slugs in (["a", "b", "c"], ["c", "a", "b"]):
        with transaction.atomic():
            versions.append(write_records(slugs))
            transaction.set_rollback(True)
    assert versions[0] == versions[1] != "empty"


def test_the_same_data_arrived_at_by_edits_have_the_same_version(counted_universe):
    before = data_version()
    SideEffect.objects.filter(slug="class-bone").update(status="retired", onset="soon")
    Treatment.objects.filter(slug="drug").update(slug="drug-2")
    assert data_version() != before
    Treatment.objects.filter(slug="drug-2").update(slug="drug")
    SideEffect.objects.filter(slug="class-bone").update(status="published", onset="")
    assert data_version() == before


def test_counts_and_reviews_come_with_the_state(counted_universe):
    state = dataset_state()
    assert state.counts == {model: model.objects.public().count() for model in record_models()}
    assert state.reviewed == 1
    Treatment.objects.filter(slug="drug").update(status="retired")
    assert (dataset_state().reviewed, dataset_state().counts[Treatment]) == (0, state.counts[Treatment] - 1)


def test_what_was_counted_within_a_savepoint_is_not_lost_when_it_is_rolled_back(counted_universe):
    with versioned_transaction():
        SideEffect.objects.update(onset="soon")
        with transaction.atomic():
            writes.publish_writes()
            transaction.set_rollback(True)
    assert_data_version_is_in_step()


def test_a_failed_write_leaves_nothing_pending(counted_universe):
    before = data_version()
    with versioned_transaction():
        SideEffect.objects.update(onset="soon")
        transaction.set_rollback(True)
    assert not writes.get_pending_writes().keys
    assert data_version() == before
    assert_data_version_is_in_step()


def test_the_state_is_read_by_one_query_and_written_by_as_many_however_large_the_data(
    counted_universe, django_assert_num_queries
):
    def count_queries(use):
        with CaptureQueriesContext(connection) as captured:
            use()
        return len(captured)

    def write():
        with versioned_transaction():
            SideEffect.objects.filter(slug="class-bone").update(onset=f"{Symptom.objects.count()}")

    with django_assert_num_queries(1):
        DatasetState.read()
    before = count_queries(write)
    Symptom.objects.bulk_create([Symptom(slug=f"x{n}", name=f"X{n}", status="published") for n in range(2000)])
    with django_assert_num_queries(1):
        DatasetState.read()
    assert count_queries(write) == before


def test_a_proposal_counts_nothing(counted_universe, submitted_change, users, monkeypatch):
    monkeypatch.setattr(writes, "count_pending_writes", None)
    with versioned_transaction():
        submitted_change.save()


def test_the_checks_of_citations_are_counted_apart(counted_universe):
    state, statement = dataset_state(), SideEffect.objects.get(slug="class-bone")
    for word in ("passed", "in-doubt"):
        save_citation_states([(statement, word)])
        assert (dataset_state().version, dataset_state().checks_digest != state.checks_digest) == (state.version, True)
        assert_data_version_is_in_step()
    save_citation_states([(statement, "passed")])
    SideEffect.objects.filter(slug="class-bone").update(onset="soon")
    assert dataset_state().checks_digest == state.checks_digest == ""


def test_rows_of_another_layout_are_counted_anew(counted_universe, monkeypatch):
    before = data_version()
    DatasetTally.objects.filter(model="symptoms.symptom").update(layout="of an earlier program", records=0)
    RecordDigest.objects.filter(model="symptoms.symptom").update(digest="1" * 64)
    assert DatasetState.read().version == before
    Symptom.objects.update(summary="x")
    assert not find_disagreements()


def test_another_column_is_another_layout(monkeypatch):
    layout = record_rows.compute_layout(Symptom)
    monkeypatch.setattr(Symptom, "internal", (*Symptom.internal, "summary"))
    assert record_rows.compute_layout(Symptom) != layout


def test_without_tallies_the_version_is_counted_and_nothing_is_written(counted_universe):
    before = data_version()
    DatasetTally.objects.all().delete()
    RecordDigest.objects.all().delete()
    assert DatasetState.read().version == before
    assert not DatasetTally.objects.exists()
    record_untracked_changes()
    assert not find_disagreements()
    assert DatasetState.read().version == before


def test_a_state_that_is_taken_back_is_forgotten_where_no_tallies_are_stored(universe):
    version = data_version()
    DatasetTally.objects.all().delete()
    STATE_CACHE.clear()
    with versioned_transaction():
        Treatment.objects.filter(slug="drug").update(summary="Taken back.")
        assert data_version() != version
        transaction.set_rollback(True)
    assert data_version() == version
