"""From what stands behind a label to the value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify.normal import normalise, valid, value_of
from pipeline.settings import OwnField

SEX = OwnField.model_validate({"label": {"vi": "Giới tính", "en": "Sex"}, "pattern": r"\b(Nam|Nữ)\b"})


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("Nam", "Nam"),
        ("☐ Nam ☒ Nữ", "Nữ"),
        ("☒ Nam ☐ Nữ", "Nam"),
        ("Nam ☐ Nữ ☑", "Nữ"),
        ("[x] Nam [ ] Nữ", "Nam"),
        ("Nam ( ) Nữ (x)", "Nữ"),
        ("☐ Nam ☐ Nữ", ""),
        ("☒ Nam ☒ Nữ", ""),
        ("Nam/Nữ", ""),
        ("Nam, nữ", ""),
        (".......", ""),
        ("☐", ""),
    ],
)
def test_boxes(text: str, sex: str) -> None:
    assert value_of(text, SEX) == sex


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LÝ VĂN THỬ", "LÝ VĂN THỬ"),
        ("Ông LÝ VĂN THỬ, sinh năm 1970", "LÝ VĂN THỬ"),
        ("Ông LÝ VĂN THỬ, ngày sinh 01/02/1970", "LÝ VĂN THỬ"),
        ("Giả Định, ngày 01 tháng 02 năm 1970", ""),
        ("Hộ ông Lý Văn Thử và bà Hồ Thị Mẫu", "Lý Văn Thử"),
        ("Lý Văn Thử Chức vụ", "Lý Văn Thử Chức vụ"),
        ("......Lý Văn Thử........", "Lý Văn Thử"),
        ("(chữ in hoa) LÝ VĂN THỬ", "LÝ VĂN THỬ"),
        ("Công ty Cổ phần Đầu tư và Phát triển 36, địa chỉ", "Công ty Cổ phần Đầu tư và Phát triển 36"),
        ("_________", ""),
        (". . . . . . .", ""),
        ("12/5", ""),
        ("cho Bên B thuê căn nhà", ""),
        ("VỢ", ""),
    ],
)
def test_names(text: str, name: str) -> None:
    assert normalise(text, "name") == name


@given(st.text("0123456789", min_size=12, max_size=12), st.sampled_from(["", " ", ".", "|", " | "]))
def test_an_id_may_be_set_apart_in_boxes(number: str, between: str) -> None:
    assert normalise(between.join(number), "personal_id") == number


@given(st.text("0123456789", min_size=8, max_size=14).filter(lambda number: len(number) not in (9, 12)))
def test_an_id_of_another_length_is_kept_and_refused(number: str) -> None:
    read = normalise(f"số {number} do cơ quan cấp", "personal_id")
    assert read == number
    assert not valid(read, "personal_id")


@pytest.mark.parametrize("text", ["05/03/2020", "C1234567", "số 12", "2.500.000 đồng"])
def test_what_is_no_id(text: str) -> None:
    assert normalise(text, "personal_id") == ""


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("05 tháng 3 năm 2020", "2020-03-05"),
        ("ngày/date 05 tháng/month 03 năm/year 2020", "2020-03-05"),
        ("Không thời hạn", "vĩnh viễn"),
        ("Vô thời hạn", "vĩnh viễn"),
        ("lâu rồi", ""),
    ],
)
def test_dates_and_papers_without_end(text: str, iso: str) -> None:
    assert normalise(text, "date", "vĩnh viễn") == iso
    assert normalise("Không thời hạn", "date") == ""


@pytest.mark.parametrize("text", ["H53.15-170330-0843", "H53. 15-170330-0843", "H53.15 - 170330- 0843"])
def test_a_code_read_with_blanks_in_it(text: str) -> None:
    pattern = r"[A-Z]\d{2}(?:\.\d{1,3}){0,3}-\d{6}-\d{4,}"
    code = OwnField.model_validate({"label": {"vi": "Mã hồ sơ", "en": "Dossier code"}, "pattern": pattern})
    assert value_of(text, code) == "H53.15-170330-0843"
