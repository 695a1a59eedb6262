"""Rows become drafts and proposals: for a trial or for good, by the same steps, all of them or none."""

from copy import copy
from dataclasses import replace

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from kb.choices import Status
from kb.editorial.editing import begin, check, is_public, merged, save
from kb.editorial.snapshot import content_of, differing, key_of, title
from kb.editorial.versioning import batches
from kb.import_export.cells import emptied
from kb.import_export.results import Moved, Outcome, Result
from kb.import_export.row_diff import differences
from kb.import_export.rows import WHOLE, columns, kinds
from kb.import_export.validation import all_faults, in_columns
from kb.models import OPEN, Batch, Change, Passage

HELD = ("slug", "status", "replaced_by", "reviewed_on")  # What a draft keeps, whatever is written into it.
CHUNK = 500


def bring(rows, wish, *, trial, seal=None):
    """Take each row; gives the number of those done as it goes, and the result at its end.

    Nothing is kept of a trial, nor where anything is wrong. With the seal of a trial, anything but the outcome that
    was seen then is refused, and nothing kept. A batch is brought in once.
    """
    work = Bringing(rows, wish)
    with transaction.atomic():
        if not trial and not Batch.objects.filter(pk=wish.batch.pk, done_at=None).update(done_at=timezone.now()):
            raise Moved("This file was brought in already.")
        for done, row in enumerate(work.in_order(), start=1):
            work.take(row)
            yield done
        result = Result(list(work.outcomes.values()))
        if seal not in (None, result.seal) and not result.wrong:
            raise Moved("The knowledge base has moved on since the trial: look at what would happen now.")
        result.brought = not trial and result.can_be_brought
        if not result.brought:
            transaction.set_rollback(True)
    return result


def records(places):
    """The records of these kinds and keys that are there, each with its content, some hundreds at a time."""
    there = {}
    for model in {model for model, _ in places}:
        field = "source__slug" if model is Passage else "slug"
        keys = sorted({key.partition(":")[0] if model is Passage else key for other, key in places if other is model})
        for start in range(0, len(keys), CHUNK):
            found = model.objects.filter(**{f"{field}__in": keys[start : start + CHUNK]})
            for record in (record for batch in batches(found) for record in batch):
                there[model, title(key_of(record))] = record, content_of(record)
    return there


class Bringing:
    """One file on its way in."""

    def __init__(self, rows, wish):
        self.rows, self.wish, self.library = rows, wish, wish.library
        self.outcomes = {row.at: Outcome(row.at, kinds().get(row.model), row.key) for row in rows}
        self.named = {(row.kind, row.key): row for row in rows if row.model and row.key}
        self.there, self.mine, self.taken = {}, {}, set()

    def in_order(self):
        """The rows, each after those of the same file that it names."""
        self.look()
        done, line = set(), [(row, False) for row in sorted(self.rows, key=self.rank, reverse=True)]
        while line:
            row, named_are_done = line.pop()
            if named_are_done:
                yield row
            elif row.at not in done:
                done.add(row.at)
                line.append((row, True))
                line += [(other, False) for other in self.companions(row) if other.at not in done]

    def rank(self, row):
        return list(kinds()).index(row.model) if row.model else -1

    def companions(self, row):
        """The rows of the same file that this one names."""
        places = [(f.related_model, title(key)) for f, key in self.references(row)]
        return [self.named[place] for place in places if place in self.named and self.named[place] is not row]

    def references(self, row):
        """The records that a row names, as pairs of a field and a key."""
        if not row.model:
            return
        for f in [*row.kind._meta.fields, *row.kind._meta.many_to_many]:
            words = row.words.get(f.name) if f.is_relation else None
            yield from ((f, key) for key in (words if isinstance(words, list) else [words] if words else []))

    def look(self):
        """Find the records of all rows, and what the same person has proposed for any record already."""
        self.there = records(self.named)
        waiting = Change.objects.filter(author=self.wish.by, state__in=OPEN)
        self.mine = {(change.kind_id, change.object_id): change for change in waiting}

    def take(self, row):
        """Write what one row says; where it may not stand, keep everything that is wrong with it."""
        outcome = self.outcomes[row.at]
        record, now = self.there.get((outcome.model, row.key), (None, {}))
        told = dict(row.errors)
        for f, key in self.references(row):
            other = self.named.get((f.related_model, title(key)))
            if other is None or other is row:
                continue
            if self.outcomes[other.at].state == "wrong":
                told.setdefault(f.name, []).append(f"“{title(key)}” stands in {other.at}, which is wrong.")
            elif other.at not in self.taken and (f.related_model, other.key) not in self.there:
                told.setdefault(f.name, []).append(f"“{title(key)}” names this one in turn: no circles.")
        if not told:
            try:
                with transaction.atomic():
                    self.write(row, record, now, outcome)
            except ValidationError as error:
                told = in_columns(error)
            except DatabaseError as error:
                told = {WHOLE: [f"The database refuses it: {error}"]}
        self.taken.add(row.at)
        if told:
            content = now | row.words
            outcome.state, outcome.notes, outcome.differences = "wrong", [], []
            outcome.errors = all_faults(row.kind, record, content, self.library, told) if row.model else told

    def write(self, row, record, now, outcome):
        if record is None:
            record = self.begin(row, outcome)
        elif not self.changed(now, row.words) and not self.proposed(record):
            return
        elif is_public(record):
            self.propose(row, record, now, outcome)
        else:
            self.edit(row, record, now, outcome)
        outcome.record = record
        if outcome.state != "same":
            self.expect(record)

    def begin(self, row, outcome):
        """A new draft."""
        outcome.state = "new"
        said = {name: words for name, words in row.words.items() if name not in HELD[1:]}
        self.refuse_retired(row, said)
        record = begin(row.kind, said, self.wish)
        known = columns(row.kind)
        outcome.differences = differences(row.kind, {}, {n: w for n, w in said.items() if w != emptied(known[n])})
        if self.wish.send and row.kind is not Passage:
            outcome.change = Change.objects.about(record).get(author=self.wish.by, state__in=OPEN)
        self.tell_what_is_held(row, outcome)
        return record

    def edit(self, row, draft, now, outcome):
        """Into the draft itself; and on to review, where that is wished and the row says that it is to be published."""
        changed = self.changed(now, {name: words for name, words in row.words.items() if name not in HELD})
        if changed or (self.wish.send and row.words.get("status") == Status.PUBLISHED):
            outcome.state = "changed"
            self.refuse_retired(row, changed)
            sent = {"status": Status.PUBLISHED} if self.wish.send and row.kind is not Passage else {}
            outcome.differences = differences(row.kind, now, changed | sent)
            outcome.change = save(draft, changed, self.wish)
        self.tell_what_is_held(row, outcome)

    def propose(self, row, record, now, outcome):
        """Beside what is public, as a change that waits; upon what the same person has proposed before."""
        mine = self.proposed(record)
        standing = merged(mine, record)[0] if mine else now
        changed = self.changed(standing, row.words)
        if not changed:
            return
        if now.get("status") == Status.RETIRED:
            heir = f"; “{record.replaced_by.slug}” stands in its place" if record.replaced_by else ""
            raise ValidationError(f"“{row.key}” is retired{heir}: what is retired is not changed by an import.")
        outcome.state = "changed"
        self.refuse_retired(row, changed)
        content = standing | changed
        outcome.differences = differences(row.kind, now, content)
        if mine:
            outcome.notes.append("Joins what you have proposed for it already.")
        check(record, content, self.library)
        outcome.change = save(record, content, self.wish)

    def proposed(self, record):
        """The change of it that the same person has proposed already, if there is one."""
        return self.mine.get((ContentType.objects.get_for_model(record).pk, record.pk))

    def changed(self, before, words):
        """What words make different; the ends of lines are no difference."""
        names = differing(before, words)
        return {
            name: words[name]
            for name in names
            if not (isinstance(before[name], str) and before[name].replace("\r\n", "\n") == words[name])
        }

    def tell_what_is_held(self, row, outcome):
        """What a row says of the standing of a draft, and an import cannot do."""
        if outcome.change:
            outcome.notes.append("Sent for review: somebody else must publish it.")
        elif row.words.get("status", Status.DRAFT) != Status.DRAFT:
            outcome.notes.append("Stays a draft: an import publishes and retires nothing.")
        for name in ("replaced_by", "reviewed_on"):
            if row.words.get(name):
                outcome.notes.append(f"{name} is left out: a draft has none.")

    def refuse_retired(self, row, words):
        """What is newly named must still stand."""
        for f, key in self.references(replace(row, words=words)):
            other = self.library.find(f.related_model, key)
            if getattr(other, "status", "") == Status.RETIRED:
                heir = f" Its place has taken “{other.replaced_by.slug}”." if other.replaced_by else ""
                raise ValidationError({f.name: f"“{title(key)}” is retired.{heir}"})

    def expect(self, record):
        """Let others of the same file name this record as what it is to be, once all of them are approved."""
        coming = copy(record)
        if getattr(coming, "status", "") == Status.DRAFT:
            coming.status = Status.PUBLISHED
        self.library.remember(coming)
