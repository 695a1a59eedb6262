"""Messages of the Model Context Protocol: both handshakes, every error of a message, and what is refused over HTTP."""

import pytest

from kb.mcp import MAX_MESSAGE_BYTES, TOOLS
from kb.mcp.protocol import HANDSHAKE_VERSIONS, SERVER_KEY, STATELESS_VERSIONS, VERSION_KEY
from tests.mcp.conftest import META

pytestmark = pytest.mark.django_db
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def test_the_handshake_settles_a_version_that_both_speak(ask_legacy):
    for requested, settled in [*zip(HANDSHAKE_VERSIONS, HANDSHAKE_VERSIONS, strict=True), ("1999-01-01", "2025-11-25")]:
        result = ask_legacy("initialize", protocolVersion=requested, capabilities={}).json()["result"]
        assert result["protocolVersion"] == settled
        assert result["capabilities"] == {"tools": {}}
        assert result["serverInfo"]["version"]
        assert "no medical advice" in result["instructions"]


def test_a_newer_client_discovers_the_service_without_a_handshake(ask_stateless):
    result = ask_stateless("server/discover").json()["result"]
    assert result["supportedVersions"] == [*STATELESS_VERSIONS, *HANDSHAKE_VERSIONS]
    assert result["resultType"] == "complete"
    assert result["_meta"][SERVER_KEY]["name"]


def test_both_eras_list_the_same_tools(ask_stateless, ask_legacy):
    newer, older = ask_stateless("tools/list").json(), ask_legacy("tools/list").json()
    assert newer["result"]["tools"] == older["result"]["tools"]
    assert [tool["name"] for tool in newer["result"]["tools"]] == [*TOOLS]
    assert (newer["id"], older["id"]) == (1, "a")
    assert newer["result"]["cacheScope"] == "public"
    assert "resultType" not in older["result"]


def test_a_notification_is_taken_and_not_answered(send):
    response = send({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (response.status_code, response.content) == (202, b"")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (" ", -32700),
        ("{", -32700),
        (b"\xff\xfe", -32700),
        ("[" * 5_000, -32700),
        ("[]", -32600),
        ([PING], -32600),
        ("1", -32600),
        ({"id": 1, "method": "ping"}, -32600),
        (PING | {"jsonrpc": "1.0"}, -32600),
        (PING | {"method": 7}, -32600),
        (PING | {"id": None}, -32600),
        (PING | {"id": True}, -32600),
        (PING | {"id": {}}, -32600),
        (PING | {"params": [1]}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, -32600),
    ],
)
def test_what_is_no_message_is_refused(send, body, code):
    response = send(body)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == code
    assert response.json()["id"] is None


def test_an_unknown_method_is_refused_as_each_era_expects(ask_stateless, ask_legacy):
    for response, status in [(ask_stateless("prompts/list"), 404), (ask_legacy("prompts/list"), 200)]:
        assert (response.status_code, response.json()["error"]["code"]) == (status, -32601)


def test_an_unknown_tool_is_refused_with_the_nearest(ask_stateless):
    response = ask_stateless("tools/call", name="what_help")
    assert (response.status_code, response.json()["error"]["code"]) == (400, -32602)
    assert "“what_helps”" in response.json()["error"]["message"]
    assert ask_stateless("tools/call", name="find", arguments=[]).json()["error"]["code"] == -32602


def test_a_request_that_contradicts_its_headers_is_refused(ask_stateless):
    for headers in ({"mcp_method": "ping"}, {"mcp_name": "find"}):
        response = ask_stateless("tools/call", headers=headers, name="red_flags")
        assert (response.status_code, response.json()["error"]["code"]) == (400, -32020)
    response = ask_stateless("tools/list", meta={VERSION_KEY: "2025-11-25"})
    assert response.json()["error"]["code"] == -32020


def test_a_version_that_is_not_spoken_is_refused_with_those_that_are(ask_stateless, send):
    response = ask_stateless("ping", meta={VERSION_KEY: "2030-01-01"}, headers={"mcp_protocol_version": "2030-01-01"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, -32022)
    assert response.json()["error"]["data"] == {
        "supported": [*STATELESS_VERSIONS, *HANDSHAKE_VERSIONS],
        "requested": "2030-01-01",
    }
    assert send(PING, mcp_protocol_version="2030-01-01").json()["error"]["code"] == -32022


def test_a_stateless_request_has_to_say_what_it_is(send):
    response = send(PING, mcp_protocol_version=STATELESS_VERSIONS[-1], mcp_method="ping")
    assert (response.status_code, response.json()["error"]["code"]) == (400, -32602)
    for key in META:
        assert key in response.json()["error"]["message"]


def test_a_request_that_holds_no_message_is_a_problem(client, send):
    refused = {
        405: client.get("/mcp"),
        406: send(PING, accept="text/event-stream"),
        413: send(" " * (MAX_MESSAGE_BYTES + 1)),
        415: send(PING, content_type="text/plain"),
        403: send(PING, origin="https://example.org"),
        400: send(PING, host="example.org"),
    }
    assert {status: response.status_code for status, response in refused.items()} == {
        status: status for status in refused
    }
    for response in (refused[403], refused[406], refused[413], refused[415]):
        assert response["Content-Type"] == "application/problem+json"
    assert send(PING, origin="http://testserver").json()["result"] == {}


def test_it_can_be_switched_off(send, settings):
    assert send(PING).status_code == 200
    settings.MCP = False
    assert send(PING).status_code == 404


def test_messages_count_against_the_limit_of_requests(send, settings):
    settings.READS_PER_MINUTE = 600
    first, second = send(PING), send(PING)
    remaining = [int(response["RateLimit"].split("r=")[1].split(";")[0]) for response in (first, second)]
    assert remaining[1] == remaining[0] - 1
