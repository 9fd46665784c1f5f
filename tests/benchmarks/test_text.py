"""Texts made comparable, and distances between them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from benchmarks.text import bare, infix_distance, plain

TEXTS = st.text("abcđ ế", max_size=12)


def test_kinds_of_dash_and_quote_are_one() -> None:
    assert plain("2021 – 2026, “hoàn‑thành” …") == '2021 - 2026, "hoàn-thành" ...'


def test_normal_form_and_lookalikes_are_one() -> None:
    assert plain("Ðề  nghi\u0323\n") == "Đề nghị"


def test_bare_drops_marks_and_keeps_case() -> None:
    assert bare("QUYẾT ĐỊNH số đổi") == "QUYET DINH so doi"


@given(TEXTS, TEXTS)
def test_distance_is_the_least_to_any_part(truth: str, text: str) -> None:
    parts = [text[i:j] for i in range(len(text) + 1) for j in range(i, len(text) + 1)]
    assert infix_distance(truth, text) == min(Levenshtein.distance(truth, part) for part in parts)


def test_order_of_head_and_foot_costs_nothing() -> None:
    body = "Căn cứ Luật Tổ chức"
    assert infix_distance(body, f"ỦY BAN {body} Nơi nhận") == infix_distance(body, f"Nơi nhận ỦY BAN {body}") == 0


def test_what_stands_within_the_body_counts() -> None:
    assert infix_distance("Căn cứ Luật Tổ chức", "Căn cứ MẪU Luật Tổ chức") == len("MẪU ")


def test_nothing_read_is_all_wrong() -> None:
    assert infix_distance("Căn cứ", "") == len("Căn cứ")
