"""What the most expensive questions that anybody may ask cost: at most 0.3 seconds of processor time each."""

import time
from random import Random

import pytest

from treatments.models import Treatment

pytestmark = [pytest.mark.usefixtures("shipped_data"), pytest.mark.slow]
MAX_SECONDS = 0.3
MISSPELT = "letrozle tamoxifn joinnt paiin brest cancr hormoan therpy osteoperosis fractre stiffnes numbnes".split()
TRIES = 3
RANDOM = Random(7)  # noqa: S311 - words, no secret


def scramble(letters, lengths):
    """Return words of letters by chance, 100 characters at most."""
    return "+".join("".join(RANDOM.choices(letters, k=length)) for length in lengths)[:100]


def build_urls():
    """Return the addresses, each as often as it is tried: what is searched is another each time."""
    taking = "&".join(f"taking={slug}" for slug in Treatment.objects.public().values_list("slug", flat=True)[:20])
    searches = {
        "misspelt": ["+".join(RANDOM.sample(MISSPELT, len(MISSPELT)))[:100] for _ in range(TRIES)],
        "letters": [scramble("abcdefghijklmnopqrstuvwxyz", [100]) for _ in range(TRIES)],
        "words": [scramble("aeioulnrst", [8] * 12) for _ in range(TRIES)],
    }
    urls = {
        f"{list_name}, {name}": [f"{list_name}={words}" for words in texts]
        for list_name in ("search/?q", "side-effects/?search", "treatments/?search")
        for name, texts in searches.items()
    }
    others = [
        f"explain/?symptom=bone-pain&{taking}",
        f"management-options/?{taking}&page_size=100",
        "paths/?from=chemotherapy&to=bone-pain&max_hops=5",
        "paths/?from=cancer-treatment&to=pain&max_hops=5",
        "coverage/?rows=treatments&cols=symptoms",
        "coverage/",
        "disagreements/",
        "side-effects/?format=csv",
        "side-effects/?format=ndjson",
        "side-effects/?format=fhir&page_size=100",
        "side-effects/?page_size=100",
        "treatments/chemotherapy/",
        "symptoms/pain/",
    ]
    return urls | {url: [url] * TRIES for url in others}


def measure(api, urls):
    """Return the seconds of processor time that an answer takes: the least, since others use the processor as well."""
    seconds = []
    for url in urls:
        started = time.process_time()
        response = api.get(f"/api/v1/{url}")
        body = b"".join(response) if response.streaming else response.content
        seconds.append(time.process_time() - started)
        assert response.status_code == 200, (url, body[:500])
    return min(seconds)


def test_no_question_that_anybody_may_ask_costs_more_than_is_allowed(api):
    costs = {name: measure(api, urls) for name, urls in build_urls().items()}
    for name, cost in costs.items():
        print(f"{cost:.3f} s {name[:80]}")
    assert {name: cost for name, cost in costs.items() if cost > MAX_SECONDS} == {}
