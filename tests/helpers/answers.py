"""What the API and its pages answer: the addresses to ask, and the answers of a database in a process of its own."""

import hashlib
from urllib.parse import urljoin

from rest_framework.test import APIClient

from kb.models import Record, Statement, concrete_models, resource_name

QUESTIONS = [
    "explain/?symptom=bone-pain&taking=letrozole",
    "explain/?symptom=bone-pain&taking=letrozole&having=breast-cancer",
    "explain/?symptom=fracture&taking=tamoxifen",
    "management-options/?symptom=joint-pain&taking=letrozole",
    "management-options/?symptom=joint-pain&taking=tamoxifen&having=breast-cancer",
    "side-effects/?treatment=tamoxifen&fields=slug,contested_by,disagreements",
    "side-effects/?treatment=tamoxifen&fields=slug,via",
    "side-effects/?omit=citations,opposite_roles",
    "side-effects/?cursor=*&page_size=20",
    "side-effects/?search=bone+loss&ordering=-updated_at&page=2&page_size=5",
    "management-options/?symptom=joint-pain&taking=letrozole&fields=slug,fit",
    "management-options/?symptom=joint-pain&taking=letrozole&omit=citations&format=csv",
    "management-options/?symptom=joint-pain&having=bone-metastasis&search=exercise",
    "treatments/?fields=slug,parents",
    "treatments/letrozole/?omit=statements",
    "side-effects/?certainty=possible&frequency=common&source=bone-and-joint-pain",
    "paths/?from=chemotherapy&to=bone-pain",
    "paths/?from=tamoxifen&to=fracture",
    "differential/?question=treatment-or-metastasis",
    "differential/?question=treatment-or-metastasis&feature=metastasis-timing-worse-at-night",
    "disagreements/",
    "coverage/?rows=treatments&cols=symptoms",
    "coverage/?page_size=7&page=3&col_page=2&col_page_size=9",
    "side-effects/?about=treatments/letrozole&page=2&page_size=20",
    "guidance/?about=bone-pain&exact=true",
    "sources/bone-and-joint-pain/?cited_by_page=2&from_line=40",
    "search/?q=bone+pain",
    "treatments/letrozole/?format=jsonld",
    "/explore/treatments/letrozole/",
    "/explore/side-effects/",
    "/explore/explain/?symptom=bone-pain&taking=letrozole",
]
ENTRIES = {"treatment": ["letrozole", "tamoxifen"], "symptom": ["bone-pain"], "cancer": ["breast-cancer"]}
LIST_FORMATS = ["csv", "ndjson", "jsonld", "fhir"]


def build_urls():
    """Return the address of every list, of lists that are asked about an entry, of some details, and of questions."""
    urls = list(QUESTIONS)
    for model in concrete_models(Record):
        name = resource_name(model)
        urls += [f"{name}/", f"{name}/{model.objects.public().first().slug}/"]
        if issubclass(model, Statement):
            fields = {field.name for field in model.entry_fields()} & ENTRIES.keys()
            urls += [f"{name}/?{field}={slug}" for field in sorted(fields) for slug in ENTRIES[field]]
    return [*urls, "treatments/letrozole/", "symptoms/bone-pain/", "symptoms/pain/"]


def get_answer(api, url, **extra):
    response = api.get(urljoin("/api/v1/", url), **extra)
    return response.status_code, b"".join(response) if response.streaming else response.content


def build_all_urls():
    """Return the addresses of every list in every format, of every tenth record, of questions, events and releases."""
    urls = [*build_urls(), "changes/", "changes/?format=atom", "releases/", "suggestions/", "schema/", "/", "/explore/"]
    for model in concrete_models(Record):
        name = resource_name(model)
        urls += [f"{name}/?format={list_format}" for list_format in LIST_FORMATS]
        urls += [f"{name}/{slug}/" for slug in model.objects.order_by("pk").values_list("slug", flat=True)[::10]]
    return list(dict.fromkeys(urls))


def collect_answers():
    """Return status, ETag and SHA-256 of every answer, by address; for use in a process on another database."""
    answers, client = {}, APIClient(headers={"host": "localhost"}, raise_request_exception=False)
    for url in build_all_urls():
        response = client.get(urljoin("/api/v1/", url))
        body = b"".join(response) if response.streaming else response.content
        answers[url] = [response.status_code, response.headers.get("ETag"), hashlib.sha256(body).hexdigest()]
    return answers
