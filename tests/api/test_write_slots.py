"""Slots for writing: one thread of a process is left to reads, whoever waits for a lock."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from kb.api import write_slots
from kb.api.write_slots import write_slot_middleware

PATH = "/api/v1/suggestions/"


@pytest.fixture(autouse=True)
def short_wait(monkeypatch, settings):
    monkeypatch.setattr(write_slots, "WAIT_SECONDS", 0.05)
    settings.THREADS = 3


@pytest.mark.parametrize(("path", "content_type"), [(PATH, "application/problem+json"), ("/admin/", "text/html")])
def test_where_others_write_one_more_is_told_to_come_again_and_reads_go_on(path, content_type):
    started, released = Barrier(3), Event()

    def wait_for_lock(request):
        if request.method == "POST":
            started.wait(10)
            released.wait(10)
        return HttpResponse("done")

    middleware, factory = write_slot_middleware(wait_for_lock), RequestFactory()
    with ThreadPoolExecutor(2) as writers:
        writing = [writers.submit(middleware, factory.post(path)) for _ in range(2)]
        started.wait(10)
        refused = middleware(factory.post(path))
        assert (refused.status_code, refused["Retry-After"]) == (503, "5")
        assert refused["Content-Type"].startswith(content_type)
        assert [middleware(request).content for request in (factory.get(path), factory.head(path))] == [b"done"] * 2
        released.set()
        assert [answer.result().status_code for answer in writing] == [200, 200]


def test_a_slot_is_free_again_after_an_error():
    def fail(request):
        raise RuntimeError

    middleware = write_slot_middleware(fail)
    for _ in range(5):
        with pytest.raises(RuntimeError):
            middleware(RequestFactory().post(PATH))
