"""Forms for the parameters of queries: each field validates its values and describes its parameter in OpenAPI."""

from django import forms

from kb.choices import EventKind, SuggestionState
from kb.filters.backend import reject_invalid_form, reject_unknown_params
from kb.filters.form_fields import NAME_HINT, EntryNameField, EnumField, MultiValueField
from kb.filters.time_fields import StrictDateTimeField
from kb.models import Entry, Event, Statement, concrete_models, models_by_resource_name, resource_name
from kb.reasoning.claims import Verdict
from kb.search.cross_search import MAX_PHRASE_WORDS
from kb.search.literals import LITERAL_HELP_TEXT, validate_quotation_marks
from kb.search.phrases import Phrase
from kb.search.slug_lookup import build_value_error, build_value_errors
from kb.utils.fuzzy import closest_match


class BoundedIntegerField(forms.IntegerField):
    """A whole number within bounds, with a default."""

    is_single = True

    def __init__(self, *, min_value, max_value, default, help_text):
        message = f"It must be a whole number from {min_value} to {max_value}."
        super().__init__(
            min_value=min_value,
            max_value=max_value,
            required=False,
            help_text=help_text,
            error_messages=dict.fromkeys(["invalid", "min_value", "max_value"], message),
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
    """The parameters of a query: each field validates its values, and its help text describes it.

    A field whose parameter is a keyword of Python has an underscore after its name, as PEP 8 has it: `from_` is the
    parameter `from`.
    """

    @classmethod
    def parameters(cls):
        """Return the fields by the names of their parameters."""
        return {name.rstrip("_"): field for name, field in cls.base_fields.items()}

    def __init__(self, *args, hierarchies=None, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.parameter, field.hierarchies = self.add_prefix(name), hierarchies

    @classmethod
    def validate_request(cls, request, extra_names=(), hierarchies=None, repeatable_names=()):
        """Return the valid form with the parameters of a request; raise InvalidParameters for anything else.

        `extra_names` are parameters that the view reads itself, such as those of its pages, and each once only;
        `repeatable_names` may be given several times. `hierarchies` are those of the answer.
        """
        parameters = cls.parameters()
        single_names = {name for name, field in parameters.items() if field.is_single} | set(extra_names)
        reject_unknown_params(request, {*parameters, *extra_names, *repeatable_names}, single_names)
        form = cls(request.query_params, hierarchies=hierarchies)
        reject_invalid_form(form)
        return form

    def add_prefix(self, field_name):
        """Return the name of the parameter from which a field is read."""
        return field_name.rstrip("_")


ENTRY_CHOICES = [
    ("treatments", "Treatments"),
    ("symptoms", "Symptoms"),
    ("cancers", "Cancers"),
    ("investigations", "Tests"),
]
MAX_HAVING = 20


class PathsForm(QueryForm):
    from_ = EntryNameField(max_values=1, help_text=f"Where the chains begin: any entry, {NAME_HINT}.")
    to = EntryNameField(max_values=1, help_text=f"Where they lead: any entry, {NAME_HINT}.")
    having = EntryNameField(
        required=False,
        max_values=MAX_HAVING,
        tolerant=True,
        help_text=f"What else there is, such as a cancer or a symptom, {NAME_HINT}: what is said only of that cause, "
        "or only of treatment for that cancer, can be a step then. What is not known stands first in the answer.",
    )
    max_hops = BoundedIntegerField(
        min_value=1, max_value=5, default=3, help_text="How many steps a chain may have, 5 at most."
    )

    def clean(self):
        cleaned_data = super().clean()
        start, goal = cleaned_data.get("from_"), cleaned_data.get("to")
        if start and start == goal:
            self.add_error("to", build_value_error(f"“{goal.slug}” is where the chains begin: name another entry."))
        return cleaned_data


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


def get_compared_kinds():
    """Return the kinds of statements that can contradict each other as choices."""
    return sorted((resource_name(m), m.__doc__) for m in concrete_models(Statement) if m.contest)


def get_contested_points():
    """Return the points on which statements can contradict each other as choices."""
    return sorted({(rule.point, rule.point) for model in concrete_models(Statement) for rule in model.contest})


class DisagreementsForm(QueryForm):
    about = EntryNameField(required=False, help_text=f"Only about these entries, {NAME_HINT}.")
    kind = EnumField(
        choices=get_compared_kinds, required=False, help_text="Only those with a statement of one of these kinds."
    )
    point = EnumField(choices=get_contested_points, required=False, help_text="Only those on these points.")
    verdict = EnumField(choices=Verdict.choices, required=False, help_text="Whether the sources resolve it.")


class SearchPhraseField(MultiValueField):
    """A phrase of at least one word and at most `MAX_PHRASE_WORDS`."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, max_values=1, **kwargs)

    def clean_value(self, value):
        validate_quotation_marks(value)
        phrase = Phrase(value)
        if not phrase.words:
            raise build_value_error(
                f"“{value}” holds no word to look for: give a name, or a few words that say something."
            )
        if len(phrase.words) > MAX_PHRASE_WORDS:
            raise build_value_error(f"It has {len(phrase.words)} words: give {MAX_PHRASE_WORDS} at most.")
        return value


def get_searched_kinds():
    """Return the kinds of records that are searched as choices."""
    models = [*concrete_models(Entry), *concrete_models(Statement)]
    return sorted((resource_name(model), model.__doc__) for model in models)


class SearchForm(QueryForm):
    q = SearchPhraseField(
        help_text=f"The words to look for, such as: bone mets; too much calcium; Femara joint pain. {LITERAL_HELP_TEXT}"
    )
    kind = EnumField(
        choices=get_searched_kinds,
        required=False,
        help_text="Only these kinds, such as treatments.",
    )


class SuggestionsForm(QueryForm):
    state = EnumField(choices=SuggestionState.choices, required=False, help_text="Only those in this state.")


def get_record_choices():
    """Return all models of records as choices: the resource name with the docstring of the model."""
    return sorted((name, model.__doc__) for name, model in models_by_resource_name().items())


class EventSlugField(MultiValueField):
    """Slugs of records that have public events: those that are gone do, drafts do not."""

    def clean_values(self, slugs):
        found_slugs = set(Event.objects.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
        if unknown := [slug for slug in slugs if slug not in found_slugs]:
            known_slugs = set(Event.objects.values_list("slug", flat=True))
            message = "No record with the slug “{}” has ever been public."
            raise forms.ValidationError(
                build_value_errors(
                    unknown, lambda slug: build_value_error(message.format(slug), closest_match(slug, known_slugs))
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
        cleaned_data = super().clean()
        since, until = cleaned_data.get("since"), cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", build_value_error("This is before “since”: there is nothing between them."))
        return cleaned_data
