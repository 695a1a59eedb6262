"""Ancestries: they equal the links between entries after every way of writing, and are rolled back with it."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from kb.choices import Way
from kb.editorial.editing import EditRequest, create_draft, discard_draft, restore_version, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Entry, Version, concrete_models
from symptoms.models import ManagementOption, SideEffect, Symptom
from tests.helpers.ancestries import is_acyclic, read_ancestries, walk_links
from tests.helpers.imports import encode_lines, get_row_errors
from tests.helpers.imports import import_file as import_file
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
SLUGS = [f"t{number}" for number in range(6)]


def get_treatment(slug):
    return Treatment.objects.get(slug=slug)


def get_parents(slug):
    return set(get_treatment(slug).parents.values_list("slug", flat=True))


def load_entry(slug, parents, tmp_path):
    """Write an entry as `loaddata` does."""
    fields = {"slug": slug, "name": slug, "parents": [[parent] for parent in parents]}
    path = tmp_path / "entries.json"
    path.write_text(json.dumps([{"model": "treatments.treatment", "fields": fields}]))
    call_command("loaddata", str(path), verbosity=0)


def test_every_model_of_entries_has_ancestries():
    for model in concrete_models(Entry):
        entry = model.objects.create(slug="one", name="One")
        assert read_ancestries(model) == {("one", "one"): 0}
        entry.delete()
        assert read_ancestries(model) == {}


def write_members(manager_name, method):
    def write(entry, others):
        getattr(getattr(entry, manager_name), method)(*([others] if method == "set" else others if others else []))

    return write


WRITES = {
    f"{manager_name}.{method}": write_members(manager_name, method)
    for manager_name in ("parents", "members")
    for method in ("add", "remove", "set")
} | {
    "parents.clear": lambda entry, others: entry.parents.clear(),
    "members.clear": lambda entry, others: entry.members.clear(),
    "update": lambda entry, others: Treatment.objects.filter(pk=entry.pk).update(status="retired"),
    "save": lambda entry, others: entry.save(),
    "delete": lambda entry, others: entry.delete(),
    "draft": lambda entry, others: save_or_propose(
        entry, {"parents": sorted(other.slug for other in others)}, EditRequest(None, "x", Way.SHIPPED)
    ),
}


def try_to_write(write, entry, others):
    """Write, and return why it was refused; an empty string if it was not."""
    try:
        with transaction.atomic():
            write(entry, others)
    except ValidationError as error:
        return str(error)
    return ""


def test_ancestries_equal_the_links_after_any_writes(tmp_path):
    def load(entry, others):
        load_entry(entry.slug, [other.slug for other in others], tmp_path)

    writes = st.tuples(st.sampled_from([*WRITES, "loaddata"]), st.sampled_from(SLUGS), st.sets(st.sampled_from(SLUGS)))

    @given(writes=st.lists(writes, min_size=1, max_size=12))
    def check_writes(writes):
        with transaction.atomic():
            Treatment.objects.bulk_create(Treatment(slug=slug, name=slug) for slug in SLUGS)
            for way, slug, other_slugs in writes:
                entry, _ = Treatment.objects.get_or_create(slug=slug, defaults={"name": slug})
                others = list(Treatment.objects.filter(slug__in=other_slugs))
                before = read_ancestries(Treatment)
                if refusal := try_to_write(WRITES.get(way, load), entry, others):
                    assert ("without its class" if way == "delete" else "in a circle") in refusal
                    assert read_ancestries(Treatment) == before
                assert is_acyclic(Treatment)
                assert read_ancestries(Treatment) == walk_links(Treatment)
            transaction.set_rollback(True)

    check_writes()


def test_entries_created_in_bulk_belong_to_themselves(universe):
    Treatment.objects.bulk_create(
        [Treatment(slug="new", name="New"), Treatment(slug="drug", name="x")], ignore_conflicts=True
    )
    fresh = Treatment(slug="newer", name="Newer")
    Treatment.objects.bulk_create([fresh], update_conflicts=True, update_fields=["name"], unique_fields=["slug"])
    assert read_ancestries(Treatment) == walk_links(Treatment)
    assert {("new", "new"), ("newer", "newer")} <= read_ancestries(Treatment).keys()


def test_the_depth_is_that_of_the_shortest_path(universe):
    get_treatment("drug").parents.add(get_treatment("medicine"))
    assert read_ancestries(Treatment)["drug", "medicine"] == 1
    get_treatment("drug").parents.remove(get_treatment("medicine"))
    assert read_ancestries(Treatment)["drug", "medicine"] == 2


def test_ancestries_are_rolled_back_with_the_write(universe):
    before = read_ancestries(Treatment)
    with transaction.atomic():
        get_treatment("class").parents.set([get_treatment("loner")])
        assert read_ancestries(Treatment)["drug", "loner"] == 2
        transaction.set_rollback(True)
    assert read_ancestries(Treatment) == before


def test_a_class_with_members_is_not_deleted(universe):
    SideEffect.objects.all().delete()
    ManagementOption.objects.all().delete()
    for delete in (get_treatment("class").delete, Treatment.objects.all().delete):
        with pytest.raises(ValidationError, match="without its class"), transaction.atomic():
            delete()
    assert Treatment.objects.count() == 5


def test_a_draft_with_members_is_not_discarded(users):
    request = EditRequest(users["editor"], "It is missing.")
    draft = create_draft(Treatment, {"slug": "a", "name": "A"}, request)
    create_draft(Treatment, {"slug": "b", "name": "B", "parents": ["a"]}, request)
    with pytest.raises(ValidationError, match="“B” belongs to “A”"):
        discard_draft(users["editor"], draft)


def test_every_change_of_parents_is_a_version_of_the_member(universe):
    def get_versions():
        versions = Version.objects.for_records(get_treatment("drug")).order_by("number")
        return [version.content["parents"] for version in versions][1:]

    drug, loner = get_treatment("drug"), get_treatment("loner")
    loner.members.add(drug)
    loner.members.clear()
    drug.parents.set([loner])
    assert get_versions()[-4:] == [["class", "loner"], ["class"], [], ["loner"]]


def test_an_old_version_brings_its_classes_back(universe, users):
    draft = create_draft(
        Treatment, {"slug": "new", "name": "New", "parents": ["class"]}, EditRequest(users["editor"], "x")
    )
    save_or_propose(draft, {"parents": ["class", "loner"]}, EditRequest(users["editor"], "Two."))
    assert read_ancestries(Treatment)["new", "loner"] == 1
    first = Version.objects.for_records(draft).get(number=1)
    assert first.content["parents"] == ["class"]
    restore_version(first, EditRequest(users["editor"], "Back."))
    assert get_parents("new") == {"class"}
    assert read_ancestries(Treatment) == walk_links(Treatment)


class TestCycles:
    """A cycle is refused on each way of writing, with an error that names both entries."""

    @pytest.fixture(autouse=True)
    def _universe(self, universe):
        self.medicine, self.drug, self.loner = (get_treatment(slug) for slug in ("medicine", "drug", "loner"))
        self.ancestries = read_ancestries(Treatment)
        yield
        assert is_acyclic(Treatment)
        assert read_ancestries(Treatment) == walk_links(Treatment)

    @pytest.mark.parametrize(
        "write",
        [
            lambda self: self.medicine.parents.add(self.drug),
            lambda self: self.medicine.parents.set([self.drug]),
            lambda self: self.drug.members.add(self.loner, self.medicine),
            lambda self: self.drug.members.set([self.medicine]),
        ],
    )
    def test_of_the_orm(self, write):
        with pytest.raises(ValidationError, match="“Drug” belongs to “Medicine”"), transaction.atomic():
            write(self)
        assert read_ancestries(Treatment) == self.ancestries

    def test_an_entry_does_not_belong_to_itself(self):
        with pytest.raises(ValidationError, match="“Drug” is the entry itself"), transaction.atomic():
            self.drug.parents.add(self.drug)

    def test_of_loaddata(self, tmp_path):
        with pytest.raises(ValidationError, match="“Drug” belongs to “medicine”"), transaction.atomic():
            load_entry("medicine", ["drug"], tmp_path)

    def test_of_a_draft(self, users):
        request = EditRequest(users["editor"], "It is missing.")
        draft = create_draft(Treatment, {"slug": "new", "name": "New"}, request)
        create_draft(Treatment, {"slug": "newer", "name": "Newer", "parents": ["new"]}, request)
        with pytest.raises(ValidationError, match="“Newer” belongs to “New”") as caught:
            save_or_propose(draft, {"parents": ["newer"]}, request)
        assert [*caught.value.message_dict] == ["parents"]

    def test_of_a_proposal(self, users):
        with pytest.raises(ValidationError, match="“Drug” belongs to “Medicine”"):
            save_or_propose(self.medicine, {"parents": ["drug"]}, EditRequest(users["editor"], "x", submit=True))

    def test_of_two_proposals_approved_after_one_another(self, users):
        changes = [
            save_or_propose(
                entry,
                serialize_record(entry) | {"parents": [parent.slug]},
                EditRequest(users["editor"], "x", submit=True),
            )
            for entry, parent in [(self.drug, self.loner), (self.loner, self.drug)]
        ]
        approve(users["reviewer"], changes[0], changes[0].lock)
        with pytest.raises(ValidationError, match="“Drug” belongs to “Loner”"):
            approve(users["reviewer"], changes[1], changes[1].lock)
        assert get_parents("loner") == {"medicine"}

    def test_of_an_import(self, import_file):
        errors = get_row_errors(import_file(encode_lines("slug,parents", 'medicine,"loner', 'drug"'), Treatment))
        assert "“Loner” belongs to “Medicine”" in errors["row 2", "parents"]
        assert not Change.objects.exists()


def test_two_classes_in_a_cell_are_imported(universe, import_file):
    data = encode_lines("slug,name,parents", 'numb,Numb,"pain', 'joint-ache"')
    assert get_row_errors(import_file(data, Symptom)) == {}
    assert set(Symptom.objects.get(slug="numb").parents.values_list("slug", flat=True)) == {"pain", "joint-ache"}
    assert read_ancestries(Symptom) == walk_links(Symptom)
