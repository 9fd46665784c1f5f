"""Own fields of every certificate, on invented papers set like the forms of the last decades."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.classify import understand
from pipeline.dossier import Dossier, Extraction, PageReading, Region
from pipeline.settings import Settings
from tests.classify.paper import Print, centred, page
from tests.classify.sheets import LEFT, sheet_of

NATION = """
        CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
        Độc lập - Tự do - Hạnh phúc
"""

FORMS: dict[str, tuple[str, str, dict[str, str]]] = {}


def paper(name: str, kind: str, text: str, **expected: str) -> None:
    FORMS[name] = (kind, text, expected)


# -- civil status -----------------------------------------------------------------------------------------------

paper(
    "birth, 2020 form",
    "giay_khai_sinh",
    f"""{NATION}
 | Số: 45/2021
        GIẤY KHAI SINH
Họ, chữ đệm, tên: LÝ THỬ AN
Ngày, tháng, năm sinh: 05/3/2021
Ghi bằng chữ: Ngày năm tháng ba năm hai nghìn không trăm hai mươi mốt
Giới tính: Nữ Dân tộc: Kinh Quốc tịch: Việt Nam
Nơi sinh: Bệnh viện đa khoa Giả Lập
Quê quán: xã Mẫu, huyện Thí Điểm
Số định danh cá nhân: 051321000017
Họ, chữ đệm, tên người mẹ: HỒ THỊ MẪU
Năm sinh: 1992 Dân tộc: Tày Quốc tịch: Việt Nam
Nơi cư trú: thôn 2, xã Mẫu
Họ, chữ đệm, tên người cha: LÝ VĂN THỬ
Năm sinh: 1990 Dân tộc: Kinh Quốc tịch: Việt Nam
Nơi cư trú: thôn 3, xã Mẫu
Họ, chữ đệm, tên người đi khai sinh: LÝ VĂN THỬ
Giấy tờ tùy thân: CCCD số 051090000120
Nơi đăng ký khai sinh: Ủy ban nhân dân xã Mẫu
Ngày, tháng, năm đăng ký: 20/3/2021
""",
    so="45/2021", ho_ten="LÝ THỬ AN", ngay_sinh="2021-03-05", gioi_tinh="Nữ", dan_toc="Kinh", quoc_tich="Việt Nam",
    noi_sinh="Bệnh viện đa khoa Giả Lập", so_dinh_danh="051321000017", ho_ten_me="HỒ THỊ MẪU", nam_sinh_me="1992",
    dan_toc_me="Tày", noi_cu_tru_me="thôn 2, xã Mẫu", ho_ten_cha="LÝ VĂN THỬ", nam_sinh_cha="1990", dan_toc_cha="Kinh",
    noi_cu_tru_cha="thôn 3, xã Mẫu", nguoi_di_khai_sinh="LÝ VĂN THỬ", so_dinh_danh_nguoi_di="051090000120",
    ngay_dang_ky="2021-03-20", ma_dinh_danh="051321000017",
)  # fmt: skip
paper(
    "birth, form of the 2000s",
    "giay_khai_sinh",
    f"""{NATION}
UBND xã: Mẫu | Số: 12
Huyện: Thí Điểm | Quyển số: 01/2006
        GIẤY KHAI SINH
        (BẢN CHÍNH)
Họ và tên: LÝ THỬ BÌNH Giới tính: Nam
Ngày, tháng, năm sinh: 05/3/2006
(Bằng chữ): Ngày năm tháng ba năm hai nghìn không trăm linh sáu
Nơi sinh: Trạm y tế xã Mẫu
Dân tộc: Kinh Quốc tịch: Việt Nam
Quê quán: xã Mẫu, huyện Thí Điểm
Họ và tên cha: LÝ VĂN THỬ
Dân tộc: Kinh Quốc tịch: Việt Nam Năm sinh: 1978
Nơi thường trú/tạm trú: thôn 3, xã Mẫu
Họ và tên mẹ: HỒ THỊ MẪU
Dân tộc: Mường Quốc tịch: Việt Nam Năm sinh: 1980
Nơi thường trú/tạm trú: thôn 3, xã Mẫu
Nơi đăng ký: UBND xã Mẫu
Ngày, tháng, năm đăng ký: 20/3/2006
Họ và tên người đi khai sinh: LÝ VĂN THỬ
Quan hệ với người được khai sinh: cha
""",
    so="12", quyen_so="01/2006", ho_ten="LÝ THỬ BÌNH", gioi_tinh="Nam", ngay_sinh="2006-03-05", ho_ten_cha="LÝ VĂN THỬ",
    nam_sinh_cha="1978", ho_ten_me="HỒ THỊ MẪU", nam_sinh_me="1980", dan_toc_me="Mường", dan_toc="Kinh",
    noi_dang_ky="UBND xã Mẫu", ngay_dang_ky="2006-03-20", ma_dinh_danh="", so_dinh_danh="",
)  # fmt: skip
paper(
    "birth extract",
    "giay_khai_sinh",
    f"""{NATION}
 | Số: 45/TLKS-BS
        TRÍCH LỤC KHAI SINH
        (BẢN SAO)
Họ, chữ đệm, tên: LÝ THỬ AN
Ngày, tháng, năm sinh: 05/3/2021
Giới tính: Nữ Dân tộc: Kinh Quốc tịch: Việt Nam
Nơi sinh: Bệnh viện đa khoa Giả Lập
Họ, chữ đệm, tên người
mẹ: HỒ THỊ MẪU
Ngày, tháng, năm sinh: 04/5/1992
Họ, chữ đệm, tên người cha: LÝ VĂN THỬ
Ngày, tháng, năm sinh: 04/5/1990
Đăng ký khai sinh tại: UBND xã Mẫu
""",
    ho_ten="LÝ THỬ AN", ngay_sinh="2021-03-05", ho_ten_me="HỒ THỊ MẪU", nam_sinh_me="1992", ho_ten_cha="LÝ VĂN THỬ",
    nam_sinh_cha="1990",
)  # fmt: skip
paper(
    "live birth",
    "giay_chung_sinh",
    f"""{NATION}
        GIẤY CHỨNG SINH
Họ và tên mẹ/Người nuôi dưỡng: HỒ THỊ MẪU
Năm sinh: 1992
Nơi đăng ký thường trú: thôn 2, xã Mẫu
Số CMND/CCCD/Định danh cá nhân/Hộ chiếu: 051192000122
Dân tộc: Tày
Đã sinh con vào lúc: 08 giờ 15 phút, ngày 05 tháng 3 năm 2021
Tại: Bệnh viện đa khoa Giả Lập
Số lần sinh: 1 Số con hiện sống: 1
Số con trong lần sinh này: 1
Giới tính của con: Nữ Cân nặng: 3200 gam
Dự định đặt tên con là: Lý Thử An
Người đỡ đẻ: Trần Giả
""",
    ho_ten_me="HỒ THỊ MẪU", nam_sinh_me="1992", so_dinh_danh_me="051192000122", noi_thuong_tru="thôn 2, xã Mẫu",
    ngay_sinh_con="2021-03-05", noi_sinh="Bệnh viện đa khoa Giả Lập", gioi_tinh_con="Nữ", can_nang="3200",
    du_dinh_dat_ten="Lý Thử An", nguoi_do_de="Trần Giả", so_con="1", ma_dinh_danh="",
)  # fmt: skip
paper(
    "marriage, two columns",
    "giay_chung_nhan_ket_hon",
    f"""{NATION}
 | Số: 07/2022
        GIẤY CHỨNG NHẬN KẾT HÔN
Họ, chữ đệm, tên vợ: HỒ THỊ MẪU | Họ, chữ đệm, tên chồng: LÝ VĂN THỬ
Ngày, tháng, năm sinh: 04/5/1992 | Ngày, tháng, năm sinh: 06/7/1990
Dân tộc: Tày Quốc tịch: Việt Nam | Dân tộc: Kinh Quốc tịch: Việt Nam
Nơi cư trú: thôn 2, xã Mẫu | Nơi cư trú: thôn 3, xã Mẫu
Giấy tờ tùy thân: CCCD 051192000122 | Giấy tờ tùy thân: CCCD 051090000120
Nơi đăng ký kết hôn: Ủy ban nhân dân xã Mẫu
Ngày, tháng, năm đăng ký: 01/8/2022
""",
    so="07/2022", ho_ten_vo="HỒ THỊ MẪU", ho_ten_chong="LÝ VĂN THỬ", ngay_sinh_vo="1992-05-04",
    ngay_sinh_chong="1990-07-06", dan_toc_vo="Tày", dan_toc_chong="Kinh", noi_cu_tru_vo="thôn 2, xã Mẫu",
    noi_cu_tru_chong="thôn 3, xã Mẫu", so_dinh_danh_vo="051192000122", so_dinh_danh_chong="051090000120",
    noi_dang_ky="Ủy ban nhân dân xã Mẫu", ngay_dang_ky="2022-08-01", ma_dinh_danh="051192000122",
)  # fmt: skip
paper(
    "marriage, the husband first and headings",
    "giay_chung_nhan_ket_hon",
    f"""{NATION}
 | Số: 17
 | Quyển số: 01
        GIẤY CHỨNG NHẬN KẾT HÔN
CHỒNG | VỢ
Họ và tên: LÝ VĂN THỬ | Họ và tên: HỒ THỊ MẪU
Ngày, tháng, năm sinh: 06/7/1980 | Ngày, tháng, năm sinh: 04/5/1982
Dân tộc: Kinh Quốc tịch: Việt Nam | Dân tộc: Kinh Quốc tịch: Việt Nam
Nơi thường trú/tạm trú: xã Mẫu | Nơi thường trú/tạm trú: xã Thử
Số Giấy CMND/Hộ chiếu: 212345678 | Số Giấy CMND/Hộ chiếu: 212345679
        Kết hôn được công nhận kể từ ngày 01 tháng 8 năm 2005
""",
    ho_ten_vo="HỒ THỊ MẪU", ho_ten_chong="LÝ VĂN THỬ", ngay_sinh_vo="1982-05-04", ngay_sinh_chong="1980-07-06",
    so_dinh_danh_vo="212345679", so_dinh_danh_chong="212345678", noi_cu_tru_chong="xã Mẫu",
)  # fmt: skip
paper(
    "marital status",
    "xac_nhan_tinh_trang_hon_nhan",
    """ỦY BAN NHÂN DÂN | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
XÃ MẪU | Độc lập - Tự do - Hạnh phúc
Số: 15/UBND-XNTTHN | Mẫu, ngày 05 tháng 3 năm 2024
        GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN
Xét đề nghị của ông/bà: LÝ VĂN THỬ, về việc cấp Giấy xác nhận tình trạng hôn nhân,
        XÁC NHẬN:
Họ, chữ đệm, tên: LÝ VĂN THỬ
Ngày, tháng, năm sinh: 06/7/1990
Giới tính: Nam Dân tộc: Kinh Quốc tịch: Việt Nam
Giấy tờ tùy thân: Căn cước công dân số 051090000120
Nơi cư trú: thôn 3, xã Mẫu
Tình trạng hôn nhân: Hiện tại chưa đăng ký kết hôn với ai
Giấy này được cấp để: làm thủ tục vay vốn
Giấy này có giá trị 6 tháng kể từ ngày cấp.
""",
    ho_ten="LÝ VĂN THỬ", ngay_sinh="1990-07-06", gioi_tinh="Nam", so_dinh_danh="051090000120",
    noi_cu_tru="thôn 3, xã Mẫu", tinh_trang="Hiện tại chưa đăng ký kết hôn với ai", muc_dich="làm thủ tục vay vốn",
    so_ky_hieu="15/UBND-XNTTHN", ngay_cap="2024-03-05", thoi_han_hieu_luc="2024-09-05",
)  # fmt: skip
paper(
    "death extract",
    "trich_luc_khai_tu",
    f"""{NATION}
 | Số: 09/2023
        TRÍCH LỤC KHAI TỬ
Họ, chữ đệm, tên: LÝ VĂN CŨ
Ngày, tháng, năm sinh: 06/7/1940
Giới tính: Nam Dân tộc: Kinh Quốc tịch: Việt Nam
Số định danh cá nhân: 051040000120
Nơi cư trú cuối cùng: thôn 3, xã Mẫu
Đã chết vào lúc: 07 giờ 30 phút, ngày 02 tháng 02 năm 2023
Ghi bằng chữ: Ngày hai tháng hai năm hai nghìn không trăm hai mươi ba
Nơi chết: tại nhà riêng
Nguyên nhân chết: già yếu
Nơi đăng ký khai tử: Ủy ban nhân dân xã Mẫu
Ngày, tháng, năm đăng ký: 05/02/2023
Họ, chữ đệm, tên người đi khai tử: LÝ VĂN THỬ
""",
    so="09/2023", ho_ten="LÝ VĂN CŨ", ngay_sinh="1940-07-06", so_dinh_danh="051040000120", ngay_chet="2023-02-02",
    noi_chet="tại nhà riêng", nguyen_nhan="già yếu", noi_dang_ky="Ủy ban nhân dân xã Mẫu", ngay_dang_ky="2023-02-05",
    nguoi_di_khai_tu="LÝ VĂN THỬ", noi_cu_tru_cuoi="thôn 3, xã Mẫu",
)  # fmt: skip
paper(
    "death certificate of the 2000s",
    "trich_luc_khai_tu",
    f"""{NATION}
 | Số: 09
        GIẤY CHỨNG TỬ
Họ và tên: LÝ VĂN CŨ Giới tính: Nam
Ngày, tháng, năm sinh: 06/7/1930
Dân tộc: Kinh Quốc tịch: Việt Nam
Nơi thường trú/tạm trú cuối cùng: thôn 3, xã Mẫu
Số Giấy CMND/Hộ chiếu: 212345678
Đã chết vào lúc: 10 giờ 00 phút, ngày 03 tháng 9 năm 2004
Nơi chết: xã Mẫu
Nguyên nhân chết: bệnh
Nơi đăng ký khai tử: UBND xã Mẫu
Ngày, tháng, năm đăng ký: 05/9/2004
""",
    ho_ten="LÝ VĂN CŨ", so_dinh_danh="212345678", ngay_chet="2004-09-03", nguyen_nhan="bệnh",
    noi_cu_tru_cuoi="thôn 3, xã Mẫu",
)  # fmt: skip
paper(
    "residence, CT07",
    "so_ho_khau",
    """CÔNG AN XÃ MẪU | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Số: 31/XN | Độc lập - Tự do - Hạnh phúc
        XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ
I. Theo đề nghị của Ông/Bà:
1. Họ, chữ đệm và tên: LÝ VĂN THỬ
2. Ngày, tháng, năm sinh: 06/7/1990 3. Giới tính: Nam
4. Số định danh cá nhân: 0 5 1 0 9 0 0 0 0 1 2 0
5. Dân tộc: Kinh 6. Tôn giáo: Không 7. Quốc tịch: Việt Nam
8. Quê quán: xã Mẫu
II. Công an xã Mẫu xác nhận thông tin về cư trú của Ông/Bà như sau:
1. Nơi thường trú: thôn 3, xã Mẫu
2. Nơi tạm trú: Không
3. Nơi ở hiện tại: thôn 3, xã Mẫu
4. Họ, chữ đệm và tên chủ hộ: LÝ VĂN CẢ 5. Quan hệ với chủ hộ: Con
6. Số định danh cá nhân của chủ hộ: 051060000120
""",
    ho_ten="LÝ VĂN THỬ", ngay_sinh="1990-07-06", gioi_tinh="Nam", so_dinh_danh="051090000120", chu_ho="LÝ VĂN CẢ",
    so_dinh_danh_chu_ho="051060000120", quan_he_chu_ho="Con", noi_thuong_tru="thôn 3, xã Mẫu",
    noi_o_hien_tai="thôn 3, xã Mẫu", ma_dinh_danh="051090000120",
)  # fmt: skip
paper(
    "household book",
    "so_ho_khau",
    """BỘ CÔNG AN | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
 | Độc lập - Tự do - Hạnh phúc
        SỔ HỘ KHẨU
        Số: 510123456
Họ và tên chủ hộ: LÝ VĂN CẢ
Nơi thường trú: thôn 3, xã Mẫu, huyện Thí Điểm
""",
    so="510123456", chu_ho="LÝ VĂN CẢ", noi_thuong_tru="thôn 3, xã Mẫu, huyện Thí Điểm",
)  # fmt: skip

# -- cards ------------------------------------------------------------------------------------------------------

paper(
    "citizen card without its code",
    "can_cuoc_cong_dan",
    """
                    CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
                    Độc lập - Tự do - Hạnh phúc
                    CĂN CƯỚC CÔNG DÂN
                    Citizen Identity Card
Số / No.: 051090000120
Họ và tên / Full name:
LÝ VĂN THỬ
Ngày sinh / Date of birth: 06/07/1990
Giới tính / Sex: Nam Quốc tịch / Nationality: Việt Nam
Quê quán / Place of origin:
xã Mẫu, huyện Thí Điểm
Nơi thường trú / Place of residence: thôn 3,
xã Mẫu, huyện Thí Điểm
Có giá trị đến: 06/07/2030
Date of expiry
""",
    so_dinh_danh="051090000120", ho_ten="LÝ VĂN THỬ", ngay_sinh="1990-07-06", gioi_tinh="Nam", quoc_tich="Việt Nam",
    que_quan="xã Mẫu, huyện Thí Điểm", noi_thuong_tru="thôn 3, xã Mẫu, huyện Thí Điểm", het_han="2030-07-06",
)  # fmt: skip
paper(
    "identity card of 2024",
    "can_cuoc",
    """
                    CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
                    SOCIALIST REPUBLIC OF VIET NAM
                    CĂN CƯỚC
                    IDENTITY CARD
Số định danh cá nhân / Personal identification number:
051090000120
Họ, chữ đệm và tên khai sinh / Full name:
LÝ VĂN THỬ
Ngày, tháng, năm sinh / Date of birth:
06/07/1990
Giới tính / Sex: Nam Quốc tịch / Nationality: Việt Nam

Nơi cư trú / Place of residence:
thôn 3, xã Mẫu, tỉnh Giả Lập
Nơi đăng ký khai sinh / Place of birth:
xã Mẫu, tỉnh Giả Lập
Ngày, tháng, năm cấp / Date of issue:
05/08/2024
Ngày, tháng, năm hết hạn / Date of expiry:
Không thời hạn
""",
    so_dinh_danh="051090000120", ho_ten="LÝ VĂN THỬ", ngay_sinh="1990-07-06", gioi_tinh="Nam", quoc_tich="Việt Nam",
    noi_thuong_tru="thôn 3, xã Mẫu, tỉnh Giả Lập", noi_dang_ky_khai_sinh="xã Mẫu, tỉnh Giả Lập",
    ngay_cap_the="2024-08-05", het_han="vĩnh viễn", ngay_cap="2024-08-05", thoi_han_hieu_luc="vĩnh viễn",
)  # fmt: skip
paper(
    "nine-figure card",
    "chung_minh_nhan_dan",
    """
        CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
        Độc lập - Tự do - Hạnh phúc
        GIẤY CHỨNG MINH NHÂN DÂN
        SỐ 212345678
Họ tên LÝ VĂN THỬ
Sinh ngày 06-07-1980
Nguyên quán xã Mẫu, huyện Thí Điểm
Nơi ĐKHK thường trú thôn 3, xã Mẫu
""",
    so_cmnd="212345678", ho_ten="LÝ VĂN THỬ", ngay_sinh="1980-07-06", nguyen_quan="xã Mẫu, huyện Thí Điểm",
    noi_thuong_tru="thôn 3, xã Mẫu", ma_dinh_danh="212345678",
)  # fmt: skip
paper(
    "passport",
    "ho_chieu",
    """
        CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
        HỘ CHIẾU / PASSPORT
Mã số / Code | Số hộ chiếu / Passport No
VNM | C1234567
Họ và tên / Full name
LÝ VĂN THỬ
Quốc tịch / Nationality
VIỆT NAM / VIETNAMESE
Ngày sinh / Date of birth | Nơi sinh / Place of birth
06/07/1990 | GIẢ LẬP
Giới tính / Sex | Số GCMND / ID card No
NAM / M | 051090000120
Ngày cấp / Date of issue | Có giá trị đến / Date of expiry
05/08/2021 | 05/08/2031
Nơi cấp / Place of issue
Cục Quản lý xuất nhập cảnh
""",
    so_ho_chieu="C1234567", ho_ten="LÝ VĂN THỬ", ngay_sinh="1990-07-06", noi_sinh="GIẢ LẬP",
    so_dinh_danh="051090000120", ngay_cap_ho_chieu="2021-08-05", het_han="2031-08-05",
    noi_cap="Cục Quản lý xuất nhập cảnh",
)  # fmt: skip
paper(
    "driving licence",
    "giay_phep_lai_xe",
    """
        CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
        GIẤY PHÉP LÁI XE / DRIVER'S LICENSE
Số/No: 510123456789
Họ tên/Full name: LÝ VĂN THỬ
Ngày sinh/Date of Birth: 06/07/1990
Quốc tịch/Nationality: Việt Nam
Nơi cư trú/Address: X. Mẫu, H. Thí Điểm,
T. Giả Lập
 | Giả Lập, ngày/date 05 tháng/month 03 năm/year 2020
Hạng/Class: B2
Có giá trị đến/Expires: 05/03/2030
""",
    so="510123456789", ho_ten="LÝ VĂN THỬ", ngay_sinh="1990-07-06", quoc_tich="Việt Nam",
    noi_cu_tru="X. Mẫu, H. Thí Điểm, T. Giả Lập", hang="B2", het_han="2030-03-05", ngay_cap_bang="2020-03-05",
    ngay_cap="2020-03-05",
)  # fmt: skip
paper(
    "driving licence without end",
    "giay_phep_lai_xe",
    """
        CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
        GIẤY PHÉP LÁI XE / DRIVER'S LICENSE
Số / No.: 510123456789
Họ tên / Full name: LÝ VĂN THỬ
Ngày sinh / Date of Birth: 06/07/1990
Hạng / Class: A1
Có giá trị đến / Expires: Không thời hạn
""",
    so="510123456789", hang="A1", het_han="vĩnh viễn", thoi_han_hieu_luc="vĩnh viễn",
)  # fmt: skip

# -- land and building ------------------------------------------------------------------------------------------

paper(
    "land, form of 2009",
    "giay_chung_nhan_quyen_su_dung_dat",
    f"""{NATION}
        GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT
        QUYỀN SỞ HỮU NHÀ Ở VÀ TÀI SẢN KHÁC GẮN LIỀN VỚI ĐẤT
I. Người sử dụng đất, chủ sở hữu nhà ở và tài sản khác gắn liền với đất
Ông: LÝ VĂN THỬ
Sinh năm: 1970, CMND số: 212345678
Và vợ bà: HỒ THỊ MẪU
Sinh năm: 1972, CMND số: 212345679
Địa chỉ thường trú: thôn 3, xã Mẫu
        BX 123456
II. Thửa đất, nhà ở và tài sản khác gắn liền với đất
1. Thửa đất:
a) Thửa đất số: 12, tờ bản đồ số: 34
b) Địa chỉ: thôn Thử, xã Nghiệm
c) Diện tích: 105,5 m2 (bằng chữ: Một trăm linh năm phẩy năm mét vuông)
d) Hình thức sử dụng: Sử dụng riêng
đ) Mục đích sử dụng: Đất ở tại nông thôn
e) Thời hạn sử dụng: Lâu dài
g) Nguồn gốc sử dụng: Công nhận QSDĐ như giao đất có thu tiền
 | Thí Điểm, ngày 13 tháng 01 năm 2014
 | TM. ỦY BAN NHÂN DÂN HUYỆN THÍ ĐIỂM
Số vào sổ cấp GCN: CH00123 | CHỦ TỊCH
""",
    so_phat_hanh="BX 123456", chu_su_dung="LÝ VĂN THỬ", so_dinh_danh="212345678", dong_su_dung="HỒ THỊ MẪU",
    so_dinh_danh_2="212345679", dia_chi_chu="thôn 3, xã Mẫu", thua_dat="12", to_ban_do="34",
    dia_chi="thôn Thử, xã Nghiệm", dien_tich="105,5", hinh_thuc="Sử dụng riêng", muc_dich="Đất ở tại nông thôn",
    thoi_han="Lâu dài", nguon_goc="Công nhận QSDĐ như giao đất có thu tiền", so_vao_so="CH00123",
    ma_dinh_danh="212345678",
)  # fmt: skip
paper(
    "land, form of 2025",
    "giay_chung_nhan_quyen_su_dung_dat",
    f"""{NATION}
        GIẤY CHỨNG NHẬN
        QUYỀN SỬ DỤNG ĐẤT, QUYỀN SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT
1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất:
Ông LÝ VĂN THỬ, CCCD số: 051070000120
2. Thông tin thửa đất:
a) Thửa đất số: 12; b) Tờ bản đồ số: 34
c) Diện tích: 205,0 m²
d) Loại đất: Đất ở tại đô thị
đ) Thời hạn sử dụng đất: Lâu dài
e) Hình thức sử dụng đất: Sử dụng riêng
g) Địa chỉ: Số 5, đường Giả Lập 1, phường Thí Điểm
3. Thông tin tài sản gắn liền với đất: -/-
        AA 12345678
""",
    so_phat_hanh="AA 12345678", chu_su_dung="LÝ VĂN THỬ", so_dinh_danh="051070000120", thua_dat="12", to_ban_do="34",
    dien_tich="205,0", muc_dich="Đất ở tại đô thị", thoi_han="Lâu dài", hinh_thuc="Sử dụng riêng",
    dia_chi="Số 5, đường Giả Lập 1, phường Thí Điểm",
)  # fmt: skip
paper(
    "land, form of the nineties with its table",
    "giay_chung_nhan_quyen_su_dung_dat",
    f"""{NATION}
        GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT
        Số: D 012345
CHỨNG NHẬN: Hộ ông (bà): Lý Văn Thử
Địa chỉ: thôn 3, xã Mẫu
Được quyền sử dụng 500 m2 đất
Số tờ bản đồ | Số thửa
5 | 120
""",
    chu_su_dung="Lý Văn Thử", to_ban_do="5", thua_dat="120", so_phat_hanh="D 012345",
)  # fmt: skip
paper(
    "land of a company",
    "giay_chung_nhan_quyen_su_dung_dat",
    f"""{NATION}
        GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT
I. Người sử dụng đất, chủ sở hữu nhà ở và tài sản khác gắn liền với đất
Công ty Cổ phần Đầu tư và Phát triển Thử Nghiệm
Giấy chứng nhận đăng ký doanh nghiệp số: 0100109106
Địa chỉ trụ sở: Số 1, đường Thử
1. Thửa đất số: 7; tờ bản đồ số: 8
        CX 000777
""",
    chu_su_dung="Công ty Cổ phần Đầu tư và Phát triển Thử Nghiệm", ma_so_to_chuc="0100109106",
    dia_chi_chu="Số 1, đường Thử", ma_dinh_danh="0100109106", thua_dat="7",
)  # fmt: skip
paper(
    "cadastral extract",
    "trich_luc_ban_do_dia_chinh",
    f"""{NATION}
        TRÍCH LỤC BẢN ĐỒ ĐỊA CHÍNH
1. Số thứ tự thửa đất: 12; Tờ bản đồ số: 34; Tỷ lệ: 1/500
2. Diện tích: 105,5 m2
3. Mục đích sử dụng đất: Đất ở
4. Tên người sử dụng đất: Lý Văn Thử
Địa chỉ thường trú: thôn 3, xã Mẫu
5. Địa chỉ thửa đất: thôn Thử, xã Nghiệm
""",
    thua_dat="12", to_ban_do="34", ty_le="1/500", dien_tich="105,5", muc_dich="Đất ở", chu_su_dung="Lý Văn Thử",
    dia_chi="thôn Thử, xã Nghiệm", dia_chi_chu="thôn 3, xã Mẫu",
)  # fmt: skip
paper(
    "building permit",
    "giay_phep_xay_dung",
    """UBND QUẬN THÍ ĐIỂM | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
PHÒNG QUẢN LÝ ĐÔ THỊ | Độc lập - Tự do - Hạnh phúc
Số: 125/GPXD | Thí Điểm, ngày 05 tháng 3 năm 2024
        GIẤY PHÉP XÂY DỰNG
1. Cấp cho: Ông LÝ VĂN THỬ
Địa chỉ thường trú: Số 9, đường Giả Lập 2
2. Được phép xây dựng công trình: Nhà ở riêng lẻ
Địa điểm xây dựng: Số 5, đường Giả Lập 1
Diện tích xây dựng tầng 1: 80,5 m2
Tổng diện tích sàn: 241,5 m2
Chiều cao công trình: 11,4 m; số tầng: 03
Trên thửa đất số: 12, tờ bản đồ số 34
""",
    so_ky_hieu="125/GPXD", chu_dau_tu="LÝ VĂN THỬ", dia_chi_chu="Số 9, đường Giả Lập 2",
    cong_trinh="Nhà ở riêng lẻ", dia_chi="Số 5, đường Giả Lập 1", dien_tich="80,5", tong_dien_tich_san="241,5",
    chieu_cao="11,4", so_tang="03", ngay_cap="2024-03-05", thoi_han_hieu_luc="2025-03-05",
)  # fmt: skip

# -- business ---------------------------------------------------------------------------------------------------

paper(
    "enterprise with owner and representative",
    "giay_chung_nhan_dang_ky_doanh_nghiep",
    """SỞ KẾ HOẠCH VÀ ĐẦU TƯ | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
PHÒNG ĐĂNG KÝ KINH DOANH | Độc lập - Tự do - Hạnh phúc
        GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP
        CÔNG TY TRÁCH NHIỆM HỮU HẠN MỘT THÀNH VIÊN
        Mã số doanh nghiệp: 0100109106
        Đăng ký lần đầu: ngày 02 tháng 01 năm 2020
        Đăng ký thay đổi lần thứ: 3, ngày 04 tháng 8 năm 2022
1. Tên công ty
Tên công ty viết bằng tiếng Việt: CÔNG TY TNHH MỘT THÀNH VIÊN THỬ NGHIỆM
Tên công ty viết bằng tiếng nước ngoài: THU NGHIEM CO., LTD
2. Địa chỉ trụ sở chính
Số 1, đường Thử, phường Thí Điểm
3. Vốn điều lệ: 1.500.000.000 đồng
4. Thông tin về chủ sở hữu
Họ và tên: HỒ THỊ MẪU Giới tính: Nữ
Sinh ngày: 04/05/1982 Dân tộc: Kinh Quốc tịch: Việt Nam
Số giấy tờ pháp lý của cá nhân: 051182000122
5. Người đại diện theo pháp luật của công ty
Họ và tên: LÝ VĂN THỬ Giới tính: Nam
Chức danh: Giám đốc
Sinh ngày: 06/07/1980 Dân tộc: Kinh Quốc tịch: Việt Nam
Số giấy tờ pháp lý của cá nhân: 051080000120
""",
    ma_so="0100109106", dang_ky_lan_dau="2020-01-02", thay_doi_lan="3", ngay_thay_doi="2022-08-04",
    ten="CÔNG TY TNHH MỘT THÀNH VIÊN THỬ NGHIỆM", ten_nuoc_ngoai="THU NGHIEM CO., LTD",
    tru_so="Số 1, đường Thử, phường Thí Điểm", von_dieu_le="1.500.000.000", nguoi_dai_dien="LÝ VĂN THỬ",
    chuc_danh="Giám đốc", ngay_sinh_dai_dien="1980-07-06", so_dinh_danh_dai_dien="051080000120",
    chu_so_huu="HỒ THỊ MẪU", so_dinh_danh_chu="051182000122", ma_dinh_danh="0100109106",
)  # fmt: skip
paper(
    "household business",
    "giay_chung_nhan_dang_ky_ho_kinh_doanh",
    """UBND HUYỆN THÍ ĐIỂM | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
PHÒNG TÀI CHÍNH - KẾ HOẠCH | Độc lập - Tự do - Hạnh phúc
        GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH
        Số: 35A8001234
        Đăng ký lần đầu, ngày 05 tháng 3 năm 2021
1. Tên hộ kinh doanh: TẠP HÓA THỬ NGHIỆM
2. Địa điểm kinh doanh: thôn 3, xã Mẫu
Điện thoại: 0900000000
3. Ngành, nghề kinh doanh: Bán lẻ hàng tạp hóa
4. Vốn kinh doanh: 50.000.000 đồng
5. Họ và tên cá nhân hoặc tên đại diện hộ gia đình: LÝ VĂN THỬ Giới tính: Nam
Sinh ngày: 06/07/1990 Dân tộc: Kinh Quốc tịch: Việt Nam
Chứng minh nhân dân số: 212345678
Nơi đăng ký hộ khẩu thường trú: thôn 3, xã Mẫu
""",
    so="35A8001234", dang_ky_lan_dau="2021-03-05", ten="TẠP HÓA THỬ NGHIỆM", dia_diem="thôn 3, xã Mẫu",
    nganh_nghe="Bán lẻ hàng tạp hóa", von="50.000.000", chu_ho="LÝ VĂN THỬ", ngay_sinh="1990-07-06",
    so_dinh_danh="212345678", noi_thuong_tru="thôn 3, xã Mẫu",
)  # fmt: skip

# -- justice, education, contracts ------------------------------------------------------------------------------

paper(
    "criminal record",
    "phieu_ly_lich_tu_phap",
    """UBND TỈNH GIẢ LẬP | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
SỞ TƯ PHÁP | Độc lập - Tự do - Hạnh phúc
Số: 123/STP-LLTP | Giả Lập, ngày 05 tháng 3 năm 2024
        PHIẾU LÝ LỊCH TƯ PHÁP SỐ 1
1. Họ và tên: LÝ VĂN THỬ 2. Giới tính: Nam
3. Ngày, tháng, năm sinh: 06/7/1990
4. Nơi sinh: tỉnh Giả Lập
5. Quốc tịch: Việt Nam
6. Nơi thường trú: thôn 3, xã Mẫu
7. Nơi tạm trú: Không
8. Giấy CMND/Hộ chiếu: 051090000120
Cấp ngày 05/8/2021 tại Cục Cảnh sát quản lý hành chính về trật tự xã hội
9. Tình trạng án tích: Không có án tích
""",
    so="123/STP-LLTP", ho_ten="LÝ VĂN THỬ", gioi_tinh="Nam", ngay_sinh="1990-07-06", noi_sinh="tỉnh Giả Lập",
    so_dinh_danh="051090000120", tinh_trang_an_tich="Không có án tích", ngay_cap="2024-03-05",
)  # fmt: skip
paper(
    "degree in two languages",
    "bang_tot_nghiep",
    """
SOCIALIST REPUBLIC OF VIETNAM | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Independence - Freedom - Happiness | Độc lập - Tự do - Hạnh phúc
THE RECTOR OF | HIỆU TRƯỞNG
GIA LAP UNIVERSITY | TRƯỜNG ĐẠI HỌC GIẢ LẬP
THE DEGREE OF BACHELOR | BẰNG CỬ NHÂN
Upon: Mr. Ly Van Thu | Cho: Ông Lý Văn Thử
Date of birth: 06 July 1990 | Ngày sinh: 06/7/1990
Degree classification: Good | Xếp loại tốt nghiệp: Khá
Mode of study: Full-time | Hình thức đào tạo: Chính quy
 | Giả Lập, ngày 05 tháng 7 năm 2012
Serial number: 0012345 | Số hiệu: 0012345
Reference number: CN-12/0099 | Số vào sổ cấp bằng: CN-12/0099
""",
    ho_ten="Lý Văn Thử", ngay_sinh="1990-07-06", xep_loai="Khá", hinh_thuc="Chính quy", so_hieu="0012345",
    so_vao_so="CN-12/0099", so_ky_hieu="0012345", thoi_han_hieu_luc="vĩnh viễn",
)  # fmt: skip
paper(
    "school leaving certificate",
    "bang_tot_nghiep",
    f"""{NATION}
        GIÁM ĐỐC SỞ GIÁO DỤC VÀ ĐÀO TẠO GIẢ LẬP
        cấp
        BẰNG TỐT NGHIỆP TRUNG HỌC PHỔ THÔNG
Cho: Lý Văn Thử
Ngày sinh: 06/7/1990 Giới tính: Nam
Nơi sinh: xã Mẫu
Học sinh trường: THPT Giả Lập
Xếp loại tốt nghiệp: Khá
Số hiệu: A 0123456
Số vào sổ gốc cấp văn bằng: 99/2008
""",
    ho_ten="Lý Văn Thử", ngay_sinh="1990-07-06", gioi_tinh="Nam", truong="THPT Giả Lập", xep_loai="Khá",
    so_hieu="A 0123456", so_vao_so="99/2008",
)  # fmt: skip
paper(
    "power of attorney",
    "giay_uy_quyen",
    f"""{NATION}
        GIẤY ỦY QUYỀN
BÊN ỦY QUYỀN (Bên A):
Họ và tên: LÝ VĂN THỬ
Ngày sinh: 06/7/1990
Số CCCD: 051090000120 cấp ngày: 05/8/2021
Địa chỉ thường trú: thôn 3, xã Mẫu
BÊN ĐƯỢC ỦY QUYỀN (Bên B):
Họ và tên: HỒ THỊ MẪU
Ngày sinh: 04/5/1992
Số CCCD: 051192000122 cấp ngày: 05/8/2021
Địa chỉ thường trú: thôn 2, xã Mẫu
Nội dung ủy quyền: Nộp hồ sơ và nhận kết quả đăng ký đất đai
Thời hạn ủy quyền: 06 tháng kể từ ngày ký
Số chứng thực: 123/2024
""",
    ben_uy_quyen="LÝ VĂN THỬ", so_dinh_danh_uy_quyen="051090000120", dia_chi_uy_quyen="thôn 3, xã Mẫu",
    ben_duoc_uy_quyen="HỒ THỊ MẪU", so_dinh_danh_duoc_uy_quyen="051192000122", dia_chi_duoc_uy_quyen="thôn 2, xã Mẫu",
    ngay_sinh_duoc_uy_quyen="1992-05-04", noi_dung="Nộp hồ sơ và nhận kết quả đăng ký đất đai",
    thoi_han="06 tháng kể từ ngày ký", so_chung_thuc="123/2024", ma_dinh_danh="051090000120",
)  # fmt: skip
paper(
    "sale of land",
    "hop_dong",
    f"""{NATION}
        HỢP ĐỒNG CHUYỂN NHƯỢNG QUYỀN SỬ DỤNG ĐẤT
Hôm nay, ngày 05 tháng 3 năm 2024, tại Văn phòng công chứng Giả Lập, chúng tôi gồm có:
BÊN CHUYỂN NHƯỢNG (sau đây gọi là Bên A):
Ông LÝ VĂN THỬ, sinh năm 1970, CCCD số: 051070000120
Địa chỉ thường trú: thôn 3, xã Mẫu
BÊN NHẬN CHUYỂN NHƯỢNG (sau đây gọi là Bên B):
Bà HỒ THỊ MẪU, sinh năm 1972, CCCD số: 051172000122
Địa chỉ thường trú: thôn 2, xã Mẫu
Giá chuyển nhượng: 950.000.000 đồng
Số công chứng: 456/2024
""",
    ben_a="LÝ VĂN THỬ", so_dinh_danh_a="051070000120", dia_chi_a="thôn 3, xã Mẫu", ben_b="HỒ THỊ MẪU",
    so_dinh_danh_b="051172000122", dia_chi_b="thôn 2, xã Mẫu", gia="950.000.000 đồng", ngay_ky="2024-03-05",
    so_cong_chung="456/2024", to_chuc_cong_chung="Văn phòng công chứng Giả Lập", ma_dinh_danh="051070000120",
)  # fmt: skip
paper(
    "contract of companies",
    "hop_dong",
    f"""{NATION}
        HỢP ĐỒNG MUA BÁN HÀNG HÓA
        Số: 12/2024/HĐMB
BÊN A: CÔNG TY TNHH THỬ NGHIỆM
Địa chỉ: Số 1, đường Thử
Mã số thuế: 0100109106
Đại diện: Ông Lý Văn Thử Chức vụ: Giám đốc
BÊN B: CÔNG TY CỔ PHẦN GIẢ LẬP VÀ CỘNG SỰ
Địa chỉ: Số 2, đường Thử
Mã số thuế: 0100000008
Đại diện: Bà Hồ Thị Mẫu Chức vụ: Giám đốc
Tổng giá trị hợp đồng: 50.000.000 VNĐ
""",
    ben_a="CÔNG TY TNHH THỬ NGHIỆM", ma_so_thue_a="0100109106", dia_chi_a="Số 1, đường Thử", dai_dien_a="Lý Văn Thử",
    ben_b="CÔNG TY CỔ PHẦN GIẢ LẬP VÀ CỘNG SỰ", ma_so_thue_b="0100000008", dai_dien_b="Hồ Thị Mẫu",
    gia="50.000.000 VNĐ",
)  # fmt: skip

# -- declarations, applications, the counter --------------------------------------------------------------------

paper(
    "declaration of birth",
    "to_khai",
    f"""{NATION}
        TỜ KHAI ĐĂNG KÝ KHAI SINH
Kính gửi: Ủy ban nhân dân xã Mẫu
Họ, chữ đệm, tên người yêu cầu: LÝ VĂN THỬ
Nơi cư trú: thôn 3, xã Mẫu
Giấy tờ tùy thân: CCCD 051090000120
Quan hệ với người được khai sinh: cha
Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:
Họ, chữ đệm, tên: LÝ THỬ AN
Ngày, tháng, năm sinh: 05/3/2021
Giới tính: Nữ Dân tộc: Kinh Quốc tịch: Việt Nam
""",
    nguoi_yeu_cau="LÝ VĂN THỬ", noi_cu_tru="thôn 3, xã Mẫu", so_dinh_danh="051090000120", quan_he="cha",
    nguoi_duoc_dang_ky="LÝ THỬ AN", ngay_sinh_nguoi_duoc="2021-03-05", gioi_tinh_nguoi_duoc="Nữ", ngay_sinh="",
    kinh_gui="Ủy ban nhân dân xã Mẫu",
)  # fmt: skip
paper(
    "application with boxes to tick",
    "don",
    f"""{NATION}
        ĐƠN ĐỀ NGHỊ CẤP LẠI GIẤY PHÉP
Kính gửi: Sở Xây dựng
1. Họ và tên (chữ in hoa): LÝ VĂN THỬ
2. Giới tính: ☐ Nam ☒ Nữ
3. Ngày sinh: 06/07/1990
4. Số CCCD/CMND: 051190000120 Ngày cấp: 05/8/2021 Nơi cấp: Cục Cảnh sát
5. Điện thoại: 0900 000 000
6. Nơi cư trú: thôn 3, xã Mẫu
7. Nội dung đề nghị: Cấp lại giấy phép đã mất
""",
    nguoi_lam_don="LÝ VĂN THỬ", gioi_tinh="Nữ", ngay_sinh="1990-07-06", so_dinh_danh="051190000120",
    dien_thoai="0900 000 000", dia_chi="thôn 3, xã Mẫu", noi_dung="Cấp lại giấy phép đã mất", kinh_gui="Sở Xây dựng",
)  # fmt: skip
paper(
    "application with labels misread",
    "don",
    f"""{NATION}
        ĐƠN ĐỀ NGHỊ
Hо va tên: LÝ VĂN THỬ
Ngay sinn: 06/07/1990
Sô định danh cá nhàn: 051090000120
Nơi thưởng trù: thôn 3, xã Mẫu
Nội dụng đề nghi: Cấp lại giấy phép
""",
    ngay_sinh="1990-07-06", so_dinh_danh="051090000120", dia_chi="thôn 3, xã Mẫu", noi_dung="Cấp lại giấy phép",
)  # fmt: skip
paper(
    "application in two columns",
    "don",
    f"""{NATION}
        ĐƠN XIN XÁC NHẬN
Họ và tên | LÝ VĂN THỬ
Ngày sinh | 06/07/1990
Số định danh cá nhân | 051090000120
Nơi cư trú | thôn 3, xã Mẫu
""",
    nguoi_lam_don="LÝ VĂN THỬ", ngay_sinh="1990-07-06", so_dinh_danh="051090000120", dia_chi="thôn 3, xã Mẫu",
)  # fmt: skip
paper(
    "receipt",
    "giay_tiep_nhan_va_hen_tra",
    """UBND XÃ MẪU | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
BỘ PHẬN MỘT CỬA | Độc lập - Tự do - Hạnh phúc
Mã hồ sơ: 000.00.01.H00-240305-0001 | Mẫu, ngày 05 tháng 3 năm 2024
        GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ
Bộ phận Tiếp nhận và Trả kết quả: UBND xã Mẫu
Tiếp nhận hồ sơ của: Ông LÝ VĂN THỬ
Địa chỉ: thôn 3, xã Mẫu
Số điện thoại: 0900000000 Email: thu@example.vn
Nội dung yêu cầu giải quyết: Đăng ký khai sinh
Thành phần hồ sơ nộp gồm:
1. Tờ khai đăng ký khai sinh
2. Giấy chứng sinh
Số lượng hồ sơ: 01 (bộ)
Thời gian giải quyết hồ sơ theo quy định là: 03 ngày
Thời gian nhận hồ sơ: 08 giờ 30 phút, ngày 05 tháng 3 năm 2024
Thời gian trả kết quả giải quyết hồ sơ: 16 giờ 00 phút, ngày 08 tháng 3 năm 2024
Đăng ký nhận kết quả tại: Bộ phận Một cửa
""",
    ma_ho_so="000.00.01.H00-240305-0001", nguoi_nop="LÝ VĂN THỬ", dia_chi="thôn 3, xã Mẫu", dien_thoai="0900000000",
    thu_tuc="Đăng ký khai sinh", thanh_phan="1. Tờ khai đăng ký khai sinh; 2. Giấy chứng sinh", so_bo_ho_so="01",
    ngay_tiep_nhan="2024-03-05", ngay_hen_tra="2024-03-08", noi_nhan_ket_qua="Bộ phận Một cửa",
)  # fmt: skip
paper(
    "request for more papers",
    "phieu_yeu_cau_bo_sung",
    """UBND XÃ MẪU | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
BỘ PHẬN MỘT CỬA | Độc lập - Tự do - Hạnh phúc
Số: 12/PBS | Mẫu, ngày 05 tháng 3 năm 2024
        PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ
Hồ sơ của: LÝ VĂN THỬ
Nội dung yêu cầu giải quyết: Đăng ký khai sinh
Địa chỉ: thôn 3, xã Mẫu
Mã số hồ sơ: 000.00.01.H00-240305-0001
Yêu cầu hoàn thiện hồ sơ gồm những nội dung sau:
1. Giấy chứng sinh
2. Giấy chứng nhận kết hôn
Lý do: Hồ sơ chưa đủ thành phần
""",
    ma_ho_so="000.00.01.H00-240305-0001", nguoi_nop="LÝ VĂN THỬ", noi_dung="Đăng ký khai sinh",
    bo_sung="1. Giấy chứng sinh; 2. Giấy chứng nhận kết hôn", ly_do="Hồ sơ chưa đủ thành phần",
)  # fmt: skip


@pytest.fixture
def read(bundled: Settings, dossier: Dossier):
    return lambda text, **extra: understand([sheet_of(text, **extra)], dossier, bundled)


@pytest.mark.parametrize("name", FORMS)
def test_every_field_of_a_form_is_read(read, name: str) -> None:
    kind, text, expected = FORMS[name]
    found: Extraction = read(text)
    assert found.type == kind
    assert {key: found.field(key).value for key in expected} == expected


# -- rows, columns and codes ------------------------------------------------------------------------------------


def printed(*rows: tuple[str, float, float]) -> PageReading:
    heading = [
        centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 60),
        centred("GIẤY KHAI SINH", 200),
        Print("Họ và tên: LÝ THỬ AN", LEFT, 260),
    ]
    return page(sorted([*heading, *(Print(*row) for row in rows)], key=lambda row: row.y))


@pytest.fixture
def fields(bundled: Settings, dossier: Dossier):
    return lambda reading: understand([reading], dossier, bundled)


def test_a_table_with_a_column_for_each_parent(fields) -> None:
    found = fields(
        printed(
            ("Người mẹ", 700, 400), ("Người cha", 1150, 400),
            ("Họ và tên", LEFT, 500), ("HỒ THỊ MẪU", 560, 500), ("LÝ VĂN THỬ", 1080, 500),
            ("Năm sinh", LEFT, 560), ("1972", 560, 560), ("1970", 1080, 560),
            ("Nơi thường trú", LEFT, 620), ("thôn 2, xã Mẫu", 560, 620), ("thôn 3, xã Mẫu", 1080, 620),
        )
    )  # fmt: skip
    keys = ("ho_ten", "ho_ten_me", "ho_ten_cha", "nam_sinh_me", "nam_sinh_cha", "noi_cu_tru_me", "noi_cu_tru_cha")
    assert [found.field(key).value for key in keys] == [
        "LÝ THỬ AN", "HỒ THỊ MẪU", "LÝ VĂN THỬ", "1972", "1970", "thôn 2, xã Mẫu", "thôn 3, xã Mẫu",
    ]  # fmt: skip


def test_a_value_goes_on_where_it_had_no_room_left(fields) -> None:
    full = "Nơi sinh: Trạm y tế xã Mẫu, huyện Thí Điểm thuộc vùng cao của khu vực miền núi phía tây nam bộ, tỉnh Giả"
    found = fields(printed((full, LEFT, 320), ("Lập Mới", LEFT, 366), ("Quê quán: xã Mẫu", LEFT, 412)))
    assert found.field("noi_sinh").value.endswith("tỉnh Giả Lập Mới")


def test_the_name_of_a_province_is_not_broken_off(fields) -> None:
    found = fields(printed(("Nơi sinh: Trạm y tế xã Mẫu, tỉnh Kiên", LEFT, 320), ("Giang", LEFT, 366)))
    assert found.field("noi_sinh").value == "Trạm y tế xã Mẫu, tỉnh Kiên Giang"


def test_a_value_ends_where_there_was_room(fields) -> None:
    found = fields(printed(("Nơi sinh: Trạm y tế xã Mẫu", LEFT, 320), ("Giấy này có giá trị lâu dài", LEFT, 366)))
    assert found.field("noi_sinh").value == "Trạm y tế xã Mẫu"


def test_an_address_ends_with_its_province(fields) -> None:
    full = "Nơi sinh: Trạm y tế xã Mẫu, huyện Thí Điểm thuộc vùng cao của khu vực miền núi phía nam, tỉnh Quảng Ngãi"
    found = fields(printed((full, LEFT, 320), ("Giấy này có giá trị lâu dài", LEFT, 366)))
    assert found.field("noi_sinh").value.endswith("tỉnh Quảng Ngãi")


def test_a_sentence_behind_a_value_is_for_a_person(fields) -> None:
    found = fields(printed(("Nơi sinh: Trạm y tế xã Mẫu. Ủy ban đã đăng ký", LEFT, 320)))
    assert found.field("noi_sinh").needs_review


def test_a_value_that_ends_in_a_comma_is_for_a_person(fields) -> None:
    found = fields(printed(("Nơi sinh: Trạm y tế xã Mẫu,", LEFT, 320), ("Quê quán: xã Mẫu", LEFT, 366)))
    assert found.field("noi_sinh").value == "Trạm y tế xã Mẫu"
    assert found.field("noi_sinh").needs_review


def test_an_empty_form_stays_empty(fields) -> None:
    rows = [
        "Ngày sinh: …………",
        "Giới tính: Nam/Nữ",
        "Dân tộc:........ Quốc tịch: ......",
        "Nơi sinh:",
        "Quê quán: _____",
    ]
    found = fields(printed(*((row, LEFT, 320 + 46 * at) for at, row in enumerate(rows))))
    assert {found.field(key).value for key in ("ngay_sinh", "gioi_tinh", "dan_toc", "noi_sinh", "que_quan")} == {""}
    assert found.field("ngay_sinh").needs_review


def test_a_written_value_is_for_a_person(fields) -> None:
    reading = printed(("Số định danh cá nhân: 051321000017", LEFT, 320))
    found = fields(replace(reading, regions=(Region("handwriting", (420, 310, 900, 360)),)))
    assert found.field("so_dinh_danh").needs_review
    assert "may be handwritten" in found.field("so_dinh_danh").reason


# -- print against the code -------------------------------------------------------------------------------------

_, CARD, _ = FORMS["citizen card without its code"]
CODE = "051090000120||Lý Văn Thử|06071990|Nam|thôn 3, xã Mẫu, huyện Thí Điểm|05082021"


def test_print_that_agrees_with_the_code_raises_nothing(read) -> None:
    found = read(CARD, barcodes=[(CODE, "QRCode")])
    assert not [one for one in found.findings if one.rule == "qr_differs"]
    assert {found.field(key).source for key in ("so_dinh_danh", "ho_ten", "ngay_sinh", "gioi_tinh")} == {"qr"}
    assert found.field("que_quan").source == "label"


@pytest.mark.parametrize(
    ("printed_as", "field"),
    [
        (("Số / No.: 051090000120", "Số / No.: 051090000121"), "so_dinh_danh"),
        (("LÝ VĂN THỬ", "LÝ VĂN MẪU"), "ho_ten"),
        (("06/07/1990", "07/07/1990"), "ngay_sinh"),
        (("Sex: Nam", "Sex: Nữ"), "gioi_tinh"),
    ],
)
def test_print_that_differs_from_the_code_is_told(read, printed_as: tuple[str, str], field: str) -> None:
    found = read(CARD.replace(*printed_as), barcodes=[(CODE, "QRCode")])
    told = [one for one in found.findings if one.rule == "qr_differs"]
    assert [one.where for one in told] == [f"field {field}"]
    assert found.field(field).needs_review
    assert found.field(field).source == "qr"


def test_a_code_of_another_form_is_not_taken(read) -> None:
    found = read(CARD, barcodes=[("051090000999|x|Lý Văn Thử|06071990", "QRCode")])
    assert found.field("so_dinh_danh").value == "051090000120"
