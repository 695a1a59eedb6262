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
from kb.models import Entry, Finding, Passage, Record, Source, Statement, Version, kinds_of
from kb.permissions import VIEW, WRITE, may

DRAFT, PUBLISHED = Q(status=Status.DRAFT), Q(status=Status.PUBLISHED)
STANDING = DRAFT | PUBLISHED


@dataclass(frozen=True)
class Measure:
    """Something that holds of some records: which, as a condition that any query over a kind of them can take."""

    name: str
    holds: Callable  # Given the kind of record and the person.
    of: tuple = (Record,)


@dataclass(frozen=True)
class Heap(Measure):
    """Records with which the same is to be done."""

    title: str = ""
    hint: str = ""
    clear: str = ""  # What is said of it when nothing lies on it.
    takes: str = VIEW  # What somebody must be allowed, for it to be theirs.
    query: dict = field(default_factory=dict)  # How its lists are asked for, where that is not by the filter of work.

    def lists(self, model):
        return address(model, **(self.query or {"work": self.name}))


def kept_about(kept, model, **more):
    """Whether something of a sort is kept about a record."""
    kind = ContentType.objects.get_for_model(model)
    return Exists(kept.objects.filter(kind=kind, object_id=OuterRef("pk"), **more))


def cited(model):
    """The passages that a statement cites."""
    return Passage.objects.filter(**{f"{model._meta.model_name}_set": OuterRef("pk")}).order_by()


def number_of_sources(model):
    """In how many sources a statement is said; null where it cites nothing."""
    statement = f"{model._meta.model_name}_set"
    return Subquery(cited(model).values(statement).annotate(n=Count("source", distinct=True)).values("n"))


def single_source(model, user=None):
    return Q(Exact(number_of_sources(model), Value(1)))


def several_sources(model, user=None):
    return Q(GreaterThan(number_of_sources(model), Value(1)))


def undated(model, user=None):
    return Q(Exists(cited(model))) & ~Exists(cited(model).exclude(source__dated=None))


def unspoken(model, user=None):
    """No published statement names the entry; one of its class, or of a kind of it, may."""
    named = [r for r in model._meta.related_objects if issubclass(r.related_model, Statement)]
    said = [r.related_model.objects.public().filter(**{r.field.name: OuterRef("pk")}).order_by() for r in named]
    return Q(PUBLISHED, *(~Exists(statements) for statements in said if said))


MINE = Heap(
    "mine",
    lambda model, user: DRAFT & Q(kept_about(Version, model, by=user)),
    title="My drafts",
    hint="New records that you write or have written in; nobody else sees them outside the admin.",
    clear="You have no drafts.",
    takes=WRITE,
)
HEAPS = [
    Heap(
        "review-due",
        lambda model, user: PUBLISHED & Q(review_due__lte=timezone.localdate()),
        title="Review due",
        hint="Published, and the day has come on which it is to be read again.",
        clear="No review is due.",
    ),
    Heap(
        "never-reviewed",
        lambda model, user: PUBLISHED & Q(reviewed_on=None),
        title="Never reviewed",
        hint="Published, and read by no clinician yet.",
        clear="A clinician has reviewed every published record.",
    ),
    Heap(
        "failing",
        lambda model, user: Q(kept_about(Finding, model)),
        (Record, Passage),
        title="Failing citation checks",
        hint="The text of a source does not say what is claimed of it.",
        clear="No citation fails its check.",
    ),
    Heap(
        "single-source",
        lambda model, user: STANDING & single_source(model),
        (Statement,),
        title="Single source",
        hint="Only one document says so.",
        clear="Every statement is said by more than one document.",
    ),
    Heap(
        "undated",
        lambda model, user: STANDING & undated(model),
        (Statement,),
        title="Undated",
        hint="No document that it cites carries a date.",
        clear="Every statement cites a document that carries a date.",
    ),
    Heap(
        "uncited",
        lambda model, user: STANDING & ~Exists(cited(model)),
        (Statement,),
        title="Uncited",
        hint="It cites nothing yet, and cannot be published so.",
        clear="Every statement cites its lines.",
    ),
    Heap(
        "unspoken",
        unspoken,
        (Entry,),
        title="Nothing said of it",
        hint="No statement names it; one about its class may still answer for it.",
        clear="Something is said of every entry.",
    ),
    Heap(
        "drafts",
        lambda model, user: DRAFT,
        title="All drafts",
        hint="New records that anybody is writing.",
        clear="There are no drafts.",
        query={"status__exact": Status.DRAFT},
    ),
]


def kinds():
    """Every kind of record in the order of the first page: sources, entries, statements."""
    return [model for base in (Source, Entry, Statement) for model in kinds_of(base)]


def heaps_for(model, user):
    """The heaps by which somebody can narrow the list of a kind of record."""
    return [heap for heap in [MINE, *HEAPS] if issubclass(model, heap.of) and not heap.query and may(user, heap.takes)]


def tally(measures, user=None):
    """How many records of each kind there are, and of how many each measure holds; by kind and name, in one query."""
    models = [*kinds(), Passage]
    ContentType.objects.get_for_models(*models)  # All at once, before the measures look for them one by one.
    arms = [
        model.objects.order_by()
        .values(arm=Value(place))
        .annotate(
            n=Count("pk"),
            **{
                f"n{number}": Count("pk", filter=measure.holds(model, user))
                if issubclass(model, measure.of)
                else Value(0)
                for number, measure in enumerate(measures)
            },
        )
        for place, model in enumerate(models)
    ]
    found = {row.pop("arm"): row.values() for row in arms[0].union(*arms[1:], all=True)}
    names = ["all", *(measure.name for measure in measures)]
    return {model: dict(zip(names, found[place], strict=True)) for place, model in enumerate(models)}


def address(model, **query):
    """The list of a kind of record, narrowed; nothing, where the desk has no such list."""
    try:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    except NoReverseMatch:
        return ""
    return f"{path}?{urlencode(query)}" if query else path
