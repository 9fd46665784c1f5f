"""Papers of the one-stop counter: the receipt with its QR code, and the application."""

from __future__ import annotations

from datetime import timedelta

from samples import chance, words
from samples.forms.common import (
    HEAD_LEFT,
    HEAD_RIGHT,
    MIDDLE,
    agency_heading,
    labelled,
    national_heading,
    qr_code,
    signature_block,
)
from samples.paper import Paper, paper_of
from samples.sheet import LEFT, RIGHT, Flow
from samples.story import Story

_COMPONENTS = {
    "civil": (
        "Đơn đề nghị (bản chính)",
        "Căn cước công dân của người nộp hồ sơ",
        "Giấy khai sinh (bản chính)",
        "Quyết định, công văn có liên quan",
    ),
    "estate": (
        "Giấy chứng nhận quyền sử dụng đất (bản gốc)",
        "Giấy chứng nhận đăng ký doanh nghiệp",
        "Căn cước công dân của chủ sở hữu",
        "Đơn đề nghị, văn bản có liên quan",
    ),
}
_REQUESTS = {
    "civil": (
        "ĐƠN ĐỀ NGHỊ",
        "Về việc cập nhật, số hóa thông tin đăng ký khai sinh",
        "Đề nghị cơ quan đăng ký hộ tịch cập nhật đầy đủ thông tin khai sinh của con tôi là {child} vào Cơ sở dữ "
        "liệu hộ tịch điện tử và lưu bản số hóa của Giấy khai sinh vào Kho quản lý dữ liệu điện tử của cá nhân để gia "
        "đình sử dụng khi làm thủ tục nhập học, bảo hiểm y tế mà không phải nộp lại bản giấy.",
    ),
    "estate": (
        "ĐƠN ĐỀ NGHỊ",
        "Về việc đăng ký biến động quyền sử dụng đất",
        "Đề nghị cơ quan đăng ký đất đai xác nhận thay đổi về quyền sử dụng đất đối với thửa đất nêu trong Giấy chứng "
        "nhận kèm theo, do chuyển địa chỉ trụ sở của {company} về cùng thửa đất, và trả kết quả qua Bộ phận Một cửa.",
    ),
}


def receipt(story: Story) -> Paper:
    """Giấy tiếp nhận hồ sơ và hẹn trả kết quả; its QR code is the dossier code."""
    due = story.received + timedelta(days=chance.words(story.seed, "due").choice((5, 7, 12, 14)))
    sheet = story.sheet("giay_tiep_nhan")
    sheet.notice()
    commune = story.place.commune.upper()
    left = agency_heading(sheet, [f"UBND {commune}"], ["BỘ PHẬN TIẾP NHẬN", "VÀ TRẢ KẾT QUẢ"], 330)
    right = national_heading(sheet, HEAD_RIGHT, 330, "head_right")
    sheet.write(
        f"{story.place.name}, ngày {words.long(story.received)}",
        HEAD_RIGHT,
        right + 20,
        13,
        "head_right",
        italic=True,
        align="centre",
    )
    sheet.write(f"Mã hồ sơ: {story.code}", HEAD_LEFT, left + 24, 12, "head_left", align="centre")
    code = qr_code(story.code, 9)
    sheet.barcode(code, story.code, HEAD_LEFT - code.width / 2, left + 60)
    y = sheet.centred(
        ["GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ"], MIDDLE, left + 130 + code.height, 15, "title", bold=True
    )
    y += 50
    who = story.applicant
    parts = [f"{number}. {part}" for number, part in enumerate(_COMPONENTS[story.theme], 1)]
    rows = [
        f"{labelled('Bộ phận Tiếp nhận và Trả kết quả', 'UBND ' + story.place.commune)}",
        f"{labelled('Tiếp nhận hồ sơ của', who.name, bold=True)}",
        f"{labelled('Địa chỉ', who.residence)}",
        f"{labelled('Số định danh cá nhân', who.id)}",
        f"{labelled('Nội dung yêu cầu giải quyết', story.procedure_name)}",
        "Thành phần hồ sơ nộp gồm:",
        *(f"    {part}" for part in parts),
        f"{labelled('Số lượng hồ sơ', '01')} (bộ)",
        f"Thời gian nhận hồ sơ: 08 giờ 45 phút, ngày {words.short(story.received)}",
        f"Thời gian trả kết quả giải quyết hồ sơ: 16 giờ 30 phút, ngày {words.short(due)}",
        "Đăng ký nhận kết quả tại: Bộ phận Một cửa",
    ]
    for row in rows:
        indent = 90 if row.startswith("    ") else 0
        y = sheet.block(row.strip(), LEFT + indent, y, RIGHT - LEFT - indent, 13.5, "body", lead=1.5)
    y += 50
    sheet.centred(["NGƯỜI NỘP HỒ SƠ"], HEAD_LEFT, y, 13, "foot_left", bold=True)
    sheet.write("(Ký và ghi rõ họ tên)", HEAD_LEFT, y + 62, 12, "foot_left", italic=True, align="centre")
    sheet.signature(HEAD_LEFT + 20, y + 200, 420)
    sheet.write(who.name, HEAD_LEFT, y + 430, 13, "foot_left", bold=True, align="centre")
    signature_block(sheet, ["NGƯỜI TIẾP NHẬN HỒ SƠ"], story.clerk, y, None)
    return paper_of(
        "giay_tiep_nhan_va_hen_tra",
        [sheet],
        {
            "ten_giay_to": "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
            "so_ky_hieu": story.code,
            "ngay_cap": story.received.isoformat(),
            "co_quan_cap": "BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ",
            "ma_ho_so": story.code,
            "bo_phan": f"UBND {story.place.commune}",
            "nguoi_nop": who.name,
            "so_dinh_danh": who.id,
            "dia_chi": who.residence,
            "thu_tuc": story.procedure_name,
            "thanh_phan": "; ".join(parts),
            "so_bo_ho_so": "01",
            "ngay_tiep_nhan": story.received.isoformat(),
            "ngay_hen_tra": due.isoformat(),
            "noi_nhan_ket_qua": "Bộ phận Một cửa",
        },
    )


def application(story: Story) -> Paper:
    """Đơn đề nghị, signed by the applicant; the day is written by hand."""
    who = story.applicant
    title, about, request = _REQUESTS[story.theme]
    request = request.format(child=story.child.name, company=story.company.name)
    flow = Flow(lambda: story.sheet("don"), points=14, lead=1.3)
    sheet = flow.sheet
    flow.y = national_heading(sheet, MIDDLE, 330, "head_right", points=13.5) + 110
    flow.centre(title, points=16)
    flow.centre(about)
    flow.skip(18)
    agency = f"Ủy ban nhân dân {story.place.commune}"
    flow.centre(f"Kính gửi: {agency}", bold=False, zone="body")
    flow.skip(14)
    rows = (
        f"Tôi tên là: <b>{who.name.upper()}</b>",
        f"Ngày, tháng, năm sinh: {words.short(who.born)}" + "\u00a0" * 12 + f"Giới tính: {who.sex}",
        f"Số định danh cá nhân: {who.id}",
        f"Ngày cấp: {words.short(who.id_issued)}" + "\u00a0" * 8 + "Nơi cấp: Cục Cảnh sát quản lý hành chính về TTXH",
        f"Nơi thường trú: {who.residence}",
    )
    for row in rows:
        flow.paragraph(row, indent=0)
    flow.paragraph(f"Nội dung đề nghị: {request}", indent=0)
    flow.paragraph(
        "Tôi cam đoan những nội dung trình bày trên đây là đúng sự thật, các giấy tờ nộp kèm theo là hợp lệ và xin "
        "chịu trách nhiệm trước pháp luật về lời khai của mình. Kính mong quý cơ quan xem xét, giải quyết."
    )
    flow.paragraph("Xin trân trọng cảm ơn./.")
    flow.room(640)
    day = story.received
    date_line = f"<h ngay_cap>{words.day_number(day)}</h> tháng {words.month_number(day)} năm {day.year}"
    sheet = flow.sheet
    sheet.write(
        f"{story.place.name}, ngày {date_line}", HEAD_RIGHT, flow.y, 13.5, "foot_right", italic=True, align="centre"
    )
    sheet.write("NGƯỜI LÀM ĐƠN", HEAD_RIGHT, flow.y + 74, 14, "foot_right", bold=True, align="centre")
    sheet.write("(Ký, ghi rõ họ tên)", HEAD_RIGHT, flow.y + 136, 12.5, "foot_right", italic=True, align="centre")
    sheet.signature(HEAD_RIGHT + 20, flow.y + 290, 470)
    sheet.write(who.name, HEAD_RIGHT, flow.y + 500, 14, "foot_right", bold=True, align="centre")
    return paper_of(
        "don",
        flow.sheets,
        {
            "ten_giay_to": title,
            "trich_yeu": about,
            "ngay_cap": day.isoformat(),
            "nguoi_lam_don": who.name.upper(),
            "ngay_sinh": who.born.isoformat(),
            "gioi_tinh": who.sex,
            "so_dinh_danh": who.id,
            "dia_chi": who.residence,
            "kinh_gui": agency,
            "noi_dung": request,
        },
    )
