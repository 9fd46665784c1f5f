"""One act of any kind, in words: who issues it, when, what it is about. Nothing here draws."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from samples import chance, people, words
from samples.forms.agencies import Issuer, a_name, an_issuer
from samples.forms.style import Style, style_of

_FIRST_DAY, _LAST_DAY = date(1998, 2, 2), date(2026, 6, 26)
_YEARS_IN_NUMBERS = {"nghi_dinh": 1.0, "thong_tu": 1.0, "luat": 1.0, "hop_dong": 0.6, "nghi_quyet": 0.25}
_URGENT = ("cong_van", "cong_dien", "giay_moi", "thong_bao", "chi_thi", "ke_hoach", "bao_cao", "to_trinh")
_MARKED = {
    "KHẨN": _URGENT,
    "HỎA TỐC": _URGENT,
    "DỰ THẢO": ("quyet_dinh", "nghi_quyet", "nghi_dinh", "thong_tu", "quy_che", "ke_hoach", "de_an", "to_trinh"),
}
"""Types that may bear a mark of urgency, or be drafts."""
_ACT_FIELDS = ("ky_hieu", "dia_danh", "co_quan_chu_quan", "nguoi_ky", "noi_nhan")


@cache
def told(name: str) -> Any:
    """What the YAML file called ``name`` beside this module says."""
    return yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of act, from ``act_types.yaml``."""

    key: str
    titles: tuple[str, ...]
    sign: str
    groups: tuple[str, ...]
    issuers: tuple[str, ...]
    layout: str
    fields: str
    abouts: tuple[str, ...]
    sections: tuple[tuple[str, str], ...]
    addressed: bool
    since: int


@cache
def kinds() -> dict[str, Kind]:
    """All types of acts by key."""
    return {
        key: Kind(
            key,
            tuple(one["title"]),
            one["sign"],
            tuple(one["groups"]),
            tuple(one.get("issuers", ("",))),
            one["layout"],
            one["fields"],
            tuple(one["abouts"]),
            tuple((name, source) for name, source in one.get("sections", ())),
            bool(one.get("addressed")),
            one.get("since", _FIRST_DAY.year),
        )
        for key, one in told("act_types").items()
    }


class _Slots(dict[str, str]):
    """Fills gaps in wordings; numbers and persons differ from gap to gap."""

    def __init__(self, fixed: dict[str, str], lot: random.Random, day: date) -> None:
        super().__init__(fixed)
        self._lot, self._day = lot, day

    def __missing__(self, key: str) -> str:
        lot = self._lot
        later = self._day + timedelta(days=lot.randint(20, 200))
        earlier = self._day - timedelta(days=lot.randint(5, 400))
        made = {
            "n": lambda: str(lot.randint(11, 98)),
            "few": lambda: f"{lot.randint(2, 9):02d}" if lot.random() < 0.5 else str(lot.randint(2, 9)),
            "big": lambda: words.grouped(lot.randint(1010, 58_900)),
            "big_plain": lambda: str(lot.randint(101, 3900)),
            "money": lambda: f"{words.grouped(lot.randint(12, 9_800) * 1_000_000)} đồng",
            "pct": lambda: f"{lot.randint(61, 99)},{lot.randint(0, 9)}%",
            "day": lambda: f"{later.day:02d}/{later.month:02d}/{later.year}",
            "day_long": lambda: words.long(later),
            "earlier": lambda: words.long(earlier),
            "person": lambda: a_name(lot),
        }
        return made[key]()


@dataclass(frozen=True, slots=True)
class Act:
    """An act to be drawn. ``about`` is the abstract as printed, empty where the type has none."""

    kind: Kind
    seed: int
    lot: random.Random
    issuer: Issuer
    style: Style
    topic: dict[str, Any]
    day: date
    number: str
    year_in_number: bool
    suffix: str
    title: tuple[str, ...]
    about: str
    signer: str
    stamped: bool
    place: people.Place
    slots: _Slots = field(repr=False)

    @property
    def draft(self) -> bool:
        """Whether it is a draft, without number, day and signature."""
        return self.style.mark == "DỰ THẢO"

    @property
    def symbol(self) -> str:
        """What follows the number: ``/QĐ-UBND``, ``/2024/QĐ-UBND``, ``-QĐ/TU``."""
        return f"/{self.day.year}{self.suffix}" if self.year_in_number else self.suffix

    @property
    def notation(self) -> str:
        """Number and symbol; empty on a draft."""
        return "" if self.draft else f"{self.number}{self.symbol}"

    @property
    def code(self) -> str:
        """The symbol without what joins it to the number."""
        return self.style.tones(self.suffix.lstrip("/-"))

    def say(self, wording: str) -> str:
        """``wording`` with its gaps filled, spelled as this paper spells."""
        return self.style.tones(wording.format_map(self.slots))

    def some(self, source: str, most: int = 9, least: int = 1) -> list[str]:
        """Sentences of ``source``: a list of the topic's or of the common wordings."""
        pool = list(self.topic.get(source) or told("wording")[source])
        count = min(len(pool), self.lot.randint(least, most)) if least < most else min(most, len(pool))
        chosen = sorted(self.lot.sample(range(len(pool)), count))
        return [self.say(pool[number]) for number in chosen]

    def one(self, source: str) -> str:
        """A sentence of the common wordings."""
        return self.say(self.lot.choice(told("wording")[source]))

    def fields(self, recipients: Iterable[str] = (), **others: str) -> dict[str, str]:
        """The fields of an act as its head, title and foot say them, with ``others`` in place or besides."""
        found = {
            "ten_giay_to": " ".join(self.title),
            "so_ky_hieu": self.notation,
            "ngay_cap": "" if self.draft else self.day.isoformat(),
            "co_quan_cap": " ".join(self.issuer.rows),
            "trich_yeu": self.about,
            "ky_hieu": self.code,
            "dia_danh": self.issuer.place,
            "co_quan_chu_quan": " ".join(self.issuer.superior),
            "nguoi_ky": self.signer,
            "noi_nhan": "; ".join(item.rstrip(".;, ") for item in recipients),
        }
        kept = {"act": _ACT_FIELDS, "signer": ("nguoi_ky",), "none": ()}[self.kind.fields]
        legal = {key: value for key, value in found.items() if key not in _ACT_FIELDS or key in kept}
        return {key: self.style.tones(value) for key, value in (legal | others).items()}


def make_act(key: str, seed: int, by_hand: bool | None = None) -> Act:
    """Think of an act of type ``key``.

    Args:
        key: one of :func:`kinds`.
        seed: which one; the same seed gives the same act.
        by_hand: True: number and day by hand; False: all in print, and no seal and no signature, as on a paper that
            never was on paper; None: three of four by hand, all sealed and signed.
    """
    kind = kinds()[key]
    lot = chance.words(seed, "act", key)
    day = people.a_day(lot, _FIRST_DAY.replace(year=kind.since), _LAST_DAY)
    issuer = an_issuer(lot, kind.groups, day.year, kind.issuers)
    style = style_of(lot, day.year, by_hand)
    if style.mark and key not in _MARKED[style.mark]:
        style = replace(style, mark="")
    topic = lot.choice(topics_of(issuer))
    slots = _Slots(_fixed(issuer, day), lot, day)
    for part in ("do", "what"):
        slots[part] = topic[part].format_map(slots)
    slots["Do"], slots["What"] = (
        slots["do"][:1].upper() + slots["do"][1:],
        slots["what"][:1].upper() + slots["what"][1:],
    )
    year_in_number = lot.random() < _YEARS_IN_NUMBERS.get(key, 0.55 if day.year < 2005 else 0.08)
    number = lot.choice((lot.randint(1, 60), lot.randint(10, 980), lot.randint(100, 4900)))
    padded = f"{number:02d}" if style.padded_number else str(number)
    about = lot.choice(kind.abouts).format_map(slots) if kind.abouts else ""
    suffix = _suffix(kind, issuer, lot)
    return Act(
        kind=kind,
        seed=seed,
        lot=lot,
        issuer=issuer,
        style=style,
        topic=topic,
        day=day,
        number=padded,
        year_in_number=year_in_number and suffix.startswith("/"),
        suffix=suffix,
        title=tuple(row for row in _title(kind, issuer, lot).split("|") if row),
        about=_as_then(style.tones(about), day.year, lot),
        signer=a_name(lot),
        stamped=by_hand is not False,
        place=people.a_place(lot),
        slots=slots,
    )


def topics_of(issuer: Issuer) -> list[dict[str, Any]]:
    """What ``issuer`` may write about."""
    return [one for one in told("topics") if issuer.group in one.get("groups", [issuer.group])]


def _title(kind: Kind, issuer: Issuer, lot: random.Random) -> str:
    if kind.key == "thong_tu":
        return kind.titles[1 if issuer.group == "joint" else 0]
    return lot.choice(kind.titles)


def _as_then(about: str, year: int, lot: random.Random) -> str:
    """Older acts wrote ``V/v`` where newer ones write it out."""
    return about.replace("Về việc", "V/v", 1) if year < 2012 and lot.random() < 0.4 else about


def _suffix(kind: Kind, issuer: Issuer, lot: random.Random) -> str:
    if kind.key == "cong_van":
        return f"/{issuer.symbol}-{issuer.unit}" if issuer.group != "party" else f"-CV/{issuer.symbol}"
    if not kind.sign:
        return ""
    if issuer.group == "party":
        return f"-{kind.sign}/{issuer.symbol}"
    if issuer.group == "joint" and kind.key == "thong_tu":
        return f"/TTLT-{issuer.symbol}"
    tail = f"-{issuer.unit}" if issuer.group in ("office", "company") and lot.random() < 0.12 else ""
    return f"/{kind.sign}-{issuer.symbol}{tail}"


def _fixed(issuer: Issuer, day: date) -> dict[str, str]:
    return {
        "name": issuer.name,
        "short": issuer.short,
        "area": issuer.area,
        "upper": issuer.symbol,
        "unit": issuer.unit,
        "year": str(day.year),
        "next": str(day.year + 1),
        "last": str(day.year - 1),
        "later": str(day.year + 4),
        "month": str(day.month),
    }


def plain(markup: str) -> str:
    """``markup`` without its marks."""
    return re.sub(r"</?[bih](?: [a-z_]*)?>", "", markup)
