"""Pages a second of one process and of two, with the machine's own gain beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.managers import SyncManager
from threading import Barrier
from typing import Any

from benchmarks import workers
from benchmarks.engines import Orders
from benchmarks.nouns import Case

_ROUNDS = 2
_SPINS = 30_000_000
"""Rounds of the plain loop: one to two seconds."""


@dataclass(frozen=True, slots=True)
class SpeedResult:
    """Pages a second of one and of two processes; ``machine`` is what two processes of plain arithmetic gain here."""

    one: float
    two: float
    machine: float

    @property
    def ratio(self) -> float:
        """What the second process gains."""
        return self.two / self.one


def measure(cases: Sequence[Case], orders: Orders, step: Callable[[int], None]) -> SpeedResult:
    """Let one process, then two at once, each read all ``cases``; ``step(pages)`` is called as they are done.

    Every process reads all pages, so that none waits for the other at the end. Of several rounds the best one counts:
    what else the machine does can only take time away.
    """
    with workers.processes(2) as pool, get_context("spawn").Manager() as manager:
        _together(pool, manager, 2, _open, orders, cases[0])
        alone, both, spin_alone, spin_both = [], [], [], []
        for _ in range(_ROUNDS):
            alone.append(_together(pool, manager, 1, _read_all, list(cases)))
            step(len(cases))
            both.append(_together(pool, manager, 2, _read_all, list(cases)))
            step(2 * len(cases))
            spin_alone.append(_together(pool, manager, 1, _spin))
            spin_both.append(_together(pool, manager, 2, _spin))
    return SpeedResult(
        one=len(cases) * max(map(_rate, alone)),
        two=len(cases) * max(map(_rate, both)),
        machine=max(map(_rate, spin_both)) / max(map(_rate, spin_alone)),
    )


def pages_read(count: int) -> int:
    """Pages read in all when ``count`` cases are measured."""
    return 3 * _ROUNDS * count


def _rate(walls: Sequence[float]) -> float:
    """Lists (or loops) a second of processes that each did one in so many seconds."""
    return sum(1 / wall for wall in walls)


def _together(
    pool: ProcessPoolExecutor, manager: SyncManager, count: int, task: Callable[..., None], *arguments: Any
) -> list[float]:
    """Let ``count`` processes do the same at the same time; returns the wall seconds of each."""
    gate = manager.Barrier(count)
    return [future.result() for future in [pool.submit(_timed, gate, task, arguments) for _ in range(count)]]


def _timed(gate: Barrier, task: Callable[..., None], arguments: tuple[Any, ...]) -> float:
    gate.wait(300)
    start = time.perf_counter()
    task(*arguments)
    return time.perf_counter() - start


def _open(orders: Orders, first: Case) -> None:
    workers.begin("ours", orders, first)


def _read_all(cases: Sequence[Case]) -> None:
    for case in cases:
        workers.read([case])


def _spin() -> None:
    left = _SPINS
    while left:
        left -= 1
