"""The code systems whose codes entries carry: how a code looks, whose it is and where it resolves."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from django.core.exceptions import ValidationError

from kb.utils.fuzzy import did_you_mean


@dataclass(frozen=True)
class CodeSystem:
    """A public vocabulary: its name, the shape of its codes, its licence, its addresses."""

    name: str
    pattern: str
    licence: str
    url: str  # Where a code is explained: the system's own address, as the Bioregistry lists it.
    uri: str = ""  # What FHIR calls the system: the URI that HL7 has settled; empty where it has settled none.
    code_format: str = "{code}"  # How the system itself writes a code.


RESOLVER_URL = "https://bioregistry.io/{curie}"
CODE_SYSTEMS = {
    "atc": CodeSystem(
        "Anatomical Therapeutic Chemical classification",
        r"[A-Z]\d{2}([A-Z]([A-Z](\d{2})?)?)?",
        "© WHO Collaborating Centre; single codes with attribution, no sale or change of the index",
        url="https://www.whocc.no/atc_ddd_index/?code={code}",
        uri="http://www.whocc.no/atc",
    ),
    "rxnorm": CodeSystem(
        "RxNorm",
        r"\d+",
        "Publicly available data courtesy of the U.S. National Library of Medicine",
        url="https://mor.nlm.nih.gov/RxNav/search?searchBy=RXCUI&searchTerm={code}",
        uri="http://www.nlm.nih.gov/research/umls/rxnorm",
    ),
    "mesh": CodeSystem(
        "Medical Subject Headings",
        r"[CD]\d{6,9}",
        "NLM asks for attribution",
        url="https://meshb.nlm.nih.gov/record/ui?ui={code}",
        uri="https://www.nlm.nih.gov/mesh",
    ),
    "ncit": CodeSystem(
        "NCI Thesaurus",
        r"C\d+",
        "Free use under the terms of the NCI",
        url="https://evsexplore.semantics.cancer.gov/evsexplore/concept/ncit/{code}",
        uri="http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    ),
    "hp": CodeSystem(
        "Human Phenotype Ontology",
        r"\d{7}",
        "Free use with citation and version, unchanged",
        url="http://purl.obolibrary.org/obo/HP_{code}",
        uri="http://human-phenotype-ontology.org",
        code_format="HP:{code}",
    ),
    "mondo": CodeSystem(
        "Mondo Disease Ontology",
        r"\d{7}",
        "CC BY 4.0",
        url="http://purl.obolibrary.org/obo/MONDO_{code}",
        uri="http://purl.obolibrary.org/obo/mondo.owl",
        code_format="MONDO:{code}",
    ),
    "icd10cm": CodeSystem(
        "ICD-10-CM",
        r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?",
        "U.S. government work, free to use",
        url="https://bioregistry.io/icd10cm:{code}",  # Its keepers give no lasting address to a single code.
        uri="http://hl7.org/fhir/sid/icd-10-cm",
    ),
    "unii": CodeSystem(
        "FDA Unique Ingredient Identifier",
        r"[A-Z0-9]{10}",
        "Public domain",
        url="https://precision.fda.gov/uniisearch/srs/unii/{code}",
        uri="http://fdasis.nlm.nih.gov",
    ),
    "chembl.compound": CodeSystem(
        "ChEMBL compound",
        r"CHEMBL\d+",
        "CC BY-SA 3.0",
        url="https://www.ebi.ac.uk/chembl/compound_report_card/{code}/",
    ),
}


def split_curie(curie: str) -> tuple[str, str]:
    """The system and the code of a CURIE such as atc:L02BG04."""
    prefix, _, code = curie.partition(":")
    return prefix, code


def validate_code(curie: str) -> None:
    """Refuse a code whose system is unknown or whose shape is wrong, and say what would be right."""
    prefix, code = split_curie(curie)
    if not code:
        raise ValidationError(f"“{curie}” names no code system: write system:code, such as atc:L02BG04.")
    if prefix not in CODE_SYSTEMS:
        raise ValidationError(
            f"“{curie}”: the code system “{prefix}” is not known here.{did_you_mean(prefix, CODE_SYSTEMS)} "
            f"Write system:code, with one of {', '.join(CODE_SYSTEMS)}."
        )
    if not re.fullmatch(CODE_SYSTEMS[prefix].pattern, code, re.IGNORECASE):
        raise ValidationError(f"“{curie}” does not look like a code of {CODE_SYSTEMS[prefix].name}.")


def build_code_url(curie: str) -> str:
    """Where a code is explained: at the address of its system."""
    prefix, code = split_curie(curie)
    return (
        CODE_SYSTEMS[prefix].url.format(code=quote(code))
        if prefix in CODE_SYSTEMS
        else RESOLVER_URL.format(curie=curie)
    )
