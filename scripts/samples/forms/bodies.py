"""What acts say, by layout: rulings, sections, letters, telegrams."""

from __future__ import annotations

from samples import words
from samples.forms import office
from samples.forms.act import Act, told, topics_of
from samples.paper import Paper, paper_of
from samples.sheet import Flow

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def finish(act: Act, flow: Flow, recipients: list[str] | None = None, **others: str) -> Paper:
    """Close the paper."""
    return paper_of(act.kind.key, flow.sheets, act.fields(recipients or (), **others))


def grounds(act: Act) -> list[str]:
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
    for ground in grounds(act):
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
    who = act.issuer.authority if act.lot.random() < 0.5 else act.issuer.name
    line = f"{who} điện:"
    for row in office.fit(
        [act.style.tones(line.upper() if who.isupper() else line)], 1600, flow.points, act.style.family, bold=True
    ):
        flow.centre(row, zone="body")
    for one in act.issuer.below:
        flow.paragraph(act.style.tones(f"- {one};"))
    for source in ("why", "tasks"):
        for number, text in enumerate(act.some(source, 5, 2), 1):
            flow.paragraph(f"{number}. {text}" if source == "tasks" else text)
    flow.paragraph(act.one("roles").rstrip(".") + act.style.closing)
    recipients = office.recipients(act)
    office.foot(act, flow, recipients)
    return finish(act, flow, recipients)
