"""What an editor chose for marked lines, and the address of the form that opens with exactly that."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import slugify

from kb.choices import Status
from kb.editorial.line_assignment import assign_entries
from kb.editorial.line_proposals import propose
from kb.editorial.marked_lines import format_ranges
from kb.editorial.wording import find_longest
from kb.fields import IsoDurationField
from kb.models import MAX_REASON_LENGTH, Entry, Statement, concrete_models
from kb.utils.urls import is_key

MAX_NAME_LENGTH = 120  # Of a new entry.
CARRIED_FIELDS = ("entry", "certainty", "frequency")  # What is chosen on the page of the lines, besides times.


class LineChoice:
    """The proposals for marked lines, and what an editor chose of them."""

    def __init__(self, marked, query):
        self.marked, self.query = marked, query
        self.certainty, self.frequency = query.get("certainty", ""), query.get("frequency", "")
        self.entries = list(filter(None, map(find_entry, query.getlist("entry"))))

    @cached_property
    def proposals(self):
        return propose(self.marked.texts, self.marked.passages[0].section)

    @cached_property
    def entry_rows(self):
        """The entries that are proposed, and those that were chosen besides; each with its key, and if it is chosen."""
        named = {match.entry: match for match in self.proposals.entries}
        return [
            {
                "key": format_entry(entry),
                "entry": entry,
                "kind": entry._meta.verbose_name,
                "match": named.get(entry),
                "is_draft": entry.status == Status.DRAFT,
                "is_chosen": entry in self.entries,
            }
            for entry in dict.fromkeys([*named, *self.entries])
        ]

    @cached_property
    def time_rows(self):
        """The lengths of time in the lines, each with the fields that could take it."""
        chosen = {name: self.query.get(name) for name in find_time_fields()}
        fields = [(name, field.help_text) for name, field in find_time_fields().items()]
        return [
            {"words": words, "fields": [(name, label, chosen[name] == words) for name, label in fields]}
            for words in self.proposals.durations
        ]

    @cached_property
    def kind_rows(self):
        """The kinds that are proposed, each with the key that a button sends, and its name."""
        return [
            (
                ":".join(filter(None, [kind.model._meta.label_lower, kind.field, kind.value])),
                kind.model._meta.verbose_name,
                kind,
            )
            for kind in self.proposals.kinds
        ]

    @property
    def ranges(self):
        return format_ranges(self.marked.ranges)

    @property
    def entry_kinds(self):
        return list_kinds(Entry)

    @property
    def statement_kinds(self):
        return list_kinds(Statement)

    def build_form_address(self, request):
        """Return the address of the form that the editor chose; None if there is none yet."""
        if new := self.query.get("new"):  # A kind of entry and its name; the name may be typed beside the button.
            label, _, name = new.partition(":")
            model, name = find_model(label, Entry), (name or self.query.get("new_name", "")).strip()
            if model and name:
                initial = {"name": name[:MAX_NAME_LENGTH], "slug": slugify(name)[:MAX_NAME_LENGTH]}
                initial |= {"lines": self.marked, "choice": self.encode(), "why": self.describe_place()}
                return f"{build_add_url(model)}?{urlencode(initial)}"
            messages.error(request, "Write the name of the new entry first, then choose what it is.")
            return None
        label, _, signal = self.query.get("kind", "").partition(":")
        if not (model := find_model(label, Statement)):
            return None
        assignment = assign_entries(model, self.entries)
        if assignment.left_out:
            names = ", ".join(f"“{entry}”" for entry in assignment.left_out)
            kind = model._meta.verbose_name
            messages.warning(request, f"The kind “{kind}” has no field for {names}: name it in the text, if at all.")
        initial = {name: ",".join(str(entry.pk) for entry in chosen) for name, chosen in assignment.values.items()}
        initial |= self.find_values(model, signal)
        query = [("lines", self.marked), ("why", self.describe_place()), *initial.items()]
        query += [("then", f"{name}:{entry.pk}") for name, entry in assignment.further]
        return f"{build_add_url(model)}?{urlencode(query)}"

    def describe_place(self):
        """Return the reason of what is written from the lines: where they stand."""
        places = "; ".join(map(str, self.marked.passages))
        return f"Read in {places}."[:MAX_REASON_LENGTH]

    def encode(self):
        """Return what was chosen as a query, to come back with after a new entry."""
        names = [*CARRIED_FIELDS, *find_time_fields()]
        return urlencode([(name, value) for name in names for value in self.query.getlist(name) if value])

    def find_values(self, model, signal):
        """Return the chosen values of the fields that a model has: words, times with their figures, and of a signal."""
        values = {name: value for name in ("certainty", "frequency") if (value := self.query.get(name, ""))}
        for name in find_time_fields():
            if words := self.query.get(name, ""):
                values |= {name: words, get_bound_name(name): find_longest(words)}
        field, _, value = signal.partition(":")
        return {name: value for name, value in (values | {field: value}).items() if value and has_field(model, name)}


def list_kinds(base):
    """Return the label and the name of each model of a base class."""
    return [(model._meta.label_lower, model._meta.verbose_name) for model in concrete_models(base)]


def build_add_url(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def has_field(model, name):
    """Return whether people write a field of this name in a model."""
    try:
        return bool(name) and model._meta.get_field(name).editable
    except (FieldDoesNotExist, AttributeError):
        return False


def find_model(label, base):
    """Return the model of a label, if it is one of a base class; else None."""
    return next((model for model in concrete_models(base) if model._meta.label_lower == label), None)


def format_entry(entry):
    """Return the key under which pages name an entry: its model and its primary key."""
    return f"{entry._meta.label_lower}:{entry.pk}"


def find_entry(key):
    """Return the entry of a key, unless it is retired; None if there is none."""
    label, _, pk = key.partition(":")
    model = find_model(label, Entry)
    return model.objects.not_retired().filter(pk=pk).first() if model and is_key(pk) else None


def find_time_fields():
    """Return the text fields of statements that say how long something takes, beside a field for its bound."""
    return {
        name: field
        for model in concrete_models(Statement)
        for bound in model._meta.fields
        if isinstance(bound, IsoDurationField)
        for field in model._meta.fields
        for name in [field.name]
        if get_bound_name(name) == bound.name and field is not bound
    }


def get_bound_name(name):
    """Return the name of the field for the bound of a time: duration_max, and benefit_max of time_to_benefit."""
    return f"{name.rpartition('_')[2]}_max"
