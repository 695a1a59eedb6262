"""Addresses without their last slash or of any length, hosts behind a proxy, OPTIONS and the links between pages."""

import re

import pytest

from kb.api.addresses import MAX_ADDRESS_BYTES
from kb.api.exceptions import MAX_INSTANCE_LENGTH

pytestmark = pytest.mark.django_db
LIST_URL = "/api/v1/side-effects/"


@pytest.mark.parametrize(
    "path",
    ["", "schema/", "side-effects/", "treatments/drug/", "releases/", "health-is-not-here/"],
)
def test_an_address_of_the_api_answers_without_its_last_slash_as_with_it(api, universe, path):
    with_slash, without = api.get(f"/api/v1/{path}"), api.get(f"/api/v1/{path}".removesuffix("/"))
    assert with_slash.status_code in (200, 404)
    assert without.status_code == with_slash.status_code
    if with_slash.status_code == 200:
        assert without.content == with_slash.content
        assert without["ETag"] == with_slash["ETag"]


def test_pages_keep_their_redirect_to_the_slash(api, universe):
    assert api.get("/explore/side-effects").status_code == 301
    assert api.get("/admin").status_code == 301


def test_a_body_that_is_sent_without_the_slash_arrives(api):
    assert api.post("/api/v1/suggestions", {}, format="json").status_code == 401


def test_an_address_that_is_too_long_is_a_problem(api, universe):
    longest = f"{LIST_URL}?slug=".ljust(MAX_ADDRESS_BYTES, "a")
    assert api.get(longest).status_code == 400
    response = api.get(f"{longest}a")
    assert (response.status_code, response["Content-Type"]) == (414, "application/problem+json")
    assert str(MAX_ADDRESS_BYTES) in response.json()["detail"]
    assert response.json()["instance"] == LIST_URL


def test_an_error_does_not_send_a_long_address_back(api, universe):
    assert api.get(f"{LIST_URL}?treatmnt={'a' * MAX_INSTANCE_LENGTH}").json()["instance"] == LIST_URL
    assert api.get(f"/api/v1/{'a' * MAX_INSTANCE_LENGTH}/").json()["instance"] == ""
    assert api.get(f"{LIST_URL}?treatmnt=a").json()["instance"] == f"{LIST_URL}?treatmnt=a"


def test_a_host_that_is_not_known_is_named_with_what_would_let_it_in(client, universe):
    for path in (LIST_URL, "/explore/"):
        response = client.get(path, headers={"host": "kb.example.org"})
        assert response.status_code == 400
        text = response.content.decode()
        assert "kb.example.org" in text
        assert "ALLOWED_HOSTS" in text


def test_the_host_that_a_proxy_was_asked_for_counts_behind_proxies_alone(client, universe, settings):
    settings.ALLOWED_HOSTS = ["testserver", "kb.example.org"]
    headers = {"x-forwarded-host": "kb.example.org"}
    url = f"{LIST_URL}?page_size=1"
    assert client.get(url, headers=headers).json()["next"].startswith("http://testserver/")
    settings.USE_X_FORWARDED_HOST = True
    assert client.get(url, headers=headers).json()["next"].startswith("http://kb.example.org/")


def test_options_tell_what_a_resource_is_and_how_it_answers(api, universe):
    metadata = api.options(LIST_URL).json()
    assert metadata["name"] == "side effects"
    assert "brings on a symptom" in metadata["description"]
    assert {"application/json", "text/csv", "application/x-ndjson", "application/fhir+json"} <= {*metadata["renders"]}
    assert metadata["parses"] == []
    for media_type in metadata["renders"]:
        response = api.get(LIST_URL, headers={"accept": media_type})
        assert response.status_code == 200
        assert response["Content-Type"].startswith(media_type)
    for path in ("", "schema/", "releases/", "treatments/drug/", "fhir/metadata"):
        assert api.options(f"/api/v1/{path}").json()["renders"], path
    assert api.options("/api/v1/explain/").json()["name"].startswith("Which of the things")


def test_the_header_link_leads_through_the_pages_as_the_body_does(api, universe):
    seen, url = [], f"{LIST_URL}?page_size=1"
    while url:
        response = api.get(url)
        links = dict(re.findall(r'<([^>]+)>; rel="(\w+)"', response.get("Link", "")))
        relations = {relation: address for address, relation in links.items()}
        page = response.json()
        assert (relations.get("next"), relations.get("prev")) == (page["next"], page["previous"])
        seen += [record["slug"] for record in page["results"]]
        url = relations.get("next")
    assert len(seen) == len({*seen}) == page["count"] > 2
