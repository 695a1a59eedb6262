"""Any query string gets an answer or a refusal that names its parameter: never an error of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

NAMES = """
    page page_size cursor ordering fields omit search q format updated_since since treatment taking symptom cancer named
    frequency effect status slug kind limit nonsense treatment__in _count having from to max_hops code question feature
""".split()
WORDS = """
    pain drug Brandol® atc:L02BG04 2026-01-01 0001-01-01T00:00:00+14:00 9999-12-31T23:59:59Z 1 0 -1 1e9 * , a,,b ٣
    ﬁ % %zz <script> ../../x true null json csv fhir slug -slug
""".split()
WORDS += ["", " ", "\x00", "\u202e", "bo\u200bne", "' or 1=1 --", "9" * 40, "x" * 300, "😀" * 50]
VALUES = st.one_of(st.sampled_from(WORDS), st.text(max_size=30))
QUERIES = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), VALUES), max_size=4)
RESOURCES = """
    treatments symptoms side-effects management-options red-flags sources cancers changes search explain differential
    paths coverage releases symptoms/pain
""".split()
PATHS = st.sampled_from([*RESOURCES, ""])
ADMIN_PATHS = st.sampled_from(["symptoms/symptom", "kb/change", "kb/source", "kb/version", "kb/suggestion"])
pytestmark = pytest.mark.django_db


@given(path=PATHS, query=QUERIES)
def test_no_query_string_of_the_api_causes_an_error_of_ours(universe, client, path, query):
    response = client.get(f"/api/v1/{path}/" if path else "/api/v1/", build_query(query))
    assert response.status_code in (200, 400, 404), (path, query)
    if response.status_code == 400:
        problem = response.json()
        assert problem["errors"] or problem["detail"]
        assert all(error["detail"] for error in problem.get("errors", ()))


@given(path=PATHS, query=QUERIES)
def test_no_query_string_of_a_page_causes_an_error_of_ours(universe, client, path, query):
    response = client.get(f"/explore/{path}/" if path else "/", build_query(query), headers={"accept": "text/html"})
    assert response.status_code in (200, 302, 400, 404, 406), (path, query)


@given(
    path=st.sampled_from(["symptoms/symptom", "kb/change", "kb/source", "kb/version", "kb/suggestion"]), query=QUERIES
)
def test_no_query_string_of_the_admin_causes_an_error_of_ours(login_as, path, query):
    response = login_as("administrator").get(f"/admin/{path}/", build_query(query))
    assert response.status_code in (200, 302, 400), (path, query)


@given(raw=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=60))
def test_no_raw_query_string_causes_an_error_of_ours(universe, client, raw):
    for path in ("/api/v1/side-effects/", "/api/v1/search/", "/explore/treatments/"):
        assert client.get(path, QUERY_STRING=raw).status_code in (200, 400), (path, raw)


def build_query(pairs):
    """Return parameters for a client, in which a name may stand more than once."""
    query = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    return query
