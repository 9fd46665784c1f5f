"""What the engine adds to a document: processor time of a worker, less that of ``sohoa run`` for papers like them.

What it takes to start is left out: of a run by doing few papers and more, of a worker by looking once it is under way.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console

from benchmarks.engine.house import House, house
from pipeline.work.area import open_area
from pipeline.work.ledger import ItemState

_FEW, _MORE = 20, 80


@dataclass(frozen=True)
class Overhead:
    """Milliseconds of processor time a document of one page."""

    papers: int
    alone: float
    engine: float
    added: float

    @property
    def held(self) -> bool:
        """The bar."""
        return self.added <= 20


def run(folder: Path, console: Console) -> Overhead:
    """Papers of one page, one process each way."""
    with house(folder, "valkey", database=False, seconds=0, jobs=1) as made:
        alone = [_alone(made, [made.draw(1) for _ in range(count)]) for count in (_FEW, _MORE)]
        engine = _by_worker(made, [made.draw(1) for _ in range(_MORE)])
    papers = _MORE - _FEW
    each = 1000 * (alone[1] - alone[0]) / papers, 1000 * engine / papers
    found = Overhead(papers, *each, each[1] - each[0])
    console.print(f"  {found}")
    return found


def _alone(made: House, paths: list[Path]) -> float:
    order = ("--dossier", "H00.01-260305-0001", "--procedure", "1.001193", "--accept")
    command = made.command("run", *map(str, paths), *order)
    return _used(subprocess.Popen(command, env=made.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def _by_worker(made: House, paths: list[Path]) -> float:
    """Seconds of processor time from the moment that few papers are stored until all are."""
    made.ledger.ensure()
    job, area = made.job("đo"), open_area(made.settings.site)
    for path in paths:
        made.hand_in(job, path, area)
    made.start("worker", "--processes", "1")
    made.ring(1)
    used = []
    for count in (_FEW, _MORE):
        while made.ledger.counts(job.id)[ItemState.STORED] < count:
            time.sleep(0.02)
        used.append(_of_tree(psutil.Process(made.running["worker"].pid)))
    return used[1] - used[0]


def _of_tree(process: psutil.Process) -> float:
    times = (each.cpu_times() for each in (process, *process.children(recursive=True)))
    return sum(time.user + time.system for time in times)


def _used(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor time of a process that ends, and of all that it waited for."""
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime
