"""Codes resolve at the addresses of their systems."""

import pytest

from kb.code_systems import CODE_SYSTEMS, build_code_url
from treatments.models import Treatment

CODES = {
    "atc:L02BG04": "https://www.whocc.no/atc_ddd_index/?code=L02BG04",
    "rxnorm:72965": "https://mor.nlm.nih.gov/RxNav/search?searchBy=RXCUI&searchTerm=72965",
    "mesh:D000077289": "https://meshb.nlm.nih.gov/record/ui?ui=D000077289",
    "ncit:C1527": "https://evsexplore.semantics.cancer.gov/evsexplore/concept/ncit/C1527",
    "hp:0002653": "http://purl.obolibrary.org/obo/HP_0002653",
    "mondo:0004992": "http://purl.obolibrary.org/obo/MONDO_0004992",
    "icd10cm:M25.5": "https://bioregistry.io/icd10cm:M25.5",
    "unii:7LKK855W8I": "https://precision.fda.gov/uniisearch/srs/unii/7LKK855W8I",
    "chembl.compound:CHEMBL1444": "https://www.ebi.ac.uk/chembl/compound_report_card/CHEMBL1444/",
}


@pytest.mark.parametrize(("curie", "url"), CODES.items())
def test_a_code_resolves_at_its_own_system(curie, url):
    assert build_code_url(curie) == url


def test_no_system_is_without_an_address():
    assert {curie.partition(":")[0] for curie in CODES} == set(CODE_SYSTEMS)


def test_the_api_root_tells_where_codes_resolve_and_what_fhir_calls_their_systems(db, get_json):
    told = {system["prefix"]: system for system in get_json("")["code_systems"]}
    assert told["atc"]["url"].format(code="L02BG04") == CODES["atc:L02BG04"]
    assert told["atc"]["uri"] == "http://www.whocc.no/atc"
    assert told["chembl.compound"]["uri"] == ""


def test_a_page_links_a_code_to_its_system(universe, api):
    assert Treatment.objects.get(slug="drug").codes == ["atc:L02BG04"]
    assert f'href="{CODES["atc:L02BG04"]}"' in api.get("/explore/treatments/drug/").content.decode()
