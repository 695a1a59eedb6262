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
