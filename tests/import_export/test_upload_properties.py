"""Any table, workbook, YAML file or fixture is taken or refused with its place; nothing of a refused one is stored."""

import csv
import io
import json
from importlib import import_module

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st

from kb.import_export import UnreadableFile, read_rows, uploaded_files
from kb.import_export.fixtures import load_fixtures
from kb.models import Change, Passage, Source, Version, record_models
from kb.models.registry import versioned_models_by_label
from kb.utils.uploads.program import READERS
from symptoms.models import SideEffect, Symptom
from tests.helpers.hostile_files import row, sheet, workbook
from tests.helpers.imports import import_file as import_file

WORDS = """
    pain class page page:1-2 page:0-99999999999 published 2026-01-01 9999-12-31 0001-01-01 P7D P9999999999D -1 NaN
    1e309 =1+1 '=1 bоne donâ€™t ﬁn atc:L02BG04 TRUE null [] {}
""".split()
WORDS += ["4 weeks", "9" * 40, " | ", "x\ny", "\ufeffx", "bo\u200bne", "\ud7ff", "\U0010ffff", "\u202ex"]
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
MODELS = st.sampled_from([Symptom, SideEffect, Source, Passage])
NAMES = """
    slug name summary synonyms codes parents status replaced_by reviewed_on review_due treatment symptom effect
    citations frequency duration_max text severity updated_at source first_line last_line edition section title sha256 x
""".split()
COLUMNS = st.sampled_from([*NAMES, "", "Slug "])
TABLES = st.lists(COLUMNS, min_size=1, max_size=7).flatmap(
    lambda names: st.lists(st.lists(TEXTS, min_size=1, max_size=len(names) + 1), min_size=1, max_size=4).map(
        lambda rows: [names, *rows]
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXTS, values, max_size=2),
    max_leaves=5,
)
LABELS = st.sampled_from([*versioned_models_by_label(), "kb.nonsense", "auth.user", ""])
RECORDS = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {"model": LABELS | VALUES, "fields": st.dictionaries(COLUMNS, VALUES, max_size=6) | VALUES},
        optional={"pk": VALUES},
    ),
)
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Workbook contains no default style")]


@pytest.fixture(autouse=True)
def read_in_this_process(monkeypatch):
    """Read without a process for each file; `test_hostile_files` has the readers in theirs."""
    monkeypatch.setattr(
        uploaded_files, "read_isolated", lambda kind, content: import_module(READERS[kind]).read(content)
    )


def count_everything():
    """Return how many records, versions and changes there are."""
    return {model: model.objects.count() for model in [*record_models(), Passage, Version, Change]}


def assert_taken_or_refused(import_file, name, data, model=None):
    """Import a file: what is refused has its place in words, and nothing of it is stored."""
    before = count_everything()
    with transaction.atomic():
        try:
            result = import_file(data, model, name)
        except ValidationError as error:
            result = error
        if isinstance(result, ValidationError):
            assert all(result.messages)
            assert count_everything() == before
            return
        for outcome in result.invalid_outcomes:
            assert outcome.at.startswith(("row ", "line "))
            assert outcome.errors
            for messages in outcome.errors.values():
                assert messages
                assert all(isinstance(message, str) and message.strip() for message in messages)
                assert not any(word in str(messages) for word in ("Traceback", "object at 0x", "IntegrityError"))
        if result.invalid_outcomes:
            assert not result.is_imported
            assert count_everything() == before
        assert SideEffect.objects.public().filter(slug="class-bone").exists()
        transaction.set_rollback(True)


@given(model=MODELS, table=TABLES)
def test_any_csv_is_taken_or_refused_with_row_and_column(universe, import_file, model, table):
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    assert_taken_or_refused(import_file, "x.csv", out.getvalue().encode(), model)


@given(model=MODELS, data=st.binary(max_size=200) | TEXTS.map(str.encode))
def test_any_bytes_are_taken_or_refused(universe, import_file, model, data):
    for name in ("x.csv", "x.xlsx", "x.yaml"):
        assert_taken_or_refused(import_file, name, data, model)


@given(model=MODELS, table=TABLES)
def test_any_workbook_is_taken_or_refused_with_row_and_column(universe, import_file, model, table):
    rows = [row(number, *map(keep_xml, cells)) for number, cells in enumerate(table, 1)]
    assert_taken_or_refused(import_file, "x.xlsx", workbook(sheet(*rows)), model)


def keep_xml(text):
    """Return a text without what no workbook can hold."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff"))


@given(records=st.lists(RECORDS, max_size=3) | VALUES)
def test_any_yaml_is_taken_or_refused_with_its_line(universe, import_file, records):
    assert_taken_or_refused(import_file, "x.yaml", yaml.safe_dump(records, allow_unicode=True).encode())


@example(records=[{"model": None, "fields": {}}])
@example(records=[{"model": "kb.passage", "fields": {"first_line": 1, "last_line": 1}}])
@given(records=st.lists(RECORDS, max_size=3) | VALUES)
def test_any_fixture_is_loaded_or_refused_with_file_and_line(db, tmp_path_factory, settings, records):
    folder = tmp_path_factory.mktemp("fixtures")
    settings.FIXTURE_DIRS = [folder]
    (folder / "01_data.yaml").write_text(yaml.safe_dump(records, allow_unicode=True), newline="")
    before = count_everything()
    with transaction.atomic():
        refusal = ""
        try:
            load_fixtures()
        except CommandError as error:
            refusal = str(error)
        if refusal:
            assert "01_data.yaml" in refusal or "not sound" in refusal
            assert count_everything() == before
        transaction.set_rollback(True)


@given(stored=st.dictionaries(COLUMNS, VALUES, max_size=5))
def test_a_row_that_was_stored_for_its_trial_is_read_again_as_it_was(universe, stored):
    record = json.dumps([{"model": "symptoms.symptom", "fields": stored}]).encode()
    try:
        rows = read_rows("x.yaml", record)
    except UnreadableFile:
        return
    again = [type(row)(**json.loads(json.dumps(row.as_dict()))) for row in rows]
    assert [row.as_dict() for row in again] == [row.as_dict() for row in rows]
