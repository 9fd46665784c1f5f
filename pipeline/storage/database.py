"""The database of ledger and index: SQLite files of this machine, or one PostgreSQL server for several.

An engine is made by whoever needs one, after the process was forked, and says our errors instead of the library's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from pipeline.errors import ConfigError, DatabaseDown, DiskFull
from pipeline.settings import Database

_POOL = 4


def open_engine(database: Database, file: Path, *, durable: bool = True) -> Engine:
    """An engine for the server that ``database`` names, or for the SQLite file ``file``.

    Args:
        database: the server; its ``url`` is empty where there is none.
        file: the SQLite file, made with its folder (0700, 0600) when it is not there.
        durable: SQLite only: whether what was committed outlives a power cut. It outlives a killed process either way.

    Raises:
        ConfigError: the password file cannot be read.
        DatabaseDown: the folder of the file cannot be made.
    """
    if database.url:
        seconds = int(database.seconds)
        return create_engine(
            _server(database),
            pool_size=_POOL,
            pool_pre_ping=True,
            connect_args={"connect_timeout": max(seconds, 2), "options": f"-c statement_timeout={seconds * 1000}"},
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
    except OSError as error:
        raise DatabaseDown(what=f"{file.name}: {error.strerror}") from error
    made = create_engine(f"sqlite+pysqlite:///{file}", poolclass=NullPool, connect_args={"timeout": database.seconds})

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun by ourselves, see below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")

    event.listen(made, "connect", set_up)
    # A transaction that reads first and then writes would fail where another wrote in between: lock from the start.
    event.listen(made, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return made


def _server(database: Database) -> URL:
    url = make_url(database.url).set(drivername="postgresql+psycopg")
    if database.password_file is None:
        return url
    try:
        return url.set(password=database.password_file.read_text(encoding="utf-8").strip())
    except OSError as error:
        name = database.password_file
        raise ConfigError(file="site.yaml", line=0, what=f"database.password_file: {name}", hint="") from error


@contextmanager
def transaction(engine: Engine, name: str) -> Iterator[Connection]:
    """One transaction; what the database complains of becomes one of our errors. ``name`` is for messages.

    Raises:
        DatabaseDown: it does not answer, is locked for too long, or refuses.
        DiskFull: no room.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL or "DiskFull" in type(error.orig).__name__:
            raise DiskFull(where=name) from error
        code = getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", "")
        raise DatabaseDown(what=f"{name}: {code or type(error.orig).__name__}") from error
