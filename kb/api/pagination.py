"""How long lists are cut into pages."""

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.response import Response

from kb.api.exceptions import InvalidParameters
from kb.api.schema_refs import RED_FLAGS_SCHEMA

MAX_DIGITS = 10  # Python itself refuses to read thousands of them.


class NumberedPagination(PageNumberPagination):
    """Numbered pages, 50 records each unless asked, 200 at most."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    page_query_description = "Which page, counted from 1; the first, unless asked."
    page_size_query_description = "How many records a page holds: 50 unless asked, 200 at most."

    @property
    def parameters(self):
        """The parameters that cut a list into pages."""
        return self.page_query_param, self.page_size_query_param

    def page_links(self):
        """Where the page stands in the list."""
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return {"count": self.page.paginator.count, **links}

    def validate_whole_number(self, request, name, most=None):
        """The value of a parameter, refused unless it is a whole number from 1 to `most`."""
        value = request.query_params.get(name)
        if value is None:
            return
        digits = value.isascii() and value.isdecimal() and len(value) <= MAX_DIGITS
        if digits and 1 <= int(value) <= (most or 10**9):
            return
        right = f"from 1 to {most}" if most else "from 1"
        words = f"“{name}” must be a whole number {right}, not “{value[:40]}”."
        raise InvalidParameters([{"parameter": name, "detail": words, "nearest": None}])

    def paginate_queryset(self, queryset, request, view=None):
        self.validate_whole_number(request, self.page_query_param)
        self.validate_whole_number(request, self.page_size_query_param, self.max_page_size)
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
        described["properties"] |= {"red_flags": dict(RED_FLAGS_SCHEMA), "results": results}
        described["required"] = [*described["properties"]]
        for name, description in words.items():
            described["properties"][name]["description"] = description
        return described | {"description": "One page of a list."}

    def get_schema_operation_parameters(self, view):
        # Without a default: forms and clients would send it, which a walk or a whole file refuses.
        bounds = {"page": {"minimum": 1}, "page_size": {"minimum": 1, "maximum": 200}}
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            parameter["schema"] |= bounds[parameter["name"]]
        return parameters


class SlugCursorPagination(CursorPagination):
    """A list from its first record to its last, in the order of slugs: none comes twice, none is passed over."""

    ordering = "slug"
    page_size = NumberedPagination.page_size
    max_page_size = NumberedPagination.max_page_size
    page_size_query_param = NumberedPagination.page_size_query_param
    first_cursor = "*"

    def decode_cursor(self, request):
        cursor = request.query_params[self.cursor_query_param]
        if cursor == self.first_cursor:
            return None
        try:
            found = super().decode_cursor(request)
            if "\0" not in (found.position or ""):
                return found
        except NotFound:
            pass
        start = f"{self.cursor_query_param}={self.first_cursor}"
        words = f"“{cursor:.40}” leads nowhere: begin with {start}, then follow “next”."
        raise InvalidParameters([{"parameter": self.cursor_query_param, "detail": words, "nearest": self.first_cursor}])


class RecordPagination(NumberedPagination):
    """Numbered pages or, once `cursor` is given, a walk through the whole list."""

    cursor_paginator = None
    cursor_param = SlugCursorPagination.cursor_query_param
    incompatible_params = ("ordering", NumberedPagination.page_query_param)  # What a walk has no use for.
    cursor_description = (
        f"`{SlugCursorPagination.first_cursor}` to walk through the whole list in the order of slugs, from page to "
        "page by `next`. What changes on the way shifts no page: no record comes twice, and none is passed over."
    )

    @property
    def parameters(self):
        return *super().parameters, self.cursor_param

    def paginate_queryset(self, queryset, request, view=None):
        if self.cursor_param not in request.query_params:
            return super().paginate_queryset(queryset, request, view)
        self.validate_whole_number(request, self.page_size_query_param, self.max_page_size)
        if wrong := [name for name in self.incompatible_params if name in request.query_params]:
            words = f"does not go with “{self.cursor_param}”, which walks in the order of slugs: leave one of them out."
            raise InvalidParameters([{"parameter": n, "detail": f"“{n}” {words}", "nearest": None} for n in wrong])
        self.cursor_paginator, self.count = SlugCursorPagination(), queryset.count()
        return self.cursor_paginator.paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data, red_flags=()):
        if not self.cursor_paginator:
            return super().get_paginated_response(data, red_flags)
        links = {"next": self.cursor_paginator.get_next_link(), "previous": self.cursor_paginator.get_previous_link()}
        return Response({"count": self.count, **links, "red_flags": list(red_flags), "results": data})

    def get_schema_operation_parameters(self, view):
        shape = {"type": "string", "minLength": 1}
        walk = {
            "name": self.cursor_param,
            "in": "query",
            "required": False,
            "description": self.cursor_description,
            "schema": shape,
        }
        return [*super().get_schema_operation_parameters(view), walk]
