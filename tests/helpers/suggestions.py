"""What tests of suggestions begin with: somebody with a token, and something to say."""

import pytest
from rest_framework.test import APIClient

from kb.choices import TokenScope
from kb.models import ApiToken
from tests.conftest import make_user

SUGGESTIONS_URL = "/api/v1/suggestions/"
SUGGESTION = {"kind": "side-effects", "slug": "class-bone", "field": "frequency", "text": "It is common."}


def issue_token(user, name="app", scopes=(TokenScope.SUGGEST,)):
    """A token's secret."""
    return ApiToken(user=user, name=name, scopes=[str(scope) for scope in scopes]).issue()


def make_token_client(secret, scheme="Bearer"):
    """A client that holds a token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
    return client


@pytest.fixture
def token_owner(db):
    return make_user("anna")


@pytest.fixture
def token_client(universe, token_owner):
    """A client that speaks for Anna."""
    return make_token_client(issue_token(token_owner))


@pytest.fixture
def post_suggestion(token_client):
    """Send a suggestion and get the answer; members as keywords, left out where they are None."""

    def post_suggestion(status=201, **members):
        body = {name: value for name, value in (SUGGESTION | members).items() if value is not None}
        response = token_client.post(SUGGESTIONS_URL, body, format="json")
        assert response.status_code == status, response.content.decode()
        return response.json()

    return post_suggestion


def assert_problem(response, status):
    """What a refusal tells."""
    assert response.status_code == status, response.content.decode()
    assert response["Content-Type"] == "application/problem+json"
    assert "no-store" in response["Cache-Control"]
    told = response.json()
    assert told["status"] == status
    return told
