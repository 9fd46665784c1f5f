"""Handing papers in: the source goes into the work area, its place in the ledger, and a worker is woken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.dossier import Dossier
from pipeline.errors import BrokerDown, InputError, from_os_error
from pipeline.work.area import Area
from pipeline.work.ledger import Item, Job, JobState, Ledger, NewItem, Urgency
from pipeline.work.run import fingerprint

if TYPE_CHECKING:
    from pipeline.work.bell import Bell

_MANY = 10_000


@dataclass(frozen=True)
class HandedIn:
    """What was handed in as papers of a dossier, and what could not be taken."""

    job: Job
    """One a dossier and its terms."""
    origins: frozenset[str]
    refused: tuple[InputError, ...]


@dataclass(frozen=True)
class Counter:
    """Where papers are handed in one dossier at a time, ahead of everything that is worked on in bulk."""

    ledger: Ledger
    area: Area
    bell: Bell
    megabytes: int
    """The biggest source that is taken."""

    def hand_in(self, paths: Iterable[Path], dossier: Dossier, options: Mapping[str, object]) -> HandedIn:
        """Hand the files at ``paths`` in as papers of ``dossier``; what was handed in before is not done again.

        Raises:
            StoreDown, StoreDenied, StoreFailed, DatabaseDown: nothing more can be handed in.
        """
        known = (dossier.code, dossier.procedure, dossier.owner, dossier.kind, sorted(options.items()))
        key = sha256(repr(known).encode()).hexdigest()[:16]
        job = Job(f"counter-{key}", "counter", dossier.code or "?", Urgency.COUNTER, options=options)
        job = self.ledger.open_job(job)
        origins: set[str] = set()
        refused: list[InputError] = []
        for path in paths:
            try:
                digest, size = bring_in(self.area, path, self.megabytes)
            except InputError as error:
                refused.append(error)
                continue
            self.ledger.plan(job.id, [NewItem(digest, path.name, dossier, size, sha256=digest)])
            origins.add(digest)
        for item in self.ledger.planned(job.id, limit=_MANY):
            self.ledger.feed(item.id, item.sha256, item.size)
        self.ledger.set_job(job.id, JobState.RUNNING)
        with suppress(BrokerDown):  # the sweeper rings, too
            self.bell.ring(min(self.ledger.claimable(), len(origins)))
        return HandedIn(job, frozenset(origins), tuple(refused))

    def papers(self, handed: HandedIn) -> list[Item]:
        """The sources handed in, as the ledger has them now."""
        return [item for item in self.ledger.items(handed.job.id, limit=_MANY) if item.origin in handed.origins]


def bring_in(area: Area, path: Path, megabytes: int) -> tuple[str, int]:
    """Put a source into the work area; returns its SHA-256 and its size in bytes.

    Raises:
        TooManyBytes, NotFound: the file.
        StoreDown, StoreDenied, StoreFailed, IntegrityError: the work area.
    """
    digest = fingerprint(path, megabytes)
    area.put_source(path, digest)
    try:
        return digest, path.stat().st_size
    except OSError as error:
        raise from_os_error(error, path.name) from error
