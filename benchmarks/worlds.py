"""A world: the shipped data, and made-up records on top of them, up to a given number of statements.

Made-up records are copies of shipped ones that name other entries: every kind of statement keeps its share, its
qualifiers and the way in which it is limited. Red flags are not copied: they stay as few as the source documents have.
Everything goes in by bulk creation, which fills derived columns and ancestries; made-up records have no history.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from itertools import count, islice
from random import Random

SEED = 14
BATCH = 2_000  # Statements that are written, and held in memory, at a time.
PASSAGES_PER_SOURCE = 200
STATEMENTS_PER_ENTRY = {"treatment": 20, "symptom": 40, "cancer": 200, "investigation": 400}
MAX_ENTRIES = {"treatment": 10_000, "symptom": 5_000, "cancer": 1_000, "investigation": 500}
ROOTS, SECOND_PARENTS = 0.1, 0.05  # Shares of the entries that belong to nothing, and to two.
CITATIONS = [1] * 6 + [2] * 3 + [3]
DRAWS = 5  # Attempts to find entries of which nothing is said yet.


class World:
    """Writes the made-up records of one world; the same size gives the same world."""

    def __init__(self, size: int) -> None:
        self.size, self.random, self.serial = size, Random(SEED), count(1)  # noqa: S311
        self.slugs, self.names, self.popular = {}, {}, {}

    def build(self) -> None:
        """Write sources, entries and statements; raise ValueError if the shipped data are more than the size."""
        from kb.models import Entry, Statement, concrete_models

        templates = {model: list_templates(model) for model in concrete_models(Statement)}
        missing = self.size - sum(map(len, templates.values()))
        if missing < 0:
            raise ValueError(f"The shipped data alone are {self.size - missing} statements; {self.size} is too few.")
        self.write_passages()
        for model in concrete_models(Entry):
            self.write_entries(model)
        copied = {model: rows for model, rows in templates.items() if not model.vital and rows}
        shipped = sum(map(len, copied.values()))
        for position, (model, rows) in enumerate(copied.items()):
            number = missing if position == len(copied) - 1 else missing * len(rows) // shipped
            shipped, missing = shipped - len(rows), missing - number
            drawn = StatementDrawer(self, model, rows).draw()
            while batch := list(islice(drawn, min(BATCH, number))):
                self.write_statements(model, batch)
                number -= len(batch)

    def write_passages(self) -> None:
        """Write as many sources as the size needs, with their passages; remember the keys of all passages."""
        from kb.models import Passage, Source

        template = list_templates(Source)[0]
        sources = [
            copy_record(
                template,
                slug=f"made-up-source-{number}",
                title=f"Made-up source {number}",
                sha256=hashlib.sha256(str(number).encode()).hexdigest(),
                lines=10 * PASSAGES_PER_SOURCE,
                earlier_editions=[],
            )
            for number in range(1, 2 + self.size // 1_000)
        ]
        for start in range(0, len(sources), 10):
            with open_transaction():
                written = Source.objects.bulk_create(sources[start : start + 10])
                Passage.objects.bulk_create(
                    Passage(source=source, section=f"Section {line // 100 + 1}", first_line=line, last_line=line + 2)
                    for source in written
                    for line in range(1, 10 * PASSAGES_PER_SOURCE, 10)
                )
        self.passages = list(Passage.objects.order_by("pk").values_list("pk", flat=True))

    def write_entries(self, model) -> None:
        """Write entries of a model, each below one that came before it, so that classes are deep and have no circle."""
        name, templates = model._meta.model_name, list_templates(model)
        number = min(MAX_ENTRIES[name], self.size // STATEMENTS_PER_ENTRY[name]) if templates else 0
        entries = [
            copy_record(
                self.random.choice(templates),
                slug=f"made-up-{name}-{position}",
                name=f"Made-up {name} {position}",
                **{field.name: [] for field in model._meta.fields if is_free_list(field)},
            )
            for position in range(1, number + 1)
        ]
        with open_transaction():
            keys = [template.pk for template in templates]
            links, child, parent = model.ancestries().get_links()
            rows = []
            for entry in model.objects.bulk_create(entries):
                parents = {self.random.choice(keys)} if self.random.random() > ROOTS else set()
                if self.random.random() < SECOND_PARENTS:
                    parents.add(self.random.choice(keys))
                rows += [links.model(**{child: entry.pk, parent: key}) for key in sorted(parents)]
                keys.append(entry.pk)
            links.bulk_create(rows)
            model.ancestries().recompute([entry.pk for entry in entries])
        self.random.shuffle(keys)
        self.popular[model] = keys
        self.slugs[model] = dict(model.objects.filter(pk__in=keys).values_list("pk", "slug"))
        self.names[model] = dict(model.objects.filter(pk__in=keys).values_list("pk", "name"))

    def draw_entry(self, model) -> int:
        """Return the key of an entry: of the most popular per cent of them every tenth time."""
        return self.popular[model][int(len(self.popular[model]) * self.random.random() ** 2)]

    def write_statements(self, model, batch) -> None:
        """Write statements with the entries of their many-to-many fields, and one to three passages each."""
        with open_transaction():
            model.objects.bulk_create([statement for statement, _ in batch])
            for field in model._meta.many_to_many:
                through = field.remote_field.through
                rows = []
                for statement, related in batch:
                    keys = related.get(field.name) or self.random.sample(self.passages, self.random.choice(CITATIONS))
                    own, other = field.m2m_field_name(), field.m2m_reverse_field_name()
                    rows += [through(**{f"{own}_id": statement.pk, f"{other}_id": key}) for key in keys]
                through._default_manager.bulk_create(rows)


class StatementDrawer:
    """Copies statements of one model, each with entries of which no other statement of the model is made."""

    def __init__(self, world: World, model, templates) -> None:
        from django.db.models import UniqueConstraint

        from kb.models.statements import find_field_name

        self.world, self.model, self.templates = world, model, templates
        unique = [
            find_field_name(expression)
            for constraint in model._meta.constraints
            if isinstance(constraint, UniqueConstraint)
            for expression in constraint.expressions
        ]
        self.fields = [field for field in model.entry_fields() if not field.many_to_many]
        self.lists = [field for field in model.entry_fields() if field.many_to_many]
        self.unique_keys = [field.attname for field in self.fields if field.name in unique]
        self.unique_text = next((name for name in reversed(unique) if name in model.text_fields()), None)
        self.is_unique = bool(unique)
        self.used = {self.get_key(template) for template in templates}
        self.counts = {row.pk: {f.name: getattr(row, f.name).count() for f in self.lists} for row in templates}

    def draw(self) -> Iterator[tuple]:
        """Yield statements that are not saved, with the keys of the entries of their many-to-many fields, for ever."""
        while True:
            template, serial = self.world.random.choice(self.templates), next(self.world.serial)
            statement = copy_record(template)
            for attempt in count():
                for field in self.fields:
                    if getattr(template, field.attname) is not None:
                        setattr(statement, field.attname, self.world.draw_entry(field.related_model))
                key = self.get_key(statement)
                if not self.is_unique or (key and key not in self.used):
                    self.used.add(key)
                    break
                if self.unique_text and attempt >= DRAWS * bool(key):
                    setattr(statement, self.unique_text, f"made-up case {serial}")
                    break
            related = {
                field.name: sorted({self.world.draw_entry(field.related_model) for _ in range(number)})
                for field in self.lists
                for number in [self.counts[template.pk][field.name]]
            }
            self.write_text(statement, template, serial)
            yield statement, related

    def get_key(self, statement) -> int:
        """Return a number for the entries that tell a statement from others; 0 where its texts do that."""
        return hash(tuple(getattr(statement, name) or 0 for name in self.unique_keys)) if self.unique_keys else 0

    def write_text(self, statement, template, serial) -> None:
        """Set the sentence and the slug, which name the entries."""
        pairs = [(f.related_model, key) for f in self.fields if (key := getattr(statement, f.attname))]
        slugs = "-".join(self.world.slugs[model][key].removeprefix("made-up-") for model, key in pairs)
        names = ", ".join(self.world.names[model][key] for model, key in pairs) or "pain"
        statement.slug = f"{slugs[:90].strip('-') or self.model._meta.model_name}-{serial}"
        statement.text = f"{template.text[:300].rstrip('.')}: made-up statement {serial} about {names[:150]}."


def list_templates(model) -> list:
    """Return the published records of a model in the order of their slugs."""
    return list(model.objects.public().order_by("slug"))


def is_free_list(field) -> bool:
    """Return whether a field holds a list of texts that belong to one entry: names and codes."""
    from kb.fields import ListField

    return isinstance(field, ListField) and field.enum is None


def copy_record(record, **changes):
    """Return an unsaved copy of a record with other values of some fields."""
    values = {f.attname: getattr(record, f.attname) for f in record._meta.concrete_fields if not f.primary_key}
    return type(record)(**values | changes)


def open_transaction():
    """Return a transaction after which the data have a new mark, and no version is recorded."""
    from kb.editorial.versioning import versioned_transaction

    return versioned_transaction()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
    django.setup()
    World(int(sys.argv[1])).build()
