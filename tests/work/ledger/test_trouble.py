"""A database that is gone, locked, full of another version's tables; many sources."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.errors import DatabaseDown
from pipeline.settings import Database, Site
from pipeline.work.ledger import ItemState, Ledger
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.store import site_in
from tests.work.ledger.conftest import Clock, Feed, claimed, job, paper


def _local(folder: Path, seconds: float = 20) -> Site:
    return site_in(folder).model_copy(update={"database": Database(seconds=seconds)})


def test_a_locked_file(tmp_path: Path) -> None:
    site = _local(tmp_path, seconds=0.1)
    ledger = Ledger(site)
    ledger.open_job(job("J"))
    with closing(sqlite3.connect(site.data / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseDown, match="ledger: SQLITE_BUSY"):
            ledger.claim("w")
        other.execute("ROLLBACK")
    assert ledger.claim("w") is None


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    site = _local(tmp_path)
    site.data.mkdir(parents=True)
    (site.data / "ledger.db").write_bytes(b"no database at all " * 100)
    with pytest.raises(DatabaseDown, match="SQLITE_NOTADB"):
        Ledger(site).counts()


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    site = _local(tmp_path)
    ledger = Ledger(site)
    ledger.open_job(job("J"))
    for file in site.data.glob("ledger.db*"):
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_tables_of_an_earlier_version_are_brought_up(site: Site, clock: Clock) -> None:
    ledger = Ledger(site, clock)
    ledger.open_job(job("J"))
    ledger.plan("J", [paper("a")])
    with ledger.transaction() as connection:
        connection.execute(text("ALTER TABLE item DROP COLUMN read_at"))
        connection.execute(text("ALTER TABLE item DROP COLUMN read_by"))
        connection.execute(text("UPDATE ledger_version SET version = 1"))
    ledger.close()
    (item,) = ledger.planned("J", 2)
    assert (item.read_at, item.read_by) == (0.0, "")
    ledger.feed(item.id, "ab" * 32, 1)
    lease = claimed(ledger, "w1")
    ledger.set_read(lease, [], 3, {"read": 1.0})
    (item,) = ledger.items("J")
    assert (item.read_at, item.read_by) == (clock(), "w1")


def test_tables_of_another_version(site: Site) -> None:
    ledger = Ledger(site)
    with ledger.transaction() as connection:
        connection.execute(text("UPDATE ledger_version SET version = 99"))
    ledger.close()
    with pytest.raises(DatabaseDown, match="version 99"):
        ledger.counts()


def test_a_server_killed_and_started_again(own_postgres: PostgresServer, tmp_path: Path) -> None:
    databases: Iterator[Database] = own_postgres.database()
    database = next(databases).model_copy(update={"seconds": 5})
    ledger = Ledger(site_in(tmp_path).model_copy(update={"database": database}))
    ledger.open_job(job("J"))
    ledger.plan("J", [paper("a"), paper("b")])
    for item in ledger.planned("J", 2):
        ledger.feed(item.id, "ab" * 32, 1)
    lease = claimed(ledger)
    own_postgres.kill()
    with pytest.raises(DatabaseDown):
        ledger.renew(lease)
    own_postgres.start()
    assert ledger.renew(lease)
    assert ledger.set_read(lease, [], 1, {})
    assert ledger.counts("J")[ItemState.CLEARED] == 1
    ledger.close()


def test_threads_share_a_ledger(ledger: Ledger, feed: Feed) -> None:
    feed(*(paper(str(number)) for number in range(24)))
    got: list[int] = []

    def work() -> None:
        while (lease := ledger.claim("w")) is not None:
            got.append(lease.item.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == len(set(got)) == 24


def test_claiming_needs_no_look_at_all_sources(tmp_path: Path) -> None:
    """Otherwise a hundred thousand planned ones would make each claim slower."""
    ledger = Ledger(_local(tmp_path))
    ledger.ensure()
    plans = []
    with ledger.transaction() as connection:
        for statement in (ledger._best_item, ledger._best_page, ledger._first_turns):
            compiled = statement.params({"before": 9}).compile(connection, compile_kwargs={"literal_binds": True})
            plans += [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
    assert not [line for line in plans if line.startswith("SCAN") and "CONSTANT" not in line], plans
    assert not [line for line in plans if "TEMP B-TREE" in line], plans
    assert any("item_turn" in line for line in plans)
