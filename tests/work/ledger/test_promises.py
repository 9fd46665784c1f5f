"""What the ledger promises to those who use it, one promise a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.dossier import Dossier, Kind
from pipeline.errors import Damaged, SohoaError, StoreDown, UnknownJob
from pipeline.work.ledger import (
    TRANSITIONS,
    Beat,
    Found,
    ItemState,
    Job,
    JobState,
    Lease,
    LeaseLost,
    Ledger,
    NewItem,
    PageLease,
    Urgency,
)
from tests.work.ledger.conftest import Clock, Feed, claimed, job, paper

S = ItemState


def test_a_job_is_opened_once(ledger: Ledger) -> None:
    first = ledger.open_job(
        Job("b", "backfill", "kho số 1", Urgency.BACKFILL, options={"from": "/kho", "n": [1, None]})
    )
    again = ledger.open_job(Job("b", "watch", "khác", Urgency.COUNTER))
    assert again == first == ledger.job("b") == ledger.job("kho số 1")
    assert first.options == {"from": "/kho", "n": [1, None]}
    assert [one.id for one in ledger.jobs()] == ["J", "b"]
    assert [one.id for one in ledger.jobs(JobState.PAUSED)] == []


def test_the_newest_job_of_a_name_is_meant(ledger: Ledger, clock: Clock) -> None:
    for number in (1, 2):
        clock.go(1)
        ledger.open_job(Job(f"id{number}", "watch", "quét", Urgency.WATCHED))
    ledger.open_job(Job("quét 2", "watch", "id1", Urgency.WATCHED))
    assert ledger.job("quét").id == "id2"
    assert ledger.job("id1").id == "id1"  # an id before a name


def test_no_such_job(ledger: Ledger) -> None:
    for ask in (
        lambda: ledger.job("none"),
        lambda: ledger.plan("none", [paper("a")]),
        lambda: ledger.set_job("none", JobState.PAUSED),
        lambda: ledger.retry("none"),
    ):
        with pytest.raises(UnknownJob):
            ask()


def test_a_source_is_planned_once_and_kept_as_it_is(ledger: Ledger) -> None:
    dossier = Dossier("H00.01-261122-0001", "1.001193", "079123456789", Kind.RESULT)
    new = NewItem("/kho/hộp 1/a.pdf", "a.pdf", dossier, 7, 3, "ab" * 32, "hộp 1")
    assert ledger.plan("J", [new, new]) == 1
    assert ledger.plan("J", [new]) == 0
    (item,) = ledger.planned("J", 10)
    assert (item.origin, item.name, item.dossier, item.size) == (new.origin, new.name, dossier, 7)
    assert (item.pages, item.sha256, item.batch, item.state) == (3, "ab" * 32, "hộp 1", S.PLANNED)
    ledger.open_job(job("K"))
    assert ledger.plan("K", [new]) == 1
    assert [one.job for one in ledger.known("ab" * 32)] == ["J", "K"]
    assert ledger.known("") == []


def test_planning_takes_no_more_into_memory_than_a_batch(ledger: Ledger) -> None:
    kept = []

    def sources() -> Iterator[NewItem]:
        for number in range(2500):
            if number == 2400:
                kept.append(ledger.counts("J")[S.PLANNED])
            yield paper(str(number))

    assert ledger.plan("J", sources()) == 2500
    assert kept[0] >= 2000


@pytest.mark.parametrize(
    "name",
    [
        "a\x00b",
        "scan\udcff\udc80.pdf",
        "\x01",
        "dòng\nhai\r",
        "\u202egnp.exe",
        "🗂️",
        "x" * 5000,
        "Hòa",
        "Ho\u0300a",
        " ",
        "'; --",
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_names_of_any_kind_come_back_as_they_were(ledger: Ledger, name: str) -> None:
    error = Damaged(name=name, what=name)
    ledger.plan("J", [NewItem(name, name, Dossier(name, name, name), batch=name)])
    (item,) = ledger.planned("J", 1)
    assert (item.origin, item.name, item.batch) == (name, name, name)
    assert item.dossier == Dossier(name, name, name)
    ledger.refuse(item.id, error)
    (item,) = ledger.items("J", S.PARKED)
    assert (item.reason, item.reason_text) == ("Damaged", error.text)
    assert ledger.plan("J", [paper(name)]) == 0


def test_the_urgent_first_then_the_begun_then_the_older(ledger: Ledger, feed: Feed) -> None:
    ledger.open_job(job("counter", Urgency.COUNTER))
    old, new = feed(paper("1"), paper("2"))
    (read,) = feed(paper("3"))
    lease = claimed(ledger)
    assert lease.item.id == old
    ledger.let_go(lease)
    for number in (old, new):
        ledger.let_go(claimed(ledger), StoreDown(where="x"), wait=10.0)
        assert ledger.item(number).again_at > 0  # type: ignore[union-attr]
    lease = claimed(ledger)
    assert lease.item.id == read
    ledger.set_read(lease, [], 1, {})
    (urgent,) = feed(paper("4"), into="counter")
    assert ledger.claimable() == 2
    assert [claimed(ledger).item.id for _ in range(2)] == [urgent, read]
    assert ledger.claim("w") is None


def test_idle_workers_help_only_where_nothing_as_urgent_waits(ledger: Ledger, feed: Feed) -> None:
    ledger.open_job(job("counter", Urgency.COUNTER))
    feed(paper("backfill"))
    feed(paper("counter"), into="counter")
    lease = claimed(ledger)
    ledger.offer_pages(lease, [1, 2, 3])
    helped = ledger.claim("helper")
    assert isinstance(helped, PageLease)
    assert (helped.item.id, helped.page) == (lease.item.id, 1)
    assert ledger.more_urgent(Lease(ledger.items("J")[0], ""))  # the pages of the counter are
    own = ledger.take_page(lease)
    assert own is not None and own.page == 2
    assert ledger.pages_left(lease) == (1, 1)
    ledger.page_done(own)
    ledger.page_done(helped)
    assert ledger.pages_counts("counter") == (2, 0)
    assert isinstance(ledger.claim("helper"), PageLease)
    assert ledger.claim("another").item.job == "J"  # type: ignore[union-attr]


def test_pages_read_by_helpers_are_not_offered_again(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    feed(paper("a"))
    lease = claimed(ledger, "owner")
    ledger.offer_pages(lease, [1, 2])
    helped = ledger.claim("helper")
    assert isinstance(helped, PageLease)
    ledger.let_go(lease)
    lease = claimed(ledger, "another")
    ledger.page_done(helped)  # the helper went on meanwhile
    ledger.offer_pages(lease, [1, 2])
    page = ledger.take_page(lease)
    assert page is not None and page.page == 2
    assert ledger.take_page(lease) is None
    assert ledger.pages_left(lease) == (0, 0)
    ledger.set_read(lease, [], 2, {})
    with pytest.raises(LeaseLost):
        ledger.page_done(page)


def test_a_page_that_helpers_die_over_parks_its_source(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    feed(paper("a"))
    lease = claimed(ledger)
    ledger.offer_pages(lease, [4])
    for _ in range(3):
        assert isinstance(ledger.claim("helper"), PageLease)
        clock.go(20)
        assert ledger.renew(lease)
        clock.go(20)
        parked = ledger.expire()
        ledger.renew(lease)
    assert [item.state for item in parked] == [S.PARKED]
    assert parked[0].reason == "GaveUp"
    assert "page 4" in parked[0].reason_text.en
    assert not ledger.renew(lease)


def test_a_page_that_failed_with_a_helper_is_left_to_the_owner(ledger: Ledger, feed: Feed) -> None:
    feed(paper("a"))
    lease = claimed(ledger)
    ledger.offer_pages(lease, [1])
    helped = ledger.claim("helper")
    assert isinstance(helped, PageLease)
    ledger.page_back(helped, StoreDown(where="x"))
    assert ledger.claim("helper") is None
    page = ledger.take_page(lease)
    assert page is not None and page.page == 1


def test_a_dossier_goes_on_when_its_last_paper_is_read(ledger: Ledger, feed: Feed) -> None:
    feed(paper("1", "H1"), paper("2", "H1"), paper("3", "H1"), paper("4", "H2"))
    ledger.plan("J", [paper("5", "H1")])
    leases = [claimed(ledger) for _ in range(4)]
    assert not ledger.set_read(leases[0], [], 1, {})
    assert not ledger.set_read(leases[1], [], 1, {})
    ledger.finish(leases[2], S.PARKED, [], {}, Damaged(name="x", what="y"))
    assert ledger.counts("J")[S.READ] == 2
    assert ledger.set_read(leases[3], [], 1, {})
    ledger.refuse(ledger.planned("J", 1)[0].id, Damaged(name="x", what="y"))  # the last paper it waited for
    assert ledger.counts("J")[S.CLEARED] == 3
    assert [item.origin for item in ledger.siblings(leases[0].item)] == ["1", "2", "3", "5"]
    ledger.plan("J", [paper("6", "H1")])  # comes late: holds back nobody
    assert claimed(ledger).item.origin == "1"


def test_attempts_are_counted_unless_it_was_let_go_on_purpose(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    (number,) = feed(paper("a"))
    for _ in range(5):
        assert ledger.let_go(claimed(ledger)) is S.READY
    for wait in (5, 10):
        assert ledger.let_go(claimed(ledger), StoreDown(where="kho")) is S.READY
        clock.go(wait - 1)
        assert ledger.claim("w") is None
        clock.go(1)
    assert ledger.let_go(claimed(ledger), StoreDown(where="kho")) is S.PARKED
    parked = ledger.item(number)
    assert parked is not None
    assert (parked.attempts, parked.reason, parked.reason_text) == (3, "StoreDown", StoreDown(where="kho").text)
    assert ledger.job("J").state is JobState.DONE
    assert ledger.retry("J", number) == 1
    assert ledger.job("J").state is JobState.RUNNING
    assert claimed(ledger).item.attempts == 1


def test_a_source_that_kills_its_workers_is_set_aside(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    feed(paper("a"), paper("b"))
    first = claimed(ledger)
    for attempt in (1, 2, 3):
        lease = first if attempt == 1 else claimed(ledger)
        assert ledger.renew(lease, "page 7")
        clock.go(31)
        (item,) = ledger.expire()
        assert not ledger.renew(lease)
    assert (item.state, item.reason, item.doing) == (S.PARKED, "GaveUp", "page 7")
    assert "3" in item.reason_text.vi and "page 7" in item.reason_text.vi
    assert claimed(ledger).item.origin == "b"


def test_a_source_that_comes_forward_may_lose_workers_more_often(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    (number,) = feed(paper("a"))
    for page in range(1, 8):
        lease = claimed(ledger)
        ledger.offer_pages(lease, [page])
        taken = ledger.take_page(lease)
        assert taken is not None
        ledger.page_done(taken)
        clock.go(31)
        ledger.expire()
    assert ledger.item(number).state is S.READY  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "change",
    [
        lambda ledger, lease: ledger.set_read(lease, [], 1, {}),
        lambda ledger, lease: ledger.finish(lease, S.STORED, [], {}),
        lambda ledger, lease: ledger.let_go(lease),
        lambda ledger, lease: ledger.let_go(lease, Damaged(name="x", what="y")),
        lambda ledger, lease: ledger.offer_pages(lease, [1]),
        lambda ledger, lease: ledger.take_page(lease),
    ],
)
def test_a_lost_lease_changes_nothing(ledger: Ledger, feed: Feed, clock: Clock, change) -> None:  # type: ignore[no-untyped-def]
    feed(paper("a"))
    lost = claimed(ledger)
    clock.go(31)
    ledger.expire()
    now = claimed(ledger)
    with pytest.raises(LeaseLost):
        change(ledger, lost)
    assert ledger.item(now.item.id) == now.item
    assert ledger.renew(now)


def test_there_are_no_other_changes_of_state(ledger: Ledger, feed: Feed) -> None:
    feed(paper("a"))
    lease = claimed(ledger)
    assert S.WAITING not in TRANSITIONS[S.READING]
    with pytest.raises(SohoaError, match="reading → waiting"):
        ledger.finish(lease, S.WAITING, [], {})
    assert ledger.item(lease.item.id) == lease.item


def test_nothing_of_a_paused_job_is_claimed_but_what_is_in_hand_is_finished(ledger: Ledger, feed: Feed) -> None:
    feed(paper("a"), paper("b"))
    lease = claimed(ledger)
    ledger.offer_pages(lease, [1])
    for state in (JobState.PAUSED, JobState.STOPPED):
        ledger.set_job("J", state)
        assert ledger.claim("w") is None
        assert ledger.claimable() == 0
    assert ledger.set_read(lease, [], 1, {})
    assert ledger.claim("w") is None
    ledger.set_job("J", JobState.RUNNING)
    assert claimed(ledger).item.state is S.FILING


def test_documents_and_timings_are_kept_for_reports(ledger: Ledger, feed: Feed) -> None:
    feed(paper("a", batch="hộp 1"), paper("b", batch="hộp 2"))
    gate = [Found("d1", "officer_signed", "khai_sinh", 2), Found("d2", "officer_signed", "cccd", 1, doubtful=2)]
    ledger.set_read(claimed(ledger), gate, 3, {"read": 2.5})
    stored = [
        Found("d1", "stored", "khai_sinh", 2, 0, "policy", "", 700),
        Found("d2", "stored", "cccd", 1, 2, "person"),
    ]
    ledger.finish(claimed(ledger), S.STORED, stored, {"store": 0.5})
    (done,) = ledger.items("J", S.STORED)
    assert done.timings == {"read": 2.5, "store": 0.5}
    assert [(item.origin, found) for item, found in ledger.found("J")] == [("a", one) for one in stored]
    assert ledger.documents(done.id) == stored
    assert [found.id for _, found in ledger.found("J", accepted_by="policy")] == ["d1"]
    assert list(ledger.found("J", batch="hộp 2")) == []
    assert ledger.documents_counts("J") == {("stored", "khai_sinh"): (1, 0), ("stored", "cccd"): (1, 1)}
    assert ledger.pages_counts("J") == (3, 3)
    assert ledger.counts() == ledger.counts("J")


def test_a_person_takes_what_waits(ledger: Ledger, feed: Feed) -> None:
    (number,) = feed(paper("a"))
    assert ledger.hold(number, "officer") is None
    ledger.set_read(claimed(ledger), [], 1, {})
    ledger.finish(claimed(ledger), S.WAITING, [], {})
    assert ledger.job("J").state is JobState.DONE
    lease = ledger.hold(number, "officer")
    assert lease is not None and ledger.hold(number, "another") is None
    assert ledger.let_go(lease) is S.CLEARED
    assert ledger.job("J").state is JobState.RUNNING
    ledger.finish(claimed(ledger), S.PARKED, [], {}, Damaged(name="x", what="y"))
    lease = ledger.hold(number, "officer")
    assert lease is not None
    ledger.finish(lease, S.STORED, [], {})
    assert ledger.counts("J")[S.STORED] == 1


def test_a_job_is_done_when_the_engine_has_nothing_left_to_do(ledger: Ledger, feed: Feed) -> None:
    feed(paper("a"), paper("b"))
    leases = [claimed(ledger), claimed(ledger)]
    ledger.finish(leases[0], S.STORED, [], {})
    assert ledger.job("J").state is JobState.RUNNING
    ledger.finish(leases[1], S.PARKED, [], {}, Damaged(name="x", what="y"))
    assert ledger.job("J").state is JobState.DONE
    ledger.plan("J", [paper("c")])
    assert ledger.job("J").state is JobState.RUNNING
    assert ledger.pass_over(ledger.planned("J", 1)[0].id, "ab" * 32, 5, [Found("d", "stored", "x", 1)])
    assert ledger.job("J").state is JobState.DONE


def test_workers_are_heard_of_for_a_day(ledger: Ledger, clock: Clock) -> None:
    ledger.beat(Beat("w1", "máy 1", 7, "page 2"))
    started = clock.time
    clock.go(60)
    ledger.beat(Beat("w1", "máy 1", 7, pages=5, pages_per_minute=2.5))
    assert ledger.beats() == [Beat("w1", "máy 1", 7, "", started, clock.time, 5, 0, 2.5)]
    clock.go(25 * 3600)
    ledger.expire()
    assert ledger.beats() == []


def test_a_source_whose_dossier_is_complete_stays_in_the_same_hands(ledger: Ledger) -> None:
    ledger.plan("J", [paper("1", "A"), paper("2", "B"), paper("3", "B")])
    for item in ledger.planned("J", 3):
        ledger.feed(item.id, f"{item.id:064x}", 1)
    alone, first, second = (ledger.claim("w") for _ in range(3))
    onward = ledger.go_on(alone, [], 1, {})
    assert onward is not None
    assert (onward.item.state, onward.item.attempts, onward.token) == (S.FILING, 1, alone.token)
    assert ledger.renew(onward)
    assert ledger.go_on(first, [], 1, {}) is None
    assert ledger.item(first.item.id).state is S.READ
    last = ledger.go_on(second, [], 1, {})
    assert last is not None
    assert ledger.item(first.item.id).state is S.CLEARED
    with pytest.raises(LeaseLost):
        ledger.go_on(second, [], 1, {})
    ledger.finish(last, S.STORED, [], {})
