"""Content encodings: which one a client prefers, and compressing with it."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import brotli
import zstandard

IDENTITY = "identity"
MAX_HEADER_LENGTH = 200  # Characters; browsers send some 25.
# The preferred one first, where a client accepts several alike. Levels for what is compressed once and sent often.
ENCODERS: dict[str, Callable[[], Any]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=9).compressobj(),
    "br": lambda: brotli.Compressor(quality=5),
    "gzip": lambda: zlib.compressobj(level=6, wbits=16 + zlib.MAX_WBITS),
}


def choose_encoding(accept_encoding: str) -> str:
    """Return the content coding that an Accept-Encoding header prefers of those that we have, else `identity`.

    What is beyond `MAX_HEADER_LENGTH` is ignored.
    """
    return _choose_encoding(accept_encoding[:MAX_HEADER_LENGTH])


@lru_cache(maxsize=1000)
def _choose_encoding(accept_encoding: str) -> str:
    qualities = dict(parse_quality(part) for part in accept_encoding.split(",") if part.strip())
    default = qualities.get("*", 0.0)
    best = max(ENCODERS, key=lambda name: qualities.get(name, default))
    return best if qualities.get(best, default) > qualities.get(IDENTITY, 0.0) else IDENTITY


def parse_quality(part: str) -> tuple[str, float]:
    """Return a content coding and its quality, 1 unless given; 0 where it cannot be read."""
    name, _, parameter = part.partition(";")
    try:
        quality = float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        quality = 0.0
    return name.strip().lower(), quality


def compress(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the chunks of a body, compressed; one after another, so that a long body is never whole in memory."""
    encoder = ENCODERS[encoding]()
    add = encoder.process if encoding == "br" else encoder.compress
    end = encoder.finish if encoding == "br" else encoder.flush
    for chunk in chunks:
        if compressed := add(chunk):
            yield compressed
    yield end()
