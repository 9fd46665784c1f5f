"""Words of a reading are paired with the printed words they stand for."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from benchmarks import matching
from benchmarks.nouns import Gap

WORDS = st.lists(st.sampled_from(["của", "cửa", "một", "-", "UBND", "tỉnh"]), max_size=14)


@given(WORDS, WORDS)
def test_equal_pairs_are_what_the_bags_have_in_common(read: list[str], truth: list[str]) -> None:
    pairs = matching.equal_pairs(read, truth)
    assert len(pairs) == (Counter(read) & Counter(truth)).total()
    assert len(set(pairs.values())) == len(pairs)
    assert all(read[i] == truth[j] for i, j in pairs.items())


@given(WORDS, WORDS)
def test_no_word_is_paired_twice(read: list[str], truth: list[str]) -> None:
    equal = matching.equal_pairs(read, truth)
    unequal = matching.unequal_pairs(read, truth, equal)
    assert not set(equal) & set(unequal)
    assert len({*equal.values(), *unequal.values()}) == len(equal) + len(unequal)
    assert all(read[i] != truth[j] for i, j in unequal.items())


def test_a_misreading_that_is_another_word_is_found_at_its_place() -> None:
    truth = "Bộ phận Một cửa của phường".split()
    read = "Bộ phận Một của của phường".split()
    equal = matching.equal_pairs(read, truth)
    assert matching.unequal_pairs(read, truth, equal) == {3: 3}


def test_parts_in_another_order_are_paired() -> None:
    truth = "TM. ỦY BAN NHÂN DÂN Nơi nhận: Như trên;".split()
    read = "Nơi nhận: Như trên; TM. ỦY BAN NHÂN DÂN".split()
    assert matching.equal_pairs(read, truth) == {0: 5, 1: 6, 2: 7, 3: 8, 4: 0, 5: 1, 6: 2, 7: 3, 8: 4}


def test_a_moved_misreading_is_paired_by_likeness() -> None:
    truth = "một hai QUYẾT ba".split()
    read = "QUYÉT một hai ba".split()
    equal = matching.equal_pairs(read, truth)
    assert matching.unequal_pairs(read, truth, equal) == {0: 2}


def test_what_is_like_nothing_is_not_paired() -> None:
    assert matching.unequal_pairs(["xyz", "một"], ["một", "hai"], {1: 0}) == {}


def test_print_glued_together_by_writing_is_cut() -> None:
    gaps = [Gap("ngày", "tháng"), Gap("Số:", "/QĐ-UBND")]
    read = ["ngày06tháng", "Số:15/QĐ-UBND", "ngày", "tháng"]
    assert matching.split_glued(read, gaps) == [
        (0, "ngày"),
        (0, "06"),
        (0, "tháng"),
        (1, "Số:"),
        (1, "15"),
        (1, "/QĐ-UBND"),
        (2, "ngày"),
        (3, "tháng"),
    ]


def test_print_with_writing_glued_to_it_is_paired_once() -> None:
    gaps = [Gap("Số:", "/UBND-KTTH")]
    read, truth = ["Số:", "57/UBND-KTTH", "168/UBND-KTTH"], ["Số:", "/UBND-KTTH", "168/UBND-KTTH"]
    equal = matching.equal_pairs(read, truth)
    assert matching.glued_pairs(read, truth, gaps, equal) == {1: 1}


def test_more_than_writing_is_not_taken_for_glued() -> None:
    assert matching.glued_pairs(["ngày10/12/2024"], ["ngày"], [Gap("ngày", "tháng")], {}) == {}
