"""The mixin of all views that answer with records: it hands the answer context to their serializers."""

from functools import cached_property

from kb.reasoning.answer_context import AnswerContext


class AnswerContextMixin:
    """A view with the context of the one answer that it gives.

    The filter backend, or the view itself, replaces `answer_context` before anything is serialized.
    """

    @cached_property
    def answer_context(self):
        return AnswerContext()

    def get_serializer_context(self):
        """Return the context of serializers; without the answer context while the API is being described.

        It is described before there is a database as well (`manage.py check`), and the answer context reads one.
        """
        context = super().get_serializer_context()
        if getattr(self, "swagger_fake_view", False):
            return context
        return context | {"answer_context": self.answer_context}
