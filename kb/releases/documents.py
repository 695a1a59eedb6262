"""The documents of a release: changelog, citation files and licence."""

import re
from collections import Counter

import yaml

from kb.code_systems import CODE_SYSTEMS
from kb.dataset.metadata import (
    ABOUT,
    AUTHORS,
    DISCLAIMER,
    LICENCE,
    NAME,
    describe_review_status,
    format_dataset_citation,
)
from kb.models import Source, models_by_resource_name
from kb.releases.data_files import get_release_metadata
from kb.releases.json_stream import iterate_document, iterate_list
from kb.renderers.qualifiers import format_lines, humanize_value

EVENT_HEADINGS = {"published": "New", "changed": "Changed", "retired": "Retired", "removed": "No longer public"}


class ReleaseDocuments:
    """The documents of a release and of its changes, which are read several times."""

    def __init__(self, release, changes):
        self.release, self.changes = release, changes
        self.since_text = f"since {release.previous}" if release.previous else "in the first release"
        self.headline = f"What is new {self.since_text}"

    def write_files(self, folder):
        """Write the files of the documents, and add them to the folder of the release."""
        for name, content, media_type, description in [
            (
                "changes.json",
                self.iterate_changes_data(),
                "application/json",
                f"What is new {self.since_text}, as data.",
            ),
            ("CHANGES.md", self.iterate_markdown(), "text/markdown", f"What is new {self.since_text}, in words."),
            ("CITATION.cff", [self.build_citation_cff()], "application/yaml", "How to cite it, for programs."),
            ("CITATION.bib", [self.build_bibtex()], "text/x-bibtex", "How to cite it, for BibTeX."),
            ("LICENCE.txt", [self.build_licence_text()], "text/plain", "On what terms it may be used."),
        ]:
            pieces = (piece if isinstance(piece, bytes) else piece.encode() for piece in content)
            folder.write(name, pieces, media_type, description)

    def iterate_changes_data(self):
        """Return the content of changes.json, piece by piece."""
        since = {"since": self.release.previous and str(self.release.previous)}
        return iterate_document(get_release_metadata(self.release) | since, "changes", iterate_list(self.changes, 1))

    def iterate_markdown(self):
        """Yield the lines of CHANGES.md: counts by event, and each change unless it is the first release."""
        counts = count_by_event(self.changes)
        yield f"# {self.release}: what is new {self.since_text}\n\n{DISCLAIMER}\n\n"
        for event, by_kind in counts.items():
            yield f"- {EVENT_HEADINGS[event]}: {format_counts(by_kind)}\n"
        for event in counts if self.release.previous else ():
            yield f"\n## {EVENT_HEADINGS[event]}\n\n"
            for change in self.changes:
                if change["event"] == event:
                    yield from (f"{line}\n" for line in self.format_change(change))

    def format_change(self, change):
        """Yield the lines of a change: its record, the values before and now, and the reasons."""
        replacement = f"; “{change['replaced_by']}” stands in its place" if change.get("replaced_by") else ""
        yield f"- {change['kind']} `{change['slug']}`: {escape_markdown(change['name'])}{replacement}"
        for field, values in change.get("fields", {}).items():
            before, now = (escape_markdown(format_value(values[key])) for key in ("before", "now"))
            yield f"  - {field}: {before} → {now}"
        for why in change["why"]:
            yield f"  - Why: {escape_markdown(why)}"

    def build_citation_cff(self):
        """Return CITATION.cff (Citation File Format 1.2.0) for the release and its sources."""
        sources = Source.objects.public()
        titles = "; ".join(f"“{source.title}”" for source in sources)
        citation = {
            "cff-version": "1.2.0",
            "message": f"Cite the release that was used: {self.how_to_cite()}",
            "type": "dataset",
            "title": NAME,
            "abstract": f"{ABOUT} {DISCLAIMER} Read out of: {titles}.",
            "authors": [{"name": AUTHORS}],
            "version": self.release.name,
            "date-released": self.release.made_at.date(),
            "references": [
                {"type": "generic", "title": source.title, "authors": [{"name": source.publisher}]}
                for source in sources
                if source.publisher  # CFF requires an author. The abstract names all sources.
            ],
        }
        return yaml.safe_dump(citation, allow_unicode=True, sort_keys=False, width=120)

    def how_to_cite(self):
        return format_dataset_citation(self.release.data_version, self.release.name)

    def build_bibtex(self):
        made_at = self.release.made_at
        key = f"bone-and-joint-pain-in-cancer-{self.release.name}"
        fields = {
            "title": f"{{{NAME}}}",
            "author": f"{{{AUTHORS}}}",
            "year": f"{made_at:%Y}",
            "month": f"{made_at:%b}".lower(),
            "version": self.release.name,
            "note": f"Release {self.release.name}, data version {self.release.data_version}. {DISCLAIMER}",
        }
        entries = [f"  {name} = {value if name == 'month' else f'{{{value}}}'}" for name, value in fields.items()]
        return f"@misc{{{key},\n" + ",\n".join(entries) + "\n}\n"

    def build_licence_text(self):
        """Return the terms of use of the data and of each code system."""
        codes = [f"- {system.name} ({prefix}): {system.licence}" for prefix, system in CODE_SYSTEMS.items()]
        return "\n".join(
            [f"{NAME}, release {self.release}", "", LICENCE, "", describe_review_status(), DISCLAIMER, "", *codes, ""]
        )


def count_by_event(changes):
    """Count changes by event, in the order of EVENT_HEADINGS, and by the kind of their records."""
    counts = {event: Counter() for event in EVENT_HEADINGS}
    for change in changes:
        counts[change["event"]][change["kind"]] += 1
    return {event: by_kind for event, by_kind in counts.items() if by_kind}


def group_by_event(changes):
    """Return the changes grouped by event: its heading, the counts by kind as text, and the changes."""
    return [
        (EVENT_HEADINGS[event], format_counts(by_kind), [change for change in changes if change["event"] == event])
        for event, by_kind in count_by_event(changes).items()
    ]


def format_counts(counts):
    """Return the number of changed records of each kind as text, such as "2 treatments, 1 side effect"."""
    models = models_by_resource_name()
    singular = {
        kind: models[kind]._meta.verbose_name for kind, count in counts.items() if count == 1 and kind in models
    }
    return ", ".join(f"{count} {singular.get(kind) or humanize_value(kind)}" for kind, count in counts.items())


def escape_markdown(text):
    """Return a text on one line, with the syntax of Markdown escaped."""
    return re.sub(r"([\\`*_<\[])", r"\\\1", " ".join(text.split()))


def format_value(value):
    """Return the value of a field for a person to read."""
    if isinstance(value, list):
        return ", ".join(map(format_value, value)) or "nothing"
    if isinstance(value, dict):
        return f"{value['source']} {format_lines(value)}"
    return f"“{value}”" if value not in (None, "") else "nothing"
