"""The migration that makes a conversation of the one remark that a change had, and back."""

import pytest

from tests.helpers.remarks import (
    REMARKS,
    ask_about_edition,
    read_changes_of_before,
    read_conversations,
    write_changes_of_before,
)
from tests.helpers.scratch import ScratchDatabases, run_commands, run_function

pytestmark = pytest.mark.slow


@pytest.fixture
def scratch_databases(tmp_path, django_db_blocker):
    databases = ScratchDatabases(tmp_path)
    with django_db_blocker.unblock():
        yield databases
        databases.drop_all()


def test_remarks_are_carried_over_and_back(scratch_databases):
    url = scratch_databases.create()
    run_commands(url, "migrate kb 0014 --verbosity=0", "migrate auth --verbosity=0")
    run_function(url, write_changes_of_before)
    run_commands(url, "migrate kb --verbosity=0")
    assert run_function(url, read_conversations) == {
        state: [["ravi", text, {"name": state}, state in ("returned", "rejected"), True]] if text else []
        for state, text in REMARKS.items()
    }
    run_function(url, ask_about_edition)
    run_commands(url, "migrate kb 0014 --verbosity=0")
    assert run_function(url, read_changes_of_before) == REMARKS
    run_commands(url, "migrate kb --verbosity=0")
    assert len(run_function(url, read_conversations)["returned"]) == 1
