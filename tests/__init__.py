"""Tests, one topic a room; what several begin with stands in a room beside, its fixtures imported `as` themselves."""
