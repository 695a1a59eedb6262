"""FHIR R5 terminology: the controlled words and the entries as CodeSystem and ValueSet, their codes as ConceptMap."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils.module_loading import import_string
from django.utils.text import camel_case_to_spaces, slugify

from kb.code_systems import CODE_SYSTEMS, split_curie
from kb.dataset.metadata import LICENCE, LICENCE_NAME
from kb.dataset.version import data_version
from kb.models import Entry, concrete_models, resource_name

TERMINOLOGY_TYPES = ("CodeSystem", "ValueSet", "ConceptMap")


@dataclass(frozen=True)
class Vocabulary:
    """Words that answers use: those of an enumeration, or the slugs of the entries of a model."""

    id: str
    name: str
    description: str
    version: Callable[[], str]
    list_concepts: Callable[[], list[dict[str, Any]]]
    model: type[Entry] | None = None  # Of entries, which have codes of other systems.


@cache
def list_vocabularies() -> dict[str, Vocabulary]:
    """Return every vocabulary by its id: the enumerations that OpenAPI names, then the models of entries."""
    enums = [import_string(f"{module}.{name}") for module, names in settings.ENUMERATIONS.items() for name in names]
    words = [
        Vocabulary(
            slugify(camel_case_to_spaces(enum.__name__)),
            enum.__name__,
            enum.__doc__,
            lambda: settings.VERSION,
            partial(list_words, enum),
        )
        for enum in enums
    ]
    entries = [
        Vocabulary(
            resource_name(model),
            f"{model.__name__}Entries",
            model.__doc__,
            data_version,
            partial(list_entries, model),
            model,
        )
        for model in concrete_models(Entry)
    ]
    return {vocabulary.id: vocabulary for vocabulary in [*words, *entries]}


def list_words(enum):
    """Return the words of an enumeration as concepts."""
    return [{"code": value, "display": label} for value, label in enum.choices]


def list_entries(model):
    """Return the public entries of a model as concepts, each with its other names and with what it belongs to."""
    parents = Prefetch("parents", model.objects.public().order_by("slug"))
    entries = model.objects.public().prefetch_related(parents).order_by("slug")
    return [
        {
            "code": entry.slug,
            "display": entry.name,
            **({"definition": entry.summary} if entry.summary else {}),
            **({"designation": [{"value": name} for name in entry.synonyms]} if entry.synonyms else {}),
            **(
                {"property": properties}
                if (properties := [{"code": "parent", "valueCode": parent.slug} for parent in entry.parents.all()])
                else {}
            ),
        }
        for entry in entries
    ]


def build_terminology(resource_type, vocabulary, base):
    """Return a resource of one of TERMINOLOGY_TYPES, given the base address of FHIR."""
    build = {"CodeSystem": build_code_system, "ValueSet": build_value_set, "ConceptMap": build_concept_map}
    return build_head(resource_type, vocabulary, base) | build[resource_type](vocabulary, base)


def build_head(resource_type, vocabulary, base):
    """Return what each resource of terminology begins with; no licence is named that is not chosen."""
    return {
        "resourceType": resource_type,
        "id": vocabulary.id,
        "url": f"{base}/{resource_type}/{vocabulary.id}",
        "version": vocabulary.version(),
        "name": vocabulary.name if resource_type == "CodeSystem" else f"{vocabulary.name}{resource_type}",
        "status": "active",
        "experimental": False,
        "description": vocabulary.description,
        "copyright": f"{LICENCE_NAME}: {LICENCE}",
    }


def build_code_system(vocabulary, base):
    """Return the elements of the CodeSystem of a vocabulary, with all of its concepts."""
    concepts = vocabulary.list_concepts()
    parent = {"code": "parent", "description": "What it belongs to.", "type": "code"}
    return {
        "caseSensitive": True,
        "valueSet": f"{base}/ValueSet/{vocabulary.id}",
        "content": "complete",
        "count": len(concepts),
        **({"hierarchyMeaning": "is-a", "property": [parent]} if vocabulary.model else {}),
        **({"concept": concepts} if concepts else {}),
    }


def build_value_set(vocabulary, base):
    """Return the elements of the ValueSet of a vocabulary: all of its CodeSystem."""
    return {"compose": {"include": [{"system": f"{base}/CodeSystem/{vocabulary.id}"}]}}


def build_concept_map(vocabulary, base):
    """Return the elements of the ConceptMap of entries: their codes, in each system that has a URI from HL7.

    How near a code comes to an entry is not recorded, so it is only `related-to`.
    """
    entries = vocabulary.model.objects.public().order_by("slug").only("slug", "name", "codes")
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        codes: dict[str, list[str]] = {}
        for prefix, code in map(split_curie, entry.codes):
            codes.setdefault(prefix, []).append(CODE_SYSTEMS[prefix].code_format.format(code=code))
        for prefix, values in codes.items():
            targets = [{"code": value, "relationship": "related-to"} for value in values]
            groups.setdefault(prefix, []).append({"code": entry.slug, "display": entry.name, "target": targets})
    source = f"{base}/CodeSystem/{vocabulary.id}"
    listed = [
        {"source": source, "target": CODE_SYSTEMS[prefix].uri, "element": elements}
        for prefix, elements in groups.items()
        if CODE_SYSTEMS[prefix].uri
    ]
    return {"sourceScopeUri": f"{base}/ValueSet/{vocabulary.id}", **({"group": listed} if listed else {})}


def find_vocabularies(resource_type):
    """Return the vocabularies that have a resource of this type, by id: only entries have codes to map."""
    return {
        key: vocabulary
        for key, vocabulary in list_vocabularies().items()
        if resource_type != "ConceptMap" or vocabulary.model
    }
