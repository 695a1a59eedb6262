"""Serializers of one record alone: with its red flags and, for an entry or a source, the statements about it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import NamedTuple

from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.api.pagination import PartPagination
from kb.api.schema_refs import RED_FLAGS_SCHEMA
from kb.dataset.counts import count_matching
from kb.models import Cancer, Entry, Statement, resource_name
from kb.reasoning.absence import NearestAnswer, describe_absence
from kb.reasoning.citing_statements import CitingStatements
from kb.reasoning.coverage import format_count
from kb.reasoning.limits import lower_first_word
from kb.reasoning.named_entries import entry_ids_named_by, group_ids_by_model
from kb.reasoning.page_entries import find_entries_on_page_of_source, find_entries_on_pages_of
from kb.reasoning.record_cache import fetch_queryset
from kb.reasoning.statements_about import build_lineages_about, filter_statements_about
from kb.serializers.absence import AbsenceSerializer
from kb.serializers.context import get_answer_context
from kb.serializers.parts import PART_SIZE, build_part_schema, build_rest_url
from kb.serializers.records import CancerSerializer, SourceSerializer
from kb.serializers.red_flags import serialize_red_flags
from kb.serializers.references import ReferenceSerializer, build_record_url
from kb.serializers.registry import statement_serializers
from kb.serializers.statements import GenericStatementSerializer, MetastaticSiteSerializer

MAX_BREADCRUMBS = 50  # Classes that each belong to several others make many.
STATEMENTS_HELP_TEXT = "What is said about it, by kind: the first of each, and where the rest is."
FROM_LINE_PARAM = "from_line"
SOURCE_PARAMETERS = (
    *PartPagination("cited_by").get_schema_operation_parameters(None),
    {
        "name": FROM_LINE_PARAM,
        "schema": {"type": "integer", "minimum": 1},
        "description": "In `cited_by`, only what cites this line or a later one.",
    },
)


class RecordDetailMixin(serializers.Serializer):
    """Adds the red flags of every symptom that the record, or a statement about it, names."""

    detail_fields = ["red_flags"]
    always_shown = frozenset({"red_flags"})

    red_flags = serializers.SerializerMethodField(
        help_text="The red flags of every symptom that this answer names; nothing leaves them out."
    )

    @extend_schema_field(RED_FLAGS_SCHEMA)
    def get_red_flags(self, record):
        named = entry_ids_named_by([record])
        asked = named if isinstance(record, Entry) else {}
        return serialize_red_flags(named, self.context, asked, group_ids_by_model(self.find_mentioned_entries(record)))

    def find_mentioned_entries(self, record):
        """Return the entries that stand only in statements about the record, shown or on a later page."""
        return set()


class FirstStatements(NamedTuple):
    """The statements of one model about an entry: the first of them, and how many there are."""

    statements: Sequence[Statement]
    count: int


class EntryStatementsSerializer(serializers.Serializer):
    """What is said about an entry, by kind; what is said of a class it belongs to is marked inherited."""

    model = None  # Of the entry.

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.statements_by_entry = {}

    def get_fields(self):
        return {
            name: describe_part(serializers.DictField(help_text=model.__doc__, read_only=True), model.__name__)
            for name, model, _ in self.iterate_kinds()
        }

    def iterate_kinds(self):
        """Yield each kind of statements about such entries: its name, its model and its serializer."""
        for model, serializer in statement_serializers().items():
            if model.entry_field_names(self.model):
                yield resource_name(model).replace("-", "_"), model, serializer

    def to_representation(self, entry):
        statements = self.find_statements(entry)
        return {
            name: self.serialize_part(serializer, statements[model], entry)
            for name, model, serializer in self.iterate_kinds()
        }

    def find_statements(self, entry):
        """Return the first public statements that answer about an entry, by model; looked up once for each entry."""
        if entry.pk not in self.statements_by_entry:
            hierarchies = get_answer_context(self.context).hierarchies
            self.statements_by_entry[entry.pk] = {
                model: find_first_statements(model, entry, hierarchies) for _, model, _ in self.iterate_kinds()
            }
        return self.statements_by_entry[entry.pk]

    def count_statements(self, entry):
        """Return how many public statements answer about an entry."""
        hierarchies = get_answer_context(self.context).hierarchies
        return sum(count_matching(find_about(model, entry, hierarchies)) for _, model, _ in self.iterate_kinds())

    def serialize_part(self, serializer_class, found, entry):
        """Serialize statements of one model, each with the basis on which it answers about the entry."""
        model, answer_context = serializer_class.Meta.model, get_answer_context(self.context)
        lineages = build_lineages_about(model, {type(entry): {entry.pk}}, answer_context.hierarchies)
        context = self.context | {"answer_context": replace(answer_context, lineages=lineages)}
        about = {"about": f"{resource_name(type(entry))}/{entry.slug}"}
        has_more = found.count > len(found.statements)
        return {
            "count": found.count,
            "next": build_rest_url(model, about, self.context.get("request")) if has_more else None,
            "results": serializer_class(found.statements, many=True, context=context).data,
        }


def describe_part(field, rows):
    """Return a field that holds a part of an answer, described as such in the OpenAPI document."""
    set_override(field, "field", build_part_schema(rows, description=field.help_text))
    return field


def find_about(model, entry, hierarchies):
    """Return the public statements of a model about an entry."""
    return filter_statements_about(model.objects.public(), {type(entry): {entry.pk}}, hierarchies)


def find_first_statements(model, entry, hierarchies):
    """Return the first public statements of a model about an entry, as the API shows them, and how many there are."""
    about = find_about(model, entry, hierarchies)
    first = fetch_queryset(about[:PART_SIZE], hierarchies)
    return FirstStatements(first, len(first) if len(first) < PART_SIZE else count_matching(about))


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
        if field is None or any(found.count for found in field.find_statements(entry).values()):
            return None
        nearest, relations = [], {"to which it belongs": entry.parents, "which belongs to it": entry.members}
        for relation, relatives in relations.items():
            for relative in relatives.public():
                if count := field.count_statements(relative):
                    says = f"Of {lower_first_word(str(relative))}, {relation}: {format_count(count, 'statement')}."
                    nearest.append(NearestAnswer(says, count, build_record_url(relative, self.context), relative))
        return AbsenceSerializer(describe_absence(nearest, "states anything of it"), context=self.context).data

    def serialize_references(self, entries):
        return ReferenceSerializer(entries, many=True, context=self.context).data

    def find_mentioned_entries(self, entry):
        hierarchies = get_answer_context(self.context).hierarchies
        return find_entries_on_pages_of({type(entry): {entry.pk}}, hierarchies)


class CancerStatementsSerializer(EntryStatementsSerializer):
    model = Cancer


class CancerDetailSerializer(EntryDetailMixin, CancerSerializer):
    statements = CancerStatementsSerializer(source="*", read_only=True, help_text=STATEMENTS_HELP_TEXT)


class MetastaticSiteDetailSerializer(RecordDetailMixin, MetastaticSiteSerializer):
    pass


class SourceDetailSerializer(RecordDetailMixin, SourceSerializer):
    detail_fields = ["cited_by", *RecordDetailMixin.detail_fields]

    cited_by = serializers.SerializerMethodField(
        help_text="The statements that cite it, in the order of the lines that they cite."
    )

    @extend_schema_field(build_part_schema("Stated", "PageEnvelope"))
    def get_cited_by(self, source):
        hierarchies, request = get_answer_context(self.context).hierarchies, self.context["request"]
        pagination = PartPagination("cited_by")
        pagination.validate_whole_number(request, FROM_LINE_PARAM)
        statements = CitingStatements(source, hierarchies, int(request.query_params.get(FROM_LINE_PARAM, 1)))
        page = pagination.paginate_queryset(statements, request)
        rows = GenericStatementSerializer(page, many=True, context=self.context).data
        return pagination.page_links() | {"results": rows}

    def find_mentioned_entries(self, source):
        return find_entries_on_page_of_source(source, get_answer_context(self.context).hierarchies)
