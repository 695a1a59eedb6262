"""OpenAPI of response formats: each renderer describes its own media type."""

from drf_spectacular.plumbing import ResolvedComponent

FORMAT_DESCRIPTION = (
    "In which format the answer is given or downloaded; {first}, unless asked. It goes before the Accept header."
)


class ResponseFormatsMixin:
    """Adds a media type to the response 200 for each renderer that describes one; a mixin of schemas.

    A renderer whose output is not the JSON of the serializer describes it in a class method:

        @classmethod
        def describe_response(cls, schema):
            body = {"type": "string"}  # The OpenAPI schema. `schema` has `model`, `view` and `get_examples()`.
            return body, "A row for each record, after a row of names.", "slug,name\\nletrozole,Letrozole\\n"

    The schema of the body may be a `{"$ref": …}`. With a `title`, it becomes a component of this name with the example
    of the first view, and all views refer to it. The example may be None.
    """

    def _get_response_for_code(self, serializer, status_code, media_types=None, direction="response"):
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        if str(status_code) == "200" and not media_types:
            response["content"] |= self.describe_formats()
        return response

    def describe_formats(self):
        """Return the media types of all renderers that describe their output."""
        content = {}
        for renderer in self.view.get_renderers():
            if hasattr(renderer, "describe_response"):
                body, description, example = renderer.describe_response(self)
                media_type = {"schema": body | {"description": description}}
                if example is not None:
                    media_type["example"] = example
                content[renderer.media_type.partition(";")[0]] = self.share_titled_schema(media_type)
        return content

    def share_titled_schema(self, media_type):
        """Return a media type with its schema and example as a component, if it has a title; another as it is."""
        schema = dict(media_type["schema"])
        if (name := schema.pop("title", None)) is None:
            return media_type
        examples = [media_type["example"]] if "example" in media_type else []
        component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema | {"examples": examples}, object=name)
        self.registry.register_on_missing(component)
        return {"schema": component.ref}

    def _get_format_parameters(self):
        parameters = super()._get_format_parameters()
        for parameter in parameters:
            first, *_ = parameter["schema"]["enum"] = self.map_renderers("format")
            parameter["description"] = FORMAT_DESCRIPTION.format(first=first)
        return parameters
