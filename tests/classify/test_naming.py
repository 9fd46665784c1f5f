"""What a paper is called."""

from __future__ import annotations

import pytest

from pipeline.classify import understand
from pipeline.dossier import Dossier
from pipeline.settings import Settings
from tests.classify.sheets import sheet_of


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("QUYẾT ĐỊNH", "Quyết định"),
        ("QUYÉT ĐỊNH", "Quyết định"),
        ("GIẤY CHỨNG NHẬN KẾT HÔN", "Giấy chứng nhận kết hôn"),
        ("TRÍCH LỤC KẾT HÔN", "TRÍCH LỤC KẾT HÔN"),
        ("BẰNG KỸ SƯ", "BẰNG KỸ SƯ"),
        ("HỘ CHIẾU / PASSPORT", "Hộ chiếu"),
        ("GIẤY PHÉP LÁI XE / DRIVER'S LICENSE", "Giấy phép lái xe"),
        ("ĐƠN XIN", "ĐƠN XIN"),
        ("ĐƠN ĐỀ NGHỊ CẤP LẠI GIẤY PHÉP", "ĐƠN ĐỀ NGHỊ CẤP LẠI GIẤY PHÉP"),
        ("GIẤY PHÉP\n        KHAI THÁC NƯỚC DƯỚI ĐẤT", "GIẤY PHÉP KHAI THÁC NƯỚC DƯỚI ĐẤT"),
        (
            "GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP\n        CÔNG TY TRÁCH NHIỆM HỮU HẠN",
            "Giấy chứng nhận đăng ký doanh nghiệp",
        ),
    ],
)
def test_the_name_is_the_title_where_it_says_more(bundled: Settings, dossier: Dossier, title: str, name: str) -> None:
    text = f"""        CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
        Độc lập - Tự do - Hạnh phúc

        {title}
"""
    assert understand([sheet_of(text)], dossier, bundled).field("ten_giay_to").value == name
