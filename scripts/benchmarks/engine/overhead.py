"""What the engine adds to a document: processor time of a worker, less that of ``sohoa run`` for the same papers.

Both are measured for few papers and for more, so that what it takes to start falls out.
"""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.engine.house import House, house
from pipeline.work.area import open_area

_FEW, _MORE = 20, 80
_MOST_SECONDS = 600


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
    alone, engine = [], []
    for count in (_FEW, _MORE):
        with house(folder / str(count), "valkey", database=False, seconds=0, jobs=1) as made:
            paths = [made.draw(1) for _ in range(2 * count)]
            alone.append(_alone(made, paths[:count]))
            engine.append(_by_worker(made, paths[count:]))
    each = [1000 * (more - few) / (_MORE - _FEW) for few, more in (alone, engine)]
    found = Overhead(_MORE - _FEW, each[0], each[1], each[1] - each[0])
    console.print(f"  {found}")
    return found


def _alone(made: House, paths: list[Path]) -> float:
    order = ("--dossier", "H00.01-260305-0001", "--procedure", "1.001193", "--accept")
    command = made.command("run", *map(str, paths), *order)
    return _used(subprocess.Popen(command, env=made.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def _by_worker(made: House, paths: list[Path]) -> float:
    made.ledger.ensure()
    job, area = made.job("đo"), open_area(made.settings.site)
    for path in paths:
        made.hand_in(job, path, area)
    made.start("worker", "--processes", "1")
    made.ring(1)
    made.await_end(_MOST_SECONDS)
    worker = made.running.pop("worker")
    worker.send_signal(signal.SIGTERM)
    return _used(worker)


def _used(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor time of a process that ends, and of all that it waited for."""
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime
