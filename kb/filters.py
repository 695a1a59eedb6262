"""How lists narrow: strictly, through the trees of entries, in the words of the models."""

import datetime
import json

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, Q, TextField, Value, When
from django.db.models.functions import Cast
from django.utils.dateparse import parse_date, parse_datetime
from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override

from kb.choices import Scope
from kb.errors import BadParameters
from kb.fields import ChoiceField, ListField
from kb.inheritance import Lineage, paths, subtree
from kb.models import Cancer, Entry, MetastaticSite, Source
from kb.names import fold, nearest

SHAPE = {
    "fields": "Only these fields, separated by commas. Red flags stay, whatever is asked.",
    "omit": "All fields but these, separated by commas. Red flags stay, whatever is asked.",
}


def refuse_unknown(request, known, once=()):
    """A parameter that does not exist, is empty or stands too often is an error, never a longer list."""
    errors = []
    for name, values in request.query_params.lists():
        if name not in known:
            near = nearest(name, known)
            hint = f"Did you mean “{near}”?" if near else f"There are: {', '.join(sorted(known))}."
            errors.append(
                {"parameter": name, "detail": f"There is no parameter “{name}” here. {hint}", "nearest": near}
            )
        elif not all(value.strip() for value in values):
            errors.append(
                {"parameter": name, "detail": f"“{name}” is empty: give a value or leave it out.", "nearest": None}
            )
        elif any("\0" in value for value in values):
            errors.append({"parameter": name, "detail": f"“{name}” holds a NUL character.", "nearest": None})
        elif name in once and len(values) > 1:
            errors.append({"parameter": name, "detail": f"“{name}” can be given only once.", "nearest": None})
    if errors:
        raise BadParameters(errors)


class StrictFilterBackend(filters.DjangoFilterBackend):
    """Filters a list, refuses what it does not understand, and tells the view what was asked about."""

    def filter_queryset(self, request, queryset, view):
        filterset = self.get_filterset(request, queryset, view)
        once = {name for name, found in filterset.filters.items() if not isinstance(found, ValuesFilter)}
        once |= {"page", "page_size"}
        refuse_unknown(request, {*filterset.filters, *once, *SHAPE}, once)
        if not filterset.is_valid():
            raise BadParameters(
                [
                    {"parameter": name, "detail": message, "nearest": (error.params or {}).get("nearest")}
                    for name, errors in filterset.errors.as_data().items()
                    for error in errors
                    for message in error.messages
                ]
            )
        narrowed = filterset.qs
        view.lineages = filterset.lineages
        return narrowed


def refusal(words, near=None):
    """An error that says what was wrong with a value, and the nearest right one."""
    hint = f" Did you mean “{near}”?" if near else ""
    return ValidationError(f"{words}{hint}".replace("%", "%%"), params={"nearest": near})


class ValuesField(forms.Field):
    """A parameter that may be given several times, which then means either."""

    widget = forms.SelectMultiple

    def clean(self, values):
        return [self.clean_one(value.strip()) for value in dict.fromkeys(values or [])]

    def clean_one(self, value):
        return value


class WordsField(ValuesField):
    """Words of one enumeration."""

    def __init__(self, *args, choices=(), **kwargs):
        self.words = [word for word, label in choices]
        super().__init__(*args, **kwargs)

    def clean_one(self, value):
        if value not in self.words:
            raise refusal(f"“{value}” is not one of: {', '.join(self.words)}.", nearest(value, self.words))
        return value


def unknown(kind, slug, near):
    """Says that there is no such record, and which was probably meant."""
    return refusal(f"There is no {kind} with the slug “{slug}”.", near)


class RecordsField(ValuesField):
    """Published records of one kind, named by their slugs."""

    def __init__(self, *args, model, **kwargs):
        self.named_model = model
        super().__init__(*args, **kwargs)

    @property
    def model(self):
        return apps.get_model(self.named_model) if isinstance(self.named_model, str) else self.named_model

    def clean(self, values):
        slugs = super().clean(values)
        found = self.model.objects.public().in_bulk(slugs, field_name="slug") if slugs else {}
        problems = [self.unknown(slug) for slug in slugs if slug not in found]
        if problems:
            raise ValidationError(problems)
        return [found[slug] for slug in slugs]

    def unknown(self, slug):
        """The nearest is looked for among all their names, since people write those too."""
        public = self.model.objects.public()
        named = public.named(slug).first() if issubclass(self.model, Entry) else None
        near = named.slug if named else nearest(slug, public.values_list("slug", flat=True))
        return unknown(self.model._meta.verbose_name, slug, near)


class ValuesFilter(filters.MultipleChoiceFilter):
    """A repeatable parameter; its words are those of the model, its schema an array of strings."""

    field_class = ValuesField

    def __init__(self, field_name=None, *, help_text, words=None, **kwargs):
        super().__init__(field_name, help_text=help_text, **kwargs)
        meaning = {"enum": list(words.values), "type": "string"} if words else {"type": "string", "minLength": 1}
        set_override(self, "field", meaning | {"description": f"{help_text} Given twice, it means either."})

    def filter(self, queryset, values):
        return self.narrow(queryset, values) if values else queryset

    def narrow(self, queryset, values):
        return queryset.filter(**{f"{self.field_name}__in": values})


class WordFilter(ValuesFilter):
    """Exactly these words of an enumeration."""

    field_class = WordsField

    def __init__(self, field_name, words, **kwargs):
        super().__init__(field_name, words=words, choices=words.choices, **kwargs)


class ListWordFilter(WordFilter):
    """Lists that hold one of these words."""

    def narrow(self, queryset, values):
        return queryset.filter(holds(queryset, self.field_name, values))


class RecordsFilter(ValuesFilter):
    """Exactly these records."""

    field_class = RecordsField

    def __init__(self, *fields, model, **kwargs):
        super().__init__(fields[0], model=model, **kwargs)
        self.fields = fields

    def narrow(self, queryset, values):
        return self.either(queryset, {record.pk for record in values})

    def either(self, queryset, keys):
        """The records that name one of these in one of the fields, each once."""
        matches = Q()
        for field in self.fields:
            matches |= Q(**{f"{field}__in": keys})
        return queryset.filter(pk__in=queryset.model.objects.filter(matches).order_by().values("pk"))


class SubtreeFilter(RecordsFilter):
    """What is said of these entries, or of anything under them."""

    def narrow(self, queryset, values):
        return super().narrow(queryset, values) if self.parent.exact else self.either(queryset, subtree(values))


class LineageFilter(SubtreeFilter):
    """What is said of these entries, or of a class that they belong to; the answer tells on what basis."""

    def narrow(self, queryset, values):
        found = {entry.pk: [entry.slug] for entry in values} if self.parent.exact else paths(values)
        self.parent.lineages.append(Lineage(self.fields, found))
        return self.either(queryset, found)


class HasStatement(RecordsFilter):
    """Treatments with such a statement about this symptom, of their own or of their class (not of some of a class).

    The kind of statement belongs to an app above, so it is named as text.
    """

    def __init__(self, statement, symptom, *, effect=None, **kwargs):
        super().__init__("pk", model=symptom, **kwargs)
        self.statement, self.effect = statement, effect

    def narrow(self, queryset, values):
        said = apps.get_model(self.statement).objects.public()
        if self.effect:
            said = said.filter(effect=self.effect)
        if self.parent.exact:
            return self.either(queryset, said.filter(symptom__in=values).values("treatment"))
        said = said.filter(symptom__in=subtree(values))
        classes = queryset.model.objects.filter(pk__in=said.exclude(scope=Scope.SOME).values("treatment"))
        return self.either(queryset, {*said.values_list("treatment", flat=True), *subtree(classes)})


class TopicField(ValuesField):
    """Published entries of any kind, named by their slugs."""

    def __init__(self, *args, models, **kwargs):
        self.models = models
        super().__init__(*args, **kwargs)

    def clean_one(self, slug):
        if not any(model.objects.public().filter(slug=slug).exists() for model in self.models):
            every = {s for model in self.models for s in model.objects.public().values_list("slug", flat=True)}
            raise unknown("entry", slug, nearest(slug, every))
        return slug


class TopicFilter(ValuesFilter):
    """What is about exactly this entry, whatever its kind."""

    field_class = TopicField

    def __init__(self, topics, **kwargs):
        super().__init__(models=list(topics.values()), **kwargs)
        self.topics = topics

    def narrow(self, queryset, values):
        matches = Q()
        for field in self.topics:
            matches |= Q(**{f"{field}__slug__in": values})
        return queryset.filter(matches)


def relation_filter(field):
    """The filter for a field that names an entry: up the tree for what members inherit, else down it."""
    model, words = field.related_model, field.help_text.rstrip(".")
    if model.inherits:
        return LineageFilter(
            field.name, model=model, help_text=f"{words}: its slug. What is said of a class holds of its members."
        )
    return SubtreeFilter(field.name, model=model, help_text=f"{words}: its slug. Kinds of it are included.")


def holds(queryset, field_name, values):
    """Whether a list column holds one of these texts, on every database."""
    column = f"{field_name}_text"
    matches = Q()
    for value in values:
        matches |= Q(**{f"{column}__icontains": json.dumps(value)})
    return Q(
        pk__in=queryset.model.objects.annotate(**{column: Cast(field_name, TextField())}).filter(matches).values("pk")
    )


class MomentField(forms.Field):
    """A date, or a date and time, in ISO 8601; without an offset it is UTC."""

    def to_python(self, value):
        if not value:
            return None
        try:
            moment = parse_datetime(value)
            if moment is None and (day := parse_date(value)):
                moment = datetime.datetime(day.year, day.month, day.day)
            if moment is not None:
                return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            pass
        raise refusal(f"“{value}” is no date: write 2026-01-31 or 2026-01-31T12:00:00Z.")


class MomentFilter(filters.IsoDateTimeFilter):
    field_class = MomentField


class TruthField(forms.Field):
    """true or false, and nothing else."""

    def to_python(self, value):
        if value not in {None, "", "true", "false"}:
            raise refusal(f"“{value}” is neither true nor false.")
        return value == "true"


class TruthFilter(filters.BooleanFilter):
    field_class = TruthField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, widget=forms.TextInput, **kwargs)


class Ordering(filters.OrderingFilter):
    """Orders a list by what is asked, then by slug, so that the order is fixed."""

    def filter(self, queryset, value):
        return super().filter(queryset, [*value, "slug"]) if value else queryset


class RecordFilter(filters.FilterSet):
    """What every list can be narrowed by; the filters for relations and enumerations come from the model."""

    searched = []  # Text columns in which `search` looks, besides the names of entries.

    search = filters.CharFilter(
        method="find", help_text="Words to look for in names, synonyms, brand names and text; best match first."
    )
    exact = TruthFilter(method="as_it_is", help_text="true: no tree, only what is said of exactly the slugs given.")
    updated_since = MomentFilter(
        "updated_at", "gte", help_text="Only what was changed at or after this moment (ISO 8601; UTC unless said)."
    )
    ordering = Ordering(
        fields=["slug", "updated_at"], help_text="How to order the list: by slug (as it is) or by date of change."
    )

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.exact = (data or {}).get("exact") == "true"
        self.lineages = []

    @classmethod
    def get_fields(cls):
        return {}  # None by name: get_filters looks at the model.

    @classmethod
    def get_filters(cls):
        """The declared filters, and one for each relation and enumeration of the model."""
        declared = super().get_filters()
        model = cls._meta.model
        if model is None:
            return declared
        own = {
            name: RecordsFilter("pk", model=model, help_text=f"{words}.")
            for name, words in {"slug": "Those records, by their slugs, in one call", "id": "The same as slug"}.items()
        }
        for field in model._meta.fields:
            if isinstance(field, ListField) and field.enum:
                own[field.name] = ListWordFilter(field.name, field.enum, help_text=field.help_text)
            elif isinstance(field, ChoiceField) and field.name != "status":
                own[field.name] = WordFilter(field.name, field.enum, help_text=field.help_text)
            elif field in model.relations() and field.name != "parent":
                own[field.name] = relation_filter(field)
        return {**own, **declared}

    def as_it_is(self, queryset, name, value):
        """Read when the filters are made, since it changes what the others mean."""
        return queryset

    def find(self, queryset, name, value):
        """Records in which each word is found, those that hold the words as they stand first."""
        if not (words := fold(value).split()):
            return queryset
        for word in words:
            queryset = queryset.filter(self.mentions(word))
        return queryset.annotate(
            rank=Case(
                *(When(match, then=Value(rank)) for rank, match in enumerate(self.ranks(fold(value)))),
                default=Value(9),
                output_field=IntegerField(),
            )
        ).order_by("rank", "slug")

    @classmethod
    def mentions(cls, word):
        """Whether a record has a word in its searched columns, or in the names of an entry that it speaks of."""
        match = Q()
        for column in cls.searched:
            match |= Q(**{f"{column}__icontains": word})
        for field in cls._meta.model.relations():
            if field.many_to_one and issubclass(field.related_model, Entry) and field.name != "parent":
                match |= Q(**{f"{field.name}__name_index__contains": word})
        return match

    @classmethod
    def ranks(cls, phrase):
        """From the best match to the next best."""
        return [Q(**{f"{column}__icontains": phrase}) for column in cls.searched]


class EntryFilter(RecordFilter):
    """Entries by any of their names, by code, and by the entry that they belong to."""

    searched = ["name_index", "summary"]

    name = ValuesFilter(
        method="called", help_text="The entry with that name, synonym or brand name, in any case or spelling listed."
    )
    code = ValuesFilter(method="coded", help_text="The entry with that code, such as atc:L02BG04.")
    ordering = Ordering(
        fields=["slug", "name", "updated_at"],
        help_text="How to order the list: by slug (as it is), name or date of change.",
    )

    @classmethod
    def get_filters(cls):
        found = super().get_filters()
        if model := cls._meta.model:
            found["within"] = SubtreeFilter(
                "pk", model=model, help_text="The slug of an entry: that entry and everything under it."
            )
        return found

    def called(self, queryset, name, values):
        match = Q()
        for value in values:
            match |= Q(name_index__contains=f"\n{fold(value)}\n")
        return queryset.filter(match) if values else queryset

    def coded(self, queryset, name, values):
        return queryset.filter(holds(queryset, "codes", values)) if values else queryset

    @classmethod
    def ranks(cls, phrase):
        return [
            Q(name_index__startswith=f"\n{phrase}\n"),
            *(Q(name_index__contains=match) for match in (f"\n{phrase}\n", f"\n{phrase}", phrase)),
        ]


class StatementFilter(RecordFilter):
    """Statements by the source that they cite and the entries that they speak of."""

    searched = ["text"]

    source = RecordsFilter("citations__source", model=Source, help_text="The slug of a source that it cites.")


class CancerFilter(EntryFilter):
    class Meta:
        model = Cancer


class SourceFilter(RecordFilter):
    searched = ["title", "publisher", "note"]

    class Meta:
        model = Source


class MetastaticSiteFilter(StatementFilter):
    class Meta:
        model = MetastaticSite
