"""Red flags: they come with every response that names one of their signs."""

import pytest


@pytest.mark.parametrize(
    "request_args",
    [
        ("side-effects/", {"symptom": "bone-ache"}),
        ("side-effects/", {"treatment": "drug", "fields": "slug"}),
        ("side-effects/", {"symptom": "bone-ache", "omit": "symptom"}),
        ("side-effects/loner-bone/", {"fields": "text"}),
        ("side-effects/loner-bone/", {"omit": "red_flags,symptom"}),
        ("symptoms/", {"name": "bone-ache"}),
        ("symptoms/pain/", {"fields": "slug"}),
        ("treatments/loner/", {}),
        ("treatments/", {"causes": "bone-ache"}),
        ("guidance/", {"topic": "bone-ache"}),
        ("management-options/", {"symptom": "bone-ache", "effect": "prevents"}),
        ("explain/", {"symptom": "pain", "taking": "balm"}),
        ("paths/", {"from": "loner", "to": "bone-ache"}),
        ("coverage/", {"row": "loner"}),
        ("differential/", {"question": "treatment-or-metastasis"}),
    ],
)
def test_the_red_flags_of_a_symptom_are_in_every_response_that_names_it(extended_universe, get_json, request_args):
    path, params = request_args
    answer = get_json(path, **params)
    (flag,) = answer["red_flags"]
    assert flag["slug"] == "flag"
    assert flag["text"] == "flag."
    if "more_red_flags" not in answer:  # Lists have references.
        assert (flag["action"], len(flag["citations"])) == ("act", 1)


def test_a_response_that_names_no_symptom_has_no_red_flags(extended_universe, get_json):
    for path in ("sources/", "cancers/", "cautions/", "treatments/"):
        assert get_json(path)["red_flags"] == []
