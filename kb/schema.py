"""OpenAPI in the words of the models, so that no view carries a schema decorator."""

from django.db import DatabaseError
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from kb.errors import CONTENT_TYPE, ProblemSerializer
from kb.filters import SHAPE

PROBLEMS = {
    400: "A parameter is unknown, empty or wrong; the nearest that exists is named.",
    404: "There is no such record, or no such page.",
    406: "The answer cannot be given in the format that was asked for.",
    410: "The record is retired; what replaces it is named, if anything does.",
}


class ModelSchema(AutoSchema):
    """Tags, summaries, descriptions and examples of a resource come from its model and its records."""

    @property
    def model(self):
        queryset = getattr(self.view, "queryset", None)
        return None if queryset is None else queryset.model

    def get_tags(self):
        return [self.model._meta.app_config.verbose_name] if self.model else ["Start here"]

    def get_summary(self):
        if not self.model:
            return super().get_summary() or self.view.__doc__.strip().splitlines()[0].rstrip(".")
        names = self.model._meta
        return f"Get one {names.verbose_name}" if self.view.action == "retrieve" else f"List {names.verbose_name_plural}"

    def get_description(self):
        return self.model.__doc__ if self.model else super().get_description()

    def get_override_parameters(self):
        if not self.model:
            return []
        return [OpenApiParameter(name, str, description=words) for name, words in SHAPE.items()]

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
        return {200: found, **problems}

    def _is_list_view(self, serializer=None):
        return self.view.action == "list" if self.model and serializer is None else super()._is_list_view(serializer)

    def get_examples(self):
        """A record as it is published: the first of its kind in this knowledge base."""
        if not self.model:
            return []
        try:
            record = self.model.objects.public().with_related().order_by("pk").first()
            shown = self._example(record)
        except DatabaseError:
            return []
        return shown

    def _example(self, record):
        if record is None:
            return []
        serializer = self.view.serializer_class(record)
        return [OpenApiExample(str(record)[:80], value=serializer.data, response_only=True, status_codes=["200"])]
