"""The database of ledger and index: SQLite files of this machine, or one PostgreSQL server for several.

An engine is made by whoever needs one, after the process was forked, and says our errors instead of the library's.
"""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import NullPool

from pipeline.errors import ConfigError, DatabaseDown, DiskFull
from pipeline.settings import Database

_POOL = 4
_IDLE_SECONDS = 60
_STEP_SECONDS = 0.02


def open_engine(
    database: Database, file: Path, *, durable: bool = True, session: Mapping[str, object] | None = None
) -> Engine:
    """An engine for the server that ``database`` names, or for the SQLite file ``file``.

    Args:
        database: the server; its ``url`` is empty where there is none.
        file: the SQLite file, made with its folder (0700, 0600) when it is not there.
        durable: SQLite only: whether what was committed outlives a power cut. It outlives a killed process either way.
        session: PostgreSQL only: settings of every connection.

    Raises:
        ConfigError: the address is none, or the password file cannot be read.
        DatabaseDown: the folder of the file cannot be made.
        DiskFull: no room for the file.
    """
    if database.url:
        return create_engine(
            _server(database),
            pool_size=_POOL,
            pool_timeout=database.seconds,
            pool_pre_ping=True,
            connect_args=_manners(database.seconds, session or {}),
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(where=file.name) from error
        raise DatabaseDown(what=f"{file.name}: {error.strerror}") from error
    address = URL.create("sqlite+pysqlite", database=str(file))
    made = create_engine(address, poolclass=NullPool, connect_args={"timeout": database.seconds})

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun by ourselves, see below
        write_ahead(connection, database.seconds)
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")

    event.listen(made, "connect", set_up)
    # A transaction that reads first and then writes would fail where another wrote in between: lock from the start.
    event.listen(made, "begin", _begin)
    return made


def write_ahead(connection: sqlite3.Connection, seconds: float) -> None:
    """Have several read while one writes.

    SQLite does not make those wait who find another at the very same step: they try again, for so many seconds.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_STEP_SECONDS)
        else:
            return


def _manners(seconds: float, session: Mapping[str, object]) -> dict[str, object]:
    """How a connection behaves when the other end is slow or gone, on our side and on the server's.

    Without the time limits of TCP a cut line is noticed after a quarter of an hour by us, after two hours by the
    server, which keeps the locks until then.
    """
    probes = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    told = {
        "statement_timeout": int(seconds * 1000),
        "idle_in_transaction_session_timeout": _IDLE_SECONDS * 1000,
        **{f"tcp_{name}": value for name, value in probes.items()},
        **session,
    }
    return {
        "application_name": "sohoa",
        "connect_timeout": max(int(seconds), 2),
        **probes,
        "tcp_user_timeout": int(seconds * 1000) + 5000,
        "options": " ".join(f"-c {name}={value}" for name, value in told.items()),
    }


def _begin(connection: Connection) -> None:
    """Begin a transaction; with the execution option ``looking`` one that only reads and locks out nobody."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("looking") else "BEGIN IMMEDIATE")


def _server(database: Database) -> URL:
    setting, hint = "database.url", "postgresql://sohoa@may-chu:5432/sohoa"
    try:
        url = make_url(database.url).set(drivername="postgresql+psycopg")
        if database.password_file is None:
            return url
        setting, hint = "database.password_file", ""
        return url.set(password=database.password_file.read_text(encoding="utf-8").strip())
    except (
        OSError,
        ArgumentError,
        ValueError,
    ) as error:  # ValueError: a port that is no number, bytes that are no text
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise ConfigError(file="site.yaml", line=0, what=f"{setting}: {reason}", hint=hint) from error


@contextmanager
def transaction(engine: Engine, name: str) -> Iterator[Connection]:
    """One transaction; what the database complains of becomes one of our errors. ``name`` is for messages.

    Raises:
        DatabaseDown: it does not answer, is locked for too long, or refuses.
        DiskFull: no room.
    """
    with complaints(name), engine.begin() as connection:
        yield connection


@contextmanager
def complaints(name: str) -> Iterator[None]:
    """What the database complains of within becomes one of our errors, as for :func:`transaction`."""
    try:
        yield
    except NoneFree as error:
        raise DatabaseDown(what=f"{name}: {type(error).__name__}") from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL or "DiskFull" in type(error.orig).__name__:
            raise DiskFull(where=name) from error
        raise DatabaseDown(what=f"{name}: {_reason(error)}") from error


def _reason(error: DBAPIError) -> str:
    """A code and its name, never the statement: it may hold what is stored. Whose connection fails is told why."""
    name = type(error.orig).__name__
    code = getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", "")
    if not code and name == "OperationalError":
        return str(error.orig).splitlines()[0]
    return f"{code} {name}" if code else name
