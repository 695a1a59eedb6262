"""Search phrases: their words, and the terms to search for."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from django.db.models import Q

from kb.utils.text_analysis import stem, tokenize

MAX_PHRASE_LENGTH = 200  # Characters of a phrase; the rest is ignored.
MIN_PREFIX_LENGTH = 3  # Letters; a last word of that length matches as a prefix, since it may still be being typed.


@dataclass(frozen=True)
class Term:
    """The stem of a search word, and those that count as the same; with `is_prefix`, it matches longer words too."""

    stem: str
    is_prefix: bool
    meanings: tuple[str, ...] = ()

    @property
    def name_pattern(self):
        """A regular expression for index texts with the term in a name: before the “|” of `build_index_text`."""
        words = "|".join([self.stem + ("" if self.is_prefix else r"\s"), *(rf"{stem}\s" for stem in self.meanings)])
        return rf"^[^|]*\s({words})"

    @cached_property
    def word_patterns(self):
        """Texts one of which is in a text of words, with a space before and after each, that holds the term."""
        return f" {self.stem}" + ("" if self.is_prefix else " "), *(f" {stem} " for stem in self.meanings)

    def is_in(self, words):
        """Return whether the term is among words that have a space before and after each."""
        return any(pattern in words for pattern in self.word_patterns)

    @property
    def name_filter(self):
        """A condition for records with the term in a name."""
        return Q(search_index__regex=self.name_pattern)


@dataclass(frozen=True)
class PhraseForms:
    """What index texts hold where they hold a phrase word for word."""

    whole_name: str
    name_beginning: str
    within_text: str


@dataclass
class Phrase:
    """A search phrase: its words as they were typed, their stems, and the distinct terms to search for."""

    text: str
    words: list[str] = field(init=False)
    stems: list[str] = field(init=False)
    terms: list[Term] = field(init=False)

    def __post_init__(self):
        self.words = tokenize(self.text[:MAX_PHRASE_LENGTH])
        self.stems = [stem(word) for word in self.words]
        self.terms = [
            Term(stem, is_prefix=stem == self.stems[-1] and len(stem) >= MIN_PREFIX_LENGTH)
            for stem in dict.fromkeys(self.stems)
        ]

    def require_whole_words(self):
        """Match the last word as a whole word, not as a prefix."""
        self.terms = [replace(term, is_prefix=False) for term in self.terms]

    def add_meanings(self, find_meanings):
        """Let each word also match the stems that a function returns for its own."""
        self.terms = [replace(term, meanings=tuple(find_meanings(term.stem))) for term in self.terms]

    @property
    def forms(self):
        """The phrase as it stands in index texts; its last word may go on if it is a prefix."""
        stems, end = " ".join(self.stems), "" if self.terms[-1].is_prefix else " "
        return PhraseForms(f"\n{stems}\n", f"\n{stems}{end}", f" {stems}{end}")
