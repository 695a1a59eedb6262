"""Releases: the published data at one moment, frozen under a name as files with a changelog."""

from kb.releases.builder import build_release

__all__ = ["build_release"]
