"""The certificate of enterprise registration."""

from __future__ import annotations

from PIL import ImageDraw

from samples import chance, people, words
from samples.forms.common import HEAD_RIGHT, MIDDLE, agency_heading, national_heading, signature_block
from samples.paper import Paper, paper_of
from samples.sheet import HEIGHT, LEFT, RIGHT, WIDTH, Flow, mm
from samples.story import Story

_TEAL = (70, 150, 160)


def _frame(draw: ImageDraw.ImageDraw) -> None:
    for inset, width in ((mm(8), 10), (mm(10), 3)):
        draw.rectangle((inset, inset, WIDTH - inset, HEIGHT - mm(4) - inset), outline=_TEAL, width=width)


def enterprise_certificate(story: Story) -> Paper:
    """Giấy chứng nhận đăng ký doanh nghiệp of a one-member limited company."""
    company, owner = story.company, story.father
    lot = chance.words(story.seed, "doanh_nghiep")
    changed = people.a_day(lot, company.founded, story.received)
    head_of_office = people.a_name(lot, "Nam")
    flow = Flow(lambda: story.sheet("doanh_nghiep"), points=13, lead=1.28, after=4)
    sheet = flow.sheet
    sheet.shape(_frame)
    superior = ["SỞ TÀI CHÍNH", story.place.region.upper()]
    left = agency_heading(sheet, superior, ["PHÒNG ĐĂNG KÝ KINH DOANH"], 330)
    right = national_heading(sheet, HEAD_RIGHT, 330, "head_right")
    flow.y = max(left, right) + 60
    flow.centre("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", points=16)
    flow.centre("CÔNG TY TRÁCH NHIỆM HỮU HẠN MỘT THÀNH VIÊN", points=13.5)
    flow.skip(8)
    flow.centre(f"Mã số doanh nghiệp: {company.code}", points=13.5, zone="body")
    flow.centre(f"Đăng ký lần đầu: ngày {words.long(company.founded)}", bold=False, italic=True, zone="body")
    times = f"Đăng ký thay đổi lần thứ: 2, ngày {words.long(changed)}"
    flow.centre(times, bold=False, italic=True, zone="body")
    flow.skip(10)
    capital = words.grouped(company.capital)
    in_words = words.in_words(company.capital)
    rows = (
        "<b>1. Tên công ty</b>",
        f"Tên công ty viết bằng tiếng Việt: <b>{company.name}</b>",
        f"Tên công ty viết bằng tiếng nước ngoài: {company.short}",
        "<b>2. Địa chỉ trụ sở chính</b>",
        company.address,
        f"Điện thoại: 0000 {company.code[1:4]} {company.code[4:7]}",
        "<b>3. Vốn điều lệ</b>",
        f"Vốn điều lệ: {capital} đồng",
        f"Bằng chữ: {in_words[0].upper()}{in_words[1:]} đồng",
        "<b>4. Thông tin về chủ sở hữu</b>",
        f"Họ và tên: <b>{owner.name.upper()}</b>" + "\u00a0" * 10 + f"Giới tính: {owner.sex}",
        f"Sinh ngày: {words.short(owner.born)}" + "\u00a0" * 6 + "Dân tộc: Kinh" + "\u00a0" * 6 + "Quốc tịch: Việt Nam",
        f"Loại giấy tờ pháp lý của cá nhân: Căn cước công dân, số {owner.id}",
        f"Ngày cấp: {words.short(owner.id_issued)}" + "\u00a0" * 6 + "Nơi cấp: Cục Cảnh sát QLHC về TTXH",
        f"Địa chỉ thường trú: {owner.residence}, Việt Nam",
        "<b>5. Người đại diện theo pháp luật của công ty</b>",
        f"* Họ và tên: <b>{owner.name.upper()}</b>" + "\u00a0" * 10 + f"Giới tính: {owner.sex}",
        "Chức danh: Chủ tịch công ty kiêm Giám đốc",
    )
    for row in rows:
        flow.paragraph(row, indent=0, left=LEFT + 30, right=RIGHT - 10)
    flow.skip(14)
    seal = ("PHÒNG ĐĂNG KÝ KINH DOANH", story.place.region.upper().replace("THÀNH PHỐ", "TP."))
    signature_block(sheet, ["TRƯỞNG PHÒNG"], head_of_office, flow.y, seal, x=MIDDLE + 430)
    return paper_of(
        "giay_chung_nhan_dang_ky_doanh_nghiep",
        flow.sheets,
        {
            "ma_dinh_danh": company.code,
            "ten_giay_to": "GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP",
            "so_ky_hieu": company.code,
            "ngay_cap": company.founded.isoformat(),
            "co_quan_cap": "PHÒNG ĐĂNG KÝ KINH DOANH",
            "ma_so": company.code,
            "dang_ky_lan_dau": company.founded.isoformat(),
            "thay_doi_lan": "2",
            "ngay_thay_doi": changed.isoformat(),
            "ten": company.name,
            "ten_nuoc_ngoai": company.short,
            "tru_so": company.address,
            "von_dieu_le": capital,
            "chu_so_huu": owner.name.upper(),
            "gioi_tinh_chu": owner.sex,
            "ngay_sinh_chu": owner.born.isoformat(),
            "so_dinh_danh_chu": owner.id,
            "nguoi_dai_dien": owner.name.upper(),
            "gioi_tinh_dai_dien": owner.sex,
            "chuc_danh": "Chủ tịch công ty kiêm Giám đốc",
        },
    )
