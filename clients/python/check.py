"""The five ways to ask, each with its typed answer: a list, a filter, a record, a question, and a mistake."""

import os
from typing import TypeVar

from bone_pain_kb import Client
from bone_pain_kb.api.causes import side_effects_list
from bone_pain_kb.api.entries import treatments_list, treatments_retrieve
from bone_pain_kb.api.questions import explain
from bone_pain_kb.models import Explain, PaginatedSideEffectList, PaginatedTreatmentList, Problem, TreatmentDetail

Answer = TypeVar("Answer")
client = Client(base_url=os.environ.get("KB_URL", "http://localhost:8000"), raise_on_unexpected_status=True)


def require_type(expected: type[Answer], answer: object) -> Answer:
    """Return an answer that is of this type; end the program otherwise."""
    if not isinstance(answer, expected):
        raise SystemExit(f"This should be a {expected.__name__}: {answer}")
    return answer


listed = require_type(PaginatedTreatmentList, treatments_list.sync(client=client, page_size=3, ordering=["name"]))
print("list:", listed.count, "treatments, the first", ", ".join(treatment.name for treatment in listed.results))

common = side_effects_list.sync(client=client, treatment=["letrozole"], frequency=["common"], page_size=200)
filtered = require_type(PaginatedSideEffectList, common)
classes = sorted({side_effect.treatment.slug for side_effect in filtered.results})
print("filter:", filtered.count, "common side effects, said of", *classes)

letrozole = require_type(TreatmentDetail, treatments_retrieve.sync("letrozole", client=client))
print("detail:", " > ".join([*(above.name for above in letrozole.breadcrumbs[0]), letrozole.name]))

answer = require_type(Explain, explain.sync(client=client, symptom="bone-pain", taking=["docetaxel", "paracetamol"]))
for suspect in answer.taking:
    print("question:", f"{suspect.treatment.name}:", suspect.says)

problem = require_type(Problem, side_effects_list.sync(client=client, treatment=["letrozol"]))
for error in problem.errors or []:
    print("error:", problem.status, error.parameter, "is wrong, the nearest is", error.nearest)
