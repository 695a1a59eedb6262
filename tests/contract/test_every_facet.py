"""Every facet of every list: what it counts of a value is what the list has when it is narrowed to the value."""

import pytest
from django.http import QueryDict
from django.urls import get_resolver

from kb.dataset.counts import count_matching
from kb.filters import find_facets
from kb.models import resource_name
from tests.helpers.lists import get_csv_rows
from tests.helpers.resources import MODELS, VIEWSETS, for_each_resource

assert get_resolver().url_patterns
FILTERSETS = {viewset.queryset.model: viewset.filterset_class for viewset in VIEWSETS}
MAX_VALUES = 8  # Of a facet that are tried: the commonest and the rarest.
AT_LEAST = {"independent_sources"}  # Their filter keeps what has the value or more, `exact` or not.
pytestmark = pytest.mark.usefixtures("shipped_data")


def list_facet_names(model):
    return [*find_facets(FILTERSETS[model]())]


def get_facets(get_json, model, **params):
    """Return every value of every facet of a list, by the name of the facet."""
    names, facets = list_facet_names(model), {}
    for start in range(0, len(names), 10):
        answer = get_json(
            f"{resource_name(model)}/", count=",".join(names[start : start + 10]), page_size=200, **params
        )
        while True:
            for facet in answer["facets"]:
                facets.setdefault(facet["name"], []).extend(facet["results"])
            if not answer["next"]:
                break
            answer = get_json(answer["next"].partition("/api/v1/")[2])
    return facets


def count(model, **params):
    """Return how many records a list has."""
    filterset_class = FILTERSETS[model]
    query = QueryDict(mutable=True)
    for name, value in params.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    filterset = filterset_class(query, model.objects.public())
    assert filterset.form.is_valid(), filterset.form.errors
    return count_matching(filterset.qs)


def choose(values):
    """Return some of these values: the first and the last."""
    return values if len(values) <= MAX_VALUES else [*values[: MAX_VALUES // 2], *values[-MAX_VALUES // 2 :]]


@for_each_resource
def test_a_list_narrowed_to_a_value_has_as_many_as_the_facet_says(get_json, model):
    facets = get_facets(get_json, model)
    assert [*facets] == list_facet_names(model)
    for name, values in facets.items():
        assert len({value["value"] for value in values}) == len(values), name
        for value in choose(values):
            assert value["narrowed"] == count(model, **{name: value["value"]}) > 0, (name, value)
            if name not in AT_LEAST:
                assert value["count"] == count(model, **{name: value["value"], "exact": "true"}), (name, value)
            assert count(model, **{f"{name}!": value["value"]}) == count(model) - value["narrowed"], (name, value)


@for_each_resource
def test_with_exact_both_counts_are_of_the_value_itself(get_json, model):
    for name, values in get_facets(get_json, model, exact="true").items():
        if name not in AT_LEAST:
            assert all(value["count"] == value["narrowed"] > 0 for value in values), name


@for_each_resource
def test_csv_counts_the_same_as_json(api, get_json, model):
    names = ",".join(list_facet_names(model)[:10])
    rows = get_csv_rows(api, f"{resource_name(model)}/", count=names)
    counted = get_facets(get_json, model)
    for name in names.split(","):
        of_facet = [row for row in rows if row["parameter"] == name and row["value"]]
        shown = [(row["value"], row["name"], int(row["count"]), int(row["narrowed"])) for row in of_facet]
        expected = [(value["value"], value["name"], value["count"], value["narrowed"]) for value in counted[name]]
        assert [(value, *rest) for value, *rest in shown] == expected
    assert {(row["matching"], row["total"]) for row in rows} <= {(str(count(model)),) * 2}


def test_every_list_of_statements_counts_what_it_names_and_how_it_is_said():
    for model in MODELS:
        fields = {field.name for field in getattr(model, "subject_fields", list)() if field.many_to_one}
        assert fields <= {*list_facet_names(model)}, model
