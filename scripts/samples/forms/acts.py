"""Administrative acts in the layout of Decree 30/2020/NĐ-CP, Appendix I: decision, letter, submission, announcement.

Below seed 1000 they belong to the story of their dossier; from there on any body of the country issues them, in any of
the habits of :mod:`samples.forms.varied`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from samples import chance, people, words
from samples.forms import texts
from samples.forms.common import (
    HEAD_LEFT,
    HEAD_RIGHT,
    MIDDLE,
    agency_heading,
    commune_seal,
    national_heading,
    number_and_date,
    signature_block,
)
from samples.forms.varied import VARIED_FROM, draw_act
from samples.paper import Paper, paper_of
from samples.sheet import LEFT, Flow, Sheet
from samples.story import Story
from samples.typeset import break_lines, line_of

_HEAD_BASELINE = 330
_SIGN_HEIGHT = 640


@dataclass(frozen=True, slots=True)
class Head:
    """Who issues an act, and its number and date."""

    superior: tuple[str, ...]
    agency: tuple[str, ...]
    symbol: str
    number: int
    day: date
    place: str

    @property
    def notation(self) -> str:
        """Number and symbol: ``15/QĐ-UBND``."""
        return f"{self.number:02d}{self.symbol}"

    def fields(self) -> dict[str, str]:
        """The fields that the head holds."""
        return {
            "so_ky_hieu": self.notation,
            "ngay_cap": self.day.isoformat(),
            "co_quan_cap": " ".join(self.agency),
            "ky_hieu": self.symbol.removeprefix("/"),
            "dia_danh": self.place,
            "co_quan_chu_quan": " ".join(self.superior),
        }


def _committee(story: Story, lot: random.Random, symbol: str) -> Head:
    commune = story.place.commune.upper()
    day = story.received - timedelta(days=lot.randint(8, 60))
    return Head((), ("ỦY BAN NHÂN DÂN", commune), symbol, lot.randint(2, 980), day, story.place.name)


def _division(story: Story, lot: random.Random, symbol: str) -> Head:
    day = story.received - timedelta(days=lot.randint(8, 60))
    superior = (f"UBND {story.place.commune.upper()}",)
    return Head(superior, ("PHÒNG VĂN HÓA - XÃ HỘI",), symbol, lot.randint(2, 300), day, story.place.name)


def _sheets(story: Story, kind: str, *, by_hand: bool = True) -> Flow:
    """A flow of sheets in one hand: the same pen on all pages."""
    count = iter(range(1, 100))
    return Flow(lambda: story.sheet(kind, next(count), by_hand=by_hand))


def _head(sheet: Sheet, head: Head, about: str = "") -> float:
    """The two columns of the head; ``about`` is the abstract of a letter. Returns the baseline below both."""
    left = agency_heading(sheet, list(head.superior), list(head.agency), _HEAD_BASELINE)
    right = national_heading(sheet, HEAD_RIGHT, _HEAD_BASELINE, "head_right")
    level = max(left, right)
    day = f"<h ngay_cap>{words.day_number(head.day)}</h>"
    date_line = f"{day} tháng {words.month_number(head.day)} năm {head.day.year}"
    number_and_date(sheet, head.symbol, head.number, head.place, date_line, level)
    level += 66
    for line in break_lines(about, 620, 12.5, justify=False):
        sheet.place(line, HEAD_LEFT - line.width / 2, level, "head_left")
        level += 60
    return level + 40


def _title(flow: Flow, title: str, about: str) -> None:
    """Name of the act and its abstract, with the short rule below."""
    flow.skip(10)
    flow.centre(title)
    whole = line_of(about, 14, bold=True).width
    even = 1.06 * whole / -(-whole // 1500)
    for line in break_lines(about, even, 14, bold=True, justify=False):
        flow.sheet.place(line, MIDDLE - line.width / 2, flow.y, "title")
        flow.skip(14 * 1.22)
    flow.sheet.rule(MIDDLE - 200, flow.y - 42, MIDDLE + 200, flow.y - 42)
    flow.skip(16)


def _close(flow: Flow, recipients: list[str], titles: list[str], name: str, seal: tuple[str, str]) -> None:
    """Recipients on the left, signature and seal on the right, kept together."""
    flow.skip(6)
    flow.room(_SIGN_HEIGHT)
    sheet, top = flow.sheet, flow.y
    sheet.write("<b><i>Nơi nhận:</i></b>", LEFT, top, 12, "foot_left")
    for number, recipient in enumerate(recipients, 1):
        sheet.write(f"- {recipient}", LEFT, top + number * 53, 11, "foot_left")
    signature_block(sheet, titles, name, top, seal)


def _finish(kind: str, flow: Flow, head: Head, about: str, signer: str, title: str = "") -> Paper:
    fields = {"ten_giay_to": title, "trich_yeu": about, "nguoi_ky": signer, **head.fields()}
    return paper_of(kind, flow.sheets, fields)


def decision(story: Story) -> Paper:
    """Quyết định of a commune's chairman, two pages."""
    if story.seed >= VARIED_FROM:
        return draw_act("quyet_dinh", story.seed)
    lot = chance.words(story.seed, "quyet_dinh")
    head = _committee(story, lot, "/QĐ-UBND")
    subject = lot.choice(texts.DECISIONS)
    about = subject.about.format(place=story.place.commune)
    flow = _sheets(story, "quyet_dinh")
    flow.y = _head(flow.sheet, head)
    _title(flow, "QUYẾT ĐỊNH", about)
    flow.centre(f"CHỦ TỊCH ỦY BAN NHÂN DÂN {story.place.commune.upper()}", zone="body")
    flow.skip(8)
    before = head.day - timedelta(days=lot.randint(2, 7))
    for ground in texts.grounds(lot, before):
        flow.paragraph(ground, italic=True)
    flow.skip(4)
    flow.centre("QUYẾT ĐỊNH:", zone="body")
    flow.skip(6)
    for number, article in enumerate((*subject.articles, texts.CLOSING_ARTICLE), 1):
        for place, part in enumerate(article):
            said = part.format(place=story.place.commune, clerk=story.clerk, year=head.day.year)
            flow.paragraph(f"<b>Điều {number}.</b> {said}" if place == 0 else said)
    recipients = ["Như Điều 4;", f"UBND {story.place.region};", "Đảng ủy, HĐND phường, xã;", "Lưu: VT, VHXH."]
    _close(flow, recipients, ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"], story.deputy, commune_seal(story.place))
    return _finish("quyet_dinh", flow, head, about, story.deputy, "QUYẾT ĐỊNH")


def letter(story: Story, *, by_hand: bool = True) -> Paper:
    """Công văn of a commune's People's Committee, one page. ``by_hand=False``: number, day and name in print."""
    if story.seed >= VARIED_FROM:
        return draw_act("cong_van", story.seed, by_hand=None if by_hand else False)
    lot = chance.words(story.seed, "cong_van")
    head = _committee(story, lot, "/UBND-VHXH")
    subject = lot.choice(texts.LETTERS)
    flow = _sheets(story, "cong_van", by_hand=by_hand)
    flow.y = _head(flow.sheet, head, subject.about)
    flow.skip(12)
    flow.sheet.write("Kính gửi:", 740, flow.y, 14, "body")
    receivers = [f"Các phòng, ban thuộc UBND {story.place.commune};", "Trưởng các thôn, tổ dân phố."]
    for receiver in receivers:
        flow.sheet.write(f"- {receiver}", 1010, flow.y, 14, "body")
        flow.skip(17)
    flow.skip(14)
    for part in subject.parts:
        flow.paragraph(part.format(place=story.place.commune, clerk=story.clerk, year=head.day.year))
    recipients = ["Như trên;", "Chủ tịch, các PCT UBND;", "Cổng thông tin điện tử;", "Lưu: VT."]
    _close(flow, recipients, ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"], story.chairman, commune_seal(story.place))
    return _finish("cong_van", flow, head, subject.about, story.chairman)


def submission(story: Story) -> Paper:
    """Tờ trình of a division to its committee, one page."""
    if story.seed >= VARIED_FROM:
        return draw_act("to_trinh", story.seed)
    lot = chance.words(story.seed, "to_trinh")
    head = _division(story, lot, "/TTr-VHXH")
    subject = lot.choice(texts.SUBMISSIONS)
    flow = _sheets(story, "to_trinh")
    flow.y = _head(flow.sheet, head)
    _title(flow, "TỜ TRÌNH", subject.about)
    flow.sheet.write(f"Kính gửi: Ủy ban nhân dân {story.place.commune}", MIDDLE, flow.y, 14, "body", align="centre")
    flow.skip(30)
    for part in subject.parts:
        flow.paragraph(part.format(place=story.place.commune, clerk=story.clerk, year=head.day.year))
    seal = (f"PHÒNG VĂN HÓA - XÃ HỘI {story.place.commune.upper()}", commune_seal(story.place)[1])
    _close(flow, ["Như trên;", "Lưu: VHXH."], ["TRƯỞNG PHÒNG"], story.clerk, seal)
    return _finish("to_trinh", flow, head, subject.about, story.clerk, "TỜ TRÌNH")


def announcement(story: Story, *, by_hand: bool = True) -> Paper:
    """Thông báo of a commune's People's Committee, one page."""
    if story.seed >= VARIED_FROM:
        return draw_act("thong_bao", story.seed, by_hand=None if by_hand else False)
    lot = chance.words(story.seed, "thong_bao")
    head = _committee(story, lot, "/TB-UBND")
    subject = lot.choice(texts.ANNOUNCEMENTS)
    flow = _sheets(story, "thong_bao", by_hand=by_hand)
    flow.y = _head(flow.sheet, head)
    _title(flow, "THÔNG BÁO", subject.about)
    for part in subject.parts:
        flow.paragraph(part.format(place=story.place.commune, clerk=story.clerk, year=head.day.year))
    recipients = ["Các thôn, tổ dân phố;", "Đài truyền thanh;", "Lưu: VT."]
    titles = ["TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"]
    signer = people.a_name(lot, "Nam")
    _close(flow, recipients, titles, signer, commune_seal(story.place))
    return _finish("thong_bao", flow, head, subject.about, signer, "THÔNG BÁO")
