"""The parts of an answer, found in its JSON: what each is about, what it says in words, and its statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Node = Mapping[str, Any]

# What the brief form tells apart from the parts.
HEAD_NAMES = {"unknown", "interpreted", "red_flags", "more_red_flags", "serious_harms", "absence", "says", "note"}
# What a symptom is like elsewhere: it stands with an answer, and is none to what was asked.
CONTEXT_NAMES = {"shown_in", "features", "disagreements", "start_also_helps"}
SUBJECT_NAMES = ("treatment", "broader_symptom", "symptom", "row")
MAX_SAYS_LENGTH = 600
MAX_URL_LENGTH = 1_000  # A longer address is not repeated: the request without `shape` is the same.


@dataclass
class Part:
    """A part of an answer."""

    name: str  # The field of the answer that holds it.
    about: str | None = None  # The name of what it is about, where the field holds several.
    says: str | None = None
    link: str | None = None  # Of what is taken: by what it is linked to the symptom at most.
    rows: list[Node] = field(default_factory=list)  # Statements or, in lists of entries, these.
    count: int | None = None  # How many rows there are on all pages, where they come in pages.
    url: str | None = None  # Of what follows the last row.
    answers_question: bool = True
    is_stated: bool = False  # Whether it tells that something is stated, without the statements.

    @property
    def is_answer(self) -> bool:
        """Whether the sources answer in it what was asked."""
        return self.answers_question and (bool(self.rows) or self.is_stated)

    @property
    def is_pair(self) -> bool:
        """Whether its words are about two statements together."""
        return bool(self.says) and not self.link and len(self.rows) == 2

    @property
    def total(self) -> int:
        """How many rows there are, here or on other pages."""
        return max(self.count or 0, len(self.rows), 1 if self.says else 0)

    def describe(self) -> dict[str, Any]:
        """Return the part without its rows, for which it has empty lists."""
        says = self.says and (self.says if len(self.says) <= MAX_SAYS_LENGTH else f"{self.says[:MAX_SAYS_LENGTH]} …")
        head = {"part": self.name, "about": self.about, "says": says, "link": self.link}
        if self.url and len(self.url) <= MAX_URL_LENGTH:
            head |= {"count": self.total, "url": self.url}
        filled = {name: value for name, value in head.items() if value is not None}
        return filled | {"sentences": [], "entries": [], "elsewhere": []}


def is_statement(node: Any) -> bool:
    """Return whether a node of an answer is a statement with the places that say so."""
    return isinstance(node, Mapping) and "slug" in node and "url" in node and bool(node.get("citations"))


def is_envelope(node: Any) -> bool:
    """Return whether a node of an answer is a list in pages."""
    return isinstance(node, Mapping) and "count" in node and isinstance(node.get("results"), Sequence)


def collect_parts(answer: Node, results_name: str = "results") -> list[Part]:
    """Return the parts of an answer in its order; `results_name` is what its list of results is called."""
    if is_statement(answer):
        return [Part("statement", rows=[answer])]
    parts = []
    for name, value in order_fields(answer):
        if name == "results":
            whole = Part(results_name, count=answer.get("count"), url=answer.get("next"))
            found = [*find_parts(value, whole)]
            if len(found) > 1:  # Each row is a part of its own, such as a disagreement; on other pages are more.
                whole.count = len(whole.rows) + max((whole.count or 0) - len(value), 0)
                found = [whole, *(part for part in found if part is not whole)]
            parts += found
        elif is_envelope(value) and "absence" in value:
            parts += collect_parts(value, name)
        else:
            parts += find_parts(value, Part(name, answers_question=name not in CONTEXT_NAMES))
    asked = [part for part in parts if part.answers_question]
    if not any(part.rows or part.says for part in asked):
        for part in parts:
            part.answers_question = True  # The context is all that was asked for.
    return parts


def order_fields(answer: Node) -> list[tuple[str, Any]]:
    """Return the fields of an answer that hold parts: first what two of the things that are taken need together.

    The rows of a list come before what is told beside them, what is no answer to the question itself comes last.
    """
    fields = [(name, value) for name, value in answer.items() if name not in HEAD_NAMES]
    return sorted(fields, key=lambda item: (item[0] != "cautions", item[0] in CONTEXT_NAMES, item[0] != "results"))


def find_parts(node: Any, part: Part) -> Iterator[Part]:
    """Yield a part with the statements in a node of an answer, then each part inside of it."""
    inner: list[Part] = []
    gather(node, part, inner)
    if part.rows or part.says:
        yield part
    yield from inner


def gather(node: Any, part: Part, inner: list[Part]) -> None:
    """Add the rows in a node to a part; what has words or pages of its own becomes a part of its own."""
    if isinstance(node, Mapping):
        if is_statement(node):
            part.rows.append(node)
            return
        if is_row(node):
            inner.append(part := build_row_part(node, part))
        for name, value in node.items():
            if is_envelope(value):
                inner += find_parts(
                    value["results"], Part(name, part.about, count=value["count"], url=value.get("next"))
                )
            elif isinstance(value, Mapping | list):
                gather(value, part, inner)
    elif isinstance(node, list):
        for item in node:
            if is_entry_row(item, part):
                part.rows.append(item)
            else:
                gather(item, part, inner)


def is_entry_row(node: Node, part: Part) -> bool:
    """Return whether a node is an entry of a list of entries."""
    is_named = isinstance(node, Mapping) and {"slug", "url", "name"} <= node.keys()
    return is_named and part.name in ("results", "nearest") and not is_statement(node)


def is_row(node: Node) -> bool:
    """Return whether a node says something in words of its own, or about something of its own; a step does not."""
    return "start" not in node and ("says" in node or "label" in node or "row" in node)


def build_row_part(node: Node, outer: Part) -> Part:
    """Return the part of a node that says something in words of its own, inside of another part."""
    subject = next((node[name] for name in SUBJECT_NAMES if isinstance(node.get(name), Mapping)), None)
    about = node.get("label") or (subject and subject["name"]) or node.get("col")
    names = [name for name in (outer.about, about) if name]
    return Part(
        outer.name,
        about=": ".join(names) or None,
        says=node.get("says"),
        link=node.get("link"),
        is_stated=bool(node.get("statements")),
        answers_question=outer.answers_question,
    )
