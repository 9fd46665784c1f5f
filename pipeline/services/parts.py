"""All parts of an installation on this machine, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from pipeline.dossier import Finding, Severity
from pipeline.errors import SohoaError
from pipeline.services import broker, store
from pipeline.services.standing import Status, bare
from pipeline.services.workers import HANDS, Hand
from pipeline.settings import Site
from pipeline.storage import bundled
from pipeline.storage.database import open_engine, transaction

PARTS = ("store", "database", "broker", "worker", "sweeper")
"""Names of the parts, in the order in which they are started."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part: started, stopped, looked at."""

    name: str
    up: Callable[[], Status]
    down: Callable[[], Status]
    status: Callable[[], Status]


def up_all(site: Site, config: Path, names: Sequence[str] = PARTS, hands: Sequence[Hand] = HANDS) -> Iterator[Status]:
    """Start the parts named that do not run, each when those before it answer; safe to be called by several at once.

    Args:
        site: where the parts are; what ``site.yaml`` places elsewhere is only asked for an answer.
        config: folder of the configuration that worker and sweeper are started with.
        names: which parts.
        hands: how worker and sweeper are run.

    Raises:
        ServiceFailed, ProgramMissing, StoreDown, DatabaseDown, BrokerDown: as it happens; what was started stays up.
    """
    bundled.turn_logs(site.data)
    for part in _parts(site, config, hands):
        if part.name in names:
            yield part.up()


def down_all(site: Site, config: Path, names: Sequence[str] = PARTS, hands: Sequence[Hand] = HANDS) -> Iterator[Status]:
    """Stop the parts named, in reverse order; one that does not end is no reason to leave the others running.

    Raises:
        ServiceFailed: one did not end, after all were tried.
    """
    failed: SohoaError | None = None
    for part in reversed(_parts(site, config, hands)):
        if part.name in names:
            try:
                yield part.down()
            except SohoaError as error:
                failed = failed or error
    if failed is not None:
        raise failed


def status_all(
    site: Site, config: Path, names: Sequence[str] = PARTS, hands: Sequence[Hand] = HANDS
) -> Iterator[Status]:
    """How the parts named stand now; starts and changes nothing."""
    return (part.status() for part in _parts(site, config, hands) if part.name in names)


def _parts(site: Site, config: Path, hands: Sequence[Hand]) -> list[Part]:
    def of(part: str, module: object) -> Part:
        do = {name: getattr(module, name) for name in ("up", "down", "status")}
        return Part(part, **{name: (lambda act=act: act(site)) for name, act in do.items()})

    def hand(one: Hand) -> Part:
        return Part(
            one.name, lambda: one.up(site, config), lambda: one.down(site, config), lambda: one.status(site, config)
        )

    return [of("store", store), *_database(site), of("broker", broker), *map(hand, hands)]


def _database(site: Site) -> Iterator[Part]:
    """The database server, which is never ours to start or stop; files need no server."""
    if site.database.url:
        yield Part("database", lambda: _ask(site), lambda: _database_status(site), lambda: _database_status(site))


def _ask(site: Site) -> Status:
    engine = open_engine(site.database, site.data / "ledger.db")
    try:
        with transaction(engine, "ledger") as connection:
            connection.execute(text("SELECT 1"))
    finally:
        engine.dispose()
    return Status("database", False, True, bare(site.database.url))


def _database_status(site: Site) -> Status:
    try:
        return _ask(site)
    except SohoaError as error:
        finding = Finding(f"database_{error.rule}", "database", error.text, Severity.BLOCK)
        return Status("database", False, False, bare(site.database.url), findings=(finding,))
