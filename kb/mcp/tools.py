"""The tools for language models: questions of the API, asked within the process, and answered in brief."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from kb.api.exceptions import API_V1_PREFIX
from kb.api.internal_client import get_internally
from kb.models import Entry, Statement, concrete_models, resource_name
from kb.reasoning.absence import describe_absence
from kb.search.entry_resolution import name_with_kind, resolve_entries
from kb.search.slug_lookup import build_unknown_value_errors
from kb.serializers import build_brief
from kb.utils.locks import read_snapshot

MAX_ANSWER_BYTES = 11_000  # Of an answer as JSON: fewer than 4,000 tokens.
MAX_VALUES, MAX_LENGTH = 20, 200
READ_NAMES = ("symptom", "unknown", "interpreted")  # How the arguments were read.
RED_FLAGS_PATH, STATEMENT_PATH = "red-flags/", "{kind}/{slug}/"
COPIED = ("corrections", "missing_words")  # How the words of a search were read, beside its brief form.
SHOWN_EMPTY = ("answered", "red_flags")
SLUG = re.compile(r"[-\w]{1,200}", re.ASCII)
ANY_NAME = "by its name, a synonym, a brand name or a code"


@dataclass(frozen=True)
class Argument:
    """An argument of a tool: a parameter of the API, with the description that a language model reads."""

    description: str
    is_list: bool = False
    is_required: bool = False

    def build_schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        value = {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}
        if not self.is_list:
            return value | {"description": self.description}
        return {"type": "array", "items": value, "maxItems": MAX_VALUES, "description": self.description}

    def find_error(self, value: Any) -> str | None:
        """Return what is wrong with a value; None if nothing is."""
        values = value if self.is_list else [value]
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            return "it must be a list of strings." if self.is_list else "it must be a string."
        if len(values) > MAX_VALUES:
            return f"{MAX_VALUES} values are the most, not {len(values)}."
        if any(not each.strip() or len(each) > MAX_LENGTH for each in values):
            return f"each value must have between 1 and {MAX_LENGTH} characters."
        return None


@dataclass(frozen=True)
class Tool:
    """A question that a language model can ask: an address of the API, with arguments in place of its parameters.

    `path` is below /api/v1/, with places for arguments, such as `{kind}/{slug}/`. `locate`, if there is one, returns
    another path for some arguments; it raises UnknownValue for one that means nothing. Of the answer, the members in
    `answer_fields` count; all, if there are none.
    """

    name: str
    title: str
    description: str
    path: str
    arguments: Mapping[str, Argument]
    locate: Callable[[Mapping[str, Any]], str] | None = None
    answer_fields: tuple[str, ...] = ()

    def build_request(self, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the path and the parameters of the request that answers the question."""
        if self.locate:
            return f"{API_V1_PREFIX}{self.locate(values)}", {}
        return f"{API_V1_PREFIX}{self.path}", dict(values)

    def find_errors(self, values: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with the values of its arguments, in words."""
        unknown = [name[:MAX_LENGTH] for name in values if name not in self.arguments]
        found = build_unknown_value_errors(self.arguments, unknown, "There is no argument “{:.40}”")
        errors = [message for error in found for message in error.messages]
        for name, argument in self.arguments.items():
            if argument.is_required and name not in values:
                errors.append(f"“{name}” is missing: {argument.description}")
            elif error := argument.find_error(values[name]) if name in values else None:
                errors.append(f"“{name}”: {error}")
        return errors


class UnknownValue(Exception):
    """An argument that means nothing here, with the nearest that does."""

    def __init__(self, says: str, nearest: Sequence[str]) -> None:
        super().__init__(says)
        self.nearest = nearest


def locate_red_flags(values: Mapping[str, Any]) -> str:
    """Return the path of the entry that red flags are about, by any of its names; without one, that of all flags."""
    if "about" not in values:
        return RED_FLAGS_PATH
    (resolution,) = resolve_entries([*concrete_models(Entry)], [values["about"].strip()], "about")
    if resolution.entry is None:
        raise UnknownValue(resolution.says, [name_with_kind(entry) for entry in resolution.nearest])
    return f"{name_with_kind(resolution.entry)}/"


def locate_statement(values: Mapping[str, Any]) -> str:
    """Return the path of a statement, by its kind and slug."""
    kinds = sorted(resource_name(model) for model in concrete_models(Statement))
    kind, slug = values["kind"].strip(), values["slug"].strip()
    if kind not in kinds:
        (error,) = build_unknown_value_errors(kinds, [kind], "“{:.40}” is no kind of statement")
        raise UnknownValue(error.messages[0], [error.params["nearest"]] if error.params["nearest"] else [])
    if not SLUG.fullmatch(slug):
        raise UnknownValue(f"“{slug:.40}” is no slug.", [])
    return STATEMENT_PATH.format(kind=kind, slug=slug)


SYMPTOM = Argument(f"The symptom, {ANY_NAME}: joint pain.", is_required=True)
TAKING = Argument(f"What is taken, each {ANY_NAME}, with or without its strength: Femara 2.5 mg.", is_list=True)
HAVING = Argument("The cancers and conditions that there are: breast cancer, bone metastasis.", is_list=True)
TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "find",
            "Find entries and statements",
            "Find treatments, symptoms, cancers, tests and statements by words, best first. Use it when you do not "
            "know what something is called here; for a question, use the tool that asks it.",
            "search/",
            {"q": Argument("A few words: bone pain after injection.", is_required=True)},
        ),
        Tool(
            "could_it_come_from",
            "Could it come from what is taken?",
            "For each treatment that is taken: whether the sources say that it can bring the symptom on, on what "
            "basis, and through which class or chain; with the red flags of the symptom.",
            "explain/",
            {"symptom": SYMPTOM, "taking": TAKING, "having": HAVING},
        ),
        Tool(
            "what_helps",
            "What helps, for this person?",
            "What the sources say helps with a symptom, what is stated for this very case first, with the care that "
            "each needs; with the red flags of the symptom.",
            "ask/",
            {"symptom": SYMPTOM, "taking": TAKING, "having": HAVING},
            answer_fields=(*READ_NAMES, "red_flags", "more_red_flags", "serious_harms", "options", "note"),
        ),
        Tool(
            "red_flags",
            "Red flags: when to act at once",
            "The signs that call for action, the most urgent first; of one symptom, cancer or treatment, or all.",
            RED_FLAGS_PATH,
            {"about": Argument(f"The symptom, cancer or treatment, {ANY_NAME}; without it, all.")},
            locate_red_flags,
            ("slug", "name", "url", "count", "results", "red_flags", "more_red_flags"),
        ),
        Tool(
            "statement",
            "One statement, with its source",
            "A statement by the slug that another tool gave: its sentence, its source and lines, what it holds for, "
            "and what contradicts it.",
            STATEMENT_PATH,
            {
                "kind": Argument(
                    "The kind that its address names: side-effects, in …/side-effects/…", is_required=True
                ),
                "slug": Argument("Its slug.", is_required=True),
            },
            locate_statement,
        ),
        Tool(
            "coverage",
            "How much do the sources say?",
            "How many statements of how many sources speak of a treatment and a symptom together. None is no proof "
            "that there is no effect.",
            "coverage/",
            {
                "row": Argument(f"The treatment, {ANY_NAME}.", is_required=True),
                "col": Argument(f"The symptom, {ANY_NAME}.", is_required=True),
            },
        ),
    )
}


def describe_tool(tool: Tool) -> dict[str, Any]:
    """Return a tool as the protocol lists it."""
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": {
            "type": "object",
            "properties": {name: argument.build_schema() for name, argument in tool.arguments.items()},
            "required": [name for name, argument in tool.arguments.items() if argument.is_required],
            "additionalProperties": False,
        },
        "annotations": {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False},
    }


def call_tool(tool: Tool, values: Mapping[str, Any]) -> tuple[dict[str, Any] | str, bool]:
    """Return the brief answer of a tool, or in words what is wrong with the values; and whether that is so."""
    if errors := tool.find_errors(values):
        return " ".join(errors), True
    with read_snapshot():
        try:
            path, params = tool.build_request(values)
        except UnknownValue as error:
            return build_refusal(str(error), error.nearest), False
        response = get_internally(path, **params)
        answer = json.loads(response.content)
        if response.status_code != HTTPStatus.OK:
            nearest = [error["nearest"] for error in answer.get("errors", ()) if error.get("nearest")]
            return build_refusal(answer["detail"], nearest), False
        url = f"{path}?{urlencode(params, doseq=True)}" if params else path
        return shorten_answer(tool, answer, url), False


def shorten_answer(tool: Tool, answer: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return the brief form of an answer, which says whether it answers and, where it does not, what that means."""
    fields = {name: value for name, value in answer.items() if not tool.answer_fields or name in tool.answer_fields}
    brief = build_brief(fields, url, MAX_ANSWER_BYTES)
    is_answer = brief["answered"] or bool(tool.locate is locate_red_flags and brief["red_flags"])
    brief["answered"] = is_answer and answer.get("all_words_found", True)
    if not brief["answered"] and not brief["absence"]:
        absence = describe_absence()
        brief["absence"] = {"says": absence.says, "sources_read": absence.sources_read}
    brief |= {name: answer[name] for name in COPIED if name in answer}
    return {name: value for name, value in brief.items() if value not in (None, [], {}) or name in SHOWN_EMPTY}


def build_refusal(says: str, nearest: Sequence[str]) -> dict[str, Any]:
    """Return the answer about something that is not known: in words, with the nearest that is."""
    return {"answered": False, "says": says, "nearest": [*nearest]}
