"""manage.py spectacular: write the OpenAPI document, as openapi.yaml has it, with examples from the loaded data."""

from drf_spectacular.management.commands import spectacular

from kb.openapi.document import DocumentRenderer


class Command(spectacular.Command):
    """The command of drf-spectacular, whose own YAML needs many times as many lines."""

    help = __doc__

    def get_renderer(self, format):
        return DocumentRenderer() if format == "openapi" else super().get_renderer(format)
