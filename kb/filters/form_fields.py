"""Form fields for query parameters: each validates its values, and an unknown one names the nearest known."""

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError

from kb.code_systems import validate_code
from kb.models import Entry, concrete_models
from kb.search.entry_resolution import name_apart, resolve_entries
from kb.search.phrases import MAX_PHRASE_LENGTH
from kb.search.slug_lookup import (
    build_missing_record_errors,
    build_unknown_value_errors,
    build_value_error,
    build_value_errors,
)
from kb.utils.fuzzy import closest_match, normalize_name

NAME_HINT = "by slug, name or code"
MAX_VALUES = 200  # Of one parameter: as many as the largest page has records, so that all can be named in one call.


class MultiValueField(forms.Field):
    """A parameter with several values, or with one if `max_values` is 1."""

    widget = forms.SelectMultiple

    def __init__(self, *args, max_values=MAX_VALUES, **kwargs):
        self.max_values, self.is_single = max_values, max_values == 1
        super().__init__(*args, **kwargs)

    def clean(self, values):
        if len(values or []) > self.max_values:
            raise build_value_error(f"{len(values)} values are too many: give {self.max_values} at most.")
        values = list(dict.fromkeys(values or []))
        if (longest := max(map(len, values), default=0)) > MAX_PHRASE_LENGTH:
            raise build_value_error(f"It has {longest} characters: give {MAX_PHRASE_LENGTH} at most.")
        if self.required and not values:
            raise build_value_error("It is missing: there is no answer without it.")
        cleaned = self.clean_values([value.strip() for value in values])
        if self.is_single:
            return cleaned[0] if cleaned else None
        return cleaned

    def clean_values(self, values):
        return [self.clean_value(value) for value in values]

    def clean_value(self, value):
        return value

    def get_openapi_schema(self):
        """Return the OpenAPI schema of its values."""
        item = {"type": "string", "minLength": 1}
        return self.add_bounds(item if self.is_single else {"type": "array", "items": item})

    def add_bounds(self, schema):
        """Add to the OpenAPI schema of its values how many there may be, and how long each; an enumeration has few."""
        item = schema.get("items", schema)
        if "enum" in item:
            return schema
        if item.get("type") == "string":
            item["maxLength"] = MAX_PHRASE_LENGTH
        if schema.get("type") == "array":
            schema["maxItems"] = self.max_values
        return schema


class EnumField(MultiValueField):
    """Values of an enumeration; `choices` may be a function where they are not known at import."""

    def __init__(self, *args, choices=(), **kwargs):
        self.choices = choices
        super().__init__(*args, **kwargs)

    @property
    def allowed_values(self):
        return [value for value, label in (self.choices() if callable(self.choices) else self.choices)]

    def get_openapi_schema(self):
        item = {"type": "string", "enum": self.allowed_values}
        return self.add_bounds(item if self.is_single else {"type": "array", "items": item})

    def clean_value(self, value):
        if value not in self.allowed_values:
            raise build_value_error(
                f"“{value}” is not one of: {', '.join(self.allowed_values)}.", closest_match(value, self.allowed_values)
            )
        return value


class RecordSlugField(MultiValueField):
    """Published records other than entries by their slugs; `model` may be a label such as `symptoms.RedFlag`."""

    def __init__(self, *args, model, **kwargs):
        self.model_or_label = model
        super().__init__(*args, **kwargs)

    @property
    def model(self):
        return get_model(self.model_or_label)

    @property
    def models(self):
        return [self.model]

    def clean_values(self, values):
        folded = {value: "-".join(normalize_name(value).split()) for value in values}
        slugs = {*folded, *folded.values()}
        records = self.model.objects.public().in_bulk(slugs, field_name="slug") if slugs else {}
        found = {value: records.get(value) or records.get(folded[value]) for value in values}
        if unknown := [value for value, record in found.items() if record is None]:
            raise ValidationError(build_missing_record_errors(self.model, unknown))
        return list(dict.fromkeys(found.values()))


class EntryNameField(MultiValueField):
    """Published entries by slug, any name, code, or name with a dosage: of one model (or its label), or of any.

    An unknown value is an error, unless the field is `tolerant`: then the answer tells it. A form sets `parameter`
    and the `hierarchies` of the answer; the field, which is the form's own copy, keeps in `resolutions` how each value
    was read.
    """

    def __init__(self, *args, model=None, tolerant=False, **kwargs):
        self.model_or_label, self.tolerant = model, tolerant
        self.parameter, self.hierarchies, self.resolutions = "", None, []
        super().__init__(*args, **kwargs)

    @property
    def models(self):
        return [get_model(self.model_or_label)] if self.model_or_label else concrete_models(Entry)

    def clean_values(self, values):
        self.resolutions = resolve_entries(self.models, values, self.parameter, self.hierarchies)
        unknown = [resolution for resolution in self.resolutions if resolution.entry is None]
        if unknown and not self.tolerant:
            raise ValidationError(build_value_errors(unknown, build_resolution_error))
        return list(dict.fromkeys(resolution.entry for resolution in self.resolutions if resolution.entry))


def get_model(model_or_label):
    return apps.get_model(model_or_label) if isinstance(model_or_label, str) else model_or_label


def collect_resolutions(form):
    """Return how a valid form read the names of entries in its parameters."""
    fields = [field for field in form.fields.values() if isinstance(field, EntryNameField)]
    return tuple(resolution for field in fields for resolution in field.resolutions)


def build_resolution_error(resolution):
    """Return the error for a value that means no entry."""
    nearest = name_apart(resolution.nearest[0], resolution.nearest) if resolution.nearest else None
    return build_value_error(resolution.problem, nearest)


class CodeField(MultiValueField):
    """Codes of known code systems, such as atc:L02BG04."""

    def clean_value(self, value):
        validate_code(value)
        return value


class StrictBooleanField(forms.Field):
    """The words `true` and `false`, or nothing; anything else is an error."""

    def to_python(self, value):
        if value not in {None, "", "true", "false"}:
            raise build_value_error(f"“{value[:40]}” is neither true nor false.")
        return {"true": True, "false": False}.get(value)  # None: nothing was asked.


class StoredTextField(MultiValueField):
    """Texts that some record has in a column, in any case; `unstated` is the empty text."""

    def __init__(self, *args, model, column, **kwargs):
        self.stored_in, self.column = model, column
        super().__init__(*args, **kwargs)

    def clean_values(self, values):
        stored = self.stored_in.objects.public().order_by().values_list(self.column, flat=True).distinct()
        known = {normalize_name(text): text for text in stored if text} | {"unstated": ""}
        if unknown := [value for value in values if normalize_name(value) not in known]:
            shown = sorted(text or "unstated" for text in known.values())
            raise ValidationError(build_unknown_value_errors(shown, unknown, "None has “{:.40}” here"))
        return [known[normalize_name(value)] for value in values]
