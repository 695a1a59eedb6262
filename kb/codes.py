"""The code systems whose codes entries carry: how a code looks, whose it is and where it resolves."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from kb.names import did_you_mean


@dataclass(frozen=True)
class CodeSystem:
    """A public vocabulary: its name, the shape of its codes, its licence."""

    name: str
    pattern: str
    licence: str


RESOLVER = "https://bioregistry.io/{curie}"
SYSTEMS = {
    "atc": CodeSystem(
        "Anatomical Therapeutic Chemical classification",
        r"[A-Z]\d{2}([A-Z]([A-Z](\d{2})?)?)?",
        "© WHO Collaborating Centre; single codes with attribution, no sale or change of the index",
    ),
    "rxnorm": CodeSystem(
        "RxNorm",
        r"\d+",
        "Publicly available data courtesy of the U.S. National Library of Medicine",
    ),
    "mesh": CodeSystem("Medical Subject Headings", r"[CD]\d{6,9}", "NLM asks for attribution"),
    "ncit": CodeSystem("NCI Thesaurus", r"C\d+", "Free use under the terms of the NCI"),
    "hp": CodeSystem(
        "Human Phenotype Ontology",
        r"\d{7}",
        "Free use with citation and version, unchanged",
    ),
    "mondo": CodeSystem("Mondo Disease Ontology", r"\d{7}", "CC BY 4.0"),
    "icd10cm": CodeSystem(
        "ICD-10-CM",
        r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?",
        "U.S. government work, free to use",
    ),
    "unii": CodeSystem("FDA Unique Ingredient Identifier", r"[A-Z0-9]{10}", "Public domain"),
    "chembl.compound": CodeSystem("ChEMBL compound", r"CHEMBL\d+", "CC BY-SA 3.0"),
}


def split(curie: str) -> tuple[str, str]:
    """The system and the code of a CURIE such as atc:L02BG04."""
    prefix, _, code = curie.partition(":")
    return prefix, code


def validate_code(curie: str) -> None:
    """Refuse a code whose system is unknown or whose shape is wrong, and say what would be right."""
    prefix, code = split(curie)
    if not code:
        raise ValidationError(f"“{curie}” names no code system: write system:code, such as atc:L02BG04.")
    if prefix not in SYSTEMS:
        raise ValidationError(
            f"“{curie}”: the code system “{prefix}” is not known here.{did_you_mean(prefix, SYSTEMS)} "
            f"Write system:code, with one of {', '.join(SYSTEMS)}."
        )
    if not re.fullmatch(SYSTEMS[prefix].pattern, code, re.IGNORECASE):
        raise ValidationError(f"“{curie}” does not look like a code of {SYSTEMS[prefix].name}.")


def url_of(curie: str) -> str:
    """Where a code is explained."""
    return RESOLVER.format(curie=curie)
