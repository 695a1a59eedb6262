"""The made-up data of the benchmark: as valid as what editors write, with deep classes and few red flags."""

import pytest

from benchmarks import choices
from benchmarks.worlds import World
from kb.models import Entry, Passage, Source, Statement, concrete_models
from symptoms.models import RedFlag, SideEffect
from treatments.models import Treatment

SIZE = 400


@pytest.fixture
def world(extended_universe):
    World(SIZE).build()


def list_statements():
    return [row for model in concrete_models(Statement) for row in model.objects.public().with_related()]


def test_it_has_as_many_statements_as_it_is_to_have(world):
    assert len(list_statements()) == SIZE


def test_a_world_that_is_too_small_for_the_shipped_data_is_refused(extended_universe):
    with pytest.raises(ValueError, match="1 is too few"):
        World(1).build()


def test_every_record_is_valid_and_fit_for_publication(world):
    records = [*list_statements(), *Source.objects.all(), *Passage.objects.select_related("source")[::10]]
    records += [entry for model in concrete_models(Entry) for entry in model.objects.all()]
    for record in records:
        if "made-up" in str(record).lower():
            record.full_clean()
            assert list(getattr(record, "publication_errors", list)()) == []


def test_every_statement_cites_one_to_three_passages(world):
    numbers = [len(row.citations.all()) for row in list_statements() if "made-up" in row.text]
    assert set(numbers) == {1, 2, 3}


def test_every_entry_belongs_to_all_that_is_above_it_and_never_to_itself(world):
    for model in concrete_models(Entry):
        parents = {entry.pk: {parent.pk for parent in entry.parents.all()} for entry in model.objects.all()}

        def walk_up(key, path=(), parents=parents):
            assert key not in path
            return {key}.union(*(walk_up(parent, (*path, key)) for parent in parents[key]))

        closure = {(key, ancestor) for key in parents for ancestor in walk_up(key)}
        assert set(model.ancestries().values_list("descendant", "ancestor")) == closure


def test_classes_are_deep(world):
    assert Treatment.ancestries().filter(depth__gte=4).exists()


def test_red_flags_are_not_copied(world):
    assert RedFlag.objects.count() == 1


def test_derived_columns_are_those_that_a_save_makes(world):
    for record in [*SideEffect.objects.all()[:20], *Treatment.objects.all()]:
        before = [getattr(record, name) for name in record.derived]
        record.set_derived_columns()
        assert [getattr(record, name) for name in record.derived] == before


def test_some_entries_are_popular_and_none_is_left_out():
    world = World(SIZE)
    world.popular[Treatment] = list(range(100))
    drawn = [world.draw_entry(Treatment) for _ in range(4_000)]
    assert drawn.count(0) > 300
    assert set(drawn) == set(range(100))


def test_what_is_asked_of_a_world_is_in_it(world):
    asked = choices.choose()
    assert Treatment.objects.filter(slug__in=[asked["treatment"], asked["class"], asked["broad_class"]]).exists()
    assert SideEffect.objects.public().filter(slug=asked["statement"]).exists()
