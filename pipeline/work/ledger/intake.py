"""Jobs, and how sources come into the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import islice

from sqlalchemy import Connection, select, update

from pipeline.errors import SohoaError, UnknownJob
from pipeline.work.ledger.book import Book, insert_new, one
from pipeline.work.ledger.nouns import Found, Item, ItemState, Job, JobState, NewItem, Urgency
from pipeline.work.ledger.tables import ITEMS, JOBS, item_of, job_of, origin_key

_BATCH = 1000


class Intake(Book):
    """The part of the ledger that puts in."""

    # -- jobs -----------------------------------------------------------------------------------------------------

    def open_job(self, job: Job) -> Job:
        """Add a job, or return the one of that id as it is."""
        with self.transaction(durable=True) as connection:
            connection.execute(
                insert_new(connection, JOBS)
                .values(
                    id=job.id,
                    kind=job.kind,
                    name=job.name,
                    urgency=int(job.urgency),
                    state=job.state,
                    created_at=job.created_at or self.now,
                    options=json.dumps(dict(job.options)),
                )
                .on_conflict_do_nothing()
            )
            return job_of(connection.execute(select(JOBS).where(JOBS.c.id == job.id)).one())

    def job(self, name_or_id: str) -> Job:
        """The job of that id, else the newest of that name.

        Raises:
            UnknownJob: there is none.
        """
        with self.looking() as connection:
            wanted = (JOBS.c.id == name_or_id) | (JOBS.c.name == name_or_id)
            newest = (JOBS.c.created_at.desc(), JOBS.c.id)
            rows = connection.execute(select(JOBS).where(wanted).order_by(JOBS.c.id != name_or_id, *newest)).all()
        if not rows:
            raise UnknownJob(name=name_or_id)
        return job_of(rows[0])

    def jobs(self, *states: JobState) -> list[Job]:
        """Jobs in one of these states, or all; the newest first."""
        wanted = select(JOBS).order_by(JOBS.c.created_at.desc(), JOBS.c.id)
        with self.looking() as connection:
            rows = connection.execute(wanted.where(JOBS.c.state.in_(states)) if states else wanted).all()
        return [job_of(row) for row in rows]

    def set_job(self, job: str, state: JobState) -> None:
        """Pause, stop or go on with a job. What workers have in hand is finished in any case.

        Raises:
            UnknownJob: there is none of that id.
        """
        with self.transaction(durable=True) as connection:
            if not connection.execute(update(JOBS).where(JOBS.c.id == job).values(state=state)).rowcount:
                raise UnknownJob(name=job)
        if state is JobState.RUNNING:
            self.settle(job)

    # -- sources --------------------------------------------------------------------------------------------------

    def plan(self, job: str, items: Iterable[NewItem]) -> int:
        """Take sources up as PLANNED, except those whose origin the job has already.

        They are taken from ``items`` as they come, a batch at a time; a batch is kept before the next is taken.

        Returns:
            The number of new ones.

        Raises:
            UnknownJob: there is none of that id.
        """
        urgency = self.job_by_id(job).urgency
        coming = iter(items)
        new = 0
        while batch := list(islice(coming, _BATCH)):
            with self.transaction(durable=True) as connection:
                added = self._add(connection, job, urgency, batch)
                if added:
                    self.reopen(connection, job)
            new += added
        return new

    def _add(self, connection: Connection, job: str, urgency: Urgency, batch: Sequence[NewItem]) -> int:
        rows = [
            {
                "origin": new.origin,
                "origin_key": origin_key(new.origin),
                "name": new.name,
                "dossier": new.dossier.code,
                "procedure": new.dossier.procedure,
                "owner": new.dossier.owner,
                "kind": new.dossier.kind,
                "sha256": new.sha256,
                "size": new.size,
                "pages": new.pages,
                "batch": new.batch,
            }
            for new in batch
        ]
        same = {"job": job, "state": ItemState.PLANNED, "urgency": int(urgency), "created_at": self.now}
        statement = insert_new(connection, ITEMS).values(**same, changed_at=self.now).on_conflict_do_nothing()
        return connection.execute(statement.execution_options(preserve_rowcount=True), rows).rowcount

    def job_by_id(self, job: str) -> Job:
        """The job of that id.

        Raises:
            UnknownJob: there is none.
        """
        with self.looking() as connection:
            row = connection.execute(select(JOBS).where(JOBS.c.id == job)).one_or_none()
        if row is None:
            raise UnknownJob(name=job)
        return job_of(row)

    def planned(self, job: str, limit: int) -> list[Item]:
        """The next sources to be fed, in the order in which they were planned."""
        wanted = select(ITEMS).where(ITEMS.c.job == job, ITEMS.c.state == ItemState.PLANNED)
        with self.looking() as connection:
            return [item_of(row) for row in connection.execute(wanted.order_by(ITEMS.c.id).limit(limit))]

    def feed(self, item: int, sha256: str, size: int) -> bool:
        """Its source lies in the work area: PLANNED → READY. False if it was not PLANNED."""
        with self.transaction(durable=True) as connection:
            values = {"sha256": sha256, "size": size, "attempts": 0, "again_at": 0.0}
            return bool(self.change(connection, ItemState.PLANNED, ItemState.READY, one(item), **values))

    def refuse(self, item: int, error: SohoaError) -> None:
        """Its source cannot be taken in: PLANNED → PARKED. Nothing happens if it was not PLANNED."""
        with self.transaction(durable=True) as connection:
            parked = self.park(connection, ItemState.PLANNED, error, one(item))
        for row in parked:
            self.settle(row.job)

    def pass_over(self, item: int, sha256: str, size: int, found: Sequence[Found] = ()) -> bool:
        """All its documents are in the repository already: PLANNED → STORED. False if it was not PLANNED."""
        with self.transaction(durable=True) as connection:
            values = {"sha256": sha256, "size": size}
            changed = self.change(connection, ItemState.PLANNED, ItemState.STORED, one(item), **values)
            for row in changed:
                self.keep_found(connection, row, found)
                self.clear(connection, row)
        for row in changed:
            self.settle(row.job)
        return bool(changed)

    def known(self, sha256: str) -> list[Item]:
        """Sources with that content, in any job, the oldest first."""
        if not sha256:
            return []
        with self.looking() as connection:
            rows = connection.execute(select(ITEMS).where(ITEMS.c.sha256 == sha256).order_by(ITEMS.c.id)).all()
        return [item_of(row) for row in rows]
