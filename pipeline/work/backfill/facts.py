"""What became of a job, added up in one pass over its sources and documents: what the report tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline import errors
from pipeline.dossier import State, Text
from pipeline.work.ledger import UNREAD, Found, Item, ItemState

_MINUTE = 60
_STRETCHES = (60, 300, 900, 3600, 4 * 3600, 86400, 7 * 86400, 28 * 86400)
"""Seconds that a column of the throughput chart may stand for."""
_MOST_COLUMNS = 60
_EXAMPLES = 3
_OTHERS = "…"


@dataclass(slots=True)
class Pile:
    """Sources that are alike in something."""

    items: int = 0
    pages: int = 0
    bytes: int = 0

    def add(self, item: Item) -> None:
        """Count ``item``."""
        self.items += 1
        self.pages += item.pages
        self.bytes += item.size


@dataclass(slots=True)
class Reason:
    """Why sources were set aside, and what to do about it."""

    rule: str
    text: Text
    pile: Pile = field(default_factory=Pile)
    examples: list[str] = field(default_factory=list)
    """Names of a few of them."""


@dataclass(slots=True)
class TypeCount:
    """Documents of a type."""

    documents: int = 0
    doubtful: int = 0
    """Those with a field that a person had to look at."""
    by_policy: int = 0
    by_person: int = 0


@dataclass(slots=True)
class Facts:
    """The sums, filled source by source and document by document. Times are seconds since 1970."""

    states: dict[ItemState, Pile] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    documents: Counter[str] = field(default_factory=Counter)
    """Documents by state."""
    types: dict[str, TypeCount] = field(default_factory=dict)
    stages: Counter[str] = field(default_factory=Counter)
    """Seconds by stage, over all sources."""
    minutes: dict[tuple[int, str], Pile] = field(default_factory=dict)
    """Sources read in a minute (seconds since 1970 / 60) by a worker."""
    first: float = 0.0
    last: float = 0.0
    """When the first source was read and when the last one changed."""

    @property
    def all(self) -> Pile:
        """All sources."""
        piles = self.states.values()
        return Pile(sum(p.items for p in piles), sum(p.pages for p in piles), sum(p.bytes for p in piles))

    def pile(self, *states: ItemState) -> Pile:
        """Sources in any of these states."""
        chosen = [self.states[state] for state in states if state in self.states]
        return Pile(sum(p.items for p in chosen), sum(p.pages for p in chosen), sum(p.bytes for p in chosen))

    @property
    def workers(self) -> dict[str, Pile]:
        """What each worker read, the busiest first."""
        made: dict[str, Pile] = {}
        for (_, worker), pile in self.minutes.items():
            total = made.setdefault(worker, Pile())
            total.items += pile.items
            total.pages += pile.pages
            total.bytes += pile.bytes
        return dict(sorted(made.items(), key=lambda pair: (-pair[1].pages, pair[0])))

    def item(self, item: Item) -> None:
        """Count a source."""
        self.states.setdefault(item.state, Pile()).add(item)
        if item.state is ItemState.PARKED:
            reason = self.reasons.setdefault(item.reason, Reason(item.reason, advice(item.reason, item.reason_text)))
            reason.pile.add(item)
            if len(reason.examples) < _EXAMPLES:
                reason.examples.append(item.name)
        self.stages.update({stage: seconds for stage, seconds in item.timings.items() if seconds > 0})
        # What was known to be stored before was not worked on: it says nothing of the speed.
        if item.read_at and item.state not in UNREAD:
            self.minutes.setdefault((int(item.read_at // _MINUTE), item.read_by), Pile()).add(item)
            self.first = min(self.first or item.read_at, item.read_at)
            self.last = max(self.last, item.changed_at)

    def document(self, found: Found) -> None:
        """Count a document."""
        self.documents[found.state] += 1
        count = self.types.setdefault(found.type, TypeCount())
        count.documents += 1
        count.doubtful += found.doubtful > 0
        stored = found.state == State.STORED
        count.by_policy += stored and found.accepted_by == "policy"
        count.by_person += stored and found.accepted_by == "person"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time and what was read in it; ``begin`` is seconds since 1970."""

    begin: int
    seconds: int
    pages: Mapping[str, int]
    """By worker."""

    @property
    def per_hour(self) -> dict[str, float]:
        """Pages per hour by worker."""
        return {worker: pages * 3600 / self.seconds for worker, pages in self.pages.items()}


def advice(rule: str, said: Text) -> Text:
    """What the error of that name says, with the way out, about no file in particular; else ``said``."""
    kind = getattr(errors, rule, None)
    if isinstance(kind, type) and issubclass(kind, errors.SohoaError):
        vi, en = kind(name="Tệp").text.vi, kind(name="The file").text.en
        return Text(*(text.replace(" (…)", "").replace(": …", "") for text in (vi, en)))
    return said if said.vi else Text("chưa rõ lý do", "no reason known")


def stretches(minutes: Mapping[tuple[int, str], Pile], offset: int, workers: Sequence[str]) -> list[Stretch]:
    """Pages read over time, in stretches of one length so that there are not too many of them.

    Args:
        minutes: see :attr:`Facts.minutes`.
        offset: of local time to UTC in seconds: days begin at midnight.
        workers: those told apart; the others are put together.
    """
    if not minutes:
        return []
    first, last = min(minute for minute, _ in minutes) * _MINUTE, max(minute for minute, _ in minutes) * _MINUTE
    seconds = next((length for length in _STRETCHES if (last - first) / length < _MOST_COLUMNS - 1), _STRETCHES[-1])
    begin = (first + offset) // seconds * seconds - offset
    sums: dict[int, Counter[str]] = {place: Counter() for place in range((last - begin) // seconds + 1)}
    for (minute, worker), pile in minutes.items():
        sums[(minute * _MINUTE - begin) // seconds][worker if worker in workers else _OTHERS] += pile.pages
    return [Stretch(begin + place * seconds, seconds, dict(count)) for place, count in sums.items()]


def working_seconds(minutes: Mapping[tuple[int, str], Pile], pause: int = 900) -> int:
    """For how long work went on, leaving out stretches of more than ``pause`` seconds in which nothing was read."""
    when = sorted({minute * _MINUTE for minute, _ in minutes})
    return _MINUTE * bool(when) + sum(late - early for early, late in pairwise(when) if late - early <= pause)


def series(facts: Facts, most: int) -> Iterator[str]:
    """Names of the series of the throughput chart: the busiest workers, and the others as one."""
    workers = list(facts.workers)
    yield from workers if len(workers) <= most else [*workers[: most - 1], _OTHERS]
