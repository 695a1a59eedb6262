"""The answer to OPTIONS: what a resource is, and the formats in which it answers and takes bodies."""

from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request

if TYPE_CHECKING:  # rest_framework.views imports this module.
    from rest_framework.views import APIView


class ResourceMetadata(SimpleMetadata):
    """Describes a resource as the OpenAPI document does: in the words of its model or of its view."""

    def determine_metadata(self, request: Request, view: "APIView") -> dict[str, Any]:
        if action := getattr(view, "action_map", {}).get("get"):
            view.action = action  # A view set renders its lists and its records in different formats.
        model = getattr(getattr(view, "queryset", None), "model", None)
        first_line, _, rest = cleandoc(view.__doc__ or "").partition("\n")
        return {
            "name": str(model._meta.verbose_name_plural) if model else first_line,
            "description": model.__doc__ if model else rest.strip(),
            "renders": [renderer.media_type.partition(";")[0] for renderer in view.get_renderers()],
            "parses": [parser.media_type for parser in view.parser_classes] if "POST" in view.allowed_methods else [],
        }
