"""Searching: folded, ranked, filtered, never upset by what is asked; rebuilt from the store alone."""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.dialects import sqlite

from pipeline.dossier import Proof
from pipeline.errors import DiskFull, IndexUnusable, StoreDown
from pipeline.settings import Site
from pipeline.storage import Index, ObjectStore, Repository, index_sql, manifest
from pipeline.vietnamese import fold
from tests.storage.documents import OWNER, document, document_id

unhurried = hypothesis.settings(deadline=None)
WORDS = "quyết định cấp giấy phép xây dựng đường Hòa Bình hoà đất Ước ước ban nhân dân 15 2020 ĐẤT".split()


def empty(path: Path) -> Index:
    """An index without a store behind it."""
    connection = create_engine(f"sqlite:///{path}").connect()
    index_sql.create(connection)
    connection.commit()
    connection.close()
    return Index(path)


def add(index: Index, folder: Path, seed: object, **content: Any) -> str:
    """Index an invented document; returns its id."""
    made = document(folder, seed, **content)
    index.add(manifest.describe(made, 1, "", []), made.readings)
    return made.id


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return empty(tmp_path / "index.db")


def ids(index: Index, words: str = "", **filters: Any) -> list[str]:
    return [hit.id for hit in index.search(words, **filters)]


# -- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
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
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_found_with_and_without_diacritics(index: Index, tmp_path: Path, words: str, form: str) -> None:
    import unicodedata

    body = unicodedata.normalize(form, "Số 3 đường Hòa Bình\nông Ước")
    wanted = add(index, tmp_path, 1, text=body, number="15/QĐ-UBND")
    add(index, tmp_path, 2, text="Số 3 phố khác", number="16/CV-SXD", owner="")
    assert ids(index, unicodedata.normalize(form, words)) == [wanted]


@pytest.mark.parametrize("words", ["đường hoà bình 4", '"bình đường"', "hoabinh", "?!…", "-", '""', "duo"])
def test_not_found(index: Index, tmp_path: Path, words: str) -> None:
    add(index, tmp_path, 1, text="Số 3 đường Hòa Bình")
    assert ids(index, words) == []


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
def one(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """An index with one document, only read."""
    folder = tmp_path_factory.mktemp("one")
    made = empty(folder / "index.db")
    add(made, folder, 1)
    return made


def test_halves_of_characters_do_no_harm(index: Index, tmp_path: Path) -> None:
    wanted = add(index, tmp_path, 1, text="giấy \udcc4 phép", title="\udcff")
    assert ids(index, "giay \udcc4 phep") == [wanted]


@unhurried
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


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, Path]:
    """An index that fills up."""
    folder = tmp_path_factory.mktemp("shelf")
    return empty(folder / "index.db"), folder


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
def test_words_are_looked_up_once_whatever_the_filters(index: Index, tmp_path: Path, words: str) -> None:
    """SQLite must go from the words to the documents: the other way it looks them up for every document of a type."""

    def plan(statement: str) -> list[str]:
        with create_engine(f"sqlite:///{index.path}").connect() as connection:
            steps = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))]
        return [step for step in steps if step.startswith(("SCAN", "SEARCH"))][:2]

    add(index, tmp_path, 1)
    with sqlite3.connect(index.path) as connection:
        connection.execute("ANALYZE")
        connection.execute("DELETE FROM sqlite_stat1")
        connection.execute("INSERT INTO sqlite_stat1 VALUES ('doc', 'doc_type', '1000000 1')")
    asked = index_sql.Asked(words, type="quyet_dinh", date_from="2020-01-01", date_to="2021-01-01")
    statement = str(
        index_sql.statement_for(asked).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    )
    assert plan(statement) == ["SCAN fts VIRTUAL TABLE INDEX 0:M6", "SEARCH doc USING INTEGER PRIMARY KEY (rowid=?)"]
    trap = plan(statement.replace("CROSS JOIN", "JOIN"))
    assert trap[0].startswith("SEARCH doc USING INDEX doc_type"), "these statistics lead SQLite into the trap"


# -- the file ---------------------------------------------------------------------------------------------------


def every_use(index: Index, folder: Path) -> list[Callable[[], object]]:
    return [index.count, index.search, lambda: index.by_source("x"), lambda: add(index, folder, 1)]


def test_missing_index(tmp_path: Path) -> None:
    for use in every_use(Index(tmp_path / "none" / "index.db"), tmp_path):
        with pytest.raises(IndexUnusable, match="index rebuild"):
            use()
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("damage", [b"", b"rubbish" * 1000, None])
def test_damaged_index(index: Index, tmp_path: Path, damage: bytes | None) -> None:
    for seed in range(30):
        add(index, tmp_path, seed)
    data = index.path.read_bytes()
    index.path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096) if damage is None else damage)
    for use in every_use(index, tmp_path):
        with pytest.raises(IndexUnusable):
            use()


def test_index_of_another_version(index: Index, tmp_path: Path) -> None:
    with sqlite3.connect(index.path) as connection:
        connection.execute("UPDATE about SET value = '0'")
    for use in every_use(index, tmp_path):
        with pytest.raises(IndexUnusable, match="version 0"):
            use()


def test_full_disk(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = index_sql.put

    def put(connection: Any, values: Any) -> None:
        connection.execute(text("PRAGMA max_page_count = 30"))
        original(connection, values)

    monkeypatch.setattr(index_sql, "put", put)
    with pytest.raises(DiskFull):
        add(index, tmp_path, 1, text="nhiều chữ " * 50_000)
    assert index.count() == 0


# -- rebuilding -------------------------------------------------------------------------------------------------


def fill(repository: Repository, index: Index, folder: Path, count: int) -> None:
    for seed in range(count):
        made = document(
            folder,
            seed,
            text=" ".join(WORDS[seed % 7 : seed % 7 + 6]) * (seed % 3 + 1),
            number=f"{seed}/QĐ-UBND",
            date=f"2020-01-{seed % 28 + 1:02}",
            dossier=f"D{seed % 4}",
        )
        index.add(repository.commit(made, {"record": made.record}, "Quyết định"), made.readings)


def answers(index: Index) -> list[object]:
    asked = ["", *WORDS, "hòa bình", '"hoa binh"', "quyet dinh", "3/QĐ-UBND", "khong co"]
    found: list[object] = [[(hit, hit.rank) for hit in index.search(words, limit=100)] for words in asked]
    found += [index.search("dat", date_from="2020-01-05", limit=5), index.by_dossier("D1"), index.count()]
    return found


def test_a_rebuilt_index_gives_the_same_answers(repository: Repository, bucket_site: Site, tmp_path: Path) -> None:
    index = Index(bucket_site.index)
    index.ensure(repository)
    fill(repository, index, tmp_path, 40)
    before = answers(index)
    assert before[-1] == 40
    told: list[int] = []
    assert index.rebuild(repository, told.append).count == 40
    assert answers(index) == before
    assert told == list(range(1, 41))
    index.path.unlink()
    index.ensure(repository)
    assert answers(index) == before
    with sqlite3.connect(index.path) as connection:
        connection.execute("UPDATE about SET value = '0'")
        connection.execute("DELETE FROM doc")
    index.ensure(repository)
    assert answers(index) == before
    assert stat.S_IMODE(index.path.stat().st_mode) == 0o600


def test_a_useless_file_is_replaced(repository: Repository, tmp_path: Path) -> None:
    index = Index(tmp_path / "index.db")
    index.path.write_bytes(b"rubbish" * 1000)
    index.ensure(repository)
    with pytest.raises(IndexUnusable):
        index.count()
    index.rebuild(repository)
    assert index.count() == 0


def test_damaged_records_are_left_out_and_named(repository: Repository, store: ObjectStore, tmp_path: Path) -> None:
    index = Index(tmp_path / "index.db")
    index.ensure(repository)
    fill(repository, index, tmp_path, 5)
    manifest_key = f"documents/{document_id(2)}/1/manifest.json"
    reading_key = repository.read_manifest(document_id(3)).file("reading").key
    store.put_bytes(manifest_key, b"{}")
    store.put_bytes(reading_key, b"{}")
    rebuilt = index.rebuild(repository)
    assert rebuilt.count == index.count() == 3
    assert set(rebuilt.damaged) == {manifest_key, reading_key}


def test_the_old_index_stays_when_the_store_is_down(repository: Repository, tmp_path: Path) -> None:
    index = Index(tmp_path / "index.db")
    index.ensure(repository)
    fill(repository, index, tmp_path, 3)
    before = answers(index)
    files = sorted(path.name for path in tmp_path.iterdir())
    down = Repository(ObjectStore("127.0.0.1:1", "a", "b", "bucket", secure=False))
    with pytest.raises(StoreDown):
        index.rebuild(down)
    assert answers(index) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == files


def test_a_record_that_comes_just_before_the_swap_is_not_lost(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its writer has to wait for the new file; in the old one it would be forgotten."""
    index = Index(tmp_path / "index.db")
    index.ensure(repository)
    made = document(tmp_path)
    swap = Index._swap

    def late(self: Index, partial: Path) -> None:
        committed = repository.commit(made, {"record": made.record})
        writing.append(pool.submit(Index(self.path).add, committed, made.readings))
        time.sleep(0.3)
        swap(self, partial)

    writing: list[Future[None]] = []
    monkeypatch.setattr(Index, "_swap", late)
    with ThreadPoolExecutor(1) as pool:
        assert index.rebuild(repository).count == 0
    writing[0].result()
    assert ids(index) == [made.id]


def test_records_that_come_during_a_rebuild_are_not_lost(repository: Repository, tmp_path: Path) -> None:
    index = Index(tmp_path / "index.db")
    index.ensure(repository)
    fill(repository, index, tmp_path, 5)

    def store_one(seed: int) -> None:
        made = document(tmp_path, seed)
        index.add(repository.commit(made, {"record": made.record}), made.readings)
        assert index.search("giay phep")

    with ThreadPoolExecutor(4) as pool:
        rebuilding = [pool.submit(index.rebuild, repository) for _ in range(3)]
        for _ in pool.map(store_one, range(100, 130)):
            pass
        for each in rebuilding:
            each.result()
    assert index.count() == 35
    assert {hit.id for hit in index.search(limit=100)} == set(repository.ids())


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
