"""What the ledger has to do, said again in the plainest way: dictionaries and loops."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.work.ledger import CLAIMED_AS, UNFINISHED, UNREAD, ItemState, JobState

S = ItemState
BACK = {S.READING: S.READY, S.FILING: S.CLEARED}


@dataclass
class Page:
    state: str = "open"
    offered: bool = True
    token: str = ""
    until: float = 0.0
    deaths: int = 0


@dataclass
class Source:
    id: int
    job: str
    dossier: str
    urgency: int
    state: ItemState = S.PLANNED
    attempts: int = 0
    again_at: float = 0.0
    token: str = ""
    until: float = 0.0
    back: ItemState | None = None
    reason: str = ""
    pages: dict[int, Page] = field(default_factory=dict)


@dataclass
class Model:
    attempts: int
    lease_seconds: float
    retry_seconds: float
    now: float = 1_000_000.0
    jobs: dict[str, JobState] = field(default_factory=dict)
    sources: dict[int, Source] = field(default_factory=dict)

    # -- what there is to claim -----------------------------------------------------------------------------------

    def units(self) -> list[tuple[int, int, int, int]]:
        """(urgency, rank, source, page) of all that can be claimed, the best first."""
        units = []
        for one in self.sources.values():
            if self.jobs[one.job] not in (JobState.RUNNING, JobState.DONE):
                continue
            if one.state in CLAIMED_AS and one.again_at <= self.now:
                units.append((one.urgency, 1 if one.state is S.READY else 0, one.id, 0))
            units += [
                (one.urgency, 2, one.id, number)
                for number, page in one.pages.items()
                if one.state is S.READING and page.state == "open" and page.offered
            ]
        return sorted(units)

    def claim(self, token: str) -> tuple[int, int] | None:
        if not self.units():
            return None
        _, _, number, page = self.units()[0]
        one = self.sources[number]
        if page:
            one.pages[page] = Page("taken", False, token, self.now + self.lease_seconds, one.pages[page].deaths)
        else:
            if one.state is S.READY:
                one.pages = {number: page for number, page in one.pages.items() if page.state != "read"}
            one.state = CLAIMED_AS[one.state]
            one.attempts += 1
            one.token, one.until = token, self.now + self.lease_seconds
        return number, page

    # -- changes of state -----------------------------------------------------------------------------------------

    def move(self, one: Source, after: ItemState) -> None:
        before, one.state, one.token, one.until = one.state, after, "", 0.0
        if before is S.READING and after is not S.READY:
            one.pages = {}
        for page in one.pages.values():
            page.offered = page.offered and after is S.READING
        if before in UNREAD and after not in UNREAD:
            self.clear(one)

    def clear(self, one: Source) -> None:
        together = [one]
        if one.dossier:
            together = [
                other for other in self.sources.values() if (other.job, other.dossier) == (one.job, one.dossier)
            ]
        if not any(other.state in UNREAD for other in together):
            for other in together:
                other.state = S.CLEARED if other.state is S.READ else other.state

    def park(self, one: Source, reason: str) -> None:
        one.back, one.reason = BACK.get(one.state, one.state), reason
        self.move(one, S.PARKED)

    def give_back(self, one: Source, again_at: float) -> None:
        for page in one.pages.values():
            if page.token == one.token and page.state == "taken":
                page.state, page.token, page.offered = "open", "", False
        self.move(one, BACK[one.state])
        one.again_at = again_at
        self.reopen(one.job)

    def settle(self) -> None:
        for job, state in self.jobs.items():
            mine = [one.state for one in self.sources.values() if one.job == job]
            if state is JobState.RUNNING and mine and not any(state in UNFINISHED for state in mine):
                self.jobs[job] = JobState.DONE

    def reopen(self, job: str) -> None:
        if self.jobs[job] is JobState.DONE:
            self.jobs[job] = JobState.RUNNING

    def expire(self) -> None:
        for one in self.sources.values():
            for number in sorted(one.pages):
                page = one.pages.get(number)
                if page is None or page.state != "taken" or page.until >= self.now:
                    continue
                free = one.state is S.READING and page.token != one.token
                one.pages[number] = Page("open", free, deaths=page.deaths + 1)
                if page.deaths + 1 >= self.attempts and one.state in BACK:
                    self.park(one, "GaveUp")
        for one in self.sources.values():
            if one.token and one.until < self.now:
                if one.attempts >= self.attempts:
                    self.park(one, "GaveUp")
                else:
                    self.move(one, BACK[one.state])
                    one.again_at = 0.0
                    self.reopen(one.job)
        self.settle()

    # -- what workers and people do -------------------------------------------------------------------------------

    def add(self, number: int, job: str, dossier: str, urgency: int) -> None:
        self.sources[number] = Source(number, job, dossier, urgency)
        self.reopen(job)

    def having(self, state: ItemState) -> list[Source]:
        return [one for one in self.sources.values() if one.state is state]

    def end(self, one: Source, how: str) -> None:
        if how == "let go":
            one.attempts = max(one.attempts - 1, 0)
            self.give_back(one, self.now)
        elif how == "may pass" and one.attempts < self.attempts:
            one.reason = "StoreDown"
            self.give_back(one, self.now + self.retry_seconds * 2 ** max(one.attempts - 1, 0))
        elif how in ("may pass", "bad"):
            self.park(one, "StoreDown" if how == "may pass" else "Damaged")
        else:
            one.attempts, one.reason = 0, "Damaged" if how == "parked" else ""
            one.back = BACK[one.state] if how == "parked" else one.back
            self.move(one, ItemState(how))

    def renew(self, number: int, token: str) -> None:
        one = self.sources[number]
        for held in (one, *one.pages.values()):
            if held.token == token:
                held.until = self.now + self.lease_seconds

    def hold(self, one: Source, token: str) -> None:
        one.state, one.token, one.until, one.attempts = S.FILING, token, self.now + self.lease_seconds, 0

    def retry(self, job: str) -> int:
        parked = [one for one in self.having(S.PARKED) if one.job == job]
        for one in parked:
            assert one.back is not None
            one.state, one.attempts, one.again_at, one.reason = one.back, 0, 0.0, ""
        if parked:
            self.reopen(job)
        return len(parked)

    # -- pages ----------------------------------------------------------------------------------------------------

    def offer(self, number: int, offered: set[int]) -> None:
        pages = self.sources[number].pages
        for page in offered:
            pages.setdefault(page, Page())
            pages[page].offered = pages[page].state == "open"

    def take_page(self, number: int) -> int | None:
        one = self.sources[number]
        for page in sorted(one.pages):
            if one.pages[page].state == "open":
                until = self.now + self.lease_seconds
                one.pages[page] = Page("taken", False, one.token, until, one.pages[page].deaths)
                return page
        return None

    def page_is(self, number: int, page: int, token: str) -> bool:
        pages = self.sources[number].pages
        return page in pages and pages[page].token == token

    def page_done(self, number: int, page: int, attempts: int) -> None:
        one = self.sources[number]
        if attempts > 1 and one.token:
            one.attempts = min(one.attempts, 1)
        one.pages[page] = Page("read", False, deaths=one.pages[page].deaths)

    def page_back(self, number: int, page: int, *, offered: bool) -> None:
        one = self.sources[number]
        one.pages[page] = Page("open", offered and one.state is S.READING, deaths=one.pages[page].deaths)

    def pages_left(self, number: int) -> tuple[int, int]:
        one = self.sources[number]
        states = [page.state for page in one.pages.values() if page.token != one.token]
        return states.count("open"), states.count("taken")
