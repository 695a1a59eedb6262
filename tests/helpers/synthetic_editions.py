"""Synthetic editions of a text with a known truth: which line is which old one, and whether it says the same."""

from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

import yaml
from django.conf import settings

from kb.choices import PassageState
from kb.editorial.edition_alignment import EditionAlignment
from kb.utils.fuzzy import normalize_name

UNITS = {"mg": "g", "weeks": "months", "months": "weeks", "days": "weeks", "years": "months"}


@dataclass(frozen=True)
class Line:
    """A line of an edition: the number of the old line that it is, None if it is new, and whether its words changed."""

    text: str
    origin: int | None = None
    is_changed: bool = False
    is_heading: bool = False
    twin_of: int | None = None


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


class EditionMaker:
    """Makes a new edition of a text by random edits."""

    def __init__(self, texts, headings, seed):
        known = {normalize_name(heading) for heading in headings}
        self.random, self.new_words = Random(seed), count()  # noqa: S311 - nothing secret
        self.lines = [
            Line(text, number, is_heading=bool(text.strip()) and normalize_name(text) in known)
            for number, text in enumerate(texts, 1)
        ]

    def make(self, edits):
        for _ in range(edits):
            self.random.choice(
                [
                    self.reword,
                    self.negate,
                    self.change_figure,
                    self.print_otherwise,
                    self.insert,
                    self.insert_heading,
                    self.delete,
                    self.clone,
                    self.swap,
                    self.move,
                    self.move_section,
                    self.rename_heading,
                    self.change_introduction,
                    self.insert_introduction,
                ]
            )()
        return self.lines

    def pick(self, accept=lambda line: True):
        places = [place for place, line in enumerate(self.lines) if line.text.strip() and accept(line)]
        return self.random.choice(places) if places else None

    def rewrite(self, place, text):
        if place is not None and text != self.lines[place].text:
            self.lines[place] = replace(self.lines[place], text=text, is_changed=True)

    def reword(self):
        place = self.pick()
        words = self.lines[place].text.split(" ")
        words[self.random.randrange(len(words))] = f"Word{next(self.new_words)}"
        self.rewrite(place, " ".join(words))

    def negate(self):
        place = self.pick(lambda line: len(line.text.split(" ")) > 2)
        if place is not None:
            words = self.lines[place].text.split(" ")
            words.insert(self.random.randrange(1, len(words)), "not")
            self.rewrite(place, " ".join(words))

    def change_figure(self):
        place = self.pick(lambda line: any(c.isdigit() for c in line.text) or {*line.text.split()} & {*UNITS})
        if place is not None:
            text = self.lines[place].text
            swapped = "".join(str((int(c) + 1) % 10) if c in "0123456789" else c for c in text)
            self.rewrite(place, swapped if swapped != text else " ".join(UNITS.get(w, w) for w in text.split(" ")))

    def print_otherwise(self):
        """Change typography only, in one line or in all."""
        table = str.maketrans({"'": "’", "’": "'", "-": "–", " ": "\u00a0", '"': "“"})
        for place in [self.pick()] if self.random.random() < 0.7 else range(len(self.lines)):
            text = self.lines[place].text
            text = text.translate(table).replace("fi", "ﬁ") + self.random.choice(["", " "])
            self.lines[place] = replace(self.lines[place], text=text)

    def insert(self):
        for _ in range(self.random.randrange(1, 4)):
            text = self.random.choice(["", "- {}", "{} is a new sentence.", "A new part: {} can help."])
            self.lines.insert(
                self.random.randrange(len(self.lines) + 1), Line(text.format(f"New{next(self.new_words)}"))
            )

    def insert_heading(self):
        line = Line(f"Heading {next(self.new_words)}", is_heading=True)
        self.lines.insert(self.random.randrange(len(self.lines) + 1), line)

    def insert_introduction(self):
        self.lines.insert(self.random.randrange(len(self.lines) + 1), Line("Do not do any of this:"))

    def delete(self):
        start = self.random.randrange(len(self.lines))
        del self.lines[start : start + self.random.randrange(1, 4)]

    def clone(self):
        """Put a twin of a line somewhere else, and sometimes take the line itself away."""
        place = self.pick()
        twin = replace(self.lines[place], origin=None, twin_of=self.lines[place].origin)
        if self.random.random() < 0.4:
            del self.lines[place]
        self.lines.insert(self.random.randrange(len(self.lines) + 1), twin)

    def swap(self):
        place = self.random.randrange(len(self.lines) - 1)
        self.lines[place : place + 2] = self.lines[place : place + 2][::-1]

    def move(self):
        line = self.lines.pop(self.pick())
        self.lines.insert(self.random.randrange(len(self.lines) + 1), line)

    def move_section(self):
        starts = [place for place, line in enumerate(self.lines) if line.is_heading]
        if len(starts) > 2:
            start, end = sorted(self.random.sample(starts, 2))
            section = self.lines[start:end]
            del self.lines[start:end]
            self.lines[len(self.lines) :] = section

    def rename_heading(self):
        place = self.pick(lambda line: line.is_heading)
        if place is not None:
            self.rewrite(place, f"Not {self.lines[place].text}")

    def change_introduction(self):
        place = self.pick(lambda line: line.text.rstrip().endswith(":"))
        if place is not None:
            self.rewrite(place, f"Never do what follows, {self.lines[place].text}")


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
