"""Line triage: which lines look as if they say something, and how that is measured without knowing the text."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from kb.editorial.line_triage import LineTriage, measure_triage
from kb.models import Passage
from symptoms.models import SideEffect
from tests.helpers.texts import LEAFLET, keep_leaflet
from treatments.models import Treatment

DRUG = Treatment(pk=1, name="Drug")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("Drug eases it.", True),
        ("- Rest", True),
        ("It can come back within a few days.", True),
        ("Every wall has four corners and a clock.", False),
        ("Learn more about Drug.", False),
        ("Reviewed by somebody who knows Drug", False),
        ("", False),
    ],
)
def test_a_line_says_something_if_it_names_what_is_known_or_claims_something(line, answer):
    assert LineTriage([DRUG]).says_something([line], 1) == answer


def test_a_heading_says_nothing_by_itself():
    assert LineTriage([DRUG]).find_lines(LEAFLET.splitlines()) == {4, 5, 6, 7}


def test_lines_that_nothing_cites_are_marked_unread_on_the_document(login_as, universe):
    source = keep_leaflet()
    Passage.objects.update(first_line=4, last_line=4)
    response = login_as("editor").get(reverse("admin:kb_source_text", args=[source.pk]))
    assert response.context["unread"] == [5, 6, 7]
    assert response.content.decode().count(">unread<") == 3


def test_names_that_only_the_measured_text_mentions_are_not_known_to_the_rule(universe):
    """Nothing but this text mentions any entry, so that only the form of its lines helps: one cited line is missed."""
    source = keep_leaflet("Some words\nDrug and loner: what they are.\nThe clock is round and blue.\n")
    Passage.objects.update(first_line=2, last_line=2)
    [measure] = measure_triage()
    assert (measure.source, measure.hits, measure.missed, measure.recall) == (source, 0, 1, 0.0)
    other = type(source).objects.create(slug="other", title="Other", sha256="2" * 64, lines=1, status="published")
    place = Passage.objects.create(source=other, first_line=1, last_line=1)
    SideEffect.objects.get(slug="loner-bone").citations.add(place)
    [measure] = measure_triage()
    assert (measure.hits, measure.missed, measure.needless, measure.precision) == (1, 0, 0, 1.0)


def test_the_command_says_what_it_measured_or_that_there_is_nothing(universe, capsys):
    with pytest.raises(CommandError, match="No text is kept"):
        call_command("measure_triage")
    keep_leaflet()
    Passage.objects.update(first_line=4, last_line=7)
    call_command("measure_triage")
    assert "all lines together: recall" in capsys.readouterr().out
    Passage.objects.update(first_line=1, last_line=3)
    with pytest.raises(CommandError, match=r"Less than recall 0.86 and precision 0.87"):
        call_command("measure_triage")


def test_the_rule_reaches_what_is_asked_of_it_on_the_documents(shipped_data, sources_dir, capsys):
    call_command("keep_texts", sources=sources_dir)
    call_command("measure_triage")
    assert "all lines together" in capsys.readouterr().out


def test_each_line_of_a_text_asks_only_for_the_lines_after_it():
    class CountingLines(list):
        count = 0

        def __getitem__(self, key):
            found = super().__getitem__(key)
            CountingLines.count += len(found) if isinstance(key, slice) else 1
            return found

    lines = CountingLines(["A line of words", ""] * 500)
    LineTriage([]).find_lines(lines)
    assert CountingLines.count < 10 * len(lines)
