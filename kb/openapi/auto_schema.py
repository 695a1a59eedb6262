"""The OpenAPI schemas of views: summaries, descriptions and examples from models, forms and records."""

from inspect import cleandoc

from django.db import DatabaseError
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from kb.api.exceptions import CONTENT_TYPE, ProblemSerializer
from kb.filters import BYTE_ORDER_MARK_PARAM, BYTE_ORDER_MARK_VALUE, COUNT_PARAMS, EXCLUSION_HELP_TEXT, MultiValueField
from kb.models import Statement
from kb.openapi.examples import build_example, fetch_answer, find_example_slug, shorten_statements
from kb.openapi.formats import ResponseFormatsMixin
from kb.openapi.metadata import KEYWORDS, get_first_segment, get_tag
from kb.openapi.parameters import (
    annotate_record_models,
    build_parameter_examples,
    build_parameters,
    build_shape_parameters,
)
from kb.serializers import (
    BriefSerializer,
    FacetSerializer,
    PageEnvelopeSerializer,
    PartSerializer,
    RedFlagReferenceSerializer,
)

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

EXCLUSIONS = OpenApiParameter(  # Of a form: each of its properties is a parameter of its own.
    "exclusions",
    {"type": "object", "patternProperties": {"!$": {"type": "string"}}, "additionalProperties": False},
    description=EXCLUSION_HELP_TEXT,
)


def build_responses(serializer, description, codes, problem_overrides=()):
    """Return the response 200 and the problems of these status codes, for drf-spectacular.

    `problem_overrides` maps status codes to other descriptions than those of `PROBLEM_DESCRIPTIONS`.
    """
    descriptions = PROBLEM_DESCRIPTIONS | dict(problem_overrides)
    problems = {
        (code, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, description=descriptions[code]) for code in codes
    }
    return {200: OpenApiResponse(serializer, description=description), **problems}


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
        is_list = self.view.action == "list"
        described = build_shape_parameters(self.view)
        if is_list:
            counts = [OpenApiParameter(name, str, description=text) for name, text in COUNT_PARAMS.items()]
            mark = OpenApiParameter(BYTE_ORDER_MARK_PARAM, enum=[BYTE_ORDER_MARK_VALUE], description=MARK_TEXT)
            return [*described, *counts, EXCLUSIONS, mark]
        return described + build_parameters(self.view.detail_parameters)

    def _resolve_path_parameters(self, variables):
        parameters = super()._resolve_path_parameters(variables)
        for parameter in parameters:
            parameter["description"] = "Its slug."
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
            for referred in (RedFlagReferenceSerializer, PartSerializer, PageEnvelopeSerializer, FacetSerializer):
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
        return build_responses(serializer, "A page of records.", [400, 404, 406])

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
                examples=build_parameter_examples(self.view, name),
            )
            for name, field in self.view.form_class.parameters().items()
        ]
        paginators = [*filter(None, [self.view.paginator]), *getattr(self.view, "part_paginators", {}).values()]
        pages = [page for paginator in paginators for page in paginator.get_schema_operation_parameters(self.view)]
        return parameters + build_shape_parameters(self.view) + build_parameters(pages)

    def get_response_serializers(self):
        return build_responses(super().get_response_serializers(), "The answer.", [400, 404, 406])

    def _get_response_for_code(self, serializer, status_code, media_types=None, direction="response"):
        """Return the response; one question describes the brief form, which all answers have, with its own."""
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        if getattr(self.view, "describes_brief_form", False) and str(status_code) == "200" and not media_types:
            brief = self.resolve_serializer(BriefSerializer, direction)
            content = response["content"]["application/json"]
            content["schema"] = {"anyOf": [content["schema"], brief.ref]}
        return response

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
