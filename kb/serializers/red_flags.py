"""Red flags as answers carry them: whole in details and questions, as references in lists."""

from itertools import groupby
from urllib.parse import urlencode

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.api.schema_refs import URGENCY_SCHEMA
from kb.reasoning.limits import describe_limits
from kb.reasoning.red_flags import find_red_flags
from kb.serializers.context import build_neutral_context, get_answer_context
from kb.serializers.references import build_record_url
from kb.serializers.registry import get_record_serializer
from kb.utils.urls import build_url

MAX_REFERENCES = 20  # Of red flags, with a page of a list.
MAX_NAMED = 200  # As many as the largest page of their list has, and one parameter takes.
MAX_ADDRESS_LENGTH = 4_000  # What any server on the way takes.


class RedFlagReferenceSerializer(serializers.Serializer):
    """A red flag in short, as lists carry it: what to look out for and to do, for whom, and how fast."""

    slug = serializers.SlugField(help_text="Its permanent public identifier.")
    url = serializers.SerializerMethodField(help_text="Its address.")
    urgency = serializers.SerializerMethodField(help_text="How fast the source says to act.")
    text = serializers.CharField(help_text="What is asserted, in one plain sentence of our own.")
    limits = serializers.SerializerMethodField(help_text="What limits it, in a sentence each.")

    def get_url(self, flag) -> str:
        return build_record_url(flag, self.context)

    @extend_schema_field(URGENCY_SCHEMA)
    def get_urgency(self, flag):
        return flag.urgency

    def get_limits(self, flag) -> list[str]:
        return describe_limits(flag)


REFERENCE_FIELDS = frozenset(RedFlagReferenceSerializer._declared_fields)


def serialize_red_flags(named, context, asked=None, mentioned=None):
    """Return the red flags that ring for these entries, as they are shown; no parameter leaves them out.

    The entries are given as to `find_red_flags`; `context` is that of the serializer.
    """
    hierarchies = get_answer_context(context).hierarchies
    return serialize_warnings(find_red_flags(named, hierarchies, asked, mentioned), context)


def serialize_warnings(statements, context):
    """Return statements that come with an answer, such as red flags, as they are shown, in their order."""
    context = build_neutral_context(context)
    return [
        shown
        for model, group in groupby(statements, key=type)
        for shown in get_record_serializer(model)(list(group), many=True, context=context).data
    ]


def reference_red_flags(flags, context):
    """Return the first of these red flags as references, and where all are found if there are more."""
    shown = RedFlagReferenceSerializer(flags[:MAX_REFERENCES], many=True, context=context).data
    more = len(flags) - len(shown)
    return {
        "red_flags": shown,
        "more_red_flags": {"count": more, "url": build_red_flags_url(flags, context)} if more else None,
    }


def build_red_flags_url(flags, context):
    """Return the address of a list of these red flags: of all that there are if they are too many to be named."""
    url = build_url(f"{flags[0]._meta.model_name}-list", request=context.get("request"))
    named = f"{url}?{urlencode([('slug', flag.slug) for flag in flags])}"
    return named if len(flags) <= MAX_NAMED and len(named) <= MAX_ADDRESS_LENGTH else url
