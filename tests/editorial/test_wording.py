"""Wording: fields that contradict their sentence, on their own and at the form."""

import pytest

from kb.editorial.wording import find_frequency_words, find_wording_conflicts
from kb.models import Change
from symptoms.models import SideEffect
from tests.helpers.admin import build_admin_url, read_form_data


@pytest.mark.parametrize(
    ("text", "frequencies"),
    [
        ("Aches are very common.", ["very-common"]),
        ("Aches are common.", ["common"]),
        ("Pain is the commonest sign.", ["most-common"]),
        ("Very rarely, the jaw dies off; often it heals.", ["very-rare", "often"]),
        ("An uncommon ache.", ["rare"]),
        ("It can ache.", []),
    ],
)
def test_a_sentence_speaks_of_the_most_particular_frequency_only(text, frequencies):
    assert [*find_frequency_words(text)] == frequencies


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ({"text": "Aches are common.", "frequency": "very-common"}, ["frequency"]),
        ({"text": "Aches are common.", "frequency": "common"}, []),
        ({"text": "Aches are common.", "frequency": "unstated"}, []),
        ({"text": "It can ache.", "frequency": "common"}, []),
        ({"text": "It may ache.", "certainty": "definite"}, ["certainty"]),
        ({"text": "It may ache.", "certainty": "possible"}, []),
        ({"text": None, "certainty": "definite"}, []),
        ({"name": "Ache"}, []),
    ],
)
def test_only_what_both_say_can_contradict(content, fields):
    assert [*find_wording_conflicts(content)] == fields


def test_a_contradiction_is_told_before_saving_and_saved_only_when_it_is_sent_again(login_as, statement):
    client, url = login_as("editor"), build_admin_url(SideEffect, "change", statement.pk)
    form_data = read_form_data(client, url)
    form_data |= {"text": "Aches are common.", "frequency": "rare", "why": "The page says so.", "_send": "1"}
    response = client.post(url, form_data)
    assert "Change one of them, or save again to keep both" in response.content.decode()
    assert not Change.objects.exists()
    weighed = response.context["adminform"].form.data["weighed"]
    assert client.post(url, form_data | {"weighed": weighed}).status_code == 302
    assert Change.objects.get().content["frequency"] == "rare"


def test_new_is_no_reason(login_as, statement):
    client, url = login_as("editor"), build_admin_url(SideEffect, "change", statement.pk)
    form_data = read_form_data(client, url) | {"onset": "at once", "why": "New.", "_save": "1"}
    assert "is no reason" in client.post(url, form_data).content.decode()
    assert "New." not in client.get(build_admin_url(SideEffect, "add")).content.decode()
