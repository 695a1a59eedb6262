"""How a question is asked and answered."""

from urllib.parse import urlencode

from django.urls import path
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from kb.openapi.auto_schema import QueryViewSchema
from kb.reasoning.disagreements import group_disagreements_by_statement
from kb.utils.urls import build_url


class QueryView(GenericAPIView):
    """A question that the knowledge base answers from all its statements.

    A kind of question names its parameters (`form_class`), the shape of its answer (`serializer_class`) and an example
    that can be asked as it stands; `answer` gives what the serializer shows, from what was understood.
    """

    schema = QueryViewSchema()
    filter_backends = ()
    pagination_class = None
    name = ""  # In addresses.
    form_class = None
    example = {}

    @classmethod
    def build_url_pattern(cls):
        return path(f"{cls.name}/", cls.as_view(), name=cls.name)

    @classmethod
    def describe_endpoint(cls, request):
        """How the question is told in the list of all that is offered, with a call that can be made as it stands."""
        url = build_url(cls.name, request=request)
        return {
            "name": cls.name,
            "description": cls.__doc__.splitlines()[0],
            "url": url,
            "example": f"{url}?{urlencode(cls.example, doseq=True)}",
        }

    def get_queryset(self):
        """A question is about many kinds of records."""

    def get(self, request):
        asked = self.form_class.parse_request(request, self.paginator.parameters if self.paginator else ())
        return Response(self.serialize_answer(self.get_answer(**asked)))

    def serialize_answer(self, answer):
        """The answer in its own shape."""
        return self.get_serializer(answer).data

    def preload_disagreements(self, statements):
        """Look up, once for the whole answer, what contradicts the statements that it is made of."""
        kinds = {type(statement) for statement in statements}
        self.disagreements_by_model = {
            kind: group_disagreements_by_statement(kind, [s for s in statements if type(s) is kind]) for kind in kinds
        }

    def get_serializer_context(self):
        return super().get_serializer_context() | {
            "disagreements_by_model": getattr(self, "disagreements_by_model", {})
        }

    def paginate_items(self, items):
        """The page of a long answer that was asked for, and where it stands."""
        return self.paginate_queryset(items), self.paginator.page_links()


def fetch_records(keys):
    """The records of these keys, by model and key, each with what the API shows of it."""
    return {
        (model, pk): record
        for model, pks in keys.items()
        for pk, record in model.objects.with_related().in_bulk(pks).items()
    }
