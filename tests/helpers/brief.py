"""What every answer in brief keeps to, whatever it is made of."""

import json

from kb.serializers import MAX_BRIEF_BYTES


def iter_sentences(node):
    """Yield every sentence of an answer in brief, inside of others too."""
    if isinstance(node, dict):
        if "text" in node:
            yield node
        for value in node.values():
            yield from iter_sentences(value)
    elif isinstance(node, list):
        for value in node:
            yield from iter_sentences(value)


def iter_statements(node):
    """Yield every statement of a full answer that has its citations with it."""
    if isinstance(node, dict):
        if node.get("citations") and "url" in node:
            yield node
        for value in node.values():
            yield from iter_statements(value)
    elif isinstance(node, list):
        for value in node:
            yield from iter_statements(value)


def check_brief(full, brief, content=None):
    """Assert that an answer in brief is short, cites what it says, and has every warning of the full answer."""
    size = len(
        content if content is not None else json.dumps(brief, ensure_ascii=False, separators=(",", ":")).encode()
    )
    assert size <= MAX_BRIEF_BYTES, size
    stated = {}
    for statement in iter_statements(full):
        stated.setdefault(statement["slug"], []).append(statement)
    for sentence in iter_sentences(brief):
        (first, *_), *_ = alike = [statement["citations"] for statement in stated[sentence["slug"]]]
        assert sentence["source"] in {citations[0]["source"]["slug"] for citations in alike}
        assert sentence["lines"].startswith(str(first["first_line"])), sentence
        assert {sentence["text"]} == {s.get("text") or s["name"] for s in stated[sentence["slug"]]}
        assert sentence["url"] in {statement["url"] for statement in stated[sentence["slug"]]}
        limits = [statement.get("limits") or [] for statement in stated[sentence["slug"]]]
        assert sentence.get("limits", []) in limits, sentence
    for name in ("red_flags", "serious_harms"):
        full_slugs = [flag["slug"] for flag in full.get(name) or ()]
        assert [flag["slug"] for flag in brief[name]][: len(full_slugs)] == full_slugs, name
    told = {sentence["slug"] for sentence in iter_sentences(brief)}
    for part in brief["parts"]:
        assert set(part.get("elsewhere", ())) <= told
        assert {"sentences", "entries", "elsewhere", "says"} & part.keys(), part
