"""What is cached of one state of the data changes no answer: whatever was asked before, in any format, on any host."""

import json
import random
from urllib.parse import urljoin

import pytest

from kb.models import Record, Statement, concrete_models, resource_name
from kb.reasoning.hierarchies import HIERARCHIES_CACHE

pytestmark = pytest.mark.usefixtures("shipped_data")
QUESTIONS = [
    "explain/?symptom=bone-pain&taking=letrozole",
    "explain/?symptom=bone-pain&taking=letrozole&having=breast-cancer",
    "explain/?symptom=fracture&taking=tamoxifen",
    "management-options/?symptom=joint-pain&taking=letrozole",
    "management-options/?symptom=joint-pain&taking=tamoxifen&having=breast-cancer",
    "side-effects/?treatment=tamoxifen&fields=slug,contested_by,disagreements",
    "paths/?from=chemotherapy&to=bone-pain",
    "paths/?from=tamoxifen&to=fracture",
    "differential/?question=treatment-or-metastasis",
    "disagreements/",
    "coverage/?rows=treatments&cols=symptoms",
    "search/?q=bone+pain",
    "treatments/letrozole/?format=jsonld",
    "/explore/treatments/letrozole/",
    "/explore/side-effects/",
    "/explore/explain/?symptom=bone-pain&taking=letrozole",
]
ENTRIES = {"treatment": ["letrozole", "tamoxifen"], "symptom": ["bone-pain"], "cancer": ["breast-cancer"]}
FORMATS = ["json", "csv", "ndjson", "fhir"]


def build_urls():
    """Return the address of every list, of lists that are asked about an entry, of some details, and of questions."""
    urls = list(QUESTIONS)
    for model in concrete_models(Record):
        name = resource_name(model)
        urls += [f"{name}/", f"{name}/{model.objects.public().first().slug}/"]
        if issubclass(model, Statement):
            fields = {field.name for field in model.entry_fields()} & ENTRIES.keys()
            urls += [f"{name}/?{field}={slug}" for field in sorted(fields) for slug in ENTRIES[field]]
    return [*urls, "treatments/letrozole/", "symptoms/bone-pain/"]


def get_answer(api, url, **extra):
    response = api.get(urljoin("/api/v1/", url), **extra)
    return response.status_code, b"".join(response) if response.streaming else response.content


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
