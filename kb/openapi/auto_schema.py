"""The OpenAPI schemas of views: summaries, descriptions and examples from models, forms and records."""

from inspect import cleandoc

from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from kb.api.exceptions import CONTENT_TYPE, ProblemSerializer
from kb.filters import BYTE_ORDER_MARK_PARAM, BYTE_ORDER_MARK_VALUE, SPARSE_FIELD_PARAMS, MultiValueField
from kb.models import Statement
from kb.openapi.examples import build_example, fetch_answer, find_example_slug, shorten_statements
from kb.openapi.formats import ResponseFormatsMixin
from kb.openapi.metadata import KEYWORDS, get_first_segment, get_tag
from kb.openapi.parameters import annotate_record_models
from kb.serializers import PageEnvelopeSerializer, PartSerializer, RedFlagReferenceSerializer

MARK_TEXT = "With format=csv: begin with a byte order mark, by which Excel knows that the text is UTF-8."
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
    """Postprocessing hook: describe each enumeration with its docstring and the labels of its values."""
    for module, names in settings.ENUMERATIONS.items():
        for name in names:
            enum = import_string(f"{module}.{name}")
            values = "\n".join(f"* `{value}` - {label}" for value, label in enum.choices)
            if schema := result["components"]["schemas"].get(name):
                schema["description"] = f"{enum.__doc__}\n\n{values}"
    return result


def convert_to_openapi_3_1(result, generator, request, public):
    """Postprocessing hook: mark what may be null as OpenAPI 3.1 does; drop `readOnly`, which all fields have."""
    result["components"]["schemas"].pop("NullEnum", None)
    return convert_nullables(result)


def convert_nullables(node):
    """Return a node of the document, or a list of nodes, with everything in it converted; examples stay as they are."""
    if isinstance(node, list):
        return [convert_nullables(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("$ref") == "#/components/schemas/NullEnum":
        return {"type": "null"}
    node = {
        name: value if name in ("example", "examples") else convert_nullables(value) for name, value in node.items()
    }
    if node.get("readOnly") is True:
        del node["readOnly"]
    if node.pop("nullable", False) is True and "null" not in node.get("type", ()):
        node["type"] = [node["type"], "null"]
    return node


def build_responses(serializer, description, codes, problem_overrides=()):
    """Return the response 200 and the problems of these status codes, for drf-spectacular.

    `problem_overrides` maps status codes to other descriptions than those of `PROBLEM_DESCRIPTIONS`.
    """
    descriptions = PROBLEM_DESCRIPTIONS | dict(problem_overrides)
    problems = {
        (code, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, description=descriptions[code]) for code in codes
    }
    return {200: OpenApiResponse(serializer, description=description), **problems}


def build_parameters(parameters):
    """Return parameters that are described in words of OpenAPI, for drf-spectacular."""
    return [OpenApiParameter(each["name"], each["schema"], description=each["description"]) for each in parameters]


class TaggedSchema(ResponseFormatsMixin, AutoSchema):
    """The base of all schemas: tags from the path, and one example for each parameter."""

    def get_tags(self):
        return [get_tag(self.path)]

    def get_extensions(self):
        """Return the words by which Swagger UI finds the operation besides its own."""
        keywords = KEYWORDS.get(get_first_segment(self.path))
        return {"x-keywords": keywords} if keywords else {}

    def _get_parameters(self):
        """Return the parameters with `example` in place of `examples`, since each has one only."""
        parameters = super()._get_parameters()
        for parameter in parameters:
            for example in parameter.pop("examples", {}).values():
                parameter["example"] = example["value"]
        return parameters


class ModelSchema(TaggedSchema):
    """The schema of a record view: summaries and descriptions from its model, examples from its records."""

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
        fields = [OpenApiParameter(name, str, description=text) for name, text in SPARSE_FIELD_PARAMS.items()]
        if self.view.action == "retrieve":
            return fields + build_parameters(self.view.detail_parameters)
        return [*fields, OpenApiParameter(BYTE_ORDER_MARK_PARAM, enum=[BYTE_ORDER_MARK_VALUE], description=MARK_TEXT)]

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
            if isinstance(field, MultiValueField):
                field.add_bounds(parameter["schema"])
            elif max_length := getattr(field, "max_length", None):
                parameter["schema"]["maxLength"] = max_length
        return parameters

    def _get_response_for_code(self, serializer, status_code, media_types=None, direction="response"):
        """Return the response; the example of a record is one of its schema, which lists and details share."""
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        if self.model and not media_types and (self.view.action == "list" or issubclass(self.model, Statement)):
            response["content"]["application/json"].pop("examples", None)
        if self.model and not media_types and self.view.action == "list":
            for referred in (RedFlagReferenceSerializer, PartSerializer, PageEnvelopeSerializer):
                self.resolve_serializer(referred, direction)  # Pages and parts of answers refer to these.
            component = self.resolve_serializer(self.view.get_serializer_class(), direction)
            component.schema["examples"] = [record for page in self.get_examples() for record in page.value["results"]]
        return response

    def get_response_serializers(self):
        serializer = super().get_response_serializers()
        if not self.model:
            return serializer
        if self.view.action == "retrieve":
            return build_responses(serializer, "The record.", [400, 404, 406, 410])
        return build_responses(serializer, "A page of the records that match.", [400, 404, 406])

    def _is_list_view(self, serializer=None):
        return self.view.action == "list" if self.model and serializer is None else super()._is_list_view(serializer)

    def get_examples(self):
        """Return an answer about a published record; looked up once for each view, since drf-spectacular asks often."""
        if not hasattr(self.view, "cached_examples"):
            self.view.cached_examples = self.build_examples() if self.model else []
        return self.view.cached_examples

    def build_examples(self):
        """Return what the view answers about the example record of its resource."""
        list_path = self.path.partition("{")[0]
        try:
            slug = find_example_slug(list_path)
            if slug is None:
                return []
            if self.view.action == "retrieve":
                return [build_example(shorten_statements(fetch_answer(f"{list_path}{slug}/")), depth=1)]
            return [build_example(fetch_answer(list_path, slug=slug))]
        except DatabaseError:  # There is no database yet: the document has no examples then.
            return []


class QueryViewSchema(TaggedSchema):
    """The schema of a query view: parameters from its form, descriptions from its docstring."""

    def get_operation_id(self):
        return self.path.rstrip("/").rpartition("/")[2]

    def get_summary(self):
        return self.view.__doc__.splitlines()[0].rstrip(".")

    def get_description(self):
        return cleandoc(self.view.__doc__).partition("\n")[2].strip()

    def get_override_parameters(self):
        parameters = [
            OpenApiParameter(
                name,
                annotate_record_models(field.get_openapi_schema(), getattr(field, "models", ())),
                description=field.help_text,
                required=field.required,
                examples=[OpenApiExample("for example", value=self.view.example[name])]
                if name in self.view.example
                else [],
            )
            for name, field in self.view.form_class.parameters().items()
        ]
        paginators = [*filter(None, [self.view.paginator]), *getattr(self.view, "part_paginators", {}).values()]
        pages = [page for paginator in paginators for page in paginator.get_schema_operation_parameters(self.view)]
        return parameters + build_parameters(pages)

    def get_response_serializers(self):
        return build_responses(super().get_response_serializers(), "The answer.", [400, 404, 406])

    def _is_list_view(self, serializer=None):
        return False  # The serializer of the answer has the fields of a page itself.

    def get_examples(self):
        """Return the shortened answer to the example of the view; fetched once, since drf-spectacular asks often."""
        if not hasattr(self.view, "cached_examples"):
            self.view.cached_examples = self.build_examples()
        return self.view.cached_examples

    def build_examples(self):
        try:
            answer = fetch_answer(self.path, **self.view.example)
        except DatabaseError:  # There is no database yet: the document has no examples then.
            return []
        return [build_example(answer)] if answer else []
