"""What acts say, by layout: rulings, sections, letters, telegrams, rules and legislation."""

from __future__ import annotations

from datetime import timedelta

from samples import words
from samples.forms import office
from samples.forms.act import Act, told, topics_of
from samples.paper import Paper, paper_of
from samples.sheet import Flow

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def finish(act: Act, flow: Flow, recipients: list[str] | None = None, **others: str) -> Paper:
    """Close the paper."""
    return paper_of(act.kind.key, flow.sheets, act.fields(recipients or (), **others))


def _grounds(act: Act) -> list[str]:
    pools = told("wording")["grounds"]
    group = act.issuer.group if act.issuer.group in pools else "official"
    dated = [text for first, last, text in pools[group] if first <= act.day.year <= last]
    chosen = [*dated, *act.lot.sample(pools["any"], act.lot.randint(1, 3)), act.lot.choice(pools["last"])]
    said = [act.say(text) for text in chosen]
    said[-1] = said[-1].rstrip(".,;") + ("." if act.lot.random() < 0.6 else ",")
    return said


def ruling(act: Act) -> Paper:
    """Decision or resolution: grounds, the title once more, articles."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    office.head(act, flow)
    old = act.day.year < 2006 and lot.random() < 0.4
    office.title(act, flow, act.about, of=f"CỦA {act.issuer.authority}" if old else "")
    if not old:
        for row in office.fit([style.tones(act.issuer.authority)], 1600, style.points, style.family, bold=True):
            flow.centre(row, zone="body")
    flow.skip(6)
    for ground in _grounds(act):
        flow.paragraph(ground, italic=act.day.year >= 2016)
    word = "QUYẾT NGHỊ" if act.kind.key == "nghi_quyet" else "QUYẾT ĐỊNH"
    flow.skip(4)
    flow.room(160)
    flow.centre(f"{word}:", zone="body")
    flow.skip(4)
    articles = _articles(act)
    for number, article in enumerate(articles, 1):
        label = f"Điều {number}:" if act.day.year < 2000 else f"Điều {number}."
        for place, part in enumerate(article):
            flow.paragraph(f"<b>{label}</b> {part}" if place == 0 else part)
    recipients = office.recipients(act, len(articles))
    office.foot(act, flow, recipients)
    if lot.random() < 0.3:
        annex(act, flow)
    return finish(act, flow, recipients)


def _articles(act: Act) -> list[list[str]]:
    resolution = act.kind.key == "nghi_quyet"
    prefix = "resolution" if resolution else "ruling"
    first = [act.one(f"{prefix}_first"), *(f"{n}. {text}" for n, text in enumerate(act.some("tasks", 4, 2), 1))]
    middle = [[text] for text in act.some("ruling_second", 2, 1)]
    if resolution:
        middle = [[text.replace("Quyết định", "Nghị quyết")] for (text,) in middle]
    last = act.one(f"{prefix}_last") + act.style.closing
    return [first, *middle, [last]]


def annex(act: Act, flow: Flow) -> None:
    """A page after the signature: PHỤ LỤC with a table, made to go with the act."""
    flow.turn()
    points = act.style.points
    flow.centre(act.lot.choice(("PHỤ LỤC", "PHỤ LỤC I", "DANH MỤC NHIỆM VỤ", "BIỂU TỔNG HỢP")), zone="body")
    name = act.kind.titles[0].capitalize() or "Công văn"
    open_gaps = act.style.by_hand or act.draft
    number = f"số {'......' if open_gaps else act.number}{act.style.tones(act.symbol)}"
    when = "ngày ....." if open_gaps else f"ngày {act.style.day(act.day)}"
    kept = f"(Kèm theo {name} {number} {when} tháng {act.style.month(act.day)} năm {act.day.year})"
    for row in office.fit([kept], 1700, points, act.style.family, bold=False):
        flow.centre(row, bold=False, italic=True, zone="body")
    flow.skip(16)
    schedule(act, flow)


def schedule(act: Act, flow: Flow) -> None:
    """A table of tasks, who does them and until when, or of amounts."""
    lot = act.lot
    tasks = lot.sample(told("wording")["annex_rows"], lot.randint(4, 7))
    if lot.random() < 0.5:
        rows = [
            (
                str(n),
                act.style.tones(task),
                lot.choice(told("wording")["units"]),
                f"Tháng {lot.randint(1, 12)}/{act.day.year}",
            )
            for n, task in enumerate(tasks, 1)
        ]
        office.table(act, flow, ("STT", "Nội dung", "Đơn vị thực hiện", "Thời gian"), rows, (0.09, 0.47, 0.25, 0.19))
        return
    amounts = [lot.randint(3, 900) * 1_000_000 for _ in tasks]
    rows = [
        (str(n), act.style.tones(task), str(lot.randint(1, 40)), words.grouped(amount))
        for n, (task, amount) in enumerate(zip(tasks, amounts, strict=True), 1)
    ]
    rows.append(("", "Tổng cộng", "", words.grouped(sum(amounts))))
    office.table(act, flow, ("TT", "Hạng mục", "Số lượng", "Thành tiền (đồng)"), rows, (0.09, 0.49, 0.16, 0.26))


def sections(act: Act) -> Paper:
    """Plans, reports, notices …: an opening, then sections with numbered paragraphs."""
    lot, style, key = act.lot, act.style, act.kind.key
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow, act.about)
    if act.kind.addressed or (key == "bao_cao" and lot.random() < 0.5):
        addressed(act, flow)
    verb = told("wording")["verbs"][key]
    act.slots["verb"] = verb
    flow.paragraph(act.one("opening"))
    count = 0
    long = lot.random() < 0.35
    shown = [part for part in act.kind.sections if part[1] != "table" or lot.random() < 0.6]
    for name, source in shown:
        texts = [] if source == "table" else act.some(source, 5, 2)
        if name not in ("none", "numbered"):
            flow.room(140)
            flow.paragraph(f"<b>{_ROMAN[count]}. {style.tones(name)}</b>")
            count += 1
        if source == "table":
            schedule(act, flow)
        for number, text in enumerate(texts, 1):
            flow.paragraph(text if name == "none" else f"{number}. {text}")
        if source in ("tasks", "facts") and count and long:
            _further(act, flow, source, len(texts))
    closing = told("wording")["closing"]
    flow.paragraph(act.say(closing.get(key, closing["other"])) + style.closing)
    recipients = office.recipients(act)
    office.foot(act, flow, recipients)
    if key in ("ke_hoach", "bao_cao", "chuong_trinh", "huong_dan") and lot.random() < 0.3:
        annex(act, flow)
    return finish(act, flow, recipients)


def _further(act: Act, flow: Flow, source: str, before: int) -> None:
    """More of a section, on other topics of the same body: papers of three pages and more."""
    topics = [one for one in topics_of(act.issuer) if one is not act.topic and one.get(source)]
    for number, topic in enumerate(act.lot.sample(topics, min(len(topics), act.lot.randint(2, 5))), before + 1):
        flow.paragraph(act.say(f"{number}. Về {topic['what']}:"))
        for text in topic[source]:
            flow.paragraph(act.say(f"- {text}"))


def addressed(act: Act, flow: Flow, receivers: list[str] | None = None) -> None:
    """``Kính gửi:`` with one receiver on the line, or several below one another."""
    chosen = receivers or [*(act.issuer.to or act.issuer.below)[: act.lot.randint(1, 3)]]
    chosen = [act.style.tones(one) for one in chosen]
    if len(chosen) == 1:
        for row in office.fit([f"Kính gửi: {chosen[0]}."], 1700, flow.points, act.style.family, bold=False):
            flow.centre(row, bold=False, zone="body")
    else:
        label = flow.left + 300
        x = label + flow.sheet.write("Kính gửi:", label, flow.y, flow.points, "body") + 40
        for number, one in enumerate(chosen, 1):
            ending = "." if number == len(chosen) else ";"
            rows = office.fit([f"- {one}{ending}"], flow.right - x, flow.points, act.style.family, bold=False)
            for row in rows:
                flow.sheet.write(row, x, flow.y, flow.points, "body")
                flow.skip(flow.points * 1.22)
    flow.skip(10)


def some_receivers(act: Act) -> list[str]:
    """One to three bodies that the issuer writes to."""
    pool = [*act.issuer.to, *act.issuer.below]
    return act.lot.sample(pool, min(len(pool), act.lot.randint(1, 3)))


def letter(act: Act) -> Paper:
    """Công văn: the abstract under the number, no title."""
    lot, style = act.lot, act.style
    flow = office.sheets(act)
    office.head(act, flow, act.about)
    flow.skip(10)
    addressed(act, flow, some_receivers(act))
    flow.paragraph(act.one("letter_opening"))
    texts = act.some("tasks", 5, 1)
    for number, text in enumerate(texts, 1):
        flow.paragraph(f"{number}. {text}" if len(texts) > 1 else text)
    if lot.random() < 0.4:
        for text in act.some("why", 2, 1):
            flow.paragraph(text)
    flow.paragraph(act.one("letter_closing") + style.closing)
    recipients = office.recipients(act)
    office.foot(act, flow, recipients)
    if lot.random() < 0.2:
        annex(act, flow)
    return finish(act, flow, recipients)


def telegram(act: Act) -> Paper:
    """Công điện: receivers after ``điện:``."""
    flow = office.sheets(act)
    office.head(act, flow)
    office.title(act, flow, act.about)
    who = act.issuer.authority.title() if act.lot.random() < 0.3 else act.issuer.name
    flow.centre(act.style.tones(f"{who} điện:".upper() if act.lot.random() < 0.5 else f"{who} điện:"), zone="body")
    for one in act.issuer.below:
        flow.paragraph(act.style.tones(f"- {one};"))
    for source in ("why", "tasks"):
        for number, text in enumerate(act.some(source, 5, 2), 1):
            flow.paragraph(f"{number}. {text}" if source == "tasks" else text)
    flow.paragraph(act.one("roles").rstrip(".") + act.style.closing)
    recipients = office.recipients(act)
    office.foot(act, flow, recipients)
    return finish(act, flow, recipients)


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
    return finish(act, flow, **others)


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
    _law_articles(act, flow, name, lot.randint(4, 9))
    recipients = office.recipients(act)
    office.foot(act, flow, recipients)
    return finish(act, flow, recipients)


def _law_articles(act: Act, flow: Flow, name: str, count: int) -> None:
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
    """Luật: number on the left without a date; the day it was passed stands at its end."""
    lot, style, day = act.lot, act.style, act.day
    flow = office.sheets(act)
    term = 10 + sum(day.year > last for last in (2001, 2006, 2010, 2015, 2020)) + (day.year > 2025)
    number = f"{lot.randint(1, 92):02d}/{day.year}/QH{term}"
    sheet = flow.sheet
    left = office.body_name(act, sheet)
    right = office.nation(act, sheet, style.right_x, style.head_baseline, "head_right")
    flow.y = max(left, right)
    label = lot.choice(("Luật số:", "Luật số:", "Số:"))
    sheet.write(f"{label} {number}", style.left_x, flow.y, style.head_points, "head_left", align="centre")
    dated = lot.random() < 0.5
    if dated:
        office.dated(act, sheet, f"Hà Nội, ngày {words.long(day)}", style.right_x, flow.y, "head_right")
    flow.skip(34)
    office.title(act, flow, act.about)
    flow.paragraph("<i>Căn cứ Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam;</i>")
    flow.paragraph(style.tones(f"<i>Quốc hội ban hành {act.title[0].capitalize()} {act.about.capitalize()}.</i>"))
    _law_articles(act, flow, act.title[0].capitalize(), lot.randint(6, 10))
    passed = f"ngày\u00a0{day.day:02d}\u00a0tháng\u00a0{words.month_number(day)}\u00a0năm\u00a0{day.year}"
    flow.paragraph(
        f"<i>{act.title[0].capitalize()} này được Quốc hội nước Cộng hòa xã hội chủ nghĩa Việt Nam khóa "
        f"{_roman(term)}, kỳ họp thứ {lot.randint(2, 11)} thông qua {passed}.</i>"
    )
    office.foot(act, flow)
    return finish(
        act,
        flow,
        so_ky_hieu=number,
        ngay_cap=day.isoformat(),
        ky_hieu=f"QH{term}",
        dia_danh="Hà Nội" if dated else "",
    )


def _roman(number: int) -> str:
    return ("X", "XI", "XII", "XIII", "XIV", "XV", "XVI")[number - 10]


def date_after(act: Act, days: int) -> str:
    """The day that comes ``days`` after the act's, as ``05/03/2024``."""
    return words.short(act.day + timedelta(days=days))
