"""What is cached of one state of the data changes no answer: whatever was asked before, in any format, on any host."""

import json
import random

import pytest
from rest_framework import renderers
from rest_framework.generics import GenericAPIView

from kb.editorial.versioning import in_request
from kb.models import Entry, Record, concrete_models, resource_name
from kb.reasoning.hierarchies import HIERARCHIES_CACHE
from kb.renderers.json import JSONRenderer
from kb.serializers import row_cache
from kb.views.records import RecordViewSet
from symptoms.models import SideEffect
from tests.helpers.answers import build_urls, get_answer
from tests.helpers.lists import get_part

pytestmark = pytest.mark.usefixtures("shipped_data")
FORMATS = ["json", "csv", "ndjson", "fhir"]


def get_uncached_answer(api, url, **extra):
    HIERARCHIES_CACHE.clear()
    return get_answer(api, url, **extra)


def test_no_answer_depends_on_what_was_asked_before(api):
    urls = build_urls()
    expected = {url: get_uncached_answer(api, url) for url in urls}
    assert {status for status, _ in expected.values()} == {200}
    for seed in (1, 2):
        HIERARCHIES_CACHE.clear()
        random.Random(seed).shuffle(urls)  # noqa: S311 - an order, no secret
        assert [url for url in urls if get_answer(api, url) != expected[url]] == []


@pytest.fixture
def plain_serialization(monkeypatch):
    """Let Django REST framework itself read, serialize and render what a list and a record show."""
    monkeypatch.delattr(row_cache.RowCacheMixin, "to_representation")
    monkeypatch.setattr(JSONRenderer, "render", renderers.JSONRenderer.render)

    def paginate_queryset(view, queryset):
        view.page = GenericAPIView.paginate_queryset(view, queryset)
        return view.page

    monkeypatch.setattr(RecordViewSet, "paginate_queryset", paginate_queryset)


def test_the_fast_way_gives_the_answers_of_the_plain_one(api, request):
    urls = [*build_urls(), *(f"{resource_name(model)}/?format=ndjson" for model in concrete_models(Record))]
    fast = {url: [get_answer(api, url) for _ in range(2)] for url in urls}
    request.getfixturevalue("plain_serialization")
    plain = {url: get_uncached_answer(api, url) for url in urls}
    assert [url for url in urls if fast[url] != [plain[url]] * 2] == []


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_format_depends_on_what_was_asked_before(api, format_name):
    urls = [f"side-effects/?{query}format={format_name}" for query in ("treatment=letrozole&", "")]
    expected = [get_uncached_answer(api, url) for url in urls]
    assert {status for status, _ in expected} == {200}
    for other in FORMATS:
        get_answer(api, f"side-effects/?format={other}")
    assert [get_answer(api, url) for url in urls] == expected


def test_every_address_is_on_the_host_that_was_asked(api):
    for host in ("testserver", "localhost", "testserver"):
        _, content = get_answer(api, "side-effects/?treatment=letrozole", headers={"host": host})
        first, *_ = json.loads(content)["results"]
        addresses = [first["url"], first["treatment"]["url"], first["citations"][0]["source"]["url"]]
        assert all(address.startswith(f"http://{host}/api/v1/") for address in addresses)


@pytest.mark.parametrize("max_rows", [14, 40, 53])
def test_a_row_cache_that_is_emptied_in_the_middle_of_a_list_changes_nothing(api, monkeypatch, max_rows):
    expected = get_uncached_answer(api, "management-options/?page_size=100")
    monkeypatch.setattr(row_cache, "MAX_ROWS", max_rows)
    get_uncached_answer(api, "management-options/?page_size=20&page=2")
    assert get_answer(api, "management-options/?page_size=100") == expected


def test_a_record_that_is_written_after_it_was_read_is_not_kept(api, monkeypatch):
    effect, get_object = SideEffect.objects.public().first(), RecordViewSet.get_object

    def get_object_before_a_write(view):
        record, token = get_object(view), in_request.set(False)
        monkeypatch.setattr(RecordViewSet, "get_object", get_object)
        written = SideEffect.objects.get(pk=effect.pk)
        written.text = "Something else."
        written.save()
        in_request.reset(token)
        return record

    monkeypatch.setattr(RecordViewSet, "get_object", get_object_before_a_write)
    for _ in range(2):
        assert json.loads(get_answer(api, f"side-effects/{effect.slug}/")[1])["text"] == "Something else."


def test_no_statement_stands_twice_on_the_page_of_an_entry(api):
    for model in concrete_models(Entry):
        for slug in model.objects.public().values_list("slug", flat=True):
            answer = json.loads(get_answer(api, f"{resource_name(model)}/{slug}/?fields=slug,statements")[1])
            for kind, part in answer["statements"].items():
                slugs = [row["slug"] for row in get_part(api, part)]
                assert len(slugs) == len(set(slugs)), (slug, kind)
