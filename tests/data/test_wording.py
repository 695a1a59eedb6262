"""The shipped statements: none has a field that contradicts its own sentence."""

from kb.editorial.snapshot import serialize_record
from kb.editorial.wording import find_wording_conflicts
from kb.models import Statement, concrete_models


def test_no_shipped_statement_contradicts_its_own_sentence(shipped_data):
    conflicts = {
        statement.slug: found
        for model in concrete_models(Statement)
        for statement in model.objects.public()
        if (found := find_wording_conflicts(serialize_record(statement)))
    }
    assert conflicts == {}
