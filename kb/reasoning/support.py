"""On how much a statement rests: checks of its citations, decisions on its support, independent sources, dates."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, CharField, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from kb.choices import CitationState, SupportState
from kb.models import CitationCheck, Passage, Statement, SupportDecision, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies
from kb.utils.bounded_dict import BoundedDict

MAX_INDEXED_STATEMENTS = 20_000
StatementRow = tuple[type[Statement], int]  # The model and the key of a statement.


class Support(NamedTuple):
    """What was checked and decided of a statement as it is."""

    citation_state: str = CitationState.NOT_CHECKED  # Whether the words are there.
    decided_on: date | None = None  # When a second person decided that its lines support it; None while it is open.


class SupportIndex(BoundedDict[StatementRow, Support]):
    """What was checked and decided of statements in one state of the data.

    It is read at once, in two queries; where that would be too much to keep, of the statements that are shown.
    """

    def __init__(self, _hierarchies: EntryHierarchies) -> None:  # What is derived from hierarchies takes them.
        super().__init__(MAX_INDEXED_STATEMENTS)
        support = read_support()
        self.is_complete = support is not None
        self.update(support or {})

    def find(self, statements: Iterable[Statement]) -> dict[StatementRow, Support]:
        """Map the model and the key of each of these statements to its support."""
        rows = list(map(get_statement_row, statements))
        if self.is_complete:
            return {row: self.get(row, Support()) for row in rows}
        return self.get_all({row: row for row in rows}, read_support_of)


def get_statement_row(statement: Statement) -> StatementRow:
    """Return what identifies a statement here."""
    return type(statement), statement.pk


def read_support(condition: Q | None = None) -> dict[StatementRow, Support] | None:
    """Read what was checked and decided of the statements that meet a condition, or of all.

    Return None if there is more than an index keeps.
    """
    models = {ContentType.objects.get_for_model(model).pk: model for model in concrete_models(Statement)}
    support: dict[StatementRow, Support] = {}
    limit, condition = MAX_INDEXED_STATEMENTS + 1, condition or Q()
    checks = CitationCheck.objects.filter(condition).order_by()
    for kind, key, state in checks.values_list("kind", "object_id", "state")[:limit]:
        support[models[kind], key] = Support(state)
    decisions = SupportDecision.objects.filter(condition, reopened_at=None).order_by()
    for kind, key, at in decisions.values_list("kind", "object_id", "at")[:limit]:
        row = models[kind], key
        support[row] = support.get(row, Support())._replace(decided_on=timezone.localdate(at))
    return support if len(support) < limit else None


def read_support_of(rows: Collection[StatementRow]) -> dict[StatementRow, Support]:
    """Read what was checked and decided of these statements: in two queries for each model."""
    support = dict.fromkeys(rows, Support())
    for model in {model for model, _ in rows}:
        keys = {pk for of, pk in rows if of is model}
        support |= read_support(Q(kind=ContentType.objects.get_for_model(model), object_id__in=keys)) or {}
    return support


def count_independent_sources(statement: Statement) -> int:
    """Return on how many independent sources a statement rests: those of one stated publisher count once."""
    sources = {passage.source for passage in statement.citations.all()}
    return len({source.publisher or source.pk for source in sources})


def find_newest_date(statement: Statement) -> date | None:
    """Return the newest date that a source of a statement carries; None if none of them states one."""
    return max((p.source.dated for p in statement.citations.all() if p.source.dated), default=None)


def select_cited_passages(model: type[Statement]) -> QuerySet[Passage]:
    """Return the passages that the statement of the outer query cites."""
    return Passage.objects.filter(**{f"{model._meta.model_name}_set": OuterRef("pk")}).order_by()


def build_source_count(model: type[Statement]) -> Subquery:
    """Return `count_independent_sources` as an SQL expression; null where a statement cites nothing."""
    own = Concat(Value("\n"), Cast("source", CharField()))  # No publisher begins with a new line.
    origin = Case(When(source__publisher="", then=own), default=F("source__publisher"))
    cited = select_cited_passages(model).values(f"{model._meta.model_name}_set")
    return Subquery(cited.annotate(n=Count(origin, distinct=True)).values("n"))


def build_newest_date(model: type[Statement]) -> Subquery:
    """Return `find_newest_date` as an SQL expression."""
    cited = select_cited_passages(model).values(f"{model._meta.model_name}_set")
    return Subquery(cited.annotate(newest=Max("source__dated")).values("newest"))


def has_citation_state(model: type[Statement], states: Collection[str]) -> Q:
    """Return the condition that a statement is in one of these states of its citations."""
    kind = ContentType.objects.get_for_model(model)
    checks = CitationCheck.objects.filter(kind=kind, object_id=OuterRef("pk"))
    condition = Q(Exists(checks.filter(state__in=states)))
    return condition | ~Q(Exists(checks)) if CitationState.NOT_CHECKED in states else condition


def has_support_state(model: type[Statement], states: Collection[str]) -> Q:
    """Return the condition that the support of a statement is in one of these states."""
    kind = ContentType.objects.get_for_model(model)
    holds = Q(Exists(SupportDecision.objects.filter(kind=kind, object_id=OuterRef("pk"), reopened_at=None)))
    conditions = {SupportState.DECIDED: holds, SupportState.OPEN: ~holds}
    chosen = Q(pk__in=[])
    for state in states:
        chosen |= conditions[SupportState(state)]
    return chosen
