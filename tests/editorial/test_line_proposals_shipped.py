"""What the lines of the documents are proposed to say, against what the shipped statements say of them."""

from collections import Counter
from functools import cache

import pytest
from django.core.management import call_command

from kb.editorial.line_proposals import propose_kinds
from kb.editorial.names_in_lines import EntryNameIndex, load_entries, load_known_stems
from kb.editorial.source_texts import attach_cited_lines
from kb.editorial.wording import find_certainty_words
from kb.models import Statement, concrete_models
from symptoms.models import Guidance


@pytest.fixture
def statements_with_lines(shipped_data, sources_dir):
    """Every published statement, with the lines that it cites."""
    call_command("keep_texts", sources=sources_dir)
    pairs = []
    for model in concrete_models(Statement):
        for statement in model.objects.public().with_related():
            passages = list(statement.citations.all())
            attach_cited_lines(passages)
            lines = [text for passage in passages for _, text in passage.cited_lines]
            pairs.append((statement, (*lines, *(passage.section for passage in passages))))
    return pairs


def test_nearly_every_entry_and_kind_and_certainty_of_a_statement_is_proposed(statements_with_lines):
    index, known = EntryNameIndex(load_entries()), load_known_stems()
    find = cache(lambda lines: index.find(lines, known))
    counts = Counter()
    for statement, lines in statements_with_lines:
        named = {(type(match.entry), match.entry.pk) for match in find(lines)}
        for entry in statement.entries():
            counts["entries"] += 1
            counts["proposed entries"] += (type(entry), entry.pk) in named
        if not isinstance(statement, Guidance):  # It holds what no words tell of.
            counts["kinds"] += 1
            counts["proposed kinds"] += bool(propose_kinds(type(statement), "\n".join(lines), ()))
        if statement.certainty == "possible":
            counts["possible"] += 1
            counts["proposed possible"] += "possible" in find_certainty_words("\n".join(lines))
    shares = {name: counts[f"proposed {name}"] / counts[name] for name in ("entries", "kinds", "possible")}
    assert shares["entries"] >= 0.98, shares
    assert shares["kinds"] >= 0.85, shares
    assert shares["possible"] >= 0.95, shares
    print(shares)
