"""Short papers of an office in the layout of acts: invitations, introductions, leave, slips, notes."""

from __future__ import annotations

from datetime import timedelta

from samples import people, words
from samples.forms import bodies, office
from samples.forms.act import Act, told
from samples.forms.agencies import a_name
from samples.paper import Paper
from samples.sheet import Flow


def note(act: Act) -> Paper:
    """Thư công: name of the body, place and date, no number."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    sheet = flow.sheet
    left = office.body_name(act, sheet)
    right = office.nation(act, sheet, style.right_x, style.head_baseline, "head_right")
    level = max(left, right)
    office.dated(act, sheet, office.date_line(act), style.right_x, level, "head_right")
    flow.y = level + 90
    office.title(act, flow)
    act.slots["when"] = lot.choice(("năm mới", "ngày truyền thống của ngành", "kỷ niệm ngày thành lập"))
    flow.centre(style.tones(f"Gửi {lot.choice(act.issuer.below)}"), bold=False, italic=True, zone="body")
    flow.skip(8)
    texts = next(texts for word, texts in told("wording")["notes"].items() if word in act.title[0])
    for text in ("Các đồng chí thân mến,", *texts, *act.some("purpose", 2, 1), "Thân ái chào thi đua và quyết thắng."):
        flow.paragraph(act.say(text))
    office.foot(act, flow)
    return bodies.finish(act, flow, trich_yeu="", so_ky_hieu="")


def _rows(act: Act, flow: Flow, rows: list[str]) -> None:
    for row in rows:
        flow.paragraph(act.style.tones(row), indent=0)


def _close(act: Act, flow: Flow, **others: str) -> Paper:
    recipients = office.recipients(act)
    office.foot(act, flow, recipients)
    return bodies.finish(act, flow, recipients, **others)


def invite(act: Act) -> Paper:
    """Giấy mời: who, what, when, where."""
    lot = act.lot
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow, act.about)
    meeting = act.day + timedelta(days=lot.randint(2, 9))
    flow.paragraph(act.say("{name} trân trọng kính mời:"))
    for one in bodies.some_receivers(act):
        flow.paragraph(
            act.style.tones(f"- Đại diện lãnh đạo {one[:1].lower() + one[1:] if one.startswith('Các') else one};")
        )
    flow.paragraph(act.say("Tới dự cuộc họp bàn về {what}."))
    hour = lot.choice(("7 giờ 30 phút", "8 giờ 00", "14 giờ 00", "13 giờ 30 phút"))
    rows = [
        f"<b>1. Thời gian:</b> {hour}, ngày {words.long(meeting)}.",
        f"<b>2. Địa điểm:</b> Phòng họp số {lot.randint(1, 5)}, trụ sở {act.issuer.name}.",
        f"<b>3. Chủ trì:</b> Ông (bà) {a_name(lot)}, lãnh đạo cơ quan.",
        "<b>4. Tài liệu:</b> gửi kèm theo giấy mời này; đề nghị đại biểu nghiên cứu trước và chuẩn bị ý kiến.",
    ]
    for row in rows:
        flow.paragraph(act.style.tones(row))
    flow.paragraph("Đề nghị các đại biểu dự họp đầy đủ, đúng thành phần, đúng thời gian" + act.style.closing)
    return _close(act, flow)


def introduction(act: Act) -> Paper:
    """Giấy giới thiệu: one person, sent to one body for one thing."""
    lot = act.lot
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    until = act.day + timedelta(days=lot.randint(5, 30))
    flow.paragraph(act.say("{name} trân trọng giới thiệu:"))
    _rows(
        act,
        flow,
        [
            f"Ông (bà): {a_name(lot)}",
            f"Chức vụ: {lot.choice(('Chuyên viên', 'Kế toán', 'Giáo viên', 'Cán sự', 'Phó Trưởng phòng'))}",
            f"Được cử đến: {lot.choice(act.issuer.to or act.issuer.below)}",
            act.say("Về việc: liên hệ công tác về {what}"),
        ],
    )
    flow.paragraph(act.say("Đề nghị quý cơ quan tạo điều kiện để ông (bà) có tên ở trên hoàn thành nhiệm vụ."))
    flow.paragraph(f"Giấy này có giá trị đến hết ngày {words.short(until)}{act.style.closing}")
    return _close(act, flow, trich_yeu="")


def leave(act: Act) -> Paper:
    """Giấy nghỉ phép."""
    lot = act.lot
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    start = act.day + timedelta(days=lot.randint(1, 9))
    end = start + timedelta(days=lot.randint(2, 14))
    flow.paragraph(
        act.say("Xét đơn đề nghị nghỉ phép của cá nhân và ý kiến của người phụ trách trực tiếp, {name} đồng ý cho:")
    )
    _rows(
        act,
        flow,
        [
            f"Ông (bà): {a_name(lot)}",
            f"Chức vụ: {lot.choice(('Nhân viên', 'Chuyên viên', 'Điều dưỡng viên', 'Giáo viên'))}",
            f"Được nghỉ phép năm {act.day.year} trong {(end - start).days} ngày, "
            f"kể từ ngày {words.short(start)} đến hết ngày {words.short(end)}",
            f"Nơi nghỉ phép: {people.a_place(lot).address}",
        ],
    )
    flow.paragraph(
        "Số ngày nghỉ trên được tính vào thời gian nghỉ hằng năm. Hết phép, đề nghị có mặt tại cơ quan đúng hạn"
        + act.style.closing
    )
    return _close(act, flow, trich_yeu="")


def dispatch(act: Act) -> Paper:
    """Phiếu gửi: a list of the papers that go with it."""
    lot = act.lot
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    bodies.addressed(act, flow, [lot.choice([*act.issuer.to, *act.issuer.below])])
    flow.paragraph(act.say("{name} gửi kèm theo phiếu này các văn bản, tài liệu sau đây:"))
    rows = [
        (
            str(n),
            act.say(text),
            f"{lot.randint(1, 60)}/{lot.choice(('BC', 'KH', 'CV', 'QĐ'))}",
            f"{lot.randint(1, 5):02d} bản",
        )
        for n, text in enumerate(
            lot.sample(
                (
                    "Báo cáo về {what}",
                    "Dự thảo kế hoạch {do}",
                    "Danh sách người tham dự",
                    "Bảng tổng hợp số liệu",
                    "Biên bản làm việc",
                    "Hồ sơ đề nghị thanh toán",
                ),
                lot.randint(2, 5),
            ),
            1,
        )
    ]
    office.table(act, flow, ("TT", "Tên văn bản, tài liệu", "Số hiệu", "Số lượng"), rows, (0.09, 0.53, 0.2, 0.18))
    flow.paragraph("Sau khi nhận được, đề nghị nơi nhận ký xác nhận và gửi lại phiếu này" + act.style.closing)
    return _close(act, flow, trich_yeu="")


def forward(act: Act) -> Paper:
    """Phiếu chuyển: a paper that another body has to deal with."""
    lot = act.lot
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    receiver = lot.choice([*act.issuer.to, *act.issuer.below])
    bodies.addressed(act, flow, [receiver])
    act.slots["receiver"] = act.style.tones(receiver)
    texts = told("wording")["forwarded"]
    for text in texts[:-1]:
        flow.paragraph(act.say(text))
    flow.paragraph(act.say(texts[-1]) + act.style.closing)
    return _close(act, flow, trich_yeu="")


def report_slip(act: Act) -> Paper:
    """Phiếu báo: a result told to one person."""
    lot = act.lot
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    place = people.a_place(lot)
    flow.paragraph(act.say("{name} báo để ông (bà) có tên dưới đây được biết:"))
    result = lot.choice(
        (
            "đã trúng tuyển kỳ xét tuyển năm {year}",
            "hồ sơ đã được tiếp nhận và đang xử lý",
            "đủ điều kiện dự vòng hai",
            "văn bản đã chuyển đến đơn vị có thẩm quyền",
        )
    )
    _rows(
        act,
        flow,
        [
            f"Họ và tên: {a_name(lot)}",
            f"Địa chỉ: {people.a_street(lot)}, {place.address}",
            act.say(f"Kết quả: {result}"),
            act.say("Thời gian có mặt: 8 giờ 00, ngày {day}"),
            act.say("Địa điểm: trụ sở {name}"),
        ],
    )
    flow.paragraph("Khi đến, đề nghị mang theo phiếu này và giấy tờ tùy thân" + act.style.closing)
    return _close(act, flow, trich_yeu="")
