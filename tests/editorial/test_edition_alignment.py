"""Alignment of editions: nothing is carried over that may mean something else, and little is asked for nothing."""

import os
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.editorial.edition_alignment import EditionAlignment
from kb.editorial.edition_text import fold_typography
from tests.helpers.edition_truth import Figures, measure, read_shipped_passages

SEEDS = int(os.environ.get("ALIGNMENT_SEEDS", "12"))
TEXT = """\
Owls and rest
Owls need rest after 12 days of flight.
Things to avoid
Do not do any of this:
- Fly for more than 2 hours
- Eat red moss
Owls may nap.
Things that help
These can help:
- Warm nests
- Eat red moss
Rest, taken as a small dose of 5 mg moss,
can calm an owl.
Feathers
Owls may shed.
""".splitlines()
SECTIONS = ["Owls and rest", "Things to avoid", "Things that help", "Feathers"]


def place(line, *edits, last=None):
    """Place a line of TEXT, given by its number, in a new edition in which pieces of text were replaced."""
    new = "\n".join(TEXT)
    for old, replacement in edits:
        assert old in new
        new = new.replace(old, replacement, 1)
    placement = EditionAlignment(TEXT, new.splitlines(), SECTIONS).place_passage(line, last or line)
    return placement.state, placement.first_line, placement.last_line


@pytest.mark.parametrize(
    "printed",
    [
        "It’s 5–10 “owls” … off",
        'It\'s\u00a05-10  "owls" ... o\u00adff',
        'It\'s 5‑10 "owls" … oﬀ ',
        '\ufeffIt\'s 5—10 "owls" ... off',
    ],
)
def test_typography_is_folded(printed):
    assert fold_typography(printed) == 'It\'s 5-10 "owls" ... off'


@pytest.mark.parametrize(
    ("left", "right"),
    [("5 mg", "5 g"), ("−5", "-5"), ("< 5", "> 5"), ("Us", "us"), ("5′", "5'"), ("½", "1/2"), ("10²", "102")],
)
def test_digits_signs_units_and_case_count(left, right):
    assert fold_typography(left) != fold_typography(right)


def test_what_is_unchanged_is_carried_over_wherever_it_stands_in_its_section():
    assert place(2) == ("as-cited", 2, 2)
    assert place(2, ("Owls and rest\n", "Owls and rest\n\n\nOwls are many.\n")) == ("as-cited", 5, 5)
    assert place(5, ("- Fly", "- Shout\n- Fly")) == ("as-cited", 6, 6)
    assert place(12, last=13) == ("as-cited", 12, 13)
    assert place(2, ("Owls need rest after 12", "Owls\u00a0need rest  after 12")) == ("as-cited", 2, 2)


def test_a_section_that_moves_as_a_whole_is_carried_over():
    moved = [*TEXT[13:], *TEXT[:13]]
    assert EditionAlignment(TEXT, moved, SECTIONS).place_passage(15, 15).first_line == 2
    assert EditionAlignment(TEXT, moved, SECTIONS).place_passage(5, 5).state == "as-cited"


@pytest.mark.parametrize(
    ("line", "old", "new", "state"),
    [
        (2, "12 days", "21 days", "changed"),
        (2, "12 days", "12 weeks", "changed"),
        (2, "Owls need", "Owls do not need", "changed"),
        (2, "Owls need rest after 12 days of flight.", "Quite unlike it.", "gone"),
        (2, "Owls and rest", "Owls and work", "moved"),
        (2, "Owls need", "Hawks only\nOwls need", "moved"),  # A new heading, which no passage names.
        (5, "Do not do any of this:", "Do all of this:", "changed"),
        (5, "Do not do any of this:\n", "", "changed"),
        (10, "These can help:", "These cannot help:", "changed"),
        (7, "Owls may nap.\nThings that help\n", "Things that help\nOwls may nap.\n", "moved"),
        (12, "can calm an owl.", "can harm an owl.", "changed"),  # The rest of the sentence.
        (13, "5 mg", "9 mg", "changed"),  # Its beginning.
        (6, "- Fly for more than 2 hours\n- Eat red moss", "- Fly for more than 2 hours", "moved"),  # Its twin is left.
        (15, "Feathers\nOwls may shed.", "Feathers\nRarely:\nOwls may shed.", "changed"),
    ],
)
def test_what_may_mean_something_else_is_asked(line, old, new, state):
    assert place(line, (old, new))[0] == state


def test_twins_are_told_apart_by_heading_and_neighbours():
    assert place(6) == ("as-cited", 6, 6)
    assert place(11) == ("as-cited", 11, 11)
    assert place(11, ("- Fly", "- Shout\n- Fly")) == ("as-cited", 12, 12)
    assert place(11, ("- Fly for more than 2 hours\n- Eat red moss\n", ""))[0] == "moved"  # One of two is left.
    swapped = ("- Eat red moss\nOwls may nap.", "Owls may nap.\n- Eat red moss")
    assert place(6, swapped)[0] != "as-cited"


def test_lines_that_are_no_longer_next_to_each_other_are_asked():
    assert place(5, ("- Eat red moss", "- Shout\n- Eat red moss"), last=6)[0] == "changed"
    assert (
        place(
            5, ("- Fly for more than 2 hours\n- Eat red moss", "- Eat red moss\n- Fly for more than 2 hours"), last=6
        )[0]
        == "changed"
    )


def assert_sound(figures):
    assert figures.silently_wrong == [], figures
    assert figures.carried >= 0.7 * figures.unchanged, figures


def make_text(seed):
    """Return a text of sections, lists and twins of lines, and the passages that cite it."""
    random, lines, passages, section = Random(seed), [], [], ""  # noqa: S311 - nothing secret
    for number in range(random.randrange(20, 60)):
        kind = random.choice(["heading", "intro", *["item", "text"] * 4, "twin", "blank"])
        if kind == "heading":
            section = f"Section {random.choice(['of owls', *[number] * 7])} here"
            lines.append(section)
        elif kind == "blank":
            lines.append("")
        else:
            text = {
                "intro": f"Things of kind {number} are:",
                "item": f"- Item {number} takes {random.randrange(9)} mg",
                "text": f"Owl {number} can rest for {random.randrange(9)} days.",
                "twin": random.choice(["- A twin of a line", "A twin of a sentence."]),
            }[kind]
            lines.append(text)
            passages.append((section, len(lines), len(lines)))
            if random.random() < 0.3 and len(lines) > 1 and lines[-2].strip() and lines[-2] != section:
                passages.append((section, len(lines) - 1, len(lines)))
    return lines, passages


@given(seed=st.integers(0, 10**6), edits=st.integers(0, 15))
def test_nothing_is_silently_wrong_in_editions_of_texts_made_up(seed, edits):
    lines, passages = make_text(seed)
    figures = measure(lines, passages, seed, edits)
    assert figures.silently_wrong == [], figures


def test_little_is_asked_for_nothing_in_editions_of_texts_made_up():
    figures = Figures()
    for seed in range(SEEDS * 10):
        figures.add(measure(*make_text(seed), seed, edits=1 + seed % 8))
    print(f"\nmade up: {figures}")
    assert_sound(figures)


def test_editions_of_the_shipped_documents_are_followed(sources_dir):
    total = Figures()
    for slug, passages in read_shipped_passages().items():
        texts, figures = (sources_dir / f"{slug}.txt").read_text().splitlines(), Figures()
        for seed in range(SEEDS):
            figures.add(measure(texts, passages, seed, edits=1 + seed % 12))
        print(f"\n{slug}: {figures}", end="")
        total.add(figures)
    print(f"\nall: {total}")
    assert_sound(total)
    assert total.needless <= 0.02 * total.unchanged
