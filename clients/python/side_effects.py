"""A table of what the sources state that letrozole brings on, of itself and through the classes it belongs to."""

import os

from bone_pain_kb import Client
from bone_pain_kb.api.causes import side_effects_list
from bone_pain_kb.models import PaginatedSideEffectList

client = Client(base_url=os.environ.get("KB_URL", "http://localhost:8000"))
page = side_effects_list.sync(client=client, treatment=["letrozole"], page_size=200)
if not isinstance(page, PaginatedSideEffectList):
    raise SystemExit(f"No answer: {page}")

print(f"{'symptom':19}{'effect':8}{'frequency':11}{'basis':11}{'said of':22}{'population':28}where")
for side_effect in page.results:
    where = ", ".join(f"{passage.source.slug}:{passage.first_line}" for passage in side_effect.citations)
    print(
        f"{side_effect.symptom.name:19}{side_effect.effect:8}{side_effect.frequency:11}{side_effect.basis:11}"
        f"{side_effect.treatment.name:22}{side_effect.population:28}{where}"
    )
for flag in page.red_flags:
    print(f"! {flag.text}")
