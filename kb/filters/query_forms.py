"""The parameters of a question, each checked and described."""

from django import forms

from kb.choices import EventKind, SuggestionState
from kb.filters.backend import refuse_unknown, refuse_wrong
from kb.filters.form_fields import MomentField, NamedField, ValuesField, WordsField
from kb.models import Event, kinds_by_name
from kb.reasoning.disagreements import Verdict
from kb.search.cross_search import MOST_WORDS
from kb.search.fulltext import Phrase
from kb.search.slug_lookup import refusal, refusals
from kb.utils.fuzzy import nearest


class NumberField(forms.IntegerField):
    """A whole number within bounds, with a value of its own where none is given."""

    once = True

    def __init__(self, *, least, most, usual, help_text):
        wrong = {"invalid": f"It must be a whole number from {least} to {most}."}
        wrong |= {"min_value": wrong["invalid"], "max_value": wrong["invalid"]}
        super().__init__(
            min_value=least, max_value=most, required=False, help_text=help_text, error_messages=wrong, initial=usual
        )

    def clean(self, value):
        if value is None:
            return self.initial
        if not (value.isascii() and value.isdecimal()):
            raise refusal(self.error_messages["invalid"])
        return super().clean(value)

    def shape(self):
        return {"type": "integer", "minimum": self.min_value, "maximum": self.max_value, "default": self.initial}


class QuestionForm(forms.Form):
    """What a question asks for: each field checks its values, and its help text says what it means."""

    @classmethod
    def understood(cls, request, besides=()):
        """The values that were asked for; whatever is not understood is refused."""
        once = {name for name, field in cls.base_fields.items() if field.once} | set(besides)
        refuse_unknown(request, {*cls.base_fields, *besides}, once)
        form = cls(request.query_params)
        refuse_wrong(form)
        return form.cleaned_data


ENTRIES = [("treatments", "Treatments"), ("symptoms", "Symptoms"), ("cancers", "Cancers"), ("investigations", "Tests")]
NAMED = "by slug, name, synonym or brand name"


class PathsForm(QuestionForm):
    to = NamedField(most=1, help_text=f"Where they lead: any entry, {NAMED}.")
    max_hops = NumberField(least=1, most=5, usual=3, help_text="How many statements a chain may have, 5 at most.")

    def clean(self):
        asked = super().clean()
        if asked.get("from") and asked.get("from") == asked.get("to"):
            self.add_error("to", refusal(f"“{asked['to'].slug}” is where the chains begin: name another entry."))
        return asked


# A word that Python keeps for itself.
PathsForm.base_fields = {
    "from": NamedField(most=1, help_text=f"Where the chains begin: any entry, {NAMED}."),
    **PathsForm.base_fields,
}


class CoverageForm(QuestionForm):
    rows = WordsField(choices=ENTRIES, most=1, required=False, help_text="What the rows are; treatments, unless asked.")
    cols = WordsField(
        choices=ENTRIES, most=1, required=False, help_text="What the columns are; symptoms, unless asked."
    )
    row = NamedField(required=False, help_text=f"Only these rows and everything under them, {NAMED}.")
    col = NamedField(required=False, help_text=f"Only these columns and everything under them, {NAMED}.")
    kind = ValuesField(required=False, help_text="Only these kinds of statements, such as management-options.")


class DisagreementsForm(QuestionForm):
    about = NamedField(required=False, help_text=f"Only about these entries, {NAMED}.")
    verdict = WordsField(choices=Verdict.choices, required=False, help_text="Whether the sources resolve it.")


class PhraseField(ValuesField):
    """A few words to look for."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, most=1, **kwargs)

    def clean_one(self, value):
        phrase = Phrase(value)
        if not phrase.words:
            raise refusal(f"“{value}” holds no word to look for: give a name, or a few words that say something.")
        if len(phrase.words) > MOST_WORDS:
            raise refusal(f"It has {len(phrase.words)} words: give {MOST_WORDS} at most.")
        return value


class SearchForm(QuestionForm):
    q = PhraseField(help_text="The words to look for, such as: bone mets; too much calcium; Femara joint pain.")


class SuggestionsForm(QuestionForm):
    state = WordsField(choices=SuggestionState.choices, required=False, help_text="Only those in this state.")


def kinds():
    """Every kind of record, by its name in addresses."""
    return sorted((name, model.__doc__) for name, model in kinds_by_name().items())


class ToldField(ValuesField):
    """The slugs of records of which something is told: what is gone has one, and a draft has none."""

    def clean_all(self, slugs):
        told = set(Event.objects.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
        if unknown := [slug for slug in slugs if slug not in told]:
            known = set(Event.objects.values_list("slug", flat=True))
            words = "No record with the slug “{}” has ever been public."
            raise forms.ValidationError(
                refusals(unknown, lambda slug: refusal(words.format(slug), nearest(slug, known)))
            )
        return slugs


class ChangesForm(QuestionForm):
    since = MomentField(
        required=False, help_text="Only what happened at or after this moment (ISO 8601; UTC unless said)."
    )
    until = MomentField(required=False, help_text="Only what happened before this moment (ISO 8601; UTC unless said).")
    event = WordsField(choices=EventKind.choices, required=False, help_text="Only these events.")
    kind = WordsField(choices=kinds, required=False, help_text="Only records of these kinds, such as side-effects.")
    slug = ToldField(required=False, help_text="Only these records, by their slugs; those that are gone, too.")

    def clean(self):
        asked = super().clean()
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", refusal("This is before “since”: there is nothing between them."))
        return asked
