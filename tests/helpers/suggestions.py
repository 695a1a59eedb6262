"""Suggestions: users with tokens, a valid suggestion, and problem responses."""

import pytest
from rest_framework.test import APIClient

from kb.choices import TokenScope
from kb.models import ApiToken
from tests.helpers.accounts import make_user

SUGGESTIONS_URL = "/api/v1/suggestions/"
SUGGESTION = {"kind": "side-effects", "slug": "class-bone", "field": "frequency", "text": "It is common."}


def issue_token(user, name="app", scopes=(TokenScope.SUGGEST,)):
    """Issue a token and return its secret."""
    return ApiToken(user=user, name=name, scopes=[str(scope) for scope in scopes]).issue()


def make_token_client(secret, scheme="Bearer"):
    """Return a client that sends a token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
    return client


@pytest.fixture
def token_owner(db):
    return make_user("anna")


@pytest.fixture
def token_client(universe, token_owner):
    """A client with a token of the fixture `token_owner`."""
    return make_token_client(issue_token(token_owner))


@pytest.fixture
def post_suggestion(token_client):
    """Post a suggestion and return the response; members are given as keywords and omitted where None."""

    def post_suggestion(status=201, **members):
        body = {name: value for name, value in (SUGGESTION | members).items() if value is not None}
        response = token_client.post(SUGGESTIONS_URL, body, format="json")
        assert response.status_code == status, response.content.decode()
        return response.json()

    return post_suggestion


def assert_problem(response, status):
    """Assert that a response is a problem of this status; return it."""
    assert response.status_code == status, response.content.decode()
    assert response["Content-Type"] == "application/problem+json"
    assert "no-store" in response["Cache-Control"]
    problem = response.json()
    assert problem["status"] == status
    return problem
