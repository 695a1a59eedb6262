"""The heaps of work: which records lie on each, defined once for the first page and for the filter of every list."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.lookups import Exact, GreaterThan
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import urlencode

from kb.choices import Status
from kb.models import Entry, Finding, Passage, Record, Statement, Version, record_models
from kb.permissions import VIEW, WRITE, is_allowed

DRAFT, PUBLISHED = Q(status=Status.DRAFT), Q(status=Status.PUBLISHED)
NOT_RETIRED = DRAFT | PUBLISHED


@dataclass(frozen=True)
class RecordMetric:
    """Something that holds of some records: which, as a condition that any query over a kind of them can take."""

    name: str
    condition: Callable  # Given the kind of record and the person.
    base_models: tuple = (Record,)


@dataclass(frozen=True)
class WorkQueue(RecordMetric):
    """Records with which the same is to be done."""

    title: str = ""
    hint: str = ""
    empty_message: str = ""  # What is said of it when nothing lies on it.
    required_permission: str = VIEW  # What somebody must be allowed, for it to be theirs.
    query: dict = field(default_factory=dict)  # How its lists are asked for, where that is not by the filter of work.

    def list_url(self, model):
        return changelist_url(model, **(self.query or {"work": self.name}))


def exists_for_record(kept, model, **more):
    """Whether something of a sort is kept about a record."""
    kind = ContentType.objects.get_for_model(model)
    return Exists(kept.objects.filter(kind=kind, object_id=OuterRef("pk"), **more))


def cited_passages(model):
    """The passages that a statement cites."""
    return Passage.objects.filter(**{f"{model._meta.model_name}_set": OuterRef("pk")}).order_by()


def count_sources(model):
    """In how many sources a statement is said; null where it cites nothing."""
    statement = f"{model._meta.model_name}_set"
    return Subquery(cited_passages(model).values(statement).annotate(n=Count("source", distinct=True)).values("n"))


def has_single_source(model, user=None):
    return Q(Exact(count_sources(model), Value(1)))


def has_several_sources(model, user=None):
    return Q(GreaterThan(count_sources(model), Value(1)))


def has_only_undated_sources(model, user=None):
    return Q(Exists(cited_passages(model))) & ~Exists(cited_passages(model).exclude(source__dated=None))


def without_published_statements(model, user=None):
    """No published statement names the entry; one of its class, or of a kind of it, may."""
    named = [r for r in model._meta.related_objects if issubclass(r.related_model, Statement)]
    said = [r.related_model.objects.public().filter(**{r.field.name: OuterRef("pk")}).order_by() for r in named]
    return Q(PUBLISHED, *(~Exists(statements) for statements in said if said))


MY_DRAFTS = WorkQueue(
    "mine",
    lambda model, user: DRAFT & Q(exists_for_record(Version, model, by=user)),
    title="My drafts",
    hint="New records that you write or have written in; nobody else sees them outside the admin.",
    empty_message="You have no drafts.",
    required_permission=WRITE,
)
WORK_QUEUES = [
    WorkQueue(
        "review-due",
        lambda model, user: PUBLISHED & Q(review_due__lte=timezone.localdate()),
        title="Review due",
        hint="Published, and the day has come on which it is to be read again.",
        empty_message="No review is due.",
    ),
    WorkQueue(
        "never-reviewed",
        lambda model, user: PUBLISHED & Q(reviewed_on=None),
        title="Never reviewed",
        hint="Published, and read by no clinician yet.",
        empty_message="A clinician has reviewed every published record.",
    ),
    WorkQueue(
        "failing",
        lambda model, user: Q(exists_for_record(Finding, model)),
        (Record, Passage),
        title="Failing citation checks",
        hint="The text of a source does not say what is claimed of it.",
        empty_message="No citation fails its check.",
    ),
    WorkQueue(
        "single-source",
        lambda model, user: NOT_RETIRED & has_single_source(model),
        (Statement,),
        title="Single source",
        hint="Only one document says so.",
        empty_message="Every statement is said by more than one document.",
    ),
    WorkQueue(
        "undated",
        lambda model, user: NOT_RETIRED & has_only_undated_sources(model),
        (Statement,),
        title="Undated",
        hint="No document that it cites carries a date.",
        empty_message="Every statement cites a document that carries a date.",
    ),
    WorkQueue(
        "uncited",
        lambda model, user: NOT_RETIRED & ~Exists(cited_passages(model)),
        (Statement,),
        title="Uncited",
        hint="It cites nothing yet, and cannot be published so.",
        empty_message="Every statement cites its lines.",
    ),
    WorkQueue(
        "unspoken",
        without_published_statements,
        (Entry,),
        title="Nothing said of it",
        hint="No statement names it; one about its class may still answer for it.",
        empty_message="Something is said of every entry.",
    ),
    WorkQueue(
        "drafts",
        lambda model, user: DRAFT,
        title="All drafts",
        hint="New records that anybody is writing.",
        empty_message="There are no drafts.",
        query={"status__exact": Status.DRAFT},
    ),
]


def work_queues_for(model, user):
    """The heaps by which somebody can narrow the list of a kind of record."""
    return [
        heap
        for heap in [MY_DRAFTS, *WORK_QUEUES]
        if issubclass(model, heap.base_models) and not heap.query and is_allowed(user, heap.required_permission)
    ]


def count_records_by_model(measures, user=None):
    """How many records of each kind there are, and of how many each measure holds; by kind and name, in one query."""
    models = [*record_models(), Passage]
    ContentType.objects.get_for_models(*models)  # All at once, before the measures look for them one by one.
    arms = [
        model.objects.order_by()
        .values(arm=Value(place))
        .annotate(
            n=Count("pk"),
            **{
                f"n{number}": Count("pk", filter=measure.condition(model, user))
                if issubclass(model, measure.base_models)
                else Value(0)
                for number, measure in enumerate(measures)
            },
        )
        for place, model in enumerate(models)
    ]
    found = {row.pop("arm"): row.values() for row in arms[0].union(*arms[1:], all=True)}
    names = ["all", *(measure.name for measure in measures)]
    return {model: dict(zip(names, found[place], strict=True)) for place, model in enumerate(models)}


def changelist_url(model, **query):
    """The list of a kind of record, narrowed; nothing, where the desk has no such list."""
    try:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    except NoReverseMatch:
        return ""
    return f"{path}?{urlencode(query)}" if query else path
