"""The survey: what planning saw of a delivered archive, in an SQLite file beside the work area.

What was seen of a file is kept with its size and time, so that planning goes on where it was cut off and a second plan
takes minutes; the rows of the plan are written anew each time. Losing the file loses nothing but that time. It holds
names of files and codes of dossiers: folder 0700, file 0600.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipeline.errors import DiskFull, PlanRefused, SohoaError, from_os_error
from pipeline.work.backfill.counting import Sight

_VERSION = 1
_BATCH = 500
_SAVE_SECONDS = 2.0


class RowState(StrEnum):
    """What is to become of a file."""

    PLANNED = "planned"
    STORED = "stored"
    """Its documents are in the repository already."""
    DUPLICATE = "duplicate"
    """The same bytes under another name: only the first is taken."""
    UNREADABLE = "unreadable"
    PASSED = "passed"
    """No paper, or not to be taken, for the reason given."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the plan. ``note`` is a doubt about a file that is taken all the same."""

    origin: str
    name: str
    state: RowState
    code: str = ""
    owner: str = ""
    procedure: str = ""
    kind: str = ""
    box: str = ""
    folder: str = ""
    size: int = 0
    pages: int = 0
    sha256: str = ""
    rule: str = ""
    vi: str = ""
    en: str = ""
    note: str = ""


_COLUMNS = tuple(field.name for field in fields(Row))
_values = attrgetter(*_COLUMNS)
_TABLES = f"""
CREATE TABLE IF NOT EXISTS seen (
    origin TEXT PRIMARY KEY, size INTEGER, stamp TEXT, sight TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lines (number INTEGER PRIMARY KEY, {", ".join(_COLUMNS)});
CREATE INDEX IF NOT EXISTS lines_origin ON lines (origin);
CREATE INDEX IF NOT EXISTS lines_sha256 ON lines (sha256);
CREATE INDEX IF NOT EXISTS lines_code ON lines (code);
PRAGMA user_version = {_VERSION};
"""
_MARKS = ", ".join("?" for _ in _COLUMNS)
_ADD = f"INSERT INTO lines ({', '.join(_COLUMNS)}) VALUES ({_MARKS})"  # noqa: S608 - names of ours
_LINES = f"SELECT {', '.join(_COLUMNS)} FROM lines WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number"  # noqa: S608
_NOTES = "SELECT note, count(*) FROM lines WHERE note != '' AND state != 'passed' GROUP BY note"
_DOUBLED = """
SELECT code, count(DISTINCT folder) AS folders, count(DISTINCT nullif(box, '')) AS boxes,
    count(DISTINCT nullif(owner, '')) AS owners, count(DISTINCT procedure) AS procedures
FROM lines WHERE code != '' AND state != 'passed' GROUP BY code
HAVING folders > 1 OR boxes > 1 OR owners > 1 OR procedures > 1 ORDER BY code
"""


class Survey:
    """The survey in ``path``; use as a context manager, in one thread. A file that cannot be used is begun anew.

    Every method raises :class:`DiskFull` or :class:`PlanRefused` where the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting = 0
        self._saved = time.monotonic()
        self._base: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
            try:
                self._base = self._open()
            except sqlite3.DatabaseError:
                self._forget()
                self._base = self._open()
        except OSError as error:
            raise from_os_error(error, self.path.name) from error
        except sqlite3.Error as error:
            raise self._refusal(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._base is not None:
            with suppress(sqlite3.Error):
                self._base.commit()
            self._base.close()
            self._base = None

    def _open(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.path, timeout=20)
        try:
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = OFF")
            if base.execute("PRAGMA user_version").fetchone()[0] not in (0, _VERSION):
                raise sqlite3.DatabaseError("another version")
            base.executescript(_TABLES)
            base.execute("SELECT count(*) FROM (SELECT 1 FROM seen LIMIT 1)")
        except sqlite3.Error:
            base.close()
            raise
        return base

    def _forget(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self.path.touch(mode=0o600)

    def _do(self, statement: str, *values: object) -> sqlite3.Cursor:
        if self._base is None:
            raise SohoaError(what="survey closed")
        try:
            return self._base.execute(statement, values)
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def _refusal(self, error: sqlite3.Error) -> SohoaError:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            return DiskFull(where=self.path.name)
        return PlanRefused(name=self.path.name, what=f"SQLite: {getattr(error, 'sqlite_errorname', '?')}")

    # -- what was seen --------------------------------------------------------------------------------------------

    def seen(self, origin: str, size: int, stamp: str) -> Sight | None:
        """What was seen of a file, if it has not changed since."""
        found = self._do("SELECT sight FROM seen WHERE origin = ? AND size = ? AND stamp = ?", origin, size, stamp)
        row = found.fetchone()
        return None if row is None else Sight(**json.loads(row[0]))

    def keep(self, origin: str, size: int, stamp: str, sight: Sight) -> None:
        """Keep what was seen of a file."""
        text = json.dumps(asdict(sight))
        self._do("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", origin, size, stamp, text)

    # -- the plan -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Forget the rows of the plan before."""
        self._do("DELETE FROM lines")

    def add(self, row: Row) -> None:
        """Add a row to the plan."""
        self._do(_ADD, *_values(row))
        self._waiting += 1
        if self._waiting >= _BATCH or time.monotonic() - self._saved > _SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Let what was added outlive this process."""
        self._waiting, self._saved = 0, time.monotonic()
        if self._base is not None and self._base.in_transaction:
            self._do("COMMIT")

    def has(self, origin: str) -> bool:
        """Whether the plan has a file of that origin that is taken."""
        return self._do("SELECT 1 FROM lines WHERE origin = ? AND state != 'passed'", origin).fetchone() is not None

    def is_planned(self, origin: str) -> bool:
        """Whether the file of that origin is to be digitised."""
        return self._do("SELECT 1 FROM lines WHERE origin = ? AND state = 'planned'", origin).fetchone() is not None

    def twin(self, sha256: str) -> str | None:
        """Origin of the first file of the plan with that content."""
        found = self._do("SELECT origin FROM lines WHERE sha256 = ? ORDER BY number LIMIT 1", sha256).fetchone()
        return None if found is None else str(found[0])

    def rows(self, *states: RowState) -> Iterator[Row]:
        """Rows of the plan in one of these states (none given: all), in order."""
        found = self._do(_LINES, json.dumps(states or tuple(RowState)))
        for values in found:
            given: dict[str, Any] = dict(zip(_COLUMNS, values, strict=True))
            yield Row(**{**given, "state": RowState(given["state"])})

    def sums(self) -> dict[RowState, tuple[int, int, int]]:
        """Files, pages and bytes by state."""
        found = self._do("SELECT state, count(*), sum(pages), sum(size) FROM lines GROUP BY state")
        known = {RowState(state): (files, pages or 0, size or 0) for state, files, pages, size in found}
        return {state: known.get(state, (0, 0, 0)) for state in RowState}

    def reasons(self, state: RowState) -> dict[str, int]:
        """How many rows of a state have which reason, the most frequent first."""
        found = self._do(
            "SELECT rule, count(*) FROM lines WHERE state = ? GROUP BY rule ORDER BY 2 DESC, 1", state.value
        )
        return dict(found.fetchall())

    def notes(self) -> dict[str, int]:
        """How many files that are taken bear which note."""
        found = self._do(_NOTES)
        return dict(found.fetchall())

    def dossiers(self) -> int:
        """Number of dossiers with anything planned."""
        return int(self._do("SELECT count(DISTINCT code) FROM lines WHERE state = 'planned'").fetchone()[0])

    def doubled(self) -> Iterator[tuple[str, str]]:
        """Codes that stand for several dossiers, it seems, and why: folders, owners, procedures."""
        for code, *counts in self._do(_DOUBLED):
            named = zip(("folders", "boxes", "owners", "procedures"), counts, strict=True)
            yield code, " ".join(f"{name}:{count}" for name, count in named if count > 1)
