"""Access by role: every route of the URL configuration, a real address for each, and what somebody gets there."""

import csv
import re
from pathlib import Path

from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from kb.choices import TokenScope
from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.snapshot import serialize_record
from kb.models import AccountEvent, ApiToken, Batch, Finding, SavedFilter, Suggestion, models_by_resource_name
from symptoms.models import SideEffect
from tests.helpers.accounts import make_user
from tests.helpers.suggestions import issue_token
from tests.helpers.wsgi import keep_connections

MATRIX = Path(__file__).parent.parent / "security" / "access_matrix.csv"
ROLES = ["anonymous", "token", "nobody", "viewer", "editor", "reviewer", "administrator", "superuser"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
OWNED = {"api/v1/suggestions/<uuid:pk>/", "admin/lists/<int:pk>/forget/"}  # What it is depends on whose it is.
ALLOWED, SIGN_IN = "yes", "sign-in"


def list_routes():
    """Return every route of the URL configuration, with what it is included under."""

    def walk(patterns, prefix=""):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, route)
            else:
                yield route

    return [*walk(get_resolver().url_patterns)]


def list_cases():
    """Return what the matrix has a row for: each route with each method, and whose the object is where that matters."""
    return [
        (route, method, whose)
        for route in list_routes()
        for method in METHODS
        for whose in (["own", "other's"] if route in OWNED else ["-"])
    ]


# One model of each shape: the other models of records have the same admin and views, and are tried in the long run.
LEFT_TO_LONG_RUN = re.compile(
    r"(admin/(kb|treatments|symptoms)|api/v1|explore)/\^?("
    r"metastaticsite|metastatic-sites|cancers?|investigations?|indications?|cautions?|symptoms?|managementoption|"
    r"management-options|manifestations?|redflag|red-flags|comparisons?|switch|switches|diagnostics?|riskfactor|"
    r"risk-factors|distinguishingfeature|distinguishing-features|guidance)/"
)


def is_in_short_run(case):
    """Return whether a case is tried each time: one model of each shape; PUT and PATCH are read like DELETE."""
    route, method, _ = case
    return method in {"GET", "POST", "DELETE"} and not LEFT_TO_LONG_RUN.match(route)


def read_matrix():
    """Return the declared outcomes: for each case, what each role gets."""
    with MATRIX.open() as file:
        return {(row["route"], row["method"], row["whose"]): row for row in csv.DictReader(file)}


class AccessWorld:
    """One object of each kind that a route can name, and one client of each role."""

    def __init__(self, users):
        self.users = users | {"superuser": User.objects.create_superuser("root")}
        self.secret = issue_token(make_user("sender"), scopes=[TokenScope.SUGGEST, TokenScope.READ])
        self.statement = SideEffect.objects.filter(status="published").first()
        request = EditRequest(self.users["editor"], "Line 2 says so.", submit=True)
        content = serialize_record(self.statement) | {"frequency": "rare"}
        kind = ContentType.objects.get_for_model(SideEffect)
        about = {"kind": "side-effects", "slug": self.statement.slug, "text": "It is common."}
        self.objects = {
            "kb.change": save_or_propose(self.statement, content, request),
            "kb.batch": Batch.objects.create(name="file.csv", why="It is new.", by=self.users["editor"]),
            "kb.suggestion": Suggestion.objects.create(sender=self.users["editor"], app="app", **about),
            "kb.apitoken": ApiToken.objects.first(),
            "kb.finding": Finding.objects.create(kind=kind, object_id=self.statement.pk, slug=self.statement.slug),
            "kb.accountevent": AccountEvent.objects.first(),
            "axes.accessattempt": AccessAttempt.objects.create(
                username="x", ip_address="127.0.0.1", failures_since_start=1
            ),
            "auth.user": self.users["viewer"],
        }

    def get_client(self, role):
        """Return a client that is signed in as somebody of a role, or sends a token."""
        client = Client(headers={"authorization": f"Bearer {self.secret}"} if role == "token" else None)
        if role in self.users:
            client.force_login(self.users[role])
        return client

    def get_object(self, label):
        """Return an object of a model."""
        return self.objects.get(label) or apps.get_model(label)._default_manager.first()

    def build_url(self, route, role, whose):
        """Return an address that the route matches, of an object that is there."""
        if route == "admin/lists/<int:pk>/forget/":
            other = "viewer" if role != "viewer" else "editor"
            owner = self.users.get(role if whose == "own" else other, self.users["viewer"])
            saved = SavedFilter.objects.create(owner=owner, name="mine", path="/admin/kb/change/")
            return f"/admin/lists/{saved.pk}/forget/"
        if route == "api/v1/suggestions/<uuid:pk>/":
            sender = User.objects.get(username="sender") if whose == "own" else self.users["editor"]
            about = {"kind": "side-effects", "slug": self.statement.slug, "text": "It is common."}
            return f"/api/v1/suggestions/{Suggestion.objects.create(sender=sender, app='app', **about).pk}/"
        return "/" + self.fill_route(route)

    def fill_route(self, route):
        """Return a route with values in place of its parameters."""
        slug = self.statement.slug
        parts = route.replace("^", "").removesuffix("$").split("/")
        if parts[0] == "admin" and len(parts) > 3 and f"{parts[1]}.{parts[2]}" in self.list_labels():
            found = self.get_object(f"{parts[1]}.{parts[2]}")
            key = 999_999 if "import/<int:pk>" in route else found.pk
            route = re.sub(r"<(path:object_id|id|int:pk)>", str(key), route)
        elif len(parts) > 2:
            resource = parts[2] if parts[0] == "api" else parts[1]
            model = models_by_resource_name().get(resource)
            slug = model.objects.filter(status="published").first().slug if model else slug
        values = {
            r"(?P<slug>[\w .-]+)": slug,
            "<int:kind>": ContentType.objects.get_for_model(SideEffect).pk,
            "<path:content_type_id>": ContentType.objects.get_for_model(SideEffect).pk,
            "<int:key>": self.statement.pk,
            "<path:object_id>": self.statement.pk,
            "<str:file_format>": "csv",
            "<slug>": slug,
            "<name>": "2026.11",
            "<file>": "README.md",
            "(?P<app_label>auth|kb|axes|treatments|symptoms)": "kb",
            "(?P<url>.*)": "nonsense",
        }
        for parameter, value in values.items():
            route = route.replace(parameter, str(value))
        return route.replace("^", "").removesuffix("$")

    def list_labels(self):
        return {model._meta.label_lower for model in apps.get_models()}

    def observe(self, client, role, route, method, whose):
        """Send an empty request and return its outcome; what it wrote is rolled back."""
        cookies = client.cookies.copy()
        with transaction.atomic():
            content_type = {"content_type": "application/json"} if method != "GET" and "api/" in route else {}
            response = client.generic(method, self.build_url(route, role, whose), **content_type)
            outcome = describe_outcome(response)
            with keep_connections():
                response.close()
            transaction.set_rollback(True)
        client.cookies = cookies
        return outcome


def describe_outcome(response):
    """Return what a response means for access: a refusal by its status, a redirect to the sign-in, or `yes`."""
    assert response.status_code < 500, (response.request["PATH_INFO"], response.status_code)
    if response.status_code in (401, 403, 404, 405):
        return str(response.status_code)
    to_sign_in = response.status_code == 302 and response["Location"].startswith(
        ("/admin/login/", "/admin/two-factor/")
    )
    return SIGN_IN if to_sign_in else ALLOWED
