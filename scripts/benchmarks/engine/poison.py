"""Papers that crash a reader, keep it for ever or take all memory, among good ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.engine.house import house
from pipeline.work.area import open_area
from pipeline.work.ledger import ItemState

_LIMITS = {"seconds_page": 8, "memory_megabytes": 2048}
_HARMS = ("crash", "loop", "bomb")
_MOST_SECONDS = 600


@dataclass(frozen=True)
class Poison:
    """What became of good papers and of bad ones."""

    good: int
    stored: int
    bad: int
    parked: dict[str, int]
    """By the rule that parked them."""
    seconds: float

    @property
    def held(self) -> bool:
        """Whether all good ones are stored and all bad ones are parked with a reason."""
        return self.stored == self.good and sum(self.parked.values()) == self.bad and "" not in self.parked


def run(folder: Path, good: int, console: Console) -> Poison:
    """``good`` papers of one page, and one of each kind of poison for every forty of them."""
    with house(folder, "valkey", database=False, seconds=0.05, limits=_LIMITS, work={"retry_seconds": 1}) as made:
        made.ledger.ensure()
        job, area, bad = made.job("độc"), open_area(made.settings.site), 0
        for index in range(good):
            if index % 40 == 0:
                for harm in _HARMS:
                    made.hand_in(job, made.draw(2, harm), area)
                    bad += 1
            made.hand_in(job, made.draw(1), area)
        made.start("worker")
        made.start("sweeper")
        made.ring(good)
        seconds = made.await_end(_MOST_SECONDS)
        parked = made.ledger.items(job.id, ItemState.PARKED, limit=1000)
        stored = made.ledger.counts(job.id).get(ItemState.STORED, 0)
        found = Poison(good, stored, bad, dict(Counter(item.reason for item in parked)), seconds)
    console.print(f"  {found}", soft_wrap=True)
    return found
