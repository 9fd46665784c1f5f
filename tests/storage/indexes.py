"""Indexes without a store behind them, in a file or on a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text

from pipeline.settings import Database
from pipeline.storage import Index, ObjectStore, Repository, manifest
from pipeline.storage.database import open_engine
from tests.storage.documents import document


@dataclass(frozen=True)
class Place:
    """Where an index is: in a file, or on a server."""

    path: Path
    database: Database | None

    def index(self) -> Index:
        return Index(self.path, self.database)

    def engine(self) -> Engine:
        """Into the tables of the index."""
        if self.database is None:
            return create_engine(f"sqlite:///{self.path}")
        return open_engine(self.database, self.path, session={"search_path": "sohoa_index"})

    def run(self, *statements: str) -> list[Any]:
        """What the last of the statements answers, each in a transaction of its own."""
        found: list[Any] = []
        for statement in statements:
            with self.engine().begin() as connection:
                result = connection.execute(text(statement))
                found = list(result) if result.returns_rows else []
        return found


class Listened(Repository):
    """A repository that calls ``then`` with the number of the listing when one has come to its end."""

    def __init__(self, store: ObjectStore, then: Callable[[int], object]) -> None:
        super().__init__(store)
        self._then = then
        self._listings = 0

    def newest(self) -> Iterator[tuple[str, int]]:
        yield from super().newest()
        self._listings += 1
        self._then(self._listings)


def empty(path: Path, database: Database | None = None) -> Index:
    """An index without a store behind it."""
    made = Index(path, database)
    with made._home.build() as (_, swap), swap():
        pass
    return made


def add(index: Index, folder: Path, seed: object, **content: Any) -> str:
    """Index an invented document; returns its id."""
    made = document(folder, seed, **content)
    index.add(manifest.describe(made, 1, "", []), made.readings)
    return made.id


def ids(index: Index, words: str = "", **filters: Any) -> list[str]:
    return [hit.id for hit in index.search(words, **filters)]
