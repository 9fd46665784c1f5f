"""A ledger in a file, and one on a real server; both have to do the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.dossier import Dossier
from pipeline.settings import Database, Site, Work
from pipeline.work.ledger import Job, Lease, Ledger, NewItem, Urgency
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.store import site_in

WORK = Work(attempts=3, lease_seconds=30, retry_seconds=5)


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time

    def go(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture(scope="session")
def kept_database(postgres: PostgresServer) -> Iterator[Database]:
    """One database for all these tests: to make one takes longer than most of them."""
    yield from postgres.database()


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """Settings of an installation with an empty ledger."""
    site = site_in(tmp_path).model_copy(update={"work": WORK})
    if request.param == "sqlite":
        return site
    server: PostgresServer = request.getfixturevalue("postgres")
    database: Database = request.getfixturevalue("kept_database")
    with server.connect(database.url.rpartition("/")[2]) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return site.model_copy(update={"database": database})


@pytest.fixture
def clock() -> Clock:
    """The time of ``ledger``."""
    return Clock()


@pytest.fixture
def ledger(site: Site, clock: Clock) -> Iterator[Ledger]:
    """An empty ledger with a job ``J`` in it."""
    ledger = Ledger(site, clock)
    ledger.open_job(job("J"))
    yield ledger
    ledger.close()


def job(name: str, urgency: Urgency = Urgency.BACKFILL) -> Job:
    """A job whose id is its name."""
    return Job(id=name, kind="test", name=f"đợt {name}", urgency=urgency)


def paper(origin: str, dossier: str = "", **more: object) -> NewItem:
    """A source of that dossier."""
    return NewItem(origin, origin, Dossier(dossier, "1.001193"), **more)  # type: ignore[arg-type]


Feed = Callable[..., list[int]]


@pytest.fixture
def feed(ledger: Ledger) -> Feed:
    """Put sources into the ledger, ready to be claimed; their numbers."""

    def put(*items: NewItem, into: str = "J") -> list[int]:
        ledger.plan(into, items)
        fed = [item.id for item in ledger.planned(into, 1000)]
        for number in fed:
            assert ledger.feed(number, f"{number:064x}", 100)
        return fed

    return put


def claimed(ledger: Ledger, worker: str = "w") -> Lease:
    """A source claimed."""
    lease = ledger.claim(worker)
    assert isinstance(lease, Lease), lease
    return lease
