"""The commit protocol against the real store: exactly once, or not at all."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Correction
from pipeline.errors import IntegrityError, NotFound, UnknownRecord
from pipeline.settings import Site
from pipeline.storage import Manifest, ObjectStore, Repository, bundled, manifest
from tests.fixtures.store import client
from tests.storage.documents import OWNER, document, document_id, reading
from tests.storage.writer import written

unhurried = hypothesis.settings(deadline=None)


def check_whole(repository: Repository, id: str, folder: Path) -> Manifest:
    """Every file of the record is there with the hash that its manifest gives."""
    found = repository.read_manifest(id)
    for entry in found.files:
        path = folder / entry.role
        repository.fetch(id, entry.role, path)
        assert path.stat().st_size == entry.size
    return found


def test_a_record_comes_back_as_it_was_stored(repository: Repository, tmp_path: Path) -> None:
    made = document(tmp_path, code="mã")
    stored = repository.commit(made, {"record": tmp_path / f"{made.id}.pdf"}, "Quyết định")
    assert stored.created
    found = check_whole(repository, made.id, tmp_path)
    assert found == stored
    assert not found.created
    assert (found.id, found.version, found.code, found.type, found.type_name) == (
        made.id,
        1,
        "mã",
        "quyet_dinh",
        "Quyết định",
    )
    assert found.stored_at == "2026-11-22T09:00:05+07:00"
    assert found.dossier == made.dossier
    assert found.history == made.history
    assert found.findings == made.findings
    assert found.pages[0].coding == "jpeg"
    assert (tmp_path / "record").read_bytes() == made.record.read_bytes()
    assert repository.load_reading(made.id) == made.readings
    assert [found.id for found in repository.manifests()] == [made.id]


def test_read_value_final_value_and_editor_are_kept(repository: Repository, tmp_path: Path) -> None:
    made = document(tmp_path)
    made = replace(
        made, corrections=(*made.corrections, Correction("pham_vi_hieu_luc", "", "toàn quốc", "person", "t"))
    )
    found = repository.commit(made, {"record": made.record})
    fields = {entry.key: entry for entry in found.fields}
    date, number, scope = fields["ngay_cap"], fields["so_ky_hieu"], fields["pham_vi_hieu_luc"]
    assert (date.read, date.value, date.editor) == ("2020-03-06", "2020-03-05", "person")
    assert (number.read, number.value, number.editor, number.box) == ("15/QĐ-UBND", "15/QĐ-UBND", "", (10, 20, 30, 40))
    assert (scope.read, scope.value, scope.editor) == ("", "toàn quốc", "person")


def test_keys_say_nothing_about_people(repository: Repository, store: ObjectStore, tmp_path: Path) -> None:
    made = document(tmp_path, name="Nguyễn Văn Mẫu 001190012345.PDF", signed=True)
    repository.commit(made, {"record": made.record, "original": made.record})
    repository.reserve(made.code, made.id)
    repository.keep_code(made.id, made.code)
    keys = sorted(store.list(""))
    assert len(keys) == 7
    for key in keys:
        assert OWNER not in key
        assert "Nguy" not in key
        assert "UBND" not in key
        assert key.isascii()


def test_a_signed_source_is_kept_byte_for_byte(repository: Repository, tmp_path: Path) -> None:
    made = document(tmp_path, signed=True)
    source = tmp_path / "source.pdf"
    source.write_bytes(os.urandom(100_000))
    repository.commit(made, {"record": made.record, "original": source})
    entry = repository.fetch(made.id, "original", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
    assert entry.key.endswith(".pdf")


def test_a_second_commit_changes_nothing(repository: Repository, store: ObjectStore, tmp_path: Path) -> None:
    made = document(tmp_path)
    first = repository.commit(made, {"record": made.record})
    before = sorted(store.list(""))
    made.record.write_bytes(b"another record of the same document")
    second = repository.commit(replace(made, code="another"), {"record": made.record})
    assert first.created
    assert not second.created
    assert second == first
    assert sorted(store.list("")) == before


def test_of_many_writers_of_one_document_one_wins(repository: Repository, tmp_path: Path) -> None:
    made = document(tmp_path)
    records = []
    for number in range(16):
        records.append(tmp_path / f"record {number}.pdf")
        records[-1].write_bytes(b"sealed by writer %d" % number)
    with ThreadPoolExecutor(16) as pool:
        results = list(
            pool.map(lambda path: repository.commit(replace(made, code=path.name), {"record": path}), records)
        )
    assert sum(result.created for result in results) == 1
    assert len(set(results)) == 1
    found = check_whole(repository, made.id, tmp_path)
    assert (tmp_path / "record").read_bytes() == (tmp_path / found.code).read_bytes()


def test_a_record_is_found_by_the_beginning_of_its_id(repository: Repository, tmp_path: Path) -> None:
    made = [document(tmp_path, seed) for seed in range(40)]
    for each in made[:2]:
        repository.commit(each, {"record": each.record})
    assert repository.find(made[0].id) == made[0].id
    assert repository.find(made[0].id[:7]) == made[0].id
    assert not made[0].id.startswith(made[1].id[0])
    twin = next(each for each in made[2:] if each.id[0] == made[0].id[0])
    repository.keep_code(twin.id, "only a code, no record")
    assert repository.find(made[0].id[0]) == made[0].id
    repository.commit(twin, {"record": twin.record})
    for unknown in (made[0].id[0], "zzzz", "", "../..", made[39].id):
        with pytest.raises(UnknownRecord):
            repository.find(unknown)
    with pytest.raises(UnknownRecord):
        repository.read_manifest(made[39].id)
    with pytest.raises(UnknownRecord):
        repository.fetch(made[0].id, "original", tmp_path / "none")


def test_messages_do_not_repeat_a_personal_id(repository: Repository) -> None:
    for ask in (repository.find, repository.read_manifest):
        with pytest.raises(UnknownRecord) as caught:
            ask(OWNER)
        assert OWNER not in caught.value.text.vi + caught.value.text.en


def test_an_id_that_could_be_personal_is_never_a_key(repository: Repository, tmp_path: Path) -> None:
    made = replace(document(tmp_path), id=OWNER)
    with pytest.raises(ValueError, match="document id"):
        repository.commit(made, {"record": made.record})


def test_a_changed_object_is_noticed(repository: Repository, bucket_site: Site, tmp_path: Path) -> None:
    made = document(tmp_path)
    stored = repository.commit(made, {"record": made.record})
    target = tmp_path / "got.pdf"
    target.write_bytes(b"what was here before")
    raw, bucket = client(bucket_site), bucket_site.store.bucket
    raw.fput_object(bucket, stored.file("record").key, __file__)
    with pytest.raises(IntegrityError):
        repository.fetch(made.id, "record", target)
    raw.remove_object(bucket, stored.file("record").key)
    with pytest.raises(IntegrityError):
        repository.fetch(made.id, "record", target)
    assert target.read_bytes() == b"what was here before"
    raw.fput_object(bucket, stored.file("reading").key, __file__)
    with pytest.raises(IntegrityError):
        repository.load_reading(made.id)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([f"{made.id}.pdf", "got.pdf"])


def test_a_place_that_cannot_be_written(repository: Repository, tmp_path: Path) -> None:
    made = document(tmp_path)
    repository.commit(made, {"record": made.record})
    for place in (tmp_path / "none" / "got.pdf", made.record / "got.pdf"):
        with pytest.raises(NotFound, match=r"got\.pdf"):
            repository.fetch(made.id, "record", place)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data | {"id": document_id("another")}, id="another document's"),
        pytest.param(lambda data: data | {"version": 2}, id="another version's"),
        pytest.param(lambda data: data | {"format": "sohoa-manifest/9"}, id="another format"),
        pytest.param(lambda data: {key: data[key] for key in data if key != "files"}, id="a part missing"),
        pytest.param(lambda data: [data], id="no object"),
    ],
)
def test_a_changed_manifest_is_noticed(
    repository: Repository, store: ObjectStore, tmp_path: Path, change: object
) -> None:
    made = document(tmp_path)
    repository.commit(made, {"record": made.record})
    key = f"documents/{made.id}/1/manifest.json"
    store.put_bytes(key, json.dumps(change(json.loads(store.get(key)))).encode())
    with pytest.raises(IntegrityError):
        repository.read_manifest(made.id)
    with pytest.raises(IntegrityError):
        repository.commit(made, {"record": made.record})


@unhurried
@given(st.lists(st.text(max_size=30), max_size=4), st.text(max_size=40), st.floats(0, 1))
def test_manifest_and_readings_survive_json(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], name: str, confidence: float
) -> None:
    made = document(tmp_path_factory.getbasetemp(), name=name, title=name)
    made = replace(
        made,
        readings=tuple(reading(text, number) for number, text in enumerate(texts, 1)),
        extraction=replace(made.extraction, type_confidence=confidence),
    )
    described = manifest.describe(made, 1, name, [])
    assert manifest.from_json(manifest.to_json(described), "here") == described
    packed = manifest.pack_readings(made.readings)
    assert manifest.unpack_readings(packed, "here") == made.readings
    assert packed == manifest.pack_readings(made.readings)


@unhurried
@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps).map(str.encode)
)
def test_rubbish_is_no_manifest_and_no_reading(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        manifest.from_json(data, "here")
    for packed in (data, gzip.compress(data)):
        try:
            assert manifest.unpack_readings(packed, "here") == ()
        except IntegrityError as error:
            assert error.details == {"where": "here"}


# -- kill -9 ----------------------------------------------------------------------------------------------------


def test_a_killed_writer_leaves_whole_records_or_none(
    bucket_site: Site, repository: Repository, tmp_path: Path
) -> None:
    """Two writers store the same documents and are killed, four times over; then a third stores what is missing."""
    state, key = bundled.read_state(bucket_site.data), bundled.read_key(bucket_site.data)
    command = [sys.executable, "-m", "tests.storage.writer", state.endpoint, *key]
    command += [bucket_site.store.bucket, str(tmp_path)]
    dice = random.Random(20261122)
    promised: set[str] = set()
    for turn in range(4):
        writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for writer in writers:
            promised |= {writer.stdout.readline().strip() for _ in range(2 * turn + 1)}
        time.sleep(dice.uniform(0.0, 0.15))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            promised |= set(writer.communicate()[0].split())
    assert len(promised) >= 7
    stored = set(repository.ids())
    assert promised <= stored
    for id in stored:
        check_whole(repository, id, tmp_path)
    for seed in range(len(stored) + 3):
        made = written(tmp_path, seed)
        assert repository.commit(made, {"record": made.record}).created == (made.id not in stored)
        check_whole(repository, made.id, tmp_path)
