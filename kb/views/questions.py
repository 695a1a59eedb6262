"""How a question is asked and answered."""

from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from kb.alarms import named_by, red_flags
from kb.schema import QuestionSchema
from kb.serializers import shown_red_flags


class Question(GenericAPIView):
    """A question that the knowledge base answers from all its statements.

    A kind of question names its parameters (`form_class`), the shape of its answer (`serializer_class`) and an example
    that can be asked as it stands; `answer` gives what the serializer shows, from what was understood.
    """

    schema = QuestionSchema()
    is_list = False
    filter_backends = ()
    pagination_class = None
    form_class = None
    example = {}

    def get_queryset(self):
        """A question is about many kinds of records."""

    def get(self, request):
        asked = self.form_class.understood(request, self.paging())
        return self.respond(self.answer(**asked))

    def paging(self):
        """The parameters that cut the answer into pages."""
        pages = self.paginator
        return (pages.page_query_param, pages.page_size_query_param) if pages else ()

    def respond(self, answer):
        return Response(self.get_serializer(answer).data)

    def red_flags(self, records):
        """The red flags of every symptom that these records are, or name."""
        return red_flags(named_by(records))


class PagedQuestion(Question):
    """A question with a long answer: a list, in pages."""

    is_list = True
    pagination_class = GenericAPIView.pagination_class

    def respond(self, answer):
        page = self.paginate_queryset(answer)
        shown = self.get_serializer(page, many=True).data
        flags = shown_red_flags(named_by(self.named(page)), self.get_serializer_context())
        return self.paginator.get_paginated_response(shown, flags)

    def named(self, page):
        """The records that the page shows."""
        return page
