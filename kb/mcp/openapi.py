"""The tools as an OpenAPI document of their own: the same operations, for clients that do not speak the protocol."""

from typing import Any

from django.conf import settings

from kb.api.exceptions import API_V1_PREFIX
from kb.mcp.tools import TOOLS, Tool


def build_tools_document(base_url: str) -> dict[str, Any]:
    """Return the document, with the address of the service."""
    return {
        "openapi": "3.1.1",
        "info": {"title": "Bone and joint pain in cancer: tools", "version": settings.VERSION},
        "servers": [{"url": base_url}],
        "paths": {f"{API_V1_PREFIX}{tool.path}": {"get": describe_operation(tool)} for tool in TOOLS.values()},
    }


def describe_operation(tool: Tool) -> dict[str, Any]:
    """Return the operation of a tool; its answer is the brief form, which the parameter `shape` asks for."""
    parameters = [
        {
            "name": name,
            "in": "path" if f"{{{name}}}" in tool.path else "query",
            "required": argument.is_required,
            "description": argument.description,
            "schema": {key: value for key, value in argument.build_schema().items() if key != "description"},
        }
        for name, argument in tool.arguments.items()
    ]
    shape = {"name": "shape", "in": "query", "required": True, "schema": {"type": "string", "const": "brief"}}
    answer = {"application/json": {"schema": {"type": "object"}}}
    problem = {"application/problem+json": {"schema": {"type": "object"}}}
    return {
        "operationId": tool.name,
        "summary": tool.title,
        "description": tool.description,
        "parameters": [*parameters, shape],
        "responses": {
            "200": {"description": "Sentences, each with its source and lines; red flags first.", "content": answer},
            "default": {"description": "What was wrong, and what would be right.", "content": problem},
        },
    }
