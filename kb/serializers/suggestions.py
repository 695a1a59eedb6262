"""How a suggestion comes in, each member of it checked, and how it is shown to whoever sent it."""

import json

from rest_framework import exceptions, serializers
from rest_framework.fields import empty
from rest_framework.parsers import JSONParser

from kb.api.exceptions import BadParameters, TooLarge, pointer
from kb.models import Suggestion
from kb.search.slug_lookup import MOST_TOLD, absences, refusal
from kb.serializers.queries import Cut
from kb.serializers.records import RecordSerializer, Reference
from kb.utils.fuzzy import nearest
from kb.utils.urls import address_of
from kb.validators import refuse_unreadable

MOST_BYTES = 100_000  # More than its longest texts need, in any script and escaped.


def each_once(members):
    """An object of JSON, refused where one of two values would be lost."""
    told = dict(members)
    "".join(told).encode()  # Half a character, which JSON can hold, cannot be said back.
    if len(told) < len(members):
        name = next(name for place, (name, _) in enumerate(members) if name in dict(members[:place]))
        raise ValueError(f"“{name}” stands twice in one object")
    return told


class StrictJSONParser(JSONParser):
    """JSON of a bounded size in which nothing stands twice."""

    def parse(self, stream, media_type=None, parser_context=None):
        told = stream.read()
        if len(told) > MOST_BYTES:
            raise TooLarge(f"The body has {len(told)} bytes: send {MOST_BYTES} at most.")
        try:
            return json.loads(told, object_pairs_hook=each_once)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(f"The body is no JSON that can be read: {error}.") from error


class Words(serializers.CharField):
    """Text, and nothing that would have to be made into text first."""

    default_error_messages = {
        "required": "It is missing.",
        "null": "It must be text, not null: leave it out if there is nothing to say.",
        "invalid": "It must be text.",
        "blank": "It is empty.",
        "max_length": "It is too long: give {max_length} characters at most.",
    }

    default_validators = [refuse_unreadable]

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class SuggestedSerializer(serializers.ModelSerializer):
    """What is wrong with which record; what would be right, and where that is said, if that is known."""

    serializer_field_mapping = dict.fromkeys(serializers.ModelSerializer.serializer_field_mapping, Words)

    class Meta:
        model = Suggestion
        fields = ["kind", "slug", "field", "text", "proposed", "evidence"]

    def understood(self, sent):
        """What was sent; whatever is not understood is refused, all of it at once."""
        if not isinstance(sent, dict):
            raise BadParameters([{"pointer": "#", "detail": "The body must be a JSON object.", "nearest": None}])
        values, wrong = {}, list(self.unknown(sent))
        for name, field in self.fields.items():
            try:
                values[name] = field.run_validation(sent.get(name, empty))
            except serializers.SkipField:
                values[name] = ""
            except serializers.ValidationError as error:
                wrong += [(name, refusal(words)) for words in error.detail]
        wrong += self.misnamed(**{name: values.get(name) for name in ("kind", "slug", "field")})
        if wrong:
            raise BadParameters([self.told(*found) for found in wrong])
        return values

    def told(self, name, error):
        return {"pointer": pointer(name), "detail": f"{name}: {error.messages[0]}", "nearest": error.params["nearest"]}

    def unknown(self, sent):
        """The members that do not exist, each with the nearest that does."""
        for name in [name for name in sent if name not in self.fields][:MOST_TOLD]:
            yield (
                name,
                refusal(f"There is no such member; there are: {', '.join(self.fields)}.", nearest(name, self.fields)),
            )

    def misnamed(self, kind, slug, field):
        """What is wrong with the record that is named, and with the field of it; what is not public is not there."""
        kinds = Suggestion.kinds()
        if kind not in kinds:
            if kind:
                known = ", ".join(sorted(kinds))
                yield "kind", refusal(f"There is no kind of record “{kind}”; there are: {known}.", nearest(kind, kinds))
            return
        if slug and not kinds[kind].objects.public().filter(slug=slug).exists():
            yield "slug", absences(kinds[kind], [slug])[0]
        fields = RecordSerializer.told[kinds[kind]]
        if field and field not in fields:
            known = ", ".join(fields)
            yield "field", refusal(f"{kind} have no field “{field}”; there are: {known}.", nearest(field, fields))


class SuggestionSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField(help_text="Its address: ask there what has become of it.")
    record = Reference(
        read_only=True, allow_null=True, help_text="The record that it is about; null if it is no longer there."
    )

    class Meta:
        model = Suggestion
        fields = ["id", "url", "state", "kind", "record", "field", "text", "proposed", "evidence"]
        fields += ["sent_at", "handled_at", "answer"]
        read_only_fields = fields

    def get_url(self, suggestion) -> str:
        return address_of("suggestion-detail", suggestion.pk, request=self.context.get("request"))


SuggestionSerializer.__doc__ = Suggestion.__doc__


class SuggestionsSerializer(Cut):
    """The suggestions of whoever asks, the newest first."""

    results = SuggestionSerializer(many=True, help_text="The suggestions of this page.")
