"""The lists of resources that are written out, held to the registry of models."""

from kb.filters import query_forms
from kb.models import (
    Entry,
    Passage,
    Source,
    Statement,
    concrete_models,
    is_versioned,
    models_by_resource_name,
    record_models,
    resource_name,
    versioned_models,
    versioned_models_by_label,
)
from kb.openapi.metadata import TAG_GROUPS
from kb.serializers.records import RecordSerializer
from tests.helpers.resources import VIEWSETS

GROUPS_OF_RECORDS = ["Entries", "Causes", "Signs", "Help"]


def test_each_record_model_is_routed_once_under_its_resource_name():
    assert sorted(resource_name(viewset.queryset.model) for viewset in VIEWSETS) == sorted(models_by_resource_name())


def test_each_resource_stands_in_one_group_of_the_api_description():
    grouped = [name for group in GROUPS_OF_RECORDS for name in TAG_GROUPS[group][1]]
    assert sorted(grouped) == sorted(models_by_resource_name())


def test_coverage_offers_every_entry_model():
    offered = {name for name, label in query_forms.ENTRY_CHOICES}
    assert offered == {resource_name(model) for model in concrete_models(Entry)}


def test_records_are_listed_as_sources_then_entries_then_statements():
    assert record_models() == [Source, *concrete_models(Entry), *concrete_models(Statement)]
    assert [*models_by_resource_name().values()] == record_models()


def test_the_history_of_passages_and_of_every_record_is_kept():
    assert {*versioned_models()} == {Passage, *record_models()}
    assert [*versioned_models_by_label().values()] == versioned_models()
    assert all(is_versioned(model) for model in versioned_models())


# Fields that a serializer adds to those of its model, and whose values depend on the record and the data alone.
RECORD_ONLY_FIELDS = {"own_cautions", "more_cautions", "serious_harms"}


def test_every_field_beyond_the_model_is_of_the_record_alone_or_of_the_question():
    """What depends on the question must not be kept in the row of a record."""
    classes = [RecordSerializer]
    for cls in classes:
        classes += cls.__subclasses__()
    assert len(classes) > 20
    for cls in classes:
        added = {name for name, columns in cls.field_dependencies.items() if not columns}
        assert added <= cls.question_fields | RECORD_ONLY_FIELDS, cls
