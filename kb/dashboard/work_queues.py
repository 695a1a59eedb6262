"""Work queues (review due, uncited, …): named filters over records, shared by the index page and the changelists."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.lookups import Exact, GreaterThan
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import urlencode

from kb.choices import CitationState, PassageState, Status, SupportState
from kb.models import Entry, Finding, Passage, Record, Source, Statement, Version, record_models
from kb.permissions import VIEW, WRITE, is_allowed
from kb.reasoning.support import build_source_count, has_citation_state, has_support_state, select_cited_passages

DRAFT, PUBLISHED = Q(status=Status.DRAFT), Q(status=Status.PUBLISHED)
NOT_RETIRED = DRAFT | PUBLISHED


@dataclass(frozen=True)
class RecordMetric:
    """A named predicate over records, as a `Q` for a given model and user."""

    name: str
    condition: Callable  # Takes the model and the user.
    base_models: tuple = (Record,)  # It applies to models derived from these.


@dataclass(frozen=True)
class WorkQueue(RecordMetric):
    """Records that need the same work."""

    title: str = ""
    hint: str = ""
    empty_message: str = ""  # Shown while it is empty.
    required_permission: str = VIEW  # Permission required to see this queue.
    query: dict = field(default_factory=dict)  # Query of its changelists, where it is not that of WorkQueueFilter.

    def list_url(self, model):
        return changelist_url(model, **(self.query or {"work": self.name}))


def exists_for_record(related_model, model, **conditions):
    """Return the condition that a row of `related_model` (by content type and object id) refers to the record."""
    kind = ContentType.objects.get_for_model(model)
    return Exists(related_model.objects.filter(kind=kind, object_id=OuterRef("pk"), **conditions))


def has_single_source(model, user=None):
    return Q(Exact(build_source_count(model), Value(1)))


def has_several_sources(model, user=None):
    return Q(GreaterThan(build_source_count(model), Value(1)))


def has_only_undated_sources(model, user=None):
    cited = select_cited_passages(model)
    return Q(Exists(cited)) & ~Exists(cited.exclude(source__dated=None))


def without_published_statements(model, user=None):
    """Return the condition that no published statement is about the entry itself; some may be about its class."""
    relations = [r for r in model._meta.related_objects if issubclass(r.related_model, Statement)]
    querysets = [r.related_model.objects.public().filter(**{r.field.name: OuterRef("pk")}) for r in relations]
    return Q(PUBLISHED, *(~Exists(statements.order_by()) for statements in querysets))


MY_DRAFTS = WorkQueue(
    "mine",
    lambda model, user: DRAFT & Q(exists_for_record(Version, model, by=user)),
    title="My drafts",
    hint="New records that you write or have written in. Send those that belong together as one batch.",
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
        (Entry, Source),
        title="Never reviewed",
        hint="Published, and read by no clinician yet; of statements, see whether their support is decided.",
        empty_message="A clinician has reviewed every published source and entry.",
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
        "unchecked",
        lambda model, user: NOT_RETIRED & has_citation_state(model, [CitationState.NOT_CHECKED]),
        (Statement,),
        title="Citations not checked",
        hint="No check has looked whether the words are there, since it was written or changed.",
        empty_message="The citations of every statement were checked as it stands.",
    ),
    WorkQueue(
        "support-open",
        lambda model, user: PUBLISHED & has_support_state(model, [SupportState.OPEN]),
        (Statement,),
        title="Support not decided",
        hint="No second person has decided that the lines support it, as it stands now.",
        empty_message="Of every statement somebody else has decided that its lines support it.",
    ),
    WorkQueue(
        "new-edition",
        lambda model, user: NOT_RETIRED & Q(Exists(select_cited_passages(model).exclude(state=PassageState.AS_CITED))),
        (Statement,),
        title="Other words in a new edition",
        hint="A source that it cites has a newer edition, in which the cited words are others, elsewhere or gone.",
        empty_message="What is cited stands in the newest edition of each source.",
    ),
    WorkQueue(
        "withdrawn-source",
        lambda model, user: NOT_RETIRED & Q(Exists(select_cited_passages(model).exclude(source__withdrawn_on=None))),
        (Statement,),
        title="Withdrawn source",
        hint="It rests on a document that was withdrawn: cite another, or retire it.",
        empty_message="Nothing rests on a withdrawn document.",
    ),
    WorkQueue(
        "single-source",
        lambda model, user: NOT_RETIRED & has_single_source(model),
        (Statement,),
        title="Single source",
        hint="Only one document says so, or several of one publisher.",
        empty_message="Every statement is said by two independent documents at least.",
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
        lambda model, user: NOT_RETIRED & ~Exists(select_cited_passages(model)),
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
    """Return the work queues by which the user can filter the changelist of a model."""
    return [
        queue
        for queue in [MY_DRAFTS, *WORK_QUEUES]
        if issubclass(model, queue.base_models) and not queue.query and is_allowed(user, queue.required_permission)
    ]


def count_records_by_model(metrics, user=None):
    """Count, in one query, the records of each model for which each metric holds, and `all` of them.

    Return a dict of dicts, by model and by name of the metric; metrics of other models count 0.
    """
    models = [*record_models(), Passage]
    ContentType.objects.get_for_models(*models)  # Cached by one query, before the metrics look them up one by one.
    subqueries = [
        model.objects.order_by()
        .values(model_index=Value(index))
        .annotate(
            n=Count("pk"),
            **{
                f"n{number}": Count("pk", filter=metric.condition(model, user))
                if issubclass(model, metric.base_models)
                else Value(0)
                for number, metric in enumerate(metrics)
            },
        )
        for index, model in enumerate(models)
    ]
    rows = {row.pop("model_index"): row.values() for row in subqueries[0].union(*subqueries[1:], all=True)}
    names = ["all", *(metric.name for metric in metrics)]
    return {model: dict(zip(names, rows[index], strict=True)) for index, model in enumerate(models)}


def changelist_url(model, **query):
    """Return the URL of the changelist of a model with this query; "" where the admin has no such list."""
    try:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    except NoReverseMatch:
        return ""
    return f"{path}?{urlencode(query)}" if query else path
