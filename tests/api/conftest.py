"""Fixtures of the tests of the API."""

import pytest


@pytest.fixture
def get_response(api):
    """Send a GET request to a path under /api/v1/, with headers as keywords; return the response."""
    return lambda path, **headers: api.get(f"/api/v1/{path}", headers=headers)
