"""The registry of serializers: which one shows the records of each model, read from the routes of the API."""

from functools import cache

from kb.models import Statement
from kb.serializers.records import RecordSerializer
from kb.utils.urls import iter_api_view_classes


@cache
def record_serializers():
    """Map each model of records to the serializer of its list, in the order of the routes."""
    classes = [getattr(view, "serializer_class", None) for view in iter_api_view_classes()]
    return {cls.Meta.model: cls for cls in classes if cls and issubclass(cls, RecordSerializer)}


def get_record_serializer(model):
    """Return the serializer class of a model of records; raise KeyError if no route lists them."""
    return record_serializers()[model]


def statement_serializers():
    """Map each model of statements to the serializer of its list, in the order of the routes."""
    return {model: cls for model, cls in record_serializers().items() if issubclass(model, Statement)}
