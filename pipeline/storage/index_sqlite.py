"""The index in an SQLite file of this machine, with FTS5."""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    ColumnElement,
    Connection,
    Row,
    TextClause,
    create_engine,
    event,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError, NoResultFound
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import Select

from pipeline.errors import DiskFull, IndexUnusable, from_os_error
from pipeline.storage import index_sql as sql
from pipeline.storage.database import write_ahead
from pipeline.storage.index_sql import Asked, doc

_BUSY_SECONDS = 20
_LEFT_SECONDS = 3600
"""A file that nobody wrote to for so long is not being built any more."""
_FTS = """
CREATE VIRTUAL TABLE fts USING fts5(
    title, number, agency, abstract, body, marked, tokenize = "unicode61 remove_diacritics 0"
)
"""
"""All columns are folded by ourselves, except ``marked``: the words with their diacritics, for exact hits."""

_FOLDED = "{title number agency abstract body}"
_WEIGHTS = "4.0, 6.0, 2.0, 4.0, 1.0, 0.0"


class File:
    """The file ``path``, shared by threads and processes.

    Connections last for one call and are held under a shared lock on ``path.lock``: a rebuild swaps the file
    under the exclusive lock, when nobody has it open (SQLite's write-ahead log would not survive that otherwise).
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    # -- statements ---------------------------------------------------------------------------------------------

    def put(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Insert or replace the document of that id; an older version does not replace a newer one."""
        values, said = sql.prepared(values)
        new = insert(doc).values(values)
        statement = new.on_conflict_do_update(
            index_elements=[doc.c.id],
            set_={key: new.excluded[key] for key in values if key != "id"},
            where=new.excluded.version >= doc.c.version,
        )
        row = connection.execute(statement.returning(doc.c.row)).scalar_one_or_none()
        if row is None:
            return
        columns = {key: " ".join(sql.folded(value)) for key, value in said.items()}
        columns["marked"] = " ".join(word for value in said.values() for word in sql.marked(value))
        connection.execute(text("DELETE FROM fts WHERE rowid = :row"), {"row": row})
        connection.execute(
            text(
                "INSERT INTO fts (rowid, title, number, agency, abstract, body, marked)"
                " VALUES (:row, :title, :number, :agency, :abstract, :body, :marked)"
            ),
            {"row": row, **columns},
        )

    def search(self, connection: Connection, asked: Asked, limit: int, offset: int) -> Sequence[Row[Any]]:
        """See :meth:`pipeline.storage.index_sql.Home.search`."""
        statement = statement_for(asked)
        return [] if statement is None else connection.execute(sql.part(statement, limit, offset)).all()

    def holds(self, column: Column[str], word: str) -> ColumnElement[bool]:
        """Whether ``word`` is among the words, parted by blanks, of ``column``."""
        return func.instr(literal(" ") + column + " ", f" {word} ") > 0

    # -- the file -----------------------------------------------------------------------------------------------

    def wanting(self) -> bool:
        """Whether there is no index yet, or one that another version of the program made.

        A file that cannot be used for another reason is left as it is.
        """
        if not self.path.exists():
            return True
        try:
            with self._lock(fcntl.LOCK_SH), _connection(self.path, durable=True) as connection:
                return sql.schema(connection) != sql.SCHEMA
        except (IndexUnusable, NoResultFound):
            return False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process at a time gets in here, so that several that begin together build one index."""
        with _folder_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock(fcntl.LOCK_EX, ".building"):
            yield

    @contextmanager
    def open(self, *, writing: bool) -> Iterator[Connection]:
        """A connection for one call; what was done with it is kept at the end.

        Raises:
            IndexUnusable: there is no index, it is damaged or of another version.
            DiskFull: no room.
        """
        if not self.path.exists():
            raise IndexUnusable(what="chưa có / missing")
        with self._lock(fcntl.LOCK_SH), _connection(self.path, durable=True) as connection:
            sql.check(connection)
            yield connection
            if writing:
                connection.commit()

    @contextmanager
    def build(self) -> Iterator[tuple[Connection, sql.Swap]]:
        """An empty index beside the one in use; within what the second gives nobody writes, at its end it is in use.

        Raises:
            DiskFull, NotFound: no room, or the folder cannot be written to.
        """
        partial = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        try:
            with _folder_errors(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._sweep()
                os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with _connection(partial, durable=False) as connection:
                create(connection)

                @contextmanager
                def swap() -> Iterator[None]:
                    connection.commit()
                    with self._lock(fcntl.LOCK_EX):
                        yield
                        connection.commit()
                        connection.close()
                        self._swap(partial)

                yield connection, swap
        finally:
            with suppress(OSError):
                partial.unlink()

    def _sweep(self) -> None:
        """Remove what killed builders left: they hold personal data."""
        for left in self.path.parent.iterdir():
            if left.name.startswith(f".{self.path.name}.") and time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                left.unlink(missing_ok=True)

    def _swap(self, partial: Path) -> None:
        with _folder_errors(self.path):
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

    @contextmanager
    def _lock(self, how: int, suffix: str = ".lock") -> Iterator[None]:
        try:
            handle = os.open(self.path.with_name(self.path.name + suffix), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise IndexUnusable(what=error.strerror or type(error).__name__) from error
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)


def create(connection: Connection) -> None:
    """Make the tables in an empty database."""
    sql.create(connection)
    connection.execute(text(_FTS))


def statement_for(asked: Asked) -> Select[Any] | None:
    """The statement that answers ``asked``; ``None`` when it has no letter or digit to look for.

    CROSS JOIN keeps SQLite from driving the query from ``doc``: with filters on type or date it would otherwise look
    the words up again for every document of that type (seconds instead of milliseconds).
    """
    chunks = sql.chunks(sql.clean(asked.words))
    order: list[TextClause | ColumnElement[Any]]
    if chunks:
        rank, tables = f"bm25(fts, {_WEIGHTS})", "fts CROSS JOIN doc ON doc.row = fts.rowid"
        match = [text("fts MATCH :words").bindparams(words=_among(_FOLDED, [sql.folded(chunk) for chunk in chunks]))]
        order = [*_preferred(chunks), text("rank"), sql.named["id"]]
    elif asked.words.strip():
        return None
    else:
        rank, tables, match, order = "0.0", "doc", [], [sql.named["date"].desc(), sql.named["id"]]
    columns: list[ColumnElement[Any]] = [literal_column("doc.*"), literal_column(rank).label("rank")]
    return select(*columns).select_from(text(tables)).where(*match, *sql.conditions(asked)).order_by(*order)


def _preferred(chunks: Sequence[str]) -> list[TextClause]:
    """What goes before the rank."""
    folded, marked = [sql.folded(chunk) for chunk in chunks], [sql.marked(chunk) for chunk in chunks]
    together, together_marked = [[*chain(*folded)]], [[*chain(*marked)]]
    wanted = []
    if folded != marked and len(together[0]) > 1:
        wanted.append(_among("marked", together_marked))
    if len(together[0]) > 1:
        wanted.append(_among(_FOLDED, together))
    if folded != marked:
        wanted.append(_among("marked", marked))
    among = "doc.row IN (SELECT rowid FROM fts WHERE fts MATCH :w{0}) DESC"
    return [text(among.format(n)).bindparams(**{f"w{n}": match}) for n, match in enumerate(wanted)]


def _among(columns: str, chunks: Sequence[Sequence[str]]) -> str:
    """An FTS5 expression asking for every chunk; words are letters and digits, so quoting them cannot fail."""
    return f"{columns} : (" + " AND ".join('"' + " ".join(chunk) + '"' for chunk in chunks) + ")"


@contextmanager
def _folder_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise from_os_error(error, path.name) from error


@contextmanager
def _connection(path: Path, *, durable: bool) -> Iterator[Connection]:
    """A connection of its own; what SQLite complains of becomes one of our errors."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)), poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS}
    )

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        # While building, a crash costs nothing but the unfinished file, so the log and the flushing can be left out.
        if durable:
            write_ahead(connection, _BUSY_SECONDS)
        else:
            connection.execute("PRAGMA journal_mode = OFF")
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
