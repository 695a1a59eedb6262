"""Messages of the Model Context Protocol (JSON-RPC 2.0), each answered by itself: there are no sessions.

Versions until 2025-11-25 begin with a handshake (`initialize`); since 2026-07-28 each request says its version itself.
Source: https://modelcontextprotocol.io/specification/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings

from kb.mcp.tools import TOOLS, call_tool, describe_tool
from kb.search.slug_lookup import build_unknown_value_errors

HANDSHAKE_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATELESS_VERSIONS = ("2026-07-28",)
MAX_MESSAGE_BYTES = 64_000
CATALOGUE_TTL_MS = 3_600_000  # The tools change with the program only.
VERSION_HEADER, METHOD_HEADER, NAME_HEADER = "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"
VERSION_KEY, CAPABILITIES_KEY, SERVER_KEY = (
    f"io.modelcontextprotocol/{name}" for name in ("protocolVersion", "clientCapabilities", "serverInfo")
)
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
INSTRUCTIONS = (
    "What patient-information documents state about cancer, its treatment, bones and joints. Answer from these tools "
    "alone, and cite each statement by its address. Where `answered` is false, say what `absence` says: that these "
    "sources state nothing, which is no proof. Red flags come first, always. This is no medical advice."
)
Message = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """What is sent back for a message: an HTTP status, and the JSON; None after a notification."""

    status: HTTPStatus
    body: dict[str, Any] | None = None


class ProtocolError(Exception):
    """A message that cannot be answered: an error of JSON-RPC, with its code."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message} | ({"data": data} if data else {})

    def build_reply(self, request_id: Any, is_stateless: bool) -> Reply:
        """Return the reply; after a handshake, clients expect the errors of requests with status 200."""
        status = HTTPStatus.BAD_REQUEST
        if self.error["code"] == METHOD_NOT_FOUND:
            status = HTTPStatus.NOT_FOUND
        if request_id is not None and not is_stateless:
            status = HTTPStatus.OK
        return Reply(status, {"jsonrpc": "2.0", "id": request_id, "error": self.error})


def answer_message(body: bytes, headers: Mapping[str, str]) -> Reply:
    """Return the reply to a message, which came with these HTTP headers."""
    request_id, is_stateless = None, True
    try:
        message = parse_message(body)
        if "id" not in message:  # A notification: nothing here depends on any.
            return Reply(HTTPStatus.ACCEPTED)
        request_id = message["id"]
        is_stateless = find_era(message, headers)
        result = answer_request(message, is_stateless)
    except ProtocolError as error:
        return error.build_reply(request_id, is_stateless)
    if is_stateless:
        result |= {"resultType": "complete", "_meta": {SERVER_KEY: describe_server()}}
    return Reply(HTTPStatus.OK, {"jsonrpc": "2.0", "id": request_id, "result": result})


def parse_message(body: bytes) -> dict[str, Any]:
    """Return one request or notification; raise ProtocolError for anything else."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProtocolError(PARSE_ERROR, f"The body is no JSON: {error}") from error
    if not isinstance(message, dict):
        raise ProtocolError(INVALID_REQUEST, "Send one message, as a JSON object: batches are not taken.")
    if message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        raise ProtocolError(INVALID_REQUEST, "A message has “jsonrpc”: “2.0”, and the name of a method.")
    if "id" in message and (isinstance(message["id"], bool) or not isinstance(message["id"], (str, int))):
        raise ProtocolError(INVALID_REQUEST, "The “id” of a request is a string or a whole number.")
    if not isinstance(message.get("params", {}), dict):
        raise ProtocolError(INVALID_REQUEST, "The “params” of a message are an object.")
    return message


def find_era(message: Message, headers: Mapping[str, str]) -> bool:
    """Return whether a request stands by itself; raise ProtocolError if its version is not known or not consistent."""
    requested = headers.get(VERSION_HEADER)
    if message["method"] == "initialize" or requested in (None, *HANDSHAKE_VERSIONS):
        return False
    params = message.get("params", {})
    meta = params.get("_meta")
    if not isinstance(meta, dict) or not {VERSION_KEY, CAPABILITIES_KEY} <= meta.keys():
        if requested not in STATELESS_VERSIONS:
            raise build_version_error(requested)
        raise ProtocolError(INVALID_PARAMS, f"“params._meta” must have “{VERSION_KEY}” and “{CAPABILITIES_KEY}”.")
    expected = {VERSION_HEADER: meta[VERSION_KEY], METHOD_HEADER: message["method"]}
    if message["method"] == "tools/call":
        expected[NAME_HEADER] = params.get("name")
    for header, value in expected.items():
        if headers.get(header) != value:
            raise ProtocolError(HEADER_MISMATCH, f"The header {header} does not say what the body says.")
    if requested not in STATELESS_VERSIONS:
        raise build_version_error(requested)
    return True


def build_version_error(requested: str | None) -> ProtocolError:
    """Return the error of a version that is not spoken here."""
    supported = [*STATELESS_VERSIONS, *HANDSHAKE_VERSIONS]
    data = {"supported": supported, "requested": requested}
    return ProtocolError(UNSUPPORTED_VERSION, f"Version “{requested:.40}” is not spoken here.", data)


def answer_request(message: Message, is_stateless: bool) -> dict[str, Any]:
    """Return the result of a request; raise ProtocolError for a method that there is not."""
    params, method = message.get("params", {}), message["method"]
    if method == "tools/list":
        return {"tools": [describe_tool(tool) for tool in TOOLS.values()], **describe_caching(is_stateless)}
    if method == "tools/call":
        return answer_call(params)
    if method == "ping":
        return {}
    if method == "server/discover" and is_stateless:
        versions = {"supportedVersions": [*STATELESS_VERSIONS, *HANDSHAKE_VERSIONS]}
        return versions | describe_capabilities() | describe_caching(is_stateless)
    if method == "initialize":
        requested = params.get("protocolVersion")
        version = requested if requested in HANDSHAKE_VERSIONS else HANDSHAKE_VERSIONS[-1]
        return {"protocolVersion": version, "serverInfo": describe_server(), **describe_capabilities()}
    raise ProtocolError(METHOD_NOT_FOUND, f"There is no method “{method:.40}” here: there are tools, and nothing else.")


def answer_call(params: Message) -> dict[str, Any]:
    """Return the answer of a tool, as text; raise ProtocolError for a tool that there is not."""
    name, arguments = params.get("name"), params.get("arguments", {})
    if name not in TOOLS:
        (error,) = build_unknown_value_errors(TOOLS, [str(name)[:100]], "There is no tool “{:.40}”")
        raise ProtocolError(INVALID_PARAMS, error.messages[0])
    if not isinstance(arguments, dict):
        raise ProtocolError(INVALID_PARAMS, "The “arguments” of a tool are an object.")
    answer, is_error = call_tool(TOOLS[name], arguments)
    text = answer if isinstance(answer, str) else orjson.dumps(answer).decode()
    return {"content": [{"type": "text", "text": text}], "isError": is_error}


def describe_server() -> dict[str, str]:
    return {"name": "bone-and-joint-pain-in-cancer", "version": settings.VERSION}


def describe_capabilities() -> dict[str, Any]:
    return {"capabilities": {"tools": {}}, "instructions": INSTRUCTIONS}


def describe_caching(is_stateless: bool) -> dict[str, Any]:
    """Return for how long what does not depend on the data may be kept; only newer clients know these members."""
    return {"ttlMs": CATALOGUE_TTL_MS, "cacheScope": "public"} if is_stateless else {}
