"""How the engine stands: what runs, what waits, what is stuck and why. Works when some or all of its parts are down."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipeline.errors import BrokerDown, DatabaseDown, SohoaError, StoreDown, WorkStuck
from pipeline.settings import Site
from pipeline.storage import open_store
from pipeline.work.figures import Figures, JobSum, LeaseSum, Reason, Throughput
from pipeline.work.ledger import Beat, Item, ItemState, JobState, Ledger, Urgency

SECONDS = 4.0
"""How long one part is waited for."""
_PATIENCE = 60.0
"""Seconds. Work that has waited so long while nobody is alive or awake is stuck; a worker may just be starting."""


class Bells(Protocol):
    """As much of the bell as is looked at."""

    def depth(self) -> int:
        """Bells in the queue; BrokerDown when it does not answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """Database, store or broker: how long its answer took in seconds, or what it met with."""

    name: str
    seconds: float
    error: SohoaError | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process, and the sources it has."""

    beat: Beat
    alive: bool
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """The engine at one moment, ``now`` (seconds since 1970). What could not be asked is empty; ``parts`` say why."""

    now: float
    parts: tuple[Part, ...]
    bells: int | None = None
    claimable: int = 0
    jobs: tuple[JobSum, ...] = ()
    items: Mapping[tuple[ItemState, Urgency], int] = field(default_factory=dict)
    workers: tuple[Worker, ...] = ()
    parked: tuple[Reason, ...] = ()
    retrying: tuple[Reason, ...] = ()
    leases: LeaseSum = field(default_factory=LeaseSum)
    waiting: Mapping[Urgency, float] = field(default_factory=dict)
    last_day: Throughput | None = None

    @property
    def troubles(self) -> list[SohoaError]:
        """What is out of order, the worst first. Papers that wait for a person and paused jobs are none of it."""
        return [part.error for part in self.parts if part.error is not None] + list(self._stuck())

    @property
    def paused(self) -> list[JobSum]:
        """Jobs that were paused or stopped while there was something left to do."""
        return [each for each in self.jobs if each.job.state is not JobState.RUNNING and _left(each)]

    @property
    def alive(self) -> int:
        """Worker processes that were heard of lately."""
        return sum(worker.alive for worker in self.workers)

    @property
    def pages_per_minute(self) -> float:
        """Of all workers together."""
        return sum(worker.beat.pages_per_minute for worker in self.workers if worker.alive)

    def _stuck(self) -> Iterator[SohoaError]:
        longest = max(self.waiting.values(), default=0.0)
        if (count := self.claimable) and longest > _PATIENCE:
            if not self.alive:
                yield WorkStuck(what=f"{count} việc chờ, không có tiến trình xử lý / {count} wait, no worker is alive")
            elif not any(worker.alive and self._awake(worker) for worker in self.workers):
                yield WorkStuck(what=f"{count} việc chờ, không tiến trình nào làm / {count} wait, all workers are idle")
        if count := self.leases.over:
            yield WorkStuck(what=f"{count} việc bị mất chưa được giao lại / {count} lost leases not taken back")

    def _awake(self, worker: Worker) -> bool:
        """Whether it is at work, was a moment ago, or has just started."""
        beat = worker.beat
        return bool(worker.items or beat.doing or beat.pages_per_minute) or self.now - beat.started_at <= _PATIENCE


def look(site: Site, bell: Bells | None, seconds: float = SECONDS) -> Standing:
    """Ask every part, each for at most ``seconds`` and all at once; never raises one of their errors."""
    ask: dict[str, Callable[[], Any]] = {
        "database": lambda: _ledger(hurried(site, seconds)),
        "store": lambda: open_store(hurried(site, seconds)).ping(),
        "broker": lambda: None if bell is None else bell.depth(),
    }
    late: dict[str, SohoaError] = {
        "store": StoreDown(where=site.store.endpoint),
        "broker": BrokerDown(where="depth"),
        "database": DatabaseDown(what=f"ledger: > {seconds:g} s"),
    }
    answers = together(ask, late, seconds)
    parts = tuple(
        Part(name, took, answer if isinstance(answer, SohoaError) else None) for name, took, answer in answers
    )
    found = {name: answer for name, _, answer in answers if not isinstance(answer, SohoaError)}
    told: dict[str, Any] = found.get("database") or {"now": time.time()}
    return Standing(parts=tuple(parts), bells=found.get("broker"), **told)


def hurried(site: Site, seconds: float) -> Site:
    """The same installation, with a store and a database that are not waited for as long as work waits for them."""
    store = site.store.model_copy(update={"seconds": min(site.store.seconds, seconds)})
    database = site.database.model_copy(update={"seconds": min(site.database.seconds, seconds)})
    return site.model_copy(update={"store": store, "database": database})


def together(
    ask: Mapping[str, Callable[[], Any]], late: Mapping[str, SohoaError], seconds: float
) -> list[tuple[str, float, Any]]:
    """Call all at once: name, seconds it took, and the answer or error (that in ``late`` when there was none in time).

    What hangs is left behind in a thread that does not keep the process from ending.
    """
    came: queue.SimpleQueue[tuple[str, float, Any]] = queue.SimpleQueue()
    begun = time.monotonic()

    def call(name: str, wanted: Callable[[], Any]) -> None:
        answer: Any
        try:
            answer = wanted()
        except SohoaError as error:
            answer = error
        except Exception as error:
            answer = SohoaError(what=f"{name}: {type(error).__name__}")
        came.put((name, time.monotonic() - begun, answer))

    for name, wanted in ask.items():
        threading.Thread(target=call, args=(name, wanted), daemon=True).start()
    answers: dict[str, tuple[str, float, Any]] = {}
    while len(answers) < len(ask):
        try:
            answer = came.get(timeout=max(begun + seconds - time.monotonic(), 0.001))
        except queue.Empty:
            break
        answers[answer[0]] = answer
    return [answers.get(name, (name, seconds, late[name])) for name in ask]


def has_ledger(site: Site) -> bool:
    """Whether there is a ledger, without making one."""
    return bool(site.database.url) or (site.data / "ledger.db").exists()


def _ledger(site: Site) -> dict[str, Any]:
    if not has_ledger(site):
        return {"now": time.time()}
    ledger = Ledger(site)
    try:
        figures = Figures(ledger)
        return {
            "now": figures.now(),
            "claimable": ledger.claimable(),
            "jobs": tuple(figures.jobs()),
            "items": figures.items(),
            "workers": tuple(_workers(figures)),
            "parked": tuple(figures.parked()),
            "retrying": tuple(figures.retrying()),
            "leases": figures.leases(),
            "waiting": figures.waiting(),
            "last_day": figures.throughput(),
        }
    finally:
        ledger.close()


def _workers(figures: Figures) -> Iterator[Worker]:
    held = figures.held()
    for beat, alive in figures.workers():
        items = tuple(item for item in held if item.worker == beat.name)
        if alive or items:
            yield Worker(beat, alive, items)


def _left(job: JobSum) -> int:
    """Sources of a job that are not done with."""
    done = (ItemState.STORED, ItemState.PARKED, ItemState.WAITING)
    return sum(count for state, count in job.items.items() if state not in done)
