"""Finding records: with or without diacritics, by owner, type, number and date.

The index is derived from the store and can be rebuilt from it at any time; while it is being rebuilt, the old one
serves. It holds personal data and lies in a file of its owner's (mode 0600), or on the server of several machines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, select

from pipeline.dossier import PageReading
from pipeline.errors import IntegrityError
from pipeline.settings import Database, Site
from pipeline.storage import index_sql as sql
from pipeline.storage.index_sqlite import File
from pipeline.storage.manifest import Manifest
from pipeline.storage.repository import Repository
from pipeline.vietnamese import fold, nfc

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
    """The index in the SQLite file ``path``, or in the PostgreSQL that ``database`` names. Shared by all and any.

    Every method raises :class:`IndexUnusable` when the index is missing, damaged or of another version, and
    :class:`DatabaseDown` when the server cannot be used.
    """

    def __init__(self, path: Path, database: Database | None = None) -> None:
        self.path = path
        self._home: sql.Home = _home(path, database or Database())

    # -- writing ------------------------------------------------------------------------------------------------

    def ensure(self, repository: Repository) -> None:
        """Build the index from the store if there is none yet, or one that another version of the program made.

        An index that cannot be used for another reason is left as it is. Several may call this at once: one builds, the
        others wait for it.
        """
        if self._home.wanting():
            with self._home.alone():
                if self._home.wanting():
                    self.rebuild(repository)

    def add(self, manifest: Manifest, readings: Sequence[PageReading]) -> None:
        """Take a record up, or take it up again.

        Raises:
            DiskFull: no room.
        """
        values = _values(manifest, readings)
        with self._home.open(writing=True) as connection:
            self._home.put(connection, values)

    def rebuild(self, repository: Repository, progress: Callable[[int], None] | None = None) -> Rebuilt:
        """Make the index anew from the store and put it in the place of the old one, which serves until then.

        ``progress`` is told how many records are done. Records that come meanwhile are taken up as well.

        Raises:
            StoreDown, StoreDenied, StoreFailed: the old index stays.
            DiskFull: no room; the old index stays.
        """
        with self._home.build() as (connection, swap):
            builder = _Builder(connection, self._home, repository, progress or (lambda _count: None))
            builder.take_up()
            # A record committed before its writer got the lock is listed now; one that comes later waits for it.
            with swap():
                builder.take_up()
        return Rebuilt(len(builder.done) - len(builder.damaged), tuple(builder.damaged.values()))

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
            rows = self._home.search(connection, asked, limit, offset)
        return [_hit(row, words) for row in rows]

    def by_source(self, sha256: str) -> list[Hit]:
        """Records made from the file with that SHA-256."""
        return self._where("source_sha256", sha256)

    def by_record(self, sha256: str) -> list[Hit]:
        """The record whose PDF has that SHA-256, or had it before it was renewed (then its hash is another)."""
        with self._open() as connection:
            return [_hit(row, "") for row in sql.by_record(self._home, connection, sha256)]

    def by_dossier(self, code: str) -> list[Hit]:
        """Records of the dossier with that code."""
        return self._where("dossier", code)

    def due(self, before: date, limit: int | None = None, *, ending: Collection[str] = ()) -> list[Hit]:
        """Records whose proof is to be renewed by the day ``before``, the earliest first, at most ``limit``.

        Those whose proof rests on one of the digest algorithms ``ending`` are due as well, whatever their day.
        """
        with self._open() as connection:
            return [_hit(row, "") for row in sql.due(self._home, connection, before.isoformat(), ending, limit)]

    def undated(self, limit: int | None = None) -> list[Hit]:
        """Records of which it is not known when their proof ends."""
        with self._open() as connection:
            return [_hit(row, "") for row in sql.due(self._home, connection, "", (), limit)]

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

    def _open(self) -> AbstractContextManager[Connection]:
        return self._home.open(writing=False)


def open_index(site: Site) -> Index:
    """The index of the installation: on the server that its settings name, else in its file.

    Raises:
        ConfigError: the server's address is none, or its password file cannot be read.
    """
    return Index(site.index, site.database)


def _home(path: Path, database: Database) -> sql.Home:
    if database.url:
        from pipeline.storage.index_postgres import Server  # noqa: PLC0415 - needed by some installations only

        return Server(database)
    return File(path)


@dataclass
class _Builder:
    connection: Connection
    home: sql.Home
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
                        self.home.put(self.connection, values)
                    self.progress(len(self.done))
                self.connection.commit()

    def _read(self, id: str, version: int) -> dict[str, Any] | IntegrityError:
        try:
            manifest = self.repository.read_manifest(id, version)
            return _values(manifest, self.repository.readings(manifest))
        except IntegrityError as error:
            return error


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
    return Hit(**values, snippet=_snippet(found["body"], words), rank=float(found["rank"]))


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
