"""Serializers of suggestions: the strict validation of the body that is sent, and what its sender sees of it."""

import json

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import exceptions, serializers
from rest_framework.fields import empty
from rest_framework.parsers import JSONParser

from kb.api.exceptions import InvalidParameters, RequestTooLarge, build_json_pointer
from kb.models import Suggestion, models_by_resource_name
from kb.search.slug_lookup import MAX_REPORTED_VALUES, build_missing_record_errors, build_value_error
from kb.serializers.events import ChangeEventSerializer
from kb.serializers.queries import PageEnvelopeSerializer
from kb.serializers.references import ReferenceSerializer
from kb.serializers.registry import get_record_serializer
from kb.utils.fuzzy import closest_match
from kb.utils.urls import build_url
from kb.validators import fold_text, validate_encoding, validate_printable

MAX_BODY_BYTES = 100_000  # More than the longest texts of a suggestion need, in any script and escaped.


def reject_duplicate_keys(members):
    """Return a JSON object as a dict; raise ValueError if a name is repeated, since a value would be lost.

    A name with half of a surrogate pair, which JSON can hold, raises UnicodeEncodeError (a ValueError as well): it
    could not be named in the response.
    """
    body = dict(members)
    "".join(body).encode()
    if len(body) < len(members):
        name = next(name for index, (name, _) in enumerate(members) if name in dict(members[:index]))
        raise ValueError(f"“{name}” stands twice in one object")
    return body


class StrictJSONParser(JSONParser):
    """Parses JSON of a bounded size, without repeated names."""

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read()
        if len(body) > MAX_BODY_BYTES:
            raise RequestTooLarge(f"The body has {len(body)} bytes: send {MAX_BODY_BYTES} at most.")
        try:
            return json.loads(body, object_pairs_hook=reject_duplicate_keys)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(f"The body is no JSON that can be read: {error}.") from error


class StrictCharField(serializers.CharField):
    """Text; unlike its base class it does not convert numbers and other values to text."""

    default_error_messages = {
        "required": "It is missing.",
        "null": "It must be text, not null: leave it out if there is nothing to say.",
        "invalid": "It must be text.",
        "blank": "It is empty.",
        "max_length": "It is too long: give {max_length} characters at most.",
    }

    default_validators = [validate_printable, validate_encoding]

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_serializer(component_name="Suggested")
class SuggestionInputSerializer(serializers.ModelSerializer):
    """What is wrong with which record; what would be right, and where that is said, if that is known."""

    serializer_field_mapping = dict.fromkeys(serializers.ModelSerializer.serializer_field_mapping, StrictCharField)

    class Meta:
        model = Suggestion
        fields = ["kind", "slug", "field", "text", "proposed", "evidence"]

    KEYS = ("kind", "slug", "field")  # Name the record and its field; the others are free text.

    def validate_body(self, body):
        """Return the values of all members; raise InvalidParameters with every error at once."""
        if not isinstance(body, dict):
            raise InvalidParameters([{"pointer": "#", "detail": "The body must be a JSON object.", "nearest": None}])
        values, errors, self.notes = {}, list(self.find_unknown_members(body)), []
        for name, field in self.fields.items():
            value = body.get(name, empty)
            if isinstance(value, str):
                folded = fold_text(value, is_name=name in self.KEYS)
                value, self.notes = folded.value, [*self.notes, *(f"{name}: {note}" for note in folded.notes)]
            try:
                values[name] = field.run_validation(value)
            except serializers.SkipField:
                values[name] = ""
            except serializers.ValidationError as error:
                errors += [(name, build_value_error(message)) for message in error.detail]
        errors += self.find_wrong_references(**{name: values.get(name) for name in ("kind", "slug", "field")})
        if errors:
            raise InvalidParameters([self.describe_error(name, error) for name, error in errors])
        return values

    def describe_error(self, name, error):
        return {
            "pointer": build_json_pointer(name),
            "detail": f"{name}: {error.messages[0]}",
            "nearest": error.params["nearest"],
        }

    def find_unknown_members(self, body):
        """Yield an error for each member that does not exist, with the nearest that does."""
        for name in [name for name in body if name not in self.fields][:MAX_REPORTED_VALUES]:
            yield (
                name,
                build_value_error(
                    f"There is no such member; there are: {', '.join(self.fields)}.", closest_match(name, self.fields)
                ),
            )

    def find_wrong_references(self, kind, slug, field):
        """Yield an error for a kind, a public record or a field that does not exist; None stands for a wrong value."""
        models = models_by_resource_name()
        if kind not in models:
            if kind:
                known = ", ".join(sorted(models))
                yield (
                    "kind",
                    build_value_error(
                        f"There is no kind of record “{kind}”; there are: {known}.", closest_match(kind, models)
                    ),
                )
            return
        if slug and not models[kind].objects.public().filter(slug=slug).exists():
            yield "slug", build_missing_record_errors(models[kind], [slug])[0]
        fields = get_record_serializer(models[kind]).suggestable_field_names()
        if field and field not in fields:
            known = ", ".join(fields)
            yield (
                "field",
                build_value_error(f"{kind} have no field “{field}”; there are: {known}.", closest_match(field, fields)),
            )


class SuggestionSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField(help_text="Its address: ask there what has become of it.")
    record = ReferenceSerializer(
        read_only=True, allow_null=True, help_text="The record that it is about; null if it is no longer there."
    )

    outcome = ChangeEventSerializer(
        source="event",
        read_only=True,
        allow_null=True,
        help_text="What the public saw of the change that came of it, as in /changes/; null before it is published.",
    )

    class Meta:
        model = Suggestion
        fields = ["id", "url", "state", "kind", "record", "field", "text", "proposed", "evidence"]
        fields += ["sent_at", "handled_at", "answer", "outcome", "cleaned"]
        read_only_fields = fields

    cleaned = serializers.SerializerMethodField(
        help_text="In the answer to sending it: what was cleaned in its texts, such as soft hyphens."
    )

    def get_cleaned(self, suggestion) -> list[str]:
        return self.context.get("notes", [])

    def get_url(self, suggestion) -> str:
        return build_url("suggestion-detail", suggestion.pk, request=self.context.get("request"))


SuggestionSerializer.__doc__ = Suggestion.__doc__


class SuggestionsSerializer(PageEnvelopeSerializer):
    """The suggestions of whoever asks, the newest first."""

    results = SuggestionSerializer(many=True, help_text="The suggestions of this page.")
