"""Values of one paper against each other, the calendar, and lists of places."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.classify import places, understand
from pipeline.classify.places import misspelt, misspelt_name
from pipeline.dossier import Dossier, Extraction, Severity
from pipeline.settings import Settings
from tests.classify.sheets import sheet_of
from tests.classify.test_own import FORMS, NATION

TODAY = date(2026, 6, 1)
APPLICATION = f"""{NATION}
        ĐƠN ĐỀ NGHỊ
Họ và tên: LÝ VĂN THỬ
Ngày sinh: BIRTH Giới tính: SEX
Số định danh cá nhân: NUMBER
Nơi cư trú: ADDRESS
 | Thí Điểm, ngày DAY tháng 3 năm YEAR
"""


@pytest.fixture
def read(bundled: Settings, dossier: Dossier):
    def understood(text: str = APPLICATION, today: date | None = TODAY, **given: str) -> Extraction:
        filled = {
            "BIRTH": "06/07/1990",
            "SEX": "Nam",
            "NUMBER": "051090000120",
            "ADDRESS": "thôn 3, xã Mẫu",
            "DAY": "05",
            "YEAR": "2024",
        } | given
        for mark, value in filled.items():
            text = text.replace(mark, value)
        return understand([sheet_of(text)], dossier, bundled, today=today)

    return understood


def rules(found: Extraction) -> set[str]:
    return {one.rule for one in found.findings if not one.rule.startswith("result")}


def test_a_good_paper_raises_nothing(read) -> None:
    assert not rules(read()) & {"id_sex", "id_birth", "id_province", "id_length", "date_order", "date_future"}
    assert not read().field("so_dinh_danh").needs_review


@pytest.mark.parametrize(
    ("given", "rule", "doubted"),
    [
        ({"SEX": "Nữ"}, "id_sex", ["so_dinh_danh", "gioi_tinh"]),
        ({"BIRTH": "06/07/1991"}, "id_birth", ["so_dinh_danh", "ngay_sinh"]),
        ({"NUMBER": "999090000120"}, "id_province", ["so_dinh_danh"]),
        ({"NUMBER": "05109000012"}, "id_length", ["so_dinh_danh"]),
        ({"YEAR": "1989"}, "date_order", ["ngay_sinh", "ngay_cap"]),
        ({"YEAR": "2027"}, "date_future", ["ngay_cap"]),
        ({"YEAR": "1901", "BIRTH": "06/07/1900"}, "date_absurd", ["ngay_cap"]),
        ({"BIRTH": "06/07/1690"}, "date_absurd", ["ngay_sinh"]),
    ],
)
def test_what_cannot_be(read, given: dict[str, str], rule: str, doubted: list[str]) -> None:
    found = read(**given)
    assert rule in rules(found)
    assert all(found.field(key).needs_review for key in doubted)
    told = [one for one in found.findings if one.rule == rule]
    assert all(one.severity is Severity.WARNING for one in told)
    assert not any("LÝ VĂN THỬ" in one.message.vi or "0510" in one.message.vi for one in told)


def test_an_id_with_eleven_figures_is_shown_as_it_was_read(read) -> None:
    assert read(NUMBER="05109000012").field("so_dinh_danh").value == "05109000012"


def test_without_a_day_nothing_lies_in_the_future(read) -> None:
    assert "date_future" not in rules(read(today=None, YEAR="2031"))


def test_a_place_nearly_spelt_is_doubted_and_suggested(read) -> None:
    found = read(ADDRESS="thôn 3, xã Mẫu, tỉnh Quảng Ngải")
    assert found.field("dia_chi").needs_review
    assert any(one.rule == "place_unknown" and "Quảng Ngãi" in one.message.vi for one in found.findings)
    assert not read(ADDRESS="thôn 3, xã Mẫu, tỉnh Quảng Ngãi").field("dia_chi").needs_review
    assert not read(ADDRESS="thôn 3, xã Mẫu, tỉnh Giả Lập").field("dia_chi").needs_review


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("TỈNH QUẢNG NGÃI", None),
        ("tỉnh Quang Ngai", None),
        ("TỈNH QUẢNG NGẠI", "Quảng Ngãi"),
        ("xã Hoà Bình", None),
        ("thành phố Thủ Đưc", "Thủ Đức"),
        ("Quận 1", None),
        ("phường Thí Điểm", None),
        ("xã Bình Tri, huyện Bình Sơn, tỉnh Quảng Ngãi", "Bình Trị"),
        ("xã Bình Tri", None),
        ("huyện Bình Sơn, Quảng Ngãi", None),
        ("", None),
    ],
)
def test_places_of_both_eras(text: str, place: str | None) -> None:
    assert [one.place for one in misspelt(text)] == ([place] if place else [])


def test_a_place_of_issue_stands_alone() -> None:
    assert misspelt_name("Quảng Ngải") == places.Near("Quảng Ngải", "Quảng Ngãi")
    assert misspelt_name("Hà Nội") is misspelt_name("Thí Điểm") is misspelt_name("Bình Trị") is None


def test_of_several_persons_the_owner_is_chosen_and_told(bundled: Settings, dossier: Dossier) -> None:
    _, text, _ = FORMS["marriage, two columns"]
    found = understand([sheet_of(text)], dossier, bundled)
    told = next(one for one in found.findings if one.rule == "owner_chosen")
    assert (told.severity, told.where) == (Severity.INFO, "field ma_dinh_danh")
    assert "HỒ" not in told.message.vi
    assert found.field("ma_dinh_danh").value == found.field("so_dinh_danh_vo").value


def test_the_dossiers_owner_goes_first(bundled: Settings) -> None:
    _, text, _ = FORMS["marriage, two columns"]
    found = understand([sheet_of(text)], Dossier("x", "y", owner="051090000120"), bundled)
    told = next(one for one in found.findings if one.rule == "owner_chosen")
    assert found.field("ma_dinh_danh").value == "051090000120"
    assert "chồng" in told.message.vi


def test_the_id_of_a_parent_is_never_that_of_the_child(bundled: Settings, dossier: Dossier) -> None:
    _, text, _ = FORMS["birth, 2020 form"]
    bare = "\n".join(row for row in text.splitlines() if not row.startswith("Số định danh"))
    assert understand([sheet_of(bare)], dossier, bundled).field("ma_dinh_danh").value == ""
