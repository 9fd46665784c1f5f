"""The SQL of the index: tables, upsert and search in SQLite with FTS5. Nothing else in the program knows it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

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
    TextClause,
    and_,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy import Index as TableIndex
from sqlalchemy.dialects.sqlite import insert

from pipeline.vietnamese import fold, nfc

SCHEMA = "2"
"""Changes whenever an index of before cannot be used any more."""

_tables = MetaData()
about = Table("about", _tables, Column("name", String, primary_key=True), Column("value", String, nullable=False))
doc = Table(
    "doc",
    _tables,
    Column("row", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    *(
        Column(name, String, nullable=False)
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
_doc = {column.name: literal_column(f"doc.{column.name}", column.type) for column in doc.columns}
"""The columns by name alone: the join is spelled out in :func:`statement_for` and must not be added once more."""
_FTS = """
CREATE VIRTUAL TABLE fts USING fts5(
    title, number, agency, abstract, body, marked, tokenize = "unicode61 remove_diacritics 0"
)
"""
"""All columns are folded by ourselves, except ``marked``: the words with their diacritics, for exact hits."""

_FOLDED = "{title number agency abstract body}"
_WEIGHTS = "4.0, 6.0, 2.0, 4.0, 1.0, 0.0"
_MOST_WORDS = 64
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


def create(connection: Connection) -> None:
    """Make the tables in an empty database."""
    _tables.create_all(connection)
    connection.execute(text(_FTS))
    connection.execute(about.insert().values(name="schema", value=SCHEMA))


def schema(connection: Connection) -> str:
    """The version of the schema in the database."""
    return str(connection.execute(select(about.c.value).where(about.c.name == "schema")).scalar_one())


def put(connection: Connection, values: Mapping[str, Any]) -> None:
    """Insert or replace the document of that id; an older version does not replace a newer one."""
    values = {key: _clean(value) for key, value in values.items()}
    values["number_key"] = number_key(values["number"])
    new = insert(doc).values(values)
    statement = new.on_conflict_do_update(
        index_elements=[doc.c.id],
        set_={key: new.excluded[key] for key in values if key != "id"},
        where=new.excluded.version >= doc.c.version,
    )
    row = connection.execute(statement.returning(doc.c.row)).scalar_one_or_none()
    if row is None:
        return
    said = {
        "title": f"{values['title']} {values['type_name']}",
        "number": f"{values['number']} {values['number_key']} {values['code']} {values['dossier']} {values['owner']}",
        "agency": values["agency"],
        "abstract": values["abstract"],
        "body": values["body"],
    }
    columns = {key: " ".join(_folded(value)) for key, value in said.items()}
    columns["marked"] = " ".join(word for value in said.values() for word in _marked(value))
    connection.execute(text("DELETE FROM fts WHERE rowid = :row"), {"row": row})
    connection.execute(
        text(
            "INSERT INTO fts (rowid, title, number, agency, abstract, body, marked)"
            " VALUES (:row, :title, :number, :agency, :abstract, :body, :marked)"
        ),
        {"row": row, **columns},
    )


def search(connection: Connection, asked: Asked, limit: int, offset: int) -> Sequence[Row[Any]]:
    """Rows of ``doc`` with ``rank`` (the lower the better), best first.

    Before the rank goes: the words adjacent and with the very diacritics asked for, adjacent, the very diacritics.
    Without words: the newest first.
    """
    statement = statement_for(asked)
    if statement is None:
        return []
    statement = statement.limit(max(0, min(limit, 10_000))).offset(max(0, min(offset, 2**31)))
    return connection.execute(statement).all()


def statement_for(asked: Asked) -> Select[Any] | None:
    """The statement that answers ``asked``; ``None`` when it has no letter or digit to look for.

    CROSS JOIN keeps SQLite from driving the query from ``doc``: with filters on type or date it would otherwise look
    the words up again for every document of that type (seconds instead of milliseconds).
    """
    chunks = _chunks(_clean(asked.words))
    order: list[TextClause | ColumnElement[Any]]
    if chunks:
        rank, tables = f"bm25(fts, {_WEIGHTS})", "fts CROSS JOIN doc ON doc.row = fts.rowid"
        match = [text("fts MATCH :words").bindparams(words=_among(_FOLDED, [_folded(chunk) for chunk in chunks]))]
        order = [*_preferred(chunks), text("rank"), _doc["id"]]
    elif asked.words.strip():
        return None
    else:
        rank, tables, match, order = "0.0", "doc", [], [_doc["date"].desc(), _doc["id"]]
    columns: list[ColumnElement[Any]] = [literal_column("doc.*"), literal_column(rank).label("rank")]
    return select(*columns).select_from(text(tables)).where(*match, *_conditions(asked)).order_by(*order)


def where(connection: Connection, column: str, value: str) -> Sequence[Row[Any]]:
    """Rows of ``doc`` whose ``column`` is ``value``, in the order in which they were stored."""
    found = select(doc, literal_column("0.0").label("rank")).where(doc.c[column] == _clean(value))
    return connection.execute(found.order_by(doc.c.stored_at, doc.c.id)).all()


def by_record(connection: Connection, sha256: str) -> Sequence[Row[Any]]:
    """Rows of ``doc`` whose PDF, in its newest version or an earlier one, has that SHA-256."""
    word = _clean(sha256)
    if not word:
        return []
    earlier = func.instr(literal(" ") + doc.c.earlier + " ", f" {word} ") > 0
    found = select(doc, literal_column("0.0").label("rank"))
    return connection.execute(found.where(or_(doc.c.record_sha256 == word, earlier)).order_by(doc.c.id)).all()


def due(connection: Connection, before: str, ending: Collection[str], limit: int | None) -> Sequence[Row[Any]]:
    """Rows of ``doc`` whose proof is to be renewed by the day ``before``, or rests on a digest of ``ending``.

    The earliest first. Records of which no day is known are left out, unless ``before`` is empty: then only they come.
    """
    timely = and_(doc.c.renew_by > "", doc.c.renew_by <= before) if before else doc.c.renew_by == ""
    rests = [func.instr(literal(" ") + doc.c.digests + " ", f" {_clean(name)} ") > 0 for name in ending]
    found = select(doc, literal_column("0.0").label("rank")).where(or_(timely, *rests))
    return connection.execute(found.order_by(doc.c.renew_by, doc.c.id).limit(limit)).all()


def plan(connection: Connection) -> Sequence[Row[Any]]:
    """``month`` (``2027-03``, empty where no day is known), ``level``, ``digests`` and how many records (``count``)."""
    month = func.substr(doc.c.renew_by, 1, 7).label("month")
    columns = (month, doc.c.level, doc.c.digests)
    return connection.execute(select(*columns, func.count().label("count")).group_by(*columns).order_by(*columns)).all()


def _preferred(chunks: Sequence[str]) -> list[TextClause]:
    """What goes before the rank."""
    folded, marked = [_folded(chunk) for chunk in chunks], [_marked(chunk) for chunk in chunks]
    together, together_marked = [[*chain(*folded)]], [[*chain(*marked)]]
    wanted = []
    if folded != marked and len(together[0]) > 1:
        wanted.append(_among("marked", together_marked))
    if len(together[0]) > 1:
        wanted.append(_among(_FOLDED, together))
    if folded != marked:
        wanted.append(_among("marked", marked))
    among = "doc.row IN (SELECT rowid FROM fts WHERE fts MATCH :w{0}) DESC"
    return [text(among.format(n)).bindparams(**{f"w{n}": match}) for n, match in enumerate(wanted)]


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.owner:
        owner = _clean(asked.owner)
        found.append(or_(_doc["owner"] == owner, _doc["applicant"] == owner))
    if asked.type:
        found.append(_doc["type"] == _clean(asked.type))
    if asked.number:
        key = number_key(_clean(asked.number))
        # "0" is the letter after "/": a range, unlike LIKE, is looked up in the table's index.
        begins = and_(_doc["number_key"] >= f"{key}/", _doc["number_key"] < f"{key}0")
        same = or_(_doc["number_key"] == key, begins)
        found.append(same if key else false())
    if asked.date_from or asked.date_to:
        found.append(_doc["date"] >= (_clean(asked.date_from) or "0"))
    if asked.date_to:
        found.append(_doc["date"] <= _clean(asked.date_to))
    return found


def number_key(number: str) -> str:
    """A number as it is compared: ``015/QĐ-UBND`` and ``15/qd-ubnd`` alike are ``15/qd/ubnd``."""
    return "/".join(word.lstrip("0") or word for word in _folded(number))


def _folded(said: str) -> list[str]:
    return _WORD.findall(fold(said))


def _marked(said: str) -> list[str]:
    return _WORD.findall(nfc(said).lower())


def _chunks(words: str) -> list[str]:
    """What has to stand together: quoted phrases, and words between blanks (``15/QĐ-UBND``)."""
    found = [match.group(1) or match.group(2) or "" for match in _CHUNK.finditer(words)]
    return [chunk for chunk in found if _folded(chunk) and _marked(chunk)][:_MOST_WORDS]


def _among(columns: str, chunks: Sequence[Sequence[str]]) -> str:
    """An FTS5 expression asking for every chunk; words are letters and digits, so quoting them cannot fail."""
    return f"{columns} : (" + " AND ".join('"' + " ".join(chunk) + '"' for chunk in chunks) + ")"


def _clean(value: Any) -> Any:
    """Text that can be kept as UTF-8: without the halves of characters that unreadable file names leave."""
    return value.encode("utf-8", "ignore").decode() if isinstance(value, str) else value
