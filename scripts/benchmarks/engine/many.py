"""A hundred thousand papers: planned from their files by the command, then through ledger and broker.

There the work itself is left out (:class:`Quick`): fed, claimed, told as read and as stored is what is measured.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console

from benchmarks.engine.house import House, house, spent_by
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
    """By ``sohoa backfill --plan``, which opens every file."""
    planner_megabytes: float
    """Of its biggest process."""
    ledger_seconds: float
    """For putting all into the ledger."""
    work_seconds: float
    resume_seconds: float
    """From the start of a worker in the place of one killed half-way until the next paper was done."""
    per_second: float
    """Through ledger and broker; the ledger's own planning included."""

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
        made.start("sweeper")
        job = made.job("nhiều", Urgency.BACKFILL)
        plan_seconds, megabytes = _planned(made, papers)
        begun = time.monotonic()
        made.ledger.plan(job.id, _new(papers))
        planned = time.monotonic() - begun
        begun = time.monotonic()
        worker = _worker(made)
        resumed = _fed(made, job, papers, worker)
        work = time.monotonic() - begun
        found = Many(papers, plan_seconds, megabytes, planned, work, resumed, papers / (planned + work))
    console.print(f"  {found}", soft_wrap=True)
    return found


def _planned(made: House, papers: int) -> tuple[float, float]:
    """Seconds that the command plans for, and the memory it needs (MB)."""
    archive, one = made.folder / "archive", made.draw(1).read_bytes()
    for index in range(papers):
        place = archive / f"hộp {index // 500}" / f"H00.01-260305-{index:06}"
        place.mkdir(parents=True)
        (place / "giấy tờ.pdf").write_bytes(one + f"% {index}\n".encode())
    begun = time.monotonic()
    command = made.command("backfill", str(archive), "--procedure", "1.001193", "--plan", "--json")
    with subprocess.Popen(command, env=made.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        said = process.stdout.read() if process.stdout is not None else b""
        used = spent_by(process)
    seconds = time.monotonic() - begun
    if process.returncode or json.loads(said)["files"] != papers:
        raise RuntimeError(said.decode()[-2000:])
    shutil.rmtree(archive)
    return seconds, used.ru_maxrss / 1024


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
        [sys.executable, "-m", __name__, str(made.folder)], env=made.environment, start_new_session=True
    )


def _new(papers: int) -> Iterator[NewItem]:
    for index in range(papers):
        dossier = Dossier(f"H00.01-260305-{index:06}", "1.001193", "001200000012")
        name = f"hộp {index // 500}/hồ sơ {index}/giấy tờ.pdf"
        yield NewItem(name, "giấy tờ.pdf", dossier, 100_000, 1, f"{index:064x}", f"hộp {index // 500}")


def main(folder: str) -> None:
    """In a process of its own: work for the installation in ``folder``."""
    from pipeline.work.worker import run_worker  # noqa: PLC0415 - only here is Celery needed

    site = load(Path(folder) / "config").site
    run_worker(site, lambda: Quick(Ledger(site)), 2)


if __name__ == "__main__":
    main(sys.argv[1])
