"""Where indexes are: every test of them runs on a file and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.storage.indexes import Place


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the index of this test is."""
    return Place(tmp_path / "index.db", request.getfixturevalue("database") if request.param == "server" else None)


@pytest.fixture(scope="module", params=["file", "server"])
def lasting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place for several tests."""
    path = tmp_path_factory.mktemp("lasting") / "index.db"
    if request.param == "file":
        yield Place(path, None)
        return
    with contextmanager(request.getfixturevalue("postgres").database)() as database:
        yield Place(path, database)
