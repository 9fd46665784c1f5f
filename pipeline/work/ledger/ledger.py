"""The ledger as a whole, with what people and reports look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from sqlalchemy import Select, func, select

from pipeline.work.ledger.book import insert_new
from pipeline.work.ledger.nouns import Beat, Found, Item, ItemState
from pipeline.work.ledger.sweeping import Sweeping
from pipeline.work.ledger.tables import BEATS, FOUND, ITEMS, PAGES, READ, beat_of, found_of, item_of

_BATCH = 500
_READ = (ItemState.READ, ItemState.CLEARED, ItemState.FILING, ItemState.WAITING, ItemState.STORED)


class Ledger(Sweeping):
    """What there is to do, who does it, what became of it. May be shared by threads; each process opens it anew.

    Args:
        site: which database (``site.database``, else a file in ``site.data``), how long leases last, how often to try.
        clock: seconds since 1970; None: the clock of the database server, or of this machine where there is none.

    Every method raises :class:`DatabaseDown` when the database does not answer, :class:`DiskFull` when it has no room.
    """

    # -- sources --------------------------------------------------------------------------------------------------

    def item(self, id: int) -> Item | None:
        """The source of that number."""
        with self.looking() as connection:
            row = connection.execute(select(ITEMS).where(ITEMS.c.id == id)).one_or_none()
        return None if row is None else item_of(row)

    def items(self, job: str | None = None, *states: ItemState, limit: int = 100, offset: int = 0) -> list[Item]:
        """Sources of a job (None: of all) in one of these states (none given: in any), in the order of planning."""
        wanted = select(ITEMS).order_by(ITEMS.c.id).limit(limit).offset(offset)
        if job is not None:
            wanted = wanted.where(ITEMS.c.job == job)
        if states:
            wanted = wanted.where(ITEMS.c.state.in_(states))
        with self.looking() as connection:
            return [item_of(row) for row in connection.execute(wanted)]

    def siblings(self, item: Item) -> list[Item]:
        """All sources of the same dossier in the same job, itself too; without a dossier's code only itself."""
        wanted = select(ITEMS).where(ITEMS.c.job == item.job).order_by(ITEMS.c.id)
        same = ITEMS.c.dossier == item.dossier.code if item.dossier.code else ITEMS.c.id == item.id
        with self.looking() as connection:
            return [item_of(row) for row in connection.execute(wanted.where(same))]

    # -- documents ------------------------------------------------------------------------------------------------

    def found(
        self, job: str, *, batch: str | None = None, accepted_by: str | None = None
    ) -> Iterator[tuple[Item, Found]]:
        """Documents of a job with their sources, in the order of planning; a part of them at a time is in memory.

        Args:
            job: its id.
            batch: only those of that batch.
            accepted_by: only those let past the gate by ``policy`` or ``person``.
        """
        after = 0
        while True:
            wanted = select(ITEMS).where(ITEMS.c.job == job, ITEMS.c.id > after)
            if batch is not None:
                wanted = wanted.where(ITEMS.c.batch == batch)
            with self.looking() as connection:
                rows = connection.execute(wanted.order_by(ITEMS.c.id).limit(_BATCH)).all()
                if not rows:
                    return
                items = {row.id: item_of(row) for row in rows}
                found = connection.execute(self._found(rows[0].id, rows[-1].id, accepted_by)).all()
            yield from ((items[row.item], found_of(row)) for row in found if row.item in items)
            after = rows[-1].id

    def _found(self, first: int, last: int, accepted_by: str | None) -> Select[tuple[object, ...]]:
        wanted = select(FOUND).where(FOUND.c.item.between(first, last)).order_by(FOUND.c.item, FOUND.c.id)
        return wanted if accepted_by is None else wanted.where(FOUND.c.accepted_by == accepted_by)

    def documents(self, item: int) -> list[Found]:
        """The documents of one source."""
        with self.looking() as connection:
            rows = connection.execute(select(FOUND).where(FOUND.c.item == item).order_by(FOUND.c.id)).all()
        return [found_of(row) for row in rows]

    # -- sums -----------------------------------------------------------------------------------------------------

    def counts(self, job: str | None = None) -> dict[ItemState, int]:
        """How many sources are in which state, in a job or in all; every state is told."""
        wanted = select(ITEMS.c.state, func.count().label("total")).group_by(ITEMS.c.state)
        if job is not None:
            wanted = wanted.where(ITEMS.c.job == job)
        with self.looking() as connection:
            known = {row.state: row.total for row in connection.execute(wanted)}
        return {state: known.get(state, 0) for state in ItemState}

    def pages_counts(self, job: str | None = None) -> tuple[int, int]:
        """Pages read, and pages known of, in a job or in all."""
        by_state = select(ITEMS.c.state, func.coalesce(func.sum(ITEMS.c.pages), 0).label("pages"))
        by_state = by_state.group_by(ITEMS.c.state)
        in_work = select(func.count()).where(PAGES.c.state == READ)
        if job is not None:
            by_state, in_work = by_state.where(ITEMS.c.job == job), in_work.where(PAGES.c.job == job)
        with self.looking() as connection:
            pages = {row.state: int(row.pages) for row in connection.execute(by_state)}
            done = connection.execute(in_work).scalar_one()
        return done + sum(pages.get(state, 0) for state in _READ), sum(pages.values())

    def documents_counts(self, job: str) -> dict[tuple[str, str], tuple[int, int]]:
        """(state, type) → documents, and those of them in which something is doubtful."""
        doubtful = func.count().filter(FOUND.c.doubtful > 0).label("doubtful")
        wanted = select(FOUND.c.state, FOUND.c.type, func.count().label("total"), doubtful)
        with self.looking() as connection:
            rows = connection.execute(wanted.where(FOUND.c.job == job).group_by(FOUND.c.state, FOUND.c.type)).all()
        return {(row.state, row.type): (row.total, row.doubtful) for row in rows}

    # -- workers --------------------------------------------------------------------------------------------------

    def beat(self, beat: Beat) -> None:
        """Take down how a worker process is; the time is the ledger's."""
        values = asdict(beat)
        with self.transaction() as connection:
            new = {**values, "seen_at": self.now, "started_at": beat.started_at or self.now}
            kept = {name: new[name] for name in new if name not in ("name", "started_at")}
            statement = insert_new(connection, BEATS).values(**new)
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=kept))

    def beats(self) -> list[Beat]:
        """Worker processes heard of in the last day, by name."""
        with self.looking() as connection:
            return [beat_of(row) for row in connection.execute(select(BEATS).order_by(BEATS.c.name))]
