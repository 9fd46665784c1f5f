"""Papers of the counter and of licensing: slips on a dossier, requests, licences, certificates, plain slips."""

from __future__ import annotations

from datetime import timedelta

from samples import people, words
from samples.forms import bodies, office
from samples.forms.act import Act, told
from samples.forms.agencies import a_name, a_proper_name
from samples.paper import Paper
from samples.sheet import Flow


def _dossier(act: Act) -> str:
    """The code of the dossier; years before 2021 wrote it in the same way in the trial of the portal."""
    lot = act.lot
    code = f"H{lot.randint(1, 63):02d}"
    head = lot.choice(
        (f"000.00.00.{code}", f"{code}.{lot.randint(1, 40)}", f"{code}.{lot.randint(1, 40)}.{lot.randint(1, 9)}")
    )
    received = act.day - timedelta(days=lot.randint(1, 30))
    return f"{head}-{received:%y%m%d}-{lot.randint(1, 900):04d}"


def _rows(act: Act, flow: Flow, rows: list[str]) -> None:
    for row in rows:
        flow.paragraph(act.style.tones(row), indent=0)


def counter(act: Act) -> Paper:
    """Asking for more papers, refusing, apologising, stopping."""
    lot, style, key = act.lot, act.style, act.kind.key
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    code, applicant, reason = _dossier(act), a_name(lot), lot.choice(told("wording")["reasons"])
    others = {"ma_ho_so": code, "nguoi_nop": applicant, "trich_yeu": ""}
    if key == "van_ban_xin_loi":
        bodies.addressed(act, flow, [f"Ông (bà) {applicant}"])
    request = lot.choice(told("wording")["procedures"])
    home = f"{people.a_street(lot)}, {people.a_place(lot).address}"
    rows = [
        f"Mã hồ sơ: {code}",
        f"Hồ sơ của: {applicant}",
        f"Nội dung yêu cầu giải quyết: {request}",
        f"Địa chỉ: {home}",
        f"Số điện thoại: 0{lot.randint(10**8, 10**9 - 1)}",
    ]
    if key == "van_ban_xin_loi":
        rows.pop(1)
    _rows(act, flow, rows)
    if key == "phieu_yeu_cau_bo_sung":
        flow.paragraph("Yêu cầu hoàn thiện hồ sơ gồm những nội dung sau:", indent=0)
        wanted = enumerate(lot.sample(told("wording")["reasons"], lot.randint(1, 3)), 1)
        missing = [f"{number}. {text[:1].upper()}{text[1:]}." for number, text in wanted]
        for text in missing:
            flow.paragraph(style.tones(text))
        others |= {"noi_dung": request, "dia_chi": home, "bo_sung": "; ".join(text.rstrip(".") for text in missing)}
    else:
        flow.paragraph(style.tones(f"Lý do: {reason}."), indent=0)
        others["ly_do"] = reason
    if key == "phieu_tu_choi":
        others["noi_dung"] = request
    ending = told("wording")["counter_endings"][key]
    flow.paragraph(act.say(ending) + style.closing)
    items = office.recipients(act) if lot.random() < 0.5 else []
    office.foot(act, flow, items)
    return bodies.finish(act, flow, **others)


def control(act: Act) -> Paper:
    """Phiếu kiểm soát: a table of who handed the dossier to whom."""
    lot = act.lot
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    code = _dossier(act)
    _rows(act, flow, [f"Mã hồ sơ: {code}", f"Cơ quan, đơn vị phối hợp giải quyết: {lot.choice(act.issuer.to)}"])
    day = act.day
    rows = []
    for giver, taker in (
        ("Bộ phận tiếp nhận", "Chuyên viên"),
        ("Chuyên viên", "Lãnh đạo phòng"),
        ("Lãnh đạo phòng", "Lãnh đạo đơn vị"),
        ("Văn thư", "Bộ phận trả kết quả"),
    ):
        day += timedelta(days=lot.randint(0, 3))
        hour = f"{lot.randint(7, 16)} giờ {lot.choice(('00', '20', '45'))}, {words.short(day)}"
        rows.append((giver, taker, hour, lot.choice(("Đúng hạn", "Trước hạn", "Đúng hạn", "Quá hạn"))))
    office.table(act, flow, ("Bên giao", "Bên nhận", "Thời gian giao, nhận", "Kết quả"), rows, (0.26, 0.26, 0.28, 0.2))
    office.foot(act, flow)
    return bodies.finish(act, flow, ma_ho_so=code, trich_yeu="")


def request(act: Act) -> Paper:
    """Văn bản đề nghị, giấy đề nghị of a company: under the national name, or with the company beside it."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    others = {"trich_yeu": "", "so_ky_hieu": "", "ngay_cap": "", "co_quan_cap": ""}
    beside = lot.random() < 0.5
    if beside:
        office.head(act, flow)
        others = {"trich_yeu": ""}
        if not act.suffix:
            others["so_ky_hieu"] = ""
    else:
        office.centred_head(act, flow)
        if not act.draft:
            others["ngay_cap"] = act.day.isoformat()
    office.title(act, flow)
    receiver = lot.choice(act.issuer.to or ("Cơ quan có thẩm quyền",))
    bodies.addressed(act, flow, [receiver])
    code = ""
    while not code:
        code = people.tax_code(f"{lot.randint(1, 62):02d}{lot.randint(0, 9_999_999):07d}")
    label = "Tên doanh nghiệp" if act.kind.key == "giay_de_nghi" else "Tên tổ chức, cá nhân"
    number = "Mã số doanh nghiệp" if lot.random() < 0.5 or act.kind.key == "van_ban_de_nghi" else "Mã số thuế"
    amount = words.grouped(lot.randint(3, 800) * 1_000_000)
    _rows(
        act,
        flow,
        [
            f"1. {label}: {act.issuer.name}",
            f"2. {number}: {code}",
            f"3. Địa chỉ trụ sở chính: {people.a_street(lot)}, {people.a_place(lot).address}",
            f"4. Người đại diện theo pháp luật: {act.signer}",
            f"5. Nội dung đề nghị: {lot.choice(told('wording')['procedures'])}, số tiền {amount} đồng",
            act.say("6. Lý do: để {do}"),
        ],
    )
    flow.paragraph(
        "Chúng tôi cam đoan những thông tin trên là đúng sự thật và chịu trách nhiệm trước pháp luật" + style.closing
    )
    office.foot(act, flow, place_and_date=not beside)
    others |= {"nguoi_de_nghi": act.issuer.name, "ma_so": code, "kinh_gui": receiver}
    return bodies.finish(act, flow, **others)


def _granted(act: Act, flow: Flow, subject: str, rows: list[str], cap_cho: str, home: str) -> Paper:
    """The rest of a licence or certificate: rows, validity, foot."""
    lot = act.lot
    _rows(act, flow, rows)
    others = {"trich_yeu": "", "cap_cho": cap_cho, "dia_chi": home}
    if lot.random() < 0.6:
        until = act.day + timedelta(days=365 * lot.randint(1, 10))
        flow.paragraph(f"{subject} này có giá trị đến ngày {words.short(until)}.", indent=0)
        others |= {"het_han": until.isoformat(), "thoi_han_hieu_luc": until.isoformat()}
    items = office.recipients(act) if lot.random() < 0.6 else []
    office.foot(act, flow, items)
    return bodies.finish(act, flow, **others)


def licence(act: Act) -> Paper:
    """Giấy phép: grounds, to whom, for what."""
    lot = act.lot
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    flow.centre(
        act.style.tones(act.issuer.authority) if len(act.issuer.authority) < 48 else "CƠ QUAN CẤP PHÉP", zone="body"
    )
    flow.paragraph(
        act.say("Căn cứ Quyết định số {n}/QĐ-{upper} ngày {earlier} quy định chức năng, nhiệm vụ của {name};"),
        italic=True,
    )
    flow.paragraph(act.say("Xét hồ sơ đề nghị nộp ngày {earlier}."), italic=True)
    flow.centre("CẤP PHÉP:" if lot.random() < 0.5 else "NAY CHO PHÉP:", zone="body")
    holder = f"Công ty Cổ phần {a_proper_name(lot)}"
    home = f"{people.a_street(lot)}, {people.a_place(lot).address}"
    rows = [
        f"Cấp cho: {holder}",
        f"Địa chỉ: {home}",
        act.say("Nội dung: thực hiện hoạt động theo phạm vi đăng ký, quy mô {n} đơn vị"),
        "Điều kiện kèm theo: chấp hành quy định về an toàn, môi trường và chế độ báo cáo",
    ]
    return _granted(act, flow, "Giấy phép", rows, holder, home)


def certificate(act: Act) -> Paper:
    """Giấy chứng nhận without a type of its own."""
    lot = act.lot
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    flow.centre(act.style.tones(act.issuer.name), bold=False, zone="body")
    holder = a_name(lot)
    home = f"{people.a_street(lot)}, {people.a_place(lot).address}"
    rows = [f"Cấp cho: {holder}", f"Địa chỉ: {home}"]
    if "KHÓA HỌC" in act.title[0]:
        rows += [act.say("Đã hoàn thành khóa học: {what}"), f"Xếp loại: {lot.choice(('Khá', 'Giỏi', 'Đạt'))}"]
    else:
        rows.append(act.say("Đủ điều kiện theo quy định về {what}"))
    return _granted(act, flow, "Giấy chứng nhận", rows, holder, home)


def slip(act: Act) -> Paper:
    """Phiếu without a type of its own: name of the body, rows, a signature."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    left = office.body_name(act, flow.sheet)
    right = office.nation(act, flow.sheet, style.right_x, style.head_baseline, "head_right")
    flow.y = max(left, right)
    office.title(act, flow)
    who = a_name(lot)
    _rows(
        act,
        flow,
        [
            f"1. Họ và tên: {who}",
            f"2. Địa chỉ: {people.a_street(lot)}, {people.a_place(lot).address}",
            f"3. Đơn vị: {lot.choice(('Tổ chuyên môn', 'Phòng Hành chính', 'Phân xưởng 2', 'Khoa Khám bệnh'))}",
            act.say("4. Nội dung: {what}"),
            act.say("5. Số lượng, số tiền: {money}"),
            "6. Ý kiến khác: không",
        ],
    )
    office.foot(act, flow, place_and_date=True)
    others = {"so_ky_hieu": "", "trich_yeu": "", "ho_ten": who}
    return bodies.finish(act, flow, **others)


def confirmation(act: Act) -> Paper:
    """Giấy xác nhận of an office, a school or an employer."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow)
    who = a_name(lot)
    born = people.a_day(
        lot, act.day.replace(year=act.day.year - 60, day=1), act.day.replace(year=act.day.year - 19, day=1)
    )
    flow.paragraph(act.say("{name} xác nhận:"))
    _rows(
        act,
        flow,
        [
            f"Họ và tên: {who}",
            f"Ngày, tháng, năm sinh: {words.short(born)}",
            f"Địa chỉ: {people.a_street(lot)}, {people.a_place(lot).address}",
        ],
    )
    flow.paragraph(f"Ông (bà) có tên trên {act.one('confirmed')}.")
    flow.paragraph("Giấy xác nhận này được cấp theo đề nghị của cá nhân để bổ túc hồ sơ" + style.closing)
    items = office.recipients(act) if lot.random() < 0.3 else []
    office.foot(act, flow, items)
    return bodies.finish(act, flow, trich_yeu="", ho_ten=who, ngay_sinh=born.isoformat())
