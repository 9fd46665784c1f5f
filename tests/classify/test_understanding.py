from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import understand
from pipeline.dossier import Dossier, Extraction, PageReading, Region, Severity
from pipeline.settings import Settings
from tests.classify.paper import (
    LETTER,
    WIDTH,
    Print,
    act,
    blank,
    centred,
    form,
    head,
    line,
    numbered,
    page,
    running,
    stacked,
    word,
)
from tests.classify.test_identity import card_zone, make_id

PERSON = "051090000120"


@pytest.fixture
def read(bundled: Settings, dossier: Dossier):
    def understood(*pages: PageReading, **given) -> Extraction:
        stack = [numbered(reading, at) for at, reading in enumerate(pages, 1)]
        return understand(stack, replace(dossier, **given), bundled)

    return understood


def sealed(reading: PageReading) -> PageReading:
    return replace(reading, regions=(*reading.regions, Region("stamp", (900, 1500, 1200, 1800))))


def values(found: Extraction, *keys: str) -> tuple[str, ...]:
    return tuple(found.field(key).value for key in keys)


# -- acts -------------------------------------------------------------------------------------------------------


def test_a_printed_act_is_read_without_doubt(read) -> None:
    found = read(sealed(act()))
    assert found.type == "quyet_dinh"
    assert found.title == "QUYẾT ĐỊNH"
    assert found.doubtful == ()
    assert found.findings == ()
    assert values(found, "so_ky_hieu", "ngay_cap", "co_quan_cap", "trich_yeu", "ten_giay_to") == (
        "15/QĐ-UBND",
        "2024-03-05",
        "ỦY BAN NHÂN DÂN PHƯỜNG THÍ ĐIỂM",
        "Về việc công nhận tổ dân phố đạt chuẩn năm 2024",
        "Quyết định",
    )
    assert values(found, "ky_hieu", "dia_danh", "nguoi_ky", "noi_nhan") == (
        "QĐ-UBND",
        "Thí Điểm",
        "Lý Thử Nghiệm",
        "Như Điều 3; Lưu: VT",
    )


@pytest.mark.parametrize("pages", [[], [blank()], [running(2)], [act()]], ids=["none", "blank", "prose", "act"])
def test_the_legal_fields_are_always_there_in_their_order(read, bundled: Settings, pages) -> None:
    found = read(*pages)
    assert [one.key for one in found.fields][:9] == list(bundled.legal.fields)
    assert found.pages == tuple(range(1, len(pages) + 1))


def test_what_is_not_recognised_says_so(read) -> None:
    found = read(running(2))
    assert found.type == "unknown"
    assert [one.rule for one in found.findings] == ["unknown_type"]
    assert found.field("ma_loai_giay_to").needs_review
    assert values(found, "so_ky_hieu", "ngay_cap", "ma_dinh_danh") == ("", "", "")


@pytest.mark.parametrize(
    ("agencies", "agency", "superior"),
    [
        (["UBND TỈNH THÍ ĐIỂM", "SỞ TƯ PHÁP"], "SỞ TƯ PHÁP", "UBND TỈNH THÍ ĐIỂM"),
        (["ỦY BAN NHÂN DÂN", "TỈNH THÍ ĐIỂM", "VĂN PHÒNG"], "VĂN PHÒNG", "ỦY BAN NHÂN DÂN TỈNH THÍ ĐIỂM"),
        (["ỦY BAN THƯỜNG VỤ", "QUỐC HỘI"], "ỦY BAN THƯỜNG VỤ QUỐC HỘI", ""),
        (["SỞ VĂN HÓA, THỂ THAO", "VÀ DU LỊCH"], "SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH", ""),
    ],
)
def test_agency_and_superior(read, agencies, agency: str, superior: str) -> None:
    assert values(read(act(agencies=agencies)), "co_quan_cap", "co_quan_chu_quan") == (agency, superior)


def test_a_head_read_across_both_columns_is_told_apart(read) -> None:
    """One reader's lines run across the page, and long names leave a narrow blank between the columns."""
    left, right = (
        line(Print("UBND TỈNH THÍ ĐIỂM MỚI", 400, 160)),
        line(Print("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 770, 160)),
    )
    rows = [
        Print("", 0, 0, words=(*left.words, *right.words)),
        Print("SỞ TƯ PHÁP", 400, 206),
        Print("Độc lập - Tự do - Hạnh phúc", 870, 206),
        Print(
            "",
            0,
            0,
            words=(
                *line(Print("Số: 9/BC-STP", 400, 290)).words,
                *line(Print("Thử, ngày 05 tháng 3 năm 2024", 900, 290)).words,
            ),
        ),
        centred("BÁO CÁO", 400),
    ]
    found = read(page(rows))
    assert values(found, "co_quan_cap", "so_ky_hieu", "ngay_cap") == ("SỞ TƯ PHÁP", "9/BC-STP", "2024-03-05")


def test_captions_of_earlier_signatures_are_not_the_agency(read) -> None:
    caption = [Print("TRUNG TÂM CÔNG BÁO", 250, 40, 0.9), Print("05.03.2024 09:27:05", 250, 70, 0.9)]
    found = read(act(extra=caption))
    assert values(found, "co_quan_cap", "ngay_cap") == ("ỦY BAN NHÂN DÂN PHƯỜNG THÍ ĐIỂM", "2024-03-05")


def test_an_official_letter(read) -> None:
    about = stacked(["V/v rà soát, bổ sung hồ sơ,", "tài liệu năm 2024"], 230, 340)
    found = read(
        act(title="", subject=(), number="Số: 123/UBND-VX", extra=[*about, centred("Kính gửi: Phòng Thử", 560)])
    )
    assert found.type == "cong_van"
    assert values(found, "so_ky_hieu", "trich_yeu") == ("123/UBND-VX", "V/v rà soát, bổ sung hồ sơ, tài liệu năm 2024")


# -- what must never look certain -------------------------------------------------------------------------------


def number_row(gap: float, confidence: float = 0.99, agreed: bool | None = True, tall: float = 34) -> Print:
    """``Số: 15 /QĐ-UBND`` with the running number set apart by ``gap`` pixels and ``tall`` pixels high."""
    x = 270 + 4 * LETTER
    figures = word("15", x + gap, 290, confidence, agreed, tall)
    symbol = word("/QĐ-UBND", figures.box[2] + gap, 290)
    return Print("", 0, 0, words=(word("Số:", 270, 290), figures, symbol))


def with_number(row: Print) -> PageReading:
    return act(number="", extra=[row])


@given(st.floats(4, 90), st.floats(0.5, 1), st.sampled_from([True, None, False]), st.floats(28, 60))
def test_a_number_set_apart_from_its_symbol_is_for_a_person(bundled, dossier, gap, confidence, agreed, tall) -> None:
    found = understand([with_number(number_row(gap, confidence, agreed, tall))], dossier, bundled)
    number, day = found.field("so_ky_hieu"), found.field("ngay_cap")
    assert number.needs_review
    assert day.needs_review, "who wrote the number wrote the day"
    assert number.value in ("", "15/QĐ-UBND")
    assert number.box is not None
    assert "15" in number.raw
    if agreed is False or (agreed is None and confidence < 0.85):
        assert number.value == ""


def test_a_number_too_wide_for_print_is_for_a_person(read) -> None:
    label, number = word("Số:", 270, 290), word("15/QĐ-UBND", 325, 290)
    wide = replace(number, box=(325, 290, 325 + 10 * 28, 324))
    printed, written = (with_number(Print("", 0, 0, words=(label, one))) for one in (number, wide))
    assert not read(printed).field("so_ky_hieu").needs_review
    assert read(written).field("so_ky_hieu").needs_review
    assert read(written).field("ngay_cap").needs_review


def test_a_number_that_is_no_number_leaves_the_field_empty(read) -> None:
    found = read(act(number="Số: 1§( /QĐ-UBND"))
    number = found.field("so_ky_hieu")
    assert (number.value, number.needs_review, number.raw) == ("", True, "Số: 1§( /QĐ-UBND")
    assert found.type == "quyet_dinh"


@pytest.mark.parametrize("date_row", ["Thí Điểm, ngày    tháng 3 năm 2024", "Thí Điểm, ngày 0đ tháng 3 năm 2024"])
def test_a_day_that_was_not_read_leaves_the_date_empty(read, date_row: str) -> None:
    day = read(act(date=date_row)).field("ngay_cap")
    assert (day.value, day.needs_review) == ("", True)
    assert day.box is not None


def date_row(gap: float = 10, tall: float = 34, confidence: float = 0.99, agreed: bool | None = True) -> Print:
    words, x = [], 860.0
    for text in ["Thử,", "ngày", "25", "tháng", "3", "năm", "2024"]:
        if text == "25":
            x += gap
        day = text == "25"
        words.append(word(text, x, 290, confidence if day else 0.99, agreed if day else True, tall if day else 34))
        x = words[-1].box[2] + 10 + (gap if day else 0)
    return Print("", 0, 0, words=tuple(words))


@pytest.mark.parametrize(
    "row",
    [date_row(gap=60), date_row(tall=60), date_row(confidence=0.8), date_row(agreed=False), date_row(0, 34, 0.9, None)],
    ids=["room for a pen", "tall", "unsure", "readers differ", "one reader only"],
)
def test_a_doubtful_day_is_for_a_person(read, row: Print) -> None:
    assert read(act(date="", extra=[row])).field("ngay_cap").needs_review


def test_a_printed_day_is_certain(read) -> None:
    day = read(act(date="", extra=[date_row()])).field("ngay_cap")
    assert (day.value, day.needs_review) == ("2024-03-25", False)


def test_a_place_marked_as_handwriting_is_for_a_person(read) -> None:
    reading = act()
    pen = Region("handwriting", (320, 280, 420, 330))
    assert read(replace(reading, regions=(pen,))).field("so_ky_hieu").needs_review


def test_a_text_layer_is_no_handwriting(read) -> None:
    found = read(replace(with_number(number_row(60, 1.0, None)), mode="text-layer"))
    assert (found.field("so_ky_hieu").value, found.field("so_ky_hieu").needs_review) == ("15/QĐ-UBND", False)


@pytest.mark.parametrize("key", ["so_ky_hieu", "ngay_cap", "co_quan_cap"])
def test_what_an_act_must_have_is_missed(read, key: str) -> None:
    found = read(act(number="", date="", agencies=()))
    assert found.field(key).needs_review
    assert "required" in found.field(key).reason


@pytest.mark.parametrize(("confidence", "agreed"), [(0.6, True), (0.99, False)])
def test_weak_words_make_weak_fields(read, confidence: float, agreed: bool) -> None:
    rows = [Print(one.text, *one.box[:2], confidence, agreed) for one in act().lines]
    found = read(page(rows))
    assert all(found.field(key).needs_review for key in ("so_ky_hieu", "ngay_cap", "co_quan_cap", "trich_yeu"))


def test_a_word_that_is_no_word_is_pointed_out(read) -> None:
    subject = read(act(subject=["Về việc công nhậm tổ dân phồr"])).field("trich_yeu")
    assert subject.needs_review
    assert "unusual" in subject.reason


def test_too_long_for_its_field(read) -> None:
    found = read(act(agencies=["SỞ " + "THỬ NGHIỆM " * 20]))
    assert "too long" in found.field("co_quan_cap").reason


# -- owner, validity --------------------------------------------------------------------------------------------


def test_the_owner_of_the_dossier_goes_first(read) -> None:
    paper = form("GIẤY KHAI SINH", [f"Số định danh cá nhân: {PERSON}"])
    given_field = read(paper, owner="079190000001").field("ma_dinh_danh")
    assert (given_field.value, given_field.source, given_field.needs_review) == ("079190000001", "given", False)
    assert read(paper).field("ma_dinh_danh").value == PERSON


def test_validity_by_rule(read, bundled: Settings) -> None:
    assert read(form("GIẤY KHAI SINH", ["Nơi sinh: Thử"])).field("thoi_han_hieu_luc").value == bundled.legal.permanent
    status = form(
        "GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN", ["Tình trạng hôn nhân: độc thân"], last="Thử, ngày 31 tháng 8 năm 2023"
    )
    found = read(status)
    assert values(found, "ngay_cap", "thoi_han_hieu_luc") == ("2023-08-31", "2024-02-29")
    assert read(act()).field("thoi_han_hieu_luc").value == ""


# -- forms and certificates -------------------------------------------------------------------------------------

BIRTH = [
    "Họ, chữ đệm, tên: LÝ THỬ NGHIỆM",
    "Ngày, tháng, năm sinh: 17/5/1990 Ghi bằng chữ: Ngày mười bảy tháng năm năm một nghìn",
    "chín trăm chín mươi",
    "Giới tính: Nam Dân tộc: Kinh Quốc tịch: Việt Nam",
    "Nơi sinh: Trạm y tế xã Thử Nghiệm",
    f"Số định danh cá nhân: {PERSON}",
    "Họ, chữ đệm, tên người mẹ: TRẦN MẪU",
    "Họ, chữ đệm, tên người cha: LÝ MẪU",
    "Nơi đăng ký khai sinh: Ủy ban nhân dân xã Thử Nghiệm",
    "Ngày, tháng, năm đăng ký: 20/5/1990",
]


def test_a_birth_certificate(read) -> None:
    found = read(sealed(form("GIẤY KHAI SINH", BIRTH, number="Số: 125/1990")))
    assert found.field("ma_loai_giay_to").value == "KQ.G15.000031"
    assert values(found, "ho_ten", "ngay_sinh", "gioi_tinh", "dan_toc", "quoc_tich", "ho_ten_me", "ho_ten_cha") == (
        "LÝ THỬ NGHIỆM",
        "1990-05-17",
        "Nam",
        "Kinh",
        "Việt Nam",
        "TRẦN MẪU",
        "LÝ MẪU",
    )
    assert values(found, "so_ky_hieu", "ngay_cap", "ma_dinh_danh", "co_quan_cap") == (
        "125/1990",
        "1990-05-20",
        PERSON,
        "Ủy ban nhân dân xã Thử Nghiệm",
    )
    assert found.field("trich_yeu").value == ""
    assert [one.rule for one in found.findings] == []


def test_contradictions_are_found(read) -> None:
    rows = [
        row.replace("Giới tính: Nam", "Giới tính: Nữ").replace("đăng ký: 20/5/1990", "đăng ký: 20/5/1989")
        for row in BIRTH
    ]
    found = read(sealed(form("GIẤY KHAI SINH", rows)))
    assert {one.rule for one in found.findings} == {"id_sex", "date_order"}
    assert found.field("ma_dinh_danh").needs_review
    assert found.field("ngay_cap").needs_review
    assert all(one.severity is Severity.WARNING for one in found.findings)


def test_a_blank_form_gives_nothing(read) -> None:
    rows = ["Họ và tên: ………………", "Số định danh cá nhân: ......", "Địa chỉ:", "Nội dung đề nghị: ___________"]
    found = read(form("ĐƠN ĐỀ NGHỊ CẤP LẠI GIẤY PHÉP", rows, last="……, ngày … tháng … năm ……"))
    assert found.type == "don"
    assert found.field("ten_giay_to").value == "ĐƠN ĐỀ NGHỊ CẤP LẠI GIẤY PHÉP"
    assert values(found, "nguoi_lam_don", "so_dinh_danh", "noi_dung", "ngay_cap", "ma_dinh_danh") == ("",) * 5


def test_an_enterprise_certificate(read) -> None:
    rows = [
        "Mã số doanh nghiệp: 0100000008",
        "Đăng ký lần đầu: ngày 02 tháng 01 năm 2020",
        "Tên công ty viết bằng tiếng Việt: CÔNG TY TNHH THỬ NGHIỆM",
        "Địa chỉ trụ sở chính: Số 1, đường Thử, phường Thí Điểm",
        "Vốn điều lệ: 1.000.000.000 đồng",
        "Họ và tên: LÝ THỬ NGHIỆM Giới tính: Nam",
    ]
    found = read(form("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", rows))
    assert values(found, "ten", "tru_so", "von_dieu_le", "nguoi_dai_dien", "ngay_cap") == (
        "CÔNG TY TNHH THỬ NGHIỆM",
        "Số 1, đường Thử, phường Thí Điểm",
        "1.000.000.000",
        "LÝ THỬ NGHIỆM",
        "2020-01-02",
    )
    assert found.field("ma_so").value == found.field("ma_dinh_danh").value == "0100000008"


def test_a_tax_code_with_a_wrong_check_digit_is_for_a_person(read) -> None:
    found = read(form("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", ["Mã số doanh nghiệp: 0100000009"]))
    assert found.field("ma_dinh_danh").needs_review
    assert "check" in found.field("ma_so").reason


def test_a_land_certificate(read) -> None:
    rows = [
        "1. Thửa đất số: 12; tờ bản đồ số: 34",
        "a) Diện tích: 105,5 m2",
        "b) Địa chỉ: thôn Thử, xã Nghiệm",
        "Số vào sổ cấp GCN: CH00001",
        "CX 000123",
    ]
    found = read(form("GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT", rows))
    assert values(found, "thua_dat", "to_ban_do", "dien_tich", "so_vao_so", "so_ky_hieu") == (
        "12",
        "34",
        "105,5",
        "CH00001",
        "CX 000123",
    )


# -- codes that prove themselves --------------------------------------------------------------------------------

FRONT = ["Số / No.: 051090000999", "Họ và tên / Full name:", "LÝ THỬ NGHIỆN"]


@given(st.booleans(), st.dates(date(1945, 1, 1), date(2010, 1, 1)), st.integers(0, 999999))
def test_the_code_on_a_card_goes_before_its_print(bundled, dossier, female: bool, birth: date, tail: int) -> None:
    number = make_id("051", female, birth.year, tail)
    sex = "Nữ" if female else "Nam"
    code = f"{number}||Lý Thử Nghiệm|{birth:%d%m%Y}|{sex}|Thôn Thử, xã Nghiệm|05032024"
    paper = form("CĂN CƯỚC CÔNG DÂN", FRONT)
    unsure = [Print("", 0, 0, words=tuple(replace(part, agreed=None) for part in one.words)) for one in paper.lines]
    found = understand([page(unsure, barcodes=[(code, "QRCode")])], dossier, bundled)
    assert found.type == "can_cuoc_cong_dan"
    assert values(found, "ma_dinh_danh", "ho_ten", "ngay_sinh", "gioi_tinh", "ngay_cap") == (
        number,
        "Lý Thử Nghiệm",
        birth.isoformat(),
        sex,
        "2024-03-05",
    )
    proven = [found.field(key) for key in ("so_dinh_danh", "ho_ten", "ngay_sinh", "ma_dinh_danh", "ngay_cap")]
    assert all(one.source == "qr" and not one.needs_review for one in proven)
    assert not [one for one in found.findings if one.rule.endswith("differs")]


def test_the_back_of_a_card(read) -> None:
    zone = card_zone(PERSON, date(1990, 5, 17), False, date(2030, 5, 17), "LY<<THU<NGHIEM")
    back = page([Print(text, 200, 1500 + 50 * at, 0.7) for at, text in enumerate(zone)])
    found = read(form("CĂN CƯỚC CÔNG DÂN", ["Quê quán / Place of origin: xã Thử"]), back)
    assert values(found, "ma_dinh_danh", "ngay_sinh", "gioi_tinh", "thoi_han_hieu_luc") == (
        PERSON,
        "1990-05-17",
        "Nam",
        "2030-05-17",
    )
    assert found.field("so_dinh_danh").source == "mrz"
    assert found.field("so_dinh_danh").page == 2
    assert not found.field("ma_dinh_danh").needs_review


def test_the_code_of_a_receipt(read) -> None:
    cover = form("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", ["Người nộp hồ sơ: Lý Thử Nghiệm"])
    cover = page(
        [Print("", 0, 0, words=one.words) for one in cover.lines], barcodes=[("H00.12.3-240305-0001", "QRCode")]
    )
    found = read(cover)
    assert values(found, "so_ky_hieu", "nguoi_nop") == ("H00.12.3-240305-0001", "Lý Thử Nghiệm")


@given(st.lists(st.text(min_size=1, max_size=40), max_size=12), st.integers(1, WIDTH))
def test_any_text_at_all_is_understood_without_breaking(bundled, dossier, texts: list[str], x: int) -> None:
    rows = [Print(text, x, 100 + 40 * at) for at, text in enumerate(texts) if text.split()]
    found = understand([page([*head(["SỞ THỬ"], "", ""), *rows])], dossier, bundled)
    assert 0 <= found.type_confidence <= 1
    assert all(0 <= one.confidence <= 1 for one in found.fields)
    assert all(one.reason for one in found.doubtful)
