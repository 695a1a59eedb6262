"""Content encodings: the one that a client prefers."""

import pytest

from kb.api.content_encoding import MAX_HEADER_LENGTH, choose_encoding, compress
from tests.helpers.wsgi import DECODERS


@pytest.mark.parametrize(
    ("accept_encoding", "encoding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("GZIP;Q=0.5", "identity"),  # Not a weight that we read: nothing is guessed.
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, *", "zstd"),
        ("zstd;q=0, *;q=0.1", "br"),
        ("gzip;q=0", "identity"),
        ("*;q=0", "identity"),
        ("identity, gzip;q=0.5", "identity"),
        ("gzip;q=nan", "identity"),
        ("gzip;q=many, br;q=", "br"),
        ("deflate", "identity"),
    ],
)
def test_the_preferred_encoding_is_chosen(accept_encoding, encoding):
    assert choose_encoding(accept_encoding) == encoding


def test_of_a_long_header_only_the_beginning_is_read_and_remembered():
    assert choose_encoding("gzip, " + "x" * 100_000 + ", br") == "gzip"
    assert choose_encoding("x" * MAX_HEADER_LENGTH + ", gzip") == "identity"


@pytest.mark.parametrize("encoding", DECODERS)
@pytest.mark.parametrize("chunks", [[], [b""], [b"bone"], [b"bone ", b"pain "] * 10_000])
def test_a_compressed_body_is_the_same_when_it_is_decompressed(encoding, chunks):
    assert DECODERS[encoding](b"".join(compress(chunks, encoding))) == b"".join(chunks)
