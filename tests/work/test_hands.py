"""Hands at work: whole ways of papers, shared among machines, cut off at any place."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline import recipe
from pipeline.dossier import Page
from pipeline.errors import DiskFull, StoreDown
from pipeline.settings import Keys, Site, Work
from pipeline.storage import ObjectStore, Repository, open_store
from pipeline.work.area import Area
from pipeline.work.hands import Hands
from pipeline.work.ledger import Item, ItemState, Lease, NewItem, Urgency
from pipeline.work.leftovers import clear_area, clear_desks
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


class Died(BaseException):
    """Stands for a kill: nobody catches it, nothing is told."""


def after(hands: Hands, name: str, times: int) -> Hands:
    """``hands`` that die when the method ``name`` is called once more than ``times``."""
    method, calls = getattr(hands, name), iter(range(times))

    def dying(*arguments: Any, **options: Any) -> Any:
        if next(calls, None) is None:
            raise Died
        return method(*arguments, **options)

    setattr(hands, name, dying)
    return hands


def finish(hands: Hands) -> None:
    """Work until nothing is left."""
    while hands.work_once():
        pass


def open_area_at(endpoint: str, area: Area) -> Area:
    return Area(ObjectStore(endpoint, "a", "b", area.store.bucket, secure=False, seconds=1))


def away_once(area: Area) -> None:
    """The store is away when the first page comes to it."""
    put = area.put_page

    def gone(sha256: str, number: int, data: bytes) -> None:
        area.put_page = put  # type: ignore[method-assign]
        raise StoreDown(where="store")

    area.put_page = gone  # type: ignore[method-assign]


def stored(house: House) -> int:
    return len(list(Repository(open_store(house.site)).ids()))


def test_papers_of_a_dossier_are_stored_when_all_of_it_is_read(office: House) -> None:
    hands, job = office.machine(), office.job()
    office.hand_in(job, [1, 3])
    assert hands.work_once()
    assert [item.state for item in office.ledger.items(job.id)] == [ItemState.READ, ItemState.READY]
    finish(hands)
    items = office.ledger.items(job.id)
    assert [item.state for item in items] == [ItemState.STORED] * 2
    assert [item.pages for item in items] == [1, 3]
    assert stored(office) == 2
    assert set(office.installed.reads().values()) == {1}
    assert list(hands.desks.area.sources()) == []
    assert not list(hands.desks.journal.folder.glob("*/capture.json"))


def test_two_machines_share_a_source_page_by_page(office: House) -> None:
    job = office.job(urgency=Urgency.COUNTER)
    (item,) = office.hand_in(job, [8])
    machines = [office.machine(), office.machine()]
    read, helped = machines[0]._read_page, time.monotonic() + 120

    def reading(item: Item, page: Page) -> None:
        read(item, page)
        while not machines[1].pages and time.monotonic() < helped:  # its readers may take a while to start
            time.sleep(0.05)

    machines[0]._read_page = reading  # type: ignore[method-assign]
    with ThreadPoolExecutor() as both:
        first = both.submit(machines[0].work_once)
        while office.ledger.item(item.id).state is ItemState.READY:
            time.sleep(0.01)
        while not first.done():
            machines[1].work_once()
        assert first.result()
    assert all(machine.pages for machine in machines)
    finish(machines[1])
    assert office.ledger.item(item.id).state is ItemState.STORED
    assert office.installed.reads() == dict.fromkeys(range(1, 9), 1)
    assert stored(office) == 1


def test_another_machine_goes_on_where_one_died(office: House) -> None:
    """The first is gone after two pages, the second while it packages, one more before it tells that all is stored."""
    job = office.job()
    (item,) = office.hand_in(job, [4])
    for name, times in (("_read_page", 2), ("_advance", 0), ("conclude", 0)):
        with pytest.raises(Died):
            after(office.machine(), name, times).work_once()
        office.expire()
    last = office.machine()
    finish(last)
    assert office.ledger.item(item.id).state is ItemState.STORED
    assert set(office.installed.reads().values()) == {1}
    assert stored(office) == 1
    assert list(last.desks.area.sources()) == []


def test_pages_read_while_the_store_was_away_are_not_read_again(office: House) -> None:
    """Neither by whom the source belongs to, nor by one who helps: what is told as read is in the area."""
    office.change(work=Work(retry_seconds=0))
    job = office.job()
    (item,) = office.hand_in(job, [3])
    owner, helper = office.machine(), office.machine()
    for hands in (owner, helper):
        away_once(hands.desks.area)
    with pytest.raises(StoreDown):
        owner.work_once()
    lease = office.ledger.claim("owner")
    assert isinstance(lease, Lease)
    owner.desks.settle(lease.item, owner.crew)
    assert owner.desks.area.held(item.sha256)[0] == {1}
    office.ledger.offer_pages(lease, [2, 3])
    with pytest.raises(StoreDown):
        helper.work_once()
    assert helper.work_once()
    assert owner.desks.area.held(item.sha256)[0] == {1, 2}
    office.ledger.let_go(lease)
    finish(owner)
    assert office.ledger.item(item.id).state is ItemState.STORED
    assert office.installed.reads() == {1: 1, 2: 1, 3: 1}


def test_no_page_is_left_out_that_was_told_as_read_and_is_not_there(office: House) -> None:
    job = office.job()
    (item,) = office.hand_in(job, [2])
    owner, helper = office.machine(), office.machine()
    read = owner._read_page

    def reading(item: Item, page: Page) -> None:
        read(item, page)
        if helper.pages == 0:
            assert helper.work_once()
            owner.desks.area.store.remove([f"{item.sha256}/page-0002.json"])

    owner._read_page = reading  # type: ignore[method-assign]
    finish(owner)
    (found,) = [found for _, found in office.ledger.found(job.id)]
    assert (office.ledger.item(item.id).state, found.pages) == (ItemState.STORED, 2)
    assert office.installed.reads() == {1: 1, 2: 2}


def test_an_urgent_paper_is_read_between_two_pages_of_another(office: House) -> None:
    slow, urgent = office.job(), office.job("quầy", Urgency.COUNTER)
    (book,) = office.hand_in(slow, [5])
    hands = office.machine()
    read, handed = hands._read_page, []

    def reading(item: Item, page: Page) -> None:
        read(item, page)
        if hands.pages == 2:
            handed.extend(office.hand_in(urgent, [1], "H00.01-260305-0002"))

    hands._read_page = reading  # type: ignore[method-assign]
    assert hands.work_once()
    assert office.ledger.item(book.id).state is ItemState.READY
    assert office.ledger.item(book.id).attempts == 0
    assert hands.work_once()
    assert office.ledger.item(handed[0].id).state is ItemState.STORED
    assert office.ledger.item(book.id).state is ItemState.READY
    finish(hands)
    assert office.ledger.item(book.id).state is ItemState.STORED
    assert set(office.installed.reads().values()) == {1}


def test_a_worker_that_ends_lets_go_and_nothing_is_blamed(office: House) -> None:
    job = office.job()
    (item,) = office.hand_in(job, [3])
    ending = office.machine()
    ending.stopping = lambda: ending.pages == 1
    assert ending.work_once()
    assert (office.ledger.item(item.id).state, office.ledger.item(item.id).attempts) == (ItemState.READY, 0)
    finish(office.machine())
    assert set(office.installed.reads().values()) == {1}


@pytest.mark.parametrize(("harm", "rule"), [("crash", "TooMuchMemory"), ("loop", "TooSlow")])
def test_a_poison_paper_is_set_aside_and_the_others_are_done(office: House, harm: str, rule: str) -> None:
    limits = office.site.limits.model_copy(update={"seconds_page": 2.0})
    office.change(limits=limits, work=Work(retry_seconds=0))
    job = office.job()
    (bad,) = office.hand_in(job, [2], "H00.01-260305-0003", harm)
    (good,) = office.hand_in(job, [1], "H00.01-260305-0004")
    hands = office.machine()
    finish(hands)
    assert office.ledger.item(good.id).state is ItemState.STORED
    parked = office.ledger.item(bad.id)
    assert (parked.state, parked.reason) == (ItemState.PARKED, rule)
    assert office.installed.reads()[1] == 1


def test_what_waits_for_a_person_can_be_finished_at_any_machine(office: House) -> None:
    job = office.job(accept=False)
    (item,) = office.hand_in(job, [1])
    finish(office.machine())
    assert office.ledger.item(item.id).state is ItemState.WAITING
    elsewhere = office.machine()
    lease = office.ledger.hold(item.id, "quầy 1")
    assert lease is not None
    elsewhere.desks.settle(lease.item, elsewhere.crew)
    (document,) = elsewhere.desks.journal.documents(item.sha256)
    recipe.advance(recipe.confirm_by(document, elsewhere.office, "Nguyễn Thị Thử", {}), elsewhere.office)
    assert elsewhere.conclude(lease, office.ledger.siblings(lease.item), {}) is ItemState.STORED
    assert stored(office) == 1
    assert [found.accepted_by for _, found in office.ledger.found(job.id)] == ["person"]


def test_the_same_file_twice_is_one_record(office: House) -> None:
    job = office.job()
    (first,) = office.hand_in(job, [1])
    office.ledger.plan(job.id, [NewItem("khác.pdf", "khác.pdf", first.dossier, first.size, sha256=first.sha256)])
    (second,) = office.ledger.planned(job.id, 10)
    office.ledger.feed(second.id, first.sha256, first.size)
    hands = office.machine()
    finish(hands)
    office.ahead += 20  # the second waits for the first
    finish(hands)
    assert {item.state for item in office.ledger.items(job.id)} == {ItemState.STORED}
    assert stored(office) == 1


def test_no_paper_is_blamed_for_a_store_that_is_down(office: House) -> None:
    job = office.job()
    (item,) = office.hand_in(job, [1])
    hands = office.machine()
    hands.desks.area = open_area_at("127.0.0.1:1", hands.desks.area)
    with pytest.raises(StoreDown):
        hands.work_once()
    kept = office.ledger.item(item.id)
    assert (kept.state, kept.attempts, kept.reason) == (ItemState.READY, 0, "StoreDown")


def test_what_a_kill_leaves_behind_is_cleared_away(office: House) -> None:
    job = office.job()
    (done, begun) = office.hand_in(job, [1, 1], "")
    killed = office.machine()
    killed.desks.clear = lambda *_, **__: None  # type: ignore[method-assign]
    assert killed.work_once()
    assert office.ledger.item(done.id).state is ItemState.STORED
    assert dict(killed.desks.area.sources()) == {done.sha256: False, begun.sha256: False}
    assert clear_area(office.ledger, killed.desks.area) == 1
    assert clear_desks(office.ledger, killed.desks.journal) == 1
    assert dict(killed.desks.area.sources()) == {begun.sha256: False}
    assert list(killed.desks.journal.sources()) == []


def test_papers_of_a_dossier_that_contradict_each_other_are_found_though_read_apart(office: House) -> None:
    """Whichever of the two is stored last still sees what the other one said."""
    job = office.job()
    items = office.hand_in(job, [1, 1])
    machines = [office.machine(), office.machine()]
    for machine in machines:
        assert machine.work_once()
    assert machines[0].work_once()
    assert [outline.source.sha256 for outline in machines[1].desks.outlines(items[0].sha256)] == [items[0].sha256]
    assert machines[1].work_once()
    assert list(machines[1].desks.area.sources()) == []


def test_a_full_disk_is_no_fault_of_the_paper(office: House) -> None:
    job = office.job()
    (item,) = office.hand_in(job, [1])
    hands = office.machine()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    hands.desks.keep_page = full  # type: ignore[method-assign]
    with pytest.raises(DiskFull):
        hands.work_once()
    kept = office.ledger.item(item.id)
    assert (kept.state, kept.attempts, kept.reason) == (ItemState.READY, 0, "DiskFull")
