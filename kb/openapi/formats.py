"""OpenAPI of the formats in which an answer travels, each in the words of its renderer."""

FORMAT_DESCRIPTION = "In which format the answer is given; {first}, unless asked. It goes before the Accept header."


class ResponseFormatsMixin:
    """One media type for each format of an address; mixed into a schema.

    A renderer that gives something other than the JSON that the serializer describes says so itself:

        @classmethod
        def describe_response(cls, schema):
            shape = {"type": "string"}  # In OpenAPI: the body. `schema` knows `model`, `view`, `get_examples()`.
            return shape, "A row for each record, after a row of names.", "slug,name\\nletrozole,Letrozole\\n"

    The shape may be a `{"$ref": …}`; the example may be None.
    """

    def _get_response_for_code(self, serializer, status_code, media_types=None, direction="response"):
        told = super()._get_response_for_code(serializer, status_code, media_types, direction)
        if str(status_code) == "200" and not media_types:
            told["content"] |= self.describe_formats()
        return told

    def describe_formats(self):
        content = {}
        for renderer in self.view.get_renderers():
            if hasattr(renderer, "describe_response"):
                shape, words, example = renderer.describe_response(self)
                media_type = content[renderer.media_type.partition(";")[0]] = {"schema": shape | {"description": words}}
                if example is not None:
                    media_type["example"] = example
        return content

    def _get_format_parameters(self):
        parameters = super()._get_format_parameters()
        for parameter in parameters:
            first, *_ = parameter["schema"]["enum"] = self.map_renderers("format")
            parameter["description"] = FORMAT_DESCRIPTION.format(first=first)
        return parameters
