"""Fixtures shared by all tests; each family lives in a file of its own."""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

os.environ["OMP_THREAD_LIMIT"] = "1"  # before any library that computes with several threads is loaded

# The machine may be busy: an example that takes long is no fault, and the same examples are tried every time.
settings.register_profile("calm", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

pytest_plugins = [
    "tests.fixtures.papers",
    "tests.fixtures.keys",
    "tests.fixtures.store",
    "tests.fixtures.office",
    "tests.fixtures.pki",
    "tests.fixtures.token",
    "tests.fixtures.service",
    "tests.fixtures.postgres",
    "tests.fixtures.brokers",
]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let what was printed or logged reach the process that gathers reports, also where it is no text."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "replace").decode()) for name, text in report.sections]
    return report
