from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify.symbols import parse

KINDS = st.sampled_from("QĐ NQ TB KH TTr BC CTr QyĐ UBND STP".split())
BODIES = st.sampled_from(["UBND", "HĐND", "STP", "BCĐ138", "VP-TH"])


@given(st.integers(1, 99999), KINDS, BODIES)
def test_number_and_symbol_round_trip(number: int, kind: str, body: str) -> None:
    found = parse(f"Số: {number:02d}/{kind}-{body}")
    assert found is not None
    assert (found.value, found.kind) == (f"{number:02d}/{kind}-{body}", kind)


@given(st.integers(1, 999), st.integers(1990, 2099), KINDS, BODIES)
def test_the_year_belongs_to_the_symbol(number: int, year: int, kind: str, body: str) -> None:
    found = parse(f"Số: {number}/{year}/{kind}-{body}")
    assert found is not None
    assert (found.value, found.kind) == (f"{number}/{year}/{kind}-{body}", kind)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("Luật số: 11/2024/QH15", "11/2024/QH15", "QH15"),
        ("Số 7 /TTr - UBND", "7/TTr-UBND", "TTr"),
        ("SỐ: 66.9/2025/NQ-CP", "66.9/2025/NQ-CP", "NQ"),
        ("Số: 12-CT/TU", "12-CT/TU", "CT"),
        ("Số:542 /TB-UBND", "542/TB-UBND", "TB"),
        ("So: 08/QD-UBND", "08/QD-UBND", "QD"),
        ("Số: 125/2019", "", ""),
        ("Số: 15 QĐ/UB", "15 QĐ/UB", "QĐ"),
        ("Số 123 CV/HU", "123 CV/HU", "CV"),
        ("Số: 07/1998/QĐ-UB", "07/1998/QĐ-UB", "QĐ"),
    ],
)
def test_forms_of_the_number_line(text: str, value: str, kind: str) -> None:
    found = parse(text)
    assert (found.value if found else "", found.kind if found else "") == (value, kind)


@pytest.mark.parametrize("text", ["Số: /QĐ-UBND", "Số:      /QĐ-UBND", "Số: ……/QĐ-UBND", "Số: ......../QĐ-UBND"])
def test_a_blank_number_is_blank(text: str) -> None:
    found = parse(text)
    assert found is not None
    assert found.blank
    assert (found.value, found.suffix) == ("", "/QĐ-UBND")


@pytest.mark.parametrize("text", ["Số: 6§( /TB-UBND", "Số: 8ổ /QĐ-UBND", "Số:⁄‡6 /CT-UBND"])
def test_what_is_no_number_is_not_made_one(text: str) -> None:
    found = parse(text)
    assert found is not None
    assert not found.value


@pytest.mark.parametrize("text", ["Sở Tư pháp", "Căn cứ số 15/QĐ-UBND", "Số lượng hồ sơ: 02", "và/hoặc", "Điều 1."])
def test_other_rows_are_no_number_line(text: str) -> None:
    found = parse(text)
    assert found is None or not found.suffix


@pytest.mark.parametrize(
    ("text", "named", "year"),
    [
        ("Luật số: 11/2024/QH15", "luat", True),
        ("Bản án số: 15/2024/HS-ST", "ban an", True),
        ("Số: 15/QĐ-UBND", "", False),
    ],
)
def test_what_the_number_line_says_of_the_type(text: str, named: str, year: bool) -> None:
    found = parse(text)
    assert found is not None
    assert (found.named, found.year) == (named, year)
