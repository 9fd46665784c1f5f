"""The second round of quality control in the ledger: documents drawn to be looked at, and what was said of them.

Both are only ever added to: of several judgements of a document the last one counts, the others stay.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Double,
    Index,
    Row,
    Select,
    String,
    Subquery,
    Table,
    case,
    distinct,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.dossier import State
from pipeline.work.ledger import tables
from pipeline.work.ledger.book import Book
from pipeline.work.ledger.nouns import UNFINISHED, Found, Item
from pipeline.work.ledger.tables import FOUND, ITEMS, METADATA, Words, found_of, item_of

POLICY = "policy"
"""Who let a document past the gate, where no person did."""
_BATCH = 1000

DRAWS = Table(
    "quality_draw",
    METADATA,
    Column("job", Words, primary_key=True),
    Column("document", String(64), primary_key=True),
    Column("batch", Words, nullable=False),
    Column("at", Double, nullable=False),
)
JUDGEMENTS = Table(
    "quality_judgement",
    METADATA,
    Column("id", ITEMS.c.id.type, primary_key=True),
    Column("job", Words, nullable=False),
    Column("document", String(64), nullable=False),
    Column("right", Boolean, nullable=False),
    Column("fields", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("who", Words, nullable=False),
    Column("at", Double, nullable=False),
)
Index("quality_judgement_document", JUDGEMENTS.c.job, JUDGEMENTS.c.document, JUDGEMENTS.c.id)


@dataclass(frozen=True, slots=True)
class Draw:
    """A document drawn to be looked at a second time; ``at`` is seconds since 1970."""

    document: str
    batch: str
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person said of a stored document: right, or wrong in ``fields``."""

    document: str
    right: bool
    who: str
    fields: tuple[str, ...] = ()
    note: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Paper:
    """A document with the batch, the file and the dossier it came from."""

    found: Found
    batch: str
    name: str
    dossier: str


@dataclass(frozen=True, slots=True)
class BatchCount:
    """What was counted in a batch; see ``backfill.statistics.Tally``."""

    batch: str
    documents: int = 0
    unseen: int = 0
    drawn: int = 0
    looked: int = 0
    wrong: int = 0
    growing: bool = False


class QualityBook:
    """Draws and judgements of all jobs, kept in the database of the ledger.

    Every method raises ``DatabaseDown`` when that does not answer.
    """

    def __init__(self, ledger: Book) -> None:
        self._ledger = ledger
        self._made = False

    # -- writing --------------------------------------------------------------------------------------------------

    def add_draws(self, job: str, draws: Iterable[Draw]) -> int:
        """Keep what was drawn; the number of those not drawn before."""
        self._ensure()
        coming, new = iter(draws), 0
        while batch := list(islice(coming, _BATCH)):
            with self._ledger.transaction(durable=True) as connection:
                kind = postgresql if connection.dialect.name == "postgresql" else sqlite
                rows = [
                    {"job": job, "document": draw.document, "batch": draw.batch, "at": self._ledger.now}
                    for draw in batch
                ]
                # Counted by what comes back: not every driver counts rows that were in fact inserted.
                statement = kind.insert(DRAWS).values(rows).on_conflict_do_nothing().returning(DRAWS.c.document)
                new += len(connection.execute(statement).all())
        return new

    def judge(self, job: str, judgement: Judgement) -> None:
        """Keep what a person said of a document; when is noted by the ledger's clock."""
        self._ensure()
        with self._ledger.transaction(durable=True) as connection:
            row = {
                "job": job,
                "document": judgement.document,
                "right": judgement.right,
                "fields": json.dumps(judgement.fields),
                "note": judgement.note,
                "who": judgement.who,
            }
            connection.execute(insert(JUDGEMENTS).values(**row, at=self._ledger.now))

    # -- looking --------------------------------------------------------------------------------------------------

    def draws(self, job: str) -> dict[str, Draw]:
        """What was drawn, by document."""
        wanted = select(DRAWS).where(DRAWS.c.job == job)
        return {row.document: Draw(row.document, row.batch, row.at) for row in self._rows(wanted)}

    def judgements(self, job: str, *, every: bool = False) -> list[Judgement]:
        """The last judgement of each document, or with ``every`` all there were; in the order in which they came."""
        wanted = select(JUDGEMENTS).where(JUDGEMENTS.c.job == job)
        if not every:
            last = _last(job)
            wanted = wanted.join(last, last.c.id == JUDGEMENTS.c.id)
        return [_judgement(row) for row in self._rows(wanted.order_by(JUDGEMENTS.c.id))]

    def accepted(self, job: str, *, batches: Collection[str] | None = None) -> Iterator[Paper]:
        """Stored documents that policy accepted, in the order of the plan; each once. ``batches``: only of these."""
        where = [] if batches is None else [ITEMS.c.batch.in_(batches)]
        yield from self._accepted(job, *where)

    def to_look_at(self, job: str, rejected: Collection[str] = ()) -> Iterator[Paper]:
        """Documents nobody has looked at yet: first those drawn, then the others of the batches ``rejected``."""
        seen, drawn = _last(job), select(DRAWS.c.document).where(DRAWS.c.job == job)
        unseen = FOUND.c.id.not_in(select(seen.c.document))
        yield from self._accepted(job, unseen, FOUND.c.id.in_(drawn))
        if rejected:
            yield from self._accepted(job, unseen, FOUND.c.id.not_in(drawn), ITEMS.c.batch.in_(rejected))

    def find(self, job: str, prefix: str) -> list[Paper]:
        """Stored documents that policy accepted whose id begins with ``prefix``; two are enough to be in doubt."""
        escaped = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return list(islice(self._accepted(job, FOUND.c.id.like(f"{escaped}%", escape="\\")), 2))

    def items(self, job: str) -> Iterator[Item]:
        """All sources of a job in the order of planning; a part of them at a time is in memory."""
        first, last = self._reach(job)
        wanted = select(ITEMS).where(_plainly(ITEMS.c.job) == job).order_by(ITEMS.c.id).limit(_BATCH)
        while rows := self._rows(wanted.where(ITEMS.c.id.between(first, last))):
            yield from map(item_of, rows)
            first = rows[-1].id + 1

    def documents(self, job: str) -> Iterator[Paper]:
        """All documents of a job in the order of planning, also those that are not stored (yet)."""
        yield from self._papers(job)

    def counts(self, job: str) -> list[BatchCount]:
        """What there is in each batch of the job, by its name."""
        last = _last(job)
        mine = ITEMS.c.job == job
        growing = func.max(case((ITEMS.c.state.in_(UNFINISHED), 1), else_=0)).label("growing")
        batches = select(ITEMS.c.batch, growing).where(mine).group_by(ITEMS.c.batch)
        unseen = case((last.c.id.is_(None), FOUND.c.id))
        documents = (
            select(
                ITEMS.c.batch,
                func.count(distinct(FOUND.c.id)).label("documents"),
                func.count(distinct(unseen)).label("unseen"),
            )
            .join(FOUND, FOUND.c.item == ITEMS.c.id)
            .outerjoin(last, last.c.document == FOUND.c.id)
            .where(mine, *_by_policy())
            .group_by(ITEMS.c.batch)
        )
        wrong = case((JUDGEMENTS.c.right.is_(False), 1), else_=0)
        looked = (
            select(
                DRAWS.c.batch,
                func.count().label("drawn"),
                func.count(JUDGEMENTS.c.id).label("looked"),
                func.sum(wrong).label("wrong"),
            )
            .outerjoin(last, last.c.document == DRAWS.c.document)
            .outerjoin(JUDGEMENTS, JUDGEMENTS.c.id == last.c.id)
            .where(DRAWS.c.job == job)
            .group_by(DRAWS.c.batch)
        )
        rows: dict[str, dict[str, int]] = {}
        for query in (batches, documents, looked):
            for row in self._rows(query):
                counted = {name: int(value or 0) for name, value in row._mapping.items() if name != "batch"}
                rows.setdefault(row.batch, {}).update(counted)
        return [
            BatchCount(batch, growing=bool(counted.pop("growing", 0)), **counted)
            for batch, counted in sorted(rows.items())
        ]

    # -- the database ---------------------------------------------------------------------------------------------

    def _accepted(self, job: str, *where: ColumnElement[bool]) -> Iterator[Paper]:
        """Stored documents that policy accepted; the same content twice in a job is one document."""
        before: set[str] = set()
        for paper in self._papers(job, *_by_policy(), *where):
            if paper.found.id not in before:
                before.add(paper.found.id)
                yield paper

    def _papers(self, job: str, *where: ColumnElement[bool]) -> Iterator[Paper]:
        first, last = self._reach(job)
        columns = (*FOUND.c, ITEMS.c.batch, ITEMS.c.name, ITEMS.c.dossier)
        wanted = select(*columns).join(ITEMS, ITEMS.c.id == FOUND.c.item)
        wanted = wanted.where(_plainly(FOUND.c.job) == job, *where).order_by(FOUND.c.item, FOUND.c.id)
        place = (first, "")
        while True:
            beyond = (FOUND.c.item > place[0]) | (FOUND.c.id > place[1])
            rows = self._rows(wanted.where(FOUND.c.item.between(place[0], last), beyond).limit(_BATCH))
            yield from (Paper(found_of(row), row.batch, row.name, row.dossier) for row in rows)
            if len(rows) < _BATCH:
                return
            place = (rows[-1].item, rows[-1].id)

    def _reach(self, job: str) -> tuple[int, int]:
        """The first and the last number of the sources of a job; an empty reach where there are none."""
        reach = select(func.min(ITEMS.c.id).label("first"), func.max(ITEMS.c.id).label("last"))
        row = self._rows(reach.where(ITEMS.c.job == job))[0]
        return (1, 0) if row.first is None else (row.first, row.last)

    def _rows(self, wanted: Select[Any]) -> Sequence[Row[Any]]:
        self._ensure()
        with self._ledger.transaction() as connection:
            return connection.execute(wanted).all()

    def _ensure(self) -> None:
        """Make the tables, where the ledger was opened before these were known of."""
        if not self._made:
            with self._ledger.transaction() as connection:
                tables.make(connection)
            self._made = True


def _plainly(column: ColumnElement[str]) -> ColumnElement[str]:
    """The column, hidden from the indices: rows are to be found by their numbers, a page after the other, not all
    of a job put in order anew for each page.
    """
    return column.concat("")


def _by_policy() -> tuple[ColumnElement[bool], ...]:
    return FOUND.c.state == State.STORED, FOUND.c.accepted_by == POLICY


def _last(job: str) -> Subquery:
    """The number of the last judgement of each document."""
    wanted = select(JUDGEMENTS.c.document, func.max(JUDGEMENTS.c.id).label("id")).where(JUDGEMENTS.c.job == job)
    return wanted.group_by(JUDGEMENTS.c.document).subquery()


def _judgement(row: Row[Any]) -> Judgement:
    return Judgement(row.document, row.right, row.who, tuple(json.loads(row.fields)), row.note, row.at)
