"""The lists of the shipped data as tables: each row has the cells of the JSON record, whatever is asked."""

import pytest

from tests.helpers.lists import get_csv_rows, get_ndjson_records, get_workbook_rows

pytestmark = pytest.mark.usefixtures("shipped_data")


@pytest.mark.parametrize("get_rows", [get_csv_rows, get_workbook_rows])
@pytest.mark.parametrize("asked", [{"taking": "letrozole"}, {"taking": "docetaxel", "having": "bone-metastasis"}])
def test_options_for_somebody_say_in_tables_what_they_may_be_for(api, get_rows, asked):
    records = get_ndjson_records(api, "management-options/", **asked)
    expected = {record["slug"]: describe_effect(record["possible_effect"]) for record in records}
    assert any(expected.values())
    rows = get_rows(api, "management-options/", **asked)
    assert {row["slug"]: row["possible_effect"] for row in rows} == expected


def describe_effect(effect):
    """Return the cell of a possible effect, which is an object without a slug of its own."""
    if effect is None:
        return ""
    names = {"symptom": effect["symptom"]["slug"], "side_effect": effect["side_effect"]["slug"]}
    return "; ".join(
        f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in (effect | names).items()
    )
