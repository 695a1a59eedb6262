"""The brief form of an answer: its sentences with their places, at most 16 kB of them, red flags first.

It is made of the full answer as JSON, whatever was asked: a question, a list, or one entry or statement. What is left
out is counted, with the address of the rest; red flags are never left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import orjson

from kb.serializers.brief_parts import MAX_URL_LENGTH, Part, collect_parts, is_envelope, is_statement

MAX_BRIEF_BYTES = 16_000  # Of the JSON, in UTF-8.
# What stands before the sentences may take so much of it, so that room for them remains.
MAX_FLAGS_BYTES, MAX_HARMS_BYTES, MAX_READINGS_BYTES, MAX_ABSENCE_BYTES = 7_000, 2_000, 1_200, 1_000
MAX_READING_LENGTH = 200
MAX_FURTHER_CITATIONS = 3
SUBJECT_NAMES = ("symptom", "start", "end")
CARE_NAMES = ("cautions", "own_cautions", "serious_harms")
ANSWERS_OF_TAKEN = ("taking", "options")  # The parts that answer a question about what is taken.
DELAYED_ROUNDS = 2  # What does not answer the question itself comes when that has so many sentences.

Node = Mapping[str, Any]


def build_brief(answer: Node, url: str, max_bytes: int = MAX_BRIEF_BYTES) -> dict[str, Any]:
    """Return the brief form of an answer; `url` is the address of the full one."""
    flags = [node for node in answer.get("red_flags") or () if is_statement(node)]
    harms = [node for node in answer.get("serious_harms") or () if is_statement(node)]
    parts = collect_parts(answer)
    brief: dict[str, Any] = {
        "about": [build_row(subject) for subject in find_subjects(answer)],
        "unknown": fit_items(answer.get("unknown") or (), MAX_READINGS_BYTES, shorten_unknown),
        "interpreted": fit_items(answer.get("interpreted") or (), MAX_READINGS_BYTES, shorten_interpreted),
        "answered": is_answered(answer, parts),
        "says": answer.get("says") if isinstance(answer.get("says"), str) else None,
        "absence": shorten_absence(answer),
        **shorten_flags(flags, answer.get("more_red_flags")),
        "serious_harms": fit_items(harms, MAX_HARMS_BYTES, build_sentence),
        "parts": [],
        "more": None,
        "note": answer.get("note"),
    }
    before = [] if is_statement(answer) else [*brief["red_flags"], *brief["serious_harms"]]
    told = {flag["slug"] for flag in before}
    left_harms = len(harms) - len(brief["serious_harms"]) + count_on_other_pages(answer)
    fill_parts(brief, parts, told, left_harms, url if len(url) <= MAX_URL_LENGTH else None, max_bytes)
    return brief


def fill_parts(brief: dict[str, Any], parts: Sequence[Part], told: set[str], count: int, url: str | None, room: int):
    """Add the parts of an answer, with as many of their sentences as have room, in turns; return nothing.

    `told` are the slugs of the statements before the parts, `count` is how many of these had no room.
    """
    left = count + sum(part.total for part in parts)
    brief["more"] = {"count": left, "url": url}  # As long as it can become.
    room -= measure(brief)
    heads = {index: part.describe() for index, part in enumerate(parts)}
    placed: set[int] = set()
    closed: set[int] = set()

    def place(index: int, name: str | None = None, value: Any = None) -> bool:
        """Add a value to a list of a part, and the part if it is not there yet; return whether there was room."""
        nonlocal room
        cost = 0 if index in placed else measure(heads[index] | {"more": parts[index].total}) + 1
        cost += measure(value) + 1 if name else 0
        if index in closed or cost > room:
            closed.add(index)  # The order of a part stays: nothing follows what has been left out.
            return False
        room -= cost
        placed.add(index)
        if name:
            heads[index][name].append(value)
        return True

    for index, part in enumerate(parts):
        # What is said of a thing that is taken is always told; other words only with a sentence on which they rest.
        if part.says and (part.link or not part.rows) and place(index) and not part.rows:
            left -= 1
    told_of_each = {(part.about, slug) for part in parts for slug in told}
    for index, row in iterate_in_turns(parts):
        key = (parts[index].about, row["slug"])
        if key in told_of_each:
            left -= 1
            if index in placed:
                place(index, "elsewhere", row["slug"])
        elif place(index, "sentences" if is_statement(row) else "entries", build_row(row)):
            told_of_each.add(key)
            left -= 1
    shown = {index: finish_part(heads[index], parts[index]) for index in sorted(placed)}
    for index in [index for index, part in shown.items() if parts[index].is_pair and "more" in part]:
        left += len(shown.pop(index).get("sentences", ()))  # One side of a disagreement alone would mislead.
    brief["parts"] = [*shown.values()]
    brief["more"] = {"count": left, "url": url} if left > 0 else None


def is_answered(answer: Node, parts: Iterable[Part]) -> bool:
    """Return whether the sources answer what was asked: about what is taken, where something is."""
    asks_of_taken = answer.get("taking") or any(each["parameter"] == "taking" for each in answer.get("unknown") or ())
    return any(part.is_answer and (not asks_of_taken or part.name in ANSWERS_OF_TAKEN) for part in parts)


def finish_part(head: dict[str, Any], part: Part) -> dict[str, Any]:
    """Return a part with the lists that are not empty, and how many of its statements it leaves out."""
    lists = {name: head.pop(name) for name in ("sentences", "entries", "elsewhere")}
    more = max(part.count or 0, len(part.rows)) - sum(map(len, lists.values()))
    return head | {name: rows for name, rows in lists.items() if rows} | ({"more": more} if more > 0 else {})


def count_on_other_pages(answer: Node) -> int:
    """Return how many rows an answer that comes in pages has on others: of its parts, and of those of what is taken."""
    left = 0
    for name, count in (answer.get("pages") or {"counts": {}})["counts"].items():
        field, *rest = name.split("/")
        rows = answer.get(field, ())
        if rest and field != "taking":
            continue  # Of the sides of a differential, those that the question names come first.
        if rest:
            rows = [row for each in rows if each.get("treatment", {}).get("slug") == rest[0] for row in each[rest[1]]]
        left += max(count - len(rows), 0)
    return left


def find_subjects(answer: Node) -> list[Node]:
    """Return what an answer is about: the entry that it shows, or those that were asked about."""
    is_entry = {"slug", "name", "url"} <= answer.keys()
    return [answer] if is_entry else [answer[name] for name in SUBJECT_NAMES if isinstance(answer.get(name), Mapping)]


def iterate_in_turns(parts: Sequence[Part]) -> Iterator[tuple[int, Node]]:
    """Yield the rows of all parts with the numbers of the parts: the first of each, then the second of each, …

    Parts about one thing take turns as one, so that many chains are no more than one; so does all that answers in one
    field of the answer without answering the question itself.
    """
    columns: dict[tuple[str, str | None], list[tuple[int, Node] | None]] = {}
    for index, part in enumerate(parts):
        key = (part.name, part.about if part.answers_question else None)
        column = columns.setdefault(key, [None] * (0 if part.answers_question else DELAYED_ROUNDS))
        column += [(index, row) for row in part.rows]
    for turn in zip_longest(*columns.values()):
        yield from filter(None, turn)


def build_row(row: Node) -> dict[str, Any]:
    """Return a statement as a sentence, or an entry as a reference."""
    if is_statement(row):
        return build_sentence(row)
    return {name: row[name] for name in ("kind", "slug", "name", "url") if row.get(name)}


def build_sentence(statement: Node) -> dict[str, Any]:
    """Return a statement in short: its sentence, its place in the sources, and what must not be read without it.

    That are the limits of the statement, the basis on which it answers, and what else there is to know of the same
    treatment: the care that it needs, and what is said the other way.
    """
    first, *others = statement["citations"]
    sentence = {
        "slug": statement["slug"],
        "text": statement.get("text") or statement["name"],
        "source": first["source"]["slug"],
        "lines": format_lines(first),
        "url": statement["url"],
    }
    opposites = statement.get("opposite_roles") or ()
    care = [each for name in CARE_NAMES for each in statement.get(name) or ()]
    further = {
        "also": [f"{c['source']['slug']} {format_lines(c)}" for c in others[:MAX_FURTHER_CITATIONS]],
        **{
            name: statement.get(name)
            for name in ("urgency", "fit", "basis", "given", "limits", "notices", "more_cautions")
        },
        "contested_by": [other["slug"] for other in statement.get("contested_by") or ()],
        "care": [build_sentence(caution) for caution in {caution["slug"]: caution for caution in care}.values()],
        "opposite": [build_sentence(opposite) for opposite in opposites[:1]],
        "more_opposite": len(opposites[1:]),
    }
    return sentence | {name: value for name, value in further.items() if value}


def format_lines(citation: Node) -> str:
    """Return the lines of a citation, such as 14 or 14-16."""
    first, last = citation["first_line"], citation["last_line"]
    return str(first) if last in (None, first) else f"{first}-{last}"


def shorten_flags(flags: Sequence[Node], more: Node | None) -> dict[str, Any]:
    """Return the red flags: each with its sentence or, where they are very many, the last of them in short.

    Where even that is too long, `more_red_flags` counts the rest, with the address of the last of them.
    """
    shown = [build_sentence(flag) for flag in flags]
    for index in reversed(range(len(shown))):
        if measure(shown) <= MAX_FLAGS_BYTES:
            break
        shown[index] = {name: shown[index][name] for name in ("slug", "urgency", "url") if name in shown[index]}
    fitting = fit_items(shown, MAX_FLAGS_BYTES, dict)
    left = len(shown) - len(fitting)
    if left:
        count = left + (more["count"] if more else 0)
        more = {"count": count, "url": shown[len(fitting)]["url"].rsplit("/", 2)[0] + "/"}
    return {"red_flags": fitting, "more_red_flags": more}


def shorten_unknown(reading: Node) -> dict[str, Any]:
    nearest = [build_row(entry) for entry in reading["nearest"][:3]]
    says = {"says": reading["says"]} if len(reading["says"]) <= MAX_READING_LENGTH else {}
    return {"parameter": reading["parameter"], "value": reading["value"][:60], **says, "nearest": nearest}


def shorten_interpreted(reading: Node) -> dict[str, Any]:
    return {"parameter": reading["parameter"], "value": reading["value"][:60], "entry": build_row(reading["entry"])}


def shorten_absence(answer: Node) -> dict[str, Any] | None:
    """Return what an empty answer says, with the nearest that is stated; None where there is an answer."""
    lists = [answer, *(value for value in answer.values() if is_envelope(value))]
    absence = next((each["absence"] for each in lists if each.get("absence")), None)
    if absence is None:
        return None
    nearest = fit_items(
        [each for each in absence["nearest"] if len(each["url"]) <= MAX_URL_LENGTH],
        MAX_ABSENCE_BYTES,
        dict,
    )
    return {**absence, "nearest": nearest}


def fit_items(items: Iterable[Node], max_bytes: int, shorten: Callable[[Node], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first of these items, each in short, as many as have room."""
    fitting: list[dict[str, Any]] = []
    for item in items:
        fitting.append(shorten(item))
        if measure(fitting) > max_bytes:
            return fitting[:-1]
    return fitting


def measure(value: Any) -> int:
    """Return how many bytes the JSON of a value has."""
    return len(orjson.dumps(value))
