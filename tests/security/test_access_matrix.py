"""The access matrix: every URL and method, by role and ownership, as it is declared and as it is."""

import itertools
import os

import pytest

from tests.helpers.access import ALLOWED, ROLES, SIGN_IN, AccessWorld, is_in_short_run, list_cases, read_matrix

MATRIX_ROLES = ["anonymous", "token", "viewer", "editor", "reviewer", "administrator", "superuser", "nobody"]
# Outside of the admin no page reads a session: who is signed in gets what everybody gets, which one of them shows.
ROLES_OUTSIDE_ADMIN = {"anonymous", "token", "superuser"}
IS_LONG_RUN = "ACCESS_LONG_RUN" in os.environ  # Every model and method: minutes.
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
OPEN_ADMIN_ROUTES = {"admin/login/", "admin/logout/", "admin/jsi18n/"}


def test_every_url_and_method_has_a_row_and_no_row_is_left_over():
    declared, cases = read_matrix(), set(list_cases())
    missing, left_over = sorted(cases - declared.keys()), sorted(declared.keys() - cases)
    assert not missing, f"Declare in access_matrix.csv who may: {missing[:10]}"
    assert not left_over, f"There is no such URL any more: {left_over[:10]}"


@pytest.mark.slow
@pytest.mark.parametrize("role", MATRIX_ROLES)
def test_everybody_gets_what_is_declared(shipped_data, users, role):
    world, declared = AccessWorld(users), read_matrix()
    client = world.get_client(role)
    wrong = []
    for route, method, whose in list_cases():
        if not route.startswith("admin/") and role not in ROLES_OUTSIDE_ADMIN:
            continue
        if not IS_LONG_RUN and not is_in_short_run((route, method, whose)):
            continue
        outcome, expected = world.observe(client, role, route, method, whose), declared[route, method, whose][role]
        if outcome != expected:
            wrong.append(f"{method} {route} ({whose}) as {role}: {outcome}, declared {expected}")
    assert not wrong, "\n".join(wrong)


def select(prefix, methods=("GET", *UNSAFE)):
    return [row for (route, method, _), row in read_matrix().items() if route.startswith(prefix) and method in methods]


def test_without_an_account_the_admin_shows_the_sign_in_alone():
    for row in select("admin/"):
        if row["route"] not in OPEN_ADMIN_ROUTES:
            assert ALLOWED not in (row["anonymous"], row["token"], row["nobody"]), row


def test_nothing_outside_the_admin_is_written_but_suggestions_with_a_token():
    for prefix in ("api/", "explore/", "health/"):
        for row in select(prefix, UNSAFE):
            allowed = [role for role in ROLES if row[role] == ALLOWED]
            expected = ["token"] if (row["route"], row["method"]) == ("api/v1/suggestions/", "POST") else []
            assert allowed == expected, row


def test_a_session_opens_nothing_in_the_api():
    for row in select("api/") + select("explore/"):
        assert {row[role] for role in ROLES if role != "token"} == {row["anonymous"]}, row


def test_a_token_opens_nothing_but_suggestions():
    for row in select(""):
        if not row["route"].startswith("api/v1/suggestions/"):
            assert row["token"] == row["anonymous"], row


def test_accounts_tokens_and_sign_ins_are_for_administrators_alone():
    for prefix in ("admin/auth/", "admin/kb/accountevent/", "admin/axes/", "admin/kb/apitoken/"):
        for row in select(prefix):
            for role in ("viewer", "editor", "reviewer"):
                assert row[role] in ("403", "404", "405") or row["route"].endswith("<path:object_id>/"), row


def test_a_viewer_adds_and_imports_nothing():
    for row in select("admin/"):
        if row["route"].endswith(("/add/", "/import/", "/from-text/")):
            assert row["viewer"] == "403", row


def test_each_role_may_what_the_one_before_it_may():
    order = ["viewer", "editor", "reviewer", "administrator"]
    for row in select("admin/"):
        for lower, higher in itertools.pairwise(order):
            assert row[lower] != ALLOWED or row[higher] == ALLOWED, row


def test_what_belongs_to_somebody_else_is_not_there():
    rows = [row for row in select("") if row["whose"] == "other's"]
    assert {row["route"] for row in rows} == {"api/v1/suggestions/<uuid:pk>/", "admin/lists/<int:pk>/forget/"}
    for row in rows:
        assert not [role for role in ROLES if row[role] == ALLOWED], row
        assert row["anonymous"] in ("401", "405", SIGN_IN), row
