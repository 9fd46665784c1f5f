"""Versions of the type model in the real store: numbered, hashed, chosen, cached."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import IntegrityError, StoreFailed, UnknownRecord
from pipeline.storage import ObjectStore
from pipeline.storage.models import Models

NOW = "2026-11-22T09:00:00+07:00"


@pytest.fixture
def models(store: ObjectStore) -> Models:
    return Models(store)


def test_versions_are_numbered_and_come_back_as_they_were_kept(models: Models) -> None:
    assert models.versions() == ()
    first = models.add(b"one", NOW, {"accuracy": 0.9})
    second = models.add(b"two", NOW, {"accuracy": 0.95})
    assert [version.number for version in models.versions()] == [1, 2]
    assert models.versions() == (first, second)
    assert (models.fetch(first), models.fetch(second)) == (b"one", b"two")


def test_nothing_is_used_until_it_is_chosen_and_one_can_go_back(models: Models, tmp_path: Path) -> None:
    models.add(b"one", NOW, {})
    models.add(b"two", NOW, {})
    assert models.choice() is None
    assert models.refresh(tmp_path) is None
    models.choose(2, NOW, "quản trị")
    assert models.refresh(tmp_path) == models.choice()
    assert '"0002.npz"' in (tmp_path / "current.json").read_text()
    assert (tmp_path / "0002.npz").read_bytes() == b"two"
    models.choose(1, NOW, "quản trị")
    models.refresh(tmp_path)
    assert '"0001.npz"' in (tmp_path / "current.json").read_text()
    models.choose(0, NOW, "quản trị")
    assert models.refresh(tmp_path) is not None
    assert not (tmp_path / "current.json").exists()


def test_a_version_that_is_not_there_cannot_be_chosen(models: Models) -> None:
    with pytest.raises(UnknownRecord):
        models.choose(7, NOW, "quản trị")
    assert models.choice() is None


def test_of_many_learners_at_once_none_overwrites_another(models: Models) -> None:
    def learn(number: int) -> int:
        try:
            return models.add(f"model {number}".encode(), NOW, {"number": number}).number
        except StoreFailed:
            return 0

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(learn, range(8)))
    won = [number for number in numbers if number]
    assert won
    assert len(set(won)) == len(won)
    for version in models.versions():
        assert models.fetch(version) == f"model {version.figures['number']}".encode()


def test_what_a_killed_learner_left_is_passed_over(models: Models, store: ObjectStore) -> None:
    store.put_bytes("models/types/0001.npz", b"half a version")
    assert models.versions() == ()
    assert models.add(b"whole", NOW, {}).number == 2
    assert [version.number for version in models.versions()] == [2]


def test_a_changed_model_is_noticed_and_the_cache_keeps_the_one_before(
    models: Models, store: ObjectStore, tmp_path: Path
) -> None:
    models.add(b"one", NOW, {})
    models.choose(1, NOW, "quản trị")
    models.refresh(tmp_path)
    second = models.add(b"two", NOW, {})
    store.put_bytes("models/types/0002.npz", b"changed")
    with pytest.raises(IntegrityError):
        models.fetch(second)
    models.choose(2, NOW, "quản trị")
    with pytest.raises(IntegrityError):
        models.refresh(tmp_path)
    assert '"0001.npz"' in (tmp_path / "current.json").read_text()


def test_a_damaged_cache_is_fetched_again(models: Models, tmp_path: Path) -> None:
    models.add(b"one", NOW, {})
    models.choose(1, NOW, "quản trị")
    models.refresh(tmp_path)
    (tmp_path / "0001.npz").write_bytes(b"bit rot")
    models.refresh(tmp_path)
    assert (tmp_path / "0001.npz").read_bytes() == b"one"


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"sha256": 1}'])
def test_damaged_facts_are_an_error_of_integrity(models: Models, store: ObjectStore, damage: bytes) -> None:
    store.put_bytes("models/types/0001.json", damage)
    with pytest.raises(IntegrityError):
        models.versions()
    store.put_bytes("models/types/choice-0001.json", damage)
    with pytest.raises(IntegrityError):
        models.choice()
