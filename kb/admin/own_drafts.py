"""The drafts and unsent changes of an editor, of all kinds: what each needs, what it cites, and where it stands."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst

from kb.choices import ChangeState, Status
from kb.dashboard.work_queues import MY_DRAFTS
from kb.editorial.publication_order import find_named_keys, rank_kind
from kb.editorial.snapshot import serialize_record
from kb.models import OPEN_STATES, Change, Passage, Record, Source, record_models
from kb.utils.urls import build_form_url

NO_SOURCE = "No source"


@dataclass
class OwnDraft:
    """A draft of a user, or a published record of which the user proposes a change."""

    record: Record
    change: Change | None  # The open change of the user.
    sources: list[Source] = field(default_factory=list)  # Those that it cites; of a source itself.
    needs: list[Record] = field(default_factory=list)  # The drafts that must be published before it.

    @property
    def name(self):
        """The value of its tick box."""
        return f"{ContentType.objects.get_for_model(self.record).pk}-{self.record.pk}"

    @property
    def kind(self):
        return capfirst(self.record._meta.verbose_name)

    @property
    def url(self):
        return build_form_url(self.record)

    @property
    def change_url(self):
        return build_form_url(self.change) if self.change else ""

    @property
    def is_waiting(self):
        return self.change is not None and self.change.state == ChangeState.SUBMITTED


class OwnDrafts(list):
    """The drafts of a user."""

    def find(self, record):
        """Return the draft of a record."""
        return next(draft for draft in self if draft.record == record)

    def find_of_source(self, source):
        """Return the drafts of a source that are not sent yet, and those of the same user that they need."""
        chosen = [draft for draft in self if source in draft.sources and not draft.is_waiting]
        for draft in chosen:  # It grows by what is needed.
            chosen += [other for other in self if other.record in draft.needs and other not in chosen]
        return chosen


def find_own_drafts(user):
    """Return the drafts that a user writes and the published records of which the user proposes a change."""
    changes = (
        Change.objects.filter(author=user, state__in=OPEN_STATES).select_related("kind").prefetch_related("record")
    )
    open_changes = {change.record: change for change in changes if change.record is not None}
    records = dict.fromkeys(
        record
        for model in record_models()
        for record in model.objects.with_related().filter(MY_DRAFTS.condition(model, user))
    )
    records |= dict.fromkeys(record for record in open_changes if not isinstance(record, Passage))
    drafts = OwnDrafts(OwnDraft(record, open_changes.get(record)) for record in records)
    named = [find_named_records(draft) for draft in drafts]
    needed = fetch_by_key(set().union(*named), status=Status.DRAFT)
    sources = fetch_by_key(key for keys in named for key in keys if key[0] is Source)
    for draft, keys in zip(drafts, named, strict=True):
        draft.needs = [needed[key] for key in keys if key in needed]
        cited = sorted((sources[key] for key in keys if key in sources), key=str)
        draft.sources = [draft.record] if isinstance(draft.record, Source) else cited
    return drafts


def find_named_records(draft):
    """Return the models and slugs of the records that a draft names, each once; passages have no state of their own."""
    content = serialize_record(draft.record) if draft.change is None else draft.change.content
    return dict.fromkeys(key for key in find_named_keys(type(draft.record), content) if issubclass(key[0], Record))


def fetch_by_key(keys, **conditions):
    """Return records by their models and slugs (a query for each model); those that meet the conditions."""
    slugs = defaultdict(set)
    for model, slug in keys:
        slugs[model].add(slug)
    return {
        (model, record.slug): record
        for model, of_model in slugs.items()
        for record in model.objects.filter(slug__in=of_model, **conditions)
    }


def group_drafts(drafts, by_source):
    """Return pairs of a heading and its drafts: by source or by kind, sources and entries before statements."""

    def sort_key(draft):
        return rank_kind(type(draft.record)), draft.kind, [*map(str, draft.sources)], str(draft.record)

    groups = defaultdict(list)
    for draft in sorted(drafts, key=sort_key):
        groups[", ".join(map(str, draft.sources)) or NO_SOURCE if by_source else draft.kind].append(draft)
    return sorted(groups.items()) if by_source else list(groups.items())
