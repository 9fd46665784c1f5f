"""The kill matrix: each part killed at random moments while papers are worked on; what is stored, and read twice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from benchmarks.engine.house import House, house
from pipeline.errors import SohoaError
from pipeline.work.area import open_area
from pipeline.work.ledger import Job

T = TypeVar("T")

_PAGE_SECONDS = 0.15
_AHEAD = 16
_MOST_SECONDS = 180


@dataclass(frozen=True)
class Line:
    """What came of killing one part."""

    broker: str
    part: str
    kills: int
    papers: int
    stored: int
    parked: int
    pages: int
    twice: int
    """Pages read more than once, and more often than kills explain."""
    unexplained: int
    seconds: float
    """From the last restart until everything was done."""

    @property
    def held(self) -> bool:
        """Whether everything was stored once, in time."""
        return self.stored == self.papers and not self.parked and not self.unexplained and self.seconds <= 60


def one(folder: Path, broker: str, part: str, kills: int, console: Console) -> Line:
    """Kill ``part`` ``kills`` times on ``broker``."""
    with house(folder, broker, database=True, seconds=_PAGE_SECONDS) as made:
        made.ledger.ensure()
        made.start("worker")
        made.start("sweeper")
        job = made.job("ma trận")
        chance = random.Random(f"{broker}{part}")
        for _ in range(kills):
            _feed(made, job, chance)
            time.sleep(chance.uniform(0.3, 2.5))
            made.kill(part)
            time.sleep(chance.uniform(0, 1))
            if part != "child":
                made.start(part)
        _feed(made, job, chance)
        seconds = made.await_end(_MOST_SECONDS)
        reads = made.installed.reads()
        twice = sum(1 for count in reads.values() if count > 1)
        extra = sum(count - 1 for count in reads.values())
        states = made.ledger.counts()
        found = Line(
            broker,
            part,
            kills,
            made.paper,
            made.records(),
            sum(count for state, count in states.items() if state.value in ("parked", "waiting")),
            made.page - 1,
            twice,
            # A kill may cost the page that each of the two processes was reading.
            max(0, extra - 2 * kills),
            seconds,
        )
    console.print(f"  {found}", style="green" if found.held else "red", soft_wrap=True)
    return found


def _feed(made: House, job: Job, chance: random.Random) -> None:
    """Have some papers waiting; while a server is down nobody can hand in any."""
    area = open_area(made.settings.site)
    while _patiently(made.unfinished) < _AHEAD:
        path = made.draw(chance.choice((1, 1, 2, 4)))
        _patiently(lambda path=path: made.hand_in(job, path, area))
    _patiently(lambda: made.ring(_AHEAD))


def _patiently(act: Callable[[], T]) -> T:
    """Try until the servers answer again."""
    until = time.monotonic() + _MOST_SECONDS
    while True:
        try:
            return act()
        except SohoaError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
