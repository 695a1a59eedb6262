"""How to cite one statement: BibTeX and CSL-JSON of what is known of it and of the documents that say so."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kb.dataset import metadata, version
from kb.models import Source
from kb.renderers.qualifiers import format_lines

BIBTEX_SPECIALS = str.maketrans(
    {special: f"\\{special}" for special in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\~{}", "^": r"\^{}"}
)
# The fields of an item in BibTeX, by those of CSL-JSON.
BIBTEX_NAMES = {"title": "title", "publisher": "organization", "version": "version", "URL": "url", "note": "note"}


def build_citation(statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the items of CSL-JSON that cite a statement, given as it is shown: itself, then each document.

    An item has only what is known: no author of a document is, and its date only where the document states one.
    """
    slugs = [citation["source"]["slug"] for citation in statement["citations"]]
    sources = Source.objects.public().in_bulk(slugs, field_name="slug")
    return [
        {
            "id": statement["slug"],
            "type": "entry",
            "title": statement["text"],
            "container-title": metadata.NAME,
            "version": str(version.data_version()),
            "URL": statement["url"],
        },
        *(build_source_item(sources[slug], statement["citations"]) for slug in dict.fromkeys(slugs) if slug in sources),
    ]


def build_source_item(source: Source, citations: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the item of one document, with the places in it that are cited."""
    places = [format_lines(citation) for citation in citations if citation["source"]["slug"] == source.slug]
    item: dict[str, Any] = {
        "id": source.slug,
        "type": "document",
        "title": source.title,
        "publisher": source.publisher,
        "URL": source.address,
        "note": f"Cited: {', '.join(dict.fromkeys(places))}",
    }
    if source.dated:
        item["issued"] = {"date-parts": [[source.dated.year, source.dated.month, source.dated.day]]}
    return {name: value for name, value in item.items() if value}


def format_csl_json(items: list[dict[str, Any]]) -> str:
    """Return items as CSL-JSON."""
    return json.dumps(items, ensure_ascii=False, indent=2)


def format_bibtex(items: list[dict[str, Any]]) -> str:
    """Return items as BibTeX, an entry each."""
    entries = [",\n".join([f"@misc{{{item['id']}", *iterate_bibtex_fields(item)]) for item in items]
    return "\n\n".join(f"{entry}\n}}" for entry in entries)


def iterate_bibtex_fields(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields of an item as BibTeX has them."""
    for name, bibtex_name in BIBTEX_NAMES.items():
        if value := item.get(name):
            text = value if name == "URL" else value.translate(BIBTEX_SPECIALS)
            yield f"  {bibtex_name} = {{{text}}}"
    if container := item.get("container-title"):
        yield f"  howpublished = {{{container.translate(BIBTEX_SPECIALS)}}}"
    if issued := item.get("issued"):
        yield f"  year = {{{issued['date-parts'][0][0]}}}"
