"""What the documents say that the API answers is what it answers."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings

pytestmark = pytest.mark.usefixtures("shipped_data")
ELISION = "…"
PAGES = "".join((settings.BASE_DIR / "docs" / name).read_text() for name in ("questions.md", "clients.md"))
EXAMPLES = re.findall(r"```sh\ncurl '([^']+)'\n```\n\n```json\n(.*?)```", PAGES, re.S)


def matches_documented(told, answered):
    """Whether an answer is what was told of it, which may be cut short where it says so."""
    if isinstance(told, dict):
        names = {name for name in told if name != ELISION}
        complete = ELISION in told or names == set(answered)
        return (
            complete
            and names <= set(answered)
            and all(matches_documented(told[name], answered[name]) for name in names)
        )
    if isinstance(told, list):
        items = iter(answered)
        in_order = all(any(matches_documented(wanted, item) for item in items) for wanted in told if wanted != ELISION)
        return in_order and (ELISION in told or len(told) == len(answered))
    return told == answered


@pytest.mark.parametrize(("url", "told"), EXAMPLES, ids=[urlsplit(url).path for url, told in EXAMPLES])
def test_each_question_gives_the_answer_that_is_told(api, url, told):
    asked = urlsplit(url)
    assert asked.netloc == "localhost:8000"
    params = {}
    for name, value in parse_qsl(asked.query, strict_parsing=True):
        params.setdefault(name, []).append(value)
    answered = api.get(asked.path, params).json()
    assert matches_documented(json.loads(told), answered), json.dumps(answered, ensure_ascii=False)[:2000]


def test_every_kind_of_question_is_told():
    paths = {urlsplit(url).path.split("/")[3] for url, told in EXAMPLES}
    questions = {"explain", "differential", "paths", "coverage", "disagreements", "search"}
    assert paths >= questions | {"management-options", "red-flags", "side-effects"}
