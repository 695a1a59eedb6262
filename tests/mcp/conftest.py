"""How messages are sent in the tests of the Model Context Protocol."""

import json

import pytest

from kb.mcp.protocol import CAPABILITIES_KEY, STATELESS_VERSIONS, VERSION_KEY

META = {VERSION_KEY: STATELESS_VERSIONS[-1], CAPABILITIES_KEY: {}}


@pytest.fixture
def send(client):
    """Send a body, as text or as what becomes JSON; return the response."""

    def send(body, **headers):
        body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        names = {name.replace("_", "-"): value for name, value in headers.items() if name != "content_type"}
        content_type = headers.get("content_type", "application/json")
        return client.post("/mcp", body, content_type=content_type, headers=names)

    return send


@pytest.fixture
def ask_stateless(send):
    """Send a request as since 2026-07-28; return the response."""

    def ask(method, meta=None, headers=None, **params):
        names = {"mcp_protocol_version": STATELESS_VERSIONS[-1], "mcp_method": method}
        names |= {"mcp_name": params["name"]} if "name" in params else {}
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": META | (meta or {})}}
        return send(message, **(names | (headers or {})))

    return ask


@pytest.fixture
def ask_legacy(send):
    """Send a request as until 2025-11-25; return the response."""

    def ask(method, **params):
        return send(
            {"jsonrpc": "2.0", "id": "a", "method": method, "params": params}, mcp_protocol_version="2025-11-25"
        )

    return ask


@pytest.fixture
def call(ask_stateless):
    """Call a tool; return its answer, which is JSON, or what is wrong in words."""

    def call(name, **arguments):
        result = ask_stateless("tools/call", name=name, arguments=arguments).json()["result"]
        ((content,), is_error) = result["content"], result["isError"]
        return content["text"] if is_error else json.loads(content["text"])

    return call
