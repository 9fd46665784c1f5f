"""Numbers of invented people and companies agree with what stands beside them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.vn import mst

from samples import chance, people, words
from samples.mrz import card_lines, check_digit
from samples.story import story_of

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
SEXES = st.sampled_from(("Nam", "Nữ"))
SEEDS = st.integers(0, 10**6)


@given(st.sampled_from(sorted(people.provinces())), SEXES, DAYS, st.integers(0, 999_999))
def test_personal_id_tells_province_sex_and_year(province: str, sex: str, born: date, serial: int) -> None:
    number = people.personal_id(province, sex, born, serial)
    assert len(number) == 12
    assert number.isdigit()
    assert number[:3] == province
    assert ("Nam", "Nữ")[int(number[3]) % 2] == sex
    assert 1900 + 100 * (int(number[3]) // 2) + int(number[4:6]) == born.year
    assert int(number[6:]) == serial


@given(st.integers(0, 999_999_999).map("{:09d}".format))
def test_tax_code_passes_its_check_or_is_empty(nine: str) -> None:
    code = people.tax_code(nine)
    assert code == "" or (code.startswith(nine) and mst.is_valid(code))


@given(SEEDS)
def test_people_of_a_story_fit_together(seed: int) -> None:
    story = story_of(seed)
    assert mst.is_valid(story.company.code)
    assert story.child.name.split()[0] == story.father.name.split()[0]
    assert story.father.born < story.child.born < story.received
    assert story.mother.born < story.child.born
    for person in (story.father, story.mother):
        assert person.id[:3] in people.provinces()
        assert people.provinces()[person.id[:3]].removeprefix("TP. ") in person.origin
        assert ("Nam", "Nữ")[int(person.id[3]) % 2] == person.sex
        assert int(person.id[4:6]) == person.born.year % 100
        assert story.place.address in person.residence
        assert person.id_issued < story.received < person.id_expires
    assert story.received.weekday() < 5
    assert story.code.split("-")[1] == f"{story.received:%y%m%d}"


def test_the_same_seed_tells_the_same_story() -> None:
    assert story_of(7) == story_of(7)
    assert story_of(7) != story_of(9)


@pytest.mark.parametrize(("text", "digit"), [("D23145890", "7"), ("740812", "2"), ("120415", "9"), ("L898902C3", "6")])
def test_check_digits_of_doc_9303(text: str, digit: str) -> None:
    assert check_digit(text) == digit


@given(SEEDS)
def test_machine_readable_lines_check_out(seed: int) -> None:
    person = story_of(seed).mother
    lines = card_lines(person.id, person.born, person.sex, person.id_expires, person.name)
    assert [len(line) for line in lines] == [30, 30, 30]
    first, second, third = lines
    assert first[5:14] == person.id[3:]
    assert first[15:27] == person.id
    assert first[14] == check_digit(first[5:14])
    assert second[6] == check_digit(f"{person.born:%y%m%d}")
    assert second[7] == "F"
    assert second[14] == check_digit(f"{person.id_expires:%y%m%d}")
    assert second[29] == check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    assert third.rstrip("<").replace("<<", " ").replace("<", " ") == people.in_latin(person.name)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (105, "một trăm linh năm"),
        (2003, "hai nghìn không trăm linh ba"),
        (2024, "hai nghìn không trăm hai mươi bốn"),
        (7_250_000_000, "bảy tỷ hai trăm năm mươi triệu"),
    ],
)
def test_numbers_in_words(value: int, said: str) -> None:
    assert words.in_words(value) == said


@given(st.integers(1, 10**12 - 1), st.integers(1, 10**12 - 1))
def test_different_numbers_are_said_differently(one: int, other: int) -> None:
    assert (words.in_words(one) == words.in_words(other)) == (one == other)


def test_dates_are_written_as_the_decree_says() -> None:
    assert words.long(date(2025, 2, 5)) == "05 tháng 02 năm 2025"
    assert words.long(date(2025, 3, 15)) == "15 tháng 3 năm 2025"
    assert words.spelled(date(2023, 4, 1)) == "Ngày mùng một, tháng tư, năm hai nghìn không trăm hai mươi ba"


@given(DAYS, st.integers(1, 60))
def test_anniversaries_exist(day: date, years: int) -> None:
    then = people.anniversary(day, years)
    assert (then.year, then.month) == (day.year + years, day.month)
    assert day.day - then.day in (0, 1)


def test_chance_depends_on_every_label() -> None:
    drawn = {chance.words(1, *labels).random() for labels in ((), ("a",), ("b",), ("a", 1), ("a", 2))}
    assert len(drawn) == 5
    assert chance.pixels(1, "a").random() == chance.pixels(1, "a").random()
