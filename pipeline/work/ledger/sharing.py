"""How the pages of a source are shared out among workers."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select, update

from pipeline.errors import SohoaError
from pipeline.work.ledger.book import HELD, LeaseLost, held, held_page, insert_new, turn_of_page
from pipeline.work.ledger.nouns import ItemState, Lease, PageLease
from pipeline.work.ledger.tables import ITEMS, OPEN, PAGES, READ, TAKEN
from pipeline.work.ledger.working import Working


class Sharing(Working):
    """The part of the ledger for single pages: of sources that are being read, as long as they are."""

    def offer_pages(self, lease: Lease, pages: Iterable[int]) -> None:
        """Let others read these pages too, except those that were read or taken since the source was claimed.

        Raises:
            LeaseLost: the source is another's by now.
        """
        turn = turn_of_page(lease.item.urgency)
        new = [{"number": number} for number in sorted(set(pages))]
        with self.transaction() as connection:
            if connection.execute(HELD, held(lease).given).one_or_none() is None:
                raise LeaseLost
            if not new:
                return
            same = {"item": lease.item.id, "job": lease.item.job, "state": OPEN, "turn": turn}
            connection.execute(insert_new(connection, PAGES).values(**same).on_conflict_do_nothing(), new)
            offered = PAGES.c.number.in_([one["number"] for one in new])
            again = (PAGES.c.item == lease.item.id, PAGES.c.state == OPEN, offered)
            connection.execute(update(PAGES).where(*again).values(turn=turn))

    def take_page(self, lease: Lease) -> PageLease | None:
        """Take the next open page of one's own source; None: none is open. The lease on the source covers it.

        Raises:
            LeaseLost: the source is another's by now.
        """
        with self.transaction() as connection:
            owner = connection.execute(HELD, held(lease).given).one_or_none()
            if owner is None:
                raise LeaseLost
            page = connection.execute(
                select(PAGES.c.item, PAGES.c.number)
                .where(PAGES.c.item == lease.item.id, PAGES.c.state == OPEN)
                .order_by(PAGES.c.number)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            return None if page is None else self._take_page(connection, page, owner.worker, lease.token)

    def page_done(self, lease: PageLease) -> None:
        """The reading of a page is in the work area. A source that comes forward has its attempts counted anew.

        Raises:
            LeaseLost: the page is another's by now.
        """
        done = {"state": READ, "turn": None, "token": "", "lease_until": 0.0}
        with self.transaction() as connection:
            if lease.item.attempts > 1:  # the source before its page: the order of all who lock both
                again = (ITEMS.c.id == lease.item.id, ITEMS.c.attempts > 1, ITEMS.c.token != "")
                connection.execute(update(ITEMS).where(*again).values(attempts=1))
            if not connection.execute(update(PAGES).where(*held_page(lease)).values(**done)).rowcount:
                raise LeaseLost

    def page_back(self, lease: PageLease, error: SohoaError | None = None) -> None:
        """Give a page back unread. After an ``error`` only the worker that has the source tries it again.

        Nothing happens if the page is another's by now.
        """
        turn = None if error else turn_of_page(lease.item.urgency)
        with self.transaction() as connection:
            source = select(ITEMS.c.state).where(ITEMS.c.id == lease.item.id).with_for_update()
            reading = connection.execute(source).scalar() == ItemState.READING
            back = {"state": OPEN, "turn": turn if reading else None, "token": "", "lease_until": 0.0}
            connection.execute(update(PAGES).where(*held_page(lease)).values(**back))

    def pages_left(self, lease: Lease) -> tuple[int, int]:
        """How many pages of one's own source are open, and how many others have taken."""
        mine = PAGES.c.item == lease.item.id
        count = func.count()
        with self.looking() as connection:
            open_ = connection.execute(select(count).where(mine, PAGES.c.state == OPEN)).scalar_one()
            others = (mine, PAGES.c.state == TAKEN, PAGES.c.token != lease.token)
            return open_, connection.execute(select(count).where(*others)).scalar_one()
