"""Papers that two sides sign: minutes, contracts, agreements, memoranda; and powers of attorney."""

from __future__ import annotations

from samples import people, words
from samples.forms import bodies, office
from samples.forms.act import Act
from samples.forms.agencies import a_name, a_proper_name
from samples.paper import Paper
from samples.sheet import Flow

_SIDE_X = (700.0, 1760.0)
"""Verticals around which two signatures stand."""
_HEIGHT = 620
"""Pixels that two signatures side by side need."""
_LINE = 300 / 72


def _two_sign(
    act: Act, flow: Flow, titles: tuple[str, str], names: tuple[str, str], *, seal: str = "foot_right"
) -> None:
    """Two signatures side by side; ``seal`` is the zone that the seal stands in, or empty."""
    flow.skip(10)
    flow.room(_HEIGHT)
    sheet, top, style = flow.sheet, flow.y, act.style
    for x, title, name, zone in zip(_SIDE_X, titles, names, ("foot_left", "foot_right"), strict=True):
        sheet.write(style.tones(title), x, top, style.points, zone, bold=True, align="centre")
        if act.stamped and not act.draft:
            if zone == seal:
                sheet.seal(*act.issuer.seal, x - style.seal_shift, top + 200)
            sheet.signature(x + 30, top + 220, 480)
        sheet.write(name, x, top + 420, style.points, zone, bold=True, align="centre")
    flow.y = top + 500


def minutes(act: Act) -> Paper:
    """Biên bản: who met when and where, what was said, two signatures."""
    lot, style, day = act.lot, act.style, act.day
    flow = office.sheets(act)
    numbered = lot.random() < 0.6
    others = {"so_ky_hieu": ""} if not numbered else {}
    if numbered or lot.random() < 0.5:
        office.head(act, flow) if numbered else _unnumbered_head(act, flow)
    else:
        office.centred_head(act, flow)
        others["co_quan_cap"] = ""
    office.title(act, flow, act.about)
    chair, clerk = act.signer, a_name(lot)
    when = f"ngày\u00a0{day.day:02d}\u00a0tháng\u00a0{words.month_number(day)}\u00a0năm\u00a0{day.year}"
    opening = (
        f"Hôm nay, hồi {lot.randint(7, 16)} giờ {lot.choice(('00', '15', '30'))} phút, {when}, tại {act.issuer.name}"
    )
    flow.paragraph(style.tones(f"{opening}, chúng tôi gồm có:"))
    for number, row in enumerate(
        (
            f"Ông (bà): {chair} - Chức vụ: {act.issuer.titles[-1].capitalize()} - Chủ trì;",
            f"Ông (bà): {clerk} - Chức vụ: Chuyên viên - Thư ký;",
            f"Ông (bà): {a_name(lot)} - Đại diện {lot.choice(act.issuer.below)}.",
        ),
        1,
    ):
        flow.paragraph(style.tones(f"{number}. {row}"))
    flow.paragraph("<b>Nội dung:</b>")
    for source in ("why", "facts", "tasks"):
        for text in act.some(source, 3, 1):
            flow.paragraph(f"- {text}")
    flow.paragraph(
        f"Biên bản kết thúc vào hồi {lot.randint(10, 17)} giờ 45 phút cùng ngày, đã đọc cho mọi người cùng nghe, "
        f"nhất trí và ký tên; lập thành {lot.randint(2, 4):02d} bản có giá trị như nhau{style.closing}"
    )
    titles = lot.choice(
        (("THƯ KÝ", "CHỦ TRÌ"), ("NGƯỜI GHI BIÊN BẢN", "CHỦ TỌA"), ("ĐẠI DIỆN BÊN GIAO", "ĐẠI DIỆN BÊN NHẬN"))
    )
    _two_sign(act, flow, titles, (clerk, chair))
    if not numbered:
        others["ngay_cap"] = day.isoformat()
    return bodies.finish(act, flow, **others)


def _unnumbered_head(act: Act, flow: Flow) -> None:
    """Body and nation, without number and date."""
    left = office.body_name(act, flow.sheet)
    if act.issuer.group == "party":
        right = office.party_name(act, flow.sheet)
    else:
        right = office.nation(act, flow.sheet, act.style.right_x, act.style.head_baseline, "head_right")
    flow.y = max(left, right)


def _side(act: Act, flow: Flow, label: str, rows: list[str]) -> None:
    flow.room(200)
    flow.paragraph(f"<b>{act.style.tones(label)}</b>", indent=0)
    for row in rows:
        flow.paragraph(act.style.tones(row), indent=0)


def deal(act: Act) -> Paper:
    """Bản ghi nhớ, bản thỏa thuận between the issuer and another body."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow, act.about)
    other = lot.choice(
        (f"Công ty Cổ phần {a_proper_name(lot)}", f"Trường Cao đẳng {a_proper_name(lot)}", "Bưu điện tỉnh")
    )
    partner = a_name(lot)
    flow.paragraph(act.say("Căn cứ nhu cầu và khả năng của hai bên, hôm nay tại trụ sở {name}, chúng tôi gồm:"))
    title = act.issuer.titles[-1].capitalize()
    _side(act, flow, f"BÊN A: {act.issuer.name.upper()}", [f"Đại diện: {act.signer} - Chức vụ: {title}"])
    _side(act, flow, f"BÊN B: {other.upper()}", [f"Đại diện: {partner} - Chức vụ: Giám đốc"])
    flow.paragraph("Hai bên thống nhất các nội dung sau đây:")
    for number, (name, source) in enumerate(
        (("Nội dung", "tasks"), ("Trách nhiệm của các bên", "roles"), ("Kinh phí", "money")), 1
    ):
        flow.paragraph(f"<b>Điều {number}. {name}</b>")
        for at, text in enumerate(act.some(source, 4, 2), 1):
            flow.paragraph(f"{at}. {text}")
    flow.paragraph(
        f"<b>Điều 4. Điều khoản chung</b> Văn bản có hiệu lực từ ngày ký, lập thành {lot.randint(2, 6):02d} bản, "
        f"mỗi bên giữ một nửa{style.closing}"
    )
    _two_sign(act, flow, ("ĐẠI DIỆN BÊN B", "ĐẠI DIỆN BÊN A"), (partner, act.signer))
    return bodies.finish(act, flow)


def contract(act: Act) -> Paper:
    """Hợp đồng: the national name in the middle, two sides, price, articles."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    notarised = act.title[0].endswith("QUYỀN SỬ DỤNG ĐẤT")
    others: dict[str, str] = {"co_quan_cap": "", "trich_yeu": ""}
    office.centred_head(act, flow)
    office.title(act, flow)
    if notarised:
        others |= {"so_ky_hieu": ""}
    else:
        flow.y -= 30
        flow.centre(office.number_line(act), bold=False, zone="title")
        flow.skip(12)
    place = act.issuer.place
    when = "....../....../......" if act.draft else office.day_month(act).replace(" tháng ", "\u00a0tháng\u00a0")
    when = when.replace(" năm ", "\u00a0năm\u00a0")
    flow.paragraph(style.tones(f"Hôm nay, ngày\u00a0{when}, tại {place}, chúng tôi gồm có:"))
    labels, buyer = _labels(act), a_name(lot)
    others |= _parties(act, flow, labels, buyer, private=notarised)
    if not act.draft:
        others["ngay_ky"] = act.day.isoformat()
    amount = lot.randint(15, 4_000) * 1_000_000
    price = f"{words.grouped(amount)} đồng"
    others["gia"] = price
    flow.paragraph("Hai bên thỏa thuận ký kết hợp đồng với các điều khoản sau:")
    price_line = f"{_price_label(act)}: {price} (bằng chữ: {words.in_words(amount)} đồng)."
    for number, (name, texts) in enumerate(
        (
            ("Đối tượng của hợp đồng", act.some("tasks", 3, 1)),
            (
                "Giá và phương thức thanh toán",
                [price_line, f"Thanh toán chuyển khoản trong {lot.randint(5, 30)} ngày."],
            ),
            ("Quyền và nghĩa vụ của các bên", act.some("requirement", 3, 2)),
            ("Giải quyết tranh chấp", ["Tranh chấp được thương lượng; không thành thì đưa ra Tòa án có thẩm quyền."]),
            ("Hiệu lực", [f"Hợp đồng có hiệu lực từ ngày ký, lập thành {lot.randint(2, 5):02d} bản{style.closing}"]),
        ),
        1,
    ):
        flow.room(140)
        flow.paragraph(style.tones(f"<b>Điều {number}. {name}</b>"))
        for at, text in enumerate(texts, 1):
            flow.paragraph(style.tones(f"{at}. {text}" if len(texts) > 1 else text))
    _two_sign(
        act, flow, (labels[0].upper(), labels[1].upper()), (act.signer, buyer), seal="" if notarised else "foot_left"
    )
    return bodies.finish(act, flow, **others)


def _parties(act: Act, flow: Flow, labels: tuple[str, str, str, str], buyer: str, *, private: bool) -> dict[str, str]:
    """The two sides of a contract with address, and id or representative; ``private``: both are persons."""
    lot = act.lot
    first = act.signer if private else act.issuer.name
    second = buyer if private or "LAO ĐỘNG" in act.title[0] else f"Công ty TNHH {a_proper_name(lot)}"
    found: dict[str, str] = {}
    for side, label, named, who, person in (
        ("a", labels[0], labels[2], first, act.signer),
        ("b", labels[1], labels[3], second, buyer),
    ):
        address = f"{people.a_street(lot)}, {people.a_place(lot).address}"
        found |= {f"ben_{side}": who, f"dia_chi_{side}": address}
        if who == person:
            kind, number = _id(act)
            found[f"so_dinh_danh_{side}"] = number
            _side(act, flow, f"{label}:", [f"Ông (bà): {person}", f"{kind}: {number}", f"Địa chỉ: {address}"])
        else:
            found[f"dai_dien_{side}"] = person
            account = f"Tài khoản số: {lot.randint(10**11, 10**12)} tại ngân hàng"
            title = f"Đại diện: {person} - Chức vụ: Giám đốc"
            _side(act, flow, f"{named}: {who}", [f"Địa chỉ: {address}", title, account])
    return found


def _id(act: Act) -> tuple[str, str]:
    """Label and number of a person's id: nine digits before there were personal ids."""
    lot = act.lot
    if act.day.year < 2016:
        return "Chứng minh nhân dân số", f"{lot.randint(10_000_000, 399_999_999):09d}"
    born = people.a_day(lot, act.day.replace(year=1955, day=1), act.day.replace(year=1979, day=1))
    sex = lot.choice(("Nam", "Nữ"))
    number = people.personal_id(lot.choice(sorted(people.provinces())), sex, born, lot.randint(1, 999_999))
    return lot.choice(("Số định danh cá nhân", "Căn cước công dân số")), number


def _labels(act: Act) -> tuple[str, str, str, str]:
    """The sides over the signatures, and as they are named above."""
    title = act.title[0]
    if "CHUYỂN NHƯỢNG" in title:
        return ("Bên chuyển nhượng", "Bên nhận chuyển nhượng", "Bên chuyển nhượng", "Bên nhận chuyển nhượng")
    if "TẶNG CHO" in title:
        return ("Bên tặng cho", "Bên được tặng cho", "Bên tặng cho", "Bên được tặng cho")
    if "THUÊ" in title:
        return ("Bên cho thuê", "Bên thuê", "Bên cho thuê", "Bên thuê")
    if "LAO ĐỘNG" in title:
        return ("Người sử dụng lao động", "Người lao động", "Bên A", "Bên B")
    return ("Đại diện bên A", "Đại diện bên B", "Bên A", "Bên B")


def _price_label(act: Act) -> str:
    title = act.title[0]
    if "CHUYỂN NHƯỢNG" in title:
        return "Giá chuyển nhượng"
    return "Giá thuê" if "THUÊ" in title else "Giá trị hợp đồng"


def power(act: Act) -> Paper:
    """Giấy ủy quyền: of a body in its own head, or of a person under the national name."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    others: dict[str, str] = {"trich_yeu": ""}
    agent = a_name(lot)
    official = lot.random() < 0.5
    if official:
        office.head(act, flow)
    else:
        office.centred_head(act, flow)
        others |= {"so_ky_hieu": "", "co_quan_cap": ""}
    office.title(act, flow)
    principal = act.issuer.name if official else act.signer
    others |= {"ben_uy_quyen": principal, "ben_duoc_uy_quyen": agent}
    for side, label, who in (
        ("uy_quyen", "Bên ủy quyền", principal),
        ("duoc_uy_quyen", "Bên được ủy quyền", agent),
    ):
        rows = [f"<b>{label}: {who}</b>"]
        if official and side == "uy_quyen":
            rows.append(f"Đại diện: {act.signer}, chức vụ {act.issuer.titles[-1].capitalize()}")
        else:
            kind, number = _id(act)
            rows.append(f"{kind}: {number}")
            others[f"so_dinh_danh_{side}"] = number
        address = f"{people.a_street(lot)}, {people.a_place(lot).address}"
        others[f"dia_chi_{side}"] = address
        for row in (*rows, f"Địa chỉ: {address}"):
            flow.paragraph(style.tones(row), indent=0)
    task = act.say(
        lot.choice(
            (
                "thay mặt làm việc với cơ quan có thẩm quyền về {what}",
                "nộp và nhận kết quả hồ sơ thủ tục hành chính",
                "ký hồ sơ, chứng từ trong thời gian đi công tác",
            )
        )
    )
    flow.paragraph(f"Nội dung ủy quyền: {task}.", indent=0)
    term = f"{lot.randint(1, 24)} tháng kể từ ngày ký"
    flow.paragraph(f"Thời hạn ủy quyền: {term}.", indent=0)
    flow.paragraph("Bên được ủy quyền cam kết thực hiện đúng nội dung trên và chịu trách nhiệm trước pháp luật.")
    if not official:
        office.dated(act, flow.sheet, office.date_line(act), _SIDE_X[1], flow.y, "foot_right")
        flow.skip(style.points * 1.3)
    _two_sign(
        act, flow, ("BÊN ĐƯỢC ỦY QUYỀN", "BÊN ỦY QUYỀN"), (agent, act.signer), seal="foot_right" if official else ""
    )
    others |= {"noi_dung": task, "thoi_han": term}
    return bodies.finish(act, flow, **others)
