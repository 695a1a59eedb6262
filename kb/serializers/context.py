"""The context of serializers: how they reach the answer context that the view handed over."""

from kb.reasoning.answer_context import AnswerContext


def get_answer_context(context):
    """Return the answer context of a serializer context; an empty one where a serializer is used without a view."""
    return context.get("answer_context") or AnswerContext()


def build_neutral_context(context):
    """Return the serializer context for statements that come along, such as red flags: nothing was asked about them."""
    hierarchies = get_answer_context(context).hierarchies
    return {"request": context.get("request"), "answer_context": AnswerContext(hierarchies=hierarchies)}
