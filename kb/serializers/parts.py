"""Parts of an answer that may be long: how many there are, the first of them, and where the rest is."""

from functools import cache
from urllib.parse import urlencode

from rest_framework import serializers

from kb.utils.urls import build_url

PART_SIZE = 20  # Rows of a part that continues in a list.


class PartSerializer(serializers.Serializer):
    """A part of an answer that may be long."""

    count = serializers.IntegerField(min_value=0, help_text="How many there are in all.")
    next = serializers.URLField(allow_null=True, help_text="The address of the rest, in pages; null where all is here.")


class PagedPartSerializer(PartSerializer):
    """A part of an answer that may be long, in pages of its own."""

    previous = serializers.URLField(allow_null=True, help_text="The address of the page before, if there is one.")


@cache
def build_part_serializer(serializer_class, base=PartSerializer):
    """Return the class of serializers of a part with rows of this serializer."""
    rows = serializer_class(many=True, help_text="The first of them, or those of the page that was asked for.")
    name = f"{serializer_class.__name__.removesuffix('Serializer')}{base.__name__}"
    return type(name, (base,), {"__doc__": base.__doc__, "results": rows})


def build_paged_serializer(serializer_class):
    """Return the class of serializers of a part in pages of its own, with rows of this serializer."""
    return build_part_serializer(serializer_class, PagedPartSerializer)


def build_rest_url(model, params, request):
    """Return the address of what follows the first rows of a part: the second page of the list with these filters."""
    query = urlencode({**params, "page": 2, "page_size": PART_SIZE})
    return f"{build_url(f'{model._meta.model_name}-list', request=request)}?{query}"
