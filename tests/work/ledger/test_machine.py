"""The ledger against a model of it, in any order of events, on both databases."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pipeline.errors import Damaged, StoreDown
from pipeline.settings import Site
from pipeline.work.ledger import ItemState, JobState, Lease, LeaseLost, Ledger, PageLease, Urgency
from pipeline.work.ledger.tables import METADATA
from tests.work.ledger.conftest import WORK, Clock, job, paper
from tests.work.ledger.model import Model

S = ItemState
JOBS = {"A": Urgency.BACKFILL, "B": Urgency.COUNTER, "C": Urgency.BACKFILL}
NAMES = sorted(JOBS)
ANY = range(1000)
EVENTS: dict[str, tuple[int, dict[str, Sequence[object]]]] = {
    "plan": (1, {"name": NAMES, "dossier": ["", "", "D1", "D2"], "count": [1, 2, 3]}),
    "take_in": (4, {"which": ANY, "how": ["feed", "feed", "feed", "refuse", "pass over"]}),
    "claim": (6, {"worker": ["w1", "w2"], "count": [1, 2, 3]}),
    "end": (6, {"which": ANY, "how": ["read", "stored", "parked", "waiting", "let go", "may pass", "bad"]}),
    "renew": (1, {"which": ANY}),
    "more_urgent": (1, {"which": ANY}),
    "offer": (4, {"which": ANY, "offered": [set(), {1}, {2, 3}, {1, 2, 3, 4}]}),
    "take_page": (3, {"which": ANY}),
    "page": (6, {"which": ANY, "how": ["done", "done", "back", "failed", "renew"]}),
    "wait": (2, {"seconds": [1, 6, 12]}),
    "expire": (2, {"seconds": [0, 31, 31]}),
    "halt": (1, {"name": NAMES, "state": [None, None, None, JobState.PAUSED, JobState.STOPPED]}),
    "hold": (1, {"which": ANY}),
    "retry": (1, {"name": NAMES}),
}
"""What may happen, how often, and how."""
WEIGHTED = [name for name, (weight, _) in EVENTS.items() for _ in range(weight)]
_event = st.sampled_from(WEIGHTED).flatmap(
    lambda name: st.fixed_dictionaries(
        {"event": st.just(name)} | {key: st.sampled_from(list(values)) for key, values in EVENTS[name][1].items()}
    )
)


class Events(RuleBasedStateMachine):
    """Workers, people and the sweeper do what they may do, at any time, also with leases they have lost."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        super().__init__()
        self.ledger, self.clock = ledger, clock
        with ledger.transaction() as connection:
            for table in reversed(METADATA.sorted_tables):
                if table.name != "ledger_version":
                    connection.execute(table.delete())
        self.model = Model(WORK.attempts, WORK.lease_seconds, WORK.retry_seconds, clock.time)
        self.leases: list[Lease] = []
        self.pages: list[PageLease] = []
        self.origins = 0
        for name, urgency in JOBS.items():
            ledger.open_job(job(name, urgency))
            self.model.jobs[name] = JobState.RUNNING

    @rule(event=_event)
    def happens(self, event: Mapping[str, object]) -> None:
        """A rule of its own for each event would be chosen too unevenly."""
        getattr(self, str(event["event"]))(**{key: value for key, value in event.items() if key != "event"})

    # -- putting in -----------------------------------------------------------------------------------------------

    @initialize(dossiers=st.lists(st.sampled_from(["", "", "D1", "D2"]), min_size=3, max_size=5))
    def begin(self, dossiers: Sequence[str]) -> None:
        for number, dossier in enumerate(dossiers):
            self.plan("AB"[number % 2], dossier, 1)
        for _ in dossiers[1:]:
            self.take_in(0, "feed")

    def plan(self, name: str, dossier: str, count: int) -> None:
        papers = [paper(f"{self.origins + number}", dossier) for number in range(count)]
        self.origins += count
        assert self.ledger.plan(name, [*papers, *papers[:1]]) == count
        for item in self.ledger.planned(name, 1000)[-count:]:
            self.model.add(item.id, name, dossier, JOBS[name])

    def take_in(self, which: int, how: str) -> None:
        planned = self.model.having(S.PLANNED)
        if not planned:
            return
        one = planned[which % len(planned)]
        if how == "feed":
            assert self.ledger.feed(one.id, "ab" * 32, 7)
            self.model.move(one, S.READY)
            one.again_at = 0.0
        elif how == "refuse":
            self.ledger.refuse(one.id, Damaged(name="x", what="y"))
            self.model.park(one, "Damaged")
        else:
            assert self.ledger.pass_over(one.id, "ab" * 32, 7)
            self.model.move(one, S.STORED)
        self.model.settle()
        assert not self.ledger.feed(one.id, "cd" * 32, 7)

    # -- workers --------------------------------------------------------------------------------------------------

    def claim(self, worker: str, count: int) -> None:
        for _ in range(count):
            self.claim_one(worker)

    def claim_one(self, worker: str) -> None:
        expected = self.model.units()[:1]
        lease = self.ledger.claim(worker)
        if lease is None:
            assert not expected
            return
        page = lease.page if isinstance(lease, PageLease) else 0
        assert expected[0][2:] == (lease.item.id, page)
        self.model.claim(lease.token)
        if isinstance(lease, PageLease):
            self.pages.append(lease)
        else:
            self.leases.append(lease)

    def good(self, lease: Lease) -> bool:
        return self.model.sources[lease.item.id].token == lease.token

    def any_lease(self, which: int) -> Lease:
        # Mostly one that is good; one that is lost is tried now and then.
        good = [lease for lease in self.leases if self.good(lease)]
        return good[which % len(good)] if good and which % 4 else self.leases[which % len(self.leases)]

    def reading_lease(self, which: int) -> Lease | None:
        reading = [lease for lease in self.leases if lease.item.state is S.READING]
        good = [lease for lease in reading if self.good(lease)]
        of = good if good and which % 4 else reading
        return of[which % len(of)] if of else None

    def end(self, which: int, how: str) -> None:
        if not self.leases:
            return
        lease = self.any_lease(which)
        reading = lease.item.state is S.READING
        if (how == "read") != reading and how in ("read", "waiting"):
            how = "let go"
        if not self.good(lease):
            with pytest.raises(LeaseLost):
                self.do(lease, how)
            return
        told = self.do(lease, how)
        self.model.end(self.model.sources[lease.item.id], how)
        self.model.settle()
        if isinstance(told, ItemState):
            assert told is self.model.sources[lease.item.id].state
        elif told is not None:
            assert told == (self.model.sources[lease.item.id].state is S.CLEARED)

    def do(self, lease: Lease, how: str) -> object:
        match how:
            case "read":
                return self.ledger.set_read(lease, [], 3, {"read": 1.0})
            case "let go":
                return self.ledger.let_go(lease)
            case "may pass":
                return self.ledger.let_go(lease, StoreDown(where="x"))
            case "bad":
                return self.ledger.let_go(lease, Damaged(name="x", what="y"))
        error = Damaged(name="x", what="y") if how == "parked" else None
        return self.ledger.finish(lease, ItemState(how), [], {"store": 1.0}, error)

    def renew(self, which: int) -> None:
        if not self.leases:
            return
        lease = self.any_lease(which)
        assert self.ledger.renew(lease, "page 2") == self.good(lease)
        self.model.renew(lease.item.id, lease.token)

    def more_urgent(self, which: int) -> None:
        leases = [*self.leases, *self.pages]
        if not leases:
            return
        lease = leases[which % len(leases)]
        assert self.ledger.more_urgent(lease) == any(unit[0] < lease.item.urgency for unit in self.model.units())

    # -- pages ----------------------------------------------------------------------------------------------------

    def offer(self, which: int, offered: set[int]) -> None:
        lease = self.reading_lease(which)
        if lease is None:
            return
        if not self.good(lease):
            with pytest.raises(LeaseLost):
                self.ledger.offer_pages(lease, offered)
            return
        self.ledger.offer_pages(lease, offered)
        self.model.offer(lease.item.id, offered)
        assert self.ledger.pages_left(lease) == self.model.pages_left(lease.item.id)

    def take_page(self, which: int) -> None:
        lease = self.reading_lease(which)
        if lease is None:
            return
        if not self.good(lease):
            with pytest.raises(LeaseLost):
                self.ledger.take_page(lease)
            return
        page = self.ledger.take_page(lease)
        assert (page.page if page else None) == self.model.take_page(lease.item.id)
        if page:
            self.pages.append(page)

    def page(self, which: int, how: str) -> None:
        if not self.pages:
            return
        good = [lease for lease in self.pages if self.model.page_is(lease.item.id, lease.page, lease.token)]
        lease = good[which % len(good)] if good and which % 4 else self.pages[which % len(self.pages)]
        held = self.model.page_is(lease.item.id, lease.page, lease.token)
        if how == "renew":
            assert self.ledger.renew(lease) == held
            self.model.renew(lease.item.id, lease.token)
        elif how == "done" and not held:
            with pytest.raises(LeaseLost):
                self.ledger.page_done(lease)
        elif how == "done":
            self.ledger.page_done(lease)
            self.model.page_done(lease.item.id, lease.page, lease.item.attempts)
        else:
            self.ledger.page_back(lease, StoreDown(where="x") if how == "failed" else None)
            if held:
                self.model.page_back(lease.item.id, lease.page, offered=how == "back")

    # -- time, sweeper, people ------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        self.clock.go(seconds)
        self.model.now = self.clock.time

    def expire(self, seconds: float) -> None:
        self.wait(seconds)
        before = {one.id: one.state for one in self.model.sources.values()}
        changed = {item.id: item.state for item in self.ledger.expire()}
        self.model.expire()
        for number, state in changed.items():
            assert state is not before[number] and state in (S.READY, S.CLEARED, S.PARKED)

    def halt(self, name: str, state: JobState | None) -> None:
        if state is None:
            self.go_on()
        else:
            self.ledger.set_job(name, state)
            self.model.jobs[name] = state

    def go_on(self) -> None:
        for name, state in self.model.jobs.items():
            if state is not JobState.DONE:
                self.ledger.set_job(name, JobState.RUNNING)
                self.model.jobs[name] = JobState.RUNNING
        self.model.settle()

    def hold(self, which: int) -> None:
        if not self.model.sources:
            return
        one = [*self.model.sources.values()][which % len(self.model.sources)]
        lease = self.ledger.hold(one.id, "an officer")
        may = one.state is S.WAITING or (one.state is S.PARKED and one.back is S.CLEARED)
        assert (lease is not None) == may
        if lease is not None:
            self.model.hold(one, lease.token)
            self.leases.append(lease)

    def retry(self, name: str) -> None:
        assert self.ledger.retry(name) == self.model.retry(name)

    # -- always ---------------------------------------------------------------------------------------------------

    @invariant()
    def same(self) -> None:
        known = {item.id: item for item in self.ledger.items(limit=10_000)}
        assert known.keys() == self.model.sources.keys()
        for number, one in self.model.sources.items():
            item = known[number]
            told = (item.state, item.attempts, item.again_at, item.reason, item.lease_until)
            assert told == (one.state, one.attempts, one.again_at, one.reason, one.until), number
        assert {one.id: one.state for one in self.ledger.jobs()} == self.model.jobs
        assert self.ledger.claimable() == len(self.model.units())

    def teardown(self) -> None:
        counts = self.ledger.counts()
        assert counts == {state: len(self.model.having(state)) for state in S}


def test_any_order_of_events(site: Site) -> None:
    clock = Clock()
    ledger = Ledger(site, clock)
    examples = 5 if site.database.url else 15
    run_state_machine_as_test(
        lambda: Events(ledger, clock),
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    ledger.close()


def test_a_long_time(site: Site) -> None:
    """What hypothesis seldom gets to: papers that are read, taken up again, held and parked by turns."""
    clock, choose = Clock(), random.Random(20261122)
    ledger = Ledger(site, clock)
    events = Events(ledger, clock)
    events.begin(["", "", "D1", "D1", "D2"])
    for step in range(250 if site.database.url else 500):
        name = choose.choice(WEIGHTED)
        how = {key: choose.choice(values) for key, values in EVENTS[name][1].items()}
        events.happens({"event": name, **how})
        if step % 3 == 0:
            events.same()
    events.teardown()
    ledger.close()
