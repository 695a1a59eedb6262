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
from kb.models import ReleaseFile, Source, models_by_resource_name
from kb.releases.data_files import encode_json, get_release_metadata
from kb.renderers.qualifiers import format_lines, humanize_value

EVENT_HEADINGS = {"published": "New", "changed": "Changed", "retired": "Retired", "removed": "No longer public"}


class ReleaseDocuments:
    """The documents of a release and of its changes."""

    def __init__(self, release, changes):
        self.release, self.changes = release, changes
        self.since_text = f"since {release.previous}" if release.previous else "in the first release"

    def build_files(self):
        """Yield the files of the documents, not yet saved."""
        for name, content, media_type, description in [
            (
                "changes.json",
                encode_json(self.build_changes_data()),
                "application/json",
                f"What is new {self.since_text}, as data.",
            ),
            ("CHANGES.md", self.build_changes_markdown(), "text/markdown", f"What is new {self.since_text}, in words."),
            ("CITATION.cff", self.build_citation_cff(), "application/yaml", "How to cite it, for programs."),
            ("CITATION.bib", self.build_bibtex(), "text/x-bibtex", "How to cite it, for BibTeX."),
            ("LICENCE.txt", self.build_licence_text(), "text/plain", "On what terms it may be used."),
        ]:
            yield ReleaseFile.from_bytes(
                name, content if isinstance(content, bytes) else content.encode(), media_type, description
            )

    def build_changes_data(self):
        """Return the content of changes.json."""
        return get_release_metadata(self.release) | {
            "since": self.release.previous and str(self.release.previous),
            "changes": self.changes,
        }

    def build_changes_markdown(self):
        """Return CHANGES.md: counts by event, and each change unless it is the first release."""
        groups = group_by_event(self.changes)
        lines = [f"# {self.release}: what is new {self.since_text}", "", DISCLAIMER, ""]
        lines += [f"- {event}: {counts}" for event, counts, _ in groups]
        for event, _, changes in groups if self.release.previous else ():
            lines += ["", f"## {event}", ""]
            for change in changes:
                lines += self.format_change(change)
        return "\n".join([*lines, ""])

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


def group_by_event(changes):
    """Return the changes grouped by event: its heading, the counts by kind as text, and the changes."""
    matching = {event: [change for change in changes if change["event"] == event] for event in EVENT_HEADINGS}
    return [(EVENT_HEADINGS[event], summarize_counts(group), group) for event, group in matching.items() if group]


def summarize_counts(changes):
    """Return the number of changed records of each kind, such as "2 treatments, 1 side effect"."""
    counts, models = Counter(change["kind"] for change in changes), models_by_resource_name()
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
