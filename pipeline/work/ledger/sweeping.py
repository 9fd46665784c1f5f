"""What the sweeper does: what workers died over is given to others, or set aside when too many died over it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, func, select, update

from pipeline.errors import GaveUp
from pipeline.work.ledger.book import BACK, Chosen, one, turn_of_page
from pipeline.work.ledger.nouns import LEASED, Item, ItemState
from pipeline.work.ledger.sharing import Sharing
from pipeline.work.ledger.tables import BEATS, ITEMS, OPEN, PAGES, TAKEN, item_of

MANY = 1000
"""``claimable`` counts no further."""
_BATCH = 500
_DEAD_WORKER = "tiến trình bị mất/the worker was lost"
_BEAT_SECONDS = 24 * 3600.0


class Sweeping(Sharing):
    """The part of the ledger for the sweeper. Several may sweep at once."""

    def expire(self) -> list[Item]:
        """Take back what the lease is over of: sources and pages; forget workers not heard of for a day.

        Returns:
            The sources that changed, as they are now: to be claimed again, or parked.
        """
        changed: list[Item] = []
        for item, page, token in self._over_pages():
            changed += self._expire_page(item, page, token)
        for row in self._over_items():
            changed += self._expire_item(row)
        with self.transaction() as connection:
            connection.execute(delete(BEATS).where(BEATS.c.seen_at < self.now - _BEAT_SECONDS))
        self.settle()  # a job whose last worker died before it could say so
        return changed

    def _over_items(self) -> list[Row[Any]]:
        over = (ITEMS.c.token != "", ITEMS.c.lease_until < self.now)
        with self.looking() as connection:
            wanted = select(ITEMS).where(*over).order_by(ITEMS.c.lease_until).limit(_BATCH)
            return list(connection.execute(wanted).all())

    @cached_property
    def _still_over(self) -> tuple[ColumnElement[bool], ...]:
        this = (ITEMS.c.id == bindparam("this"), ITEMS.c.token == bindparam("under"))
        return *this, ITEMS.c.lease_until < self.now

    def _expire_item(self, over: Row[Any]) -> list[Item]:
        before = ItemState(over.state)
        same = Chosen(self._still_over, {"this": over.id, "under": over.token})
        with self.transaction() as connection:
            if over.attempts >= self.site.work.attempts:
                what = over.reason or _DEAD_WORKER
                error = GaveUp(attempts=over.attempts, doing=over.doing or before, what=what)
                changed = self.park(connection, before, error, same)
            else:
                changed = self.change(connection, before, BACK[before], same, again_at=0.0)
                if changed:
                    self.reopen(connection, over.job)
        return [item_of(row) for row in changed]

    def _over_pages(self) -> list[tuple[int, int, str]]:
        over = (PAGES.c.state == TAKEN, PAGES.c.lease_until < self.now)
        with self.looking() as connection:
            wanted = select(PAGES.c.item, PAGES.c.number, PAGES.c.token).where(*over).limit(_BATCH)
            return [(row.item, row.number, row.token) for row in connection.execute(wanted)]

    def _expire_page(self, item: int, page: int, token: str) -> list[Item]:
        """A page is open again; its source is parked if it was the end of too many workers."""
        same = (PAGES.c.item == item, PAGES.c.number == page, PAGES.c.token == token, PAGES.c.lease_until < self.now)
        with self.transaction() as connection:
            # First the source, then its page: the order of all who lock both.
            source = connection.execute(select(ITEMS).where(ITEMS.c.id == item).with_for_update()).one()
            free = source.state == ItemState.READING and source.token != token
            values = {"state": OPEN, "token": "", "lease_until": 0.0, "deaths": PAGES.c.deaths + 1}
            turn = turn_of_page(source.urgency) if free else None
            row = connection.execute(
                update(PAGES).where(*same).values(turn=turn, **values).returning(PAGES.c.deaths)
            ).one_or_none()
            if row is None or row.deaths < self.site.work.attempts or source.state not in LEASED:
                return []
            error = GaveUp(attempts=row.deaths, doing=f"trang/page {page}", what=_DEAD_WORKER)
            changed = self.park(connection, ItemState(source.state), error, one(item), doing=f"page {page}")
        return [item_of(row) for row in changed]

    def claimable(self) -> int:
        """How many units of work could be claimed now; counted up to ``MANY``."""
        items = select(ITEMS.c.id).where(*self._claimable).order_by(ITEMS.c.turn, ITEMS.c.id).limit(MANY).subquery()
        pages = select(PAGES.c.item).where(*self._claimable_pages).order_by(PAGES.c.turn).limit(MANY).subquery()
        with self.looking() as connection:
            both = [connection.execute(select(func.count()).select_from(part)).scalar_one() for part in (items, pages)]
        return min(sum(both), MANY)
