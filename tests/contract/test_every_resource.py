"""The contract of every resource: lists, details, filters, errors, help texts and number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.choices import Status
from kb.fields import ChoiceField
from kb.filters import SPARSE_FIELD_PARAMS
from kb.models import resource_name
from kb.reasoning.hierarchies import HIERARCHIES_CACHE
from kb.serializers import statement_serializers
from symptoms.models import ManagementOption, RedFlag
from tests.helpers.resources import MODELS, VIEWSETS, for_each_entry, for_each_resource, for_each_statement

pytestmark = pytest.mark.usefixtures("shipped_data")


def test_every_designed_resource_is_routed():
    expected_names = """
        sources cancers treatments symptoms investigations side-effects management-options indications manifestations
        red-flags cautions comparisons switches metastatic-sites diagnostics risk-factors distinguishing-features
        guidance
    """.split()
    assert sorted(map(resource_name, MODELS)) == sorted(expected_names)


@for_each_resource
def test_lists_every_record_page_by_page(get_json, model):
    slugs, page = [], 1
    while page:
        payload = get_json(f"{resource_name(model)}/", page=page, page_size=200, fields="slug")
        slugs += [record["slug"] for record in payload["results"]]
        page = page + 1 if payload["next"] else None
    assert payload["count"] == len(slugs) == len(set(slugs)) == model.objects.public().count() > 0


@for_each_resource
def test_a_detail_includes_the_fields_of_the_list(get_json, model):
    for record in get_json(f"{resource_name(model)}/", page_size=5)["results"]:
        detail = get_json(f"{resource_name(model)}/{record['slug']}/")
        assert {name: detail[name] for name in record} == record
        assert record["url"].endswith(f"/api/v1/{resource_name(model)}/{record['slug']}/")


@for_each_resource
def test_the_resource_is_read_only(api, model):
    for method in (api.post, api.put, api.patch, api.delete):
        response = method(f"/api/v1/{resource_name(model)}/", {}, format="json")
        assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")


@for_each_resource
def test_every_shipped_record_is_valid_and_publishable(model):
    for record in model.objects.public().with_related():
        record.full_clean(validate_unique=False)
        assert list(record.publication_errors()) == []
        assert record.status == Status.PUBLISHED


@for_each_resource
def test_no_shipped_record_has_a_review_date(model):
    assert not model.objects.public().exclude(reviewed_on=None).exists()


@for_each_resource
def test_a_misspelt_parameter_is_refused_and_the_nearest_is_named(get_json, model):
    problem = get_json(f"{resource_name(model)}/", status=400, serach="bone")
    assert problem["errors"][0] | {"detail": ""} == {"parameter": "serach", "detail": "", "nearest": "search"}
    slug = model.objects.public().first().slug
    problem = get_json(f"{resource_name(model)}/{slug}/", status=400, feilds="slug")
    assert problem["errors"][0]["nearest"] == "fields"


@for_each_resource
def test_an_empty_parameter_is_refused(get_json, model):
    assert "empty" in get_json(f"{resource_name(model)}/", status=400, search="")["detail"]


@for_each_resource
def test_wrong_values_of_every_filter_are_refused(get_json, model):
    viewset = next(v for v in VIEWSETS if v.queryset.model is model)
    free_text_filters = {"search", "name", "code", "exact"}
    told_in_the_answer = {"taking", "having"}
    for name in set(viewset.filterset_class.base_filters) - free_text_filters - told_in_the_answer:
        problem = get_json(f"{resource_name(model)}/", status=400, **{name: "no-such-thing"})
        assert problem["errors"][0]["parameter"] == name
    for name in {*SPARSE_FIELD_PARAMS, "page", "page_size"}:
        assert (
            get_json(f"{resource_name(model)}/", status=400, **{name: "no-such-thing"})["errors"][0]["parameter"]
            == name
        )


@for_each_resource
def test_an_unknown_record_is_not_found_and_the_nearest_is_named(get_json, model):
    slug = model.objects.public().first().slug
    assert slug in get_json(f"{resource_name(model)}/{slug}x/", status=404)["detail"]


@for_each_resource
def test_a_draft_is_not_public(get_json, model):
    record = model.objects.public().first()
    model.objects.filter(pk=record.pk).update(status=Status.DRAFT)
    get_json(f"{resource_name(model)}/{record.slug}/", status=404)
    assert get_json(f"{resource_name(model)}/")["count"] == model.objects.public().count()


@for_each_resource
def test_a_retired_record_is_gone_and_names_its_replacement(get_json, model):
    record, replacement = model.objects.public()[:2]
    model.objects.filter(pk=record.pk).update(status=Status.RETIRED, replaced_by=replacement)
    problem = get_json(f"{resource_name(model)}/{record.slug}/", status=410)
    assert replacement.slug in problem["detail"]
    assert problem["replaced_by"].endswith(f"/{replacement.slug}/")


@for_each_resource
def test_what_ships_retired_is_gone_and_names_what_stands_in_its_place(get_json, model):
    for record in model.objects.filter(status=Status.RETIRED).select_related("replaced_by"):
        problem = get_json(f"{resource_name(model)}/{record.slug}/", status=410)
        assert record.replaced_by is None or record.replaced_by.slug in problem["detail"]


@for_each_resource
def test_several_records_are_returned_by_one_request(get_json, model):
    slugs = list(model.objects.public().values_list("slug", flat=True)[:2])
    for parameter in ("slug", "id"):
        assert get_json(f"{resource_name(model)}/", **{parameter: slugs})["count"] == 2


@for_each_resource
def test_only_the_requested_fields_are_returned(get_json, model):
    first = get_json(f"{resource_name(model)}/", fields="slug,url")["results"][0]
    always_shown = ["own_cautions", "more_cautions"] if model is ManagementOption else []
    assert list(first) == ["slug", "url", *always_shown]
    assert "url" not in get_json(f"{resource_name(model)}/", omit="url,updated_at")["results"][0]


@for_each_resource
def test_a_list_can_be_ordered_and_filtered_by_date_of_change(get_json, model):
    slugs = [
        record["slug"] for record in get_json(f"{resource_name(model)}/", ordering="-slug", page_size=200)["results"]
    ]
    default_order = [record["slug"] for record in get_json(f"{resource_name(model)}/", page_size=200)["results"]]
    assert slugs == sorted(slugs, reverse=True)
    if model.objects.public().count() <= 200:
        assert sorted(default_order) == slugs[::-1]
        assert (default_order == slugs[::-1]) == (model is not RedFlag)  # The most urgent come first.
    assert get_json(f"{resource_name(model)}/", updated_since="2999-01-01")["count"] == 0
    assert (
        get_json(f"{resource_name(model)}/", updated_since="2000-01-01T00:00:00+02:00")["count"]
        == model.objects.public().count()
    )


@for_each_resource
def test_search_finds_a_record_by_its_words(get_json, model):
    record = model.objects.public().first()
    matches = get_json(f"{resource_name(model)}/", search=str(record)[:200], fields="slug", page_size=200)["results"]
    assert record.slug in {r["slug"] for r in matches}
    assert get_json(f"{resource_name(model)}/", search="no such words zqx")["count"] == 0


@for_each_resource
def test_every_field_and_filter_has_a_help_text(model):
    viewset = next(v for v in VIEWSETS if v.queryset.model is model)
    fields = [f for f in [*model._meta.fields, *model._meta.many_to_many] if not f.primary_key]
    assert [f.name for f in fields if not f.help_text] == []
    assert [n for n, f in viewset.serializer_class().fields.items() if not f.help_text] == []
    assert [n for n, f in viewset.filterset_class.base_filters.items() if not f.extra.get("help_text")] == []
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}(")


@for_each_resource
def test_every_enumeration_defaults_to_unstated(model):
    for field in model._meta.fields:
        if isinstance(field, ChoiceField) and field.name != "status":
            assert field.default == "unstated"


@for_each_resource
def test_the_number_of_queries_does_not_grow_with_the_rows(api, model):
    def count_queries(size):
        HIERARCHIES_CACHE.clear()  # With the records that are kept.
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/api/v1/{resource_name(model)}/", {"page_size": size}).status_code == 200
        return len(queries)

    count_queries(1)  # The data version is computed once and cached.
    assert count_queries(200) <= count_queries(20) + 4 <= 40  # More rows may name entries of more kinds.


@for_each_resource
def test_the_api_root_lists_the_resource_with_its_count(get_json, model):
    (resource,) = (r for r in get_json("")["resources"] if r["name"] == resource_name(model))
    assert resource["count"] == model.objects.public().count()
    assert resource["url"].endswith(f"/api/v1/{resource_name(model)}/")


@for_each_statement
def test_each_statement_has_citations(get_json, model):
    for record in get_json(f"{resource_name(model)}/", page_size=200)["results"]:
        assert record["text"].endswith((".", "?", "!"))
        for citation in record["citations"]:
            assert set(citation) == {"source", "section", "first_line", "last_line", "edition", "state"}
            assert (citation["edition"], citation["state"]) == (1, "as-cited")
            assert citation["first_line"] <= citation["last_line"]
        assert record["citations"]


@for_each_statement
def test_statements_can_be_filtered_by_source(get_json, model):
    for source in get_json("sources/")["results"]:
        statements = model.objects.public().filter(citations__source__slug=source["slug"]).distinct()
        payload = get_json(f"{resource_name(model)}/", source=source["slug"], page_size=200)
        assert payload["count"] == statements.count()
        assert {record["slug"] for record in payload["results"]} <= set(statements.values_list("slug", flat=True))


@for_each_entry
def test_an_entry_is_found_by_every_name_and_code(get_json, model):
    for entry in model.objects.public():
        for name in entry.names():
            payload = get_json(f"{resource_name(model)}/", name=name.upper(), fields="slug")
            assert [record["slug"] for record in payload["results"]] == [entry.slug]
        for code in entry.codes:
            payload = get_json(f"{resource_name(model)}/", code=code, fields="slug")
            assert entry.slug in {record["slug"] for record in payload["results"]}


@for_each_entry
def test_an_entry_shows_tree_and_statements_in_a_bounded_number_of_queries(api, model):
    bound = 40 + 5 * len(statement_serializers())
    for entry in model.objects.public()[:20]:
        with CaptureQueriesContext(connection) as queries:
            payload = api.get(f"/api/v1/{resource_name(model)}/{entry.slug}/").json()
        assert [r["slug"] for r in payload["members"]] == [m.slug for m in entry.members.all()]
        assert {path[-1]["slug"] for path in payload["breadcrumbs"]} == {p.slug for p in entry.parents.all()}
        assert set(payload["statements"])
        assert len(queries) <= bound


@for_each_entry
def test_within_returns_an_entry_and_its_descendants(get_json, model):
    parent = model.objects.public().exclude(parents=None).first().parents.first()
    slugs = {r["slug"] for r in get_json(f"{resource_name(model)}/", within=parent.slug, page_size=200)["results"]}
    assert slugs == {entry.slug for entry in model.objects.public().descendants_of([parent.pk])}
    assert len(slugs) > 1
