"""Read replicas: an anonymous read asks one of them, the same for the whole request; all else asks the primary.

A replica is left out for a while when it does not answer, or when it is further behind than REPLICA_MAX_LAG_SECONDS.
Where the primary does not answer either, a replica is read that was as new as it REPLICA_ALONE_SECONDS ago at most.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, Error, connections, models
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kb import metrics

REPLICATED_APPS = {"kb", "treatments", "symptoms", "contenttypes"}  # Sessions and the table of a cache are not read.
PUBLIC_PREFIXES = ("/api/", "/explore/")
CHECK_SECONDS, LEAVE_OUT_SECONDS = 1, 5
REASONS = {"connection": "it does not answer", "no-replica": "it is no replica", "lag": "it is too far behind"}
# A replica that has applied all that it received is as new as the primary, however long nothing was written, as long as
# it still receives. Else it is as old as the last transaction that it applied; NULL if it has applied none yet.
LAG_QUERY = """
    SELECT pg_is_in_recovery(), CASE
        WHEN pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) <= 0
            AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
        ELSE EXTRACT(EPOCH FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
"""
logger = logging.getLogger(__name__)


@dataclass
class ReadRoute:
    """The database that a request reads."""

    database: str = DEFAULT_DB_ALIAS


current_route: ContextVar[ReadRoute | None] = ContextVar("current_route", default=None)


class ReplicaRouter:
    """Django's router: reads of records go where the request's route says, everything else to the primary."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        route = current_route.get()
        if route is None or model._meta.app_label not in REPLICATED_APPS:
            return DEFAULT_DB_ALIAS
        is_writing = connections[DEFAULT_DB_ALIAS].in_atomic_block  # Then a replica lacks what was just written.
        return DEFAULT_DB_ALIAS if is_writing else route.database

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, *objects: models.Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


class Replica:
    """A replica as this process knows it: whether it can be read, looked at once in CHECK_SECONDS at most."""

    def __init__(self, alias: str) -> None:
        self.alias, self.is_usable, self.next_check = alias, False, 0.0
        self.reason, self.current_at = "it was not looked at yet", float("-inf")
        self.lock = threading.Lock()

    def check(self) -> bool:
        """Return whether the replica can be read; other threads do not wait while one looks."""
        if time.monotonic() >= self.next_check and self.lock.acquire(blocking=False):
            try:
                self.next_check = time.monotonic() + CHECK_SECONDS
                self.look_at_lag()
            finally:
                self.lock.release()
        return self.is_usable

    def look_at_lag(self) -> None:
        """Ask the replica how far it is behind, and leave it out if that is too far or it does not answer."""
        try:
            in_recovery, lag = self.measure()
        except Error as error:
            self.leave_out("connection", error)
            return
        if not in_recovery:
            self.leave_out("no-replica", "it is no replica of a primary (any more)")
            return
        if lag is not None:  # As far as is known, it was as new as the primary at this moment.
            self.current_at = max(self.current_at, time.monotonic() - lag)
        if lag is None or lag > settings.REPLICA_MAX_LAG_SECONDS:
            self.leave_out("lag", "it has applied nothing yet" if lag is None else f"it is {lag:.1f} s behind")
        else:
            self.is_usable, self.reason = True, ""

    def measure(self) -> tuple[bool, float | None]:
        """Return whether the database is a replica, and how many seconds it is behind, None if that is not known."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(LAG_QUERY)
            in_recovery, lag = cursor.fetchone()
        return in_recovery, None if lag is None else float(lag)

    def leave_out(self, reason: str, detail: object) -> None:
        """Let nobody read the replica for LEAVE_OUT_SECONDS."""
        self.is_usable, self.next_check = False, time.monotonic() + LEAVE_OUT_SECONDS
        self.reason = REASONS[reason]
        metrics.replica_failures_total.labels(self.alias, reason).inc()
        logger.warning("%s is not read for %d seconds: %s", self.alias, LEAVE_OUT_SECONDS, detail)
        with suppress(Error):
            connections[self.alias].close()

    def can_stand_alone(self) -> bool:
        """Return whether the replica is new enough to be read while there is no primary."""
        return time.monotonic() - self.current_at <= settings.REPLICA_ALONE_SECONDS

    def connect(self) -> bool:
        """Return whether this thread has a connection to the replica."""
        try:
            connections[self.alias].ensure_connection()
        except Error as error:
            self.leave_out("connection", error)
            return False
        return True


@cache
def get_replicas() -> dict[str, Replica]:
    return {alias: Replica(alias) for alias in settings.REPLICAS}


class Primary:
    """The primary as this process knows it: whether it is gone, looked at once in LEAVE_OUT_SECONDS at most."""

    def __init__(self) -> None:
        self.is_gone, self.next_check, self.lock = False, 0.0, threading.Lock()

    def check_is_gone(self) -> bool:
        """Return whether the primary does not answer; other threads do not wait while one looks."""
        if time.monotonic() >= self.next_check and self.lock.acquire(blocking=False):
            try:
                was_gone, self.is_gone = self.is_gone, not self.answers()
                self.next_check = time.monotonic() + (LEAVE_OUT_SECONDS if self.is_gone else CHECK_SECONDS)
                if self.is_gone and not was_gone:
                    logger.warning("The primary does not answer: replicas are read, as long as they are new enough.")
            finally:
                self.lock.release()
        return self.is_gone

    @staticmethod
    def answers() -> bool:
        connection = connections[DEFAULT_DB_ALIAS]
        try:
            connection.ensure_connection()
            return connection.is_usable()
        except Error:
            return False


primary = Primary()


def choose_database() -> str:
    """Return a replica that can be read, by chance, or the primary if there is none."""
    replicas = [*get_replicas().values()]
    random.shuffle(replicas)
    current = [replica for replica in replicas if replica.check()]
    if alias := find_connected(current):
        return alias
    alone = [replica for replica in replicas if replica.can_stand_alone()]
    return (alone and primary.check_is_gone() and find_connected(alone)) or DEFAULT_DB_ALIAS


def find_connected(replicas: list[Replica]) -> str | None:
    """Return the first replica to which this thread has a connection."""
    return next((replica.alias for replica in replicas if replica.connect()), None)


def is_anonymous_read(environ: Mapping[str, Any]) -> bool:
    """Return whether a request (its WSGI environment) reads what is public, without a token and without a session."""
    path = environ.get("PATH_INFO", "")
    return (
        environ.get("REQUEST_METHOD") in ("GET", "HEAD")
        and (path == "/" or path.startswith(PUBLIC_PREFIXES))
        and "HTTP_AUTHORIZATION" not in environ
        and f"{settings.SESSION_COOKIE_NAME}=" not in environ.get("HTTP_COOKIE", "")
    )


@contextmanager
def route_reads(environ: Mapping[str, Any]) -> Iterator[ReadRoute]:
    """Choose the database that the reads of a request go to, until the end of the block; an outer choice stays."""
    if (route := current_route.get()) is not None:
        yield route
        return
    is_replicated = bool(settings.REPLICAS) and is_anonymous_read(environ)
    route = ReadRoute(choose_database() if is_replicated else DEFAULT_DB_ALIAS)
    if is_replicated:
        metrics.reads_total.labels(route.database).inc()
    token = current_route.set(route)
    try:
        yield route
    finally:
        current_route.reset(token)


def replica_middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware: route the reads of a request; ask the primary where an answer from a replica is an error of ours."""
    if not settings.REPLICAS:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with route_reads(request.META) as route:
            response = get_response(request)
            if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and route.database != DEFAULT_DB_ALIAS:
                replica = get_replicas()[route.database]
                if not connections[replica.alias].is_usable():
                    replica.leave_out("connection", "it failed while it was read")
                route.database = DEFAULT_DB_ALIAS
                metrics.reads_total.labels(route.database).inc()
                response = get_response(request)
        return response

    return middleware
