"""Cards, certificates and applications: what stands where, and what was entered after the issue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.classify import understand
from pipeline.classify.dates import opens
from pipeline.classify.matching import Folded
from pipeline.dossier import Dossier, Extraction, PageReading
from pipeline.settings import Settings
from tests.classify.paper import FOOT, PITCH, WIDTH, Print, centred, form, head, numbered, page, stacked

LAND = "GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT"
OWNER = "079080000011"
BUYER = "079190000022"
PLOT = [
    "a) Thửa đất số: 12, tờ bản đồ số: 34",
    "b) Địa chỉ: Số 5, đường Giả Lập 1, phường Thí Điểm",
    "c) Diện tích: 105,5 m2",
    "đ) Mục đích sử dụng: Đất ở tại đô thị",
    "e) Thời hạn sử dụng: Lâu dài",
]
ISSUED = [
    Print("Thí Điểm, ngày 13 tháng 01 năm 2020", 900, 900),
    Print("SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG", 950, 950),
    Print("GIÁM ĐỐC", 1100, 1000),
]
HEADING = "IV. Những thay đổi sau khi cấp giấy chứng nhận"
SALE = [
    "Chuyển nhượng cho bà Hồ Thử Lan, sinh năm 1990,",
    f"Căn cước công dân số {BUYER}, địa chỉ tại Số 9.",
]


@pytest.fixture
def read(bundled: Settings, dossier: Dossier):
    def understood(*pages: PageReading, **given: str) -> Extraction:
        stack = [numbered(reading, at) for at, reading in enumerate(pages, 1)]
        return understand(stack, replace(dossier, **given), bundled)

    return understood


def land(entries: list[str], heading: str = HEADING) -> tuple[PageReading, ...]:
    front = form(LAND, ["Ông: LÝ THỬ NGHIỆM", f"Căn cước công dân số: {OWNER}", "Địa chỉ thường trú: Số 1, xã Mẫu"])
    plot = page([*stacked(PLOT, 200, 200), *ISSUED])
    confirmed = [Print("Ngày 08/03/2021", 1150, 400), Print("CHI NHÁNH VĂN PHÒNG", 1100, 460 + PITCH)]
    rows = [Print(heading, 200, 300), *stacked(entries, 200, 400), *(confirmed if entries else [])]
    return front, plot, page(sorted(rows, key=lambda row: row.y))


def test_values_of_the_issue_stand_before_the_later_entries(read) -> None:
    found = read(*land(SALE))
    assert found.type == "giay_chung_nhan_quyen_su_dung_dat"
    assert found.field("co_quan_cap").value == "SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG"
    assert found.field("ngay_cap").value == "2020-01-13"
    assert found.field("dia_chi").value == "Số 5, đường Giả Lập 1, phường Thí Điểm"
    assert found.field("thoi_han").value == "Lâu dài"
    assert not found.field("thua_dat").needs_review


def test_a_sale_names_the_owner_and_is_never_certain(read) -> None:
    found = read(*land(SALE))
    assert (found.field("chu_su_dung").value, found.field("ma_dinh_danh").value) == ("Hồ Thử Lan", BUYER)
    assert found.field("chu_su_dung").page == 3
    assert all(found.field(key).needs_review for key in ("chu_su_dung", "so_dinh_danh", "ma_dinh_danh"))


def test_an_entry_that_names_nobody_still_makes_the_owner_doubtful(read) -> None:
    found = read(*land(["Thay đổi mục đích sử dụng theo quyết định của cơ quan."]))
    assert found.field("chu_su_dung").value == "LÝ THỬ NGHIỆM"
    assert found.field("chu_su_dung").needs_review
    assert found.field("muc_dich").needs_review
    assert not found.field("dien_tich").needs_review


@pytest.mark.parametrize("heading", [HEADING, "6. Ghi chú: Không"])
def test_without_entries_the_first_owner_is_certain(read, heading: str) -> None:
    found = read(*land([], heading))
    assert (found.field("chu_su_dung").value, found.field("ma_dinh_danh").value) == ("LÝ THỬ NGHIỆM", OWNER)
    assert not found.field("chu_su_dung").needs_review


def test_of_two_pages_scanned_side_by_side_only_one_half_is_cut(read) -> None:
    spread = page(
        [
            Print(HEADING, 100, 200),
            Print(LAND, 1800, 220),
            *stacked(SALE, 100, 300),
            Print("Ông: LÝ THỬ NGHIỆM", 1800, 400),
            Print("CX 000123", 1800, 900),
        ]
    )
    found = read(replace(spread, width=2 * WIDTH, height=WIDTH))
    assert found.field("so_ky_hieu").value == "CX 000123"
    assert found.field("chu_su_dung").value == "Hồ Thử Lan"


# -- applications -----------------------------------------------------------------------------------------------

BORN = "Ngày, tháng, năm sinh: 03/04/1977"


def application(last: str) -> PageReading:
    return form("ĐƠN ĐỀ NGHỊ", ["Tôi tên là: LÝ THỬ NGHIỆM", BORN, "Nơi cư trú: Số 1, xã Mẫu"], last=last)


def test_an_application_is_dated_where_it_is_signed(read) -> None:
    found = read(application("Thí Điểm, ngày 16 tháng 6 năm 2026"))
    assert found.field("ngay_cap").value == "2026-06-16"
    assert found.field("ten_giay_to").value == "ĐƠN ĐỀ NGHỊ"


@pytest.mark.parametrize("last", ["", "Thí Điểm, ngày % tháng 6 năm 2026"])
def test_a_date_of_birth_is_never_the_date_of_the_paper(read, last: str) -> None:
    issued = read(application(last)).field("ngay_cap")
    assert (issued.value, issued.needs_review) == ("", True)


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("ngày 05 tháng 3 năm 2024", True),
        ("ngày % tháng 6 năm 2026", True),
        ("Ngày … tháng … năm 20…", True),
        (BORN, False),
        ("Ngày, tháng, năm đăng ký: 22/10/2023", False),
        ("Ngày 05/3/2024", False),
    ],
)
def test_a_label_that_names_a_date_is_no_date(text: str, so: bool) -> None:
    assert opens(text) is so


def test_a_value_runs_on_to_the_end_of_its_paragraph(read) -> None:
    rows = [
        Print("Nội dung đề nghị: Đề nghị cơ quan đăng ký xác nhận thay đổi của thửa đất đã nêu, do chuyển", 200, 600),
        Print("địa chỉ trụ sở của công ty chúng tôi về cùng thửa đất đó theo đúng hồ sơ đã nộp và trả", 200, 646),
        Print("kết quả qua Bộ phận Một cửa.", 200, 692),
        Print("Tôi cam đoan những điều trên là đúng.", 270, 738),
    ]
    found = read(page([centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 120), centred("ĐƠN ĐỀ NGHỊ", 300), *rows]))
    assert found.field("noi_dung").value.endswith("trả kết quả qua Bộ phận Một cửa")


@pytest.mark.parametrize(
    ("title", "below", "subject"),
    [
        ("GIẤY KHAI SINH", "(BẢN CHÍNH)", ""),
        ("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", "CÔNG TY TRÁCH NHIỆM HỮU HẠN", ""),
        ("ĐƠN ĐỀ NGHỊ", "Về việc cập nhật thông tin", "Về việc cập nhật thông tin"),
    ],
)
def test_only_what_says_so_is_an_abstract_under_a_form(read, title: str, below: str, subject: str) -> None:
    paper = form(title, [])
    named = page([centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 120), centred(title, 300), centred(below, 346)])
    assert read(replace(paper, lines=named.lines)).field("trich_yeu").value == subject


# -- cards and certificates -------------------------------------------------------------------------------------

CODE = f"{OWNER}||Lý Thử Nghiệm|17051980|Nam|Số 1, xã Mẫu|05032024"


@pytest.mark.parametrize("title", ["CĂN CƯỚC CÔNG DÂN", "CĂN CƯỚC CONG DÂN"])
def test_a_card_is_told_from_the_newer_one_with_the_same_code(read, title: str) -> None:
    rows = [
        Print("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 700, 120),
        Print(title, 800, 250),
        Print("Citizen Identity Card", 820, 300),
        Print(f"Số / No.: {OWNER}", 700, 360),
        Print("IDVNM0000000000", 300, 1800),
    ]
    found = read(page(rows, barcodes=[(CODE, "QRCode")]))
    assert (found.type, found.field("so_ky_hieu").value) == ("can_cuoc_cong_dan", OWNER)
    assert not found.field("so_ky_hieu").needs_review
    assert found.field("trich_yeu").value == ""
    assert found.type_confidence > 0.85


def test_an_agency_over_two_rows_ends_before_its_translation(read) -> None:
    rows = [
        Print("CĂN CƯỚC CÔNG DÂN", 800, 250),
        Print("Citizen Identity Card", 820, 300),
        Print("CỤC TRƯỞNG CỤC CẢNH SÁT", 900, 1200),
        Print("QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI", 820, 1246),
        Print("DIRECTOR GENERAL OF THE POLICE DEPARTMENT", 800, 1292),
    ]
    found = read(page(rows, barcodes=[(CODE, "QRCode")]))
    assert found.field("co_quan_cap").value == "CỤC CẢNH SÁT QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI"


def test_the_number_of_an_enterprise_certificate_is_the_code(read) -> None:
    rows = ["Mã số doanh nghiệp: 0100109106", "Đăng ký thay đổi lần thứ: 2, ngày 04 tháng 8 năm 2019"]
    found = read(form("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", rows))
    assert found.field("so_ky_hieu").value == found.field("ma_dinh_danh").value == "0100109106"
    assert found.field("thay_doi_lan").value == "2"


# -- letters, under a stamp -------------------------------------------------------------------------------------


def test_a_letter_whose_number_was_misread_under_a_stamp_is_still_one(read) -> None:
    rows = head(["ỦY BAN NHÂN DÂN", "PHƯỜNG THÍ ĐIỂM"], "", "Thí Điểm, ngày 05 tháng 3 năm 2024")
    stamped = [
        Print("sø: 257 /UBND-VHXH", 270, 290, 0.4, False),
        Print("V/v hướng dẫn người dân", 270, 336),
        Print("- nộp hồ sơ trực tuyến", 270, 382, 0.4, False),
        Print("Kính gửi: Các phòng, ban", 600, 480),
    ]
    found = read(page([*rows, *stamped, *FOOT]))
    assert found.type == "cong_van"
    assert found.field("so_ky_hieu").needs_review
    subject = found.field("trich_yeu")
    assert "nộp hồ sơ trực tuyến" in subject.value
    assert subject.needs_review


@pytest.mark.parametrize("label", ["Thời hạn sử dụng đất", "Thời hạn sử dụng"])
def test_a_label_does_not_reach_over_a_colon(label: str) -> None:
    place = Folded("e) Thời hạn sử dụng: Lâu dài").find(label)
    assert place is None or place == (3, 19)
