"""What somebody had typed when their session ended: it travels with the sign-in, and comes back afterwards.

The browser holds it, signed, on the sign-in page; only who has signed in gets it into a session. So nothing is stored
for people who are not signed in, and nothing is written before the form is submitted once more, with a token (CSRF) of
the new session.
"""

from django.core import signing
from django.http import QueryDict

FIELD_NAME = "typed"  # Of the sign-in form.
SESSION_KEY = "typed_text"
SALT = "kb.accounts.typed_text"
MAX_AGE_SECONDS = 24 * 3600
MAX_SIGNED_CHARACTERS = 1_000_000  # Of the signed text; what is longer is not kept.
# Values that no page gives back: secrets, tokens, buttons, and texts of sources, which no session is to hold.
DROPPED_NAMES = ("csrfmiddlewaretoken", "_save", "_send", "_preview", "weighed", "pasted", FIELD_NAME)


def sign_typed_text(request):
    """Return what a request has posted, with its path, signed for the sign-in page; empty if that is nothing."""
    values = {
        name: values
        for name, values in request.POST.lists()
        if name not in DROPPED_NAMES and "password" not in name and any(values)
    }
    if not values:
        return ""
    signed = signing.dumps({"path": request.path, "values": values}, salt=SALT, compress=True)
    return signed if len(signed) <= MAX_SIGNED_CHARACTERS else ""


def keep_typed_text(request):
    """Put what came with a sign-in into the session of who has just signed in; what is not ours is ignored."""
    try:
        typed = signing.loads(request.POST.get(FIELD_NAME, ""), salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature:
        return
    request.session[SESSION_KEY] = typed


def take_typed_text(request):
    """Return what was typed for the page of this request, as form data, and forget it; None if nothing was."""
    typed = request.session.get(SESSION_KEY)
    if request.method != "GET" or not typed or typed["path"] != request.path:
        return None
    del request.session[SESSION_KEY]
    data = QueryDict(mutable=True)
    for name, values in typed["values"].items():
        data.setlist(name, values)
    return data
