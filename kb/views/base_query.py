"""How a question is asked and answered."""

from urllib.parse import urlencode

from django.urls import path
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from kb.openapi.auto_schema import QuestionSchema
from kb.reasoning.disagreements import contests
from kb.utils.urls import address_of


class Question(GenericAPIView):
    """A question that the knowledge base answers from all its statements.

    A kind of question names its parameters (`form_class`), the shape of its answer (`serializer_class`) and an example
    that can be asked as it stands; `answer` gives what the serializer shows, from what was understood.
    """

    schema = QuestionSchema()
    filter_backends = ()
    pagination_class = None
    name = ""  # In addresses.
    form_class = None
    example = {}

    @classmethod
    def route(cls):
        return path(f"{cls.name}/", cls.as_view(), name=cls.name)

    @classmethod
    def told(cls, request):
        """How the question is told in the list of all that is offered, with a call that can be made as it stands."""
        url = address_of(cls.name, request=request)
        return {
            "name": cls.name,
            "description": cls.__doc__.splitlines()[0],
            "url": url,
            "example": f"{url}?{urlencode(cls.example, doseq=True)}",
        }

    def get_queryset(self):
        """A question is about many kinds of records."""

    def get(self, request):
        asked = self.form_class.understood(request, self.paginator.parameters if self.paginator else ())
        return Response(self.shown(self.answer(**asked)))

    def shown(self, answer):
        """The answer in its own shape."""
        return self.get_serializer(answer).data

    def know(self, statements):
        """Look up, once for the whole answer, what contradicts the statements that it is made of."""
        kinds = {type(statement) for statement in statements}
        self.contests = {kind: contests(kind, [s for s in statements if type(s) is kind]) for kind in kinds}

    def get_serializer_context(self):
        return super().get_serializer_context() | {"contests": getattr(self, "contests", {})}

    def cut(self, items):
        """The page of a long answer that was asked for, and where it stands."""
        return self.paginate_queryset(items), self.paginator.place()


def in_bulk(keys):
    """The records of these keys, by model and key, each with what the API shows of it."""
    return {
        (model, pk): record
        for model, pks in keys.items()
        for pk, record in model.objects.with_related().in_bulk(pks).items()
    }
