"""Names of bodies that are not whole, and what an extract says of itself and of the entry that it extracts."""

from __future__ import annotations

import pytest

from pipeline.classify import understand
from pipeline.classify.bodies import nameless
from pipeline.classify.kinds import classify
from pipeline.classify.layout import sheet
from pipeline.dossier import Dossier, Extraction
from pipeline.settings import Settings
from tests.classify.paper import TALL, Print, centred, form, page
from tests.classify.sheets import sheet_of

NATION = """
        CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
        Độc lập - Tự do - Hạnh phúc
"""
EXTRACT = """
ỦY BAN NHÂN DÂN | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
XÃ MẪU GIẢ | Độc lập - Tự do - Hạnh phúc
{number} | Mẫu Giả, ngày 04 tháng 10 năm 2023
        TRÍCH LỤC KHAI SINH
        (BẢN SAO)
Họ, chữ đệm, tên: LÝ THỬ AN
Ngày, tháng, năm sinh: 05/3/2019
Giới tính: Nữ Dân tộc: Kinh Quốc tịch: Việt Nam
Đăng ký khai sinh tại: Ủy ban nhân dân xã Thí Điểm, huyện Giả Sơn
Số: 94/2019, ngày 20 tháng 3 năm 2019
"""


@pytest.fixture
def read(bundled: Settings, dossier: Dossier):
    return lambda text: understand([sheet_of(text) if isinstance(text, str) else text], dossier, bundled)


def test_an_extract_has_number_date_and_agency_of_its_own(read) -> None:
    found: Extraction = read(EXTRACT.format(number="Số: 22/TLKS-BS"))
    assert found.field("so_ky_hieu").value == found.field("so").value == "22/TLKS-BS"
    assert found.field("ngay_cap").value == "2023-10-04"
    assert found.field("co_quan_cap").value == "ỦY BAN NHÂN DÂN XÃ MẪU GIẢ"
    assert found.field("ngay_dang_ky").value == "2019-03-20"


def test_the_number_of_the_entry_is_never_that_of_the_extract(read) -> None:
    found: Extraction = read(EXTRACT.format(number="Số: ........"))
    assert found.field("so").value == found.field("so_ky_hieu").value == ""
    assert found.field("so_ky_hieu").needs_review


def test_a_certificate_that_is_no_extract_keeps_the_number_of_its_entry(read) -> None:
    found: Extraction = read(EXTRACT.format(number="").replace("TRÍCH LỤC KHAI SINH", "GIẤY KHAI SINH"))
    assert found.field("so_ky_hieu").value == "94/2019"


LAND = f"""{NATION}
        {{top}}
        CHỨNG NHẬN
        GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT
Hộ ông: LÝ VĂN THỬ
Được quyền sử dụng: 85,3 m2 đất
Tại: phường Mẫu, thị xã Giả Sơn
{{blank}} | | Giả Sơn, ngày 22 tháng 4 năm 2003
 | | TM. ỦY BAN NHÂN DÂN
 | | CHỦ TỊCH
"""


def test_a_committee_is_named_in_full_elsewhere_on_the_paper(read) -> None:
    agency = read(LAND.format(top="ỦY BAN NHÂN DÂN THỊ XÃ GIẢ SƠN", blank="\n" * 20)).field("co_quan_cap")
    assert (agency.value, agency.needs_review) == ("ỦY BAN NHÂN DÂN THỊ XÃ GIẢ SƠN", False)


def test_the_place_of_a_committee_stands_in_the_next_row(read) -> None:
    top = "ỦY BAN NHÂN DÂN\n        THỊ XÃ GIẢ SƠN"
    agency = read(LAND.format(top=top, blank="\n" * 20)).field("co_quan_cap")
    assert (agency.value, agency.needs_review) == ("ỦY BAN NHÂN DÂN THỊ XÃ GIẢ SƠN", False)


def test_of_two_committees_on_a_paper_none_is_chosen(read) -> None:
    top = "ỦY BAN NHÂN DÂN THỊ XÃ GIẢ SƠN\n        ỦY BAN NHÂN DÂN XÃ MẪU"
    assert read(LAND.format(top=top, blank="\n" * 20)).field("co_quan_cap").needs_review


def test_where_an_extract_was_registered_is_not_who_issued_it(read) -> None:
    text = EXTRACT.format(number="Số: 22/TLKS-BS").replace("ỦY BAN NHÂN DÂN |", " |").replace("XÃ MẪU GIẢ |", " |")
    found: Extraction = read(text)
    assert found.field("noi_dang_ky").value == "Ủy ban nhân dân xã Thí Điểm, huyện Giả Sơn"
    assert found.field("co_quan_cap").value == ""
    assert found.field("co_quan_cap").needs_review


def test_a_committee_without_its_place_is_never_certain(read) -> None:
    agency = read(LAND.format(top="...", blank="\n" * 20)).field("co_quan_cap")
    assert agency.value and agency.needs_review


@pytest.mark.parametrize(
    ("name", "so"),
    [
        ("ỦY BAN NHÂN DÂN", True),
        ("TM. UBND", True),
        ("TRƯỜNG ĐẠI HỌC", True),
        ("BỘ CÔNG AN", False),
        ("CÔNG AN TỈNH MẪU", False),
        ("TRƯỜNG ĐẠI HỌC GIẢ ĐỊNH", False),
    ],
)
def test_what_names_no_body(name: str, so: bool) -> None:
    assert nameless(name) is so


DIPLOMA = f"""{NATION}
        HIỆU TRƯỞNG TRƯỜNG ĐẠI HỌC
        {{below}}
        cấp
        BẰNG CỬ NHÂN
Ngành: Kế toán
Cho: Bà Lý Thử Lan
Ngày sinh: 31/01/1991
Số hiệu: 2023.833914
"""


def test_a_school_goes_on_in_the_next_row(read) -> None:
    agency = read(DIPLOMA.format(below="THÍ ĐIỂM")).field("co_quan_cap")
    assert (agency.value, agency.needs_review) == ("TRƯỜNG ĐẠI HỌC THÍ ĐIỂM", False)


@pytest.mark.parametrize("below", ["BẰNG CỬ NHÂN", "Khoa Kinh tế", "RECTOR OF THE SCHOOL", "PHÓ HIỆU TRƯỞNG"])
def test_what_is_no_name_is_not_added_to_the_school(read, below: str) -> None:
    agency = read(DIPLOMA.format(below=below)).field("co_quan_cap")
    assert agency.value == "TRƯỜNG ĐẠI HỌC"
    assert agency.needs_review


LICENCE = f"""{NATION}
        GIẤY PHÉP LÁI XE
{{number}} 079080000011
Họ tên/Full name: LÝ THỬ AN
Ngày sinh/Date of Birth: 05/12/1979
Hạng/Class: B2
 | Giả Định, ngày/date 23 tháng/month 01 năm/year 2018
 | {{agency}}
Có giá trị đến/Expires: 23/01/2028
        CÁC LOẠI XE CƠ GIỚI ĐƯỜNG BỘ ĐƯỢC PHÉP ĐIỀU KHIỂN
"""


@pytest.mark.parametrize("number", ["Số/No:", "SốINo:", "SốlNo:", "S6/No.:", "Số:"])
@pytest.mark.parametrize("agency", ["SỞ GIAO THÔNG VẬN TẢI", "SỞ GIAO THÔNG VÂN TẢI"])
def test_a_licence_read_with_a_letter_wrong(read, number: str, agency: str) -> None:
    found = read(LICENCE.format(number=number, agency=agency))
    assert found.field("so_ky_hieu").value == "079080000011"
    assert found.field("co_quan_cap").value == agency


def test_a_label_is_nobodys_name(read) -> None:
    found = read(
        """
        HỢP ĐỒNG MUA BÁN
Bên A: Công ty TNHH Mẫu Thử
Đại diện:
BÊN B (Bên mua): Công ty cổ phần Giả Định
Đại diện: Lý Văn Thử
"""
    )
    assert found.type == "hop_dong"
    assert found.field("dai_dien_a").value == ""
    assert found.field("dai_dien_b").value == "Lý Văn Thử"


def test_the_motto_is_no_value_of_a_heading_beside_it(read) -> None:
    found = read(
        """
UBND TỈNH MẪU | | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
BỘ PHẬN TIẾP NHẬN | | Độc lập - Tự do - Hạnh phúc
VÀ TRẢ KẾT QUẢ
        GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ
Tiếp nhận hồ sơ của: Lý Thử Lan
"""
    )
    assert found.type == "giay_tiep_nhan_va_hen_tra"
    assert "Độc lập" not in found.field("bo_phan").value


def test_an_address_goes_on_after_a_comma_however_far_apart_the_rows(read) -> None:
    rows = [
        Print("Nơi thường trú: Số 5, đường Giả Lập 1,", 130, 600),
        Print("xã Mẫu, tỉnh Kiên Giang", 130, 600 + 3 * TALL),
        centred("GIẤY CHỨNG MINH NHÂN DÂN", 200),
        centred("SỐ 012345678", 260),
    ]
    found = read(page(sorted(rows, key=lambda row: row.y)))
    assert found.field("noi_thuong_tru").value == "Số 5, đường Giả Lập 1, xã Mẫu, tỉnh Kiên Giang"


def test_the_day_over_the_signature_is_not_when_a_licence_ends(read) -> None:
    rows = [
        centred("GIẤY PHÉP LÁI XE", 200),
        Print("Số/No: 079080000011", 130, 260),
        Print("Họ tên/Full name: LÝ THỬ AN", 130, 306),
        Print("Có giá trị đến / Expires:", 130, 500),
        Print("Tỉnh Kiên Giang, ngày/date 10 tháng/month 12 năm/vear 2025", 700, 490),
        Print("10/12/2035", 130, 550),
    ]
    found = read(page(sorted(rows, key=lambda row: row.y)))
    assert found.type == "giay_phep_lai_xe"
    assert found.field("ngay_cap").value == "2025-12-10"
    assert found.field("het_han").value == found.field("thoi_han_hieu_luc").value == "2035-12-10"


def test_the_translation_of_a_label_is_no_value(read) -> None:
    rows = [
        centred("HỘ CHIẾU / PASSPORT", 200),
        Print("Số hộ chiếu / Passport No", 130, 260),
        Print("C1234567", 130, 306),
        Print("Có giá trị đến / Date of exptry", 130, 400),
        Print("30/04/2025", 130, 446),
    ]
    assert read(page(rows)).field("het_han").value == "2025-04-30"


def test_an_extract_whose_number_was_hardly_read_shows_what_was_read(read) -> None:
    found = read(EXTRACT.format(number="S6: 22/TLKS-BS"))
    assert found.field("so").value == "22/TLKS-BS"


def test_a_marriage_certificate_whose_title_lies_under_a_stamp(bundled: Settings) -> None:
    text = f"""{NATION}
        (BẢN SAO)
Họ và tên chồng: LÝ VĂN THỬ | | Họ và tên vợ: HỒ THỊ MẪU
Sinh ngày: 06/06/1975 | | Sinh ngày: 08/11/1975
Nơi đăng ký: Ủy ban nhân dân phường Mẫu
Giấy chứng nhận này có giá trị kể từ ngày ký và ghi vào sổ đăng ký kết hôn.
Ngày, tháng, năm đăng ký: 01/02/2003
"""
    match = classify([sheet(sheet_of(text))], bundled.types, {"giay_chung_nhan_ket_hon": 0.4, "giay_xac_nhan": 0.1})
    assert match.key == "giay_chung_nhan_ket_hon"


def test_the_position_of_who_signs_is_nobodys_name(read) -> None:
    rows = ["Họ và tên mẹ: LÝ THỬ NGHIỆM", "Người đỡ đẻ: Thủ trưởng cơ sở y tế"]
    assert read(form("GIẤY CHỨNG SINH", rows)).field("nguoi_do_de").value == ""
    named = ["Họ và tên mẹ: LÝ THỬ NGHIỆM", "Người đỡ đẻ: Trần Thị Minh Họa"]
    assert read(form("GIẤY CHỨNG SINH", named)).field("nguoi_do_de").value == "Trần Thị Minh Họa"
