"""Ask 60 questions by the official client of the Model Context Protocol, in its present and its older handshake."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from mcp.client.client import Client

URL = os.environ.get("KB_URL", "http://localhost:8000") + "/mcp"
QUESTIONS = json.loads(Path(__file__).with_name("questions.json").read_text())
ERAS = {"auto": "2026-07-28", "legacy": "2025-11-25"}
MAX_CATALOGUE_BYTES, MAX_ANSWER_BYTES = 22_000, 12_000  # An answer of so many bytes has fewer than 4,000 tokens.


def find_citations(node: Any) -> dict[str, dict[str, Any]]:
    """Return every sentence in an answer, at any depth, by its slug."""
    if isinstance(node, list):
        return {slug: sentence for item in node for slug, sentence in find_citations(item).items()}
    if not isinstance(node, dict):
        return {}
    own = {node["slug"]: node} if {"slug", "source", "lines", "url"} <= node.keys() else {}
    return own | {slug: sentence for item in node.values() for slug, sentence in find_citations(item).items()}


def require(holds: object, *told: object) -> None:
    """End the program, and print what there is to tell, unless something holds."""
    if not holds:
        raise SystemExit(" ".join(map(str, ("Not so:", *told))))


async def ask(client: Client, tool: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the answer of a tool, and how many bytes it has; end the program if it has none."""
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text
    if result.is_error:
        raise SystemExit(f"{tool} {arguments}: {text}")
    return json.loads(text), len(text.encode())


async def check(mode: str) -> str:
    """Ask everything in one era of the protocol; return what there is to say, or end the program."""
    async with Client(URL, mode=mode) as client:
        catalogue = await client.list_tools()
        listed = json.dumps(
            [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in catalogue.tools]
        )
        require(len(catalogue.tools) <= 6, len(catalogue.tools))
        require(len(listed) < MAX_CATALOGUE_BYTES, len(listed))
        sizes = []
        for tool, arguments, slug in QUESTIONS["answerable"]:
            answer, size = await ask(client, tool, arguments)
            sizes.append(size)
            require(answer["answered"], (tool, arguments))
            require(slug in find_citations(answer), (tool, arguments, slug, sorted(find_citations(answer))))
        for tool, arguments in QUESTIONS["unanswerable"]:
            answer, size = await ask(client, tool, arguments)
            sizes.append(size)
            require(not answer["answered"], (tool, arguments, answer))
            require(answer.get("says") or answer["absence"]["says"], (tool, arguments))
        require(max(sizes) <= MAX_ANSWER_BYTES, max(sizes))
    asked = {name: len(questions) for name, questions in QUESTIONS.items()}
    return (
        f"mcp {ERAS[mode]}: {asked['answerable']} answered with the statement, {asked['unanswerable']} refused; "
        f"tools {len(listed)} bytes, the longest answer {max(sizes)}"
    )


for mode in ERAS:
    print(asyncio.run(check(mode)))
