"""Clients of chaos.py and load_test.py: they read and write without a pause, and know what was acknowledged to them."""

import http.client
import itertools
import json
import math
import random
import time
from collections import Counter, deque
from functools import partial
from urllib.parse import urlencode, urlsplit

from threads import ThreadGroup

LISTS = ["side-effects", "treatments", "symptoms", "indications", "red-flags", "cancers", "sources"]
NO_ANSWER = "none"  # The connection failed, or nothing came in time.
TIMEOUT = 10  # Seconds; no answer may take longer, whatever has failed.
CSRF_TOKEN = "c" * 32  # Of the cookie and of the form: what they have to have is that they are equal.
RETRY_SECONDS = 0.2  # Nobody asks without a pause where nobody answers.
LIVE = "/health/live"


def send(url, method, path, body=None, timeout=TIMEOUT, **headers):
    """Send a request on a connection of its own; return status, headers and body, or NO_ANSWER and nothing."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    except (OSError, http.client.HTTPException):
        return NO_ANSWER, {}, b""
    finally:
        connection.close()


def is_whole(body):
    """Return whether a body is JSON to its end."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def build_session_headers(session):
    return {"Cookie": f"sessionid={session}; csrftoken={CSRF_TOKEN}"}


class Clients(ThreadGroup):
    """Readers, somebody who sends suggestions, somebody who publishes, and a liveness probe; a context manager."""

    def __init__(self, url, seed, pause=0.02):
        steps = [self.read] * 3 + [self.suggest, self.publish, self.probe]
        super().__init__([partial(self.repeat, step) for step in steps])
        self.url, self.seed, self.pause = url, seed, pause
        self.statuses, self.live, self.seconds = Counter(), Counter(), []
        self.suggestions, self.published, self.number = [], [], itertools.count()  # What was acknowledged.
        self.changes = deque(seed["changes"])
        self.last_written = 0.0

    def repeat(self, step):
        while not self.is_stopped:
            step()
            time.sleep(self.pause)

    def count(self, status, seconds=None):
        with self.lock:
            self.statuses[status] += 1
            if seconds is not None:
                self.seconds.append(seconds)
        if status == NO_ANSWER:
            time.sleep(RETRY_SECONDS)

    def read(self):
        started = time.monotonic()
        path = f"/api/v1/{random.choice(LISTS)}/?page_size={random.randint(1, 50)}"
        status, _, body = send(self.url, "GET", path)
        if status == 200 and not is_whole(body):
            status = "broken"
        self.count(status, time.monotonic() - started)

    def suggest(self):
        text = f"Number {next(self.number)} of {id(self)}."
        body = json.dumps({"kind": "treatments", "slug": "letrozole", "text": text, "evidence": "A trial."})
        headers = {"Authorization": f"Bearer {self.seed['token']}", "Content-Type": "application/json"}
        status, answer, _ = send(self.url, "POST", "/api/v1/suggestions/", body, **headers)
        self.count(status)
        if status == 201:
            self.last_written = time.monotonic()
            self.suggestions.append((self.last_written, urlsplit(answer["Location"]).path))

    def publish(self):
        """Approve the next change that waits, as the form of the review queue does; again if it failed."""
        if not self.changes:
            time.sleep(0.2)
            return
        key, seen, path, summary = self.changes.popleft()
        form = urlencode({"approve": "1", "seen": seen, "remark": "", "csrfmiddlewaretoken": CSRF_TOKEN})
        headers = build_session_headers(self.seed["session"]) | {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer, _ = send(self.url, "POST", f"/admin/kb/change/{key}/change/", form, **headers)
        self.count(status)
        if status == 302 and "login" not in answer["Location"]:
            self.published.append((time.monotonic(), path, summary))
        elif status != 200:  # 200: it was published before, though nobody was told.
            self.changes.append([key, seen, path, summary])

    def probe(self):
        self.live[send(self.url, "GET", LIVE)[0]] += 1
        time.sleep(0.1)

    def wait_until_well(self, bound):
        """Return after how many seconds a read, a write and the readiness probe are answered; None after the bound."""
        started = time.monotonic()
        while time.monotonic() - started < bound:
            ready = send(self.url, "GET", "/health/ready")[0] == 200
            if ready and send(self.url, "GET", "/api/v1/sources/")[0] == 200 and self.last_written > started:
                return time.monotonic() - started
            time.sleep(0.05)
        return None

    def count_acknowledged(self, until=math.inf):
        """Return how many writes were acknowledged until a moment."""
        return sum(when < until for when, *_ in [*self.suggestions, *self.published])

    def count_lost(self, until=math.inf):
        """Ask for everything that was acknowledged until a moment; return how much of it is not there."""
        token = {"Authorization": f"Bearer {self.seed['token']}"}
        found = set()
        path = "/api/v1/suggestions/?page_size=100"
        while path:
            status, _, body = send(self.url, "GET", path, timeout=60, **token)
            if status != 200:
                return f"{status}?"
            page = json.loads(body)
            found |= {urlsplit(suggestion["url"]).path for suggestion in page["results"]}
            path = page["next"] and page["next"].replace(self.url, "").replace("http://localhost", "")
        lost = len({path for when, path in self.suggestions if when < until} - found)
        for when, address, summary in self.published:
            if when < until:
                answer = send(self.url, "GET", f"{address}?fields=summary", timeout=60)[2]
                lost += json.loads(answer).get("summary") != summary
        return lost
