"""The sweeper: what it gives back, when it rings, and that it outlives its servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.work.ledger import ItemState, Lease
from pipeline.work.sweeper import MOST_BELLS, Swept, run_sweeper, sweep
from tests.fixtures.brokers import Redis
from tests.work.workshop import Workshop, wait_for


@pytest.fixture
def shop(redis_server: Redis, tmp_path: Path) -> Iterator[Workshop]:
    opened = Workshop(redis_server.site(tmp_path, lease_seconds=1.0, sweep_seconds=0.1, attempts=2), tmp_path)
    opened.bell.depth()
    opened.bell._channel.queue_purge("sohoa.work")
    yield opened
    opened.close()


def test_it_rings_once_for_what_nobody_was_woken_for(shop: Workshop):
    assert sweep(shop.ledger, shop.bell) == Swept()
    shop.hand_in("a", "b", "c")
    assert sweep(shop.ledger, shop.bell) == Swept(claimable=3, rung=3)
    assert sweep(shop.ledger, shop.bell) == Swept(claimable=3, rung=0)
    shop.hand_in(*["d"] * (MOST_BELLS + 10))
    assert sweep(shop.ledger, shop.bell).rung == MOST_BELLS - 3
    assert shop.bell.depth() == MOST_BELLS


def test_what_a_worker_died_over_is_given_back_and_at_last_set_aside(shop: Workshop):
    shop.hand_in("a")
    for last in (False, True):
        assert isinstance(shop.ledger.claim("w"), Lease)
        assert sweep(shop.ledger, shop.bell).given_back == 0
        time.sleep(1.1)
        swept = sweep(shop.ledger, shop.bell)
        assert (swept.given_back, swept.parked) == ((0, 1) if last else (1, 0))
    assert shop.count(ItemState.PARKED) == 1


def test_it_outlives_the_broker_and_what_fails_beside_it(shop: Workshop, redis_server: Redis):
    stop, rounds = threading.Event(), []

    def leftovers() -> None:
        rounds.append(1)
        raise OSError

    shop.hand_in("a", "b")
    redis_server.kill()
    sweepers = [threading.Thread(target=run_sweeper, args=(shop.site, [leftovers], stop)) for _ in range(2)]
    try:
        for each in sweepers:
            each.start()
        wait_for(lambda: len(rounds) > 6)
        redis_server.start()
        wait_for(lambda: shop.bell.depth() >= 2)
        assert shop.bell.depth() <= 4  # both may have rung at once, once
    finally:
        stop.set()
        for each in sweepers:
            each.join()
