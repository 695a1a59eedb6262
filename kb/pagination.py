"""How long lists are cut into pages."""

from rest_framework.pagination import PageNumberPagination

from kb.errors import BadParameters
from kb.serializers import RED_FLAGS


class Pages(PageNumberPagination):
    """Numbered pages, 50 records each unless asked, 200 at most."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    page_query_description = "Which page, counted from 1."
    page_size_query_description = "How many records a page holds, 200 at most."

    def whole_number(self, request, name, most=None):
        """The value of a parameter, refused unless it is a whole number from 1 to `most`."""
        value = request.query_params.get(name)
        if value is None or (value.isascii() and value.isdecimal() and 1 <= int(value) <= (most or 10**9)):
            return
        right = f"from 1 to {most}" if most else "from 1"
        raise BadParameters(
            [{"parameter": name, "detail": f"“{name}” must be a whole number {right}, not “{value}”.", "nearest": None}]
        )

    def paginate_queryset(self, queryset, request, view=None):
        self.whole_number(request, self.page_query_param)
        self.whole_number(request, self.page_size_query_param, self.max_page_size)
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data, red_flags=()):
        """A page; what must not be missed stands before the records."""
        page = super().get_paginated_response(data)
        results = page.data.pop("results")
        page.data |= {"red_flags": list(red_flags), "results": results}
        return page

    def get_paginated_response_schema(self, schema):
        if not isinstance(schema, dict):  # drf-spectacular asks with a marker to see where examples go.
            return super().get_paginated_response_schema(schema)
        described = super().get_paginated_response_schema(schema)
        words = {
            "count": "How many records match, on all pages together.",
            "next": "The address of the next page, if there is one.",
            "previous": "The address of the page before, if there is one.",
            "red_flags": "The red flags of every symptom that the page names or that was asked about.",
            "results": "The records of this page.",
        }
        results = described["properties"].pop("results")
        described["properties"] |= {"red_flags": dict(RED_FLAGS), "results": results}
        described["required"] = [*described["required"], "red_flags"]
        for name, description in words.items():
            described["properties"][name]["description"] = description
        return described | {"description": "One page of a list."}

    def get_schema_operation_parameters(self, view):
        bounds = {"page": {"minimum": 1, "default": 1}, "page_size": {"minimum": 1, "maximum": 200, "default": 50}}
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            parameter["schema"] |= bounds[parameter["name"]]
        return parameters
