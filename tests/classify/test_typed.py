from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import typed
from pipeline.errors import BadValue
from pipeline.settings import bundled_folder, load

SETTINGS = load(bundled_folder())


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_date_may_be_typed_in_any_printed_form(day: date):
    forms = (day.isoformat(), f"{day:%d/%m/%Y}", f"ngày {day.day} tháng {day.month} năm {day.year}")
    assert {typed("ngay_cap", form, "quyet_dinh", SETTINGS) for form in forms} == {day.isoformat()}


@pytest.mark.parametrize(
    ("key", "text"),
    [("ngay_cap", "hôm qua"), ("ngay_cap", "31/02/2025"), ("so_ky_hieu", "1" * 61), ("khong_co", "x")],
)
def test_what_is_no_value_of_the_field_is_refused(key: str, text: str):
    with pytest.raises(BadValue):
        typed(key, text, "quyet_dinh", SETTINGS)


def test_text_is_tidied_and_empty_stays_empty():
    assert typed("trich_yeu", "  Về  việc\u00a0thử ", "quyet_dinh", SETTINGS) == "Về việc thử"
    assert typed("ngay_cap", "  ", "quyet_dinh", SETTINGS) == ""
    assert typed("thoi_han_hieu_luc", "Vinh vien", "quyet_dinh", SETTINGS) == SETTINGS.legal.permanent
