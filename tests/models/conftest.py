"""Every test of this folder holds the data version to what it wrote."""

from tests.helpers.data_version import pytest_runtest_call

__all__ = ["pytest_runtest_call"]
