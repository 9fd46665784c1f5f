from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.vn import mst

from pipeline.classify.identity import check_digit, find_mrz, id_conflicts, personal_id, valid_tax_code
from pipeline.settings import Settings

TAILS = st.integers(0, 999999)
BIRTHS = st.dates(min_value=date(1940, 1, 1), max_value=date(2020, 12, 31))


def make_id(province: str, female: bool, year: int, tail: int) -> str:
    return f"{province}{(year // 100 - 19) * 2 + female}{year % 100:02d}{tail:06d}"


def card_zone(number: str, birth: date, female: bool, expiry: date, name: str) -> list[str]:
    """The three lines on the back of a card, with their check digits."""
    first = f"IDVNM{number[3:]}{check_digit(number[3:])}{number}<<"
    first += str(check_digit(number + "<<"))
    born, ends = birth.strftime("%y%m%d"), expiry.strftime("%y%m%d")
    second = f"{born}{check_digit(born)}{'F' if female else 'M'}{ends}{check_digit(ends)}VNM".ljust(29, "<")
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    return [first, second + str(check_digit(composite)), name.ljust(30, "<")]


def passport_zone(number: str, owner: str, birth: date, expiry: date) -> list[str]:
    born, ends = birth.strftime("%y%m%d"), expiry.strftime("%y%m%d")
    second = f"{number:<9}".replace(" ", "<")
    second += f"{check_digit(second)}VNM{born}{check_digit(born)}M{ends}{check_digit(ends)}{owner:<14}".replace(
        " ", "<"
    )
    second += str(check_digit(second[28:42]))
    second += str(check_digit(second[0:10] + second[13:20] + second[21:43]))
    return ["P<VNMLY<<THU<NGHIEM".ljust(44, "<"), second]


PEOPLE = st.tuples(st.sampled_from(["001", "051", "079"]), st.booleans(), BIRTHS, TAILS)


@given(PEOPLE)
def test_an_id_says_what_was_put_into_it(person) -> None:
    province, female, birth, tail = person
    said = personal_id(make_id(province, female, birth.year, tail))
    assert said is not None
    assert (said.province, said.sex, said.year) == (province, "Nữ" if female else "Nam", birth.year)


@given(PEOPLE)
def test_conflicts_are_those_of_the_paper(bundled: Settings, person) -> None:
    province, female, birth, tail = person
    number, sex = make_id(province, female, birth.year, tail), "Nữ" if female else "Nam"
    provinces = bundled.codes.provinces
    assert id_conflicts(number, sex, birth.isoformat(), provinces) == ()
    assert id_conflicts(number, "Nam" if female else "Nữ", birth.isoformat(), provinces) == ("sex",)
    assert id_conflicts(number, sex, f"{birth.year - 1}-01-01", provinces) == ("birth",)
    assert id_conflicts(f"999{number[3:]}", "", "", provinces) == ("province",)


@pytest.mark.parametrize("number", ["", "12345678901", "1234567890123", "12345678901x"])
def test_what_is_no_personal_id(number: str) -> None:
    assert personal_id(number) is None


@given(st.text("0123456789", min_size=3, max_size=30), st.data())
def test_a_wrong_figure_changes_the_check_digit(digits: str, data) -> None:
    at = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda figure: figure != digits[at]))
    assert check_digit(digits) != check_digit(digits[:at] + other + digits[at + 1 :])


def test_check_digit_of_the_standard() -> None:
    """ICAO Doc 9303 part 3, section 4.9, worked example."""
    assert check_digit("520727") == 3
    assert check_digit("AB2134<<<") == 5


@given(PEOPLE, st.integers(2026, 2048))
def test_a_card_is_read_back(person, year: int) -> None:
    province, female, birth, tail = person
    assume(year - birth.year >= 6)
    number = make_id(province, female, birth.year, tail)
    zone = find_mrz(card_zone(number, birth, female, date(year, 5, 17), "LY<<THU<NGHIEM"))
    assert zone is not None
    assert (zone.personal_id, zone.birth, zone.expiry) == (number, birth.isoformat(), f"{year}-05-17")
    assert (zone.sex, zone.name) == ("Nữ" if female else "Nam", "LY THU NGHIEM")


@given(PEOPLE, st.data())
def test_a_card_with_a_wrong_figure_is_not_read(person, data) -> None:
    province, female, birth, tail = person
    lines = card_zone(make_id(province, female, birth.year, tail), birth, female, date(2035, 5, 17), "LY<<THU")
    row = data.draw(st.integers(0, 1))
    at = data.draw(st.sampled_from([i for i, char in enumerate(lines[row]) if char.isdecimal()]))
    other = data.draw(st.sampled_from("0123456789").filter(lambda figure: figure != lines[row][at]))
    lines[row] = lines[row][:at] + other + lines[row][at + 1 :]
    assert find_mrz(lines) is None


@given(BIRTHS, st.integers(2026, 2034), TAILS)
def test_a_passport_is_read_back(birth: date, year: int, tail: int) -> None:
    number = f"C{tail:07d}"
    owner = make_id("001", False, birth.year, tail)
    zone = find_mrz(["khác", *passport_zone(number, owner, birth, date(year, 2, 3))])
    assert zone is not None
    assert (zone.document, zone.personal_id, zone.birth) == (number, owner, birth.isoformat())


def test_misread_letters_among_figures_are_put_right_by_the_check_digits() -> None:
    lines = card_zone(make_id("051", True, 1990, 120), date(1990, 5, 17), True, date(2030, 5, 17), "LY<<THU")
    lines[1] = lines[1].replace("0", "O")
    zone = find_mrz([lines[0].replace("<<", "«"), *lines[1:]])
    assert zone is not None
    assert zone.birth == "1990-05-17"


def test_a_card_without_end_has_no_expiry() -> None:
    zone = find_mrz(card_zone(make_id("001", False, 1950, 7), date(1950, 1, 2), False, date(2099, 12, 31), "LY<<THU"))
    assert zone is not None
    assert (zone.birth, zone.expiry) == ("1950-01-02", "")


@given(st.integers(0, 99).map(lambda n: f"{n:02d}"), TAILS)
def test_tax_codes(province: str, tail: int) -> None:
    body = f"{province}{tail:07d}"
    code = body + mst.calc_check_digit(body)
    assume(len(code) == 10 and mst.is_valid(code))
    assert valid_tax_code(code)
    assert valid_tax_code(f"{code}-001")
    assert not valid_tax_code(code[:-1] + str((int(code[-1]) + 1) % 10))


def test_a_personal_id_is_a_tax_code() -> None:
    assert valid_tax_code(make_id("051", False, 1990, 120))
    assert not valid_tax_code("05109000012")


@given(PEOPLE, st.integers(0, 13), st.sampled_from(["<", "K", "C", "E"]))
def test_fillers_may_be_miscounted_or_misread(person, count: int, filler: str) -> None:
    province, female, birth, tail = person
    number = make_id(province, female, birth.year, tail)
    first, second, name = card_zone(number, birth, female, date(2040, 5, 17), "LY<<THU<NGHIEM")
    zone = find_mrz([first, second[:18] + filler * count + second[-1], name])
    assert zone is not None
    assert (zone.personal_id, zone.birth) == (number, birth.isoformat())


@given(PEOPLE, st.sampled_from([("0", "O"), ("0", "Q"), ("1", "I"), ("8", "B"), ("5", "S"), ("2", "Z")]))
def test_letters_in_an_id_are_figures_if_the_digits_agree(person, misread: tuple[str, str]) -> None:
    province, female, birth, tail = person
    number = make_id(province, female, birth.year, tail)
    first, second, name = card_zone(number, birth, female, date(2040, 5, 17), "LY<<THU<NGHIEM")
    zone = find_mrz([first[:5] + first[5:].replace(*misread), second, name])
    assert zone is not None
    assert zone.personal_id == number


@pytest.mark.parametrize("fillers", [0, 3, 14])
def test_a_passport_without_a_personal_number(fillers: int) -> None:
    first, second = passport_zone("C0000001", "", date(1990, 5, 17), date(2033, 2, 3))
    zone = find_mrz([first, second[:28] + "<" * fillers + second[-2:]])
    assert zone is not None
    assert (zone.document, zone.personal_id, zone.birth) == ("C0000001", "", "1990-05-17")
