"""Running a backfill: sources are put into the work area a few ahead of the workers, for as long as it takes.

All that is known of the job is in the ledger: the feeder can be cut off at any moment and started again, and obeys what
is said of the job from another terminal. A store or database that is away is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import BrokerDown, Damaged, InputError, IntegrityError, NotFound, SohoaError, SourceAway
from pipeline.settings import Backfill
from pipeline.work.backfill.counting import Sight
from pipeline.work.backfill.estimates import is_open
from pipeline.work.backfill.planning import Stored, new_item, path_name, rebuilt
from pipeline.work.backfill.sources import Candidate, Source
from pipeline.work.backfill.survey import Row, RowState, Survey
from pipeline.work.backfill.wording import plain
from pipeline.work.ledger import Item, ItemState, Job, JobState, Ledger

if TYPE_CHECKING:
    from pathlib import Path

_TURN_SECONDS = 1.0
"""How long to feed before looking again at what is said of the job."""
_AT_ONCE = 256
_IDLE_SECONDS = 0.2
_SLOW_SECONDS = 1.0
_LONGEST_WAIT = 60.0
_BURST = 1 / 12
"""Share of an hour's pages that may come at once."""


class Phase(StrEnum):
    """What the feeder is at, for people."""

    FEEDING = "feeding"
    AHEAD = "ahead"
    """Enough lies ready for the workers."""
    FED = "fed"
    """Everything was fed; the workers are at the rest."""
    THROTTLED = "throttled"
    HOURS = "hours"
    """Outside of the hours set."""
    PAUSED = "paused"
    AWAY = "away"
    """Something is away that is waited for."""


class Ringing(Protocol):
    """The doorbell of the workers."""

    def ring(self, count: int = 1) -> None:
        """Wake so many workers."""


@dataclass
class Pace:
    """At most so many pages an hour, evenly: a bucket that fills with time. ``per_hour`` 0: no limit."""

    per_hour: int
    clock: Callable[[], float] = time.monotonic
    _left: float = 0.0
    _at: float = 0.0

    def __post_init__(self) -> None:
        self._left, self._at = self._most, self.clock()

    @property
    def _most(self) -> float:
        return max(1.0, self.per_hour * _BURST)

    def may(self) -> bool:
        """Whether a source may go now; its pages may overdraw, the next one then waits the longer."""
        if not self.per_hour:
            return True
        now = self.clock()
        self._left = min(self._most, self._left + (now - self._at) * self.per_hour / 3600)
        self._at = now
        return self._left >= 1

    def spend(self, pages: int) -> None:
        """So many pages went."""
        self._left -= max(1, pages)


@dataclass(frozen=True)
class Feeder:
    """Feeds one job.

    Args:
        ledger: what is to be done.
        bell: wakes the workers.
        source: where the files are.
        bring_in: puts a file into the work area, returns its SHA-256 and size.
        limits: how many ahead, when, how fast.
        now: local time.
        survey: what planning saw, if it is on this machine.
        stored: which sources have documents in the repository.
        show: told what the feeder is at, every now and then.
        tell: told once of something that is waited for.
    """

    ledger: Ledger
    bell: Ringing
    source: Source
    bring_in: Callable[[Path], tuple[str, int]]
    limits: Backfill
    now: Callable[[], datetime]
    survey: Survey | None = None
    stored: Stored = field(default=lambda _digests: set())
    show: Callable[[Phase], None] = field(default=lambda _phase: None)
    tell: Callable[[SohoaError], None] = field(default=lambda _error: None)

    def run(self, job: str) -> Job:
        """Feed the job until it is done or stopped; returns it as it is then.

        Raises:
            SohoaError: a fault that waiting does not mend.
        """
        pace, patience = Pace(self.limits.pages_per_hour), _Patience(self.tell)
        while True:
            try:
                known = self.ledger.job_by_id(job)
                if known.state in (JobState.STOPPED, JobState.DONE):
                    return known
                phase = self._turn(known, pace)
            except SohoaError as error:
                wait = patience.wait(error)
                self._show(Phase.AWAY)
                time.sleep(wait)
                continue
            patience.ease()
            if phase is None:
                return known
            self._show(phase)
            if phase is not Phase.FEEDING:
                time.sleep(_IDLE_SECONDS if phase is Phase.AHEAD else _SLOW_SECONDS)

    def _show(self, phase: Phase) -> None:
        with suppress(SohoaError):  # looking is not what this is about
            self.show(phase)

    def _turn(self, job: Job, pace: Pace) -> Phase | None:
        """Feed for a moment; ``None`` when there is nothing in the job at all."""
        if job.state is JobState.PAUSED:
            return Phase.PAUSED
        counts = self.ledger.counts(job.id)
        if not counts[ItemState.PLANNED]:
            return Phase.FED if sum(counts.values()) else None
        if not is_open(self.limits.hours, self.now().time()):
            return Phase.HOURS
        room = self.limits.ahead - counts[ItemState.READY]
        return self._feed(job, room, pace) if room > 0 else Phase.AHEAD

    def _feed(self, job: Job, room: int, pace: Pace) -> Phase:
        until = time.monotonic() + _TURN_SECONDS
        fed, phase = 0, Phase.FEEDING
        try:
            for item in self.ledger.planned(job.id, min(room, _AT_ONCE)):
                if not pace.may():
                    phase = Phase.THROTTLED
                    break
                if self._one(item):
                    pace.spend(item.pages)
                    fed += 1
                if time.monotonic() > until:
                    break
        finally:
            if fed:
                with suppress(BrokerDown):  # the sweeper rings, too
                    self.bell.ring(fed)
        return phase

    def _one(self, item: Item) -> bool:
        """Put one source into the work area; ``False`` when it needs no worker."""
        try:
            found = self.source.at(item.origin)
            sight = self._seen(found)
            if sight is not None and sight.rule:
                self.ledger.refuse(item.id, rebuilt(sight))
                return False
            if sight is not None and sight.sha256 in self.stored((sight.sha256,)):
                self.ledger.pass_over(item.id, sight.sha256, sight.size)
                return False
            with self.source.lend(item.origin) as path:
                sha256, size = self._brought(path, found)
        except InputError as error:
            if isinstance(error, NotFound) and not self.source.present():
                raise SourceAway(name=self.source.name) from error
            self.ledger.refuse(item.id, error)
            return False
        return self.ledger.feed(item.id, sha256, size)

    def _seen(self, found: Candidate) -> Sight | None:
        return None if self.survey is None else self.survey.seen(found.origin, found.size, found.stamp)

    def _brought(self, path: Path, found: Candidate) -> tuple[str, int]:
        try:
            return self.bring_in(path)
        except IntegrityError as error:
            if self.source.at(found.origin) == found:
                raise
            name = plain(path_name(found.origin))
            raise Damaged(name=name, what="đang được chép / still being copied") from error


@dataclass
class _Patience:
    """How long to wait for what is away: the longer the longer; told once."""

    tell: Callable[[SohoaError], None]
    seconds: float = 0.0
    told: str = ""

    def wait(self, error: SohoaError) -> float:
        """Seconds to wait.

        Raises:
            SohoaError: ``error``, where waiting does not help.
        """
        if not error.retryable:
            raise error
        if self.told != error.rule:
            self.told = error.rule
            self.tell(error)
        self.seconds = min(_LONGEST_WAIT, 2 * self.seconds or _SLOW_SECONDS)
        return self.seconds

    def ease(self) -> None:
        """It went well."""
        self.seconds, self.told = 0.0, ""


def put_in(ledger: Ledger, job: str, survey: Survey) -> int:
    """Put what was planned into the job; what cannot be read, too, so that it is reported. Number of new sources."""
    rows: Iterator[Row] = survey.rows(RowState.PLANNED, RowState.UNREADABLE)
    return ledger.plan(job, (new_item(row) for row in rows))


def take_up_mended(ledger: Ledger, job: str, survey: Survey) -> int:
    """Let sources be tried again that could not be read when they were planned first, and now can; how many."""
    mended, offset = [], 0
    while parked := ledger.items(job, ItemState.PARKED, limit=_AT_ONCE, offset=offset):
        offset += len(parked)
        mended += [item.id for item in parked if not item.sha256 and survey.is_planned(item.origin)]
    return sum(ledger.retry(job, item) for item in mended)
