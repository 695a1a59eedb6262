"""Rate limits: low limits in a window that does not end, and the headers of a response."""

import re

import pytest
from django.core.cache import caches

from kb.api import throttling

TREATMENTS_URL = "/api/v1/treatments/"


@pytest.fixture(autouse=True)
def low_rate_limits(settings, monkeypatch):
    """Allow three requests a minute, five with a token, in a minute that does not end during a test."""
    settings.READS_PER_MINUTE, settings.TOKEN_READS_PER_MINUTE = 3, 5
    monkeypatch.setattr(throttling, "time", lambda: 1_800_000_000.0)
    monkeypatch.setattr(throttling.pause, "until", 0.0)
    caches["counts"].clear()


def parse_rate_limit(response):
    """Return the policy of a response, its quota, and the number of requests left."""
    policy = re.fullmatch(r'"([a-z]+)";q=(\d+);w=(\d+)', response["RateLimit-Policy"])
    state = re.fullmatch(r'"([a-z]+)";r=(\d+);t=(\d+)', response["RateLimit"])
    assert policy[1] == state[1]
    assert 0 < int(state[3]) <= int(policy[3])
    return policy[1], int(policy[2]), int(state[2])
