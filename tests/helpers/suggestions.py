"""What tests of suggestions begin with: somebody with a token, and something to say."""

import pytest
from rest_framework.test import APIClient

from kb.choices import TokenScope
from kb.models import ApiToken
from tests.conftest import person

URL = "/api/v1/suggestions/"
SAID = {"kind": "side-effects", "slug": "class-bone", "field": "frequency", "text": "It is common."}


def give(user, name="app", scopes=(TokenScope.SUGGEST,)):
    """A token's secret."""
    return ApiToken(user=user, name=name, scopes=[str(scope) for scope in scopes]).issue()


def holder(secret, scheme="Bearer"):
    """A client that holds a token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
    return client


@pytest.fixture
def anna(db):
    return person("anna")


@pytest.fixture
def app(universe, anna):
    """A client that speaks for Anna."""
    return holder(give(anna))


@pytest.fixture
def send(app):
    """Send a suggestion and get the answer; members as keywords, left out where they are None."""

    def send(status=201, **members):
        body = {name: value for name, value in (SAID | members).items() if value is not None}
        answer = app.post(URL, body, format="json")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    return send


def problem(answer, status):
    """What a refusal tells."""
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    assert "no-store" in answer["Cache-Control"]
    told = answer.json()
    assert told["status"] == status
    return told
