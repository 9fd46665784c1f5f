"""What makes law, and what is made to go with a decision: rules, decrees, laws, orders of promulgation, judgments."""

from __future__ import annotations

from dataclasses import replace

from samples import people, words
from samples.forms import bodies, office
from samples.forms.act import Act, told
from samples.forms.agencies import a_name
from samples.paper import Paper
from samples.sheet import Flow
from samples.typeset import line_of

_ROMAN = ("I", "II", "III", "IV")
_TERMS = ("X", "XI", "XII", "XIII", "XIV", "XV", "XVI")
"""Terms of the National Assembly from 1997 on, by their number less ten."""


def rules(act: Act) -> Paper:
    """Quy chế, quy định: chapters and articles; on its own with a number, or made to go with a decision."""
    lot, style = act.lot, act.style
    attached = lot.random() < 0.5
    flow = office.sheets(act)
    others: dict[str, str] = {}
    if attached:
        _attached_head(act, flow)
        others = {"so_ky_hieu": "", "ngay_cap": "", "ky_hieu": "", "dia_danh": ""}
    else:
        office.head(act, flow)
        office.title(act, flow, act.about)
    act.slots["subject"] = act.about[:1].lower() + act.about[1:]
    act.slots["subject"] = act.slots["subject"].removeprefix("về ").removeprefix("việc ")
    number = 0
    wording = told("wording")
    for place, (name, pool) in enumerate(zip(wording["chapters"], wording["rules_articles"], strict=True)):
        flow.room(220)
        flow.centre(f"Chương {_ROMAN[place]}", zone="body")
        flow.centre(name, zone="body")
        flow.skip(6)
        for heading, points in pool[: lot.randint(1, len(pool))]:
            number += 1
            flow.paragraph(f"<b>Điều {number}. {style.tones(heading)}</b>")
            for at, text in enumerate(points, 1):
                flow.paragraph(f"{at}. {act.say(text)}" if len(points) > 1 else act.say(text))
    office.foot(act, flow)
    return bodies.finish(act, flow, **others)


def _attached_head(act: Act, flow: Flow) -> None:
    """Body and nation without number and date; the decision is named below the abstract."""
    sheet, style = flow.sheet, act.style
    left = office.body_name(act, sheet)
    if act.issuer.group == "party":
        right = office.party_name(act, sheet)
    else:
        right = office.nation(act, sheet, style.right_x, style.head_baseline, "head_right")
    flow.y = max(left, right)
    office.title(act, flow, act.about)
    flow.y -= 50
    open_gaps = style.by_hand or act.draft
    number = "......" if open_gaps else act.number
    day = "....." if open_gaps else style.day(act.day)
    kept = (
        f"(Ban hành kèm theo Quyết định số {number}{act.symbol.replace(act.kind.sign, 'QĐ')} ngày {day} "
        f"tháng {style.month(act.day)} năm {act.day.year} của {act.issuer.name})"
    )
    for row in office.fit([style.tones(kept)], 1500, style.points, style.family, bold=False):
        flow.centre(row, bold=False, italic=True, zone="body")
    flow.skip(20)


def legislation(act: Act) -> Paper:
    """Nghị định, thông tư: grounds, who issues it, articles in chapters."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow, act.about)
    for _ in range(lot.randint(1, 3)):
        flow.paragraph(act.say("Căn cứ Luật số {n}/{last}/QH13 ngày {earlier};"), italic=True)
    flow.paragraph(act.say("Theo đề nghị của Vụ trưởng Vụ Pháp chế;"), italic=True)
    name = act.kind.titles[0].capitalize()
    whole = f"{act.issuer.name} ban hành {name} {act.about[:1].lower()}{act.about[1:]}."
    flow.paragraph(style.tones(whole), italic=True)
    _articles(act, flow, name, lot.randint(4, 9))
    recipients = office.recipients(act)
    office.foot(act, flow, recipients)
    return bodies.finish(act, flow, recipients)


def _articles(act: Act, flow: Flow, name: str, count: int) -> None:
    act.slots["Act"] = name
    pool = told("wording")["law_articles"]
    chosen = [*pool[: count - 1], pool[-1]]
    chapters = act.lot.random() < 0.6
    for number, (heading, points) in enumerate(chosen, 1):
        if chapters and number in (1, 5):
            flow.room(220)
            flow.centre(f"Chương {_ROMAN[number // 5]}", zone="body")
            flow.centre("QUY ĐỊNH CHUNG" if number == 1 else "QUYỀN, NGHĨA VỤ VÀ TRÁCH NHIỆM", zone="body")
            flow.skip(6)
        flow.paragraph(f"<b>Điều {number}. {act.style.tones(heading)}</b>")
        for at, text in enumerate(points, 1):
            flow.paragraph(f"{at}. {act.say(text)}" if len(points) > 1 else act.say(text))


def law(act: Act) -> Paper:
    """Luật, pháp lệnh: the number on the left; a law may be dated at its end alone, by the day it was passed."""
    lot, style, day = act.lot, act.style, act.day
    flow = office.sheets(act)
    ordinance = act.kind.key == "phap_lenh"
    term = 10 + sum(day.year > last for last in (2001, 2006, 2010, 2015, 2020)) + (day.year > 2025)
    code = f"{act.issuer.symbol}{term}"
    number = f"{lot.randint(1, 92):02d}/{day.year}/{code}"
    label = lot.choice((f"{act.kind.titles[0].capitalize()} số:", "Số:"))
    dated = ordinance or lot.random() < 0.5
    _numbered_head(act, flow, f"{label} {number}", f"Hà Nội, ngày {words.long(day)}" if dated else "")
    office.title(act, flow, act.about)
    name = act.title[0].capitalize()
    flow.paragraph("Căn cứ Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam;", italic=True)
    flow.paragraph(style.tones(f"{act.issuer.name} ban hành {name} {act.about.capitalize()}."), italic=True)
    _articles(act, flow, name, lot.randint(6, 10))
    if not ordinance:
        passed = f"ngày\u00a0{day.day:02d}\u00a0tháng\u00a0{words.month_number(day)}\u00a0năm\u00a0{day.year}"
        flow.paragraph(
            f"{name} này được Quốc hội nước Cộng hòa xã hội chủ nghĩa Việt Nam khóa {_TERMS[term - 10]}, "
            f"kỳ họp thứ {lot.randint(2, 11)} thông qua {passed}.",
            italic=True,
        )
    office.foot(act, flow)
    place = "Hà Nội" if dated else ""
    return bodies.finish(
        act, flow, so_ky_hieu=number, ngay_cap=day.isoformat(), ky_hieu=style.tones(code), dia_danh=place
    )


def _numbered_head(act: Act, flow: Flow, number: str, dated: str) -> None:
    """Body and nation with a number line of its own kind, and place and date where there are any."""
    style, sheet = act.style, flow.sheet
    left = office.body_name(act, sheet)
    flow.y = max(left, office.nation(act, sheet, style.right_x, style.head_baseline, "head_right"))
    points = style.head_points
    while line_of(number, points, family=style.family).width > style.left_width:
        points -= 0.5
    sheet.write(number, style.left_x, flow.y, points, "head_left", align="centre")
    if dated:
        office.dated(act, sheet, dated, style.right_x, flow.y, "head_right")
    flow.skip(34)


def order(act: Act) -> Paper:
    """Lệnh of the President: grounds and what is made known."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow, act.about)
    flow.centre("CHỦ TỊCH", zone="body")
    flow.centre(style.tones("NƯỚC CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), zone="body")
    flow.skip(8)
    flow.paragraph("Căn cứ Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam;", italic=True)
    flow.paragraph("Căn cứ Luật Ban hành văn bản quy phạm pháp luật,", italic=True)
    flow.centre(lot.choice(("NAY CÔNG BỐ:", "LỆNH CÔNG BỐ:")), zone="body")
    law_name = told("act_types")["luat"]["abouts"][lot.randint(0, 4)].capitalize()
    passed = words.long(act.day)
    flow.paragraph(style.tones(f"<b>Luật {law_name}</b>"))
    flow.paragraph(
        style.tones(
            f"Đã được Quốc hội nước Cộng hòa xã hội chủ nghĩa Việt Nam thông qua trước ngày {passed}{style.closing}"
        )
    )
    items = office.recipients(act) if lot.random() < 0.4 else []
    office.foot(act, flow, items)
    return bodies.finish(act, flow, items)


def judgment(act: Act) -> Paper:
    """Bản án: number and day on the left, ``NHÂN DANH`` in the middle, who sat, who sues, what was ruled."""
    bench = ("TM. HỘI ĐỒNG XÉT XỬ", "THẨM PHÁN - CHỦ TỌA PHIÊN TÒA")
    act = replace(act, issuer=replace(act.issuer, titles=bench))
    lot, style, day = act.lot, act.style, act.day
    flow = office.sheets(act)
    sheet, number = (
        flow.sheet,
        f"{act.number}/{day.year}/{lot.choice(('DS-ST', 'DS-PT', 'HNGĐ-ST', 'KDTM-ST', 'HC-ST'))}",
    )
    flow.y = max(
        office.body_name(act, sheet), office.nation(act, sheet, style.right_x, style.head_baseline, "head_right")
    )
    for row in (f"Bản án số: {number}", f"Ngày: {words.short(day)}", f"V/v: {act.about}"):
        for line in office.fit([style.tones(row)], 0.9 * style.left_width, 12.0, style.family, bold=False):
            sheet.write(line, style.left_x, flow.y, 12.0, "head_left", align="centre")
            flow.skip(14.5)
    flow.skip(14)
    for row in (
        "NHÂN DANH",
        style.tones("NƯỚC CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        style.tones(act.issuer.name.upper()),
    ):
        flow.centre(row, zone="title")
    flow.skip(10)
    clerk, plaintiff, defendant = a_name(lot), a_name(lot), a_name(lot)
    home = people.a_place(lot).address
    for text in (
        "<b><i>Thành phần Hội đồng xét xử gồm có:</i></b>",
        f"Thẩm phán - Chủ tọa phiên tòa: Ông (bà) {act.signer}",
        f"Các Hội thẩm nhân dân: Ông {a_name(lot)}, bà {a_name(lot)}",
        f"Thư ký phiên tòa: {clerk}",
        f"Tại trụ sở {act.issuer.name}, Hội đồng xét xử đã xét xử công khai vụ án về việc {act.about.lower()} giữa:",
        f"Nguyên đơn: {plaintiff}, nơi cư trú: {home}",
        f"Bị đơn: {defendant}, nơi cư trú: {people.a_place(lot).address}",
    ):
        flow.paragraph(style.tones(text))
    for heading, source in (
        ("NỘI DUNG VỤ ÁN:", "case"),
        ("NHẬN ĐỊNH CỦA TÒA ÁN:", "findings"),
        ("QUYẾT ĐỊNH:", "rulings"),
    ):
        flow.room(160)
        flow.centre(style.tones(heading), zone="body")
        for text in act.some(source, 4, 2):
            flow.paragraph(text)
    items = office.recipients(act)
    office.foot(act, flow, items)
    others = {
        "trich_yeu": f"V/v: {act.about}",
        "so_ky_hieu": number,
        "ky_hieu": number.rsplit("/", maxsplit=1)[-1],
        "dia_danh": "",
    }
    return bodies.finish(act, flow, items, **others)
