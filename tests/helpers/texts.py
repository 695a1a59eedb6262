"""Texts of sources for tests: written for them, with no sentence of a document."""

import hashlib

from kb.editorial.source_texts import keep_text
from kb.models import Source

LEAFLET = """About drug and your bones

Aches
Drug can cause bone ache and joint ache for 2 weeks.
Very rarely, loner may lead to a wobbly tooth.
- Loner eases bone ache.
- Lonar helps too.

Ask your nurse.
"""


def keep_leaflet(text=LEAFLET):
    """Make a text that of the only source, and keep it; return the source."""
    Source.objects.update(sha256=hashlib.sha256(text.encode()).hexdigest(), lines=len(text.splitlines()))
    source = Source.objects.get()
    keep_text(source, text)
    return source
