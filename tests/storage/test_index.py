"""Searching: folded, ranked, filtered, never upset by what is asked, and alike in a file and on a server."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Select, create_engine, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.dossier import Proof
from pipeline.settings import Database
from pipeline.storage import Index, index_postgres, index_sql, index_sqlite, manifest
from pipeline.storage.database import open_engine
from pipeline.vietnamese import fold
from tests.fixtures.postgres import PostgresServer
from tests.storage.documents import OWNER, document
from tests.storage.indexes import Place, add, empty, ids

unhurried = hypothesis.settings(deadline=None)
WORDS = "quyết định cấp giấy phép xây dựng đường Hòa Bình hoà đất Ước ước ban nhân dân 15 2020 ĐẤT".split()


@pytest.fixture
def index(place: Place) -> Index:
    return empty(place.path, place.database)


# -- words ------------------------------------------------------------------------------------------------------


FOUND = [
    "đường Hòa Bình",
    "duong hoa binh",
    "ĐƯỜNG HOÀ BÌNH",
    "đường hoà bình",
    "Bình đường",
    "Ước",
    "uoc",
    "ước",
    '"hoa binh"',
    "bình, (đường)",
    "15/QĐ-UBND",
    "15/qd-ubnd",
    "qd ubnd",
    OWNER,
]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_found_with_and_without_diacritics(index: Index, tmp_path: Path, form: str) -> None:
    body = unicodedata.normalize(form, "Số 3 đường Hòa Bình\nông Ước")
    wanted = add(index, tmp_path, 1, text=body, number="15/QĐ-UBND")
    add(index, tmp_path, 2, text="Số 3 phố khác", number="16/CV-SXD", owner="")
    for words in FOUND:
        assert ids(index, unicodedata.normalize(form, words)) == [wanted], words


def test_not_found(index: Index, tmp_path: Path) -> None:
    add(index, tmp_path, 1, text="Số 3 đường Hòa Bình")
    for words in ("đường hoà bình 4", '"bình đường"', "hoabinh", "?!…", "-", '""', "duo", "a\0b"):
        assert ids(index, words) == [], words


def test_exact_diacritics_and_adjacent_words_come_first(index: Index, tmp_path: Path) -> None:
    apart = add(index, tmp_path, 1, text="bình an trên đất lạ và hòa thuận, bình an, hòa thuận, bình an, hòa thuận")
    other = add(index, tmp_path, 2, text="hoa binh " * 5)
    exact = add(index, tmp_path, 3, text="một tờ giấy dài nói nhiều chuyện khác rồi mới tới hòa bình " + "và nữa " * 50)
    none = add(index, tmp_path, 4, text="hoa và binh " * 5)
    assert ids(index, "hòa bình") == [exact, other, apart, none]
    assert set(ids(index, "hoa binh")[:2]) == {exact, other}
    assert ids(index, '"hòa bình"') == [exact, other]


def test_title_and_number_weigh_more_than_the_body(index: Index, tmp_path: Path) -> None:
    body = add(index, tmp_path, 1, text="nói về khai sinh", abstract="", title="")
    title = add(index, tmp_path, 2, text="khác", abstract="", title="Giấy khai sinh")
    assert ids(index, "khai sinh") == [title, body]


def test_snippet_shows_the_place_as_printed(index: Index, tmp_path: Path) -> None:
    add(index, tmp_path, 1, text="mở đầu " * 100 + "\nđường Hòa\nBình, phường Thí Điểm " + "kết thúc " * 100)
    for words in ("duong hoa binh", "hoà bình đường", "THÍ điểm"):
        snippet = index.search(words)[0].snippet
        assert "đường Hòa Bình, phường Thí Điểm" in snippet
        assert snippet.startswith("… ")
        assert snippet.endswith(" …")
        assert len(snippet) < 200
    assert index.search("15/QĐ-UBND")[0].snippet == ""
    assert index.search()[0].snippet == ""


@unhurried
@given(
    st.text(max_size=60)
    | st.text(alphabet="\"*():^-+{}AND OR NOT NEAR'\\%_đĐư\x00;,", max_size=40)
    | st.lists(st.sampled_from(WORDS), max_size=120).map(" ".join)
)
def test_anything_may_be_asked(one: Index, words: str) -> None:
    for hit in one.search(words, owner=words, number=words, type=words, date_from=words, date_to=words):
        assert hit.id
    one.search(words)
    one.search(f'"{words}')


@pytest.fixture(scope="module")
def one(lasting: Place) -> Index:
    """An index with one document, only read."""
    made = empty(lasting.path, lasting.database)
    add(made, lasting.path.parent, 1)
    return made


def test_halves_of_characters_do_no_harm(index: Index, tmp_path: Path) -> None:
    wanted = add(index, tmp_path, 1, text="giấy \udcc4 phép", title="\udcff")
    assert ids(index, "giay \udcc4 phep") == [wanted]


@hypothesis.settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), st.data())
def test_whatever_was_written_is_found_by_any_of_its_words(
    shelf: tuple[Index, Path], words: list[str], data: st.DataObject
) -> None:
    index, folder = shelf
    wanted = add(index, folder, " ".join(words), text=" ".join(words))
    asked = data.draw(st.permutations(words))[:4]
    change = data.draw(st.sampled_from([str, str.upper, str.lower, fold]))
    found = ids(index, change(" ".join(asked)), limit=10_000)
    assert wanted in found
    phrase = ids(index, f'"{change(" ".join(words))}"', limit=10_000)
    assert wanted in phrase
    assert set(phrase) <= set(ids(index, " ".join(words), limit=10_000))


SAID = st.text(alphabet="aàáạăắâấđĐeêếoơờôuưựyỳ 0159/-.,|%_'\"\\\0\udcc4ABCnghtxß\n\t", max_size=80) | st.lists(
    st.sampled_from(WORDS), max_size=12
).map(" ".join)


@hypothesis.settings(deadline=None, max_examples=40)
@given(st.lists(SAID, min_size=1, max_size=3), SAID, SAID, st.data())
def test_a_file_and_a_server_find_the_same(
    both: tuple[Index, Index], texts: list[str], number: str, title: str, data: st.DataObject
) -> None:
    folder = both[0].path.parent
    for seed, said in enumerate(texts):
        for index in both:
            add(index, folder, seed, text=said, number=number, title=title, date=f"2020-01-{seed + 1:02}")
    piece = data.draw(st.sampled_from([*texts, number, title]))
    start = data.draw(st.integers(0, len(piece)))
    words = data.draw(st.sampled_from(["{}", '"{}"', "{} giay"])).format(piece[start : start + 20])
    filed, served = (index.search(words, number=number if start % 2 else "") for index in both)
    assert {hit.id: hit for hit in filed} == {hit.id: hit for hit in served}
    assert [hit.id for hit in both[0].search()] == [hit.id for hit in both[1].search()]


@pytest.fixture(scope="module")
def both(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Index]]:
    """The same index in a file and on a server."""
    folder = tmp_path_factory.mktemp("both")
    with contextmanager(postgres.database)() as database:
        yield empty(folder / "index.db"), empty(folder / "server", database)


@pytest.fixture(scope="module")
def shelf(lasting: Place) -> tuple[Index, Path]:
    """An index that fills up."""
    return empty(lasting.path, lasting.database), lasting.path.parent


# -- filters ----------------------------------------------------------------------------------------------------


def test_filters(index: Index, tmp_path: Path) -> None:
    a = add(index, tmp_path, "a", number="15/QĐ-UBND", date="2020-03-05", type="quyet_dinh", owner=OWNER)
    b = add(index, tmp_path, "b", number="015/2021/QĐ-UBND", date="2021-01-01", type="quyet_dinh", owner="0100109106")
    c = add(index, tmp_path, "c", number="151/CV", date="", type="cong_van", owner="")
    for words in ("", "giay phep"):
        assert set(ids(index, words)) == {a, b, c}
        assert ids(index, words, owner=OWNER) == [a]
        assert set(ids(index, words, type="quyet_dinh")) == {a, b}
        assert set(ids(index, words, number="15")) == {a, b}
        assert ids(index, words, number="15/qd-ubnd") == [a]
        assert ids(index, words, number="15/2021/QĐ-UBND") == [b]
        assert ids(index, words, number="1") == []
        assert ids(index, words, date_from="2020-12-31") == [b]
        assert ids(index, words, date_to="2020-12-31") == [a]
        assert ids(index, words, date_from="2020-03-05", date_to="2020-03-05") == [a]
        assert ids(index, words, type="quyet_dinh", owner="0100109106", date_from="2021-01-01") == [b]
        assert ids(index, words, limit=0) == []
        assert ids(index, words, limit=-1, offset=-1) == []
        assert ids(index, words, limit=2) + ids(index, words, limit=2, offset=2) == ids(index, words)
    assert ids(index) == [b, a, c]


def test_filters_are_no_patterns(index: Index, tmp_path: Path) -> None:
    add(index, tmp_path, 1, number="")
    add(index, tmp_path, 2, number="15/QĐ-UBND")
    for sign in ("%", "_", "/", "1_", "1%", "15/%d"):
        assert ids(index, number=sign) == []
    assert ids(index, owner="%") == ids(index, type="%") == []


def test_by_source_and_by_dossier(index: Index, tmp_path: Path) -> None:
    first = add(index, tmp_path, 1, source_sha256="aa", dossier="D1")
    second = add(index, tmp_path, 2, source_sha256="aa", dossier="D2")
    assert {hit.id for hit in index.by_source("aa")} == {first, second}
    assert [hit.id for hit in index.by_dossier("D2")] == [second]
    assert index.by_source("bb") == index.by_dossier("") == []


def test_taken_up_again_is_there_once(index: Index, tmp_path: Path) -> None:
    add(index, tmp_path, 1, text="chữ cũ")
    add(index, tmp_path, 1, text="chữ mới")
    assert index.count() == 1
    assert ids(index, "cũ") == []
    assert len(ids(index, "mới")) == 1


def test_an_older_version_does_not_replace_a_newer_one(index: Index, tmp_path: Path) -> None:
    made = document(tmp_path)
    described = manifest.describe(made, 2, "", [])
    index.add(replace(described, code="new"), made.readings)
    index.add(replace(described, version=1, code="old"), made.readings)
    assert [hit.code for hit in index.search()] == ["new"]


@pytest.mark.parametrize("words", ["giấy phép", "giay", "giấy phép xây dựng"])
def test_sqlite_looks_words_up_once_whatever_the_filters(tmp_path: Path, words: str) -> None:
    """SQLite must go from the words to the documents: the other way it looks them up for every document of a type."""

    def plan(statement: str) -> list[str]:
        with create_engine(f"sqlite:///{index.path}").connect() as connection:
            steps = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))]
        return [step for step in steps if step.startswith(("SCAN", "SEARCH"))][:2]

    index = empty(tmp_path / "index.db")
    add(index, tmp_path, 1)
    with sqlite3.connect(index.path) as connection:
        connection.execute("ANALYZE")
        connection.execute("DELETE FROM sqlite_stat1")
        connection.execute("INSERT INTO sqlite_stat1 VALUES ('doc', 'doc_type', '1000000 1')")
    asked = index_sql.Asked(words, type="quyet_dinh", date_from="2020-01-01", date_to="2021-01-01")
    statement = str(
        index_sqlite.statement_for(asked).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    )
    assert plan(statement) == ["SCAN fts VIRTUAL TABLE INDEX 0:M6", "SEARCH doc USING INTEGER PRIMARY KEY (rowid=?)"]
    trap = plan(statement.replace("CROSS JOIN", "JOIN"))
    assert trap[0].startswith("SEARCH doc USING INDEX doc_type"), "these statistics lead SQLite into the trap"


def test_a_server_looks_up_what_it_is_asked_for(database: Database, tmp_path: Path) -> None:
    """No question reads every row; where there are words they lead, not the type or the date."""
    place = Place(tmp_path / "index.db", database)
    index = empty(place.path, database)
    for seed in range(300):
        add(index, tmp_path, seed, text=f"chữ {seed}", number=f"{seed}/QĐ", date=f"20{seed % 20:02}-01-01")
    place.run("ANALYZE doc")

    def used(question: Select[Any]) -> set[str]:
        statement = question.compile(dialect=postgresql.psycopg.dialect(), compile_kwargs={"literal_binds": True})
        with open_engine(database, place.path, session=index_postgres._SESSION).begin() as connection:
            steps = connection.exec_driver_sql(f"EXPLAIN {statement}".replace("%", "%%")).scalars().all()
        assert not [step for step in steps if "Seq Scan" in step]
        return set(re.findall(r"(?:using|Index Scan on) (\w+)", "\n".join(steps)))

    def asked(words: str = "", **filters: str) -> set[str]:
        statement = index_postgres.statement_for(index_sql.Asked(words, **filters))
        assert statement is not None
        return used(statement.limit(20))

    dates = {"date_from": "2005-01-01", "date_to": "2006-01-01"}
    assert asked("chữ 15") == asked('"chu 15"') == asked("15", type="quyet_dinh", **dates) == {"doc_words"}
    assert asked() == asked(type="quyet_dinh") == {"doc_newest"}
    assert asked(number="15") == {"doc_number_key"}
    assert asked(owner="0100109106") == {"doc_owner", "doc_applicant"}
    server = index_postgres.Server(database)
    record = select(index_sql.doc.c.id).where(
        or_(index_sql.doc.c.record_sha256 == "a", server.holds(index_sql.doc.c.earlier, "a"))
    )
    assert used(record) == {"doc_record_sha256", "doc_earlier"}


# -- renewal ----------------------------------------------------------------------------------------------------


def add_proven(index: Index, folder: Path, seed: object, renew_by: str, level: str = "B-T", *digests: str) -> str:
    """Index an invented document whose proof is known; returns its id."""
    made = replace(document(folder, seed), proof=Proof(level=level, renew_by=renew_by))
    index.add(replace(manifest.describe(made, 1, "", []), digests=digests), made.readings)
    return made.id


def test_what_is_due_comes_by_its_day(index: Index, tmp_path: Path) -> None:
    late = add_proven(index, tmp_path, 1, "2027-05-02")
    soon = add_proven(index, tmp_path, 2, "2027-05-01")
    unknown = add_proven(index, tmp_path, 3, "", "")
    assert [hit.id for hit in index.due(date(2027, 5, 2))] == [soon, late]
    assert [hit.id for hit in index.due(date(2027, 5, 1))] == [soon]
    assert [hit.id for hit in index.due(date(2030, 1, 1), 1)] == [soon]
    assert index.due(date(2027, 4, 30)) == []
    assert [hit.id for hit in index.undated()] == [unknown]


def test_what_rests_on_a_digest_that_ends_is_due(index: Index, tmp_path: Path) -> None:
    both = add_proven(index, tmp_path, 1, "2040-01-01", "B-LTA", "sha256", "sha512")
    add_proven(index, tmp_path, 2, "2040-01-01", "B-LTA", "sha512")
    today = date(2027, 1, 1)
    assert index.due(today) == []
    assert [hit.id for hit in index.due(today, ending={"sha256"})] == [both]
    assert len(index.due(today, ending={"sha256", "sha512"})) == 2
    assert index.due(today, ending={"sha", "sha25", "%", "sha256 sha51"}) == []


def test_the_plan_counts_by_month(index: Index, tmp_path: Path) -> None:
    for seed, day in enumerate(("2027-05-02", "2027-05-30", "2027-06-01", "")):
        add_proven(index, tmp_path, seed, day, "B-T" if day else "")
    add_proven(index, tmp_path, 9, "2027-05-09", "B-LTA", "sha256")
    assert [(due.month, due.level, due.digests, due.count) for due in index.plan()] == [
        ("", "", "", 1),
        ("2027-05", "B-LTA", "sha256", 1),
        ("2027-05", "B-T", "", 2),
        ("2027-06", "B-T", "", 1),
    ]
