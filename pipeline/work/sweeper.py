"""The sweeper: gives back what workers died over, and rings where there is work and nobody was woken for it.

It may be killed at any moment, and several may run at once: each only does what the ledger says is still to do.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from pipeline.errors import SohoaError
from pipeline.settings import Site
from pipeline.work.bell import Bell
from pipeline.work.ledger import ItemState, Ledger

MOST_BELLS: Final = 64
"""Bells in the queue at most. Whoever is woken works until nothing is left: more are of no use."""

log = structlog.get_logger("sohoa.sweeper")

Leftovers = Callable[[], object]
"""Removes what is left over of work that was done or given up; called with every round."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a round found."""

    given_back: int = 0
    """Sources whose worker was lost, to be claimed again."""
    parked: int = 0
    """Sources that too many workers were lost over."""
    claimable: int = 0
    rung: int = 0


def sweep(ledger: Ledger, bell: Bell) -> Swept:
    """One round: what workers died over is given back, then as many bells are rung as there is work without one.

    Raises:
        DatabaseDown, BrokerDown: what was done before holds.
    """
    changed = ledger.expire()
    parked = sum(item.state is ItemState.PARKED for item in changed)
    for item in changed:
        log.warning("lease_expired", item=item.id, state=item.state, doing=item.doing, rule=item.reason)
    claimable = ledger.claimable()
    rung = 0
    if claimable:
        rung = max(min(claimable, MOST_BELLS) - bell.depth(), 0)
        if rung:
            bell.ring(rung)
            log.info("bells_rung", count=rung)
    return Swept(len(changed) - parked, parked, claimable, rung)


def run_sweeper(site: Site, leftovers: Sequence[Leftovers] = (), stop: threading.Event | None = None) -> None:
    """Sweep every ``work.sweep_seconds`` until SIGTERM or SIGINT, or until ``stop`` is set; servers may be down.

    Args:
        site: names ledger and broker.
        leftovers: what else is to be tidied up, round by round.
        stop: ends it from another thread, in place of signals.
    """
    if stop is None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_, over=stop: over.set())
    ledger, bell = Ledger(site), Bell(site)
    parts: dict[str, Leftovers] = {"sweep": lambda: sweep(ledger, bell)}
    parts |= {f"leftovers {number}": each for number, each in enumerate(leftovers)}
    down: dict[str, str] = {}
    log.info("service_started")
    while not stop.is_set():
        for name, part in parts.items():
            _try(name, part, down)
        stop.wait(site.work.sweep_seconds)
    ledger.close()
    bell.close()
    log.info("service_stopped")


def _try(name: str, part: Leftovers, down: dict[str, str]) -> None:
    """Do a part of a round. A fault is told when it comes and when it is over, not every few seconds."""
    fault = ""
    try:
        part()
    except SohoaError as error:
        fault = error.rule
        if down.get(name) != fault:
            log.warning("part_down", rule=fault)
    except Exception as error:
        fault = type(error).__name__
        if down.get(name) != fault:
            log.warning("sweep_broken_off", problem=error)
    if fault:
        down[name] = fault
    elif down.pop(name, None):
        log.info("part_back")
