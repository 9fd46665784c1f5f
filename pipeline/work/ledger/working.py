"""What workers do: claim, keep, hand on, let go."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Update, bindparam, case, delete, exists, select, update

from pipeline.errors import SohoaError
from pipeline.work.ledger.book import BACK, HELD, Chosen, LeaseLost, held, one, reason_of, timings_of
from pipeline.work.ledger.intake import Intake
from pipeline.work.ledger.nouns import CLAIMED_AS, UNREAD, Found, ItemState, JobState, Lease, PageLease
from pipeline.work.ledger.tables import ITEMS, JOBS, OPEN, PAGES, READ, TAKEN, item_of

_LAST_TURN = 1 << 30
_ONE_MORE = ITEMS.c.attempts + 1
_FORGET_READ_PAGES = delete(PAGES).where(PAGES.c.item == bindparam("this"), PAGES.c.state == READ)
_THIS = ITEMS.c.id == bindparam("this")
_FROM = ITEMS.c.back == bindparam("from")
_PARKED_FROM = (_THIS, _FROM)
_PARKED_IN_JOB = (ITEMS.c.job == bindparam("in_job"), _FROM)
_PARKED_ITEM = (*_PARKED_IN_JOB, _THIS)
_DOUBLINGS = 16  # of the wait after a fault; beyond that it would be weeks


class Working(Intake):
    """The part of the ledger for workers. A lease that was lost changes nothing."""

    # -- claiming -------------------------------------------------------------------------------------------------

    def claim(self, worker: str) -> Lease | PageLease | None:
        """The best unit of work there is, or None; its attempt is counted. No two workers get the same."""
        with self.transaction() as connection:
            page = connection.execute(self._best_page).one_or_none()
            before = _LAST_TURN if page is None else page.turn
            row = connection.execute(self._best_item, {"before": before}).one_or_none()
            if row is not None:
                return self._take(connection, row, worker)
            return None if page is None else self._take_page(connection, page, worker)

    @cached_property
    def _best_item(self) -> Select[Any]:
        wanted = select(ITEMS.c.id, ITEMS.c.state).where(*self._claimable, ITEMS.c.turn < bindparam("before"))
        return wanted.order_by(ITEMS.c.turn, ITEMS.c.id).limit(1).with_for_update(skip_locked=True)

    @cached_property
    def _best_page(self) -> Select[Any]:
        wanted = select(PAGES.c.item, PAGES.c.number, PAGES.c.turn).where(*self._claimable_pages)
        order = (PAGES.c.turn, PAGES.c.item, PAGES.c.number)
        return wanted.order_by(*order).limit(1).with_for_update(skip_locked=True)

    @cached_property
    def _claimable(self) -> tuple[ColumnElement[bool], ...]:
        # A job may be done and have a source again that a person let go of.
        running = exists().where(JOBS.c.id == ITEMS.c.job, JOBS.c.state.in_((JobState.RUNNING, JobState.DONE)))
        return ITEMS.c.turn.is_not(None), ITEMS.c.again_at <= self.now, running

    @cached_property
    def _claimable_pages(self) -> tuple[ColumnElement[bool], ...]:
        running = exists().where(JOBS.c.id == PAGES.c.job, JOBS.c.state.in_((JobState.RUNNING, JobState.DONE)))
        return PAGES.c.turn.is_not(None), running

    def _take(self, connection: Connection, row: Row[Any], worker: str) -> Lease:
        free = ItemState(row.state)
        token = secrets.token_hex(8)
        values = {"attempts": _ONE_MORE, "worker": worker, "token": token, "lease_until": self.until, "doing": ""}
        taken = self.change(connection, free, CLAIMED_AS[free], one(row.id), **values)
        if free is ItemState.READY:  # what was read meanwhile is in the work area, and is not offered again
            connection.execute(_FORGET_READ_PAGES, {"this": row.id})
        return Lease(item_of(taken[0]), token)

    def _take_page(
        self, connection: Connection, page: Row[Any, Any], worker: str, token: str | None = None
    ) -> PageLease | None:
        token = token or secrets.token_hex(8)
        which = (PAGES.c.item == page.item, PAGES.c.number == page.number, PAGES.c.state == OPEN)
        values = {"state": TAKEN, "turn": None, "worker": worker, "token": token, "lease_until": self.until}
        if not connection.execute(update(PAGES).where(*which).values(**values)).rowcount:
            return None
        item = connection.execute(select(ITEMS).where(ITEMS.c.id == page.item)).one()
        return PageLease(item_of(item), page.number, token)

    def more_urgent(self, lease: Lease | PageLease) -> bool:
        """Whether there is work to claim that is more urgent than this."""
        with self.looking() as connection:
            turns = connection.execute(self._first_turns).one()
        return any(turn is not None and turn < int(lease.item.urgency) * 3 for turn in turns)

    @cached_property
    def _first_turns(self) -> Select[Any]:
        # In order, so that a server does not think of looking at all rows for whether there is one.
        items = select(ITEMS.c.turn).where(*self._claimable).order_by(ITEMS.c.turn, ITEMS.c.id).limit(1)
        pages = select(PAGES.c.turn).where(*self._claimable_pages).order_by(PAGES.c.turn, PAGES.c.item).limit(1)
        return select(items.scalar_subquery().label("items"), pages.scalar_subquery().label("pages"))

    # -- keeping --------------------------------------------------------------------------------------------------

    def renew(self, lease: Lease | PageLease, doing: str = "") -> bool:
        """A sign of life: the lease goes on, with all pages taken under it. False: it is lost, stop.

        ``doing`` is what is told of the work if the worker is not heard of again; empty: as before.
        """
        given = {"this": lease.item.id, "under": lease.token}
        with self.transaction() as connection:
            # A page that the owner of its source took stands under the lease on the source.
            kept = connection.execute(self._renew_item, {**given, "now_at": doing}).rowcount
            pages = connection.execute(self._renew_pages, given).rowcount
        return (pages if isinstance(lease, PageLease) else kept) > 0

    @cached_property
    def _renew_item(self) -> Update:
        told = bindparam("now_at", type_=ITEMS.c.doing.type)
        doing = case((told == "", ITEMS.c.doing), else_=told)
        held = (ITEMS.c.id == bindparam("this"), ITEMS.c.token == bindparam("under"))
        return update(ITEMS).where(*held).values(lease_until=self.until, doing=doing)

    @cached_property
    def _renew_pages(self) -> Update:
        held = (PAGES.c.item == bindparam("this"), PAGES.c.token == bindparam("under"))
        return update(PAGES).where(*held).values(lease_until=self.until)

    # -- handing on -----------------------------------------------------------------------------------------------

    def let_go(
        self, lease: Lease, error: SohoaError | None = None, *, wait: float = 0.0, blame: bool = True
    ) -> ItemState:
        """Give a source back unfinished.

        Args:
            lease: on it.
            error: the fault it met; None: let go on purpose, the attempt does not count. After a fault that may pass
                it is tried again, up to ``work.attempts`` times in a row; after any other it is parked.
            wait: seconds until it may be claimed; 0 after a fault: ``work.retry_seconds``, doubled each time.
            blame: whether the source may be the cause of ``error``; else this is told, and the attempt does not count.

        Returns:
            The state it is in now.

        Raises:
            LeaseLost: it is another's by now.
        """
        before = lease.item.state
        work = self.site.work
        with self.transaction() as connection:
            row = connection.execute(HELD, held(lease).given).one_or_none()
            if row is None:
                raise LeaseLost
            fault = error if blame else None
            if fault is not None and (not fault.retryable or row.attempts >= work.attempts):
                self.park(connection, before, fault, held(lease))
                after = ItemState.PARKED
            else:
                after = BACK[before]
                attempts = row.attempts if fault else max(row.attempts - 1, 0)
                if fault is not None:
                    wait = wait or work.retry_seconds * 2 ** min(max(attempts - 1, 0), _DOUBLINGS)
                values = reason_of(error) if error else {}
                self.change_leased(connection, lease, after, attempts=attempts, again_at=self.now + wait, **values)
                self._free_pages(connection, lease)
                self.reopen(connection, row.job)
        if after is ItemState.PARKED:
            self.settle(row.job)
        return after

    def _free_pages(self, connection: Connection, lease: Lease) -> None:
        mine = (PAGES.c.item == lease.item.id, PAGES.c.token == lease.token, PAGES.c.state == TAKEN)
        connection.execute(update(PAGES).where(*mine).values(state=OPEN, token="", lease_until=0.0))

    def set_read(self, lease: Lease, found: Sequence[Found], pages: int, timings: Mapping[str, float]) -> bool:
        """A source is read, and its documents are at the gate.

        Returns:
            Whether its dossier is complete: it and the other papers of it that are read may go on.

        Raises:
            LeaseLost: it is another's by now.
        """
        with self.transaction() as connection:
            return self.clear(connection, self._read(connection, lease, found, pages, timings))

    def go_on(self, lease: Lease, found: Sequence[Found], pages: int, timings: Mapping[str, float]) -> Lease | None:
        """As :meth:`set_read`, but a source whose dossier is complete stays in the same hands.

        Returns:
            The lease to go on under, past the gate; None: the dossier is not complete, and the source is given up.

        Raises:
            LeaseLost: it is another's by now.
        """
        with self.transaction() as connection:
            row = self._read(connection, lease, found, pages, timings)
            if not self.clear(connection, row):
                return None
            values = {"worker": row.worker, "token": lease.token, "lease_until": self.until, "attempts": 1}
            (taken,) = self.change(connection, ItemState.CLEARED, ItemState.FILING, one(row.id), **values)
        return Lease(item_of(taken), lease.token)

    def _read(
        self, connection: Connection, lease: Lease, found: Sequence[Found], pages: int, timings: Mapping[str, float]
    ) -> Row[Any]:
        values = {
            "pages": pages,
            "attempts": 0,
            "timings": timings_of(lease.item.timings, timings),
            "read_at": self.now,
            "read_by": ITEMS.c.worker,
            **reason_of(None),
        }
        row = self.change_leased(connection, lease, ItemState.READ, **values)
        self.keep_found(connection, row, found)
        return row

    def finish(
        self,
        lease: Lease,
        state: ItemState,
        found: Sequence[Found],
        timings: Mapping[str, float],
        error: SohoaError | None = None,
    ) -> None:
        """A source is done with, for the engine: STORED, WAITING for a person, or PARKED with ``error``.

        Raises:
            LeaseLost: it is another's by now.
        """
        values = {"attempts": 0, "timings": timings_of(lease.item.timings, timings), **reason_of(error)}
        if state is ItemState.PARKED:
            values["back"] = BACK[lease.item.state]
        with self.transaction() as connection:
            row = self.change_leased(connection, lease, state, **values)
            self.keep_found(connection, row, found)
            if lease.item.state in UNREAD:
                self.clear(connection, row)
            last = self.nearly_done(connection, row.job)
        if last:
            self.settle(row.job)

    # -- people ---------------------------------------------------------------------------------------------------

    def hold(self, item: int, worker: str) -> Lease | None:
        """A person takes a source that is WAITING, or was parked past the gate. None: it is not, or not any longer."""
        token = secrets.token_hex(8)
        values = {"attempts": 0, "worker": worker, "token": token, "lease_until": self.until, "doing": ""}
        past_gate = Chosen(_PARKED_FROM, {"this": item, "from": ItemState.CLEARED})
        with self.transaction() as connection:
            taken = self.change(connection, ItemState.WAITING, ItemState.FILING, one(item), **values) or self.change(
                connection, ItemState.PARKED, ItemState.FILING, past_gate, **values
            )
        return Lease(item_of(taken[0]), token) if taken else None

    def retry(self, job: str, item: int | None = None) -> int:
        """What was parked in a job (or only that source of it) is tried again from where it stood; how many those are.

        Raises:
            UnknownJob: there is none of that id.
        """
        self.job_by_id(job)
        count = 0
        with self.transaction(durable=True) as connection:
            for back in (ItemState.PLANNED, *CLAIMED_AS):
                given = {"in_job": job, "this": item, "from": back}
                which = Chosen(_PARKED_IN_JOB if item is None else _PARKED_ITEM, given)
                values = {"attempts": 0, "again_at": 0.0, "doing": "", **reason_of(None)}
                count += len(self.change(connection, ItemState.PARKED, back, which, **values))
            if count:
                self.reopen(connection, job)
        return count
