"""The published data of one moment under a name: in files, with what has changed since the last time."""

from kb.releases.builder import build_release

__all__ = ["build_release"]
