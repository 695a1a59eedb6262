"""Pagination of lists: numbered pages, or a cursor that walks through a whole list in the order of slugs."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination, PageNumberPagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param

from kb.api.exceptions import InvalidParameters
from kb.api.schema_refs import (
    ABSENCE_SCHEMA,
    COUNTS_SCHEMAS,
    MORE_RED_FLAGS_SCHEMA,
    READINGS_HELP_TEXTS,
    READINGS_SCHEMAS,
    RED_FLAG_REFERENCES_SCHEMA,
)
from kb.dataset.counts import count_matching

MAX_DIGITS = 10  # int() raises ValueError on thousands of them.


class NumberedPagination(PageNumberPagination):
    """Numbered pages, 50 records each unless asked, 200 at most."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    companion_schemas = {  # Of what comes with the records of a page.
        "absence": ABSENCE_SCHEMA,
        "red_flags": RED_FLAG_REFERENCES_SCHEMA,
        "more_red_flags": MORE_RED_FLAGS_SCHEMA,
    }
    page_query_description = "Which page, counted from 1; the first, unless asked."
    page_size_query_description = "How many records a page holds: 50 unless asked, 200 at most."

    @property
    def parameters(self):
        """The names of the query parameters for paging."""
        return self.page_query_param, self.page_size_query_param

    def page_links(self):
        """Return the number of records on all pages, and the URLs of the next and the previous page."""
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return {"count": self.page.paginator.count, **links}

    def validate_whole_number(self, request, name, maximum=None):
        """Raise InvalidParameters unless a parameter is absent or a whole number from 1 to `maximum`."""
        value = request.query_params.get(name)
        if value is None:
            return
        is_number = value.isascii() and value.isdecimal() and len(value) <= MAX_DIGITS
        if is_number and 1 <= int(value) <= (maximum or 10**9):
            return
        bounds = f"from 1 to {maximum}" if maximum else "from 1"
        detail = f"“{name}” must be a whole number {bounds}, not “{value[:40]}”."
        raise InvalidParameters([{"parameter": name, "detail": detail, "nearest": None}])

    def paginate_queryset(self, queryset, request, view=None):
        self.validate_whole_number(request, self.page_query_param)
        self.validate_whole_number(request, self.page_size_query_param, self.max_page_size)
        return super().paginate_queryset(queryset, request, view)

    @property
    def total_count(self):
        """How many records match, on all pages together."""
        return self.page.paginator.count

    def get_paginated_response(self, data, readings=None, companions=None):
        """Return a page: how the parameters were read, then what comes with it, such as red flags, then its records."""
        links = self.page_links()
        relations = {"next": links["next"], "prev": links["previous"]}
        header = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in relations.items() if url)
        body = {**(readings or {}), **links, **(companions or {}), "results": data}
        return Response(body, headers={"Link": header} if header else {})

    def get_paginated_response_schema(self, schema):
        page_schema = super().get_paginated_response_schema(schema)
        if not isinstance(schema, dict):  # drf-spectacular calls this with a marker too, to place examples.
            return page_schema
        descriptions = READINGS_HELP_TEXTS | {
            "count": "How many records match, on all pages together.",
            "next": "The address of the next page, if there is one.",
            "previous": "The address of the page before, if there is one.",
            "results": "The records.",
        }
        properties = {name: dict(readings) for name, readings in READINGS_SCHEMAS.items()} | page_schema["properties"]
        results = properties.pop("results")
        properties |= {**self.companion_schemas, "results": results}
        page_schema["properties"] = properties
        for name, description in descriptions.items():
            properties[name]["description"] = description
        return page_schema | {"required": [*properties]} | {"description": "A page of a list."}

    def get_schema_operation_parameters(self, view):
        # No default: forms and clients would send it, and cursors and whole files refuse these parameters.
        bounds = {
            self.page_query_param: {"minimum": 1},
            self.page_size_query_param: {"minimum": 1, "maximum": self.max_page_size},
        }
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            parameter["schema"] |= bounds[parameter["name"]]
        return parameters


class PartPagination(NumberedPagination):
    """Numbered pages of one part of an answer, by parameters of its own: `col_page` and `col_page_size`."""

    def __init__(self, part):
        self.page_query_param, self.page_size_query_param = f"{part}_page", f"{part}_page_size"
        self.page_query_description = f"Which page of `{part}`, counted from 1; the first, unless asked."
        self.page_size_query_description = f"How many a page of `{part}` holds: 50 unless asked, 200 at most."


class SlugCursorPagination(CursorPagination):
    """Pages of a list in the order of slugs: a change between two requests neither repeats nor skips a record."""

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
            decoded = super().decode_cursor(request)
            if "\0" not in (decoded.position or ""):
                return decoded
        except NotFound:
            pass
        start = f"{self.cursor_query_param}={self.first_cursor}"
        detail = f"“{cursor:.40}” leads nowhere: begin with {start}, then follow “next”."
        raise InvalidParameters(
            [{"parameter": self.cursor_query_param, "detail": detail, "nearest": self.first_cursor}]
        )


class RecordPaginator(Paginator):
    """Numbered pages of records, which are counted once for a state of the data."""

    @cached_property
    def count(self):
        return count_matching(self.object_list)


class RecordPagination(NumberedPagination):
    """Numbered pages to a depth or, if `cursor` is given, a walk through a list, each page as fast as the first.

    A database counts its way to a numbered page, so the pages of a long list would take longer and longer.
    """

    django_paginator_class = RecordPaginator
    max_depth = 10_000  # How many records the numbered pages of a list hold at most.
    page_query_description = (
        f"{NumberedPagination.page_query_description} Numbered pages reach to record {max_depth:,}; with `cursor` one "
        "walks through longer lists, and the last numbered page in the order of slugs leads on to such a page."
    )
    cursor_paginator = None
    cursor_param = SlugCursorPagination.cursor_query_param
    incompatible_params = ("ordering", NumberedPagination.page_query_param)  # Not allowed with `cursor`.
    cursor_description = (
        f"`{SlugCursorPagination.first_cursor}` to walk through the whole list in the order of slugs, from page to "
        "page by `next`. What changes on the way shifts no page: no record comes twice, and none is passed over."
    )

    @property
    def parameters(self):
        return *super().parameters, self.cursor_param

    def paginate_queryset(self, queryset, request, view=None):
        if self.cursor_param not in request.query_params:
            order = queryset.query.order_by or queryset.model._meta.ordering
            self.is_in_order_of_slugs = [*order] == [SlugCursorPagination.ordering]
            return super().paginate_queryset(queryset, request, view)
        self.validate_whole_number(request, self.page_size_query_param, self.max_page_size)
        if names := [name for name in self.incompatible_params if name in request.query_params]:
            reason = (
                f"does not go with “{self.cursor_param}”, which walks in the order of slugs: leave one of them out."
            )
            raise InvalidParameters(
                [{"parameter": name, "detail": f"“{name}” {reason}", "nearest": None} for name in names]
            )
        self.cursor_paginator, self.count = SlugCursorPagination(), count_matching(queryset)
        return self.cursor_paginator.paginate_queryset(queryset, request, view)

    @property
    def total_count(self):
        return self.count if self.cursor_paginator else super().total_count

    def get_page_number(self, request, paginator):
        number = super().get_page_number(request, paginator)
        if str(number).isdecimal() and self.is_too_deep(int(number), paginator):
            start = f"{self.cursor_param}={SlugCursorPagination.first_cursor}"
            detail = (
                f"Numbered pages reach to record {self.max_depth:,}, and this list has {paginator.count:,}: "
                f"narrow it, or walk through it with {start} and then “next”."
            )
            raise InvalidParameters([{"parameter": self.page_query_param, "detail": detail, "nearest": None}])
        return number

    def is_too_deep(self, number, paginator):
        """Return whether a page ends beyond the records that numbered pages reach, and the list is that long."""
        return min(number * paginator.per_page, paginator.count) > self.max_depth

    def get_next_link(self):
        """Return the URL of the next page: after the last numbered one in the order of slugs, one with a cursor."""
        link, paginator = super().get_next_link(), self.page.paginator
        if link is None or not self.is_in_order_of_slugs or not self.is_too_deep(self.page.number + 1, paginator):
            return link
        cursors = SlugCursorPagination()
        cursors.base_url = self.request.build_absolute_uri()
        for name in self.incompatible_params:
            cursors.base_url = remove_query_param(cursors.base_url, name)
        return cursors.encode_cursor(Cursor(offset=0, reverse=False, position=self.page[-1]["slug"]))

    def page_links(self):
        if not self.cursor_paginator:
            return super().page_links()
        links = {"next": self.cursor_paginator.get_next_link(), "previous": self.cursor_paginator.get_previous_link()}
        return {"count": self.count, **links}

    def get_paginated_response_schema(self, schema):
        page_schema = super().get_paginated_response_schema(schema)
        if isinstance(schema, dict):  # Only where it is asked for: not required.
            page_schema["properties"] |= COUNTS_SCHEMAS
        return page_schema

    def get_schema_operation_parameters(self, view):
        cursor = {
            "name": self.cursor_param,
            "in": "query",
            "required": False,
            "description": self.cursor_description,
            "schema": {"type": "string", "minLength": 1},
        }
        return [*super().get_schema_operation_parameters(view), cursor]
