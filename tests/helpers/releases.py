"""What happens to a release while others write, and when its process dies: run in processes of their own."""

import os
from threading import Thread
from unittest.mock import patch

from django.core.exceptions import ValidationError
from django.db import connection

from kb.dataset.version import data_version
from kb.models import Release, ReleaseChunk
from kb.releases import build_release, builder
from kb.utils.locks import get_work_path
from treatments.models import Treatment

SECONDS = 20


def run_meanwhile(function):
    """Run a function in a thread of its own; return its result, or None if it waits for this thread."""
    results = []

    def run():
        try:
            results.append(function())
        except ValidationError as error:
            results.append(error.messages)
        finally:
            connection.close()

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    return results[0] if results else None


def release_while_others_write():
    """Make a release, while another thread writes a record and tries to make a release, too."""
    before, observed = data_version(), {}
    original = builder.iterate_changes_since

    def write_and_iterate(*args):
        observed["written"] = run_meanwhile(lambda: Treatment.objects.filter(slug="drug").update(summary="late"))
        observed["second"] = run_meanwhile(lambda: build_release("2026.12").name)
        return original(*args)

    with patch.object(builder, "iterate_changes_since", write_and_iterate):
        release = build_release("2026.12")
    knowledge = release.files.get(name="knowledge.json").content.decode()
    return observed | {
        "version": [before, release.data_version],
        "is_late_in_release": "late" in knowledge,
        "is_late_in_data": Treatment.objects.get(slug="drug").summary == "late",
        "releases": Release.objects.count(),
    }


def die_before_a_release_is_public():
    """End the process without a word when everything is stored, and nothing is public yet."""
    with patch.object(builder, "publish", lambda *args: print("null", flush=True) or os._exit(0)):
        build_release("2026.12")


def describe_leftovers():
    """Return what a release that was not finished has left, and what is there after the next one."""
    used = ReleaseChunk.objects.filter(sha256__in=[file.sha256 for file in list_files()]).count()
    return {
        "releases": Release.objects.count(),
        "unused chunks": ReleaseChunk.objects.count() - used,
        "folder": get_work_path("release").exists(),
    }


def list_files():
    return [file for release in Release.objects.all() for file in release.files.all()]


def release_after_a_change():
    """Make a release of other data than the one that was not finished, in which every list is another."""
    Treatment.objects.filter(slug="drug").update(summary="late")
    build_release("2026.12")
    return describe_leftovers()
