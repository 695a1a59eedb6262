"""What is true of the passages of a synthetic edition, and how an alignment does against it."""

from dataclasses import dataclass, field

import yaml
from django.conf import settings

from kb.choices import PassageState
from kb.editorial.edition_alignment import EditionAlignment
from tests.helpers.synthetic_editions import EditionMaker


@dataclass
class Figures:
    """What an alignment did with passages whose truth is known."""

    passages: int = 0
    unchanged: int = 0
    carried: int = 0
    needless: int = 0
    silently_wrong: list = field(default_factory=list)

    def add(self, other):
        self.passages += other.passages
        self.unchanged += other.unchanged
        self.carried += other.carried
        self.needless += other.needless
        self.silently_wrong += other.silently_wrong

    def __str__(self):
        return (
            f"{self.passages} passages, {self.unchanged} of them unchanged: carried over {self.carried} "
            f"({self.carried / max(self.unchanged, 1):.1%}), needlessly asked {self.needless} "
            f"({self.needless / max(self.unchanged, 1):.1%}), silently wrong {len(self.silently_wrong)}"
        )


def find_context(lines, place):
    """Return what stands around a line: its nearest heading, and the line that introduces its list, if any does.

    An item has the line above its list. Any other line may be an item without a mark: it has the nearest line of its
    section that ends with a colon, unless another list stands between.
    """
    heading = next((line for line in lines[place::-1] if line.is_heading), None)
    if heading is lines[place]:
        return heading, None
    for line in lines[:place][::-1] if place else []:
        if line.is_heading and not is_item(lines[place]):
            break
        if line.text.strip() and not is_item(line) and (is_item(lines[place]) or line.text.rstrip().endswith(":")):
            return heading, line
        if is_item(line) and not is_item(lines[place]):
            break
    return heading, None


def is_item(line):
    return line.text.lstrip().startswith(("-", "–", "•"))


def get_words(old_lines, line):
    """Return the old words of a line whose words did not change, however it is printed; None of any other."""
    origin = line.origin or line.twin_of
    return None if origin is None or line.is_changed else old_lines[origin - 1].text


def has_same_context(old_lines, new_lines, old_place, new_place):
    """Return whether the heading is the same line, and the introduction has the same words."""
    old_heading, old_introduction = find_context(old_lines, old_place)
    heading, introduction = find_context(new_lines, new_place)
    if (
        None in (old_heading, heading)
        or heading.is_changed
        or (heading.origin or heading.twin_of) != old_heading.origin
    ):
        is_same_heading = old_heading is heading
    else:
        is_same_heading = True
    if None in (old_introduction, introduction):
        return is_same_heading and old_introduction is introduction
    return is_same_heading and get_words(old_lines, introduction) == old_introduction.text


def is_unchanged(old_lines, new_lines, first, last):
    """Return whether the lines, the heading and the introduction of a passage are unchanged, one after the other."""
    wanted = [line for line in old_lines[first - 1 : last] if line.text.strip()]
    filled = [(place, get_words(old_lines, line)) for place, line in enumerate(new_lines) if line.text.strip()]
    words = [line for _, line in filled]
    return any(
        words[start : start + len(wanted)] == [line.text for line in wanted]
        and has_same_context(old_lines, new_lines, wanted[0].origin - 1, filled[start][0])
        for start in range(len(filled) - len(wanted) + 1)
    )


def says_the_same(old_lines, new_lines, first, last, placement):
    """Return whether the lines with which a passage was replaced say what it said."""
    cited = [line.text for line in old_lines[first - 1 : last] if line.text.strip()]
    placed = new_lines[placement.first_line - 1 : placement.last_line]
    start = next(number for number in range(first, last + 1) if old_lines[number - 1].text.strip())
    return [get_words(old_lines, line) for line in placed if line.text.strip()] == cited and has_same_context(
        old_lines, new_lines, start - 1, placement.first_line - 1
    )


def measure(texts, passages, seed, edits):
    """Make an edition of a text, align it, and return the figures; passages are triples of section and lines."""
    headings = [section for section, *_ in passages]
    old_lines = EditionMaker(texts, headings, seed).lines
    new_lines = EditionMaker(texts, headings, seed).make(edits)
    alignment = EditionAlignment(texts, [line.text for line in new_lines], headings)
    figures = Figures()
    for _, first, last in passages:
        placement, truth = alignment.place_passage(first, last), is_unchanged(old_lines, new_lines, first, last)
        is_carried = placement.state == PassageState.AS_CITED
        if is_carried and not says_the_same(old_lines, new_lines, first, last, placement):
            figures.silently_wrong.append((seed, edits, first, last, placement))
        figures.passages += 1
        figures.unchanged += truth
        figures.carried += truth and is_carried
        figures.needless += truth and not is_carried
    return figures


def read_shipped_passages():
    """Return the passages of the shipped data, as section and lines, by the slug of the source."""
    records = yaml.safe_load((settings.BASE_DIR / "fixtures" / "02_passages.yaml").read_text())
    passages = {}
    for fields in (record["fields"] for record in records):
        place = (fields.get("section", ""), fields["first_line"], fields["last_line"])
        passages.setdefault(fields["source"][0], []).append(place)
    return passages
