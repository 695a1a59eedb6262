"""The words of the forms of records: what fields are called there, in everyday words, and how they are explained."""

from django import forms
from django.utils.text import Truncator

PRIVACY_NOTICE = "Once it is published, everybody can read it: name no person."
REASON_HELP_TEXT = (
    f"Why this is written or changed, in a sentence: the reviewer reads it, and the history keeps it. {PRIVACY_NOTICE}"
)
FORM_HELP_TEXTS = {
    "slug": "For the address of its page, such as letrozole-joint-pain; permanent.",
    "onset_max": "The longest time to its start, where the source gives a figure, such as 4 weeks.",
    "duration_max": "The longest duration, where the source gives a figure, such as 3 days.",
    "benefit_max": "The longest time until it helps, where the source gives a figure, such as 4 weeks.",
    "updated_at": "When anything in it was last changed.",
}


class SuggestionsField(forms.ModelMultipleChoiceField):
    """A choice of suggestions, each with its words."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, suggestion):
        return f"{suggestion.sender}: {Truncator(suggestion.text).chars(120)}"
