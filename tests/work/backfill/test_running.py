"""Feeding a backfill: a few ahead of the workers, and whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BrokerDown, IntegrityError, SohoaError, StoreDown
from pipeline.settings import Backfill, Limits
from pipeline.work.backfill import running
from pipeline.work.backfill.columns import Columns
from pipeline.work.backfill.confined import Confined
from pipeline.work.backfill.planning import Planner
from pipeline.work.backfill.running import Feeder, Pace, Phase, put_in, take_up_mended
from pipeline.work.backfill.sources import FolderSource
from pipeline.work.backfill.survey import Survey
from pipeline.work.ledger import Found, ItemState, Job, JobState, Ledger
from tests.work.backfill.archive import Archive, open_archive
from tests.work.backfill.deliveries import numbered, pdf, put, tiff

_NOON = datetime(2026, 5, 4, 12, 0)
_COLUMNS = Columns(procedure="1.000001")


@pytest.fixture(scope="module")
def confined() -> Iterator[Confined]:
    with Confined(1) as pool:
        yield pool


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_IDLE_SECONDS", 0.01)
    monkeypatch.setattr(running, "_SLOW_SECONDS", 0.01)
    monkeypatch.setattr(running, "_LONGEST_WAIT", 0.05)


@dataclass
class Office:
    """A backfill with its folder of sources, a work area that is a list, and a bell that counts."""

    archive: Archive
    root: Path
    survey: Survey
    confined: Confined
    limits: Backfill = field(default_factory=Backfill)
    brought: list[str] = field(default_factory=list)
    rung: int = 0
    phases: list[Phase] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    trouble: list[SohoaError] = field(default_factory=list)
    """Met by the next ones that are brought in."""
    during: Callable[[Phase], None] = field(default=lambda _phase: None)

    @property
    def ledger(self) -> Ledger:
        return self.archive.ledger

    def plan(self) -> int:
        Planner(FolderSource(self.root), _COLUMNS, Limits(), self.survey, self.confined).run()
        return put_in(self.ledger, self.archive.job.id, self.survey)

    def ring(self, count: int = 1) -> None:
        self.rung += count

    def bring_in(self, path: Path) -> tuple[str, int]:
        if self.trouble:
            raise self.trouble.pop(0)
        data = path.read_bytes()
        self.brought.append(path.name)
        return sha256(data).hexdigest(), len(data)

    def show(self, phase: Phase) -> None:
        self.phases.append(phase)
        self.during(phase)

    def feeder(self, **changes: object) -> Feeder:
        made = Feeder(
            ledger=self.ledger,
            bell=self,
            source=FolderSource(self.root),
            bring_in=self.bring_in,
            limits=self.limits,
            now=lambda: _NOON,
            survey=self.survey,
            show=self.show,
            tell=lambda error: self.told.append(error.rule),
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def run(self, **changes: object) -> Job:
        return self.feeder(**changes).run(self.archive.job.id)

    def work(self, _phase: Phase = Phase.FED) -> None:
        """Do all there is to do, as workers would."""
        self.archive.tick(1)
        while (lease := self.ledger.claim("may-1")) is not None:
            if lease.item.state is ItemState.READING:
                self.ledger.set_read(lease, [], 1, {})
            else:
                found = Found(f"{lease.item.id:020}", "stored", "don", 1)
                self.ledger.finish(lease, ItemState.STORED, [found], {})

    def counts(self) -> dict[ItemState, int]:
        return {state: count for state, count in self.ledger.counts(self.archive.job.id).items() if count}


@pytest.fixture
def office(tmp_path: Path, confined: Confined) -> Iterator[Office]:
    root = tmp_path / "archive"
    for number in range(12):
        put(root, f"HS-{number // 3}/{number}.tif", numbered(tiff(), number))
    with Survey(tmp_path / "survey.db") as survey:
        made = Office(open_archive(tmp_path / "var"), root, survey, confined)
        assert made.plan() == 12
        yield made


def test_everything_is_fed_and_the_job_is_done(office: Office) -> None:
    office.during = office.work
    assert office.run().state is JobState.DONE
    assert office.counts() == {ItemState.STORED: 12}
    assert office.brought == [f"{number}.tif" for number in range(12)]
    assert office.rung == 12
    assert office.plan() == 0
    assert office.run().state is JobState.DONE
    assert len(office.brought) == 12


def test_only_so_many_lie_ahead_of_the_workers(office: Office) -> None:
    office.limits = Backfill(ahead=5)
    seen: list[dict[ItemState, int]] = []

    def watch(phase: Phase) -> None:
        if phase is Phase.AHEAD:
            seen.append(office.counts())
            office.work()
        elif phase is Phase.FED:
            office.work()

    office.during = watch
    office.run()
    assert [counts[ItemState.READY] for counts in seen] == [5, 5]
    assert office.counts() == {ItemState.STORED: 12}


def test_it_obeys_what_is_said_elsewhere(office: Office) -> None:
    office.limits = Backfill(ahead=2)
    job = office.archive.job.id
    said = iter([JobState.PAUSED, JobState.RUNNING, JobState.STOPPED])

    def speak(phase: Phase) -> None:
        if phase in (Phase.AHEAD, Phase.PAUSED):
            office.ledger.set_job(job, next(said))

    office.during = speak
    assert office.run().state is JobState.STOPPED
    assert office.phases.count(Phase.PAUSED) == 1
    assert office.counts()[ItemState.PLANNED] == 10
    office.ledger.set_job(job, JobState.RUNNING)
    office.during = office.work
    assert office.run().state is JobState.DONE


def test_nothing_is_fed_outside_of_the_hours(office: Office) -> None:
    office.limits = Backfill(hours=("18:00-06:00",))
    clock = iter([_NOON, _NOON, _NOON.replace(hour=19)])
    last = _NOON.replace(hour=20)
    office.during = lambda phase: office.work() if phase is Phase.FED else None
    office.run(now=lambda: next(clock, last))
    assert office.phases[:2] == [Phase.HOURS, Phase.HOURS]
    assert office.counts() == {ItemState.STORED: 12}


def test_pages_an_hour_are_held_to(office: Office) -> None:
    office.limits = Backfill(pages_per_hour=48)  # four at once, then one every 75 seconds

    def stop(phase: Phase) -> None:
        if phase is Phase.THROTTLED:
            office.ledger.set_job(office.archive.job.id, JobState.STOPPED)

    office.during = stop
    office.run()
    assert len(office.brought) == 4


@given(st.integers(1, 5000), st.lists(st.tuples(st.integers(0, 600), st.integers(0, 40)), max_size=60))
def test_no_pace_is_overrun_for_long(per_hour: int, moments: list[tuple[int, int]]) -> None:
    now, spent = 0.0, 0
    pace = Pace(per_hour, clock=lambda: now)
    for seconds, pages in moments:
        now += seconds
        if pace.may():
            pace.spend(pages)
            spent += max(pages, 1)
    assert spent <= now * per_hour / 3600 + max(1, per_hour / 12) + 40  # the last one may overdraw


def test_what_cannot_be_read_is_parked_and_reported(office: Office, confined: Confined) -> None:
    put(office.root, "HS-0/half.pdf", pdf(9)[:-200])
    office.plan()
    office.during = office.work
    assert office.run().state is JobState.DONE
    assert office.counts() == {ItemState.STORED: 12, ItemState.PARKED: 1}
    (parked,) = office.ledger.items(office.archive.job.id, ItemState.PARKED)
    assert (parked.reason, parked.name) == ("Damaged", "half.pdf")
    assert office.ledger.retry(office.archive.job.id) == 1  # as it is, it is refused again
    assert office.run().state is JobState.DONE
    assert office.counts()[ItemState.PARKED] == 1
    office.plan()
    assert take_up_mended(office.ledger, office.archive.job.id, office.survey) == 0
    put(office.root, "HS-0/half.pdf", pdf(9))
    assert office.plan() == 0
    assert take_up_mended(office.ledger, office.archive.job.id, office.survey) == 1
    assert office.run().state is JobState.DONE
    assert office.counts() == {ItemState.STORED: 13}


def test_a_file_that_went_away_is_parked_but_a_source_that_did_is_waited_for(office: Office) -> None:
    (office.root / "HS-1/4.tif").unlink()
    moved = office.root.with_name("elsewhere")
    office.root.rename(moved)
    office.root.mkdir()  # where the share was mounted

    def mount(phase: Phase) -> None:
        if phase is Phase.AWAY:
            assert office.counts() == {ItemState.PLANNED: 12}
            office.root.rmdir()
            moved.rename(office.root)
        elif phase is Phase.FED:
            office.work()

    office.during = mount
    assert office.run().state is JobState.DONE
    assert office.told == ["SourceAway"]
    assert office.counts() == {ItemState.STORED: 11, ItemState.PARKED: 1}


def test_what_is_away_is_waited_for_and_told_once(office: Office) -> None:
    office.trouble = [StoreDown(where="x"), StoreDown(where="x"), StoreDown(where="x")]
    office.during = lambda phase: office.work() if phase is Phase.FED else None
    assert office.run().state is JobState.DONE
    assert office.told == ["StoreDown"]
    assert office.phases.count(Phase.AWAY) == 3


def test_a_bell_that_does_not_ring_holds_nothing_up(office: Office) -> None:
    class Silent:
        def ring(self, count: int = 1) -> None:
            raise BrokerDown(where="x")

    office.during = office.work
    assert office.run(bell=Silent()).state is JobState.DONE


def test_a_fault_that_waiting_does_not_mend_ends_it(office: Office) -> None:
    office.trouble = [IntegrityError(where="x")]
    with pytest.raises(IntegrityError):
        office.run()
    assert office.counts() == {ItemState.PLANNED: 12}


def test_a_file_that_changes_while_it_is_sent_is_parked(office: Office) -> None:
    def grows(path: Path) -> tuple[str, int]:
        if path.name == "3.tif":
            path.write_bytes(path.read_bytes() + b"more")
            raise IntegrityError(where="x")
        return office.bring_in(path)

    office.during = office.work
    office.run(bring_in=grows)
    (parked,) = office.ledger.items(office.archive.job.id, ItemState.PARKED)
    assert (parked.reason, parked.name) == ("Damaged", "3.tif")


def test_what_the_repository_has_is_not_sent_again(office: Office) -> None:
    have = {sha256((office.root / f"HS-0/{number}.tif").read_bytes()).hexdigest() for number in range(3)}
    office.during = lambda phase: office.work() if phase is Phase.FED else None
    office.run(stored=have.intersection)
    assert len(office.brought) == 9
    assert office.counts() == {ItemState.STORED: 12}


def test_a_job_without_anything_ends_at_once(tmp_path: Path, confined: Confined) -> None:
    root = tmp_path / "archive"
    root.mkdir()
    with Survey(tmp_path / "survey.db") as survey:
        office = Office(open_archive(tmp_path / "var"), root, survey, confined)
        assert office.plan() == 0
        assert office.run().state is JobState.RUNNING


def test_two_feeders_feed_everything_once(office: Office, tmp_path: Path) -> None:
    office.limits = Backfill(ahead=4)
    other = replace(office, brought=[], phases=[])
    feeder = other.feeder(survey=None, show=lambda _phase: None)
    aside = threading.Thread(target=partial(feeder.run, office.archive.job.id), daemon=True)
    aside.start()
    office.during = office.work
    assert office.run().state is JobState.DONE
    aside.join(20)
    assert not aside.is_alive()
    assert office.counts() == {ItemState.STORED: 12}
