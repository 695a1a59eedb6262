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
from kb.editorial.editing import Wish, begin, save
from kb.editorial.snapshot import Library, content_of, differing, kept
from kb.import_export import kinds, read, records
from kb.import_export.cells import emptied, readable
from kb.import_export.validation import in_columns
from kb.models import OPEN, Batch, Change, Passage, Shipment, Version

DIGEST = {"model": "", "key": "digest"}  # Kept beside the shipments: by it, a start sees that there is nothing new.
UNKNOWN = "it is not as in the files, and nothing tells who made it so"


def files():
    """The files of the shipped data, in the order in which they are loaded."""
    return sorted((path for folder in settings.FIXTURE_DIRS for path in folder.glob("*.yaml")), key=lambda p: p.stem)


def digest():
    """What tells these files from all others."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files())).hexdigest()


def fields_of(model):
    """The fields that the files have a say in: not those that are the editors' own."""
    return [f for f in kept(model) if f.name not in getattr(model, "internal", ())]


def said_by_files():
    """What the files say of every record, whole: a field that they leave out has its default."""
    said = {}
    for path in files():
        for row in read(path.name, path.read_bytes()):
            if row.errors:
                told = " ".join(message for messages in row.errors.values() for message in messages)
                raise CommandError(f"The shipped data cannot be read: {path.name}, {row.at}: {told}")
            said[row.kind, row.key] = {f.name: row.words.get(f.name, emptied(f)) for f in fields_of(row.kind)}
    return said


def remember(said):
    """Keep what the files say now."""
    Shipment.objects.all().delete()
    Shipment.objects.bulk_create(
        [Shipment(model=model._meta.label_lower, key=key, content=words) for (model, key), words in said.items()]
    )
    Shipment.objects.create(**DIGEST, content=digest())


def stands():
    """Note that every record has just been made what the files say: nothing of theirs waits for review any more."""
    remember(said_by_files())
    waiting = Change.objects.filter(author=None, way=Way.SHIPPED, state__in=OPEN)
    waiting.update(state=ChangeState.WITHDRAWN, lock=F("lock") + 1)


def nothing_new():
    """Whether the files are those of the last time."""
    last = Shipment.objects.filter(**DIGEST).first()
    return last is not None and last.content == digest()


@dataclass
class Update:
    """One version of the files on its way into an installation that people have worked in."""

    said: dict = field(default_factory=said_by_files)
    told: list = field(default_factory=list)

    def run(self):
        """Bring what is new in the files; call it alone, in a transaction."""
        self.batch = Batch.objects.create(
            name=f"Shipped data, version {settings.VERSION}",
            why=f"Comes with the shipped data of version {settings.VERSION}.",
            done_at=timezone.now(),
        )
        self.wish = Wish(None, self.batch.why, Way.SHIPPED, self.batch)
        shipped = self.shipped()
        new = [place for place, words in self.said.items() if shipped.get(place) != words]
        there = records([*new, *(shipped.keys() - self.said.keys())])
        for place in [place for place in new if place in there]:
            self.change(place, *there[place], shipped.get(place))
        missing = [place for place in new if place not in there]
        for place in [place for place in missing if self.was_here(place, shipped)]:
            self.tell("left", place, "was discarded here, and is not brought back")
        failed = self.begin([place for place in missing if not self.was_here(place, shipped)])
        for place in shipped.keys() - self.said.keys():
            if place in there and there[place][1].get("status") != Status.RETIRED:
                self.tell("gone", place, "is no longer in the files; here it stays as it is")
        remember({place: words for place, words in self.said.items() if place not in failed})
        if self.told:
            self.batch.rows = self.told
            self.batch.save()
        else:
            self.batch.delete()
        return self

    def tell(self, what, place, words=""):
        model, key = place
        self.told.append({"what": what, "kind": str(model._meta.verbose_name), "key": key, "words": words})

    def of(self, what):
        return [row for row in self.told if row["what"] == what]

    def shipped(self):
        """What the files said last of each record."""
        known = kinds()
        found = {(known[s.model], s.key): s.content for s in Shipment.objects.exclude(**DIGEST) if s.model in known}
        return found or self.shipped_before_it_was_kept()

    def shipped_before_it_was_kept(self):
        """The same for an installation made before shipments were kept.

        The history of a record tells what it was as it was loaded. Where there is none, a record that is as the files
        say is theirs; one that differs may be an editor's work, and counts as seen: it is left alone, and told. Where
        most records of the files are not here, the knowledge base is somebody's own, and none is brought into it.
        """
        there = records(self.said)
        if len(there) * 2 < len(self.said):
            return self.said
        versions = Version.objects.filter(way=Way.SHIPPED, change=None).exclude(content=None).order_by("number")
        loaded = {(v.model, v.slug): v.content for v in versions.select_related("kind")}
        found = {}
        for place, words in self.said.items():
            if place in loaded:
                found[place] = {name: loaded[place][name] for name in words if name in loaded[place]}
            elif place in there:
                found[place] = words
                if differing(words, there[place][1]):
                    self.tell("left", place, UNKNOWN)
        return found

    def was_here(self, place, shipped):
        model, key = place
        kind = ContentType.objects.get_for_model(model)
        return place in shipped or Version.objects.filter(kind=kind, slug=key).exists()

    def change(self, place, record, now, shipped):
        """Propose what the files say otherwise than they did, upon what the record is now."""
        model, words = place[0], self.said[place]
        if shipped is None:
            if differing(words, now):
                self.tell("left", place, "was made here under the same name")
            return
        before = {f.name: emptied(f) for f in fields_of(model)} | shipped
        wanted = [name for name in words if before[name] != words[name] != now[name]]
        if wanted and now.get("status") == Status.RETIRED:
            self.tell("left", place, "is retired here")
            return
        last = Change.objects.about(record).filter(author=None, way=Way.SHIPPED).order_by("-pk").first()
        ours = {name: [before[name], *([last.base.get(name)] if last else [])] for name in wanted}
        taken = {name: words[name] for name in wanted if now[name] in ours[name]}
        clash = {name: words[name] for name in wanted if name not in taken}
        content = now | self.still_waiting(last, now, before, words) | taken
        if clash:
            told = "; ".join(f"{name}: {readable(value) or '(empty)'}" for name, value in clash.items())
            self.tell("conflict", place, f"keeps what an editor wrote, where the files say otherwise: {told}")
        if differing(now, content):
            self.propose(place, record, content, clash)
        elif last and last.is_open:
            Change.objects.filter(pk=last.pk).update(state=ChangeState.WITHDRAWN, lock=F("lock") + 1)

    def still_waiting(self, last, now, before, words):
        """What the files said earlier and say still, and nobody has decided on."""
        if last is None or not last.is_open:
            return {}
        waiting = differing(last.base, last.content)
        said = {name: last.content[name] for name in waiting if before.get(name) == words.get(name)}
        return {name: value for name, value in said.items() if now[name] == last.base.get(name)}

    def propose(self, place, record, content, clash):
        why = self.wish.why
        if clash:
            told = " ".join(f"{name}: {readable(value) or '(empty)'}." for name, value in clash.items())
            why = f"{why} What an editor wrote stays, where the files say otherwise: {told}"
        send = content_of(record).get("status") != Status.DRAFT or self.said[place]["status"] == Status.PUBLISHED
        wish = replace(self.wish, why=why if len(why) <= 500 else f"{why[:499]}…", send=send)
        if told := self.attempt(lambda: save(record, content, wish)):
            self.tell("left", place, told)
        else:
            self.tell("change", place)

    def begin(self, places):
        """New records, those first that others name; gives the places of those that cannot be."""
        failed = dict.fromkeys(places, "")
        tried = None
        while failed and tried != len(failed):
            tried, self.wish.library = len(failed), Library()
            for place in list(failed):
                failed[place] = self.attempt(lambda place=place: self.begin_one(place))
                if not failed[place]:
                    del failed[place]
                    self.tell("place" if place[0] is Passage else "draft", place)
        for place, told in failed.items():
            self.tell("left", place, told)
        return failed

    def begin_one(self, place):
        model, words = place[0], self.said[place]
        if words.get("status") == Status.RETIRED:
            raise ValidationError("is retired in the files, and was never here")
        begin(model, words, replace(self.wish, send=words.get("status") == Status.PUBLISHED))

    def attempt(self, write):
        """Why something cannot be written; nothing, where it was."""
        try:
            with transaction.atomic():
                write()
        except ValidationError as error:
            return " ".join(f"{name} {' '.join(words)}".strip() for name, words in in_columns(error).items())
        except DatabaseError as error:
            return f"The database refuses it: {error}"
        return ""
