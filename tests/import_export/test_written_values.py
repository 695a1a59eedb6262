"""Values as people write them: labels in place of stored words, durations in words."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from kb.editorial.snapshot import write_key
from kb.fields import IsoDurationFormField, parse_written_duration
from kb.import_export.cells import parse_cell, parse_passage_key
from kb.import_export.rows import parse_fixture_key
from kb.models import Passage
from symptoms.models import ManagementOption, SideEffect


@pytest.mark.parametrize(
    ("text", "stored"),
    [("common", "common"), ("Common", "common"), ("VERY COMMON", "very-common"), ("Not stated", "unstated")],
)
def test_a_label_means_its_word(text, stored):
    assert parse_cell(SideEffect._meta.get_field("frequency"), text) == stored


def test_a_label_in_a_list_means_its_word_and_what_is_none_is_refused():
    field = ManagementOption._meta.get_field("severity")
    label = dict(field.enum.choices)["severe"]
    assert parse_cell(field, f"mild\n{label}") == ["mild", "severe"]
    with pytest.raises(ValidationError, match="stands twice"):
        parse_cell(field, f"severe\n{label}")
    with pytest.raises(ValidationError, match="not a word of this list"):
        parse_cell(SideEffect._meta.get_field("frequency"), "Comon")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("4 weeks", timedelta(weeks=4)),
        ("1 week", timedelta(weeks=1)),
        (" 3 Days ", timedelta(days=3)),
        ("12hours", timedelta(hours=12)),
        ("P7D", timedelta(days=7)),
        ("PT12H", timedelta(hours=12)),
    ],
)
def test_a_duration_is_read_in_words_and_in_iso_8601(text, length):
    assert parse_written_duration(text) == length
    assert IsoDurationFormField().clean(text) == length


@pytest.mark.parametrize("text", ["2 months", "a year", "soon", "7", "P", "P1M", "weeks", "-1 week", "999999 weeks"])
def test_a_duration_of_no_fixed_length_is_refused_with_how_to_write_it(text):
    with pytest.raises(ValidationError, match="Write it as 4 weeks"):
        parse_written_duration(text)


def test_a_cell_with_a_duration_in_words_is_stored_in_iso_8601():
    assert parse_cell(SideEffect._meta.get_field("duration_max"), "3 weeks") == "P21D"


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (["page", 5, 5], "page:5"),
        (["page", 5, 7], "page:5-7"),
        (["page", 5, 7, 2], "page:5-7@2"),
        (["a-b", 5, 5, 12], "a-b:5@12"),
    ],
)
def test_a_cited_place_is_written_with_its_edition_and_read_back(key, written):
    assert write_key(key) == written
    assert parse_passage_key(written) == key
    assert parse_fixture_key(Passage, key) == key
