"""A backfill of some hundred dossiers by its command, killed on the way, and gone on with until all is done."""

from __future__ import annotations

import random
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.engine import papers
from benchmarks.engine.house import House, house
from pipeline.work.ledger import ItemState

_PARTS = ("backfill", "worker", "store", "broker", "sweeper")
_MOST_SECONDS = 1500


@dataclass(frozen=True)
class Weeks:
    """What came of it."""

    dossiers: int
    files: int
    pages: int
    killed: tuple[str, ...]
    records: int
    parked: int
    read_twice: int
    sent_again: int
    """Files planned by the run after everything was done: there must be none."""
    seconds: float

    @property
    def held(self) -> bool:
        """Whether every file is a record, once, and each kill cost at most the two pages in flight."""
        once = self.records == self.files and not self.parked and not self.sent_again
        return once and self.read_twice <= 2 * len(self.killed)


def run(folder: Path, dossiers: int, report: Path | None, console: Console) -> Weeks:
    """``dossiers`` of one to three files of one to three pages; ``report`` is where the report of the job goes."""
    chance = random.Random(7)
    archive, number, files = folder / "archive", 1, 0
    for index in range(dossiers):
        place = archive / f"Hộp {index // 50 + 1:02}" / f"H00.01-260305-{index + 1:04}"
        for file in range(chance.choice((1, 1, 2, 3))):
            pages = chance.choice((1, 1, 2, 3))
            papers.paper(place / f"{file + 1:02}.pdf", range(number, number + pages))
            number, files = number + pages, files + 1
    with house(folder / "house", "valkey", database=False, seconds=0.2) as made:
        made.ledger.ensure()
        made.start("worker")
        made.start("sweeper")
        begun = time.monotonic()
        killed = _killed_on_the_way(made, archive, files)
        _command(made, archive).wait(_MOST_SECONDS)
        made.await_end(_MOST_SECONDS)
        seconds = time.monotonic() - begun
        made.sohoa("review", "--accept")  # nobody vouches for papers that say nothing: a person is asked
        again = made.sohoa("backfill", str(archive), "--procedure", "1.001193", "--name", "lưu trữ")
        counts = made.ledger.counts()
        reads = made.installed.reads()
        found = Weeks(
            dossiers,
            files,
            number - 1,
            killed,
            made.records(),
            counts[ItemState.PARKED] + counts[ItemState.WAITING],
            sum(count - 1 for count in reads.values()),
            made.unfinished(),
            seconds,
        )
        console.print(again.stderr.decode()[-300:], again.stdout.decode()[-300:], style="dim")
        if report is not None:
            made.sohoa("jobs", "report", "lưu trữ", "-o", str(report))
    console.print(f"  {found}", soft_wrap=True)
    return found


def _killed_on_the_way(made: House, archive: Path, files: int) -> tuple[str, ...]:
    """Each part once, when another sixth of the files is done."""
    killed = []
    command = _command(made, archive)
    for turn, part in enumerate(_PARTS, 1):
        until = time.monotonic() + _MOST_SECONDS
        while _ended(made) < files * turn // 7 and time.monotonic() < until:
            time.sleep(0.2)
        if part == "backfill":
            command.kill()
            command.wait()
            command = _command(made, archive)
        else:
            made.kill(part)
            time.sleep(1)
            made.start(part)
        killed.append(part)
    command.wait(_MOST_SECONDS)
    return tuple(killed)


def _ended(made: House) -> int:
    """Files at their end, or at the gate."""
    counts = made.ledger.counts()
    return counts[ItemState.STORED] + counts[ItemState.WAITING] + counts[ItemState.PARKED]


def _command(made: House, archive: Path) -> subprocess.Popen[bytes]:
    words = ("backfill", str(archive), "--procedure", "1.001193", "--name", "lưu trữ")
    with (made.folder / "backfill.log").open("ab") as log:
        return subprocess.Popen(made.command(*words), env=made.environment, stdout=log, stderr=log)
