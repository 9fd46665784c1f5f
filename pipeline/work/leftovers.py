"""What is left over where a process was killed just after the ledger knew that all is stored."""

from __future__ import annotations

import time
from collections.abc import Callable

from filelock import Timeout

from pipeline.work.area import Area
from pipeline.work.journal import Journal
from pipeline.work.ledger import ItemState, Ledger

_EVERY_SECONDS = 3600.0


def clear_area(ledger: Ledger, area: Area) -> int:
    """Remove what the work area holds of sources that are stored; returns how many those were.

    What the ledger does not know stays: it may be about to be told. So does the outline of a paper whose dossier is not
    finished, for that one is compared with it.
    """
    count = 0
    for sha256, only_outline in list(area.sources()):
        if not _is_stored(ledger, sha256):
            continue
        finished = _dossier_is_stored(ledger, sha256)
        if finished or not only_outline:
            area.remove(sha256, but_outline=not finished)
            count += 1
    return count


def clear_desks(ledger: Ledger, journal: Journal) -> int:
    """Remove what lies at this machine of sources that were stored from another one; returns how many those were."""
    count = 0
    for sha256 in journal.sources():
        if _is_stored(ledger, sha256):
            try:
                with journal.lock(sha256).acquire(timeout=0):
                    journal.release(sha256)
                    count += 1
            except Timeout:  # somebody is at it
                continue
    return count


def hourly(act: Callable[[], object]) -> Callable[[], None]:
    """``act``, done at the first call and then at the first call of every hour."""
    last = -_EVERY_SECONDS

    def now_and_then() -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY_SECONDS:
            act()
            last = time.monotonic()

    return now_and_then


def _is_stored(ledger: Ledger, sha256: str) -> bool:
    items = ledger.known(sha256)
    return bool(items) and all(item.state is ItemState.STORED for item in items)


def _dossier_is_stored(ledger: Ledger, sha256: str) -> bool:
    return all(sibling.state is ItemState.STORED for item in ledger.known(sha256) for sibling in ledger.siblings(item))
