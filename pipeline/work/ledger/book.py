"""The database under the ledger, and the one function that changes the state of a source."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Engine,
    Row,
    Table,
    bindparam,
    cast,
    delete,
    exists,
    extract,
    func,
    insert,
    null,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningUpdate

from pipeline.errors import SohoaError
from pipeline.settings import Site
from pipeline.storage.database import complaints, open_engine, transaction
from pipeline.work.ledger import tables
from pipeline.work.ledger.nouns import (
    CLAIMED_AS,
    LEASED,
    TRANSITIONS,
    UNFINISHED,
    UNREAD,
    Found,
    ItemState,
    JobState,
    Lease,
    PageLease,
)
from pipeline.work.ledger.tables import FOUND, ITEMS, JOBS, PAGES

NAME = "ledger"
BACK = {taken: free for free, taken in CLAIMED_AS.items()}
"""What a source becomes when it is let go of unfinished."""
_ONE = (ITEMS.c.id == bindparam("this"),)
_HELD = (*_ONE, ITEMS.c.token == bindparam("under"))
HELD = select(ITEMS).where(*_HELD).with_for_update()
"""The source of a lease, to be filled by ``held``; while the lease is good."""
_OF_DOSSIER = (ITEMS.c.job == bindparam("in_job"), ITEMS.c.dossier == bindparam("in_dossier"))
_UNREAD_IN_DOSSIER = select(exists().where(*_OF_DOSSIER, ITEMS.c.state.in_(UNREAD)))
_WAITING = tuple(state for state in UNFINISHED if state not in LEASED)
_WAITS_IN_JOB = select(exists().where(ITEMS.c.job == bindparam("in_job"), ITEMS.c.state.in_(_WAITING)))
_FORGET_FOUND = delete(FOUND).where(FOUND.c.item == bindparam("this"))
_KEEP_FOUND = insert(FOUND)
_inherited: list[object] = []  # what a fork brought along is neither used nor closed: SQLite's locks would be lost


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which sources a statement is about. ``where`` is built once, ``given`` fills it."""

    where: tuple[ColumnElement[bool], ...]
    given: Mapping[str, object]


class LeaseLost(SohoaError):
    """What the lease was for is another's by now: nothing was changed. Stop, and claim anew."""

    retryable = True

    def __init__(self, **details: object) -> None:
        super().__init__(**{"what": "lease"} | details)


class Book:
    """The database of the ledger: opened when first used, and anew in each process.

    Args:
        site: which database, and how long leases last.
        clock: seconds since 1970; None: the clock of the database server, or of this machine where there is none.
    """

    def __init__(self, site: Site, clock: Callable[[], float] | None = None) -> None:
        self.site = site
        self._clock = clock if clock or site.database.url else time.time
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._process = 0
        self._free: dict[Engine, list[Connection]] = {}
        self._changes: dict[object, ReturningUpdate[Any]] = {}

    def ensure(self) -> None:
        """Make the tables that are missing. Done by itself when the ledger is first used in a process.

        Raises:
            DatabaseDown: the database does not answer, or its tables are of another version.
        """
        self._engine("durable")

    def close(self) -> None:
        """Let go of the connections; the next use opens them again."""
        with self._lock:
            engines, self._engines = self._engines, {}
            free, self._free = self._free, {}
        if self._process == os.getpid():
            for connection in chain.from_iterable(free.values()):
                connection.close()
            for engine in engines.values():
                engine.dispose()

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[Connection]:
        """One transaction; with ``durable`` what it says outlives a power cut.

        Raises:
            DatabaseDown: see ``ensure``.
            DiskFull: no room.
        """
        with self._begun("durable" if durable else "quick") as connection:
            yield connection

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A transaction that only reads: it holds up nobody.

        Raises:
            DatabaseDown: see ``ensure``.
        """
        with self._begun("looking") as connection:
            yield connection

    @contextmanager
    def _begun(self, kind: str) -> Iterator[Connection]:
        engine = self._engine(kind)
        with complaints(NAME):
            if self.site.database.url:
                with engine.begin() as connection:
                    yield connection
            else:
                with self._kept_open(engine) as connection, connection.begin():
                    yield connection

    @contextmanager
    def _kept_open(self, engine: Engine) -> Iterator[Connection]:
        """A connection to the file, kept for the next who asks: SQLite tidies up and syncs when the last is closed."""
        free = self._free.setdefault(engine, [])
        try:
            connection = free.pop()
        except IndexError:
            connection = engine.connect()
        try:
            yield connection
        except DBAPIError:
            connection.close()
            raise
        except BaseException:
            free.append(connection)  # what was begun is rolled back by now
            raise
        free.append(connection)

    def _engine(self, kind: str) -> Engine:
        with self._lock:
            if self._process != os.getpid():
                _inherited.append((self._engines, self._free))
                self._engines, self._free, self._process = {}, {}, os.getpid()
            if not self._engines:
                self._engines = self._open()
            return self._engines[kind]

    def _open(self) -> dict[str, Engine]:
        database, file = self.site.database, self.site.data / "ledger.db"
        durable = open_engine(database, file, durable=True)
        with transaction(durable, NAME) as connection:
            tables.make(connection)
        quick = durable if database.url else open_engine(database, file, durable=False)
        return {"durable": durable, "quick": quick, "looking": quick.execution_options(looking=True)}

    # -- pieces of statements -------------------------------------------------------------------------------------

    @cached_property
    def now(self) -> ColumnElement[float]:
        """The time, as a piece of a statement; it is asked for when the statement runs."""
        clock = self._clock
        if clock is None:
            return cast(extract("epoch", func.clock_timestamp()), Double)
        return bindparam(None, callable_=lambda: float(clock()), type_=Double)

    @cached_property
    def until(self) -> ColumnElement[float]:
        """When a lease ends that begins now."""
        return self.now + float(self.site.work.lease_seconds)

    # -- changes --------------------------------------------------------------------------------------------------

    def change(
        self, connection: Connection, before: ItemState, after: ItemState, which: Chosen, **values: object
    ) -> Sequence[Row[Any]]:
        """Change the state of sources: the only place where that is done.

        Args:
            connection: in whose transaction.
            before: state they have to have, or they stay as they are.
            after: state they get.
            which: which sources; for one under a lease ``held``.
            values: other columns to be set. Expressions among them have to live as long as the ledger.

        Returns:
            The sources changed, as they are now.

        Raises:
            SohoaError: there is no such change.
        """
        if after not in TRANSITIONS[before]:
            raise SohoaError(what=f"{NAME}: {before} → {after}")
        if before in LEASED:
            values = {"token": "", "lease_until": 0.0} | values
        pieces = {name: value for name, value in values.items() if isinstance(value, ColumnElement)}
        given = {f"new_{name}": value for name, value in values.items() if name not in pieces}
        key = (before, after, which.where, tuple(values), tuple(pieces.values()))
        statement = self._changes.get(key)
        if statement is None:  # to build one takes longer than to run it
            new = {name: bindparam(f"new_{name}", type_=ITEMS.c[name].type) for name in values} | pieces
            statement = (
                update(ITEMS)
                .where(ITEMS.c.state == before, *which.where)
                .values(state=after, turn=turn_of(after), changed_at=self.now, **new)
                .returning(*ITEMS.c)
            )
            self._changes[key] = statement
        changed = connection.execute(statement, {**which.given, **given}).all()
        if before is ItemState.READING:
            for row in changed:
                _close_pages(connection, row.id, keep=after is ItemState.READY)
        return changed

    def change_leased(self, connection: Connection, lease: Lease, after: ItemState, **values: object) -> Row[Any]:
        """Change the state of a source under a lease.

        Raises:
            LeaseLost: it is another's by now.
        """
        changed = self.change(connection, lease.item.state, after, held(lease), **values)
        if not changed:
            raise LeaseLost
        return changed[0]

    def park(
        self, connection: Connection, before: ItemState, error: SohoaError, which: Chosen, **values: object
    ) -> Sequence[Row[Any]]:
        """Set sources aside; the other papers of their dossiers wait for them no longer."""
        values = {"back": BACK.get(before, before), **reason_of(error)} | values
        parked = self.change(connection, before, ItemState.PARKED, which, **values)
        for row in parked:
            self.clear(connection, row)
        return parked

    def clear(self, connection: Connection, row: Row[Any]) -> bool:
        """Let the papers of a dossier go on if none of them is unread; whether that is so.

        ``row`` is one of them that is unread no longer. A paper without a dossier's code waits for nobody.
        """
        which = one(row.id)
        if row.dossier:
            if connection.dialect.name == "postgresql":
                # Two who finish the last two papers at once would each see the other's as unread.
                key = int(tables.origin_key(f"{row.job}\0{row.dossier}")[:15], 16)
                connection.execute(select(func.pg_advisory_xact_lock(key)))
            which = Chosen(_OF_DOSSIER, {"in_job": row.job, "in_dossier": row.dossier})
            if connection.execute(_UNREAD_IN_DOSSIER, which.given).scalar():
                return False
        self.change(connection, ItemState.READ, ItemState.CLEARED, which)
        return True

    def keep_found(self, connection: Connection, row: Row[Any], found: Sequence[Found]) -> None:
        """Keep the documents of a source, in the place of those known before."""
        connection.execute(_FORGET_FOUND, {"this": row.id})
        by_id = {document.id: document for document in found}
        if by_id:
            rows = [tables.found_row(row.id, row.job, document) for document in by_id.values()]
            connection.execute(_KEEP_FOUND, rows)

    # -- the end of a job -----------------------------------------------------------------------------------------

    def nearly_done(self, connection: Connection, job: str) -> bool:
        """Whether nothing of a job is left but what workers have in hand: after this transaction ``settle`` it."""
        return not connection.execute(_WAITS_IN_JOB, {"in_job": job}).scalar()

    def settle(self, job: str | None = None) -> None:
        """Set a running job to DONE if it has sources and the engine has nothing left to do with them; None: any job.

        To be called after the transaction of a change: of two who finish the last two sources the later one sees it.
        """
        mine = ITEMS.c.job == JOBS.c.id
        left = exists().where(mine, ITEMS.c.state.in_(UNFINISHED))
        done = update(JOBS).where(JOBS.c.state == JobState.RUNNING, ~left, exists().where(mine))
        with self.transaction() as connection:
            connection.execute((done if job is None else done.where(JOBS.c.id == job)).values(state=JobState.DONE))

    def reopen(self, connection: Connection, job: str) -> None:
        """There is something to do again in a job, even if it was done."""
        connection.execute(
            update(JOBS).where(JOBS.c.id == job, JOBS.c.state == JobState.DONE).values(state=JobState.RUNNING)
        )


def insert_new(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can be told what to do with rows that are there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _close_pages(connection: Connection, item: int, *, keep: bool) -> None:
    """Nobody helps with a source that is not being read; ``keep`` what is known of its pages for the next who reads."""
    pages = PAGES.c.item == item
    if keep:
        connection.execute(update(PAGES).where(pages, PAGES.c.turn.is_not(None)).values(turn=None))
    else:
        connection.execute(delete(PAGES).where(pages))


def turn_of(state: ItemState) -> ColumnElement[Any]:
    """Where a source in that state stands in the order of claiming: the urgent first, the begun before the new."""
    if state not in CLAIMED_AS:
        return null()
    return ITEMS.c.urgency * 3 + (1 if state is ItemState.READY else 0)


def turn_of_page(urgency: int) -> int:
    """Where a page stands in that order: behind the sources of the same urgency."""
    return urgency * 3 + 2


def one(item: int) -> Chosen:
    """The source of that number."""
    return Chosen(_ONE, {"this": item})


def held(lease: Lease) -> Chosen:
    """The source of a lease, while the lease is good."""
    return Chosen(_HELD, {"this": lease.item.id, "under": lease.token})


def held_page(lease: PageLease) -> tuple[ColumnElement[bool], ...]:
    """The page of a lease, while the lease is good."""
    return PAGES.c.item == lease.item.id, PAGES.c.number == lease.page, PAGES.c.token == lease.token


def reason_of(error: SohoaError | None) -> dict[str, str]:
    """The columns that tell an error; empty ones for none."""
    if error is None:
        return {"reason": "", "reason_vi": "", "reason_en": ""}
    return {"reason": error.rule, "reason_vi": error.text.vi, "reason_en": error.text.en}


def timings_of(before: Mapping[str, float], timings: Mapping[str, float]) -> str:
    """Seconds by stage, those of before included."""
    return json.dumps({**before, **timings})
