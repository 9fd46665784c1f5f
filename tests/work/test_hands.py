"""Hands at work: whole ways of papers, shared among machines, cut off at any place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import Keys, Site
from pipeline.storage import Repository, open_store
from pipeline.work.ledger import ItemState
from tests.work.tiny import House, house


@pytest.fixture
def office(tmp_path: Path, bucket_site: Site, keys_settings: Keys, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    site = bucket_site.model_copy(update={"data": tmp_path / "var", "index": tmp_path / "index.db"})
    # the key of the shared store lies in its own folder
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "services").symlink_to(bucket_site.data / "services")
    made = house(tmp_path, site, keys_settings)
    for name, value in made.installed.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(made.installed.folder)
    yield made
    for hands in made.made:
        hands.close()


def stored(house: House) -> int:
    return len(list(Repository(open_store(house.site)).ids()))


def test_papers_of_a_dossier_are_stored_when_all_of_it_is_read(office: House) -> None:
    hands, job = office.machine(), office.job()
    office.hand_in(job, [1, 3])
    assert hands.work_once()
    assert [item.state for item in office.ledger.items(job.id)] == [ItemState.READ, ItemState.READY]
    while hands.work_once():
        pass
    items = office.ledger.items(job.id)
    assert [item.state for item in items] == [ItemState.STORED] * 2
    assert [item.pages for item in items] == [1, 3]
    assert stored(office) == 2
    assert set(office.installed.reads().values()) == {1}
    assert list(hands.desks.area.sources()) == []
    assert not list(hands.desks.journal.folder.glob("*/capture.json"))
