"""Who owns a plot after what was entered on its certificate."""

from __future__ import annotations

import pytest

from pipeline.classify import understand
from pipeline.dossier import Dossier, Extraction
from pipeline.settings import Settings
from tests.classify.sheets import sheet_of

ISSUED = """
        GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT
Ông: LÝ VĂN THỬ
Căn cước công dân số: 051070000120
1. Thửa đất số: 12; tờ bản đồ số: 34
"""
HEADING = "IV. Những thay đổi sau khi cấp giấy chứng nhận"
OLD, NEW, NEWER = "051070000120", "051180000122", "051090000133"


@pytest.fixture
def read(bundled: Settings, dossier: Dossier):
    def understood(*entries: str, heading: str = HEADING) -> Extraction:
        pages = [sheet_of(ISSUED), sheet_of("\n".join([heading, "", *entries]), 2)]
        return understand(pages, dossier, bundled)

    return understood


def owner(found: Extraction) -> tuple[str, str]:
    return found.field("chu_su_dung").value, found.field("ma_dinh_danh").value


@pytest.mark.parametrize(
    ("entry", "holder"),
    [
        (f"Chuyển nhượng cho bà Hồ Thị Mẫu, CCCD số {NEW}", "Hồ Thị Mẫu"),
        (f"Tặng cho ông Lý Văn Con, CCCD số {NEW}", "Lý Văn Con"),
        (f"Tặng cho quyền sử dụng đất cho con là ông Lý Văn Con, CCCD số {NEW}", "Lý Văn Con"),
        (f"Để thừa kế cho hộ ông Lý Văn Con, số định danh {NEW}", "Lý Văn Con"),
        (f"Ông Lý Văn Con, CCCD số {NEW}, nhận chuyển nhượng quyền sử dụng đất", "Lý Văn Con"),
        (f"Bà Hồ Thị Mẫu, CCCD số {NEW}, nhận thừa kế quyền sử dụng đất", "Hồ Thị Mẫu"),
        (f"Chuyển nhượng cho vợ chồng ông Lý Văn Con, CCCD số {NEW} và bà Hồ Thị Mẫu", "Lý Văn Con"),
        (f"Chuyển nhượng cho ông Lý Văn Con và bà Hồ Thị Mẫu, CCCD số {NEW}", "Lý Văn Con và Hồ Thị Mẫu"),
        ("Chuyển nhượng cho Công ty TNHH Giả Lập, địa chỉ Số 1", "Công ty TNHH Giả Lập"),
    ],
)
def test_whoever_got_it_is_the_owner(read, entry: str, holder: str) -> None:
    found = read(entry, "theo hồ sơ số 000123.CN.001.")
    assert owner(found) == (holder, NEW if NEW in entry else "")
    assert found.field("thua_dat").value == "12"
    assert found.field("chu_su_dung").needs_review
    assert found.field("ma_dinh_danh").needs_review or NEW not in entry


@pytest.mark.parametrize(
    "entry",
    [
        "Thế chấp bằng quyền sử dụng đất tại Ngân hàng Giả Lập, theo hợp đồng của ông Hồ Văn Khác",
        "Xóa thế chấp ngày 05/3/2022 theo đề nghị của bà Hồ Thị Khác",
        "Chuyển nhượng một phần diện tích 50 m2 cho ông Hồ Văn Khác",
        "Cho ông Hồ Văn Khác thuê quyền sử dụng đất đến năm 2030",
        "Địa chỉ thửa đất thay đổi thành phường Thí Điểm",
    ],
)
def test_entries_that_leave_the_owner(read, entry: str) -> None:
    found = read(entry)
    assert owner(found) == ("LÝ VĂN THỬ", OLD)
    assert found.field("chu_su_dung").needs_review
    assert found.field("ma_dinh_danh").needs_review


@pytest.mark.parametrize(
    "heading", [HEADING, "VI - NHỮNG THAY ĐỔI SAU KHI CẤP GIẤY CHỨNG NHẬN", "TRANG BỔ SUNG GIẤY CHỨNG NHẬN"]
)
def test_the_last_by_date_wins(read, heading: str) -> None:
    entries = (
        "Chuyển nhượng cho bà Hồ Thị Mẫu, | Ngày 08/03/2021",
        f"CCCD số {NEW}, địa chỉ tại xã Mẫu. | CHI NHÁNH VĂN PHÒNG",
        "",
        "Tặng cho ông Lý Văn Con, sinh năm | Ngày 09/04/2023",
        f"1990, CCCD số {NEWER}. | CHI NHÁNH VĂN PHÒNG",
        "",
        "Thế chấp tại Ngân hàng Giả Lập. | Ngày 10/05/2024",
    )
    assert owner(read(*entries, heading=heading)) == ("Lý Văn Con", NEWER)


def test_an_older_entry_below_a_newer_one_does_not_win(read) -> None:
    entries = (
        f"Tặng cho ông Lý Văn Con, CCCD {NEWER}. | Ngày 09/04/2023",
        "",
        "",
        f"Chuyển nhượng cho bà Hồ Thị Mẫu, CCCD {NEW}. | Ngày 08/03/2021",
    )
    assert owner(read(*entries)) == ("Lý Văn Con", NEWER)


def test_what_the_entry_says_of_the_new_owner_is_taken(read) -> None:
    entries = (
        f"Tặng cho bà Hồ Thị Mẫu, sinh năm 1981, CCCD số {NEW},",
        "địa chỉ tại thôn 2, xã Mẫu, tỉnh Giả Lập; theo hồ sơ số 12.",
    )
    found = read(*entries)
    assert [found.field(key).value for key in ("nam_sinh", "dia_chi_chu")] == ["1981", "thôn 2, xã Mẫu, tỉnh Giả Lập"]
    assert found.field("nam_sinh").needs_review


def test_the_id_of_a_former_owner_is_not_kept(read) -> None:
    found = read("Chuyển nhượng cho bà Hồ Thị Mẫu, địa chỉ tại xã Mẫu.")
    assert owner(found) == ("Hồ Thị Mẫu", "")
    assert found.field("ma_dinh_danh").needs_review
