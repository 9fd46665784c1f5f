"""Where the index is: missing, damaged, of another version; rebuilt from the store alone, by several at once."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import stat
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline.errors import DatabaseDown, DiskFull, IndexUnusable, StoreDown
from pipeline.settings import Database, Site
from pipeline.storage import Index, ObjectStore, Repository, open_store
from pipeline.storage.index import open_index
from pipeline.storage.index_sqlite import File
from tests.fixtures.postgres import PostgresServer
from tests.storage.documents import document, document_id
from tests.storage.indexes import Listened, Place, add, empty, ids

WORDS = "quyết định cấp giấy phép xây dựng đường Hòa Bình hoà đất Ước ước ban nhân dân 15 2020 ĐẤT".split()


@pytest.fixture
def index(place: Place) -> Index:
    return empty(place.path, place.database)


# -- the file ---------------------------------------------------------------------------------------------------


def every_use(index: Index, folder: Path) -> list[Callable[[], object]]:
    return [index.count, index.search, lambda: index.by_source("x"), lambda: add(index, folder, 1)]


def test_missing_index(place: Place, tmp_path: Path) -> None:
    for use in every_use(Place(tmp_path / "none" / "index.db", place.database).index(), tmp_path):
        with pytest.raises(IndexUnusable, match="index rebuild"):
            use()
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("damage", [b"", b"rubbish" * 1000, None])
def test_damaged_file(tmp_path: Path, damage: bytes | None) -> None:
    index = empty(tmp_path / "index.db")
    for seed in range(30):
        add(index, tmp_path, seed)
    data = index.path.read_bytes()
    index.path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096) if damage is None else damage)
    for use in every_use(index, tmp_path):
        with pytest.raises(IndexUnusable):
            use()


@pytest.mark.parametrize("damage", ["DROP TABLE doc", "DROP TABLE about", "ALTER TABLE doc DROP COLUMN body CASCADE"])
def test_damaged_tables(database: Database, tmp_path: Path, damage: str) -> None:
    place = Place(tmp_path / "index.db", database)
    index = empty(place.path, database)
    place.run(damage)
    with pytest.raises(IndexUnusable):
        index.search()
    with pytest.raises(IndexUnusable):
        add(index, tmp_path, 1)


def test_index_of_another_version(index: Index, place: Place, tmp_path: Path) -> None:
    place.run("UPDATE about SET value = '0'")
    for use in every_use(index, tmp_path):
        with pytest.raises(IndexUnusable, match="version 0"):
            use()


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = empty(tmp_path / "index.db")
    original = File.put

    def put(self: File, connection: Any, values: Any) -> None:
        connection.execute(text("PRAGMA max_page_count = 30"))
        original(self, connection, values)

    monkeypatch.setattr(File, "put", put)
    with pytest.raises(DiskFull):
        add(index, tmp_path, 1, text="nhiều chữ " * 50_000)
    assert index.count() == 0


def test_a_server_that_is_gone(tmp_path: Path, repository: Repository) -> None:
    index = Index(tmp_path / "index.db", Database(url="postgresql://sohoa@127.0.0.1:1/sohoa", seconds=2))
    uses = [*every_use(index, tmp_path), lambda: index.ensure(repository), lambda: index.rebuild(repository)]
    for use in uses:
        with pytest.raises(DatabaseDown, match="refused"):
            use()
    assert list(tmp_path.glob("*.db*")) == []


def test_a_server_that_allows_no_schema(
    postgres: PostgresServer, database: Database, repository: Repository, tmp_path: Path
) -> None:
    name, reader = database.url.rpartition("/")[2], f"reader_{tmp_path.name[-20:]}"
    with postgres.connect(name) as connection:
        connection.execute(f"CREATE ROLE {reader} LOGIN PASSWORD '{postgres.password}'".encode())
    index = Index(
        tmp_path / "index.db", database.model_copy(update={"url": database.url.replace("sohoa@", f"{reader}@")})
    )
    for use in (index.ensure, index.rebuild):
        with pytest.raises(DatabaseDown, match="InsufficientPrivilege"):
            use(repository)


def test_a_long_document_is_found_by_all_its_words(index: Index, tmp_path: Path) -> None:
    """Longer than PostgreSQL's own text search would take, with words longer than its lists hold."""
    words = [f"{hashlib.sha256(str(number).encode()).hexdigest()[:20]}" for number in range(40_000)]
    long = "x" * 5000
    wanted = add(index, tmp_path, 1, text=f"{' '.join(words)} mở đầu {'của ' * 1000} cuối cùng {long}")
    add(index, tmp_path, 2, text=f"cùng cuối {words[-1]}")
    for question in (words[0], words[-1] + " cuoi"):
        assert wanted in ids(index, question)
    for question in (f'"{words[-2]} {words[-1]} mở đầu"', '"của cuối cùng"', f'"cung {long}"'):
        assert ids(index, question) == [wanted]


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


def test_a_rebuilt_index_gives_the_same_answers(repository: Repository, place: Place, tmp_path: Path) -> None:
    index = place.index()
    index.ensure(repository)
    fill(repository, index, tmp_path, 25)
    before = answers(index)
    assert before[-1] == 25
    told: list[int] = []
    assert index.rebuild(repository, told.append).count == 25
    assert answers(index) == before
    assert told == list(range(1, 26))
    place.run("UPDATE about SET value = '0'", "DELETE FROM doc")
    index.ensure(repository)
    assert answers(index) == before
    if place.database is None:
        index.path.unlink()
        index.ensure(repository)
        assert answers(index) == before
        assert stat.S_IMODE(index.path.stat().st_mode) == 0o600
    else:
        assert schemas(place) == ["sohoa_index"]


def schemas(place: Place) -> list[str]:
    return [row[0] for row in place.run("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sohoa%'")]


def test_the_settings_say_where_the_index_is(repository: Repository, bucket_site: Site, database: Database) -> None:
    on_server = open_index(bucket_site.model_copy(update={"database": database}))
    on_server.ensure(repository)
    assert on_server.count() == 0
    assert not bucket_site.index.exists()
    open_index(bucket_site).ensure(repository)
    assert bucket_site.index.exists()


def test_an_index_of_a_later_version_is_left_to_later_programs(
    repository: Repository, database: Database, tmp_path: Path
) -> None:
    place = Place(tmp_path / "index.db", database)
    index = empty(place.path, database)
    place.run("UPDATE about SET value = '999'")
    index.ensure(repository)
    with pytest.raises(IndexUnusable, match="version 999"):
        index.count()
    assert place.run("SELECT value FROM about") == [("999",)]


def test_a_useless_file_is_replaced(repository: Repository, tmp_path: Path) -> None:
    index = Index(tmp_path / "index.db")
    index.path.write_bytes(b"rubbish" * 1000)
    index.ensure(repository)
    with pytest.raises(IndexUnusable):
        index.count()
    index.rebuild(repository)
    assert index.count() == 0


def test_damaged_records_are_left_out_and_named(
    repository: Repository, store: ObjectStore, place: Place, tmp_path: Path
) -> None:
    index = place.index()
    index.ensure(repository)
    fill(repository, index, tmp_path, 5)
    manifest_key = f"documents/{document_id(2)}/1/manifest.json"
    reading_key = repository.read_manifest(document_id(3)).file("reading").key
    store.put_bytes(manifest_key, b"{}")
    store.put_bytes(reading_key, b"{}")
    rebuilt = index.rebuild(repository)
    assert rebuilt.count == index.count() == 3
    assert set(rebuilt.damaged) == {manifest_key, reading_key}


def test_the_old_index_stays_when_the_store_is_down(repository: Repository, place: Place, tmp_path: Path) -> None:
    index = place.index()
    index.ensure(repository)
    fill(repository, index, tmp_path, 3)
    before = answers(index)
    files = sorted(path.name for path in tmp_path.iterdir())
    down = Repository(ObjectStore("127.0.0.1:1", "a", "b", "bucket", secure=False))
    with pytest.raises(StoreDown):
        index.rebuild(down)
    assert answers(index) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == files
    if place.database is not None:
        assert schemas(place) == ["sohoa_index"]


def test_a_record_that_comes_just_before_the_swap_is_not_lost(
    store: ObjectStore, repository: Repository, place: Place, tmp_path: Path
) -> None:
    """Its writer has to wait for the new index; in the old one it would be forgotten."""
    index = place.index()
    index.ensure(repository)
    made = document(tmp_path)

    def late(listing: int) -> None:
        if listing == 2:
            committed = repository.commit(made, {"record": made.record})
            writing.append(pool.submit(place.index().add, committed, made.readings))
            time.sleep(0.3)

    writing: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:
        assert index.rebuild(Listened(store, late)).count == 0
    writing[0].result()
    assert ids(index) == [made.id]


def test_a_writer_waits_for_a_rebuild_longer_than_for_anything_else(
    store: ObjectStore, repository: Repository, database: Database, tmp_path: Path
) -> None:
    hasty = database.model_copy(update={"seconds": 0.5})
    index = Index(tmp_path / "index.db", hasty)
    index.ensure(repository)

    def late(listing: int) -> None:
        if listing == 2:
            writing.append(pool.submit(add, Index(index.path, hasty), tmp_path, 1))
            time.sleep(1)
            assert index.count() == 0, "readers do not wait"

    writing: list[Future[str]] = []
    with ThreadPoolExecutor(1) as pool:
        index.rebuild(Listened(store, late))
    assert ids(index) == [writing[0].result()]


def test_records_that_come_during_a_rebuild_are_not_lost(repository: Repository, place: Place, tmp_path: Path) -> None:
    index = place.index()
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


# -- several processes ------------------------------------------------------------------------------------------


def _ensure(site: Site, place: Place, told: Path) -> None:
    def then(_: int) -> None:
        with told.open("a") as log:
            log.write("x")

    index = place.index()
    index.ensure(Listened(open_store(site), then))
    os._exit(0 if index.count() == 3 else 1)


def test_processes_that_begin_together_build_one_index(
    repository: Repository, bucket_site: Site, place: Place, tmp_path: Path
) -> None:
    for seed in range(3):
        made = document(tmp_path, seed)
        repository.commit(made, {"record": made.record})
    told = tmp_path / "listings"
    started = [
        multiprocessing.get_context("fork").Process(target=_ensure, args=(bucket_site, place, told)) for _ in range(4)
    ]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * 4
    assert told.read_text() == "xx", "a rebuild lists the store twice"


def _rebuild(site: Site, place: Place, hang: int) -> None:
    def then(listing: int) -> None:
        if listing == hang:
            os.kill(os.getpid(), signal.SIGKILL)

    place.index().rebuild(Listened(open_store(site), then))


@pytest.mark.parametrize("hang", [1, 2])
def test_a_killed_rebuild_leaves_the_old_index_in_use(
    repository: Repository, bucket_site: Site, place: Place, tmp_path: Path, hang: int
) -> None:
    index = place.index()
    index.ensure(repository)
    fill(repository, index, tmp_path, 2)
    process = multiprocessing.get_context("fork").Process(target=_rebuild, args=(bucket_site, place, hang))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert index.count() == 2
    add(index, tmp_path, "later")
    assert index.count() == 3
    for left in tmp_path.glob(".index.db.*"):
        os.utime(left, (0, 0))
    assert index.rebuild(repository).count == 2
    if place.database is not None:
        assert schemas(place) == ["sohoa_index"]
    assert list(tmp_path.glob(".index.db.*")) == []


def _search(place: Place, index: Index) -> None:
    os._exit(0 if len(index.search("giay phep")) == 1 else 1)


def test_a_forked_process_searches_as_well(index: Index, place: Place, tmp_path: Path) -> None:
    add(index, tmp_path, 1)
    assert index.count() == 1
    process = multiprocessing.get_context("fork").Process(target=_search, args=(place, index))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert index.count() == 1


def test_a_server_that_comes_back(own_postgres: PostgresServer, repository: Repository, tmp_path: Path) -> None:
    settings = Database(url=f"{own_postgres.url}/postgres", password_file=own_postgres.password_file, seconds=5)
    index = Index(tmp_path / "index.db", settings)
    index.ensure(repository)
    wanted = add(index, tmp_path, 1)
    own_postgres.kill()
    for use in (index.count, index.search, lambda: add(index, tmp_path, 2), lambda: index.rebuild(repository)):
        with pytest.raises(DatabaseDown):
            use()
    own_postgres.start()
    assert ids(index) == [wanted]
    add(index, tmp_path, 2)
    assert index.count() == 2


def test_a_server_that_goes_during_a_rebuild(
    own_postgres: PostgresServer, store: ObjectStore, repository: Repository, tmp_path: Path
) -> None:
    settings = Database(url=f"{own_postgres.url}/postgres", password_file=own_postgres.password_file, seconds=5)
    index = Index(tmp_path / "index.db", settings)
    index.ensure(repository)
    add(index, tmp_path, 1)
    for when in (1, 2):
        gone = Listened(store, lambda listing, when=when: own_postgres.kill() if listing == when else None)
        with pytest.raises(DatabaseDown):
            index.rebuild(gone)
        own_postgres.start()
        assert index.count() == 1
    assert index.rebuild(repository).count == 0
    assert schemas(Place(index.path, settings)) == ["sohoa_index"]
