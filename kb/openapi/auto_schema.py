"""OpenAPI in the words of the models, so that no view carries a schema decorator."""

import json
from http import HTTPStatus
from inspect import cleandoc

from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from kb.api.exceptions import CONTENT_TYPE, ProblemSerializer
from kb.api.internal_client import get_internally
from kb.filters import SPARSE_FIELD_PARAMS
from kb.models import Entry
from kb.openapi.formats import ResponseFormatsMixin
from kb.openapi.metadata import get_tag
from kb.openapi.parameters import annotate_record_models

PROBLEM_DESCRIPTIONS = {
    400: "A parameter is unknown, empty or wrong; the nearest that exists is named.",
    401: "There is no token, or one that is unknown, revoked or expired.",
    403: "The token is not for this: it lacks the scope.",
    404: "There is no such record, or no such page.",
    406: "The answer cannot be given in the format that was asked for.",
    410: "The record is retired; what replaces it is named, if anything does.",
    413: "The body is larger than anything here needs.",
    415: "The body is not sent as application/json.",
    429: "This is more than one person may send in a day.",
}


def describe_enumerations(result, generator, request, public):
    """Each enumeration says what it is about and what each of its words means."""
    for module, names in settings.ENUMERATIONS.items():
        for name in names:
            enum = import_string(f"{module}.{name}")
            words = "\n".join(f"* `{word}` - {label}" for word, label in enum.choices)
            if shape := result["components"]["schemas"].get(name):
                shape["description"] = f"{enum.__doc__}\n\n{words}"
    return result


def convert_to_openapi_3_1(result, generator, request, public):
    """What may be null says so in the way of OpenAPI 3.1; that it is only read says nothing, as everything here is."""
    result["components"]["schemas"].pop("NullEnum", None)
    return convert_nullables(result)


def convert_nullables(shape):
    if isinstance(shape, list):
        return [convert_nullables(item) for item in shape]
    if not isinstance(shape, dict):
        return shape
    if shape.get("$ref") == "#/components/schemas/NullEnum":
        return {"type": "null"}
    shape = {name: value if name == "example" else convert_nullables(value) for name, value in shape.items()}
    if shape.get("readOnly") is True:
        del shape["readOnly"]
    if shape.pop("nullable", False) is True and "null" not in shape.get("type", ()):
        shape["type"] = [shape["type"], "null"]
    return shape


def build_responses(serializer, words, codes, faults=()):
    """An answer, and the problems that may stand in its place."""
    told = PROBLEM_DESCRIPTIONS | dict(faults)
    problems = {(code, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, description=told[code]) for code in codes}
    return {200: OpenApiResponse(serializer, description=words), **problems}


def truncate_lists(value):
    """An answer with the first of each list of records in it: enough to see what they look like."""
    if isinstance(value, list):
        return [truncate_lists(item) for item in (value[:1] if value and isinstance(value[0], dict) else value)]
    return {name: truncate_lists(item) for name, item in value.items()} if isinstance(value, dict) else value


def fetch_example(path, params):
    """What is answered there, shortened; nothing where it is about published data that are not there."""
    answer = get_internally(path, **params)
    return truncate_lists(json.loads(answer.content)) if answer.status_code == HTTPStatus.OK else None


class TaggedSchema(ResponseFormatsMixin, AutoSchema):
    """Operations stand where people look for them, and run as they are."""

    def get_tags(self):
        return [get_tag(self.path)]

    def _get_parameters(self):
        """Each with its one example, which then needs no name."""
        parameters = super()._get_parameters()
        for parameter in parameters:
            for example in parameter.pop("examples", {}).values():
                parameter["example"] = example["value"]
        return parameters


class ModelSchema(TaggedSchema):
    """Summaries, descriptions and examples of a resource come from its model and its records."""

    @property
    def model(self):
        queryset = getattr(self.view, "queryset", None)
        return None if queryset is None else queryset.model

    def get_summary(self):
        if not self.model:
            return super().get_summary() or self.view.__doc__.strip().splitlines()[0].rstrip(".")
        names = self.model._meta
        return (
            f"Get one {names.verbose_name}" if self.view.action == "retrieve" else f"List {names.verbose_name_plural}"
        )

    def get_description(self):
        return self.model.__doc__ if self.model else super().get_description()

    def get_override_parameters(self):
        if not self.model:
            return []
        return [OpenApiParameter(name, str, description=words) for name, words in SPARSE_FIELD_PARAMS.items()]

    def _resolve_path_parameters(self, variables):
        parameters = super()._resolve_path_parameters(variables)
        for parameter in parameters:
            parameter["description"] = "The permanent public identifier of the record."
            annotate_record_models(parameter["schema"], [self.model])
            for example in self.get_examples():
                parameter["example"] = example.value["slug"]
        return parameters

    def _get_filter_parameters(self):
        parameters = super()._get_filter_parameters()
        for parameter in parameters:
            field = self.view.filterset_class.base_filters[parameter["name"]].field
            annotate_record_models(parameter["schema"], getattr(field, "models", ()))
        return parameters

    def _get_response_for_code(self, serializer, status_code, media_types=None, direction="response"):
        """The example of a list is its answer when it is asked for the one record that is shown."""
        told = super()._get_response_for_code(serializer, status_code, media_types, direction)
        if self.model and self.view.action == "list" and not media_types:
            for example in told["content"]["application/json"].get("examples", {}).values():
                (record,) = example["value"]["results"]
                example["value"] = fetch_example(self.path, {"slug": record["slug"]})
        return told

    def get_response_serializers(self):
        found = super().get_response_serializers()
        if not self.model:
            return found
        if self.view.action == "retrieve":
            return build_responses(found, "The record.", [400, 404, 406, 410])
        return build_responses(found, "A page of the records that match.", [400, 404, 406])

    def _is_list_view(self, serializer=None):
        return self.view.action == "list" if self.model and serializer is None else super()._is_list_view(serializer)

    def get_examples(self):
        """A record as it is published; looked for once, since it is wanted often."""
        if not hasattr(self.view, "cached_examples"):
            self.view.cached_examples = self.build_examples() if self.model else []
        return self.view.cached_examples

    def build_examples(self):
        """The first record of its kind, or the first entry that carries codes."""
        try:
            published = self.model.objects.public().with_related().order_by("pk")
            if issubclass(self.model, Entry):
                published = published.exclude(codes=[])
            record = published.first()
            return [self.build_example(record)] if record else []
        except DatabaseError:  # There is no database yet: the description stands without examples.
            return []

    def build_example(self, record):
        shown = self.view.get_serializer_class()(record).data
        return OpenApiExample(str(record)[:80], value=truncate_lists(shown), response_only=True, status_codes=["200"])


class QueryViewSchema(TaggedSchema):
    """Parameters, words and an example of a question come from its form, its docstring and its own answer."""

    def get_operation_id(self):
        return self.path.rstrip("/").rpartition("/")[2]

    def get_summary(self):
        return self.view.__doc__.splitlines()[0].rstrip(".")

    def get_description(self):
        return cleandoc(self.view.__doc__).partition("\n")[2].strip()

    def get_override_parameters(self):
        asked = [
            OpenApiParameter(
                name,
                annotate_record_models(field.get_openapi_schema(), getattr(field, "models", ())),
                description=field.help_text,
                required=field.required,
                examples=[OpenApiExample("for example", value=self.view.example[name])]
                if name in self.view.example
                else [],
            )
            for name, field in self.view.form_class.base_fields.items()
        ]
        pages = self.view.paginator.get_schema_operation_parameters(self.view) if self.view.paginator else []
        return asked + [
            OpenApiParameter(page["name"], page["schema"], description=page["description"]) for page in pages
        ]

    def get_response_serializers(self):
        return build_responses(super().get_response_serializers(), "The answer.", [400, 404, 406])

    def _is_list_view(self, serializer=None):
        return False  # Its pages are part of the answer's own shape.

    def get_examples(self):
        """What it answers when it is asked with its example, shortened; asked for once, since it is wanted often."""
        if not hasattr(self.view, "cached_examples"):
            self.view.cached_examples = self.build_examples()
        return self.view.cached_examples

    def build_examples(self):
        try:
            told = fetch_example(self.path, self.view.example)
        except DatabaseError:  # There is no database yet: the description stands without examples.
            return []
        return [OpenApiExample("for example", value=told, response_only=True, status_codes=["200"])] if told else []
