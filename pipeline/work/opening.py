"""Opening what work is done with: keys, repository, index, ledger, readers. Each is tried before work begins."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

from pipeline import packaging, storage
from pipeline.classify import learned
from pipeline.dossier import Text
from pipeline.recipe import Office
from pipeline.settings import Settings, bundled_folder
from pipeline.work.area import open_area
from pipeline.work.crew import Crew
from pipeline.work.desks import Desks
from pipeline.work.hands import Hands
from pipeline.work.journal import Journal
from pipeline.work.ledger import Ledger
from pipeline.work.leftovers import clear_desks

AskPin = Callable[[Text], str]
"""Gives the PIN of a key, asked for in these words."""
Shelves = Callable[[], tuple[storage.Repository, storage.Index]]
"""Opens repository and index."""


def clock(settings: Settings) -> Callable[[], datetime]:
    """The time, with Vietnam's offset as configured."""
    zone = timezone(timedelta(hours=settings.legal.utc_offset_hours))
    return lambda: datetime.now(zone)


def open_office(
    settings: Settings,
    journal: Journal,
    shelves: Shelves,
    pin: AskPin,
    *,
    accept: bool = False,
) -> Office:
    """Open keys, then store and index; documents are kept in ``journal``. Whoever opens it closes both keys.

    Raises:
        KeyMissing, KeyExpired, KeyUnusable, SigningFailed, StoreDown, StoreDenied: before anything was touched.
        ConfigError: the type model that comes with the program is damaged.
    """
    site, now = settings.site, clock(settings)
    with ExitStack() as opened:
        officer = packaging.open_key("officer", site.keys.officer, now(), pin)
        opened.callback(officer.close)
        agency = packaging.open_key("agency", site.keys.agency, now(), pin)
        opened.callback(agency.close)
        repository, index = shelves()
        repository.ping()
        index.ensure(repository)
        storage.Models(repository.store).refresh(site.data / "models")
        model = learned.current(site.data, bundled_folder())
        opened.pop_all()
    return Office(
        settings=settings,
        officer=officer,
        agency=agency,
        repository=repository,
        index=index,
        clock=now,
        keep=journal.keep,
        folder=journal.files,
        model=model,
        accept=accept,
    )


def open_shelves(settings: Settings) -> tuple[storage.Repository, storage.Index]:
    """The repository and the index of this installation."""
    return storage.Repository(storage.open_store(settings.site)), storage.open_index(settings.site)


def open_desks(settings: Settings) -> Desks:
    """The desks of this machine: apart from the journal of papers that are not shared with other machines."""
    return Desks(Journal(settings.site.data / "desks"), open_area(settings.site))


def open_hands(settings: Settings, name: str, pin: AskPin, stopping: Callable[[], bool]) -> Hands:
    """Everything a worker process needs, opened in that process.

    Args:
        settings: of the installation.
        name: of the worker process, as the ledger knows it.
        pin: for keys on tokens and at services.
        stopping: whether the worker is to end.

    Raises:
        KeyMissing, KeyExpired, KeyUnusable, StoreDown, StoreDenied, DatabaseDown, ConfigError: it cannot work.
    """
    site = settings.site
    ledger = Ledger(site)
    ledger.ensure()
    desks = open_desks(settings)
    clear_desks(ledger, desks.journal)
    office = open_office(settings, desks.journal, lambda: open_shelves(settings), pin)
    crew = Crew(site.reading, site.limits, 1, settings.vocabulary)
    return Hands(name, ledger, desks, crew, office, stopping)
