"""Parts of an answer that may be long: how many there are, the first of them, and where the rest is."""

from urllib.parse import urlencode

from rest_framework import serializers

from kb.utils.urls import build_url

PART_SIZE = 10  # Rows of a part that continues in a list.


class PartSerializer(serializers.Serializer):
    """A part of an answer, in pages: its first rows, or those of the page that was asked for."""

    count = serializers.IntegerField(min_value=0, help_text="How many results there are, on all pages together.")
    next = serializers.URLField(allow_null=True, help_text="The address of the next page, if there is one.")


class PageEnvelopeSerializer(PartSerializer):
    """What is long, in pages."""

    previous = serializers.URLField(allow_null=True, help_text="The address of the page before, if there is one.")


class AnswerPagesSerializer(serializers.Serializer):
    """Where the rest of an answer is whose parts are longer than a page."""

    next = serializers.URLField(allow_null=True, help_text="The next page of the answer, if a part goes on.")
    previous = serializers.URLField(allow_null=True, help_text="The page before, if there is one.")
    counts = serializers.DictField(
        child=serializers.IntegerField(min_value=1),
        help_text="The parts that are longer than a page, such as `shown_in` or `taking/letrozole/causes`, with how "
        "many rows each has in all.",
    )


def build_part_schema(rows, base="Part", description=""):
    """Return the OpenAPI schema of a part, given the name of the component of its rows."""
    results = {"type": "array", "items": {"$ref": f"#/components/schemas/{rows}"}}
    own = {"properties": {"results": results}, "required": ["results"]}
    schema = {"allOf": [{"$ref": f"#/components/schemas/{base}"}, own]}
    return schema | {"description": description} if description else schema


def build_rest_url(model, params, request):
    """Return the address of what follows the first rows of a part: the second page of the list with these filters."""
    query = urlencode({**params, "page": 2, "page_size": PART_SIZE})
    return f"{build_url(f'{model._meta.model_name}-list', request=request)}?{query}"
