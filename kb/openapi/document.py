"""The OpenAPI document as it is served: openapi.yaml, which `make schema` writes and the program brings along."""

import json
from functools import cache

import yaml
from django.conf import settings
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.encoders import JSONEncoder

MAX_INLINE_LENGTH = 1000
UNLIMITED = 10**9  # A text is not broken: it would take more room, and change more lines with a word.
DOCUMENT_FILE = settings.BASE_DIR / "openapi.yaml"


@cache
def read_document(format: str) -> bytes:
    """Return the document as `yaml` (the file itself) or as compact `json`; made once for each process."""
    content = DOCUMENT_FILE.read_bytes()
    if format == "yaml":
        return content
    document = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


class InlineMapping(dict):
    """A mapping that is written in one line, with all that is in it."""


class InlineSequence(list):
    """A list that is written in one line, with all that is in it."""


class DocumentDumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    """Writes YAML without aliases."""

    def ignore_aliases(self, data):
        return True


DocumentDumper.add_representer(
    InlineMapping, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)
)
DocumentDumper.add_representer(
    InlineSequence, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


class DocumentRenderer(BaseRenderer):
    """Renders the OpenAPI document as YAML: examples, and all that fits into a line, without line breaks."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        document = mark_inline(json.loads(json.dumps(data, cls=JSONEncoder)))
        options = {"default_flow_style": False, "sort_keys": False, "allow_unicode": True, "width": UNLIMITED}
        return yaml.dump(document, Dumper=DocumentDumper, **options).encode()


def mark_inline(node, is_example=False):
    """Return a node of the document with each example, and each node that fits into a line, marked to be inline."""
    if not isinstance(node, (dict, list)):
        return node
    if is_example or len(json.dumps(node, ensure_ascii=False)) <= MAX_INLINE_LENGTH:
        return InlineMapping(node) if isinstance(node, dict) else InlineSequence(node)
    if isinstance(node, list):
        return [mark_inline(item) for item in node]
    return {name: mark_inline(value, name in ("example", "examples")) for name, value in node.items()}
