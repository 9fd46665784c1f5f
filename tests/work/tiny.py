"""An engine in one process: real store, real ledger, real signatures; papers that a reader is done with at once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.engine import papers, reader
from pipeline.dossier import Dossier
from pipeline.settings import Reading, Settings, Site, bundled_folder, load
from pipeline.work import Crew, Journal
from pipeline.work.area import open_area
from pipeline.work.desks import Desks
from pipeline.work.handing import bring_in
from pipeline.work.hands import Hands
from pipeline.work.ledger import Item, Job, Ledger, NewItem, Urgency
from pipeline.work.opening import open_office, open_shelves


@dataclass
class House:
    """An installation in a folder, and the machines that work for it."""

    folder: Path
    settings: Settings
    installed: reader.Installed
    made: list[Hands] = field(default_factory=list)
    ahead: float = 0.0
    _next: int = 1

    @property
    def site(self) -> Site:
        return self.settings.site

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.site, clock=lambda: time.time() + self.ahead)

    def expire(self) -> None:
        """Let the time of all leases run out, and sweep."""
        self.ahead += 2 * self.site.work.lease_seconds
        self.ledger.expire()

    def change(self, **parts: object) -> None:
        """Change parts of ``site.yaml``."""
        self.settings = self.settings.model_copy(update={"site": self.site.model_copy(update=parts)})

    def machine(self, name: str = "", stopping: Callable[[], bool] = lambda: False) -> Hands:
        """Hands at a machine of their own: they share the store, the index and the ledger with the others."""
        place = self.folder / (name or f"machine-{len(self.made)}")
        place.mkdir(exist_ok=True)
        desks = Desks(Journal(place), open_area(self.site))
        office = open_office(self.settings, desks.journal, lambda: open_shelves(self.settings), lambda _: "")
        hands = Hands(place.name, self.ledger, desks, Crew(self.site.reading, self.site.limits, 1), office, stopping)
        self.made.append(hands)
        return hands

    def job(self, name: str = "lô 1", urgency: Urgency = Urgency.BACKFILL, *, accept: bool = True) -> Job:
        return self.ledger.open_job(Job(name, "backfill", name, urgency, options={"accept": accept}))

    def hand_in(
        self, job: Job, pages: Sequence[int], code: str = "H00.01-260305-0001", harm: str = "none"
    ) -> list[Item]:
        """Hand in one paper for each number of ``pages``."""
        ledger, area = self.ledger, open_area(self.site)
        for many in pages:
            numbers = range(self._next, self._next + many)
            self._next += many
            path = papers.paper(self.folder / f"paper-{numbers[0]}.pdf", numbers, harm)
            sha256, size = bring_in(area, path, 100)
            ledger.plan(job.id, [NewItem(path.name, path.name, Dossier(code, "1.001193"), size, sha256=sha256)])
        fed = ledger.planned(job.id, 100)
        for item in fed:
            ledger.feed(item.id, item.sha256, item.size)
        return fed


def house(folder: Path, site: Site, keys: object) -> House:
    """A house that works with the store of ``site``."""
    settings = load(bundled_folder())
    installed = reader.install(folder)
    changed = site.model_copy(
        update={
            "data": site.data,
            "keys": keys,
            "reading": Reading(readers=(reader.NAME,)),
            "store": site.store.model_copy(update={"work_bucket": f"w-{secrets.token_hex(6)}"}),
        }
    )
    return House(folder, settings.model_copy(update={"site": changed}), installed)
