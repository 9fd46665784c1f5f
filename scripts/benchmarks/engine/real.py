"""With the real readers: what a second process brings, and how soon a person at the counter has a first result."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.engine.house import House, house
from pipeline.dossier import Dossier
from pipeline.work.area import open_area
from pipeline.work.handing import bring_in
from pipeline.work.ledger import ItemState, Job, NewItem, Urgency
from samples import draw_paper, files, scan

_READERS = ("tesseract", "trueocr")
_KINDS = ("thong_bao", "quyet_dinh")
_MOST_SECONDS = 900
_PAGES = 4


@dataclass(frozen=True)
class Scaling:
    """Seconds for the same papers by one process and by two."""

    papers: int
    one: float
    two: float
    gain: float

    @property
    def held(self) -> bool:
        """The bar."""
        return self.gain >= 1.85


@dataclass(frozen=True)
class Urgent:
    """Seconds until a counter dossier is read, and until it is stored: on an idle machine, and amid a backfill."""

    pages: int
    idle: float
    idle_stored: float
    amid: float
    amid_stored: float

    @property
    def held(self) -> bool:
        """The bar: half as much again and three seconds."""
        return self.amid <= 1.5 * self.idle + 3


def scaling(folder: Path, papers: int, console: Console) -> Scaling:
    """``papers`` of a few pages each, first by one process and then by two."""
    seconds = []
    for processes in (1, 2):
        with house(folder / str(processes), "valkey", database=False, seconds=0, readers=_READERS) as made:
            made.ledger.ensure()
            made.start("worker", "--processes", str(processes))
            made.start("sweeper")
            _warm(made)
            seconds.append(_timed(made, papers))
    found = Scaling(papers, *seconds, seconds[0] / seconds[1])
    console.print(f"  {found}")
    return found


def urgent(folder: Path, pages: int, console: Console) -> Urgent:
    """A dossier of one paper with ``pages`` handed in at the counter: alone, then amid papers of many pages."""
    with house(folder, "valkey", database=False, seconds=0, readers=_READERS) as made:
        made.ledger.ensure()
        made.start("worker")
        made.start("sweeper")
        _warm(made)
        idle = _first(made, "quầy 1", pages, 10)
        slow = made.job("lưu trữ")
        _hand_in(made, slow, 6, 12, first=100)
        made.ring(6)
        time.sleep(12)  # both processes are amid a paper
        amid = _first(made, "quầy 2", pages, 11)
    found = Urgent(pages, *idle, *amid)
    console.print(f"  {found}")
    return found


def _first(made: House, name: str, pages: int, number: int) -> tuple[float, float]:
    """Seconds until a dossier at the counter is read, and until it is stored."""
    job, read = made.job(name, Urgency.COUNTER), 0.0
    begun = time.monotonic()
    _hand_in(made, job, 1, pages, first=number)
    made.ring(2)
    while time.monotonic() - begun < _MOST_SECONDS:
        state = made.ledger.items(job.id)[0].state
        if not read and state not in (ItemState.READY, ItemState.READING):
            read = time.monotonic() - begun
        if state in (ItemState.STORED, ItemState.PARKED, ItemState.WAITING):
            break
        time.sleep(0.05)
    return read, time.monotonic() - begun


def _warm(made: House) -> None:
    """Have every process loaded with its readers: two papers each."""
    job = made.job("làm nóng")
    _hand_in(made, job, 6, 1, first=950)
    made.ring(6)
    made.await_end(_MOST_SECONDS)


def _timed(made: House, papers: int) -> float:
    _hand_in(made, made.job("đo"), papers, _PAGES, first=1)
    begun = time.monotonic()
    made.ring(papers)
    made.await_end(_MOST_SECONDS)
    return time.monotonic() - begun


def _hand_in(made: House, job: Job, count: int, pages: int, first: int) -> list[int]:
    """Drawn papers, scanned as most are; pages of one paper are different papers' first pages."""
    ledger, area, ids = made.ledger, open_area(made.settings.site), []
    for index in range(count):
        path = made.folder / "drawn" / f"{first + index}-{pages}.pdf"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            drawn = [draw_paper(_KINDS[page % 2], 1000 * first + 100 * index + page).pages[0] for page in range(pages)]
            files.write_pdf(path, [scan(page, ["tint"], first + index) for page in drawn])
        sha256, size = bring_in(area, path, 500)
        dossier = Dossier(f"H00.01-260305-{first + index:05}", "1.001193")
        ledger.plan(job.id, [NewItem(path.name, path.name, dossier, size, sha256=sha256)])
        (item,) = [one for one in ledger.known(sha256) if one.job == job.id]
        ledger.feed(item.id, sha256, size)
        ids.append(item.id)
    return ids
