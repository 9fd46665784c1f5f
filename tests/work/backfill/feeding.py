"""Plans and feeds a backfill in a process of its own, to be killed: ``python -m … ARCHIVE DATA AREA``."""

from __future__ import annotations

import hashlib
import sys
from datetime import datetime
from pathlib import Path

from pipeline.settings import Agency, Backfill, Limits, Site
from pipeline.work.backfill.columns import Columns
from pipeline.work.backfill.confined import Confined
from pipeline.work.backfill.planning import Planner
from pipeline.work.backfill.running import Feeder, Phase, put_in
from pipeline.work.backfill.sources import FolderSource
from pipeline.work.backfill.survey import Survey
from pipeline.work.ledger import Job, JobState, Ledger, Urgency
from tests.work.backfill.archive import keys

JOB = "backfill-x"


def ledger_in(data: Path) -> Ledger:
    return Ledger(Site(data=data, agency=Agency(name="x"), index=data / "i.db", keys=keys(data)))


def feed(archive: Path, data: Path, area: Path) -> None:
    ledger = ledger_in(data)
    source = FolderSource(archive)

    def bring_in(path: Path) -> tuple[str, int]:
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        with (area / f"{digest}.{path.name}.log").open("a") as log:
            log.write("brought\n")
        (area / digest).write_bytes(content)
        return digest, len(content)

    class Silent:
        def ring(self, count: int = 1) -> None:
            """Nobody is there."""

    def stop(phase: Phase) -> None:
        if phase is Phase.FED:
            ledger.set_job(JOB, JobState.STOPPED)

    with Survey(data / "survey.db") as survey:
        with Confined(2) as confined:
            Planner(source, Columns(procedure="1.0"), Limits(), survey, confined).run()
        print("planned", flush=True)
        ledger.open_job(Job(JOB, "backfill", "x", Urgency.BACKFILL))
        ledger.set_job(JOB, JobState.RUNNING)
        put_in(ledger, JOB, survey)
        limits = Backfill(ahead=10_000)
        Feeder(ledger, Silent(), source, bring_in, limits, datetime.now, survey, show=stop).run(JOB)


if __name__ == "__main__":
    feed(*map(Path, sys.argv[1:]))
