"""How long a backfill takes and how much room it needs, from what this installation has done so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from pipeline.settings import Backfill
from pipeline.work.backfill.planning import Plan
from pipeline.work.ledger import ItemState, Ledger

SECONDS_PER_PAGE = 4.0
"""Of one worker for a page of a scan in colour at 300 dpi, on a processor of an office machine; where none was done."""
STORED_PER_BYTE = 1.1
"""Bytes in the repository for a byte of source, where none was stored."""
_SAMPLE = 300
_DAY = 24 * 60


@dataclass(frozen=True)
class Rates:
    """What a page takes and a byte becomes. ``pages`` 0: nothing was measured here, the values are assumed."""

    seconds_per_page: float = SECONDS_PER_PAGE
    stored_per_byte: float = STORED_PER_BYTE
    pages: int = 0


@dataclass(frozen=True)
class Estimate:
    """Of a plan: hours of work for all workers together, hours on the clock with the limits set, bytes to be stored."""

    rates: Rates
    workers: int
    hours: float
    elapsed_hours: float
    bytes: int


def measure(ledger: Ledger, job: str | None = None) -> Rates:
    """Rates of the sources stored last, of a job or of all."""
    stored = ledger.counts(job)[ItemState.STORED]
    items = ledger.items(job, ItemState.STORED, limit=_SAMPLE, offset=max(0, stored - _SAMPLE))
    timed = [item for item in items if item.pages and item.timings]
    pages = sum(item.pages for item in timed)
    if not pages:
        return Rates()
    seconds = sum(sum(item.timings.values()) for item in timed) / pages
    sized = [(item.size, sum(found.bytes for found in ledger.documents(item.id))) for item in timed]
    sized = [(before, after) for before, after in sized if before and after]
    factor = sum(after for _, after in sized) / sum(before for before, _ in sized) if sized else STORED_PER_BYTE
    return Rates(seconds or SECONDS_PER_PAGE, factor, pages)


def estimate(plan: Plan, rates: Rates, workers: int, limits: Backfill) -> Estimate:
    """What a plan takes with so many workers, within the hours and the pages an hour that are set."""
    workers = max(workers, 1)
    hours = plan.pages * rates.seconds_per_page / workers / 3600
    paced = max(hours, plan.pages / limits.pages_per_hour) if limits.pages_per_hour else hours
    elapsed = paced / max(open_share(limits.hours), 1 / _DAY)
    return Estimate(rates, workers, hours, elapsed, round(plan.bytes * rates.stored_per_byte))


# -- hours --------------------------------------------------------------------------------------------------------


def is_open(hours: Sequence[str], at: time) -> bool:
    """Whether ``at`` (local time) lies in one of the stretches ``18:00-06:00``; without any it always does."""
    minute = at.hour * 60 + at.minute
    return not hours or any(minute in stretch for start, end in map(_minutes, hours) for stretch in _cut(start, end))


def open_share(hours: Sequence[str]) -> float:
    """Share of the day that lies in one of the stretches."""
    if not hours:
        return 1.0
    covered = {minute for start, end in map(_minutes, hours) for stretch in _cut(start, end) for minute in stretch}
    return len(covered) / _DAY


def _minutes(stretch: str) -> tuple[int, int]:
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in stretch.split("-"))
    return start, end


def _cut(start: int, end: int) -> tuple[range, ...]:
    """A stretch as minutes of the day, cut at midnight; one that ends where it starts is the whole day."""
    return (range(start, end),) if start < end else (range(start, _DAY), range(end))
