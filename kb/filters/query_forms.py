"""The parameters of a question, each checked and described."""

from django import forms

from kb.choices import EventKind, SuggestionState
from kb.filters.backend import reject_invalid_form, reject_unknown_params
from kb.filters.form_fields import EntryNameField, EnumField, MultiValueField, StrictDateTimeField
from kb.models import Event, models_by_resource_name
from kb.reasoning.disagreements import Verdict
from kb.search.cross_search import MAX_PHRASE_WORDS
from kb.search.fulltext import Phrase
from kb.search.slug_lookup import build_value_error, build_value_errors
from kb.utils.fuzzy import closest_match


class BoundedIntegerField(forms.IntegerField):
    """A whole number within bounds, with a value of its own where none is given."""

    is_single = True

    def __init__(self, *, min_value, max_value, default, help_text):
        wrong = {"invalid": f"It must be a whole number from {min_value} to {max_value}."}
        wrong |= {"min_value": wrong["invalid"], "max_value": wrong["invalid"]}
        super().__init__(
            min_value=min_value,
            max_value=max_value,
            required=False,
            help_text=help_text,
            error_messages=wrong,
            initial=default,
        )

    def clean(self, value):
        if value is None:
            return self.initial
        if not (value.isascii() and value.isdecimal()):
            raise build_value_error(self.error_messages["invalid"])
        return super().clean(value)

    def get_openapi_schema(self):
        return {"type": "integer", "minimum": self.min_value, "maximum": self.max_value, "default": self.initial}


class QueryForm(forms.Form):
    """What a question asks for: each field checks its values, and its help text says what it means."""

    @classmethod
    def parse_request(cls, request, extra_names=()):
        """The values that were asked for; whatever is not understood is refused."""
        once = {name for name, field in cls.base_fields.items() if field.is_single} | set(extra_names)
        reject_unknown_params(request, {*cls.base_fields, *extra_names}, once)
        form = cls(request.query_params)
        reject_invalid_form(form)
        return form.cleaned_data


ENTRY_CHOICES = [
    ("treatments", "Treatments"),
    ("symptoms", "Symptoms"),
    ("cancers", "Cancers"),
    ("investigations", "Tests"),
]
NAME_HINT = "by slug, name, synonym or brand name"


class PathsForm(QueryForm):
    to = EntryNameField(max_values=1, help_text=f"Where they lead: any entry, {NAME_HINT}.")
    max_hops = BoundedIntegerField(
        min_value=1, max_value=5, default=3, help_text="How many statements a chain may have, 5 at most."
    )

    def clean(self):
        asked = super().clean()
        if asked.get("from") and asked.get("from") == asked.get("to"):
            self.add_error(
                "to", build_value_error(f"“{asked['to'].slug}” is where the chains begin: name another entry.")
            )
        return asked


# A word that Python keeps for itself.
PathsForm.base_fields = {
    "from": EntryNameField(max_values=1, help_text=f"Where the chains begin: any entry, {NAME_HINT}."),
    **PathsForm.base_fields,
}


class CoverageForm(QueryForm):
    rows = EnumField(
        choices=ENTRY_CHOICES, max_values=1, required=False, help_text="What the rows are; treatments, unless asked."
    )
    cols = EnumField(
        choices=ENTRY_CHOICES, max_values=1, required=False, help_text="What the columns are; symptoms, unless asked."
    )
    row = EntryNameField(required=False, help_text=f"Only these rows and everything under them, {NAME_HINT}.")
    col = EntryNameField(required=False, help_text=f"Only these columns and everything under them, {NAME_HINT}.")
    kind = MultiValueField(required=False, help_text="Only these kinds of statements, such as management-options.")


class DisagreementsForm(QueryForm):
    about = EntryNameField(required=False, help_text=f"Only about these entries, {NAME_HINT}.")
    verdict = EnumField(choices=Verdict.choices, required=False, help_text="Whether the sources resolve it.")


class SearchPhraseField(MultiValueField):
    """A few words to look for."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, max_values=1, **kwargs)

    def clean_value(self, value):
        phrase = Phrase(value)
        if not phrase.words:
            raise build_value_error(
                f"“{value}” holds no word to look for: give a name, or a few words that say something."
            )
        if len(phrase.words) > MAX_PHRASE_WORDS:
            raise build_value_error(f"It has {len(phrase.words)} words: give {MAX_PHRASE_WORDS} at most.")
        return value


class SearchForm(QueryForm):
    q = SearchPhraseField(help_text="The words to look for, such as: bone mets; too much calcium; Femara joint pain.")


class SuggestionsForm(QueryForm):
    state = EnumField(choices=SuggestionState.choices, required=False, help_text="Only those in this state.")


def get_record_choices():
    """Every kind of record, by its name in addresses."""
    return sorted((name, model.__doc__) for name, model in models_by_resource_name().items())


class EventSlugField(MultiValueField):
    """The slugs of records of which something is told: what is gone has one, and a draft has none."""

    def clean_values(self, slugs):
        told = set(Event.objects.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
        if unknown := [slug for slug in slugs if slug not in told]:
            known = set(Event.objects.values_list("slug", flat=True))
            words = "No record with the slug “{}” has ever been public."
            raise forms.ValidationError(
                build_value_errors(
                    unknown, lambda slug: build_value_error(words.format(slug), closest_match(slug, known))
                )
            )
        return slugs


class ChangesForm(QueryForm):
    since = StrictDateTimeField(
        required=False, help_text="Only what happened at or after this moment (ISO 8601; UTC unless said)."
    )
    until = StrictDateTimeField(
        required=False, help_text="Only what happened before this moment (ISO 8601; UTC unless said)."
    )
    event = EnumField(choices=EventKind.choices, required=False, help_text="Only these events.")
    kind = EnumField(
        choices=get_record_choices, required=False, help_text="Only records of these kinds, such as side-effects."
    )
    slug = EventSlugField(required=False, help_text="Only these records, by their slugs; those that are gone, too.")

    def clean(self):
        asked = super().clean()
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", build_value_error("This is before “since”: there is nothing between them."))
        return asked
