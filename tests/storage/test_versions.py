"""Versions of a record: the newest that was committed is in force, and nothing of older ones is lost."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from minio import Minio

from pipeline.errors import IntegrityError, UnknownRecord
from pipeline.settings import Site
from pipeline.storage import Index, Manifest, ObjectStore, Repository, bundled
from tests.fixtures.store import client
from tests.storage.documents import document, document_id
from tests.storage.indexes import Listened
from tests.storage.renewer import renewed


def stored(repository: Repository, folder: Path, seed: object = 1, **details: object) -> Manifest:
    """An invented record in the store, with a signed original."""
    made = document(folder, seed, signed=True, **details)  # type: ignore[arg-type]
    return repository.commit(made, {"record": made.record, "original": made.record}, "Quyết định", ("sha1",))


def test_a_new_version_takes_over_what_did_not_change(
    repository: Repository, store: ObjectStore, tmp_path: Path
) -> None:
    first = stored(repository, tmp_path)
    before = {key: store.get(key) for key in store.list("")}
    second = renewed(repository, first, tmp_path)
    assert second.created
    assert repository.read_manifest(first.id) == second
    assert (second.version, second.proof.level, second.digests) == (2, "B-LTA", ("sha256",))
    assert second.history[:-1] == first.history
    assert (second.history[-1].remark, second.stored_at) == ("renewed", second.history[-1].at)
    for role in ("original", "reading"):
        assert second.file(role) == first.file(role)
    assert second.file("record").key.startswith(f"documents/{first.id}/2/record-")
    assert repository.load_reading(first.id)
    assert {key: store.get(key) for key in before} == before
    assert len(list(store.list(""))) == len(before) + 2


def test_older_versions_can_be_read_and_fetched(repository: Repository, tmp_path: Path) -> None:
    first = stored(repository, tmp_path)
    second = renewed(repository, first, tmp_path)
    third = renewed(repository, second, tmp_path)
    for manifest in (first, second, third):
        assert repository.read_manifest(first.id, manifest.version) == manifest
        entry = repository.fetch(first.id, "record", tmp_path / "got.pdf", manifest.version)
        assert entry == manifest.file("record")
    assert repository.fetch(first.id, "record", tmp_path / "got.pdf") == third.file("record")
    for unknown in (4, 0, -1):
        with pytest.raises(UnknownRecord):
            repository.read_manifest(first.id, unknown)


def test_many_versions_are_counted_and_not_spelled(repository: Repository, tmp_path: Path) -> None:
    """The tenth version comes after the ninth, not after the first."""
    newest = stored(repository, tmp_path)
    for _ in range(10):
        newest = renewed(repository, newest, tmp_path, 10)
    other = stored(repository, tmp_path, 2)
    assert newest.version == 11
    assert repository.read_manifest(newest.id) == newest
    assert dict(repository.newest()) == {newest.id: 11, other.id: 1}
    assert list(repository.ids()) == sorted([newest.id, other.id])
    assert {found.version for found in repository.manifests()} == {1, 11}
    assert repository.find(newest.id[:12]) == newest.id


def test_a_record_that_was_renewed_is_not_stored_anew(repository: Repository, tmp_path: Path) -> None:
    made = document(tmp_path)
    second = renewed(repository, repository.commit(made, {"record": made.record}), tmp_path)
    assert repository.commit(made, {"record": made.record}) == second


def test_of_many_renewals_of_one_version_one_wins(repository: Repository, tmp_path: Path) -> None:
    first = stored(repository, tmp_path)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: renewed(repository, first, tmp_path), range(8)))
    assert sum(result.created for result in results) == 1
    assert len(set(results)) == 1
    assert repository.read_manifest(first.id) == results[0]
    repository.fetch(first.id, "record", tmp_path / "got.pdf")


def test_a_late_renewal_of_an_old_version_changes_nothing(repository: Repository, tmp_path: Path) -> None:
    first = stored(repository, tmp_path)
    second = renewed(repository, first, tmp_path)
    third = renewed(repository, second, tmp_path)
    late = renewed(repository, first, tmp_path)
    assert not late.created
    assert late == second
    assert repository.read_manifest(first.id) == third


def test_a_damaged_new_version_is_noticed_and_not_passed_over(
    repository: Repository, store: ObjectStore, tmp_path: Path
) -> None:
    first = stored(repository, tmp_path)
    renewed(repository, first, tmp_path)
    store.put_bytes(f"documents/{first.id}/2/manifest.json", b"{}")
    with pytest.raises(IntegrityError):
        repository.read_manifest(first.id)
    assert repository.read_manifest(first.id, 1) == first


def test_finding_the_newest_costs_one_request_more(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many versions there are; and going through all records costs one listing and one request a record."""
    newest = stored(repository, tmp_path)
    for _ in range(3):
        newest = renewed(repository, newest, tmp_path, 10)
    stored(repository, tmp_path, 2)
    asked: list[str] = []
    original = Minio._execute

    def counted(self: Minio, method: str, *args: object, **details: object) -> object:
        asked.append(method)
        return original(self, method, *args, **details)

    monkeypatch.setattr(Minio, "_execute", counted)
    repository.read_manifest(newest.id)
    assert len(asked) == 2
    asked.clear()
    assert len(list(repository.manifests())) == 2
    assert len(asked) == 3


def test_a_killed_renewal_leaves_the_old_version_in_force_or_the_new_one(
    bucket_site: Site, repository: Repository, tmp_path: Path
) -> None:
    """Two processes renew the same records and are killed, four times over; every version in force is whole."""
    for seed in range(2):
        stored(repository, tmp_path, seed)
    state, key = bundled.read_state(bucket_site.data), bundled.read_key(bucket_site.data)
    command = [sys.executable, "-m", "tests.storage.renewer", state.endpoint, *key]
    command += [bucket_site.store.bucket, str(tmp_path)]
    dice = random.Random(20261122)
    promised: set[str] = set()
    for turn in range(4):
        renewers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for renewer in renewers:
            promised |= {renewer.stdout.readline().strip() for _ in range(turn + 1)}
        time.sleep(dice.uniform(0.0, 0.3))
        for renewer in renewers:
            renewer.send_signal(signal.SIGKILL)
            promised |= {line for line in renewer.communicate()[0].split("\n") if line.count(" ") == 2}
    assert len(promised) >= 4
    for line in promised:
        id, version, digest = line.split()
        assert repository.read_manifest(id, int(version)).file("record").sha256 == digest
    for id, newest in repository.newest():
        assert newest >= max(int(line.split()[1]) for line in promised if line.startswith(id))
        for version in range(1, newest + 1):
            manifest = repository.read_manifest(id, version)
            assert len(manifest.history) == version
            for entry in manifest.files:
                repository.fetch_entry(entry, tmp_path / entry.role)


def test_an_unfinished_version_is_passed_over_and_finished(
    repository: Repository, store: ObjectStore, tmp_path: Path
) -> None:
    """What was uploaded without its manifest counts for nothing; the next renewal takes that version's number."""
    first = stored(repository, tmp_path)
    store.put_bytes(f"documents/{first.id}/2/record-0123456789abcdef.pdf", b"half")
    assert repository.read_manifest(first.id) == first
    assert dict(repository.newest()) == {first.id: 1}
    assert renewed(repository, first, tmp_path).version == 2


# -- the index --------------------------------------------------------------------------------------------------


def test_a_rebuilt_index_holds_the_newest_versions(repository: Repository, tmp_path: Path) -> None:
    index = Index(tmp_path / "index.db")
    first, other = stored(repository, tmp_path), stored(repository, tmp_path, 2)
    second = renewed(repository, first, tmp_path)
    assert index.rebuild(repository).count == 2
    found = {hit.id: hit for hit in index.search()}
    assert found[first.id].record_sha256 == second.file("record").sha256
    assert (found[first.id].level, found[first.id].renew_by, found[first.id].digests) == (
        "B-LTA",
        "2030-01-01",
        "sha256",
    )
    assert (found[other.id].level, found[other.id].digests) == ("", "sha1")
    third = renewed(repository, second, tmp_path)
    index.add(third, ())
    for manifest in (first, second, third):
        assert [hit.id for hit in index.by_record(manifest.file("record").sha256)] == [first.id]
    assert third.earlier == (first.file("record").sha256, second.file("record").sha256)
    assert index.by_record("") == index.by_record(first.file("record").sha256[:63]) == []


def test_a_renewal_during_a_rebuild_is_not_lost(store: ObjectStore, repository: Repository, tmp_path: Path) -> None:
    index = Index(tmp_path / "index.db")
    first = stored(repository, tmp_path)
    listened = Listened(store, lambda listing: renewed(repository, first, tmp_path) if listing == 1 else None)
    assert index.rebuild(listened).count == 1
    assert [hit.level for hit in index.search()] == ["B-LTA"]


def test_a_damaged_new_version_is_named_by_a_rebuild(repository: Repository, bucket_site: Site, tmp_path: Path) -> None:
    first = stored(repository, tmp_path)
    renewed(repository, first, tmp_path)
    client(bucket_site).fput_object(bucket_site.store.bucket, f"documents/{first.id}/2/manifest.json", __file__)
    rebuilt = Index(tmp_path / "index.db").rebuild(repository)
    assert (rebuilt.count, rebuilt.damaged) == (0, (f"documents/{first.id}/2/manifest.json",))
    assert first.id == document_id(1)
