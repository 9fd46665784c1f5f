"""The database, a file or a server: our errors, what outlives what, and several at once."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.errors import ConfigError, DatabaseDown, DiskFull
from pipeline.settings import Database
from pipeline.storage.database import open_engine, transaction, write_ahead
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.tls import issue

FILE = Database(seconds=0.2)


@contextmanager
def table(database: Database, file: Path) -> Iterator[None]:
    """A table ``t`` with one column of text."""
    with transaction(open_engine(database, file), "ledger") as connection:
        connection.execute(text("CREATE TABLE t (said text)"))
    yield


def put(database: Database, file: Path, said: str) -> None:
    with transaction(open_engine(database, file), "ledger") as connection:
        connection.execute(text("INSERT INTO t VALUES (:said)"), {"said": said})


def held(database: Database, file: Path) -> list[str]:
    with transaction(open_engine(database, file), "ledger") as connection:
        return list(connection.execute(text("SELECT said FROM t ORDER BY said")).scalars())


# -- a file -----------------------------------------------------------------------------------------------------


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "ledger.db"
    with table(FILE, file):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (file.parent, *file.parent.iterdir())}
    assert modes.pop("var") == 0o700
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("name", ["sổ việc.db", "a?b=c.db", "a#b%20c.db", "dấu 'nháy'.db"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    with table(FILE, file):
        put(FILE, file, "có")
    assert held(FILE, file) == ["có"]
    assert file.exists()


def test_a_locked_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with table(FILE, file), sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseDown, match="ledger: SQLITE_BUSY"):
            put(FILE, file, "một")
        other.execute("COMMIT")
        put(FILE, file, "hai")
    assert held(FILE, file) == ["hai"]


def test_who_finds_another_at_the_first_step_tries_again(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE t (said text)")
        other.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(tmp_path / "a.db", timeout=0)) as connection:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                write_ahead(connection, 0.1)
            later = threading.Timer(0.3, other.execute, ["COMMIT"])
            later.start()
            write_ahead(connection, 20)
            later.join()
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_failed_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with table(FILE, file), pytest.raises(KeyError), transaction(open_engine(FILE, file), "ledger") as connection:
        connection.execute(text("INSERT INTO t VALUES ('một')"))
        raise KeyError
    assert held(FILE, file) == []


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with table(FILE, file), pytest.raises(DiskFull), transaction(open_engine(FILE, file), "ledger") as connection:
        connection.execute(text("PRAGMA max_page_count = 3"))
        connection.execute(text("INSERT INTO t VALUES (:said)"), {"said": "chữ " * 10_000})
    put(FILE, file, "ít")
    assert held(FILE, file) == ["ít"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_no_room_for_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def touch(self: Path, mode: int = 0) -> None:
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"x")

    monkeypatch.setattr(Path, "touch", touch)
    with pytest.raises(DiskFull):
        open_engine(FILE, tmp_path / "ledger.db")


def test_no_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("no folder")
    with pytest.raises(DatabaseDown):
        open_engine(FILE, tmp_path / "var" / "ledger.db")


def test_rubbish_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    file.write_bytes(b"rubbish" * 1000)
    with pytest.raises(DatabaseDown, match="SQLITE_NOTADB"):
        held(FILE, file)


def _many(file: Path, number: int) -> None:
    patient = Database(seconds=30)
    with transaction(open_engine(patient, file), "ledger") as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS t (said text)"))
    for turn in range(10):
        put(patient, file, f"{number}-{turn}")
    os._exit(0)


def test_processes_that_begin_together(tmp_path: Path) -> None:
    """Making the file, and reading before writing, are no reason to fail."""
    file = tmp_path / "ledger.db"
    spawn = multiprocessing.get_context("fork")
    started = [spawn.Process(target=_many, args=(file, number)) for number in range(4)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * 4
    assert len(held(FILE, file)) == 40


# -- a server ---------------------------------------------------------------------------------------------------


def test_a_server_keeps_what_was_committed(database: Database, tmp_path: Path) -> None:
    with table(database, tmp_path / "none.db"):
        put(database, tmp_path / "none.db", "Đất")
    assert held(database, tmp_path / "none.db") == ["Đất"]
    assert not (tmp_path / "none.db").exists()


def test_a_server_that_was_gone_is_used_again(own_postgres: PostgresServer, tmp_path: Path) -> None:
    settings = Database(url=f"{own_postgres.url}/postgres", password_file=own_postgres.password_file, seconds=10)
    engine = open_engine(settings, tmp_path / "none.db")
    with transaction(engine, "ledger") as connection:
        connection.execute(text("CREATE TABLE t (said text)"))
        connection.execute(text("INSERT INTO t VALUES ('kept')"))
    with pytest.raises(DatabaseDown, match="ledger"), transaction(engine, "ledger") as connection:
        connection.execute(text("INSERT INTO t VALUES ('lost')"))
        own_postgres.kill()
        connection.execute(text("INSERT INTO t VALUES ('lost')"))
    with pytest.raises(DatabaseDown, match="ledger"), transaction(engine, "ledger"):
        pass
    own_postgres.start()
    with transaction(engine, "ledger") as connection:
        assert connection.execute(text("SELECT said FROM t")).scalars().all() == ["kept"]


def test_a_server_over_the_network_has_to_prove_its_name(own_postgres: PostgresServer, tmp_path: Path) -> None:
    own_postgres.stop()
    data = own_postgres.folder / "data"
    made = issue(data)
    shutil.chown(made.key, data.owner())
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(f"ssl = on\nssl_cert_file = '{made.chain}'\nssl_key_file = '{made.key}'\n")
    own_postgres.start()

    def server(host: str, authority: Path) -> Database:
        url = f"{own_postgres.url.replace('127.0.0.1', host)}/postgres?sslmode=verify-full&sslrootcert={authority}"
        return Database(url=url, password_file=own_postgres.password_file)

    with transaction(open_engine(server("localhost", made.authority), tmp_path), "ledger") as connection:
        encrypted = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert connection.execute(encrypted).scalar_one() is True
    for wrong in (server("127.0.0.1", made.authority), server("localhost", issue(tmp_path).authority)):
        with pytest.raises(DatabaseDown), transaction(open_engine(wrong, tmp_path), "ledger"):
            pass


def test_a_lock_is_not_waited_for_without_end(database: Database, postgres: PostgresServer, tmp_path: Path) -> None:
    hasty = database.model_copy(update={"seconds": 0.3})
    with table(hasty, tmp_path), postgres.connect(database.url.rpartition("/")[2]) as other, other.transaction():
        other.execute("LOCK TABLE t")
        with pytest.raises(DatabaseDown, match="57014"):
            put(hasty, tmp_path, "một")


def test_a_full_disk_of_the_server_is_told(database: Database, tmp_path: Path) -> None:
    engine = open_engine(database, tmp_path)
    with pytest.raises(DiskFull), transaction(engine, "ledger") as connection:
        connection.execute(text("DO $$ BEGIN RAISE SQLSTATE '53100'; END $$"))
    with transaction(engine, "ledger") as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_more_threads_than_connections(database: Database, tmp_path: Path) -> None:
    hasty = database.model_copy(update={"seconds": 0.3})
    engine = open_engine(hasty, tmp_path)

    def use(_: int) -> str:
        try:
            with transaction(engine, "ledger") as connection:
                connection.execute(text("SELECT pg_sleep(0.25)"))
        except DatabaseDown:
            return "down"
        return "done"

    with ThreadPoolExecutor(40) as pool:
        assert set(pool.map(use, range(40))) == {"done", "down"}


@pytest.mark.parametrize(
    ("url", "password", "told"),
    [
        ("postgresql://sohoa@127.0.0.1:1/sohoa", "x", "refused"),
        ("postgresql://sohoa@khong-co.invalid/sohoa", "x", "index: "),
        ("postgresql://sohoa@127.0.0.1/sohoa?khong_co=1", "x", "index: "),
        ("postgresql://sohoa@127.0.0.1:cong/sohoa", "x", "database.url"),
        ("{url}/sohoa", "wrong", "password authentication failed"),
        ("{url}/khong_co", "", "khong_co"),
        ("{url}/sohoa", None, "database.password_file"),
        ("{url}/sohoa", b"\xff\xfe", "database.password_file"),
    ],
)
def test_no_way_to_the_server(
    postgres: PostgresServer, tmp_path: Path, url: str, password: str | bytes | None, told: str
) -> None:
    file = tmp_path / "password"
    if password is not None:
        file.write_bytes(password if isinstance(password, bytes) else (password or postgres.password).encode())
    settings = Database(url=url.format(url=postgres.url), password_file=file, seconds=3)
    with (
        pytest.raises((DatabaseDown, ConfigError), match=told) as refused,
        transaction(open_engine(settings, tmp_path), "index"),
    ):
        pass
    assert postgres.password not in str(refused.value)


def test_what_is_stored_does_not_get_into_messages(database: Database, tmp_path: Path) -> None:
    with transaction(open_engine(database, tmp_path), "ledger") as connection:
        connection.execute(text("CREATE TABLE t (said text PRIMARY KEY)"))
    put(database, tmp_path, "001190012345")
    with pytest.raises(DatabaseDown) as refused:
        put(database, tmp_path, "001190012345")
    assert "001190012345" not in str(refused.value)
