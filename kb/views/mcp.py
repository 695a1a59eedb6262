"""The view of the Model Context Protocol: one address, to which messages are sent."""

from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.exceptions import NotFound, PermissionDenied, UnsupportedMediaType
from rest_framework.views import APIView

from kb.api.exceptions import RequestTooLarge
from kb.dataset.metadata import build_root_contents
from kb.mcp import MAX_MESSAGE_BYTES, answer_message, build_tools_document

JSON_TYPE = "application/json"


class McpView(APIView):
    """Answers messages of the Model Context Protocol, each by itself: no session, no stream."""

    schema = None  # OpenAPI does not describe this protocol.

    def post(self, request):
        """Answer one message; raise an exception for a request that holds none."""
        if not settings.MCP:
            raise NotFound("The Model Context Protocol is switched off here.")
        origin = request.headers.get("Origin")
        if origin and urlsplit(origin).netloc != request.get_host():
            raise PermissionDenied("Pages of other origins may not send messages here.")  # Against DNS rebinding.
        if request.content_type.partition(";")[0].strip().lower() != JSON_TYPE:
            raise UnsupportedMediaType(request.content_type, f"Send the message as {JSON_TYPE}.")
        body = request.body
        if len(body) > MAX_MESSAGE_BYTES:
            raise RequestTooLarge(f"A message has {MAX_MESSAGE_BYTES} bytes at most.")
        reply = answer_message(body, request.headers)
        return HttpResponse(
            content=b"" if reply.body is None else orjson.dumps(reply.body), status=reply.status, content_type=JSON_TYPE
        )


@require_safe
def llms_txt(request):
    """Show language models the way in: a page of Markdown with few links, as llms.txt is."""
    contents = build_root_contents(request) | {"base": get_base_url(request)}
    return render(request, "kb/llms.txt", contents, content_type="text/markdown; charset=utf-8")


@require_safe
def openapi_tools(request):
    """Show the tools as an OpenAPI document of their own, small enough for a language model."""
    return JsonResponse(build_tools_document(get_base_url(request)), json_dumps_params={"ensure_ascii": False})


def get_base_url(request):
    return request.build_absolute_uri("/").rstrip("/")
