"""Sums over the ledger, for ``sohoa status`` and for the metrics: counted by the database, in short transactions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from pipeline.dossier import Text
from pipeline.work.ledger import Beat, Item, ItemState, Job, JobState, Ledger, Urgency
from pipeline.work.ledger.tables import BEATS, FOUND, ITEMS, JOBS, PAGES, READ, TAKEN, item_of, job_of

DAY = 86_400.0
_PAST_READING = (ItemState.READ, ItemState.CLEARED, ItemState.FILING, ItemState.WAITING, ItemState.STORED)
_LEAST_GRACE = 10.0
_MOST_REASONS = 200
_BATCH = 2000
SLACK = 300.0
"""Seconds. Transactions end in another order than their times say: what was stored so long ago is looked at again."""


@dataclass(frozen=True, slots=True)
class JobSum:
    """A job that is not done, its sources by state, its pages known of and read."""

    job: Job
    items: Mapping[ItemState, int]
    pages: int = 0
    pages_read: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why sources are parked, or wait to be tried again: ``rule`` of the error, one message of it, how many."""

    rule: str
    text: Text
    count: int


@dataclass(frozen=True, slots=True)
class DocumentSum:
    """Documents in one state, let past the gate in one way (``policy``, ``person`` or empty)."""

    state: str
    accepted_by: str
    count: int
    pages: int
    doubtful: int
    bytes: int


@dataclass(frozen=True, slots=True)
class LeaseSum:
    """Holds of workers on sources and pages; ``over``: those whose time ran out so long ago that nobody sweeps."""

    items: int = 0
    pages: int = 0
    over: int = 0


@dataclass(frozen=True, slots=True)
class Throughput:
    """What was done in the last ``seconds``."""

    seconds: float
    items: int = 0
    documents: int = 0
    pages: int = 0
    parked: int = 0


class Figures:
    """Sums over one ledger. Every method raises :class:`DatabaseDown` when the database does not answer."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        work = ledger.site.work
        self._grace = max(3 * work.sweep_seconds, _LEAST_GRACE)
        self.silent_seconds = work.lease_seconds + self._grace
        """A worker that has not been heard of for so long is not alive."""

    def now(self) -> float:
        """The time of the ledger, in seconds since 1970."""
        return float(self._rows(select(self._ledger.now.label("now")))[0].now)

    def jobs(self) -> list[JobSum]:
        """Jobs that are running or paused, and stopped ones with something left to do; the most urgent first."""
        states = (JobState.RUNNING, JobState.PAUSED, JobState.STOPPED)
        jobs = [job_of(row) for row in self._rows(select(JOBS).where(JOBS.c.state.in_(states)))]
        counted = select(ITEMS.c.job, ITEMS.c.state, func.count().label("total"), _sum(ITEMS.c.pages))
        counted = counted.join(JOBS, JOBS.c.id == ITEMS.c.job).where(JOBS.c.state.in_(states))
        items: dict[str, dict[ItemState, int]] = {}
        pages: dict[str, int] = {}
        done: dict[str, int] = {}
        for row in self._rows(counted.group_by(ITEMS.c.job, ITEMS.c.state)):
            items.setdefault(row.job, {})[ItemState(row.state)] = row.total
            pages[row.job] = pages.get(row.job, 0) + int(row.sum)
            done[row.job] = done.get(row.job, 0) + (int(row.sum) if row.state in _PAST_READING else 0)
        in_work = select(PAGES.c.job, func.count().label("total")).where(PAGES.c.state == READ).group_by(PAGES.c.job)
        for row in self._rows(in_work):
            done[row.job] = done.get(row.job, 0) + row.total
        found = [JobSum(job, items.get(job.id, {}), pages.get(job.id, 0), done.get(job.id, 0)) for job in jobs]
        return sorted(found, key=lambda each: (each.job.urgency, each.job.created_at))

    def items(self) -> dict[tuple[ItemState, Urgency], int]:
        """How many sources there are of each state and urgency."""
        wanted = select(ITEMS.c.state, ITEMS.c.urgency, func.count().label("total"))
        rows = self._rows(wanted.group_by(ITEMS.c.state, ITEMS.c.urgency))
        return {(ItemState(row.state), Urgency(row.urgency)): row.total for row in rows}

    def documents(self) -> list[DocumentSum]:
        """Documents by state and by who let them past the gate."""
        doubtful = func.count().filter(FOUND.c.doubtful > 0).label("doubtful")
        sums = (func.count().label("total"), _sum(FOUND.c.pages), doubtful, _sum(FOUND.c.bytes, "bytes"))
        rows = self._rows(
            select(FOUND.c.state, FOUND.c.accepted_by, *sums).group_by(FOUND.c.state, FOUND.c.accepted_by)
        )
        return [
            DocumentSum(row.state, row.accepted_by, row.total, int(row.sum), row.doubtful, int(row.bytes))
            for row in rows
        ]

    def parked(self) -> list[Reason]:
        """Why sources are parked, the most frequent reason first."""
        return self._reasons(ITEMS.c.state == ItemState.PARKED)

    def retrying(self) -> list[Reason]:
        """Why sources wait to be tried again."""
        return self._reasons(ITEMS.c.turn.is_not(None), ITEMS.c.attempts > 0, ITEMS.c.reason != "")

    def _reasons(self, *where: ColumnElement[bool]) -> list[Reason]:
        some = (func.max(ITEMS.c.reason_vi).label("vi"), func.max(ITEMS.c.reason_en).label("en"))
        wanted = select(ITEMS.c.reason, func.count().label("total"), *some).where(*where).group_by(ITEMS.c.reason)
        rows = self._rows(wanted.order_by(func.count().desc(), ITEMS.c.reason).limit(_MOST_REASONS))
        return [Reason(row.reason, Text(row.vi, row.en), row.total) for row in rows]

    def leases(self) -> LeaseSum:
        """How many sources and pages are held by workers."""
        late = self._ledger.now - self._grace
        held, taken = ITEMS.c.token != "", PAGES.c.state == TAKEN
        counts = [
            self._rows(select(func.count().label("total")).where(where))[0].total
            for where in (
                held,
                taken,
                and_(held, ITEMS.c.lease_until < late),
                and_(taken, PAGES.c.lease_until < late),
            )
        ]
        return LeaseSum(counts[0], counts[1], counts[2] + counts[3])

    def held(self, limit: int = 100) -> list[Item]:
        """Sources that workers have now, those held longest first."""
        wanted = select(ITEMS).where(ITEMS.c.token != "").order_by(ITEMS.c.changed_at).limit(limit)
        return [item_of(row) for row in self._rows(wanted)]

    def waiting(self) -> dict[Urgency, float]:
        """How long the oldest source has waited for a worker, in seconds, by urgency."""
        running = select(JOBS.c.id).where(JOBS.c.state.in_((JobState.RUNNING, JobState.DONE)))
        since = func.min(ITEMS.c.changed_at).label("since")
        wanted = select(ITEMS.c.urgency, since, self._ledger.now.label("now"))
        wanted = wanted.where(ITEMS.c.turn.is_not(None), ITEMS.c.again_at <= self._ledger.now, ITEMS.c.job.in_(running))
        rows = self._rows(wanted.group_by(ITEMS.c.urgency))
        return {Urgency(row.urgency): max(float(row.now) - row.since, 0.0) for row in rows}

    def workers(self) -> list[tuple[Beat, bool]]:
        """Worker processes heard of in the last day, and whether each is alive."""
        heard = BEATS.c.seen_at >= self._ledger.now - self.silent_seconds
        alive = {row.name for row in self._rows(select(BEATS.c.name).where(heard))}
        return [(beat, beat.name in alive) for beat in self._ledger.beats()]

    def throughput(self, seconds: float = DAY) -> Throughput:
        """What was stored and what was parked in the last ``seconds``."""
        late = ITEMS.c.changed_at >= self._ledger.now - seconds
        stored = and_(late, ITEMS.c.state == ItemState.STORED)
        both: Any = select(func.count().label("total"), _sum(ITEMS.c.pages))
        items = self._rows(both.where(stored))[0]
        of_them = FOUND.c.item.in_(select(ITEMS.c.id).where(stored))
        documents = select(func.count().label("total")).select_from(FOUND).where(of_them)
        parked = select(func.count().label("total")).where(late, ITEMS.c.state == ItemState.PARKED)
        return Throughput(
            seconds, items.total, self._rows(documents)[0].total, int(items.sum), self._rows(parked)[0].total
        )

    def stored_since(self, since: float) -> Iterator[tuple[int, float, dict[str, float]]]:
        """Sources stored from then on: number, time, seconds by stage. One stored just before may come as well."""
        at, last = since - SLACK, -1
        while True:
            after = or_(ITEMS.c.changed_at > at, and_(ITEMS.c.changed_at == at, ITEMS.c.id > last))
            wanted = select(ITEMS.c.id, ITEMS.c.changed_at, ITEMS.c.timings)
            wanted = wanted.where(ITEMS.c.state == ItemState.STORED, after)
            rows = self._rows(wanted.order_by(ITEMS.c.changed_at, ITEMS.c.id).limit(_BATCH))
            for row in rows:
                yield row.id, row.changed_at, json.loads(row.timings or "{}")
            if len(rows) < _BATCH:
                return
            at, last = rows[-1].changed_at, rows[-1].id

    def _rows(self, wanted: Select[Any]) -> list[Row[Any]]:
        with self._ledger.looking() as connection:
            return list(connection.execute(wanted).all())


def _sum(column: ColumnElement[int], name: str = "sum") -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0).label(name)
