"""Metadata of the data set: name, licence, disclaimer, citation, and the contents of the API root."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.text import slugify

from kb.code_systems import CODE_SYSTEMS, RESOLVER_URL
from kb.dataset.version import dataset_state
from kb.models import Entry, Record, Statement, record_models, resource_name
from kb.utils.urls import build_url

NAME = "Bone and joint pain in cancer: a knowledge base"
AUTHORS = "The maintainers of the knowledge base"
ABOUT = (
    "What patient-information documents state about cancer, its treatment, bones and joints: which treatments cause "
    "pain or bone loss, which signs call for action, how causes are found and what helps. "
    "Each statement cites its lines."
)
DISCLAIMER = "This is reference information and not medical advice; it does not replace a clinician."
LICENCE = (
    "The statements are restated facts, each citing its source; the documents stay their publishers'. "
    "A licence for the data has not been chosen yet: ask the maintainers before passing it on. "
    "Codes keep the licences of their systems."
)

LICENCE_NAME = "no licence chosen"  # In short, for the names of files: an identifier of SPDX once one is chosen.


def format_dataset_citation(version: str, release: str | None = None) -> str:
    """Return the citation of the data set, for use in a publication."""
    return f"{NAME}, {f'release {release}, ' if release else ''}data version {version}."


def build_file_name(stem: str, extension: str, version: str) -> str:
    """Return the name of a file of data, which tells its version and its licence wherever it lies later."""
    return f"{stem}_{version}_{slugify(LICENCE_NAME)}.{extension}"


def list_terms(version: str, release: str | None = None) -> dict[str, str]:
    """Return what a file of data begins with or has beside it: name, version, licence and how to cite, by label."""
    return {
        "name": NAME,
        "data version": version,
        "licence": f"{LICENCE_NAME}: {LICENCE}",
        "how to cite": format_dataset_citation(version, release),
        "disclaimer": DISCLAIMER,
    }


def describe_review_status() -> str:
    """Return a sentence on how many of the public records a clinician has reviewed."""
    reviewed = dataset_state().reviewed
    return (
        f"{reviewed or 'None'} of these records {'has' if reviewed == 1 else 'have'} been reviewed by a "
        "clinician. They were read out of the documents and checked against them."
    )


def build_root_contents(request: HttpRequest) -> dict[str, Any]:
    """Return the contents of the API root and the front page: metadata, links, and each resource with its count."""
    state = dataset_state()
    resources = [
        {
            "name": resource_name(model),
            "description": model.__doc__,
            "count": state.counts[model],
            "url": build_url(f"{model._meta.model_name}-list", request=request),
            "group": next(base.__name__ for base in (Statement, Entry, Record) if issubclass(model, base)),
        }
        for model in record_models()
    ]
    return {
        "name": NAME,
        "about": ABOUT,
        "disclaimer": DISCLAIMER,
        "review": describe_review_status(),
        "version": settings.VERSION,
        "data_version": state.version,
        "licence": LICENCE,
        "how_to_cite": format_dataset_citation(state.version),
        "code_systems": [
            {
                "prefix": prefix,
                "name": system.name,
                "licence": system.licence,
                "url": system.url,
                "uri": system.uri,
            }
            for prefix, system in CODE_SYSTEMS.items()
        ],
        "code_resolver": RESOLVER_URL,
        "docs": build_url("docs", request=request),
        "schema": build_url("schema", request=request),
        "releases": build_url("release-list", request=request),
        "suggestions": build_url("suggestion-list", request=request),
        "changes": build_url("changes", request=request),
        "resources": resources,
    }
