"""The drafts and unsent changes of an editor, of all kinds: what each needs, what it cites, and where it stands."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst

from kb.admin.change_queue import change_page_url
from kb.admin.documents import build_form_url
from kb.choices import Status
from kb.dashboard.work_queues import MY_DRAFTS
from kb.editorial.publication_order import find_named_keys, rank_kind
from kb.editorial.snapshot import serialize_record
from kb.models import OPEN_STATES, Change, Passage, Record, Source, Statement, record_models

NO_SOURCE = "No source"


@dataclass
class OwnDraft:
    """A draft of a user, or a published record of which the user proposes a change."""

    record: Record
    change: Change | None  # The open change of the user.
    sources: list[str] = field(default_factory=list)
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
        return change_page_url(self.change) if self.change else ""


class OwnDrafts(list):
    """The drafts of a user."""

    def find(self, record):
        """Return the draft of a record."""
        return next(draft for draft in self if draft.record == record)


def find_own_drafts(user):
    """Return the drafts that a user writes and the published records of which the user proposes a change."""
    changes = (
        Change.objects.filter(author=user, state__in=OPEN_STATES).select_related("kind").prefetch_related("record")
    )
    open_changes = {change.record: change for change in changes if change.record is not None}
    records = dict.fromkeys(
        record for model in record_models() for record in model.objects.filter(MY_DRAFTS.condition(model, user))
    )
    records |= dict.fromkeys(record for record in open_changes if not isinstance(record, Passage))
    drafts = OwnDrafts(OwnDraft(record, open_changes.get(record)) for record in records)
    for draft in drafts:
        content = serialize_record(draft.record) if draft.change is None else draft.change.content
        draft.needs = find_needed_drafts(draft.record, content)
        draft.sources = find_source_titles(draft.record)
    return drafts


def find_needed_drafts(record, content):
    """Return the drafts that a content names, and of which its record cannot be published without."""
    keys = defaultdict(set)
    for model, key in find_named_keys(type(record), content):
        if issubclass(model, Record):
            keys[model].add(key)
    return [
        draft for model, slugs in keys.items() for draft in model.objects.filter(slug__in=slugs, status=Status.DRAFT)
    ]


def find_source_titles(record):
    """Return the titles of the sources that a record cites; of a source its own."""
    if isinstance(record, Source):
        return [str(record)]
    if not isinstance(record, Statement):
        return []
    return sorted({str(passage.source) for passage in record.citations.select_related("source")})


def group_drafts(drafts, by_source):
    """Return pairs of a heading and its drafts: by source or by kind, sources and entries before statements."""

    def sort_key(draft):
        return rank_kind(type(draft.record)), draft.kind, draft.sources, str(draft.record)

    groups = defaultdict(list)
    for draft in sorted(drafts, key=sort_key):
        groups[", ".join(draft.sources) or NO_SOURCE if by_source else draft.kind].append(draft)
    return sorted(groups.items()) if by_source else list(groups.items())
