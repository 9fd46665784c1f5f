"""Real workers and sweepers in processes of their own, over a real ledger and a real broker."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil

from pipeline.dossier import Dossier
from pipeline.settings import Site
from pipeline.work.bell import Bell
from pipeline.work.ledger import ItemState, Job, Ledger, NewItem, Urgency

_SECONDS = 40


class Workshop:
    """A ledger, a bell, and the processes started here; all of them are gone when it is closed."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.ledger, self.bell = Ledger(site), Bell(site)
        self.ledger.ensure()
        self.processes: list[subprocess.Popen[bytes]] = []
        (folder / "site.json").write_text(site.model_dump_json())

    def hire(self, kind: str = "worker", **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{kind}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.work.hired", kind, self.folder / "site.json", self.folder],
                env=os.environ | {"OMP_THREAD_LIMIT": "1"} | environment,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def hand_in(self, *names: str, urgency: Urgency = Urgency.BACKFILL) -> None:
        """Put in a source of each name, and ring for it."""
        job = f"job-{time.monotonic_ns()}"
        self.ledger.open_job(Job(job, "backfill", job, urgency))
        new = [NewItem(f"{job}/{number}", name, Dossier(f"D-{number}", "1.0")) for number, name in enumerate(names)]
        self.ledger.plan(job, new)
        for item in self.ledger.planned(job, len(new)):
            assert self.ledger.feed(item.id, f"{item.id:064x}", 1)

    def count(self, state: ItemState = ItemState.STORED) -> int:
        return self.ledger.counts().get(state, 0)

    def done(self) -> Counter[str]:
        """How often each source was done."""
        with contextlib.suppress(FileNotFoundError):
            return Counter(line.split()[0] for line in (self.folder / "done").read_text().splitlines())
        return Counter()

    def children(self, worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
        """The worker's processes, once there are all of them."""
        wait_for(lambda: len(alive(psutil.Process(worker.pid).children())) >= 2, self)
        return alive(psutil.Process(worker.pid).children())

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in self.folder.glob("*.log"))

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.bell.close()
        self.ledger.close()


def wait_for(true: Callable[[], bool], shop: Workshop | None = None, seconds: float = _SECONDS) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, shop.logs() if shop else ""
        time.sleep(0.02)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that run; one that ended and was not waited for does not."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
