"""Code systems: the URL of each code, and the systems in the API root."""

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
def test_a_code_has_a_url_at_its_system(curie, url):
    assert build_code_url(curie) == url


def test_every_system_has_a_url():
    assert {curie.partition(":")[0] for curie in CODES} == set(CODE_SYSTEMS)


def test_the_api_root_lists_the_url_and_fhir_uri_of_each_code_system(db, get_json):
    systems = {system["prefix"]: system for system in get_json("")["code_systems"]}
    assert systems["atc"]["url"].format(code="L02BG04") == CODES["atc:L02BG04"]
    assert systems["atc"]["uri"] == "http://www.whocc.no/atc"
    assert systems["chembl.compound"]["uri"] == ""


def test_a_page_links_a_code_to_its_system(universe, api):
    assert Treatment.objects.get(slug="drug").codes == ["atc:L02BG04"]
    assert f'href="{CODES["atc:L02BG04"]}"' in api.get("/explore/treatments/drug/").content.decode()
