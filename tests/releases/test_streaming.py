"""Releases while others write, that die midway, of large contents, and those made before contents came in chunks."""

import hashlib
import json
import zlib

import pytest

from kb.models import Release, ReleaseChunk, ReleaseFile
from kb.models.releases import CHUNK_SIZE, compress, decompress
from kb.releases.json_stream import iterate_document, iterate_list, iterate_object
from tests.helpers.releases import (
    describe_leftovers,
    die_before_a_release_is_public,
    release_after_a_change,
    release_while_others_write,
)
from tests.helpers.scratch import get_shared_url, run_function


@pytest.mark.django_db(transaction=True)
def test_a_release_is_of_one_snapshot_while_others_write_and_the_only_one(universe, tmp_path):
    observed = run_function(get_shared_url(tmp_path), release_while_others_write)
    assert observed["written"] == 1, "The writer waited for the release."
    assert observed["second"] == ["Another release is being made: wait until it is there."]
    before, version = observed["version"]
    assert version == before
    assert (observed["is_late_in_data"], observed["is_late_in_release"]) == (True, False)
    assert observed["releases"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_release_that_dies_leaves_nothing_public_and_the_next_one_clears_up(universe, tmp_path):
    url = get_shared_url(tmp_path)
    run_function(url, die_before_a_release_is_public)
    left = run_function(url, describe_leftovers)
    assert left["releases"] == 0
    assert left["unused chunks"] > 0
    assert left["folder"]
    assert run_function(url, release_after_a_change) == {"releases": 1, "unused chunks": 0, "folder": False}


def test_a_content_is_stored_in_bounded_chunks_and_read_so(db):
    noise = [hashlib.sha256(str(number).encode()).digest() for number in range(100_000)]  # It does not compress.
    content = b"".join(noise)
    ReleaseChunk.objects.write_content("a" * 64, noise)
    chunks = list(ReleaseChunk.objects.order_by("position"))
    assert len(chunks) > 1
    assert max(len(chunk.packed) for chunk in chunks) < 2 * CHUNK_SIZE
    file = ReleaseFile(sha256="a" * 64, packed=b"")
    pieces = list(file.iterate_content())
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= CHUNK_SIZE


def test_what_is_small_when_packed_is_unpacked_in_pieces():
    content = bytes(50 * CHUNK_SIZE)
    assert max(map(len, decompress(compress([content])))) <= CHUNK_SIZE


def test_files_of_the_same_content_share_their_chunks(db):
    for _ in range(2):
        ReleaseChunk.objects.write_content("b" * 64, [b"the same"])
    assert ReleaseChunk.objects.count() == 1


def test_a_release_from_before_there_were_chunks_is_served(db, get_release_file):
    release = Release.objects.create(name="2026.11", data_version="1", version="1", records=1)
    file = {"name": "treatments.csv", "says": "Treatments.", "media_type": "text/csv", "sha256": "c" * 64}
    ReleaseFile.objects.create(release=release, size=10, packed=zlib.compress(b"slug\nrest\n"), **file)
    ReleaseChunk.objects.delete_unused()
    assert get_release_file("2026.11", "treatments.csv") == b"slug\nrest\n"


@pytest.mark.parametrize(
    "lists",
    [{}, {"empty": []}, {"a-b": [], "c": [{"x": [], "y": {}, "z": [1, None, True, '„Ä\n\u2028\x7f\\"']}, {"x": 1.5}]}],
)
def test_json_that_is_streamed_has_the_bytes_of_json_dumps(lists):
    head = {"name": "a", "list": [1, {"b": []}]}
    dumped = lambda value: (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()  # noqa: E731
    if lists:
        assert b"".join(iterate_document(head, "all", iterate_object(lists, 1))) == dumped(head | {"all": lists})
    for items in lists.values():
        assert b"".join(iterate_document(head, "all", iterate_list(items, 1))) == dumped(head | {"all": items})
