"""The base view of queries: parse the parameters, compute an answer from all statements, serialize it."""

from dataclasses import replace
from functools import cached_property
from urllib.parse import urlencode

from django.urls import path
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from kb.api.pagination import PartPagination
from kb.filters import SPARSE_FIELD_PARAMS, collect_resolutions
from kb.openapi.auto_schema import QueryViewSchema
from kb.reasoning.disagreement_index import find_disagreements_of_each
from kb.utils.urls import build_url
from kb.views.shapes import ShapedAnswerMixin

# The parts of an answer that nothing leaves out: warnings, and how the names in the question were read.
ALWAYS_SHOWN = {"unknown", "interpreted", "red_flags", "more_red_flags", "serious_harms"}


class QueryView(ShapedAnswerMixin, GenericAPIView):
    """A question that the knowledge base answers from all its statements.

    A subclass declares its parameters (`form_class`), the shape of its answer (`serializer_class`) and an example of
    parameters that work; `get_answer` takes the cleaned values of the form and returns what the serializer shows.
    """

    schema = QueryViewSchema()
    filter_backends = ()
    pagination_class = None
    paged_parts = ()  # Parts of the answer that have pages of their own, as their parameters name them: `col_page`.
    name = ""  # In URLs.
    form_class = None
    example = {}

    @classmethod
    def build_url_pattern(cls):
        return path(f"{cls.name}/", cls.as_view(), name=cls.name)

    @classmethod
    def describe_endpoint(cls, request):
        """Return the entry of the API root for this query, with a complete example."""
        url = build_url(cls.name, request=request)
        return {
            "name": cls.name,
            "description": cls.__doc__.splitlines()[0],
            "url": url,
            "example": f"{url}?{urlencode(cls.example, doseq=True)}",
        }

    def get_queryset(self):
        """Return None: a query is about many models."""

    def get(self, request):
        return Response(self.serialize_answer(self.get_answer(**self.validate_request().cleaned_data)))

    def validate_request(self):
        """Return the valid form with the parameters of the request; the answer tells how it read them."""
        paginators = [*filter(None, [self.paginator]), *self.part_paginators.values()]
        names = [name for paginator in paginators for name in paginator.parameters]
        names += self.shape_parameters - {*SPARSE_FIELD_PARAMS}
        form = self.form_class.validate_request(self.request, names, self.hierarchies, SPARSE_FIELD_PARAMS)
        self.answer_context = replace(self.answer_context, resolutions=collect_resolutions(form))
        return form

    def serialize_answer(self, answer):
        """Return the answer as JSON, with the selected fields and those that nothing leaves out."""
        serializer = self.get_serializer(answer)
        if self.selected_fields is not None:
            selectable = self.get_selectable_serializer(serializer)
            selectable.selected_fields = {*self.selected_fields, *ALWAYS_SHOWN}  # By which its rows are kept.
            for name in selectable.fields.keys() - selectable.selected_fields:
                del selectable.fields[name]
        return serializer.data

    def get_selectable_serializer(self, serializer):
        """Return the serializer whose fields can be selected: that of the rows, if an answer comes in pages of rows."""
        return serializer.fields["results"].child if "results" in serializer.fields else serializer

    def get_selectable_names(self):
        return list(self.get_selectable_serializer(self.get_serializer()).fields)

    @property
    def hierarchies(self):
        """The hierarchies of entries, each read at most once for a state of the data."""
        return self.answer_context.hierarchies

    def preload_disagreements(self, statements):
        """Look up the disagreements of all statements in the answer together; its parts find them in the index."""
        find_disagreements_of_each(statements, self.hierarchies)

    @cached_property
    def part_paginators(self):
        """The paginators of those parts of the answer that have pages of their own, by the names of the parts."""
        return {part: PartPagination(part) for part in self.paged_parts}

    def paginate_items(self, items):
        """Return the requested page of a long answer, and the links to the pages around it."""
        return self.paginate_queryset(items), self.paginator.page_links()
