"""What people type is folded to what it reads as; names with unseen or look-alike characters are refused."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kb.models import Source, record_models
from kb.models.registry import versioned_models_by_label
from kb.utils.characters import CLEAN_TABLE, DIRECTION_OVERRIDES, INVISIBLE, LIGATURES, SPACES, clean_text
from kb.utils.fuzzy import normalize_name
from kb.validators import (
    NAME_FIELDS,
    find_text_errors,
    fold_text,
    fold_value,
    is_free_text,
    is_name_field,
    validate_encoding,
    validate_name,
    validate_printable,
)
from symptoms.models import SideEffect, Symptom

SPECIAL = st.sampled_from([*sorted(INVISIBLE)[:80], *SPACES, *LIGATURES, "\u2011", "\u2028", "é", "e\u0301", "о", "α"])
TEXTS = st.lists(st.one_of(SPECIAL, st.text(max_size=6), st.sampled_from(["\r\n", "\r", "\n", " "]))).map("".join)


@pytest.mark.parametrize(
    ("typed", "stored", "note"),
    [
        ("osteo\u00adporosis", "osteoporosis", "1 × soft hyphen (U+00AD) removed"),
        ("osteo\u00ad\nporosis", "osteoporosis", "soft hyphen (U+00AD) removed"),
        ("bone\u200b pain\u200b", "bone pain", "2 × zero width space (U+200B) removed"),
        ("\ufeffbone", "bone", "(U+FEFF) removed"),
        ("10\u00a0mg", "10 mg", "no-break space (U+00A0) written as a space"),
        ("non\u2011steroidal", "non-steroidal", "written as -"),
        ("ﬁbula and ﬂow", "fibula and flow", "“ﬁ” (U+FB01) written as fi"),
        ("one\u2028two", "one\ntwo", "written as a line break"),
        ("left\u200e\u2066right\u2069", "leftright", "removed"),
        ("one\r\ntwo\rthree ", "one\ntwo\nthree", None),
        ("cafe\u0301", "café", None),
        ("osteo-\nporosis", "osteo-\nporosis", None),  # Nobody knows whether the hyphen belongs to the word.
        ("long-\nterm α ß ½ 痛み", "long-\nterm α ß ½ 痛み", None),
    ],
)
def test_free_text_is_stored_as_it_reads_and_its_writer_is_told(typed, stored, note):
    folded = fold_text(typed)
    assert folded.value == stored
    assert (note or "") in " ".join(folded.notes).replace("latin small ligature fi (U", "“ﬁ” (U")
    assert bool(note) == bool(folded.notes)


@given(typed=TEXTS)
def test_folding_twice_is_folding_once_and_leaves_nothing_unseen(typed):
    folded = fold_text(typed)
    assert fold_text(folded.value).value == folded.value
    assert fold_text(folded.value).notes == ()
    assert not {*folded.value} & (INVISIBLE - DIRECTION_OVERRIDES)
    assert unicodedata.is_normalized("NFC", folded.value)
    if not {*typed} & {"\n", "\r"}:  # A soft hyphen joins the parts of a word over a line break.
        assert normalize_name(folded.value) == normalize_name(typed)


@given(typed=TEXTS)
def test_the_lines_of_a_document_keep_their_numbers(typed):
    cleaned, _ = clean_text(f"{typed}x", keeps_lines=True)
    assert len(cleaned.splitlines()) == len(f"{typed}x".splitlines())


def test_a_hyphen_that_a_document_shows_at_the_end_of_a_line_stays_there():
    assert clean_text("osteo\u00ad\nporosis\n", keeps_lines=True)[0] == "osteo-\nporosis\n"


@given(typed=TEXTS)
def test_in_a_name_nothing_is_removed_unseen(typed):
    folded = fold_text(typed, is_name=True)
    assert [c for c in folded.value if c in INVISIBLE] == [c for c in typed if c in INVISIBLE]
    if any(c in INVISIBLE for c in typed):
        with pytest.raises(ValidationError, match="nobody sees"):
            validate_name(folded.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Bone\u200b pain", "zero width space (U+200B), at position 5, after “Bone”"),
        ("\ufeffBone", "(U+FEFF), at position 1, at the beginning"),
        ("Bone\u00adpain", "soft hyphen (U+00AD), at position 5"),
        ("Pain\u202eenob", "right-to-left override (U+202E), at position 5"),
        ("Bоne pain", "“о”, cyrillic small letter o (U+043E), at position 2, after “B”: it looks like “o”"),
        ("Drυg", "greek small letter upsilon (U+03C5), at position 3"),
        ("rαdiotherapy", "greek small letter alpha (U+03B1), at position 2"),
        ("Ｄrug", "fullwidth latin capital letter d (U+FF24)"),
        ("𝐃rug", "mathematical bold capital d (U+1D403)"),
        ("ɡut", "latin small letter script g (U+0261)"),
        ("Vitamin В", "cyrillic capital letter ve (U+0412)"),
        ("Grade ٣", "arabic-indic digit three (U+0663)"),
    ],
)
def test_a_name_is_refused_by_character_code_point_and_position(name, message):
    for fields in ({"name": name}, {"name": "X", "synonyms": ["x", name]}):
        with pytest.raises(ValidationError) as caught:
            Symptom(slug="x", **fields).clean_fields()
        assert message in str(caught.value.message_dict[[*fields][-1]])


@pytest.mark.parametrize(
    "name",
    [
        *("Interferon α-2b", "interferon alfa", "TNFα", "NFκB", "1α-hydroxylase", "β-blocker", "PGE₂", "γ-rays", "µg"),
        *("Straße", "Ødem", "Łódź", "Æther", "Işıl", "Schmérz 痛み 🦴", "I¹³¹", "Летрозол", "N° 5", "ªº", "Brandol®"),
    ],
)
def test_names_of_medicine_and_of_other_alphabets_are_taken(name):
    validate_name(name)
    assert fold_text(name, is_name=True).value == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("It \uf0b7 hurts", "private-use character (U+F0B7), after “It ”, is a sign of one symbol font"),
        ("It \ufffd hurts", "stands for one that was lost"),
        ("It \u0092 hurts", "(U+0092), after “It ”, cannot be shown"),
        ("It \u202e hurts", "turns the order"),
    ],
)
def test_a_character_that_says_nothing_is_refused(text, message):
    with pytest.raises(ValidationError, match="This character") as caught:
        validate_printable(text)
    assert message in caught.value.messages[0]


@pytest.mark.parametrize("sign", ["’", "“", "–", "é", "ü", "°", "α", "µ", "½"])
def test_a_text_in_the_wrong_encoding_is_refused_and_what_it_was_is_told(sign):
    misread = sign.encode().decode("cp1252")
    with pytest.raises(ValidationError) as caught:
        validate_encoding(f"I don{misread}t know")
    assert f"“{misread}”, after “I don”, was “{sign}”" in caught.value.messages[0]
    validate_encoding(f"I don{sign}t know, naïve “â la Â” Â- Ünlü")


def test_every_field_that_names_a_record_is_under_the_rule_of_names():
    for model in versioned_models_by_label().values():
        record, names = model(), []
        for field in model._meta.fields:
            if is_free_text(field) or is_name_field(field):
                marker = f"name of {field.name}"
                setattr(record, field.attname, [marker] if field.get_internal_type() == "JSONField" else marker)
                names.append(field.name)
        naming = {name for name in names if f"name of {name}" in getattr(record, "names", list)()}
        assert naming <= {*NAME_FIELDS} or model is Source  # A title is what the document gives: free text.
    assert is_free_text(SideEffect._meta.get_field("text"))
    assert not is_free_text(SideEffect._meta.get_field("frequency"))


@pytest.mark.django_db
def test_all_that_ships_is_stored_as_it_was_typed_and_every_name_passes(shipped_data):
    names = texts = 0
    for model in record_models():
        fields = [field for field in model._meta.fields if field.editable]
        for record in model.objects.all():
            for field in fields:
                value = getattr(record, field.attname)
                folded = fold_value(field, value)
                assert (folded.value, folded.notes) == (value, ()), (model, record.slug, field.name)
                assert list(find_text_errors(field, value)) == [], (model, record.slug, field.name)
                names += is_name_field(field)
                texts += is_free_text(field)
    assert names > 1_000
    assert texts > 1_000


def test_what_is_removed_is_what_nobody_sees_and_nothing_else():
    removed = {chr(code) for code, plain in CLEAN_TABLE.items() if not plain}
    assert removed == INVISIBLE - DIRECTION_OVERRIDES
    for char in removed:
        assert unicodedata.category(char) in ("Cf", "Mn", "Lo", "So", "Cn"), f"U+{ord(char):04X}"
