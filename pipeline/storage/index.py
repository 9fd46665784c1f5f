"""Finding records: with or without diacritics, by owner, type, number and date.

The index is derived from the store and can be rebuilt from it at any time; while it is being rebuilt, the old one
serves. It holds personal data and lies in a file of its owner's (mode 0600).
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, create_engine, event, func, select
from sqlalchemy.exc import DatabaseError, NoResultFound
from sqlalchemy.pool import NullPool

from pipeline.dossier import PageReading
from pipeline.errors import DiskFull, IndexUnusable, IntegrityError, from_os_error
from pipeline.storage import index_sql as sql
from pipeline.storage.manifest import Manifest
from pipeline.storage.repository import Repository
from pipeline.vietnamese import fold, nfc

_BUSY_SECONDS = 20
_BATCH = 200
_READERS = 8
_SNIPPET = 160


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found. ``date`` is ISO 8601 or empty; ``snippet`` a piece of text around the words asked for.

    ``owner`` is whose paper it is (see :attr:`Manifest.owner`); ``level`` is the PAdES level of the record,
    ``renew_by`` the day (ISO 8601) by which its proof is to be renewed, empty where nothing is known of it, ``digests``
    (parted by blanks) what the proof rests on; ``rank`` orders hits alike otherwise, lower first.
    """

    id: str
    code: str
    dossier: str
    procedure: str
    owner: str
    kind: str
    type: str
    type_name: str
    number: str
    date: str
    agency: str
    abstract: str
    title: str
    pages: int
    stored_at: str
    source_sha256: str
    record_sha256: str
    level: str
    renew_by: str
    digests: str
    snippet: str = ""
    rank: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Due:
    """How many records of a level are to be renewed in a month (``2027-03``; empty where no day is known of them)."""

    month: str
    level: str
    digests: str
    count: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: how many records, and the objects that are damaged (their records are left out)."""

    count: int
    damaged: tuple[str, ...] = ()


class Index:
    """The index in the SQLite file ``path``. May be shared by threads and processes.

    Every method raises :class:`IndexUnusable` when the file is missing, damaged or of another version.
    Connections last for one call and are held under a shared lock on ``path.lock``: a rebuild swaps the file
    under the exclusive lock, when nobody has it open (SQLite's write-ahead log would not survive that otherwise).
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    # -- writing ------------------------------------------------------------------------------------------------

    def ensure(self, repository: Repository) -> None:
        """Build the index from the store if there is none yet, or one that another version of the program made.

        A file that cannot be used for another reason is left as it is.
        """
        if not self.path.exists() or self._outdated():
            self.rebuild(repository)

    def _outdated(self) -> bool:
        try:
            with self._lock(fcntl.LOCK_SH), _connection(self.path, durable=True) as connection:
                return sql.schema(connection) != sql.SCHEMA
        except (IndexUnusable, NoResultFound):
            return False

    def add(self, manifest: Manifest, readings: Sequence[PageReading]) -> None:
        """Take a record up, or take it up again.

        Raises:
            DiskFull: no room.
        """
        with self._open() as connection:
            sql.put(connection, _values(manifest, readings))

    def rebuild(self, repository: Repository, progress: Callable[[int], None] | None = None) -> Rebuilt:
        """Make the index anew from the store and put it in the place of the old one.

        ``progress`` is told how many records are done. Records that come meanwhile are taken up as well.

        Raises:
            StoreDown, StoreDenied, StoreFailed: the old index stays.
            DiskFull: no room; the old index stays.
        """
        partial = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with _connection(partial, durable=False) as connection:
                sql.create(connection)
                builder = _Builder(connection, repository, progress or (lambda _count: None))
                builder.take_up()
                connection.commit()
                # A record committed before its writer got the lock is listed now; one that comes later waits for it.
                with self._lock(fcntl.LOCK_EX):
                    builder.take_up()
                    connection.commit()
                    connection.close()
                    self._swap(partial)
        except OSError as error:
            raise from_os_error(error, self.path.name) from error
        finally:
            with suppress(OSError):
                partial.unlink()
        return Rebuilt(len(builder.done) - len(builder.damaged), tuple(builder.damaged.values()))

    def _swap(self, partial: Path) -> None:
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        for suffix in ("-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        partial.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    # -- looking up ---------------------------------------------------------------------------------------------

    def search(
        self,
        words: str = "",
        *,
        owner: str = "",
        type: str = "",
        number: str = "",
        date_from: str = "",
        date_to: str = "",
        limit: int = 20,
        offset: int = 0,
    ) -> list[Hit]:
        """Records that hold all of ``words`` and fit every filter given, best first; without words newest first.

        Diacritics and case do not matter; hits that have them as asked come first, and so do hits in which the words
        stand together. Words in quotation marks must stand together. Any text may be asked for.

        Args:
            words: what to look for in title, number, agency, abstract, text, code and owner's id.
            owner: id of the paper's or the dossier's owner.
            type: key of the document type.
            number: number of the paper or its beginning (``15`` or ``15/qd-ubnd`` for ``15/QĐ-UBND``).
            date_from: earliest date of issue, ISO 8601.
            date_to: latest date of issue.
            limit: how many at most.
            offset: how many to pass over.
        """
        asked = sql.Asked(words, owner, type, number, date_from, date_to)
        with self._open() as connection:
            rows = sql.search(connection, asked, limit, offset)
        return [_hit(row, words) for row in rows]

    def by_source(self, sha256: str) -> list[Hit]:
        """Records made from the file with that SHA-256."""
        return self._where("source_sha256", sha256)

    def by_record(self, sha256: str) -> list[Hit]:
        """The record whose PDF has that SHA-256, or had it before it was renewed (then its hash is another)."""
        with self._open() as connection:
            return [_hit(row, "") for row in sql.by_record(connection, sha256)]

    def by_dossier(self, code: str) -> list[Hit]:
        """Records of the dossier with that code."""
        return self._where("dossier", code)

    def due(self, before: date, limit: int | None = None, *, ending: Collection[str] = ()) -> list[Hit]:
        """Records whose proof is to be renewed by the day ``before``, the earliest first, at most ``limit``.

        Those whose proof rests on one of the digest algorithms ``ending`` are due as well, whatever their day.
        """
        with self._open() as connection:
            return [_hit(row, "") for row in sql.due(connection, before.isoformat(), ending, limit)]

    def undated(self, limit: int | None = None) -> list[Hit]:
        """Records of which it is not known when their proof ends."""
        with self._open() as connection:
            return [_hit(row, "") for row in sql.due(connection, "", (), limit)]

    def plan(self) -> list[Due]:
        """How many records are to be renewed when, by month; of which nothing is known first."""
        with self._open() as connection:
            return [Due(**row._mapping) for row in sql.plan(connection)]

    def count(self) -> int:
        """How many records there are."""
        with self._open() as connection:
            return int(connection.execute(select(func.count()).select_from(sql.doc)).scalar_one())

    def _where(self, column: str, value: str) -> list[Hit]:
        with self._open() as connection:
            return [_hit(row, "") for row in sql.where(connection, column, value)]

    # -- the file -----------------------------------------------------------------------------------------------

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        if not self.path.exists():
            raise IndexUnusable(what="chưa có / missing")
        with self._lock(fcntl.LOCK_SH), _connection(self.path, durable=True) as connection:
            try:
                version = sql.schema(connection)
            except NoResultFound:
                version = "?"
            if version != sql.SCHEMA:
                raise IndexUnusable(what=f"phiên bản / version {version}, {sql.SCHEMA}")
            yield connection
            connection.commit()

    @contextmanager
    def _lock(self, how: int) -> Iterator[None]:
        try:
            handle = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise IndexUnusable(what=error.strerror or type(error).__name__) from error
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)


@dataclass
class _Builder:
    connection: Connection
    repository: Repository
    progress: Callable[[int], None]
    done: dict[str, int] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)

    def take_up(self) -> None:
        """Take up the newest version of every record of the store that was not yet; reading runs ahead of writing."""
        new = ((id, version) for id, version in self.repository.newest() if self.done.get(id) != version)
        with ThreadPoolExecutor(_READERS) as readers:
            while batch := list(islice(new, _BATCH)):
                for (id, version), values in zip(
                    batch, readers.map(self._read, *zip(*batch, strict=True)), strict=True
                ):
                    self.done[id] = version
                    if isinstance(values, IntegrityError):
                        self.damaged[id] = str(values.details["where"])
                    else:
                        self.damaged.pop(id, None)
                        sql.put(self.connection, values)
                    self.progress(len(self.done))
                self.connection.commit()

    def _read(self, id: str, version: int) -> dict[str, Any] | IntegrityError:
        try:
            manifest = self.repository.read_manifest(id, version)
            return _values(manifest, self.repository.readings(manifest))
        except IntegrityError as error:
            return error


@contextmanager
def _connection(path: Path, *, durable: bool) -> Iterator[Connection]:
    """A connection of its own; what SQLite complains of becomes one of our errors."""
    engine = create_engine(f"sqlite+pysqlite:///{path}", poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS})

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        # While building, a crash costs nothing but the unfinished file, so the log and the flushing can be left out.
        connection.execute(f"PRAGMA journal_mode = {'WAL' if durable else 'OFF'}")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")

    event.listen(engine, "connect", set_up)
    try:
        with engine.connect() as connection:
            yield connection
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            raise DiskFull(where=path.name) from error
        raise IndexUnusable(what=getattr(error.orig, "sqlite_errorname", type(error).__name__)) from error
    finally:
        engine.dispose()


def _values(manifest: Manifest, readings: Sequence[PageReading]) -> dict[str, Any]:
    record = manifest.file("record")
    return {
        "id": manifest.id,
        "version": manifest.version,
        "code": manifest.code,
        "dossier": manifest.dossier.code,
        "procedure": manifest.dossier.procedure,
        "owner": manifest.owner,
        "applicant": manifest.dossier.owner,
        "kind": manifest.dossier.kind.value,
        "type": manifest.type,
        "type_name": manifest.type_name,
        "number": manifest.value("so_ky_hieu"),
        "date": manifest.value("ngay_cap"),
        "agency": manifest.value("co_quan_cap"),
        "abstract": manifest.value("trich_yeu"),
        "title": manifest.value("ten_giay_to") or manifest.title,
        "pages": len(manifest.pages),
        "stored_at": manifest.stored_at,
        "source_sha256": manifest.source.sha256,
        "record_sha256": record.sha256 if record else "",
        "earlier": " ".join(manifest.earlier),
        "level": manifest.proof.level,
        "renew_by": manifest.proof.renew_by,
        "digests": " ".join(manifest.digests),
        "body": nfc("\n".join(reading.search_text for reading in readings)),
    }


def _hit(row: Row[Any], words: str) -> Hit:
    found = row._mapping
    values = {name: found[name] for name in Hit.__dataclass_fields__ if name not in ("snippet", "rank")}
    return Hit(**values, snippet=_snippet(found["body"], words), rank=found["rank"])


def _snippet(body: str, words: str) -> str:
    """A piece of ``body`` around the first place where the words asked for stand, together if they do."""
    asked = re.findall(r"[^\W_]+", fold(words))
    folded = fold(body)
    if not asked or len(folded) != len(body):  # one letter folds to one letter, but for rare foreign ones
        return ""
    for pattern in (r"[\W_]+".join(asked), "|".join(asked)):
        place = re.search(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", folded)
        if place:
            break
    else:
        return ""
    start = max(0, (place.start() + place.end() - _SNIPPET) // 2)
    end = min(len(body), start + _SNIPPET)
    start = body.find(" ", start) + 1 if start and " " in body[start : place.start()] else start
    end = body.rfind(" ", place.end(), end) if end < len(body) and " " in body[place.end() : end] else end
    piece = " ".join(body[start:end].split())
    return f"{'… ' if start else ''}{piece}{' …' if end < len(body) else ''}"
