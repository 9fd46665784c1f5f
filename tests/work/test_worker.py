"""Workers as they are: real brokers, real ledger, real processes that are killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from pipeline.errors import WorkerRefused
from pipeline.work.ledger import ItemState
from pipeline.work.worker import run_worker
from tests.fixtures.brokers import Server, Valkey
from tests.work.workshop import Workshop, alive, wait_for

HARDY = {"lease_seconds": 1.0, "sweep_seconds": 0.3, "attempts": 20}


@pytest.fixture
def shop(valkey_server: Valkey, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop with the broker that comes along, without the bells of other tests."""
    with redis.Redis(unix_socket_path=str(valkey_server.socket)) as broker:
        broker.flushall()
    opened = Workshop(valkey_server.site(tmp_path, **HARDY), tmp_path)
    yield opened
    opened.close()


def test_nothing_is_lost_whatever_is_killed(server: Server, tmp_path: Path):
    shop = Workshop(server.site(tmp_path, **HARDY), tmp_path)
    try:
        worker, sweeper = shop.hire(), shop.hire("sweeper")
        shop.hand_in(*["paper"] * 60)
        wait_for(lambda: shop.count() > 4, shop)
        shop.children(worker)[0].kill()
        wait_for(lambda: shop.count() > 12, shop)
        family = psutil.Process(worker.pid).children(recursive=True)
        worker.kill()
        worker.wait()
        wait_for(lambda: not alive(family), shop)
        worker = shop.hire()
        wait_for(lambda: shop.count() > 24, shop)
        sweeper.kill()
        server.kill()
        server.start()
        shop.hire("sweeper")
        wait_for(lambda: shop.count() == 60, shop)
        assert len(shop.done()) >= 59  # one may have been told to the ledger and not written down
        assert set(shop.done().values()) == {1}
        assert worker.poll() is None
    finally:
        shop.close()


def test_turns_that_end_without_a_broker_cost_no_bell_after_it(server: Server, tmp_path: Path):
    shop = Workshop(server.site(tmp_path, **HARDY), tmp_path)
    try:
        worker = shop.hire(PAGE="0.5")
        shop.hand_in("paper", "paper")
        shop.bell.ring(2)
        wait_for(lambda: shop.count(ItemState.READING) == 2, shop)
        server.kill()
        wait_for(lambda: shop.count() == 2, shop)
        server.start()
        shop.hand_in("paper", "paper")
        shop.bell.ring(2)
        wait_for(lambda: shop.count() == 4, shop)
        assert worker.poll() is None
    finally:
        shop.close()


def test_told_to_end_it_lets_go_and_leaves_nobody_behind(shop: Workshop):
    worker = shop.hire()
    shop.hand_in("book", "readers", "book")
    shop.bell.ring(2)
    wait_for(lambda: shop.count(ItemState.READING) == 2 and shop.count() == 1, shop)
    family = psutil.Process(worker.pid).children(recursive=True)
    assert len(family) > 2  # the readers, too
    worker.terminate()
    assert worker.wait(30) == 0
    assert not alive(family)
    books = shop.ledger.items(None, ItemState.READY)
    assert [(book.name, book.attempts) for book in books] == [("book", 0)] * 2
    assert len(list(shop.folder.glob("closed-*"))) == 2
    assert all(line[:2] == "20" for line in shop.logs().splitlines())  # our own words, and nothing else


def test_readers_end_with_a_worker_that_is_killed(shop: Workshop):
    worker = shop.hire()
    shop.hand_in("readers", "readers")
    shop.bell.ring(2)
    wait_for(lambda: shop.count() == 2, shop)
    family = psutil.Process(worker.pid).children(recursive=True)
    child = psutil.Process(worker.pid).children()[0]
    readers = child.children()
    child.kill()
    wait_for(lambda: not alive(readers), shop)
    worker.kill()
    worker.wait()
    wait_for(lambda: not alive(family), shop)


def test_a_process_told_to_end_lets_go_and_is_replaced(shop: Workshop):
    worker = shop.hire()
    shop.hand_in("book")
    shop.bell.ring()
    wait_for(lambda: shop.count(ItemState.READING) == 1, shop)
    item = shop.ledger.items(None, ItemState.READING)[0]
    reader = psutil.Process(int(item.worker.rpartition("-")[2]))
    reader.terminate()
    wait_for(lambda: not alive([reader]), shop)
    assert (shop.folder / f"closed-{reader.pid}").exists()
    item = shop.ledger.items()[0]
    assert item.attempts == (1 if item.state is ItemState.READING else 0)  # the other may have it now
    assert reader.pid not in {child.pid for child in shop.children(worker)}


def test_a_process_that_has_grown_is_replaced_and_the_rest_is_done(shop: Workshop):
    shop.site = shop.site.model_copy(update={"work": shop.site.work.model_copy(update={"megabytes": 400})})
    (shop.folder / "site.json").write_text(shop.site.model_dump_json())
    worker = shop.hire()
    before = {child.pid for child in shop.children(worker)}
    shop.hand_in("big", *["paper"] * 5)
    shop.bell.ring()
    wait_for(lambda: shop.count() == 6, shop)
    wait_for(lambda: {child.pid for child in shop.children(worker)} != before, shop)
    assert worker.poll() is None


def test_faults_end_no_process_and_stay_with_their_paper(shop: Workshop):
    shop.site = shop.site.model_copy(update={"work": shop.site.work.model_copy(update={"attempts": 2})})
    (shop.folder / "site.json").write_text(shop.site.model_dump_json())
    shop.hire()
    shop.hire("sweeper")
    shop.hand_in("crash", "bug", "down", *["paper"] * 10)
    wait_for(lambda: shop.count() == 11 and shop.count(ItemState.PARKED) == 2, shop)
    assert {item.reason for item in shop.ledger.items(None, ItemState.PARKED)} == {"GaveUp"}
    assert set(shop.done().values()) == {1}


def test_processes_tell_of_themselves(shop: Workshop):
    worker = shop.hire()
    shop.hand_in(*["paper"] * 4)
    shop.bell.ring(2)
    wait_for(lambda: {beat.pid for beat in shop.ledger.beats()} == {one.pid for one in shop.children(worker)}, shop)
    wait_for(lambda: sum(beat.documents for beat in shop.ledger.beats()) == 4, shop)
    assert all(beat.name.endswith(f"-{beat.pid}") and beat.seen_at >= beat.started_at for beat in shop.ledger.beats())
    assert sum(beat.pages for beat in shop.ledger.beats()) == 12


def test_the_bell_of_a_long_turn_is_acknowledged_while_it_lasts(shop: Workshop, valkey_server: Valkey):
    shop.hire(HELD="0.5")
    shop.hand_in("book")
    shop.bell.ring()
    with redis.Redis(unix_socket_path=str(valkey_server.socket)) as broker:
        wait_for(lambda: shop.count(ItemState.READING) == 1, shop)
        wait_for(lambda: broker.hlen("sohoa:unacked") == 0, shop)
    assert shop.count(ItemState.READING) == 1


def test_no_worker_without_the_limit_on_threads(shop: Workshop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OMP_THREAD_LIMIT")
    with pytest.raises(WorkerRefused, match="OMP_THREAD_LIMIT"):
        run_worker(shop.site, lambda: pytest.fail("no hands are made"))


def test_it_may_come_before_the_broker_and_end_without_it(shop: Workshop, valkey_server: Valkey):
    valkey_server.kill()
    try:
        worker = shop.hire()
        shop.hand_in("paper")
        shop.children(worker)
    finally:
        valkey_server.start()
    shop.bell.ring()
    wait_for(lambda: shop.count() == 1, shop)
    valkey_server.kill()
    try:
        worker.terminate()
        assert worker.wait(30) == 0
    finally:
        valkey_server.start()
