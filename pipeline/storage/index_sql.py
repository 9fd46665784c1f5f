"""What the SQL of the index has in common, whatever the database: tables, conditions, look-ups by one column.

Taking up and searching differ (``index_sqlite``, ``index_postgres``). Nothing else in the program knows of either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import Index as TableIndex
from sqlalchemy.exc import NoResultFound

from pipeline.errors import IndexUnusable
from pipeline.vietnamese import fold, nfc

SCHEMA = "2"
"""Changes whenever an index of before cannot be used any more."""

# Ranges of numbers and dates, and the order of ids, go by code point; the language of a server would change them.
TEXT = String().with_variant(Text(collation="C"), "postgresql")
_tables = MetaData()
about = Table("about", _tables, Column("name", String, primary_key=True), Column("value", String, nullable=False))
doc = Table(
    "doc",
    _tables,
    Column("row", Integer, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    *(
        Column(name, TEXT, nullable=False)
        for name in (
            *("code", "dossier", "procedure", "owner", "applicant", "kind", "type", "type_name"),
            *("number", "number_key", "date", "agency", "abstract", "title", "stored_at"),
            *("source_sha256", "record_sha256", "earlier", "level", "renew_by", "digests", "body"),
        )
    ),
    Column("pages", Integer, nullable=False),
    *(
        TableIndex(f"doc_{name}", name)
        for name in ("dossier", "owner", "applicant", "type", "number_key", "date", "source_sha256", "renew_by")
    ),
)
named = {column.name: literal_column(f"doc.{column.name}", column.type) for column in doc.columns}
"""The columns by name alone: the tables are spelled out where they are joined and must not be added once more."""
_MOST_WORDS = 64
_LONGEST_NUMBER = 200
"""Letters; what is longer is a misreading, and does not fit into every database's lists."""
_WORD = re.compile(r"[^\W_]+")
_CHUNK = re.compile(r"[\"“”]([^\"“”]*)[\"“”]|([^\s\"“”]+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; an empty value does not narrow. Dates are ISO 8601 and inclusive."""

    words: str = ""
    owner: str = ""
    type: str = ""
    number: str = ""
    date_from: str = ""
    date_to: str = ""


Swap = Callable[[], AbstractContextManager[None]]


class Home(Protocol):
    """Where the index is, and the SQL spoken there."""

    def put(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Insert or replace the document of that id; an older version does not replace a newer one."""

    def search(self, connection: Connection, asked: Asked, limit: int, offset: int) -> Sequence[Row[Any]]:
        """Rows of ``doc`` with ``rank`` (the lower the better), best first.

        Before the rank goes: the words adjacent and with the very diacritics asked for, adjacent, the very diacritics.
        Without words: the newest first.
        """

    def holds(self, column: Column[str], word: str) -> ColumnElement[bool]:
        """Whether ``word`` is among the words, parted by blanks, of ``column``."""

    def wanting(self) -> bool:
        """Whether there is no index yet, or one that is to be built anew for this version of the program."""

    def alone(self) -> AbstractContextManager[None]:
        """Only one process at a time gets in here, so that several that begin together build one index."""

    def open(self, *, writing: bool) -> AbstractContextManager[Connection]:
        """A connection for one call; what was done with it is kept at the end.

        Raises:
            IndexUnusable: there is no index, it is damaged or of another version.
            DatabaseDown: the server cannot be used.
            DiskFull: no room.
        """

    def build(self) -> AbstractContextManager[tuple[Connection, Swap]]:
        """An empty index beside the one in use; within what the second gives nobody writes, at its end it is in use."""


def create(connection: Connection, docs: Table = doc) -> None:
    """Make the tables in an empty database."""
    for table in (about, docs):
        table.create(connection, checkfirst=False)
    connection.execute(about.insert().values(name="schema", value=SCHEMA))


def schema(connection: Connection) -> str:
    """The version of the schema in the database."""
    return str(connection.execute(select(about.c.value).where(about.c.name == "schema")).scalar_one())


def check(connection: Connection) -> None:
    """Raise :class:`IndexUnusable` if the index is of another version of the program."""
    try:
        version = schema(connection)
    except NoResultFound:
        version = "?"
    if version != SCHEMA:
        raise IndexUnusable(what=f"phiên bản / version {version}, {SCHEMA}")


def prepared(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The columns of a document, and what is looked for in it, by the column of the words."""
    columns = {key: clean(value) for key, value in values.items()}
    columns["number_key"] = number_key(columns["number"])
    numbers = ("number", "number_key", "code", "dossier", "owner")
    said = {
        "title": f"{columns['title']} {columns['type_name']}",
        "number": " ".join(columns[name] for name in numbers),
        "agency": columns["agency"],
        "abstract": columns["abstract"],
        "body": columns["body"],
    }
    return columns, said


def part(statement: Select[Any], limit: int, offset: int) -> Select[Any]:
    """``limit`` rows of the answer behind the first ``offset``, whatever numbers these are."""
    return statement.limit(max(0, min(limit, 10_000))).offset(max(0, min(offset, 2**31)))


def where(connection: Connection, column: str, value: str) -> Sequence[Row[Any]]:
    """Rows of ``doc`` whose ``column`` is ``value``, in the order in which they were stored."""
    found = select(doc, literal_column("0.0").label("rank")).where(doc.c[column] == clean(value))
    return connection.execute(found.order_by(doc.c.stored_at, doc.c.id)).all()


def by_record(home: Home, connection: Connection, sha256: str) -> Sequence[Row[Any]]:
    """Rows of ``doc`` whose PDF, in its newest version or an earlier one, has that SHA-256."""
    word = clean(sha256)
    if not word:
        return []
    earlier = home.holds(doc.c.earlier, word)
    found = select(doc, literal_column("0.0").label("rank"))
    return connection.execute(found.where(or_(doc.c.record_sha256 == word, earlier)).order_by(doc.c.id)).all()


def due(
    home: Home, connection: Connection, before: str, ending: Collection[str], limit: int | None
) -> Sequence[Row[Any]]:
    """Rows of ``doc`` whose proof is to be renewed by the day ``before``, or rests on a digest of ``ending``.

    The earliest first. Records of which no day is known are left out, unless ``before`` is empty: then only they come.
    """
    timely = and_(doc.c.renew_by > "", doc.c.renew_by <= before) if before else doc.c.renew_by == ""
    rests = [home.holds(doc.c.digests, clean(name)) for name in ending]
    found = select(doc, literal_column("0.0").label("rank")).where(or_(timely, *rests))
    return connection.execute(found.order_by(doc.c.renew_by, doc.c.id).limit(limit)).all()


def plan(connection: Connection) -> Sequence[Row[Any]]:
    """``month`` (``2027-03``, empty where no day is known), ``level``, ``digests`` and how many records (``count``)."""
    month = func.substr(doc.c.renew_by, 1, 7).label("month")
    columns = (month, doc.c.level, doc.c.digests)
    return connection.execute(select(*columns, func.count().label("count")).group_by(*columns).order_by(*columns)).all()


def conditions(asked: Asked, named: Mapping[str, ColumnElement[Any]] = named) -> list[ColumnElement[bool]]:
    """What the filters demand of a row of ``doc``, whose columns are ``named``."""
    found: list[ColumnElement[bool]] = []
    if asked.owner:
        owner = clean(asked.owner)
        found.append(or_(named["owner"] == owner, named["applicant"] == owner))
    if asked.type:
        found.append(named["type"] == clean(asked.type))
    if asked.number:
        key = number_key(clean(asked.number))
        # "0" is the letter after "/": a range, unlike LIKE, is looked up in the table's index.
        begins = and_(named["number_key"] >= f"{key}/", named["number_key"] < f"{key}0")
        same = or_(named["number_key"] == key, begins)
        found.append(same if key else false())
    if asked.date_from or asked.date_to:
        found.append(named["date"] >= (clean(asked.date_from) or "0"))
    if asked.date_to:
        found.append(named["date"] <= clean(asked.date_to))
    return found


def number_key(number: str) -> str:
    """A number as it is compared: ``015/QĐ-UBND`` and ``15/qd-ubnd`` alike are ``15/qd/ubnd``."""
    return "/".join(word.lstrip("0") or word for word in folded(number))[:_LONGEST_NUMBER]


def folded(said: str) -> list[str]:
    """The words of ``said`` as they are looked for: lower case, without diacritics."""
    return _WORD.findall(fold(said))


def marked(said: str) -> list[str]:
    """The words of ``said`` in lower case, with their diacritics."""
    return _WORD.findall(nfc(said).lower())


def chunks(words: str) -> list[str]:
    """What has to stand together: quoted phrases, and words between blanks (``15/QĐ-UBND``)."""
    found = [match.group(1) or match.group(2) or "" for match in _CHUNK.finditer(words)]
    return [chunk for chunk in found if folded(chunk) and marked(chunk)][:_MOST_WORDS]


def clean(value: Any) -> Any:
    """Text that every database keeps: without NUL and the halves of characters that unreadable file names leave."""
    return value.encode("utf-8", "ignore").decode().replace("\0", " ") if isinstance(value, str) else value
