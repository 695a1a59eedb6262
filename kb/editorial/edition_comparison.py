"""Passages of earlier editions beside the one that is read now: old and new words. For signed-in editors only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kb.choices import PassageState
from kb.editorial.diff import Difference
from kb.editorial.edition_alignment import EditionAlignment, Placement
from kb.editorial.source_texts import find_edition_texts
from kb.models import Edition, Passage, Source

NOT_COMPARED = Placement(PassageState.CHANGED, "The texts of both editions are not kept here: compare them yourself.")


@dataclass(frozen=True)
class Comparison:
    """A passage of an earlier edition: what became of it, and the lines then and now; none where no text is kept."""

    passage: Passage
    placement: Placement
    old_lines: list[str]
    new_lines: list[str]

    @property
    def state(self) -> PassageState:
        return self.placement.state

    @property
    def words(self) -> Difference:
        """The words that differ, as pages show them."""
        return Difference("words", "Words", [*self.old_lines], [*self.new_lines])


def compare_passages(passages: Iterable[Passage]) -> list[Comparison]:
    """Return what became of those of these passages that are of an earlier edition than the one that is read now."""
    earlier = [passage for passage in passages if not passage.is_of_current_edition]
    comparisons = []
    for source in {passage.source_id: passage.source for passage in earlier}.values():
        texts = find_edition_texts(source)
        own = [passage for passage in earlier if passage.source_id == source.pk]
        for passage, placement in place_passages(source, own, texts):
            comparisons.append(build_comparison(passage, placement, texts, texts.get(source.edition)))
    return comparisons


def compare_with_text(source: Source, new: Edition) -> list[Comparison]:
    """Return what would become of each cited passage of a source if this text were its next edition."""
    texts = find_edition_texts(source)
    passages = [passage for passage in Passage.objects.filter(source=source) if passage.is_cited()]
    return [
        build_comparison(passage, placement, texts, new)
        for passage, placement in place_passages(source, passages, texts, new)
    ]


def place_passages(
    source: Source, passages: Iterable[Passage], texts: dict[int, Edition] | None = None, new: Edition | None = None
) -> Iterator[tuple[Passage, Placement]]:
    """Yield each of these passages of a source with what became of it in a text, that of the current edition or `new`.

    `texts` are those of its editions by number, if they were looked up before.
    """
    texts = find_edition_texts(source) if texts is None else texts
    new = new or texts.get(source.edition)
    sections = [*Passage.objects.filter(source=source).order_by().values_list("section", flat=True).distinct()]
    alignments: dict[int, EditionAlignment] = {}
    for passage in passages:
        if new is None or passage.edition not in texts:
            yield passage, NOT_COMPARED
            continue
        if passage.edition not in alignments:
            alignments[passage.edition] = EditionAlignment(texts[passage.edition].lines, new.lines, sections)
        yield passage, alignments[passage.edition].place_passage(passage.first_line, passage.last_line)


def build_comparison(
    passage: Passage, placement: Placement, texts: dict[int, Edition], new: Edition | None
) -> Comparison:
    old = texts.get(passage.edition)
    first, last = placement.first_line, placement.last_line
    return Comparison(
        passage,
        placement,
        old.lines[passage.first_line - 1 : passage.last_line] if old else [],
        new.lines[first - 1 : last] if new and first and last else [],
    )
