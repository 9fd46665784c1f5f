"""The human gate for papers that workers took there: they may have been read at any machine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.cli.base import Site
from pipeline.dossier import Document
from pipeline.errors import InUse
from pipeline.recipe import Office
from pipeline.work import Crew, Run
from pipeline.work.hands import Hands
from pipeline.work.holding import Hold
from pipeline.work.ledger import Item, ItemState, Lease

_PAGE = 500


@dataclass(frozen=True)
class Waiting:
    """A source in the ledger that a person has to see to, and its documents without their pages."""

    item: Item
    documents: tuple[Document, ...]


def waiting(site: Site, wanted: Callable[[Document], bool]) -> list[Waiting]:
    """Sources that wait for a person, or are parked past the gate, with documents that are ``wanted``."""
    if not site.shares_work:
        return []
    found, offset = [], 0
    while page := site.ledger.items(None, ItemState.WAITING, ItemState.PARKED, limit=_PAGE, offset=offset):
        offset += len(page)
        for item in page:
            outlines = site.desks.outlines(item.sha256) if item.sha256 else []
            if documents := tuple(document for document in outlines if wanted(document)):
                found.append(Waiting(item, documents))
    return found


@contextmanager
def held(site: Site, item: Item, crew: Crew) -> Iterator[Lease]:
    """Take a source out of the ledger for a person, with everything of it here; what becomes of it is to be told.

    Raises:
        InUse: somebody else has it.
    """
    lease = site.ledger.hold(item.id, worker_of_person())
    if lease is None:
        raise InUse(name=item.name)
    with Hold(site.ledger, lease, site.settings.site.work.lease_seconds, lambda: False) as hold:
        hold.doing = "review"
        site.desks.settle(item, crew)
        yield lease


@contextmanager
def taken_up(site: Site, item: Item, office: Office, crew: Crew, override: str) -> Iterator[Run]:
    """As :func:`held`, to go on with its documents under the order yielded; what becomes of them is told."""
    hands = Hands(worker_of_person(), site.ledger, site.desks, crew, office)
    with held(site, item, crew) as lease:
        try:
            yield Run(item.dossier, office, site.desks.journal, crew, override, shared=True)
        finally:
            hands.conclude(lease, site.ledger.siblings(lease.item), {})


def worker_of_person() -> str:
    """How the ledger calls a person at this machine."""
    return f"{socket.gethostname()}: review"
