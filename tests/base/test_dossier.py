"""Words broken at the end of a line are one word for searching, and stay two on the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Line, PageReading, Word, unbroken

BOX = (0.0, 0.0, 10.0, 5.0)
SYLLABLES = "nghiên trường quyết giấy nước thuộc khoản người hoạch Nguyễn đường chuyển luật điện thôn".split()
NAMES = "Quảng Nam Đà Nẵng Hà Nội ỦY BAN NHÂN DÂN Điều Khoản".split()
CODES = ["15/2023/NĐ-CP", "284/QĐ-UBND", "01/2023/TT-VPCP", "22/TTr-STNMT", "H00.01-260305-0001", "2021-2026"]
ADDRESSES = ["https://dichvucong.thidiem.gov.vn/ho-so", "www.thidiem.gov.vn/thu-tuc", "van-thu@thidiem.gov.vn"]


def page(*rows: str, zones: tuple[str, ...] = ()) -> PageReading:
    lines = [
        Line(tuple(Word(word, BOX, 0.9) for word in row.split()), BOX, zones[i] if zones else "body")
        for i, row in enumerate(rows)
    ]
    return PageReading(1, 100, 100, 300, 0, 0.0, tuple(lines))


@pytest.mark.parametrize("word", SYLLABLES)
def test_a_syllable_loses_its_hyphen_wherever_it_was_broken(word: str):
    for at in range(1, len(word)):
        read = page(f"Điều 3. Việc {word[:at]}-", f"{word[at:]}, cứu xét")
        assert read.text == f"Điều 3. Việc {word[:at]}-\n{word[at:]}, cứu xét"
        assert read.search_text == f"Điều 3. Việc\n{word}, cứu xét"


@pytest.mark.parametrize("whole", [*CODES, *ADDRESSES])
def test_codes_and_addresses_keep_theirs(whole: str):
    for at in (i for i in range(2, len(whole)) if whole[i - 1] == "-"):
        assert page(f"theo {whole[:at]}", f"{whole[at:]}.").search_text == f"theo\n{whole}."


@pytest.mark.parametrize(("upper", "lower"), [("vanthu@", "thidiem.gov.vn"), ("https://thidiem.", "gov.vn/ho-so")])
def test_addresses_are_also_broken_elsewhere(upper: str, lower: str):
    assert unbroken(upper, lower) == upper + lower


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        ("Quảng Nam -", "Đà Nẵng"),
        ("Quảng Nam-", "Đà Nẵng"),
        ("TỈNH QUẢNG NAM-", "ĐÀ NẴNG"),
        ("Nơi nhận:", "- Như Điều 3;"),
        ("- Như Điều 3;", "- Lưu: VT."),
        ("ngày 03-", "Thí Điểm"),
        ("3-", "Lưu: VT."),
        ("ki-", "lô-gam"),
        ("xã-", "hội"),
        ("xem www.thidiem.gov.vn.", "Điều 4"),
        ("gửi vanthu@thidiem.gov.vn.", "trong năm ngày"),
        ("–", "ên"),
        ("nghi –", "ên"),
        ("nghi", "ên"),
    ],
)
def test_dashes_break_no_word(upper: str, lower: str):
    read = page(upper, lower)
    assert read.search_text == read.text


def test_a_word_does_not_go_on_in_another_part_of_the_page():
    read = page("Số: 15/QĐ-", "UBND", zones=("head_left", "head_right"))
    assert read.search_text == read.text


def test_lines_without_words_are_let_be():
    read = page("nghi-", "", "ên")
    assert read.search_text == read.text == "nghi-\n\nên"


def test_one_word_over_three_lines():
    assert page("https://thidiem-", "tinh-thu.gov.vn/ho-", "so").search_text.split() == [
        "https://thidiem-tinh-thu.gov.vn/ho-so"
    ]


@given(st.lists(st.lists(st.sampled_from([*NAMES, *SYLLABLES, *CODES, "-", "–", "nghi-", "Nam-", "NĐ-"]), max_size=4)))
def test_nothing_is_lost_but_hyphens(rows: list[list[str]]):
    read = page(*(" ".join(row) for row in rows))
    bare = [text.replace("-", "").split() for text in (read.text, read.search_text)]
    assert "".join(bare[0]) == "".join(bare[1])
    assert len(read.search_text.split("\n")) == len(rows) or not rows


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_two_words_may_meet(upper: str, lower: str):
    assert unbroken(upper, lower) in ("", upper + lower, upper[:-1] + lower)


@given(st.sampled_from(SYLLABLES), st.sampled_from(SYLLABLES))
def test_whole_syllables_are_never_made_one(first: str, second: str):
    assert unbroken(f"{first}-", second) == ""
