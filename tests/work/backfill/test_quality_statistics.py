"""What a sample says, against sums done the long way."""

from math import comb

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.work.backfill.sampling import chance, falls_on, first_of
from pipeline.work.backfill.statistics import Tally, Verdict, judge, rate

_counts = st.integers(1, 60).flatmap(lambda looked: st.tuples(st.integers(0, looked), st.just(looked)))
_tallies = st.builds(
    lambda documents, drawn, looked, wrong, more, growing: Tally(
        documents,
        min(drawn, documents),
        min(looked, drawn, documents),
        min(wrong, looked, drawn, documents),
        more,
        growing,
    ),
    *[st.integers(0, 40)] * 5,
    st.booleans(),
)


def _at_most(wrong: int, looked: int, share: float) -> float:
    return sum(comb(looked, k) * share**k * (1 - share) ** (looked - k) for k in range(wrong + 1))


@given(_counts, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_interval_is_the_exact_one(counts, confidence):
    wrong, looked = counts
    found = rate(wrong, looked, confidence)
    tail = (1 - confidence) / 2
    assert 0 <= found.low <= found.share <= found.high <= 1
    if wrong < looked:
        assert _at_most(wrong, looked, found.high) == pytest.approx(tail, abs=1e-6)
    else:
        assert found.high == 1
    if wrong:
        assert 1 - _at_most(wrong - 1, looked, found.low) == pytest.approx(tail, abs=1e-6)
    else:
        assert found.low == 0


def test_nothing_looked_at_says_nothing():
    found = rate(0, 0, 0.95)
    assert (found.share, found.low, found.high) == (0, 0, 1)


@pytest.mark.parametrize(
    ("wrong", "looked", "confidence"), [(-1, 5, 0.9), (6, 5, 0.9), (1, 5, 0), (1, 5, 1), (0, -1, 0.9)]
)
def test_impossible_counts_are_refused(wrong, looked, confidence):
    with pytest.raises(ValueError, match="out of range"):
        rate(wrong, looked, confidence)


def test_known_figures():
    # No error among 59: the classical "rule of three" sample for 5 %.
    assert rate(0, 59, 0.9).high == pytest.approx(0.0495, abs=1e-3)
    assert rate(3, 150, 0.95).low == pytest.approx(0.00414, abs=1e-4)
    assert rate(3, 150, 0.95).high == pytest.approx(0.05735, abs=1e-4)


@given(_tallies, st.floats(0.001, 0.5))
def test_a_verdict_is_never_for_a_batch_that_is_wrong_beyond_the_limit(tally, limit):
    verdict = judge(tally, limit)
    too_many = tally.wrong > limit * tally.drawn + 1e-9
    assert too_many == (verdict in (Verdict.REJECTED, Verdict.GONE_THROUGH))
    if verdict is Verdict.ACCEPTED:
        assert not tally.growing
        assert 0 < tally.looked == tally.drawn
        assert tally.wrong / tally.looked <= limit + 1e-9


@given(_tallies, st.floats(0.001, 0.5))
def test_what_is_still_to_be_looked_at_does_not_overturn_a_verdict(tally, limit):
    """Looking at the rest, whatever comes of it, never frees a rejected batch."""
    assume(not tally.growing and judge(tally, limit) is Verdict.REJECTED)
    rest = tally.drawn - tally.looked
    best = Tally(tally.documents, tally.drawn, tally.drawn, tally.wrong, max(0, tally.unseen - rest), growing=False)
    assert judge(best, limit) in (Verdict.REJECTED, Verdict.GONE_THROUGH)


@pytest.mark.parametrize(
    ("tally", "verdict"),
    [
        (Tally(0, 0, 0, 0, 0, growing=False), Verdict.UNTOUCHED),
        (Tally(0, 0, 0, 0, 0, growing=True), Verdict.OPEN),
        (Tally(50, 0, 0, 0, 50, growing=False), Verdict.OPEN),  # a share of 0 draws nothing
        (Tally(50, 5, 4, 0, 46, growing=False), Verdict.OPEN),
        (Tally(50, 5, 5, 0, 45, growing=False), Verdict.ACCEPTED),
        (Tally(50, 5, 5, 0, 45, growing=True), Verdict.OPEN),
        (Tally(50, 5, 1, 1, 49, growing=False), Verdict.REJECTED),
        (Tally(50, 5, 5, 1, 0, growing=False), Verdict.GONE_THROUGH),
        (Tally(1000, 100, 100, 2, 900, growing=False), Verdict.ACCEPTED),  # just at the limit
        (Tally(1000, 100, 10, 2, 990, growing=False), Verdict.OPEN),  # the rest may yet be right
        (Tally(1000, 100, 10, 3, 990, growing=False), Verdict.REJECTED),
    ],
)
def test_verdicts(tally, verdict):
    assert judge(tally, 0.02) is verdict


@given(st.text(max_size=10), st.text(max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_draws_all_that_a_smaller_one_does(job, document, one, other):
    assert 0 <= chance(job, document) < 1
    if falls_on(job, document, min(one, other)):
        assert falls_on(job, document, max(one, other))
    assert not falls_on(job, document, 0)
    assert falls_on(job, document, 1)


@given(st.sets(st.text("0123456789abcdef", min_size=4, max_size=8), max_size=30))
def test_the_stand_in_is_the_same_in_any_order(documents):
    found = first_of("job", sorted(documents))
    assert found == first_of("job", sorted(documents, reverse=True))
    assert (found in documents) if documents else (found is None)


def test_the_share_drawn_is_the_share_asked_for():
    drawn = sum(falls_on("job", f"{number:020x}", 0.05) for number in range(20_000))
    found = rate(drawn, 20_000, 0.9999)
    assert found.low < 0.05 < found.high


def test_two_jobs_draw_differently():
    ids = [f"{number:020x}" for number in range(2000)]
    one, other = ({id for id in ids if falls_on(job, id, 0.1)} for job in ("a", "b"))
    assert len(one & other) < len(one) / 2
