"""The index on a PostgreSQL server, shared by several machines.

Words are looked up in an inverted list of the folded words, phrases in the folded text of the rows found: unlike
PostgreSQL's own text search this has no limit on the length of a document, and no rules of a language. That search
only ranks. A build lies in a schema of its own; schemas are renamed to swap it in, which takes no lock on a table, so
that readers never wait.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR, insert
from sqlalchemy.exc import DBAPIError

from pipeline.errors import IndexUnusable, SohoaError
from pipeline.settings import Database
from pipeline.storage import index_sql as sql
from pipeline.storage.database import complaints, open_engine, transaction
from pipeline.storage.index_sql import Asked

SCHEMA = "sohoa_index"
_NAME = "index"
_SESSION = {
    "search_path": SCHEMA,
    # A row's words are costly to take apart, which the planner does not know: it would rather read every row.
    "enable_seqscan": "off",
    "work_mem": "32MB",  # else the rows of a frequent word are remembered by page, and taken apart to be sure
    "jit": "off",
}
_BUILDING = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "10min",  # reading the store goes on between two statements
    "synchronous_commit": "off",
}
_MISSING = "42P01"
_BROKEN = (_MISSING, "42703", "XX001", "XX002")
"""No such table or column, damaged table or list."""
_POLL_SECONDS = 0.2
_DROP_SECONDS = 5

_LONGEST = 200
"""Letters of a word that count: a longer one does not fit into the inverted list."""
_RANKED = 64
"""Words of a question that count for the rank."""
_VECTOR_BYTES = 500_000
"""Words beyond do not count for the rank; the vector may have 1 MB."""
_PLACES = 4
"""How often a word counts in a document."""
_LAST_PLACE = 16383
_APART = " | "
"""Between the columns of a row in its folded text, so that no phrase goes over the end of one."""
_WEIGHTS = "'{0.167, 0.333, 0.667, 1}'"
"""Of the marks D, C, B, A: six times as much for the number as for the text, as in SQLite."""
_MARKS = {"title": "B", "number": "A", "agency": "C", "abstract": "B", "body": ""}

doc = sql.doc.to_metadata(MetaData())
doc.append_column(Column("folded", sql.TEXT, nullable=False))
doc.append_column(Column("marked", sql.TEXT, nullable=False))
doc.append_column(Column("vector", TSVECTOR, nullable=False))
_INDEXES = (
    "CREATE INDEX doc_words ON doc USING gin (string_to_array(folded, ' ')) WITH (fastupdate = off)",
    "CREATE INDEX doc_earlier ON doc USING gin (string_to_array(earlier, ' '))",
    "CREATE INDEX doc_digests ON doc USING gin (string_to_array(digests, ' '))",
    "CREATE INDEX doc_record_sha256 ON doc (record_sha256)",
    "CREATE INDEX doc_newest ON doc (date DESC, id)",
    "ANALYZE doc",
)
"""Made when the rows are there, which is faster."""
_STORAGE = "ALTER TABLE doc " + ", ".join(f"ALTER {name} SET STORAGE MAIN" for name in ("folded", "marked", "vector"))
"""What is looked at for every row found stands in the row if it can."""
_COMPRESSION = """
DO $$ BEGIN
    IF 'lz4' = ANY ((SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression')::text[]) THEN
        ALTER TABLE doc ALTER folded SET COMPRESSION lz4, ALTER marked SET COMPRESSION lz4;
    END IF;
END $$
"""
"""Where the server has it, rows are read three times as fast."""


class Server:
    """The index in the schema ``sohoa_index`` of a database. A process that was forked connects anew."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engines: dict[int, Engine] = {}

    @property
    def _engine(self) -> Engine:
        process = os.getpid()
        if process not in self._engines:
            self._engines[process] = open_engine(self._database, Path(), session=_SESSION)
        return self._engines[process]

    # -- statements ---------------------------------------------------------------------------------------------

    def put(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Insert or replace the document of that id; an older version does not replace a newer one."""
        values, said = sql.prepared(values)
        folded = {key: _cut(sql.folded(value)) for key, value in said.items()}
        marked = [" ".join(_cut(sql.marked(value))) for value in said.values()]
        values["folded"] = f" {_APART.join(' '.join(words) for words in folded.values())} "
        values["marked"] = f" {_APART.join(marked)} "
        values["vector"] = cast(literal(_vector(folded), Text), TSVECTOR)
        new = insert(doc).values(values)
        statement = new.on_conflict_do_update(
            index_elements=[doc.c.id],
            set_={key: new.excluded[key] for key in values if key != "id"},
            where=new.excluded.version >= doc.c.version,
        )
        connection.execute(statement)

    def search(self, connection: Connection, asked: Asked, limit: int, offset: int) -> Sequence[Row[Any]]:
        """See :meth:`pipeline.storage.index_sql.Home.search`."""
        statement = statement_for(asked)
        return [] if statement is None else connection.execute(sql.part(statement, limit, offset)).all()

    def holds(self, column: Column[str], word: str) -> ColumnElement[bool]:
        """Whether ``word`` is among the words, parted by blanks, of ``column``."""
        return _words_of(column).contains(cast([word], ARRAY(Text)))

    # -- the server ---------------------------------------------------------------------------------------------

    def wanting(self) -> bool:
        """Whether there is no index yet, or one of an earlier version of the program.

        One of a later version is left to the machines that have that already.

        Raises:
            DatabaseDown: the server cannot be used.
        """
        with transaction(self._engine, _NAME) as connection:
            if connection.execute(select(func.to_regclass(f"{SCHEMA}.about"))).scalar_one() is None:
                return True
            version = connection.execute(select(sql.about.c.value).where(sql.about.c.name == "schema")).scalar()
            return not (version or "").isdecimal() or int(version or "") < int(sql.SCHEMA)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process of all machines at a time gets in here.

        Raises:
            DatabaseDown: the server cannot be used.
        """
        with complaints(_NAME), self._own() as connection:
            while not connection.execute(select(func.pg_try_advisory_lock(_key("alone")))).scalar_one():
                connection.commit()
                time.sleep(_POLL_SECONDS)
            connection.commit()
            yield

    @contextmanager
    def open(self, *, writing: bool) -> Iterator[Connection]:
        """A connection for one call; what was done with it is kept at the end.

        Raises:
            IndexUnusable: there is no index, it is damaged or of another version.
            DatabaseDown: the server cannot be used.
            DiskFull: no room.
        """
        with transaction(self._engine, _NAME) as connection:
            if writing:  # while a rebuild is being finished, which may take longer than a statement is allowed to
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(select(func.pg_advisory_xact_lock_shared(_key("write"))))
                connection.execute(text(f"SET LOCAL statement_timeout = {int(self._database.seconds * 1000)}"))
            try:
                sql.check(connection)
                yield connection
            except DBAPIError as error:
                state = str(getattr(error.orig, "sqlstate", ""))
                if state not in _BROKEN:
                    raise
                what = "chưa có / missing" if state == _MISSING else state
                raise IndexUnusable(what=what) from error

    @contextmanager
    def build(self) -> Iterator[tuple[Connection, sql.Swap]]:
        """An empty index beside the one in use; within what the second gives nobody writes, at its end it is in use.

        Raises:
            DatabaseDown: the server cannot be used, or allows no schema to be made.
            DiskFull: no room on the server.
        """
        name = f"{SCHEMA}_{secrets.token_hex(4)}"
        with complaints(_NAME), self._own() as connection:
            self._sweep(connection)
            connection.execute(select(func.pg_advisory_lock(_key(name))))  # says that this builder is alive
            for setting, value in {**_BUILDING, "search_path": name}.items():
                connection.execute(text(f"SET {setting} = '{value}'"))
            try:
                connection.execute(text(f"CREATE SCHEMA {name}"))
                sql.create(connection, doc)
                connection.execute(text(_STORAGE))
                connection.execute(text(_COMPRESSION))
                connection.commit()

                @contextmanager
                def swap() -> Iterator[None]:
                    for statement in _INDEXES:
                        connection.execute(text(statement))
                    connection.commit()
                    connection.execute(select(func.pg_advisory_lock(_key("write"))))
                    connection.commit()  # the lock stays, and no transaction lies idle while the store is read
                    yield
                    self._swap(connection, name)

                yield connection, swap
            finally:
                with suppress(DBAPIError, SohoaError):
                    connection.rollback()
                    _drop(connection, name)

    def _swap(self, connection: Connection, name: str) -> None:
        """Put the schema ``name`` in the place of the one in use; the old one gets the other's name."""
        spare = f"{SCHEMA}_{secrets.token_hex(4)}"
        connection.execute(text("SET LOCAL synchronous_commit = on"))
        used = connection.execute(select(func.to_regnamespace(SCHEMA))).scalar_one() is not None
        if used:
            connection.execute(text(f"ALTER SCHEMA {SCHEMA} RENAME TO {spare}"))
        connection.execute(text(f"ALTER SCHEMA {name} RENAME TO {SCHEMA}"))
        if used:
            connection.execute(text(f"ALTER SCHEMA {spare} RENAME TO {name}"))
        connection.commit()
        connection.execute(select(func.pg_advisory_unlock(_key("write"))))
        connection.commit()

    def _sweep(self, connection: Connection) -> None:
        """Remove what killed builders left."""
        found = text("SELECT nspname FROM pg_namespace WHERE nspname ~ :form")
        for name in connection.execute(found, {"form": f"^{SCHEMA}_[0-9a-f]{{8}}$"}).scalars().all():
            if connection.execute(select(func.pg_try_advisory_lock(_key(name)))).scalar_one():
                with suppress(DBAPIError):
                    _drop(connection, name)
                connection.rollback()
                connection.execute(select(func.pg_advisory_unlock(_key(name))))
            connection.commit()

    @contextmanager
    def _own(self) -> Iterator[Connection]:
        """A connection that is closed in the end, with all its locks and settings."""
        with self._engine.connect() as connection:
            connection.detach()
            yield connection


_BROAD = {
    **sql.named,
    "type": literal_column("(doc.type || '')", Text),
    "date": literal_column("(doc.date || '')", Text),
}
"""Columns by which many rows are alike, in a form that is not looked up: words are the narrower way."""


def statement_for(asked: Asked) -> Select[Any] | None:
    """The statement that answers ``asked``; ``None`` when it has no letter or digit to look for."""
    chunks = sql.chunks(sql.clean(asked.words))
    if not chunks and asked.words.strip():
        return None
    columns: list[ColumnElement[Any]] = [doc.c[column.name] for column in sql.doc.columns]
    if not chunks:
        newest = select(*columns, literal_column("0.0").label("rank")).where(*sql.conditions(asked))
        return newest.order_by(doc.c.date.desc(), doc.c.id)
    phrases = [_cut(sql.folded(chunk)) for chunk in chunks]
    words = list(dict.fromkeys(chain(*phrases)))
    query = " | ".join(f"'{word}'" for word in words[:_RANKED])
    rank = -func.ts_rank(literal_column(_WEIGHTS), doc.c.vector, cast(literal(query, Text), TSQUERY), 1)
    match = [_words_of(doc.c.folded).contains(cast(words, ARRAY(Text)))]
    match += [_phrase(doc.c.folded, phrase) for phrase in phrases if len(phrase) > 1]
    found = select(*columns, rank.label("rank")).where(*match, *sql.conditions(asked, _BROAD))
    return found.order_by(*_preferred(chunks), text("rank"), doc.c.id)


def _preferred(chunks: Sequence[str]) -> list[ColumnElement[Any]]:
    """What goes before the rank, the better the lower.

    What follows from a condition that holds is not looked at: a frequent word is in every row, and looking takes time.
    """
    folded, marked = [_cut(sql.folded(chunk)) for chunk in chunks], [_cut(sql.marked(chunk)) for chunk in chunks]
    exact = and_(*(_phrase(doc.c.marked, phrase) for phrase in marked))
    if len(chunks) == 1:
        return [case((exact, 0), else_=1)] if folded != marked else []
    together = _phrase(doc.c.folded, [*chain(*folded)])
    if folded == marked:
        return [case((together, 0), else_=1)]
    both = _phrase(doc.c.marked, [*chain(*marked)])
    return [case((both, 0), (together, case((exact, 1), else_=2)), (exact, 3), else_=4)]


def _phrase(column: Column[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Whether the words stand together. LIKE would take three times as long."""
    return func.strpos(column, f" {' '.join(words)} ") > 0


def _words_of(column: Column[str]) -> ColumnElement[Any]:
    """As it stands in the index: written otherwise it would not be looked up there."""
    return func.string_to_array(column, literal_column("' '"), type_=ARRAY(Text))


def _cut(words: Sequence[str]) -> list[str]:
    return [word[:_LONGEST] for word in words]


def _vector(said: Mapping[str, Sequence[str]]) -> str:
    """The words that count for the rank, with places and weights, as PostgreSQL writes them.

    A word that is only in the text, and there once, counts nothing: rows stay short, which is what ranking takes its
    time for. Words are letters and digits, so quoting them cannot fail.
    """
    places: dict[str, list[str]] = {}
    often = Counter(chain(*said.values()))
    size = place = 0
    for name, words in said.items():
        for word in words:
            place += 1
            if often[word] == 1 and not _MARKS[name]:
                continue
            found = places.setdefault(word, [])
            size += 2 if found else len(word.encode()) + 10
            if len(found) < _PLACES and size < _VECTOR_BYTES:
                found.append(f"{min(place, _LAST_PLACE)}{_MARKS[name]}")
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items() if found)


def _key(name: str) -> int:
    """The number of a lock."""
    return int.from_bytes(hashlib.sha256(f"{SCHEMA} {name}".encode()).digest()[:8], signed=True)


def _drop(connection: Connection, name: str) -> None:
    """Remove the schema ``name`` if there is one.

    Readers that still have the old index open are waited for; they lock ``about`` first, so it is done here as well.
    """
    if connection.execute(select(func.to_regnamespace(name))).scalar_one() is not None:
        connection.execute(text(f"SET LOCAL lock_timeout = '{_DROP_SECONDS}s'"))
        if connection.execute(select(func.to_regclass(f"{name}.about"))).scalar_one() is not None:
            connection.execute(text(f"LOCK TABLE {name}.about"))
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    connection.commit()
