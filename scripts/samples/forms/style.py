"""How a paper looks: typeface, sizes, margins, spelling and habits of the office and the year it comes from."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from samples import words
from samples.sheet import LEFT, RIGHT
from samples.typeset import SANS, SERIF, TERMES, TYPEWRITER, Family, line_of

_MODERN = 2005
"""From about this year offices wrote on computers with one family of letters."""
_DECREE = 2020
"""From this year Decree 30/2020/NĐ-CP rules the layout."""
_WIDEST_NATION = 1300
"""Pixels that the national name may take."""


@dataclass(frozen=True, slots=True)
class Style:
    """Lengths in pixels at 300 dpi, sizes in points; ``x`` are verticals around which a column stands."""

    family: Family
    points: float
    lead: float
    after: float
    left: float
    right: float
    indent: float
    head_points: float
    head_baseline: float
    left_x: float
    left_width: float
    right_x: float
    agency_rule: float
    nation: str
    motto: str
    old_tones: bool
    numbering: str
    number_label: str
    padded_number: bool
    padded_day: bool
    padded_month: bool
    by_hand: bool
    month_by_hand: bool
    title_points: float
    title_case: str
    foot_points: float
    closing: str
    seal_shift: float
    mark: str

    def tones(self, text: str) -> str:
        """``text`` spelled as in this paper: HOÀ and UỶ in older ones, HÒA and ỦY in newer ones."""
        if not self.old_tones:
            return text
        for new, old in (
            ("ÒA", "OÀ"),
            ("òa", "oà"),
            ("ÓA", "OÁ"),
            ("óa", "oá"),
            ("ỦY", "UỶ"),
            ("ủy", "uỷ"),
            ("Ủy", "Uỷ"),
        ):
            text = text.replace(new, old)
        return text

    def day(self, day: date) -> str:
        """Number of the day as this office writes it."""
        return words.day_number(day) if self.padded_day else str(day.day)

    def month(self, day: date) -> str:
        """Number of the month as this office writes it."""
        return f"{day.month:02d}" if self.padded_month else words.month_number(day)


def style_of(lot: random.Random, year: int, by_hand: bool | None) -> Style:
    """Some style that fits ``year``; ``by_hand`` None: the pen wrote number and day on three papers of four."""
    family = _family(lot, year)
    typed = family is TYPEWRITER
    head_points = _head_points(family, lot.choice((12.0, 12.5, 13.0) if year >= _MODERN else (12.0, 13.0)))
    left = LEFT + lot.choice((-59, 0, 0, 0, 30))
    right = RIGHT + lot.choice((-59, 0, 0, 0))
    old_tones = lot.random() < (0.6 if year < 2015 else 0.2)
    nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    half = line_of(nation, head_points - 0.5, bold=True, family=family).width / 2
    right_x = RIGHT + 15 - half
    limit = right_x - half - lot.randint(50, 90)
    start = 240
    modern = year >= _DECREE
    return Style(
        family=family,
        points=12.0 if typed else lot.choice((13.0, 13.5, 14.0, 14.0)),
        lead=lot.choice((1.15, 1.22, 1.3, 1.4)),
        after=lot.choice((3.0, 6.0, 6.0)),
        left=left,
        right=right,
        indent=lot.choice((118, 150, 150, 177)),
        head_points=head_points,
        head_baseline=lot.randint(290, 360),
        left_x=(start + limit) / 2,
        left_width=limit - start,
        right_x=right_x,
        agency_rule=lot.choice((0.33, 0.4, 0.5)),
        nation=nation,
        motto=lot.choice(("Độc lập - Tự do - Hạnh phúc",) * 4 + ("Độc lập – Tự do – Hạnh phúc",)),
        old_tones=old_tones,
        numbering=lot.choice(("top",) * 6 + (("",) if modern else ("", "foot", "foot_right", "top_right"))),
        number_label=lot.choice(("Số:",) * 5 + ("Số :",)),
        padded_number=modern or lot.random() < 0.5,
        padded_day=modern or lot.random() < 0.6,
        padded_month=not modern and lot.random() < 0.4,
        by_hand=lot.random() < 0.75 if by_hand is None else by_hand,
        month_by_hand=lot.random() < 0.15,
        title_points=lot.choice((14.0, 14.0, 15.0, 16.0)) - (1.5 if typed else 0.0),
        title_case=_title_case(lot, year),
        foot_points=lot.choice((11.0, 11.0, 12.0)) - (1.5 if typed else 0.0),
        closing=lot.choice(("./.", "./.", ".")),
        seal_shift=lot.randint(120, 230),
        mark=lot.choice(("",) * 20 + ("KHẨN", "HỎA TỐC", "DỰ THẢO")),
    )


def _family(lot: random.Random, year: int) -> Family:
    chance = lot.random()
    if year < 2001 and chance < 0.35:
        return TYPEWRITER
    if year < 2012 and chance < 0.5:
        return SANS if chance > 0.42 else TERMES
    return TERMES if chance > 0.8 else SERIF


def _head_points(family: Family, points: float) -> float:
    """The size nearest to ``points`` at which the national name leaves room for the agency beside it."""
    nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    while line_of(nation, points - 0.5, bold=True, family=family).width > _WIDEST_NATION:
        points -= 0.5
    return points


def _title_case(lot: random.Random, year: int) -> str:
    """``upper`` as decreed; up to about 2004 also ``capital`` (Quyết định) and ``spaced`` (Q U Y Ế T Đ Ị N H)."""
    if year >= _MODERN:
        return "upper"
    return lot.choice(("upper",) * 5 + ("capital", "spaced"))
