"""Fixtures of the tests of releases."""

import pytest

from kb.releases import data_files


@pytest.fixture(scope="session")
def openapi_responses():
    """Map the path of the OpenAPI document to its response, once it was built: that takes seconds."""
    return {}


@pytest.fixture(autouse=True)
def shared_openapi_document(request, monkeypatch, openapi_responses):
    """Build the OpenAPI document once for all small releases; that of the shipped data is built for itself."""
    if "shipped_data" in request.fixturenames:
        return
    original = data_files.get_internally

    def get_internally(path, **params):
        if not path.endswith("/schema/"):
            return original(path, **params)
        if path not in openapi_responses:
            openapi_responses[path] = original(path, **params)
        return openapi_responses[path]

    monkeypatch.setattr(data_files, "get_internally", get_internally)
