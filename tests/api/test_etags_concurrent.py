"""Responses stay of one data version while another transaction writes during the request."""

import pytest

from kb.dataset.version import STATE_CACHE, DatasetState, data_version, dataset_state
from kb.editorial.versioning import versioned_transaction
from kb.models import ApiToken
from kb.views import SuggestionViewSet
from treatments.models import Treatment
from treatments.views import TreatmentViewSet


@pytest.fixture
def write_during(monkeypatch):
    """Make a view write in the middle of a request, as another user might; `times` requests do so."""

    def write_during(viewset, action, times, write):
        original, remaining = getattr(viewset, action), [*range(times)]

        def slow(self, *args, **kwargs):
            response = original(self, *args, **kwargs)
            if remaining:
                remaining.pop()
                with versioned_transaction():
                    write()
            return response

        monkeypatch.setattr(viewset, action, slow)

    return write_during


def update_drug_summary():
    Treatment.objects.filter(slug="drug").update(summary="late")


def test_a_write_while_the_state_is_read_is_noticed(universe, monkeypatch):
    read, writes = DatasetState.read, [lambda: Treatment.objects.update(summary="late")]

    def slow():
        state = read()
        if writes:
            writes.pop()()
        return state

    monkeypatch.setattr(DatasetState, "read", slow)
    STATE_CACHE.clear()
    assert dataset_state().version == read().version


def test_a_response_during_which_the_data_changed_is_rendered_again(universe, get_response, write_during):
    write_during(TreatmentViewSet, "list", 1, update_drug_summary)
    response = get_response("treatments/?slug=drug")
    assert response.json()["results"][0]["summary"] == "late"
    assert response["X-KB-Version"] == data_version()


def test_a_streamed_response_is_of_one_version(universe, get_response, write_during):
    write_during(TreatmentViewSet, "get_serializer", 1, update_drug_summary)
    response = get_response("treatments/?format=ndjson")
    body = b"".join(response.streaming_content)
    assert b'"summary":"late"' in body
    assert (response["X-KB-Version"], response["Content-Length"]) == (data_version(), str(len(body)))


@pytest.mark.parametrize("path", ["treatments/", "treatments/?format=csv"])
def test_constant_writes_lead_to_503_rather_than_to_a_mixed_response(universe, get_response, write_during, path):
    write_during(TreatmentViewSet, "get_serializer", 99, update_drug_summary)
    response = get_response(path)
    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")
    assert response["Retry-After"] == "1"
    assert "ETag" not in response


def test_a_post_is_not_repeated_when_the_data_change_meanwhile(statement, users, api, write_during):
    token = ApiToken(user=users["editor"], name="app", scopes=["suggest"]).issue()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    write_during(SuggestionViewSet, "create", 1, update_drug_summary)
    suggestion = {"kind": "side-effects", "slug": "class-bone", "text": "Longer."}
    assert api.post("/api/v1/suggestions/", suggestion, format="json").status_code == 201
