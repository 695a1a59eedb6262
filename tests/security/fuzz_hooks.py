"""Hooks of schemathesis for `make fuzz`, which names this module in SCHEMATHESIS_HOOKS."""

from urllib.parse import urlencode

import schemathesis

# The HTTP server refuses a longer address by itself, with a 414 without a body, before Django is asked (65,534 bytes).
MAX_QUERY_BYTES = 65_000


@schemathesis.hook
def filter_case(context, case):
    """Return whether the server hands the request over to Django."""
    return len(urlencode(case.query or {}, doseq=True)) <= MAX_QUERY_BYTES
