"""Every routed resource, for tests that run over each."""

import pytest
from django.urls import get_resolver

from kb.models import Entry, Statement, resource_name
from kb.views import RecordViewSet
from kb.views.html import FullRecordPage

assert get_resolver().url_patterns  # Importing the routes defines the viewsets.


def iter_viewsets(base=RecordViewSet):
    """Yield every viewset with a model, at any depth under the base."""
    for viewset in base.__subclasses__():
        if issubclass(viewset, FullRecordPage):
            continue  # An HTML page of a viewset.
        if viewset.queryset is not None:
            yield viewset
        yield from iter_viewsets(viewset)


VIEWSETS = list(iter_viewsets())


MODELS = [viewset.queryset.model for viewset in VIEWSETS]


for_each_resource = pytest.mark.parametrize("model", MODELS, ids=resource_name)


for_each_statement = pytest.mark.parametrize(
    "model", [m for m in MODELS if issubclass(m, Statement)], ids=resource_name
)


for_each_entry = pytest.mark.parametrize("model", [m for m in MODELS if issubclass(m, Entry)], ids=resource_name)
