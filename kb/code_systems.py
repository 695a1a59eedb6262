"""Code systems of entries (ATC, RxNorm, MeSH …): names, patterns, licences and URLs; validation of CURIEs."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from django.core.exceptions import ValidationError

from kb.utils.fuzzy import did_you_mean


@dataclass(frozen=True)
class CodeSystem:
    """A public vocabulary: its name, the pattern of its codes, its licence and its URLs."""

    name: str
    pattern: str
    licence: str
    url: str  # Template for the page of a code, at the system itself, as the Bioregistry lists it.
    uri: str = ""  # The system's URI in FHIR, as HL7 has defined it; empty if it has defined none.
    code_format: str = "{code}"  # How the system itself writes its codes.


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
        url="https://bioregistry.io/icd10cm:{code}",  # Its publisher has no stable URL for a single code.
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
    """Return the prefix of the system and the code of a CURIE such as atc:L02BG04."""
    prefix, _, code = curie.partition(":")
    return prefix, code


def validate_code(curie: str) -> None:
    """Raise ValidationError for a CURIE whose system is unknown or whose code does not match the system's pattern."""
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
    """Return the URL of the page on a code: at its system, or at the Bioregistry if the system is not known here."""
    prefix, code = split_curie(curie)
    return (
        CODE_SYSTEMS[prefix].url.format(code=quote(code))
        if prefix in CODE_SYSTEMS
        else RESOLVER_URL.format(curie=curie)
    )
