"""The tables of the ledger, and how their rows become nouns.

Other parts of the ledger may add tables of their own to ``METADATA``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import Dialect

from pipeline.dossier import Dossier, Kind, Text
from pipeline.errors import DatabaseDown
from pipeline.work.ledger.nouns import Beat, Found, Item, ItemState, Job, JobState, Urgency

SCHEMA = 2
"""Version of the tables; an earlier one is brought up to it, a later one is not used."""
_SINCE = {
    2: (
        "ALTER TABLE item ADD COLUMN read_at DOUBLE PRECISION DEFAULT 0 NOT NULL",
        "ALTER TABLE item ADD COLUMN read_by VARCHAR DEFAULT '' NOT NULL",
    )
}
"""What came with each version."""
OPEN, TAKEN, READ = "open", "taken", "read"
"""States of a page."""
_ESCAPED = "\x01"
_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself in columns of INTEGER only
_RACE = 0x50F0A


class Words(TypeDecorator[str]):
    """Text of any kind, also such as no database takes: names of files that are not UTF-8, the character NUL."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - given by the library
        """Escape what cannot be stored as it is."""
        if value is None:
            return None
        plain = str(value)  # members of enumerations too
        if "\0" not in plain and not plain.startswith(_ESCAPED) and (plain.isascii() or _is_unicode(plain)):
            return plain
        return _ESCAPED + json.dumps(plain)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Undo it."""
        if value is None or not value.startswith(_ESCAPED):
            return value
        return str(json.loads(value[len(_ESCAPED) :]))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _words(name: str, **options: Any) -> Column[str]:
    return Column(name, Words, nullable=False, default="", **options)


def _seconds(name: str) -> Column[float]:
    return Column(name, Double, nullable=False, default=0.0)


def _count(name: str) -> Column[int]:
    return Column(name, _NUMBER, nullable=False, default=0)


METADATA = MetaData()
VERSION = Table("ledger_version", METADATA, Column("version", Integer, nullable=False))
JOBS = Table(
    "job",
    METADATA,
    Column("id", Words, primary_key=True),
    _words("kind"),
    _words("name", index=True),
    Column("urgency", Integer, nullable=False),
    _words("state", index=True),
    _seconds("created_at"),
    _words("options"),
)
ITEMS = Table(
    "item",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    Column("job", Words, ForeignKey("job.id"), nullable=False),
    _words("origin"),
    Column("origin_key", String(32), nullable=False),
    _words("name"),
    _words("dossier"),
    _words("procedure"),
    _words("owner"),
    _words("kind"),
    _words("state"),
    Column("urgency", Integer, nullable=False),
    Column("turn", Integer, nullable=True),
    _words("sha256"),
    _count("size"),
    _count("pages"),
    _words("batch"),
    _count("attempts"),
    _words("doing"),
    _words("worker"),
    _words("token"),
    _seconds("lease_until"),
    _seconds("again_at"),
    _words("back"),
    _words("reason"),
    _words("reason_vi"),
    _words("reason_en"),
    _words("timings"),
    _seconds("read_at"),
    _words("read_by"),
    _seconds("created_at"),
    _seconds("changed_at"),
    UniqueConstraint("job", "origin_key"),
)
"""``turn`` puts in order what workers may claim (see ``turn_of``), NULL: nothing to claim. ``back`` is the state a
parked source returns to. A path may be longer than an index takes, so ``origin_key`` stands for it."""
PAGES = Table(
    "page",
    METADATA,
    Column("item", _NUMBER, ForeignKey("item.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("job", Words, nullable=False),
    _words("state"),
    Column("turn", Integer, nullable=True),
    _words("worker"),
    _words("token"),
    _seconds("lease_until"),
    _count("deaths"),
)
"""Pages of sources that are being read. ``turn`` NULL: not for others than the one who has the source."""
FOUND = Table(
    "found",
    METADATA,
    Column("item", _NUMBER, ForeignKey("item.id"), primary_key=True),
    Column("id", Words, primary_key=True),
    Column("job", Words, nullable=False),
    _words("state"),
    _words("type"),
    _count("pages"),
    _count("doubtful"),
    _words("accepted_by"),
    _words("reason"),
    _count("bytes"),
)
BEATS = Table(
    "beat",
    METADATA,
    Column("name", Words, primary_key=True),
    _words("host"),
    _count("pid"),
    _words("doing"),
    _seconds("started_at"),
    _seconds("seen_at"),
    _count("pages"),
    _count("documents"),
    _seconds("pages_per_minute"),
)

Index(
    "item_turn",
    ITEMS.c.turn,
    ITEMS.c.id,
    sqlite_where=ITEMS.c.turn.is_not(None),
    postgresql_where=ITEMS.c.turn.is_not(None),
)
Index("item_state", ITEMS.c.job, ITEMS.c.state, ITEMS.c.id, ITEMS.c.pages)
Index("item_dossier", ITEMS.c.job, ITEMS.c.dossier, ITEMS.c.state)
Index("item_sha256", ITEMS.c.sha256)
Index("item_lease", ITEMS.c.lease_until, sqlite_where=ITEMS.c.token != "", postgresql_where=ITEMS.c.token != "")
Index(
    "page_turn",
    PAGES.c.turn,
    PAGES.c.item,
    PAGES.c.number,
    sqlite_where=PAGES.c.turn.is_not(None),
    postgresql_where=PAGES.c.turn.is_not(None),
)
Index("found_job", FOUND.c.job, FOUND.c.state, FOUND.c.type)


def make(connection: Connection) -> None:
    """Make the tables that are missing; processes that do so at once wait for each other.

    Raises:
        DatabaseDown: the tables are those of a later version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_RACE)))
    METADATA.create_all(connection)
    version = connection.execute(select(VERSION.c.version)).scalar()
    if version is None:
        connection.execute(insert(VERSION).values(version=SCHEMA))
    elif version > SCHEMA:
        raise DatabaseDown(what=f"ledger: version {version}, not {SCHEMA}")
    elif version < SCHEMA:
        for later in range(version + 1, SCHEMA + 1):
            for change in _SINCE[later]:
                connection.execute(text(change))
        connection.execute(update(VERSION).values(version=SCHEMA))


def origin_key(origin: str) -> str:
    """What stands for an origin in the index."""
    return hashlib.sha256(origin.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def job_of(row: Row[Any]) -> Job:
    """The job in a row."""
    return Job(
        row.id, row.kind, row.name, Urgency(row.urgency), JobState(row.state), row.created_at, json.loads(row.options)
    )


def item_of(row: Row[Any]) -> Item:
    """The source in a row."""
    return Item(
        id=row.id,
        job=row.job,
        origin=row.origin,
        name=row.name,
        dossier=Dossier(row.dossier, row.procedure, row.owner, Kind(row.kind)),
        state=ItemState(row.state),
        urgency=Urgency(row.urgency),
        sha256=row.sha256,
        size=row.size,
        pages=row.pages,
        batch=row.batch,
        attempts=row.attempts,
        doing=row.doing,
        worker=row.worker,
        lease_until=row.lease_until,
        again_at=row.again_at,
        reason=row.reason,
        reason_text=Text(row.reason_vi, row.reason_en),
        timings=json.loads(row.timings or "{}"),
        read_at=row.read_at,
        read_by=row.read_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def found_of(row: Row[Any]) -> Found:
    """The document in a row."""
    return Found(row.id, row.state, row.type, row.pages, row.doubtful, row.accepted_by, row.reason, row.bytes)


def found_row(item: int, job: str, found: Found) -> Mapping[str, object]:
    """The row of a document."""
    return {
        "item": item,
        "id": found.id,
        "job": job,
        "state": found.state,
        "type": found.type,
        "pages": found.pages,
        "doubtful": found.doubtful,
        "accepted_by": found.accepted_by,
        "reason": found.reason,
        "bytes": found.bytes,
    }


def beat_of(row: Row[Any]) -> Beat:
    """The beat in a row."""
    return Beat(**row._mapping)
