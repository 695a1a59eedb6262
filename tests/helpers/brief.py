"""What every answer in brief keeps to, whatever it is made of."""

import json

from kb.serializers import MAX_BRIEF_BYTES


def iter_objects(node):
    """Yield every object of an answer in JSON, inside of others too."""
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from iter_objects(value)


def iter_sentences(answer):
    """Yield every sentence of an answer in brief."""
    return (node for node in iter_objects(answer) if "text" in node)


def iter_statements(answer):
    """Yield every statement of a full answer that has its citations with it."""
    return (node for node in iter_objects(answer) if node.get("citations") and "url" in node)


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
