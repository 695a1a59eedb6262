"""The example responses in docs/ against the responses of the API."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings

pytestmark = pytest.mark.usefixtures("shipped_data")
ELISION = "…"
PAGES = "".join(
    (settings.BASE_DIR / name).read_text() for name in ("README.md", "docs/questions.md", "docs/clients.md")
)
EXAMPLES = re.findall(r"```sh\ncurl '([^']+)'\n```\n\n```json\n(.*?)```", PAGES, re.S)


def matches_documented(documented, actual):
    """Whether a value equals what is documented, which may be elided with an ellipsis."""
    if isinstance(documented, dict):
        names = {name for name in documented if name != ELISION}
        complete = ELISION in documented or names == set(actual)
        return (
            complete
            and names <= set(actual)
            and all(matches_documented(documented[name], actual[name]) for name in names)
        )
    if isinstance(documented, list):
        items = iter(actual)
        in_order = all(
            any(matches_documented(expected, item) for item in items) for expected in documented if expected != ELISION
        )
        return in_order and (ELISION in documented or len(documented) == len(actual))
    return documented == actual


@pytest.mark.parametrize(("url", "documented"), EXAMPLES, ids=[urlsplit(url).path for url, documented in EXAMPLES])
def test_each_documented_request_gives_the_documented_response(api, url, documented):
    request_url = urlsplit(url)
    assert request_url.netloc == "localhost:8000"
    params = {}
    for name, value in parse_qsl(request_url.query, strict_parsing=True):
        params.setdefault(name, []).append(value)
    actual = api.get(request_url.path, params).json()
    assert matches_documented(json.loads(documented), actual), json.dumps(actual, ensure_ascii=False)[:2000]


def test_every_kind_of_query_is_documented():
    paths = {urlsplit(url).path.split("/")[3] for url, _ in EXAMPLES}
    questions = {"ask", "explain", "differential", "paths", "coverage", "disagreements", "search"}
    assert paths >= questions | {"management-options", "red-flags", "side-effects"}
