"""OpenAPI in the words of the models, so that no view carries a schema decorator."""

from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from kb.errors import CONTENT_TYPE, ProblemSerializer
from kb.filters import SHAPE
from kb.models import Entry

PROBLEMS = {
    400: "A parameter is unknown, empty or wrong; the nearest that exists is named.",
    404: "There is no such record, or no such page.",
    406: "The answer cannot be given in the format that was asked for.",
    410: "The record is retired; what replaces it is named, if anything does.",
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


class ModelSchema(AutoSchema):
    """Tags, summaries, descriptions and examples of a resource come from its model and its records."""

    @property
    def model(self):
        queryset = getattr(self.view, "queryset", None)
        return None if queryset is None else queryset.model

    @property
    def question(self):
        """The form of a question, if this is one."""
        return getattr(self.view, "form_class", None)

    def get_operation_id(self):
        return self.path.rstrip("/").rpartition("/")[2] if self.question else super().get_operation_id()

    def get_tags(self):
        if self.question:
            return ["Questions"]
        return [self.model._meta.app_config.verbose_name] if self.model else ["Start here"]

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
        if self.question:
            return [self.parameter(name, field) for name, field in self.question.base_fields.items()]
        if not self.model:
            return []
        return [OpenApiParameter(name, str, description=words) for name, words in SHAPE.items()]

    def parameter(self, name, field):
        """A parameter of a question, with a value that can be tried out as it stands."""
        tried = self.view.example.get(name)
        examples = [] if tried is None else [OpenApiExample("for example", value=tried, parameter_only=(name, "query"))]
        return OpenApiParameter(
            name, field.shape(), description=field.help_text, required=field.required, examples=examples
        )

    def _resolve_path_parameters(self, variables):
        parameters = super()._resolve_path_parameters(variables)
        for parameter in parameters:
            parameter["description"] = "The permanent public identifier of the record."
        return parameters

    def get_response_serializers(self):
        found = super().get_response_serializers()
        if not self.model:
            return found
        codes = [400, 404, 406, 410] if self.view.action == "retrieve" else [400, 404, 406]
        problems = {
            (code, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, description=PROBLEMS[code]) for code in codes
        }
        words = "The record." if self.view.action == "retrieve" else "A page of the records that match."
        return {200: OpenApiResponse(found, description=words), **problems}

    def _is_list_view(self, serializer=None):
        return self.view.action == "list" if self.model and serializer is None else super()._is_list_view(serializer)

    def get_examples(self):
        """A record as it is published: the first of its kind, or the first entry that carries codes."""
        if not self.model:
            return []
        try:
            published = self.model.objects.public().with_related().order_by("pk")
            if issubclass(self.model, Entry):
                published = published.exclude(codes=[])
            record = published.first()
            return [self.example(record)] if record else []
        except DatabaseError:  # There is no database yet: the description stands without examples.
            return []

    def example(self, record):
        shown = self.view.get_serializer_class()(record).data
        if "statements" in shown:  # One of each kind is enough to see what they look like.
            shown["statements"] = {kind: statements[:1] for kind, statements in shown["statements"].items()}
        if "cited_by" in shown:
            shown["cited_by"] = shown["cited_by"][:1]
        return OpenApiExample(str(record)[:80], value=shown, response_only=True, status_codes=["200"])
