"""Watching a job: the sums, the speed, and when watching ends."""

from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipeline.dossier import Text
from pipeline.errors import BadValue, DatabaseDown, UnknownJob
from pipeline.settings import Backfill
from pipeline.work.backfill import progress, quality
from pipeline.work.backfill.progress import Display, Speed
from pipeline.work.ledger import Beat, ItemState, JobState
from pipeline.work.ledger.quality import Judgement, QualityBook
from tests.work.backfill.archive import document, open_archive

ALL = Backfill(sample=1.0)


@pytest.fixture
def archive(tmp_path):
    made = open_archive(tmp_path)
    yield made
    made.ledger.close()


def _console(*, terminal: bool) -> Console:
    return Console(file=StringIO(), force_terminal=terminal, width=120, color_system=None)


def _shown(console: Console) -> str:
    return console.file.getvalue()


def test_the_sums_are_those_of_the_ledger(archive):
    archive.put(documents=[document("a", doubtful=1, accepted_by="person"), document("b")], pages=3)
    archive.put(ItemState.WAITING, pages=2, documents=[document("c", doubtful=1, state="officer_signed")])
    archive.put(ItemState.PARKED, documents=[], pages=1, error=BadValue(field="x", what="y"))
    archive.put(ItemState.PLANNED, pages=0)
    archive.ledger.beat(Beat("may1-1", "may1", 7, "page 2", pages=5))
    found = progress.look(archive.ledger, archive.job.id)
    assert (found.total, found.finished, found.uncounted) == (4, 3, 1)
    assert (found.documents, found.doubtful) == (3, 2)
    assert found.pages_done == 5
    assert [beat.name for beat in found.beats] == ["may1-1"]
    assert found.seconds_left is None
    assert replace(found, speed=0.5).seconds_left == pytest.approx((6 + 2 - 5) / 0.5)


def test_workers_not_heard_of_are_not_shown(archive):
    archive.ledger.beat(Beat("may1-1", "may1", 7))
    archive.tick(3600)
    archive.ledger.beat(Beat("may1-2", "may1", 8))
    assert [beat.name for beat in progress.look(archive.ledger, archive.job.id).beats] == ["may1-2"]


def test_watching_ends_with_the_job_and_says_how_it_ended(archive):
    for terminal in (True, False):
        (id,) = archive.put(batch="hop-[1]")
        quality.draw(QualityBook(archive.ledger), archive.job.id, 1.0)
        QualityBook(archive.ledger).judge(archive.job.id, Judgement(id, right=False, who="lan", fields=("type",)))
        console = _console(terminal=terminal)
        found = progress.follow(archive.ledger, archive.job, console, ALL, language="en")
        assert found.job.state is JobState.DONE
        assert "done" in _shown(console)
        assert "100.0%" in _shown(console)
        assert not terminal or "hop-[1]" in _shown(console)


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.STOPPED])
@pytest.mark.parametrize("terminal", [True, False])
def test_watching_goes_on_until_somebody_pauses_the_job(archive, state, terminal):
    archive.put(ItemState.PLANNED, pages=4)
    turns = []

    def wait(seconds: float) -> None:
        turns.append(seconds)
        if len(turns) == 3:
            archive.ledger.set_job(archive.job.id, state)

    found = progress.follow(archive.ledger, archive.job, _console(terminal=terminal), ALL, wait=wait)
    assert found.job.state is state
    assert len(turns) == 3


def test_a_ledger_that_is_away_for_a_moment_is_borne_with(archive, monkeypatch):
    archive.put(ItemState.PLANNED, pages=4)
    console = _console(terminal=True)
    counts, turns = archive.ledger.counts, []

    def away(job: str) -> None:
        raise DatabaseDown(what="gone")

    def wait(_: float) -> None:
        turns.append(1)
        monkeypatch.setattr(archive.ledger, "counts", away if len(turns) == 1 else counts)
        if len(turns) == 2:
            archive.ledger.set_job(archive.job.id, JobState.STOPPED)

    assert progress.follow(archive.ledger, archive.job, console, ALL, language="en", wait=wait)
    assert "does not answer" in _shown(console)


def test_what_cannot_be_watched_is_refused(archive):
    with pytest.raises(UnknownJob):
        progress.follow(archive.ledger, replace(archive.job, id="nobody"), _console(terminal=False), ALL)


def test_a_remark_is_said_once_and_nothing_is_repeated_in_a_moment(archive):
    archive.put(ItemState.PLANNED, pages=4)
    console = _console(terminal=False)
    with Display(archive.ledger, archive.job.id, console, ALL, "vi") as display:
        for _ in range(3):
            display.show()
            display.show(Text("ngoài giờ", "outside of hours"))
            display.show(Text("ngoài giờ", "outside of hours"))
    lines = _shown(console).splitlines()
    assert [("ngoài giờ" in line) for line in lines] == [False, True] * 3


def test_hostile_names_do_no_harm(archive):
    archive.put(batch="[bold]\u202e\x1b[2J\n", name="[/red].pdf")
    archive.ledger.beat(Beat("[red]", "\x1b]0;x\x07", 1, doing="page [1]"))
    quality.draw(QualityBook(archive.ledger), archive.job.id, 1.0)
    console = _console(terminal=True)
    progress.follow(archive.ledger, archive.job, console, ALL)
    shown = _shown(console)
    assert "[red]" in shown
    assert "page [1]" in shown
    assert "\u202e" not in shown
    assert "\x1b[2J" not in shown
    assert "\x1b]0" not in shown


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50)), max_size=60), st.floats(1, 200))
def test_the_speed_is_that_of_the_window(steps, window):
    speed, at, pages = Speed(window), 0.0, 0
    told = []
    for seconds, read in steps:
        at, pages = at + seconds, pages + read
        told.append((at, pages))
        found = speed.tell(at, pages)
        assert found >= 0
        begun = [moment for moment in told if moment[0] <= at - window]
        first = begun[-1] if begun and len(told) > 2 else told[0]
        if at > first[0]:
            lowest = min((pages - count) / (at - when) for when, count in told if when < at)
            highest = max((pages - count) / (at - when) for when, count in told if when < at)
            assert lowest - 1e-9 <= found <= highest + 1e-9


def test_a_clock_set_back_or_work_to_be_done_again_begins_anew():
    speed = Speed()
    assert speed.tell(0, 0) == 0
    assert speed.tell(10, 20) == 2
    assert speed.tell(5, 30) == 0
    assert speed.tell(15, 40) == 1
    assert speed.tell(25, 10) == 0
