"""Serializers of one record alone: with its red flags and, for an entry or a source, the statements about it."""

from dataclasses import replace
from functools import partial
from itertools import chain, islice

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.api.schema_refs import RED_FLAGS_SCHEMA
from kb.models import Cancer, Entry, resource_name
from kb.reasoning.absence import NearestAnswer, describe_absence
from kb.reasoning.coverage import format_count
from kb.reasoning.inheritance import build_lineage
from kb.reasoning.limits import lower_first_word
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.record_cache import fetch_queryset
from kb.serializers.absence import AbsenceSerializer
from kb.serializers.context import get_answer_context
from kb.serializers.records import CancerSerializer, SourceSerializer
from kb.serializers.red_flags import serialize_red_flags
from kb.serializers.references import ReferenceSerializer, build_record_url
from kb.serializers.registry import statement_serializers
from kb.serializers.statements import GenericStatementSerializer, MetastaticSiteSerializer

MAX_BREADCRUMBS = 50  # Classes that each belong to several others make many.
STATEMENTS_HELP_TEXT = "Everything that is said about it, by kind."


class RecordDetailMixin(serializers.Serializer):
    """Adds the red flags of every symptom that the record, or a statement shown with it, names."""

    detail_fields = ["red_flags"]
    always_shown = frozenset({"red_flags"})

    red_flags = serializers.SerializerMethodField(
        help_text="The red flags of every symptom that this answer names; nothing leaves them out."
    )

    @extend_schema_field(RED_FLAGS_SCHEMA)
    def get_red_flags(self, record):
        named = entry_ids_named_by([record])
        asked = named if isinstance(record, Entry) else {}
        mentioned = entry_ids_named_by(self.find_shown_statements(record))
        return serialize_red_flags(named, self.context, asked, mentioned)

    def find_shown_statements(self, record):
        """Return the statements that are shown with the record."""
        return []


class EntryStatementsSerializer(serializers.Serializer):
    """Everything that is said about an entry, by kind; what is said of a class it belongs to is marked inherited."""

    model = None  # Of the entry.

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.statements_by_entry = {}

    def get_fields(self):
        return {
            resource_name(model).replace("-", "_"): serializer(many=True, read_only=True, help_text=model.__doc__)
            for model, serializer in statement_serializers().items()
            if model.entry_field_names(self.model)
        }

    def to_representation(self, entry):
        statements = self.find_statements(entry)
        return {
            name: self.serialize_statements(type(field.child), statements[field.child.Meta.model], entry)
            for name, field in self.fields.items()
        }

    def find_statements(self, entry):
        """Return the public statements that answer about an entry, by model; looked up once for each entry."""
        if entry.pk not in self.statements_by_entry:
            hierarchies = get_answer_context(self.context).hierarchies
            hierarchy = hierarchies[self.model]
            self.statements_by_entry[entry.pk] = {
                model: find_statements_naming(
                    model, self.model, hierarchy.get_answering_entries({entry.pk}, model.vital), hierarchies
                )
                for model in (field.child.Meta.model for field in self.fields.values())
            }
        return self.statements_by_entry[entry.pk]

    def serialize_statements(self, serializer_class, statements, entry):
        """Serialize statements of one model, each with the basis on which it answers about the entry."""
        answer_context, lineages = get_answer_context(self.context), ()
        if self.model.inherits:
            field_names = serializer_class.Meta.model.entry_field_names(self.model)
            lineages = (build_lineage(answer_context.hierarchies, self.model, [entry.pk], field_names),)
        context = self.context | {"answer_context": replace(answer_context, lineages=lineages)}
        return serializer_class(statements, many=True, context=context).data


def find_statements_naming(model, entry_model, entry_ids, hierarchies):
    """Return the public statements of a model that name one of these entries, with what the API shows of them."""
    matches = models.Q()
    for name in model.entry_field_names(entry_model):
        matches |= models.Q(**{f"{name}__in": entry_ids})
    return fetch_queryset(model.objects.public().filter(matches), hierarchies)


class EntryDetailMixin(RecordDetailMixin):
    """Adds the place of an entry in its hierarchy and the statements about it; a subclass declares `statements`."""

    detail_fields = ["breadcrumbs", "members", "absence", "statements", *RecordDetailMixin.detail_fields]

    breadcrumbs = serializers.SerializerMethodField(
        help_text="The ways down to it: each from an entry that belongs to no other, by way of its classes, to one of "
        f"its parents; {MAX_BREADCRUMBS} at most."
    )
    members = serializers.SerializerMethodField(help_text="The entries that belong to it.")
    absence = serializers.SerializerMethodField(
        help_text="Where nothing is stated of it: that no source does, and the nearest that is stated; else null."
    )

    @extend_schema_field(serializers.ListField(child=ReferenceSerializer(many=True)))
    def get_breadcrumbs(self, entry):
        hierarchy = get_answer_context(self.context).hierarchies[type(entry)]
        paths = list(islice(hierarchy.iterate_breadcrumbs(entry.pk), MAX_BREADCRUMBS))
        classes = type(entry).objects.in_bulk(set(chain(*paths)))
        return [self.serialize_references([classes[key] for key in path]) for path in paths]

    @extend_schema_field(ReferenceSerializer(many=True))
    def get_members(self, entry):
        return self.serialize_references(entry.members.public())

    @extend_schema_field(AbsenceSerializer(allow_null=True))
    def get_absence(self, entry):
        field = self.fields.get("statements")  # Not there if it was not selected.
        if field is None or any(field.find_statements(entry).values()):
            return None
        nearest, relations = [], {"to which it belongs": entry.parents, "which belongs to it": entry.members}
        for relation, relatives in relations.items():
            for relative in relatives.public():
                if count := sum(map(len, field.find_statements(relative).values())):
                    says = f"Of {lower_first_word(str(relative))}, {relation}: {format_count(count, 'statement')}."
                    nearest.append(NearestAnswer(says, count, build_record_url(relative, self.context), relative))
        return AbsenceSerializer(describe_absence(nearest, "states anything of it"), context=self.context).data

    def serialize_references(self, entries):
        return ReferenceSerializer(entries, many=True, context=self.context).data

    def find_shown_statements(self, entry):
        field = self.fields.get("statements")  # Not there if it was not selected.
        return chain.from_iterable(field.find_statements(entry).values()) if field else []


class CancerStatementsSerializer(EntryStatementsSerializer):
    model = Cancer


class CancerDetailSerializer(EntryDetailMixin, CancerSerializer):
    statements = CancerStatementsSerializer(source="*", read_only=True, help_text=STATEMENTS_HELP_TEXT)


class MetastaticSiteDetailSerializer(RecordDetailMixin, MetastaticSiteSerializer):
    pass


class SourceDetailSerializer(RecordDetailMixin, SourceSerializer):
    detail_fields = ["cited_by", *RecordDetailMixin.detail_fields]
    citing_statements = None  # Looked up once, for `cited_by` and for the red flags.

    cited_by = serializers.SerializerMethodField(
        help_text="Every statement that cites it, in the order of the lines that they cite."
    )

    @extend_schema_field(GenericStatementSerializer(many=True))
    def get_cited_by(self, source):
        statements = sorted(self.find_shown_statements(source), key=partial(citation_sort_key, source))
        return GenericStatementSerializer(statements, many=True, context=self.context).data

    def find_shown_statements(self, source):
        if "cited_by" not in self.fields:  # It was not selected.
            return []
        if self.citing_statements is None:
            self.citing_statements = [
                statement
                for model in statement_serializers()
                for statement in model.objects.public()
                .with_related({"citations", *model.limit_field_names()})
                .filter(pk__in=model.objects.filter(citations__source=source).order_by().values("pk"))
            ]
        return self.citing_statements


def citation_sort_key(source, statement):
    """Order statements by the first line of a source that they cite."""
    lines = [passage.first_line for passage in statement.citations.all() if passage.source_id == source.pk]
    return min(lines), statement.slug
