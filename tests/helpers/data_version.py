"""Compares the data version that writes bring in step with a count of all records."""

import pytest
from django.db import connection

from kb.dataset.tallies import find_disagreements, read_tallies


def assert_data_version_is_in_step():
    """Assert that what is stored of each model that was written is what a count of all its records comes to."""
    stored = read_tallies()
    disagreements = {model.__name__: stale for model, stale in find_disagreements().items() if model in stored}
    assert not disagreements, f"Something was written that the data version does not know of: {disagreements}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """After each test of a folder whose conftest imports this: whatever it wrote, the data version is in step."""
    result = yield
    uses_database = item.get_closest_marker("django_db") or {"db", "transactional_db"} & {*item.fixturenames}
    if uses_database and not connection.needs_rollback:
        assert_data_version_is_in_step()
    return result
