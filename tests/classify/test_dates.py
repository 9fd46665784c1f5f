from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import dates
from pipeline.vietnamese import fold

UNITS = "không một hai ba bốn năm sáu bảy tám chín".split()
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31))


def in_words(number: int) -> str:
    """A number below 10 000 as civil-status papers spell it."""
    if number >= 1000:
        rest = number % 1000
        return f"{UNITS[number // 1000]} nghìn" + (f" {hundreds(rest)}" if rest else "")
    return hundreds(number) if number >= 100 else tens(number)


def hundreds(number: int) -> str:
    rest = number % 100
    joined = "" if not rest else f" linh {UNITS[rest]}" if rest < 10 else f" {tens(rest)}"
    return f"{UNITS[number // 100]} trăm{joined}"


def tens(number: int) -> str:
    ten, unit = divmod(number, 10)
    if ten == 0:
        return UNITS[unit]
    first = "mười" if ten == 1 else f"{UNITS[ten]} mươi"
    last = {0: "", 1: " mốt" if ten > 1 else " một", 5: " lăm"}.get(unit, f" {UNITS[unit]}")
    return first + last


FORMS = {
    "head": lambda d: f"Thí Điểm, ngày {d.day:02d} tháng {d.month:02d} năm {d.year}",
    "head without zeros": lambda d: f"Thí Điểm, ngày {d.day:02d} tháng {d.month} năm {d.year}",
    "capitals, marks lost": lambda d: f"NGAY {d.day} THANG {d.month} NAM {d.year}",
    "strokes": lambda d: f"Sinh ngày: {d.day:02d}/{d.month:02d}/{d.year}",
    "short strokes": lambda d: f"{d.day}/{d.month}/{d.year}.",
    "dashes": lambda d: f"cấp ngày {d.day:02d}-{d.month:02d}-{d.year};",
    "dots": lambda d: f"{d.day:02d}.{d.month:02d}.{d.year}",
    "words": lambda d: f"Ngày {in_words(d.day)} tháng {in_words(d.month)} năm {in_words(d.year)}",
    "words with commas": lambda d: (
        f"Ngày {in_words(d.day)}, tháng {in_words(d.month)}, năm {in_words(d.year)}, tại nhà"
    ),
}


@pytest.mark.parametrize("form", FORMS)
@given(day=DAYS)
def test_every_printed_form_gives_the_day_back(form: str, day: date) -> None:
    assert dates.first(FORMS[form](day)) == day.isoformat()


@given(st.integers(0, 9999))
def test_numbers_in_words(number: int) -> None:
    assert dates.number_in_words(fold(in_words(number))) == number


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 9999))
def test_only_days_of_the_calendar_have_a_value(day: int, month: int, year: int) -> None:
    found = dates.find(f"ngày {day:02d} tháng {month:02d} năm {year:04d}")
    assert len(found) == 1
    try:
        expected = date(year, month, day).isoformat()
    except ValueError:
        expected = ""
    assert found[0].iso == expected


@pytest.mark.parametrize(
    "text",
    ["ngày      tháng 11 năm 2024", "ngày 2# tháng 01 năm 2021", "ngày 0đ tháng 02 năm 2025", "ngày … tháng … năm …"],
)
def test_a_day_that_was_not_read_gives_no_date(text: str) -> None:
    assert [found.iso for found in dates.find(text)] == [""]


@pytest.mark.parametrize("text", ["Ngày, tháng, năm sinh", "số 12/2020/NĐ-CP", "năm 2024", "Điều 5. Thời hạn"])
def test_other_text_holds_no_date(text: str) -> None:
    assert dates.find(text) == ()


def test_blank_tells_a_draft_from_a_dated_paper() -> None:
    assert dates.find("ngày    tháng    năm 2024")[0].blank
    assert not dates.find("ngày    tháng 11 năm 2024")[0].blank


@given(DAYS, st.integers(1, 36))
def test_months_later_is_the_same_day_or_the_end_of_the_month(day: date, months: int) -> None:
    later = date.fromisoformat(dates.add_months(day.isoformat(), months))
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later.replace(day=28).month == later.month))
    if later.day != day.day:
        assert date.fromordinal(later.toordinal() + 1).day == 1
