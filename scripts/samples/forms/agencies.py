"""Who issues acts: bodies of all levels and kinds, from ``agencies.yaml``, set in invented places."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from samples import people

_FIRST = "An Bình Tân Phú Đông Minh Thanh Vĩnh Hòa Xuân Yên Long Sơn Hải Kim Nam Quảng Đại Cẩm Thạch".split()
_SECOND = "Thử Nghiệm Mẫu Dụ Phỏng Họa".split()
"""Two syllables name a place that does not exist: Vĩnh Nghiệm, Hòa Phỏng."""
_NO_DISTRICTS = 2025
"""Districts were done away with in the middle of this year."""
_OLD_SYMBOLS = 2004
"""Up to this year acts of a committee were marked UB."""
_RARE_NAMES = (
    ("Lò Văn Pản", "Giàng A Sểnh", "Thạch Sa Rương", "Y Blô Êban", "Triệu Tà Phây", "Đinh Khum"),
    ("Hà Thị Ngọc Ánh", "Nguyễn Thị Thanh Huyền", "Lê Hoàng Minh Châu", "Tôn Nữ Diệu Hiền", "Trần Đình Quốc Bảo"),
    ("Phạm Tuấn", "Vũ Hằng", "Đoàn Khuê", "Nghiêm Thúy", "Ngô Quyên", "Lưu Hạnh"),
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A body as its papers name it. Rows, authority, titles and seal are in capitals, the rest as in running text."""

    key: str
    group: str
    superior: tuple[str, ...]
    rows: tuple[str, ...]
    symbol: str
    unit: str
    place: str
    name: str
    short: str
    area: str
    authority: str
    titles: tuple[str, ...]
    rank: str
    seal: tuple[str, str]
    to: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def official(self) -> bool:
        """Whether it is a body of the state (and not a company, a union or the party)."""
        return self.group not in ("company", "union", "party")


@cache
def _told() -> tuple[dict[str, Any], ...]:
    return tuple(yaml.safe_load(Path(__file__).with_name("agencies.yaml").read_text(encoding="utf-8")))


def a_proper_name(lot: random.Random) -> str:
    """A name of a place, a school or a company that does not exist."""
    return f"{lot.choice(_FIRST)} {lot.choice(_SECOND)}"


def a_name(lot: random.Random) -> str:
    """A person's name: of three words as a rule, now and then of two, four or five, or of a smaller people."""
    if lot.random() < 0.12:
        return lot.choice(lot.choice(_RARE_NAMES))
    return people.a_name(lot, lot.choice(("Nam", "Nữ")))


def _names(lot: random.Random) -> dict[str, str]:
    place = people.a_place(lot)
    city = place.region.startswith("thành phố")
    levels = ("quận", "huyện", "thị xã") if city else ("huyện", "huyện", "thị xã", "thành phố")
    commune, district = a_proper_name(lot), a_proper_name(lot)
    province = place.province
    if province.startswith("TP. "):
        province = lot.choice((province, province.replace("TP.", "Thành phố"), province.removeprefix("TP. ")))
    return {
        "province": province,
        "region": place.region,
        "district": f"{lot.choice(levels)} {district}",
        "district_name": district,
        "commune": f"{lot.choice(('xã', 'phường', 'thị trấn'))} {commune}",
        "commune_name": commune,
        "own": a_proper_name(lot),
    }


def _pick(lot: random.Random, ways: Sequence[Sequence[str]], year: int) -> Sequence[str]:
    fitting = [way for way in ways if year < _NO_DISTRICTS or not any("{district" in row for row in way)]
    return lot.choice(fitting or [()])


def an_issuer(lot: random.Random, groups: Sequence[str], year: int, keys: Sequence[str] = ("",)) -> Issuer:
    """Some body that existed in ``year``.

    Args:
        lot: chance.
        groups: it is of one of them; when empty, of any but the highest bodies of the state.
        year: of the paper.
        keys: its key begins with one of them.
    """
    fitting = [
        told
        for told in _told()
        if (told["group"] in groups if groups else told["group"] != "state")
        and told["key"].startswith(tuple(keys))
        and _lives(told.get("years", (0, 9999)), year)
    ]
    told = lot.choice(fitting)
    names = _names(lot)

    def said(text: str) -> str:
        return text.format_map(names)

    def loud(rows: Sequence[str]) -> tuple[str, ...]:
        return tuple(said(row).upper() for row in rows)

    symbol = told["symbol"]
    if symbol == "UBND" and year <= _OLD_SYMBOLS:
        symbol = "UB"
    return Issuer(
        key=told["key"],
        group=told["group"],
        superior=loud(_pick(lot, told["superior"], year)),
        rows=loud(lot.choice(told["rows"])),
        symbol=symbol,
        unit=lot.choice(told["units"]),
        place=said(told["place"]),
        name=said(told["name"]),
        short=said(told["short"]),
        area=said(told["area"]),
        authority=said(told["authority"]).upper(),
        titles=loud(lot.choice(told["signers"])),
        rank=lot.choice(told.get("ranks", [""])),
        seal=(said(told["seal"][0]).upper(), said(told["seal"][1]).upper()),
        to=tuple(map(said, told["to"])),
        below=tuple(map(said, told["below"])),
    )


def _lives(years: Sequence[int], year: int) -> bool:
    return years[0] <= year <= years[1]
