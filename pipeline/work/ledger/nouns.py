"""What the ledger knows: jobs, the sources they hold, the leases workers have on them, the documents found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from pipeline.dossier import Dossier, Text


class Urgency(IntEnum):
    """Who goes first; lower is more urgent. A person waits at the counter for ``COUNTER``."""

    COUNTER = 0
    WATCHED = 5
    BACKFILL = 9


class JobState(StrEnum):
    """Whether the sources of a job are given to workers."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"


class ItemState(StrEnum):
    """The way of a source through the engine."""

    PLANNED = "planned"
    """Known; not in the work area yet."""
    READY = "ready"
    """In the work area; waits for a worker."""
    READING = "reading"
    """Leased: captured, read, cut, its documents taken to the gate."""
    READ = "read"
    """At the gate; waits until every paper of its dossier is read."""
    CLEARED = "cleared"
    """May go past the gate; waits for a worker."""
    FILING = "filing"
    """Leased: compared with its dossier, confirmed, coded, sealed, stored."""
    WAITING = "waiting"
    """A person has to confirm some of its documents."""
    PARKED = "parked"
    """Set aside with a reason that a person can act on."""
    STORED = "stored"
    """All its documents are in the repository."""


LEASED = (ItemState.READING, ItemState.FILING)
"""States in which a worker holds the source."""
UNREAD = (ItemState.PLANNED, ItemState.READY, ItemState.READING)
"""States in which a source holds back the other papers of its dossier."""
UNFINISHED = (*UNREAD, ItemState.READ, ItemState.CLEARED, ItemState.FILING)
"""States in which the engine has something left to do."""
CLAIMED_AS = {ItemState.READY: ItemState.READING, ItemState.CLEARED: ItemState.FILING}
"""What a source becomes when a worker takes it; the other way round when the worker lets go of it unfinished."""
TRANSITIONS: Mapping[ItemState, frozenset[ItemState]] = {
    ItemState.PLANNED: frozenset({ItemState.READY, ItemState.STORED, ItemState.PARKED}),
    ItemState.READY: frozenset({ItemState.READING}),
    ItemState.READING: frozenset({ItemState.READY, ItemState.READ, ItemState.PARKED, ItemState.STORED}),
    ItemState.READ: frozenset({ItemState.CLEARED}),
    ItemState.CLEARED: frozenset({ItemState.FILING}),
    ItemState.FILING: frozenset({ItemState.CLEARED, ItemState.WAITING, ItemState.PARKED, ItemState.STORED}),
    ItemState.WAITING: frozenset({ItemState.CLEARED, ItemState.FILING}),
    ItemState.PARKED: frozenset({ItemState.PLANNED, ItemState.READY, ItemState.CLEARED, ItemState.FILING}),
    ItemState.STORED: frozenset(),
}
"""Every change of state there is; the ledger refuses any other."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work handed in as one: a dossier at the counter, a backfill, a watched folder.

    ``options`` holds what the kind of job needs to go on, JSON: where from, column map, override …
    """

    id: str
    kind: str
    name: str
    urgency: Urgency
    state: JobState = JobState.RUNNING
    created_at: float = 0.0
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewItem:
    """A source to be put into a job. ``origin`` tells it apart within the job (a path, an address)."""

    origin: str
    name: str
    dossier: Dossier
    size: int = 0
    pages: int = 0
    sha256: str = ""
    batch: str = ""
    """What is judged as one in quality control: a box, a volume, a part of the plan."""


@dataclass(frozen=True, slots=True)
class Item:
    """A source as the ledger has it. Times are seconds since 1970, UTC; ``pages`` 0 means not known yet."""

    id: int
    job: str
    origin: str
    name: str
    dossier: Dossier
    state: ItemState
    urgency: Urgency
    sha256: str = ""
    size: int = 0
    pages: int = 0
    batch: str = ""
    attempts: int = 0
    doing: str = ""
    """What its worker is, or was when it was last heard of, at: ``capture``, ``page 7``, ``record``."""
    worker: str = ""
    lease_until: float = 0.0
    again_at: float = 0.0
    reason: str = ""
    """Rule of the error it met last (see ``errors``)."""
    reason_text: Text = field(default_factory=lambda: Text("", ""))
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds by stage."""
    read_at: float = 0.0
    read_by: str = ""
    """When it was read last, and by which worker; others may have helped."""
    created_at: float = 0.0
    changed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's hold on a source: nobody else works on it while the lease lasts. ``token`` proves it."""

    item: Item
    token: str


@dataclass(frozen=True, slots=True)
class PageLease:
    """A worker's hold on one page of a source: its own, or one that another worker has."""

    item: Item
    page: int
    token: str


@dataclass(frozen=True, slots=True)
class Found:
    """A document of a source, as told to the ledger: enough to report on, nothing to go on from."""

    id: str
    state: str
    type: str
    pages: int
    doubtful: int = 0
    accepted_by: str = ""
    """``policy``, ``person`` or empty: who let it past the gate."""
    reason: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Beat:
    """A worker process as it was last heard of."""

    name: str
    host: str
    pid: int
    doing: str = ""
    started_at: float = 0.0
    seen_at: float = 0.0
    pages: int = 0
    documents: int = 0
    pages_per_minute: float = 0.0
