"""The registry of record models: all models of a base class, by resource name or by label."""

from typing import TypeAlias, TypeVar

from django.apps import apps
from django.db import models

from kb.models.entries import Entry
from kb.models.records import Record
from kb.models.sources import Passage
from kb.models.statements import Statement

ModelT = TypeVar("ModelT", bound=models.Model)
VersionedRecord: TypeAlias = Record | Passage  # What has a history and is written by drafts and changes only.
VersionedT = TypeVar("VersionedT", bound=VersionedRecord)


def concrete_models(base: type[ModelT]) -> list[type[ModelT]]:
    """Return the models of all apps that inherit from `base`, in the order of INSTALLED_APPS."""
    return [model for model in apps.get_models() if issubclass(model, base)]


def record_models() -> list[type[Record]]:
    """Return all record models in the order in which they are listed: sources, then entries, then statements."""
    return sorted(concrete_models(Record), key=lambda model: (issubclass(model, Statement), issubclass(model, Entry)))


def versioned_models() -> list[type[VersionedRecord]]:
    """Return all models whose history is kept: passages, then the record models in the order of INSTALLED_APPS."""
    return [Passage, *concrete_models(Record)]


def versioned_models_by_label() -> dict[str, type[VersionedRecord]]:
    """Map labels as used in fixtures and import files (`symptoms.sideeffect`) to versioned models, in their order."""
    return {model._meta.label_lower: model for model in versioned_models()}


def is_versioned(model: type[models.Model]) -> bool:
    """Return whether the history of the model's rows is kept."""
    return issubclass(model, VersionedRecord)


def resource_name(model: type[models.Model]) -> str:
    """Return the model's name in URLs: its plural, such as `side-effects`."""
    return str(model._meta.verbose_name_plural).replace(" ", "-")


def models_by_resource_name() -> dict[str, type[Record]]:
    """Map resource names to all record models, in the order of `record_models`."""
    return {resource_name(model): model for model in record_models()}
