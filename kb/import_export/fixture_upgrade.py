"""What a new version of the shipped data brings: drafts and proposals, never over what an editor wrote."""

import hashlib
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from kb.choices import ChangeState, Status, Way
from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.snapshot import NaturalKeyResolver, changed_field_names, editable_fields, serialize_record
from kb.import_export import fetch_records, get_importable_models, read_rows
from kb.import_export.cells import format_value, get_empty_value
from kb.import_export.validation import group_errors_by_column
from kb.models import OPEN_STATES, Batch, Change, Passage, Shipment, Version

DIGEST_LOOKUP = {
    "model": "",
    "key": "digest",
}  # Kept beside the shipments: by it, a start sees that there is nothing new.
UNKNOWN_ORIGIN_MESSAGE = "it is not as in the files, and nothing tells who made it so"


def get_fixture_files():
    """The files of the shipped data, in the order in which they are loaded."""
    return sorted((path for folder in settings.FIXTURE_DIRS for path in folder.glob("*.yaml")), key=lambda p: p.stem)


def compute_fixtures_digest():
    """What tells these files from all others."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in get_fixture_files())).hexdigest()


def get_fixture_fields(model):
    """The fields that the files have a say in: not those that are the editors' own."""
    return [f for f in editable_fields(model) if f.name not in getattr(model, "internal", ())]


def read_fixture_contents():
    """What the files say of every record, whole: a field that they leave out has its default."""
    said = {}
    for path in get_fixture_files():
        for row in read_rows(path.name, path.read_bytes()):
            if row.errors:
                told = " ".join(message for messages in row.errors.values() for message in messages)
                raise CommandError(f"The shipped data cannot be read: {path.name}, {row.at}: {told}")
            said[row.model_class, row.key] = {
                f.name: row.words.get(f.name, get_empty_value(f)) for f in get_fixture_fields(row.model_class)
            }
    return said


def save_fixture_contents(said):
    """Keep what the files say now."""
    Shipment.objects.all().delete()
    Shipment.objects.bulk_create(
        [Shipment(model=model._meta.label_lower, key=key, content=words) for (model, key), words in said.items()]
    )
    Shipment.objects.create(**DIGEST_LOOKUP, content=compute_fixtures_digest())


def mark_fixtures_applied():
    """Note that every record has just been made what the files say: nothing of theirs waits for review any more."""
    save_fixture_contents(read_fixture_contents())
    waiting = Change.objects.filter(author=None, way=Way.SHIPPED, state__in=OPEN_STATES)
    waiting.update(state=ChangeState.WITHDRAWN, lock=F("lock") + 1)


def is_up_to_date():
    """Whether the files are those of the last time."""
    last = Shipment.objects.filter(**DIGEST_LOOKUP).first()
    return last is not None and last.content == compute_fixtures_digest()


@dataclass
class FixtureUpgrade:
    """One version of the files on its way into an installation that people have worked in."""

    contents: dict = field(default_factory=read_fixture_contents)
    report_rows: list = field(default_factory=list)

    def run(self):
        """Bring what is new in the files; call it alone, in a transaction."""
        self.batch = Batch.objects.create(
            name=f"Shipped data, version {settings.VERSION}",
            why=f"Comes with the shipped data of version {settings.VERSION}.",
            done_at=timezone.now(),
        )
        self.edit_request = EditRequest(None, self.batch.why, Way.SHIPPED, self.batch)
        shipped = self.get_previous_contents()
        new = [place for place, words in self.contents.items() if shipped.get(place) != words]
        there = fetch_records([*new, *(shipped.keys() - self.contents.keys())])
        for place in [place for place in new if place in there]:
            self.change(place, *there[place], shipped.get(place))
        missing = [place for place in new if place not in there]
        for place in [place for place in missing if self.has_existed(place, shipped)]:
            self.add_report_row("left", place, "was discarded here, and is not brought back")
        failed = self.create_drafts([place for place in missing if not self.has_existed(place, shipped)])
        for place in shipped.keys() - self.contents.keys():
            if place in there and there[place][1].get("status") != Status.RETIRED:
                self.add_report_row("gone", place, "is no longer in the files; here it stays as it is")
        save_fixture_contents({place: words for place, words in self.contents.items() if place not in failed})
        if self.report_rows:
            self.batch.rows = self.report_rows
            self.batch.save()
        else:
            self.batch.delete()
        return self

    def add_report_row(self, what, place, words=""):
        model, key = place
        self.report_rows.append({"what": what, "kind": str(model._meta.verbose_name), "key": key, "words": words})

    def report_rows_about(self, what):
        return [row for row in self.report_rows if row["what"] == what]

    def get_previous_contents(self):
        """What the files said last of each record."""
        known = get_importable_models()
        found = {
            (known[s.model], s.key): s.content for s in Shipment.objects.exclude(**DIGEST_LOOKUP) if s.model in known
        }
        return found or self.infer_previous_contents()

    def infer_previous_contents(self):
        """The same for an installation made before shipments were kept.

        The history of a record tells what it was as it was loaded. Where there is none, a record that is as the files
        say is theirs; one that differs may be an editor's work, and counts as seen: it is left alone, and told. Where
        most records of the files are not here, the knowledge base is somebody's own, and none is brought into it.
        """
        there = fetch_records(self.contents)
        if len(there) * 2 < len(self.contents):
            return self.contents
        versions = Version.objects.filter(way=Way.SHIPPED, change=None).exclude(content=None).order_by("number")
        loaded = {(v.model, v.slug): v.content for v in versions.select_related("kind")}
        found = {}
        for place, words in self.contents.items():
            if place in loaded:
                found[place] = {name: loaded[place][name] for name in words if name in loaded[place]}
            elif place in there:
                found[place] = words
                if changed_field_names(words, there[place][1]):
                    self.add_report_row("left", place, UNKNOWN_ORIGIN_MESSAGE)
        return found

    def has_existed(self, place, shipped):
        model, key = place
        kind = ContentType.objects.get_for_model(model)
        return place in shipped or Version.objects.filter(kind=kind, slug=key).exists()

    def change(self, place, record, now, shipped):
        """Propose what the files say otherwise than they did, upon what the record is now."""
        model, words = place[0], self.contents[place]
        if shipped is None:
            if changed_field_names(words, now):
                self.add_report_row("left", place, "was made here under the same name")
            return
        before = {f.name: get_empty_value(f) for f in get_fixture_fields(model)} | shipped
        wanted = [name for name in words if before[name] != words[name] != now[name]]
        if wanted and now.get("status") == Status.RETIRED:
            self.add_report_row("left", place, "is retired here")
            return
        last = Change.objects.for_records(record).filter(author=None, way=Way.SHIPPED).order_by("-pk").first()
        ours = {name: [before[name], *([last.base.get(name)] if last else [])] for name in wanted}
        taken = {name: words[name] for name in wanted if now[name] in ours[name]}
        clash = {name: words[name] for name in wanted if name not in taken}
        content = now | self.get_pending_values(last, now, before, words) | taken
        if clash:
            told = "; ".join(f"{name}: {format_value(value) or '(empty)'}" for name, value in clash.items())
            self.add_report_row("conflict", place, f"keeps what an editor wrote, where the files say otherwise: {told}")
        if changed_field_names(now, content):
            self.propose_change(place, record, content, clash)
        elif last and last.is_open:
            Change.objects.filter(pk=last.pk).update(state=ChangeState.WITHDRAWN, lock=F("lock") + 1)

    def get_pending_values(self, last, now, before, words):
        """What the files said earlier and say still, and nobody has decided on."""
        if last is None or not last.is_open:
            return {}
        waiting = changed_field_names(last.base, last.content)
        said = {name: last.content[name] for name in waiting if before.get(name) == words.get(name)}
        return {name: value for name, value in said.items() if now[name] == last.base.get(name)}

    def propose_change(self, place, record, content, clash):
        why = self.edit_request.why
        if clash:
            told = " ".join(f"{name}: {format_value(value) or '(empty)'}." for name, value in clash.items())
            why = f"{why} What an editor wrote stays, where the files say otherwise: {told}"
        send = (
            serialize_record(record).get("status") != Status.DRAFT or self.contents[place]["status"] == Status.PUBLISHED
        )
        wish = replace(self.edit_request, why=why if len(why) <= 500 else f"{why[:499]}…", submit=send)
        if told := self.try_write(lambda: save_or_propose(record, content, wish)):
            self.add_report_row("left", place, told)
        else:
            self.add_report_row("change", place)

    def create_drafts(self, places):
        """New records, those first that others name; gives the places of those that cannot be."""
        failed = dict.fromkeys(places, "")
        tried = None
        while failed and tried != len(failed):
            tried, self.edit_request.resolver = len(failed), NaturalKeyResolver()
            for place in list(failed):
                failed[place] = self.try_write(lambda place=place: self.create_one_draft(place))
                if not failed[place]:
                    del failed[place]
                    self.add_report_row("place" if place[0] is Passage else "draft", place)
        for place, told in failed.items():
            self.add_report_row("left", place, told)
        return failed

    def create_one_draft(self, place):
        model, words = place[0], self.contents[place]
        if words.get("status") == Status.RETIRED:
            raise ValidationError("is retired in the files, and was never here")
        create_draft(model, words, replace(self.edit_request, submit=words.get("status") == Status.PUBLISHED))

    def try_write(self, write):
        """Why something cannot be written; nothing, where it was."""
        try:
            with transaction.atomic():
                write()
        except ValidationError as error:
            return " ".join(
                f"{name} {' '.join(words)}".strip() for name, words in group_errors_by_column(error).items()
            )
        except DatabaseError as error:
            return f"The database refuses it: {error}"
        return ""
