"""An answer is of one version of the data, though somebody writes while it is made."""

import pytest

from kb.dataset.version import STATE_CACHE, DatasetState, data_version, dataset_state
from kb.editorial.versioning import versioned_transaction
from kb.models import ApiToken
from kb.views import SuggestionViewSet
from tests.api.test_etags import get_response as get_response
from treatments.models import Treatment
from treatments.views import TreatmentViewSet


@pytest.fixture
def write_during(monkeypatch):
    """Have something written while an answer is made, as an editor might at the same moment; as often as told."""

    def write_during(viewset, action, times, write):
        answered, left = getattr(viewset, action), [*range(times)]

        def slow(self, *args, **kwargs):
            found = answered(self, *args, **kwargs)
            if left:
                left.pop()
                with versioned_transaction():
                    write()
            return found

        monkeypatch.setattr(viewset, action, slow)

    return write_during


def update_drug_summary():
    Treatment.objects.filter(slug="drug").update(summary="late")


def test_who_writes_while_the_state_is_read_is_not_overlooked(universe, monkeypatch):
    read, late = DatasetState.read, [lambda: Treatment.objects.update(summary="late")]

    def slow():
        found = read()
        if late:
            late.pop()()
        return found

    monkeypatch.setattr(DatasetState, "read", slow)
    STATE_CACHE.clear()
    assert dataset_state().version == read().version


def test_an_answer_during_which_the_data_changed_is_given_anew(universe, get_response, write_during):
    write_during(TreatmentViewSet, "list", 1, update_drug_summary)
    answer = get_response("treatments/?slug=drug")
    assert answer.json()["results"][0]["summary"] == "late"
    assert answer["X-KB-Version"] == data_version()


def test_a_long_answer_is_of_one_version_from_its_first_line_to_its_last(universe, get_response, write_during):
    write_during(TreatmentViewSet, "get_serializer", 1, update_drug_summary)
    answer = get_response("treatments/?format=ndjson")
    body = b"".join(answer.streaming_content)
    assert b'"summary":"late"' in body
    assert (answer["X-KB-Version"], answer["Content-Length"]) == (data_version(), str(len(body)))


@pytest.mark.parametrize("path", ["treatments/", "treatments/?format=csv"])
def test_where_the_data_change_all_the_time_nothing_is_answered_that_may_be_of_two_versions(
    universe, get_response, write_during, path
):
    write_during(TreatmentViewSet, "get_serializer", 99, update_drug_summary)
    answer = get_response(path)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"] == "1"
    assert "ETag" not in answer


def test_what_is_sent_is_taken_once_whatever_changes_meanwhile(statement, users, api, write_during):
    token = ApiToken(user=users["editor"], name="app", scopes=["suggest"]).issue()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    write_during(SuggestionViewSet, "create", 1, update_drug_summary)
    sent = {"kind": "side-effects", "slug": "class-bone", "text": "Longer."}
    assert api.post("/api/v1/suggestions/", sent, format="json").status_code == 201
