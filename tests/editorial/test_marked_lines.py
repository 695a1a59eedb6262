"""Marked lines: how they are written, which passages they are, and when these are stored."""

from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kb.editorial.editing import EditRequest, create_draft
from kb.editorial.headings import find_section, is_heading
from kb.editorial.marked_lines import (
    MAX_MARKED_LINES,
    PassageMaker,
    format_ranges,
    group_lines,
    parse_ranges,
    read_marked_lines,
)
from kb.models import Passage, Source, Version
from symptoms.models import SideEffect
from tests.helpers.texts import LEAFLET, keep_leaflet

LINES = LEAFLET.splitlines()


@given(st.sets(st.integers(1, MAX_MARKED_LINES * 2), min_size=1))
def test_lines_are_read_as_they_were_written_and_each_run_is_one_range(numbers):
    ranges = group_lines(numbers)
    assert parse_ranges(format_ranges(ranges)) == ranges or any(b - a >= MAX_MARKED_LINES for a, b in ranges)
    assert [number for first, last in ranges for number in range(first, last + 1)] == sorted(numbers)
    assert all(before + 1 < first for (_, before), (first, _) in pairwise(ranges))


@given(st.text(max_size=20))
def test_whatever_is_no_range_is_refused_in_words(text):
    try:
        ranges = parse_ranges(text)
    except ValidationError as error:
        ranges, (message,) = [], error.messages
        assert "lines" in message
    assert all(1 <= first <= last for first, last in ranges)


@pytest.mark.parametrize(
    ("number", "heading"),
    [(1, True), (2, False), (3, True), (4, False), (6, False), (7, False), (9, False)],
)
def test_a_heading_is_a_short_line_above_others_and_no_sentence_or_item(number, heading):
    assert is_heading(LINES, number) == heading


def test_the_section_is_the_nearest_heading_and_one_that_passages_name_counts():
    assert [find_section(LINES, number) for number in (2, 5)] == ["About drug and your bones", "Aches"]
    assert find_section(LINES, 9, {"ask your nurse."}) == "Ask your nurse."
    assert find_section(["one.", "two."], 2) == ""


def test_empty_lines_at_the_edges_are_left_out(universe):
    keep_leaflet()
    marked = read_marked_lines("page:2-5,8-9")
    assert (marked.ranges, str(marked)) == (((3, 5), (9, 9)), "page:3-5,9")
    assert [(p.section, p.first_line, p.last_line, p.pk) for p in marked.passages] == [
        ("Aches", 3, 5, None),
        ("Aches", 9, 9, None),
    ]
    assert [text for _, text in marked.passages[1].cited_lines] == ["Ask your nurse."]


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("page", "Mark the lines first"),
        ("page:8", "empty"),
        ("page:10", "There is no line 10: “Page” has 9 lines"),
        ("page:1-99999", "Mark 60 lines at most"),
        ("none:1", "There is no source “none”"),
        ("page:0", "names no lines"),
    ],
)
def test_lines_that_are_not_there_are_refused(universe, value, error):
    keep_leaflet()
    with pytest.raises(ValidationError, match=error):
        read_marked_lines(value)


def test_a_retired_source_and_one_without_text_have_no_lines_to_mark(universe):
    with pytest.raises(ValidationError, match="No text of “Page” is kept here"):
        read_marked_lines("page:1")
    keep_leaflet()
    Source.objects.update(status="retired")
    with pytest.raises(ValidationError, match="is retired: nothing new"):
        read_marked_lines("page:1")


def test_passages_are_stored_with_the_statement_or_not_at_all(universe, users):
    keep_leaflet()
    passages = read_marked_lines("page:4-5").passages
    counts = Passage.objects.count(), Version.objects.count()
    content = {"slug": "new", "text": "New.", "treatment": "drug", "symptom": "bone-ache"}
    content |= {"citations": [["page", 4, 5]]}

    def write(**values):
        maker = PassageMaker(passages, users["editor"])
        request = EditRequest(users["editor"], "It says so.", resolver=maker)
        return create_draft(SideEffect, content | values, request)

    with pytest.raises(ValidationError):
        write(symptom="no-such-ache")
    assert (Passage.objects.count(), Version.objects.count()) == counts
    place = write().citations.get()
    assert (place.section, Version.objects.for_records(place).get().by) == ("Aches", users["editor"])
    assert write(slug="other", text="Other.", symptom="joint-ache").citations.get() == place
    with pytest.raises(ValidationError, match="There is no passage"):
        write(slug="third", text="Third.", citations=[["page", 1, 1]])
