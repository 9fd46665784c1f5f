"""Several processes at one ledger, also such as are killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter
from multiprocessing.queues import Queue

from pipeline.settings import Site
from pipeline.work.ledger import ItemState, JobState, Lease, Ledger
from tests.work.ledger.conftest import job, paper

_processes = multiprocessing.get_context("fork")
S = ItemState


def _fill(site: Site, count: int, papers: int) -> Ledger:
    ledger = Ledger(site)
    ledger.open_job(job("J"))
    ledger.plan("J", [paper(str(number), f"H{number // papers}") for number in range(count)])
    for item in ledger.planned("J", count):
        ledger.feed(item.id, "ab" * 32, 1)
    return ledger


def _work(ledger: Ledger, done: Queue[tuple[int, str]]) -> None:
    """Until nothing is left; the ledger was opened before the fork."""
    while ledger.job("J").state is not JobState.DONE:
        lease = ledger.claim(str(os.getpid()))
        if lease is None:
            time.sleep(0.005)
        elif isinstance(lease, Lease) and lease.item.state is S.READING:
            done.put((lease.item.id, "read"))
            ledger.set_read(lease, [], 1, {})
        elif isinstance(lease, Lease):
            assert {item.state for item in ledger.siblings(lease.item)} <= {S.CLEARED, S.FILING, S.STORED}
            done.put((lease.item.id, "stored"))
            ledger.finish(lease, S.STORED, [], {})


def test_no_two_get_the_same_and_every_dossier_is_cleared(site: Site) -> None:
    ledger = _fill(site, 60, 2)
    done: Queue[tuple[int, str]] = _processes.Queue()
    workers = [_processes.Process(target=_work, args=(ledger, done), daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    told = Counter(done.get(timeout=100) for _ in range(120))
    for worker in workers:
        worker.join(100)
        assert worker.exitcode == 0
    assert set(told.values()) == {1}
    assert ledger.counts("J")[S.STORED] == 60
    assert ledger.job("J").state is JobState.DONE


def _claim_for_ever(ledger: Ledger) -> None:
    while True:
        lease = ledger.claim("killed")
        assert isinstance(lease, Lease)
        ledger.renew(lease, "page 1")


def test_a_worker_killed_while_claiming_loses_nothing(site: Site) -> None:
    """Killed at any moment: each source is either still ready or under a lease that runs out."""
    ledger = _fill(site, 400, 1)
    for pause in (0.0, 0.01, 0.03, 0.07):
        worker = _processes.Process(target=_claim_for_ever, args=(ledger,), daemon=True)
        worker.start()
        assert worker.pid is not None
        time.sleep(pause)
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        counts = ledger.counts("J")
        assert counts[S.READY] + counts[S.READING] == 400
    assert isinstance(ledger.claim("w"), Lease)
    taken = ledger.counts("J")[S.READING]
    later = Ledger(site, clock=lambda: time.time() + 3600)
    assert len(later.expire()) == taken
    assert later.counts("J")[S.READY] == 400


def _open(site: Site, start: float, told: Queue[str]) -> None:
    time.sleep(max(0.0, start - time.time()))
    Ledger(site).ensure()
    told.put("made")


def test_processes_that_make_the_tables_at_once(site: Site) -> None:
    told: Queue[str] = _processes.Queue()
    start = time.time() + 0.3
    makers = [_processes.Process(target=_open, args=(site, start, told), daemon=True) for _ in range(5)]
    for maker in makers:
        maker.start()
    assert [told.get(timeout=60) for _ in makers] == ["made"] * 5
    for maker in makers:
        maker.join(60)
        assert maker.exitcode == 0
