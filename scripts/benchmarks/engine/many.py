"""A hundred thousand papers through ledger and broker: planned, fed, claimed, told as read and as stored.

The work itself is left out (:class:`Quick`): what is measured is what the engine adds.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console

from benchmarks.engine.house import House, house
from pipeline.dossier import Dossier
from pipeline.settings import load
from pipeline.work.bell import Bell
from pipeline.work.ledger import Found, ItemState, Job, Lease, Ledger, NewItem, PageLease, Urgency

_FEED = 2000
"""Papers fed ahead of the workers."""


@dataclass(frozen=True)
class Many:
    """How fast, and how big the planner grew."""

    papers: int
    plan_seconds: float
    planner_megabytes: float
    work_seconds: float
    resume_seconds: float
    """From the start of a worker in the place of one killed half-way until the next paper was done."""
    per_second: float
    """Planning included."""

    @property
    def held(self) -> bool:
        """The bars."""
        return self.per_second >= 100 and self.planner_megabytes <= 300 and self.resume_seconds <= 10


class Quick:
    """Hands for which every paper is done at once."""

    pages = documents = 0
    doing = ""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def work_once(self) -> bool:
        """Claim a paper and tell what became of it."""
        lease = self._ledger.claim(f"quick-{os.getpid()}")
        if lease is None or isinstance(lease, PageLease):
            return lease is not None
        self._do(lease)
        return True

    def _do(self, lease: Lease) -> None:
        found = [Found(f"{lease.item.id:020}", "stored", "don", 1)]
        if lease.item.state is ItemState.READING:
            self._ledger.set_read(lease, found, 1, {"read": 0.1})
        else:
            self._ledger.finish(lease, ItemState.STORED, found, {"record": 0.1})
            self.documents += 1

    def close(self) -> None:
        """Nothing is open."""


def run(folder: Path, papers: int, console: Console) -> Many:
    """Measure with ``papers``, on SQLite and Valkey as they come along."""
    with house(folder, "valkey", database=False, seconds=0) as made:
        made.ledger.ensure()
        job = made.job("nhiều", Urgency.BACKFILL)
        planned = _in_process(made, "plan", job.id, str(papers))
        plan_seconds, megabytes = (float(word) for word in planned.stdout.split())
        begun = time.monotonic()
        worker = _worker(made)
        resumed = _fed(made, job, papers, worker)
        work = time.monotonic() - begun
        found = Many(papers, plan_seconds, megabytes, work, resumed, papers / (plan_seconds + work))
    console.print(f"  {found}", soft_wrap=True)
    return found


def _fed(made: House, job: Job, papers: int, worker: subprocess.Popen[bytes]) -> float:
    """Feed all papers; half-way the worker is killed and another started. Returns how soon that one went on."""
    ledger, bell, killed, resumed = made.ledger, Bell(made.settings.site), 0.0, 0.0
    while (done := ledger.counts(job.id).get(ItemState.STORED, 0)) < papers:
        for item in ledger.planned(job.id, _FEED) if ledger.claimable() < _FEED // 2 else []:
            ledger.feed(item.id, item.sha256, item.size)
        bell.ring(2)
        if not killed and done > papers // 2:
            for process in psutil.Process(worker.pid).children(recursive=True):
                process.kill()
            worker.kill()
            worker.wait()
            before = ledger.counts(job.id).get(ItemState.STORED, 0)
            killed = time.monotonic()
            worker = _worker(made)
            while ledger.counts(job.id).get(ItemState.STORED, 0) == before:
                bell.ring(2)
                time.sleep(0.1)
            resumed = time.monotonic() - killed
        time.sleep(0.2)
    worker.terminate()
    worker.wait()
    return resumed


def _worker(made: House) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", __name__, "work", str(made.folder)], env=made.environment, start_new_session=True
    )


def _in_process(made: House, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", __name__, words[0], str(made.folder), *words[1:]]
    return subprocess.run(command, env=made.environment, capture_output=True, check=True)


def _new(papers: int) -> Iterator[NewItem]:
    for index in range(papers):
        dossier = Dossier(f"H00.01-260305-{index:06}", "1.001193", "001200000012")
        name = f"hộp {index // 500}/hồ sơ {index}/giấy tờ.pdf"
        yield NewItem(name, "giấy tờ.pdf", dossier, 100_000, 1, f"{index:064x}", f"hộp {index // 500}")


def main(words: list[str]) -> None:
    """In a process of its own: ``plan FOLDER JOB COUNT`` or ``work FOLDER``."""
    site = load(Path(words[1]) / "config").site
    if words[0] == "plan":
        begun = time.monotonic()
        Ledger(site).plan(words[2], _new(int(words[3])))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(time.monotonic() - begun, peak)
    else:
        from pipeline.work.worker import run_worker  # noqa: PLC0415 - the planner is measured without it

        run_worker(site, lambda: Quick(Ledger(site)), 2)


if __name__ == "__main__":
    main(sys.argv[1:])
