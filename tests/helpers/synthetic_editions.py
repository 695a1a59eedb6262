"""Synthetic editions of a text, of whose lines it is known which old ones they are, and whether they say the same."""

from dataclasses import dataclass, replace
from itertools import count
from random import Random

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
