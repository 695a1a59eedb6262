"""Durations as pages show them: in words that are read as the same duration."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.editorial.diff import format_value
from kb.editorial.snapshot import NaturalKeyResolver
from kb.fields import IsoDurationFormField, parse_written_duration, write_duration
from symptoms.models import SideEffect


@pytest.mark.parametrize(
    ("stored", "words"), [("P28D", "4 weeks"), ("P3D", "3 days"), ("P1DT12H", "36 hours"), ("P7D", "1 week")]
)
def test_forms_and_reviews_show_a_duration_as_people_write_it(stored, words):
    assert IsoDurationFormField().prepare_value(parse_written_duration(stored)) == words
    assert format_value(SideEffect._meta.get_field("onset_max"), stored, NaturalKeyResolver()) == [words]


@given(hours=st.integers(min_value=0, max_value=10**7), seconds=st.sampled_from([0, 0, 90]))
def test_a_shown_duration_is_read_as_the_same(hours, seconds):
    length = timedelta(hours=hours, seconds=seconds)
    assert parse_written_duration(write_duration(length)) == length
