"""The test suite, in packages as those of kb; shared fixtures and functions are in conftest, factories and helpers."""
