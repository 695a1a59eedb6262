"""Several processes of the real server on one database: a published edit is in the next response of each."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tests.helpers.scratch import get_shared_url, run_python
from tests.helpers.servers import get, run_servers

PATH = "/api/v1/side-effects/class-bone/"
PUBLISH = """
import sys, django
django.setup()
from django.contrib.auth.models import User
from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from symptoms.models import SideEffect
statement = SideEffect.objects.get(slug="class-bone")
content = serialize_record(statement) | {"onset": sys.argv[1]}
change = save_or_propose(statement, content, EditRequest(User.objects.get(username="editor"), "Read.", submit=True))
approve(User.objects.get(username="reviewer"), change, change.lock)
"""

WRITE_ALL_THE_TIME = """
import sys, time, django
django.setup()
from symptoms.models import SideEffect
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    SideEffect.objects.filter(slug="class-bone").update(onset=str(time.monotonic()))
    time.sleep(0.005)
"""
SECONDS = 5


def read_onset(port):
    """Return what a server says, and whether it found it in its cache: a stored response names its limits last."""
    status, headers, body = get(port, PATH, accept_encoding="identity")
    assert status == 200, body
    return json.loads(body)["onset"], headers["X-KB-Version"]


@pytest.mark.slow
def test_a_published_edit_is_in_the_next_response_of_every_process_while_others_read(
    transactional_db, universe, users, tmp_path
):
    url, done = get_shared_url(tmp_path), Event()

    def read_until_done(port):
        """Read all the time; return each onset when it is first seen."""
        seen = []
        while not done.is_set():
            onset, _ = read_onset(port)
            if onset not in seen[-1:]:
                seen.append(onset)
        return seen

    with run_servers(3, url) as ports, ThreadPoolExecutor(len(ports)) as readers:
        reading = [readers.submit(read_until_done, port) for port in ports]
        try:
            onsets = ["in the first week", "after a month", "after a year"]
            for onset in onsets:
                run_python(url, "-c", PUBLISH, onset)
                answers = [read_onset(port) for port in ports]
                assert [said for said, _ in answers] == [onset] * len(ports)
                assert len({version for _, version in answers}) == 1
        finally:
            done.set()
        for read in reading:
            assert read.result() == ["", *onsets]  # Each once and in this order: none came back, and none failed.


@pytest.mark.slow
def test_no_reader_is_refused_while_somebody_writes_all_the_time(transactional_db, universe, tmp_path):
    url, statuses = get_shared_url(tmp_path), []
    with run_servers(1, url, RESPONSE_CACHE_MB="0") as (port,), ThreadPoolExecutor(1) as writers:
        writing = writers.submit(run_python, url, "-c", WRITE_ALL_THE_TIME, str(SECONDS))
        while not writing.done():
            statuses += [get(port, path)[0] for path in ("/api/v1/explain/?symptom=pain&taking=drug", PATH)]
        writing.result()
    assert set(statuses) == {200}
    assert len(statuses) > SECONDS
