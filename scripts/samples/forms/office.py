"""Head, title and foot of an act in many habits, by its :class:`samples.forms.style.Style`.

The pattern is Decree 30/2020/NĐ-CP, Appendix I; acts of the party follow the party's own rule: its name stands where
others bear the national one, a star below the body, ``Số 15-QĐ/TU``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from samples import chance
from samples.forms.act import Act
from samples.sheet import HEIGHT, LEFT, RIGHT, Flow, Sheet
from samples.story import pen_of
from samples.typeset import Family, break_lines, line_of

SIGN_X = 1760.0
"""Vertical around which the signature stands, unless its titles need more room."""
_LINE = 300 / 72
"""Pixels a point."""
_FOOT_WIDTH = 860.0
"""Pixels that the recipients on the left of the foot may take."""
_PLACE = re.compile(r" (?:TỈNH|THÀNH PHỐ|HUYỆN|QUẬN|THỊ XÃ|THỊ TRẤN|XÃ|PHƯỜNG|VÀ) ")
"""Where offices break a name that is too long for one row: before its place."""
_LOWEST = HEIGHT - 190.0
"""Nothing stands below, in pixels from the top."""


def sheets(act: Act) -> Flow:
    """A flow of sheets in one hand and one style."""
    style = act.style
    count = iter(range(1, 100))

    def blank() -> Sheet:
        rng = chance.pixels(act.seed, act.kind.key, next(count))
        return Sheet(rng, pen_of(rng), by_hand=style.by_hand and not act.draft, family=style.family)

    flow = Flow(
        blank,
        points=style.points,
        lead=style.lead,
        after=style.after,
        left=style.left,
        right=style.right,
        indent=style.indent,
        numbering=style.numbering,
    )
    flow.y = style.head_baseline
    return flow


def fit(rows: Sequence[str], width: float, points: float, family: Family, *, bold: bool) -> list[str]:
    """``rows``, those that are wider than ``width`` pixels broken into rows of about the same width."""
    fitted: list[str] = []
    for row in rows:
        whole = line_of(row, points, bold=bold, family=family).width
        parts = -(-whole // width)
        place = _PLACE.search(row) if row.isupper() and parts == 2 else None
        if place and line_of(row[: place.start()], points, bold=bold, family=family).width <= width:
            fitted += [row[: place.start()].strip(), row[place.start() :].strip()]
            continue
        even = width if parts < 2 else max(1.12 * whole / parts, width / 2)
        lines = break_lines(row, min(even, width), points, bold=bold, justify=False, family=family)
        fitted += [line.printed for line in lines]
    return fitted


def nation(act: Act, sheet: Sheet, x: float, baseline: float, zone: str) -> float:
    """The national name and motto around ``x``, a rule below; returns the baseline for what follows."""
    style = act.style
    points = style.head_points
    sheet.write(style.tones(style.nation), x, baseline, points - 0.5, zone, bold=True, align="centre")
    baseline += points * 1.25 * _LINE
    width = sheet.write(style.motto, x, baseline, points + 0.5, zone, bold=True, align="centre")
    sheet.rule(x - width / 2, baseline + 22, x + width / 2, baseline + 22)
    return baseline + 88


def body_name(act: Act, sheet: Sheet) -> float:
    """The body and its superior; returns the baseline for the number."""
    style, issuer = act.style, act.issuer
    x, points = style.left_x, style.head_points - 0.5
    baseline = style.head_baseline
    for rows, bold in ((issuer.superior, False), (issuer.rows, True)):
        shown = fit([style.tones(row) for row in rows], style.left_width, points, style.family, bold=bold)
        baseline = sheet.centred(shown, x, baseline, points, "head_left", bold=bold, lead=1.25)
    if issuer.group == "party":
        sheet.write("*", x, baseline, points, "", bold=True, align="centre")
        return baseline + 60
    half = style.agency_rule * 300
    sheet.rule(x - half, baseline - 38, x + half, baseline - 38)
    return baseline + 34


def party_name(act: Act, sheet: Sheet) -> float:
    """The name of the party where others bear the national one; returns the baseline for the date."""
    x, baseline, points = act.style.right_x, act.style.head_baseline, act.style.head_points + 1
    width = sheet.write("ĐẢNG CỘNG SẢN VIỆT NAM", x, baseline, points, "head_right", bold=True, align="centre")
    sheet.rule(x - width / 2, baseline + 22, x + width / 2, baseline + 22)
    return baseline + 100


def head(act: Act, flow: Flow, about: str = "") -> None:
    """The two columns, number and date; ``about`` is the abstract of a letter. The flow goes on below both."""
    sheet, style = flow.sheet, act.style
    left = body_name(act, sheet)
    if act.issuer.group == "party":
        right = party_name(act, sheet)
    else:
        right = nation(act, sheet, style.right_x, style.head_baseline, "head_right")
    level = max(left, right)
    if act.suffix:
        sheet.write(number_line(act), style.left_x, level, style.head_points, "head_left", align="centre")
    dated(act, sheet, date_line(act), style.right_x, level, "head_right")
    level += style.head_points * 1.22 * _LINE
    for row in fit([about], 0.85 * style.left_width, 12.0, style.family, bold=False) if about else ():
        sheet.write(row, style.left_x, level, 12.0, "head_left", align="centre")
        level += 12.0 * 1.2 * _LINE
    flow.y = level + 30
    if style.mark:
        _mark(act, sheet, flow)


def dated(act: Act, sheet: Sheet, line: str, x: float, baseline: float, zone: str) -> None:
    """Place and date around ``x``, or as near to it as the margin allows."""
    style, points = act.style, act.style.head_points
    room = RIGHT + 15 - (style.left_x + style.left_width / 2)
    while (width := line_of(line, points, italic=True, family=style.family).width) > room:
        points -= 0.5
    sheet.write(line, min(x, RIGHT + 15 - width / 2), baseline, points, zone, italic=True, align="centre")


def number_line(act: Act) -> str:
    """Markup of ``Số: 15/QĐ-UBND`` with the running number by hand; empty before the stroke on a draft."""
    label = "Số" if act.issuer.group == "party" else act.style.number_label
    symbol = act.style.tones(act.symbol)
    gap = "\u00a0" * 6 if act.draft else _pen(act, "so_ky_hieu", act.number)
    return f"{label} {gap}{symbol}"


def _pen(act: Act, key: str, text: str) -> str:
    """Markup of what a pen fills in; print leaves no gap."""
    return f"<h {key}>{text}</h>" if act.style.by_hand else text


def day_month(act: Act) -> str:
    """Markup of day, month and year."""
    style, day = act.style, act.day
    if act.draft:
        return f"\u00a0\u00a0\u00a0\u00a0 tháng \u00a0\u00a0\u00a0 năm {day.year}"
    month = style.month(day)
    if style.month_by_hand:
        month = _pen(act, "ngay_cap", month)
    return f"{_pen(act, 'ngay_cap', style.day(day))} tháng {month} năm {day.year}"


def date_line(act: Act) -> str:
    """Markup of place and date."""
    return f"{act.style.tones(act.issuer.place)}, ngày {day_month(act)}"


def _mark(act: Act, sheet: Sheet, flow: Flow) -> None:
    """KHẨN, HỎA TỐC, DỰ THẢO in a frame on the left, below the number."""
    style = act.style
    width = sheet.write(style.tones(style.mark), style.left_x, flow.y + 20, 13, "head_left", bold=True, align="centre")
    x0, x1, y0, y1 = style.left_x - width / 2 - 26, style.left_x + width / 2 + 26, flow.y - 40, flow.y + 44
    for start, end in (((x0, y0), (x1, y0)), ((x0, y1), (x1, y1)), ((x0, y0), (x0, y1)), ((x1, y0), (x1, y1))):
        sheet.rule(*start, *end)
    flow.y += 110


def _shown(act: Act, row: str) -> str:
    case = act.style.title_case
    if case == "capital":
        return row.capitalize()
    if case == "spaced" and len(act.title) == 1 and len(row) < 16:
        return "\u00a0\u00a0\u00a0".join("\u00a0".join(word) for word in row.split())
    return row


def title(act: Act, flow: Flow, about: str = "", *, of: str = "") -> None:
    """Name of the act, whose it is (``of``, in older ones), and its abstract with the short rule below."""
    style = act.style
    flow.skip(8)
    rows = [_shown(act, style.tones(row)) for row in act.title]
    points = style.title_points
    for row in fit(rows, 1700, points, style.family, bold=True):
        flow.centre(row, points=points)
    for row in fit([style.tones(of)], 1500, style.points, style.family, bold=True) if of else ():
        flow.centre(row)
    for row in fit([about], 1500, style.points, style.family, bold=True) if about else ():
        flow.centre(row)
    middle = (flow.left + flow.right) / 2
    if about:
        flow.sheet.rule(middle - 190, flow.y - 36, middle + 190, flow.y - 36)
    flow.skip(14)


def recipients(act: Act, articles: int = 0) -> list[str]:
    """Who receives it, the file at last; ``articles`` is the number of the last article of a decision."""
    lot, issuer = act.lot, act.issuer
    first = f"Như Điều {articles}" if articles else "Như trên"
    others = [
        *issuer.to[:1],
        *issuer.below,
        "Lãnh đạo cơ quan",
        "Cổng thông tin điện tử",
        "Đăng trang thông tin điện tử",
    ]
    chosen = lot.sample(others, min(len(others), lot.randint(1, 4)))
    file = lot.choice((f"Lưu: VT, {issuer.unit}", "Lưu: VT", f"Lưu: VT, {issuer.unit} ({lot.randint(3, 30)}b)"))
    return [f"{one};" for one in (first, *map(act.style.tones, chosen))] + [f"{file}."]


def foot(
    act: Act, flow: Flow, items: Sequence[str] = (), *, place_and_date: bool = False, label: str = "Nơi nhận:"
) -> None:
    """Recipients on the left, titles, seal, signature and name on the right, kept together."""
    style = act.style
    rows = [row for item in items for row in _hung(act, f"- {item}")]
    height = max(660.0, (len(rows) + 1) * style.foot_points * 1.15 * _LINE)
    flow.skip(8)
    if flow.y + height > _LOWEST:
        flow.turn()
    sheet, top = flow.sheet, flow.y
    x = _sign_x(act)
    if place_and_date:
        dated(act, sheet, date_line(act), x, top, "foot_right")
        top += style.points * 1.3 * _LINE
    if items:
        step = style.foot_points * 1.15 * _LINE
        tag = f"<b><i>{label}</i></b>"
        sheet.write(tag, style.left, flow.y, style.foot_points + 1, "foot_left")
        for number, row in enumerate(rows, 1):
            sheet.write(row, style.left, flow.y + number * step + 6, style.foot_points, "foot_left")
    sign(act, sheet, list(act.issuer.titles), act.signer, top, x, rank=act.issuer.rank)
    flow.y = top + height


def _hung(act: Act, item: str) -> list[str]:
    lines = break_lines(item, _FOOT_WIDTH, act.style.foot_points, justify=False, family=act.style.family)
    return [line.printed for line in lines]


def _sign_x(act: Act) -> float:
    widest = max(
        line_of(row, act.style.points, bold=True, family=act.style.family).width for row in (*act.issuer.titles, "A")
    )
    return min(SIGN_X, RIGHT + 10 - widest / 2)


def sign(
    act: Act, sheet: Sheet, titles: Sequence[str], name: str, top: float, x: float, *, rank: str = "", seal: bool = True
) -> float:
    """Titles from the baseline ``top`` on, signature, name; returns the baseline of the name."""
    style = act.style
    below = sheet.centred([style.tones(row) for row in titles], x, top, style.points, "foot_right", bold=True, lead=1.2)
    signed = act.stamped and not act.draft
    if signed and seal:
        sheet.seal(*(style.tones(part) for part in act.issuer.seal), x - style.seal_shift, below + 150)
    if signed:
        sheet.signature(x + 40, below + 190, 540)
    shown = f"{rank} {name}".strip()
    sheet.write(shown, x, below + 370, style.points, "foot_right", bold=True, align="centre")
    return below + 370


def table(act: Act, flow: Flow, header: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]) -> None:
    """A ruled table over the width of the text; cells wrap.

    Args:
        act: gives the style.
        flow: where it goes; it runs over as many sheets as it needs.
        header: titles of the columns.
        rows: texts of the cells.
        shares: widths of the columns as shares of the whole.
    """
    whole = flow.right - flow.left
    points = min(act.style.points, 12.5)
    step = points * 1.2 * _LINE
    edges = [flow.left]
    for share in shares:
        edges.append(edges[-1] + share * whole)
    flow.y -= 20
    for place, row in enumerate((header, *rows)):
        cells = [
            break_lines(
                text, edges[at + 1] - edges[at] - 36, points, bold=place == 0, justify=False, family=act.style.family
            )
            for at, text in enumerate(row)
        ]
        height = max(map(len, cells)) * step + 30
        if flow.y + height > _LOWEST - 60:
            flow.turn()
        top = flow.y
        for at, lines in enumerate(cells):
            for number, line in enumerate(lines):
                centred = place == 0 or at == 0
                x = (edges[at] + edges[at + 1] - line.width) / 2 if centred else edges[at] + 18
                flow.sheet.place(line, x, top + 52 + number * step, "body")
        for edge in edges:
            flow.sheet.rule(edge, top, edge, top + height, 2)
        for level in (top, top + height):
            flow.sheet.rule(edges[0], level, edges[-1], level, 2)
        flow.y = top + height
    flow.y += 110


def centred_head(act: Act, flow: Flow) -> None:
    """The national name and motto in the middle of the page, as on contracts, requests and forms."""
    flow.y = nation(act, flow.sheet, (LEFT + RIGHT) / 2, act.style.head_baseline, "head_right") + 20
