"""How long, how much, and when."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.settings import Backfill
from pipeline.work.backfill.estimates import Rates, estimate, is_open, measure, open_share
from pipeline.work.backfill.planning import Plan
from pipeline.work.ledger import ItemState
from tests.work.backfill.archive import TIMINGS, open_archive

_PLAN = Plan(10, 100, 3600, 1_000_000, 0, 0, {}, {}, {}, 0)
_CLOCKS = st.times().map(lambda at: f"{at:%H:%M}")


def test_hours_are_pages_by_seconds_by_workers() -> None:
    found = estimate(_PLAN, Rates(2.0, 1.5, 50), 4, Backfill())
    assert (found.hours, found.elapsed_hours, found.bytes) == (0.5, 0.5, 1_500_000)
    assert estimate(_PLAN, Rates(2.0, 1.5, 50), 0, Backfill()).hours == 2.0


def test_limits_make_it_longer_on_the_clock() -> None:
    limits = Backfill(hours=("18:00-06:00",), pages_per_hour=1800)
    found = estimate(_PLAN, Rates(2.0), 4, limits)
    assert found.hours == 0.5
    assert found.elapsed_hours == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ((), time(3), True),
        (("18:00-06:00",), time(17, 59), False),
        (("18:00-06:00",), time(18), True),
        (("18:00-06:00",), time(5, 59), True),
        (("18:00-06:00",), time(6), False),
        (("12:00-13:00", "20:00-24:00"), time(23, 59), True),
        (("12:00-13:00", "20:00-24:00"), time(14), False),
    ],
)
def test_hours_of_the_day(hours: tuple[str, ...], at: time, expected: bool) -> None:
    assert is_open(hours, at) is expected


@given(st.lists(st.tuples(_CLOCKS, _CLOCKS).map("-".join), max_size=3), st.times())
def test_the_share_of_the_day_is_that_of_the_open_minutes(hours: list[str], at: time) -> None:
    minutes = sum(is_open(hours, time(minute // 60, minute % 60)) for minute in range(1440))
    assert open_share(hours) == pytest.approx(minutes / 1440)
    assert 0 < open_share(hours) <= 1 or not is_open(hours, at)


def test_rates_come_from_what_was_stored_here(tmp_path: Path) -> None:
    archive = open_archive(tmp_path)
    assert measure(archive.ledger) == Rates()
    for _ in range(3):
        archive.put(pages=2)
    archive.put(ItemState.PARKED)
    found = measure(archive.ledger, archive.job.id)
    assert found.pages == 6
    assert found.seconds_per_page == pytest.approx(sum(TIMINGS.values()) / 2)
    assert found.stored_per_byte == pytest.approx(5000 / 2000)
