"""A ledger with a backfill in it, taken through the engine's doors without reading any paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from pipeline.dossier import Dossier
from pipeline.errors import SohoaError
from pipeline.settings import Agency, Database, Keys, Site
from pipeline.work.ledger import Found, ItemState, Job, JobState, Ledger, NewItem, Urgency

TIMINGS = {"capture": 0.4, "read": 3.1, "package": 0.3, "seal": 0.2, "store": 0.1}


@dataclass
class Archive:
    """A backfill named ``kho``; ``now`` is the clock of the ledger."""

    ledger: Ledger
    now: list[float]
    job: Job
    count: int = 0
    ids: list[str] = field(default_factory=list)

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self.now[0] += seconds

    def put(
        self,
        state: ItemState = ItemState.STORED,
        *,
        batch: str = "",
        name: str = "",
        documents: Sequence[Found] | None = None,
        pages: int = 2,
        worker: str = "may1-1",
        error: SohoaError | None = None,
        seconds: float = 1.0,
    ) -> list[str]:
        """Take one more source all the way to ``state``; ids of its documents."""
        self.count += 1
        origin = f"{name}#{self.count}"
        found = documents if documents is not None else [document(origin, pages)]
        new = NewItem(origin, name or f"giay-{self.count}.pdf", Dossier("", "1.001"), 1000 * pages, pages, batch=batch)
        self.ledger.plan(self.job.id, [new])
        if state is ItemState.PLANNED:
            return []
        item = next(one for one in self.ledger.planned(self.job.id, 1000) if one.origin == origin)
        assert self.ledger.feed(item.id, sha256(origin.encode("utf-8", "surrogatepass")).hexdigest(), new.size)
        lease = self.ledger.claim(worker)
        self.tick(seconds)
        if state is ItemState.PARKED:
            self.ledger.finish(lease, state, found, TIMINGS, error)
            return []
        assert self.ledger.set_read(lease, found, pages, {"capture": 0.4, "read": 3.1})
        if state is ItemState.CLEARED:
            return []
        self.ledger.finish(self.ledger.claim(worker), state, found, TIMINGS, error)
        ids = [one.id for one in found if one.accepted_by == "policy" and one.state == "stored"]
        self.ids += ids
        return ids


def document(
    seed: str,
    pages: int = 2,
    *,
    type: str = "don",
    accepted_by: str = "policy",
    doubtful: int = 0,
    state: str = "stored",
) -> Found:
    """A document with an id of its own."""
    id = sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return Found(id, state, type, pages, doubtful, accepted_by, bytes=5000)


def open_archive(folder: Path, database: Database | None = None) -> Archive:
    """An empty backfill in a ledger of its own."""
    now = [1_790_000_000.0]
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731
    site = Site(
        data=folder, agency=Agency(name="x"), index=folder / "i.db", keys=keys(folder), database=database or Database()
    )
    ledger = Ledger(site, clock)
    job = ledger.open_job(Job("kho-1", "backfill", "kho", Urgency.BACKFILL, JobState.RUNNING))
    return Archive(ledger, now, job)


def keys(folder: Path) -> Keys:
    """Keys that nobody opens."""
    return Keys.model_construct(officer=None, agency=None, trust=())
