"""JSON: byte for byte what Django REST framework writes."""

from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.functional import lazystr
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import renderers

from kb.choices import Certainty
from kb.renderers.json import JSONRenderer

PLAIN_VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
VALUES = st.recursive(PLAIN_VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def render_both(data, media_type="application/json"):
    return [renderer().render(data, media_type, {}) for renderer in (JSONRenderer, renderers.JSONRenderer)]


@given(VALUES)
def test_any_value_is_written_alike(value):
    fast, plain = render_both(value)
    assert fast == plain


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"a": None},
        "line\u2028separator\u2029",
        "é “bone” \x7f \x00 \\ / </script>",
        [1.0, 0.1, 1e16, -2.5],
        datetime(2026, 11, 29, 12, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 11, 29, 12, 0),
        date(2026, 11, 29),
        time(12, 30),
        timedelta(days=21),
        Decimal("1.50"),
        UUID(int=7),
        lazystr("later"),
        Certainty.POSSIBLE,
        OrderedDict(b=(1, 2), a={"nested": [lazystr("x")]}),
    ],
)
def test_what_answers_hold_is_written_alike(value):
    fast, plain = render_both(value)
    assert fast == plain


def test_json_is_indented_where_that_is_asked_for():
    fast, plain = render_both({"a": [1, 2]}, "application/json; indent=2")
    assert fast == plain
    assert fast.count(b"\n") == 5
