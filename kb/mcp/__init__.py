"""The Model Context Protocol: read-only tools by which language models ask the knowledge base."""

from kb.mcp.openapi import build_tools_document
from kb.mcp.protocol import MAX_MESSAGE_BYTES, Reply, answer_message
from kb.mcp.tools import TOOLS

__all__ = ["MAX_MESSAGE_BYTES", "TOOLS", "Reply", "answer_message", "build_tools_document"]
