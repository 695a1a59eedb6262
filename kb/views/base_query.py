"""The base view of queries: parse the parameters, compute an answer from all statements, serialize it."""

from dataclasses import replace
from urllib.parse import urlencode

from django.urls import path
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from kb.filters import collect_resolutions
from kb.openapi.auto_schema import QueryViewSchema
from kb.reasoning.disagreement_index import find_disagreements_of_each
from kb.utils.urls import build_url
from kb.views.mixins import AnswerContextMixin


class QueryView(AnswerContextMixin, GenericAPIView):
    """A question that the knowledge base answers from all its statements.

    A subclass declares its parameters (`form_class`), the shape of its answer (`serializer_class`) and an example of
    parameters that work; `get_answer` takes the cleaned values of the form and returns what the serializer shows.
    """

    schema = QueryViewSchema()
    filter_backends = ()
    pagination_class = None
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
        page_names = self.paginator.parameters if self.paginator else ()
        form = self.form_class.validate_request(request, page_names, self.hierarchies)
        self.answer_context = replace(self.answer_context, resolutions=collect_resolutions(form))
        return Response(self.serialize_answer(self.get_answer(**form.cleaned_data)))

    def serialize_answer(self, answer):
        return self.get_serializer(answer).data

    @property
    def hierarchies(self):
        """The hierarchies of entries, each read at most once for a state of the data."""
        return self.answer_context.hierarchies

    def preload_disagreements(self, statements):
        """Look up the disagreements of all statements in the answer together; its parts find them in the index."""
        find_disagreements_of_each(statements, self.hierarchies)

    def paginate_items(self, items):
        """Return the requested page of a long answer, and the links to the pages around it."""
        return self.paginate_queryset(items), self.paginator.page_links()
