"""What the engine adds to a document: processor time of a worker, less that of ``sohoa run`` for papers like them.

What it takes to start is left out: of a run by doing few papers and more, of a worker by looking once it is under way.
Each run has a dossier of its own, of a usual size: papers are compared with all others of their dossier.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console

from benchmarks.engine.house import House, house, spent_by
from pipeline.work.area import open_area
from pipeline.work.ledger import ItemState

_FEW, _MORE = 5, 25
_TURNS = 6
"""One after the other and again, as the machine is not always equally fast; what lies in the middle counts."""


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
    """Papers of one page, one process each way, turn by turn."""
    papers, alone, engine = _MORE - _FEW, [], []
    with house(folder, "valkey", database=False, seconds=0, jobs=1) as made:
        made.ledger.ensure()
        made.start("worker", "--processes", "1")
        _by_worker(made, _FEW)
        for _ in range(_TURNS):
            few, more = (_alone(made, [made.draw(1) for _ in range(count)]) for count in (_FEW, _MORE))
            alone.append(1000 * (more - few) / papers)
            engine.append(1000 * _by_worker(made, papers) / papers)
            console.print(f"  {alone[-1]:.0f} → {engine[-1]:.0f} ms", style="dim")
    each = median(alone), median(engine)
    found = Overhead(papers * _TURNS, *each, each[1] - each[0])
    console.print(f"  {found}")
    return found


def _alone(made: House, paths: list[Path]) -> float:
    order = ("--dossier", f"H00.01-260305-{made.paper:04}", "--procedure", "1.001193", "--accept")
    command = made.command("run", *map(str, paths), *order)
    return _used(subprocess.Popen(command, env=made.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def _by_worker(made: House, count: int) -> float:
    """Seconds of processor time that a worker needs for ``count`` papers."""
    job, area = made.job(f"đo {made.paper}"), open_area(made.settings.site)
    for _ in range(count):
        made.hand_in(job, made.draw(1), area)
    worker = psutil.Process(made.running["worker"].pid)
    before = _of_tree(worker)
    made.ring(1)
    while made.ledger.counts(job.id)[ItemState.STORED] < count:
        time.sleep(0.1)
    return _of_tree(worker) - before


def _of_tree(process: psutil.Process) -> float:
    times = (each.cpu_times() for each in (process, *process.children(recursive=True)))
    return sum(time.user + time.system for time in times)


def _used(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor time of a process that ends, and of all that it waited for."""
    usage = spent_by(process)
    return usage.ru_utime + usage.ru_stime
