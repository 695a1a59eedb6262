"""On how much a statement rests: checks of its citations, decisions on its support, independent sources, dates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, CharField, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from kb.choices import CitationState, SupportState
from kb.models import CitationCheck, Passage, Statement, SupportDecision, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies

StatementRow = tuple[type[Statement], int]  # The model and the key of a statement.


@dataclass(frozen=True)
class SupportIndex:
    """What was checked and decided of statements as they are, in one state of the data; the others are open."""

    checks: dict[StatementRow, str]
    decisions: dict[StatementRow, date]

    def get_citation_state(self, statement: Statement) -> str:
        """Return whether the words of a statement are there."""
        return self.checks.get((type(statement), statement.pk), CitationState.NOT_CHECKED)

    def get_decision_day(self, statement: Statement) -> date | None:
        """Return the day on which a second person decided that its lines support a statement; None while it is open."""
        return self.decisions.get((type(statement), statement.pk))


def read_support_index(hierarchies: EntryHierarchies) -> SupportIndex:
    """Read what was checked and decided of all statements, in two queries; `hierarchies.derive` keeps it."""
    checks = CitationCheck.objects.order_by().values_list("kind", "object_id", "state")
    decisions = SupportDecision.objects.order_by().filter(reopened_at=None).values_list("kind", "object_id", "at")
    models = {ContentType.objects.get_for_model(model).pk: model for model in concrete_models(Statement)}
    return SupportIndex(
        {(models[kind], key): state for kind, key, state in checks},
        {(models[kind], key): timezone.localdate(at) for kind, key, at in decisions},
    )


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
