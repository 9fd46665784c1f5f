"""Fixtures shared by all tests; each family lives in a file of its own."""

pytest_plugins = ["tests.fixtures.papers", "tests.fixtures.keys", "tests.fixtures.store", "tests.fixtures.office"]
