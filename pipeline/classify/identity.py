"""Identity numbers: 12-digit personal id, tax code, and the machine-readable zone of cards and passports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from stdnum.vn import mst

from pipeline.vietnamese import fold

_WEIGHTS = (7, 3, 1)
_TO_DIGIT = str.maketrans("OQDILZSBG", "000112586")
_SHORTEST_TERM = 5
"""Years: what is written 05 in the zone is 2005 only if the paper ends at least its shortest term later."""


@dataclass(frozen=True, slots=True)
class PersonalId:
    """What the 12 digits say: province of birth, sex, year of birth (Decree 137/2015, art. 13)."""

    province: str
    sex: str
    year: int


@dataclass(frozen=True, slots=True)
class Mrz:
    """A machine-readable zone whose check digits are right. Dates are ISO 8601, ``sex`` is Nam, Nữ or empty."""

    document: str
    personal_id: str
    birth: str
    sex: str
    expiry: str
    name: str
    """Without marks, in capitals: to compare, never to show as the name."""


def personal_id(number: str) -> PersonalId | None:
    """Read a 12-digit personal id; ``None`` unless it is 12 digits."""
    if not re.fullmatch(r"\d{12}", number):
        return None
    century, sex = divmod(int(number[3]), 2)
    return PersonalId(number[:3], "Nữ" if sex else "Nam", 1900 + 100 * century + int(number[4:6]))


def id_conflicts(number: str, sex: str, birth: str, provinces: Mapping[str, str]) -> tuple[str, ...]:
    """Which of ``province``, ``sex``, ``birth`` on the paper the id contradicts; ``sex`` and ``birth`` may be empty."""
    said = personal_id(number)
    if said is None:
        return ()
    found = []
    if said.province not in provinces:
        found.append("province")
    if sex and fold(sex) != fold(said.sex):
        found.append("sex")
    if re.match(r"\d{4}", birth) and int(birth[:4]) != said.year:
        found.append("birth")
    return tuple(found)


def valid_tax_code(number: str) -> bool:
    """10 digits with check digit, 13 with a branch, or the 12 of a personal id (Circular 86/2024/TT-BTC)."""
    return bool(mst.is_valid(number)) or personal_id(number) is not None


def check_digit(text: str) -> int:
    """ICAO 9303 check digit of ``text``: digits, capitals and ``<``."""
    worth = [0 if char == "<" else int(char, 36) for char in text]
    return sum(value * _WEIGHTS[at % 3] for at, value in enumerate(worth)) % 10


def find_mrz(lines: Sequence[str]) -> Mrz | None:
    """The machine-readable zone among printed ``lines``: three of 30 characters (cards) or two of 44 (passports).

    Only zones whose check digits all agree are returned. Letters where a figure must stand are read as that figure,
    which the check digits then confirm.
    """
    rows = [_clean(line) for line in lines]
    for at in range(len(rows)):
        found = None
        if rows[at].startswith("IDVNM"):
            found = _card(rows[at : at + 3])
        elif rows[at].startswith("P<VNM"):
            found = _passport(rows[at : at + 2])
        if found:
            return found
    return None


def _clean(line: str) -> str:
    return re.sub(r"[^A-Z0-9<]", "", line.upper().replace("«", "<<").replace("‹", "<").replace("≤", "<"))


def _card(rows: Sequence[str]) -> Mrz | None:
    if len(rows) < 3 or not all(25 <= len(row) <= 34 for row in rows):
        return None
    first, second, third = (row[:30].ljust(30, "<") for row in rows)
    first = first[:5] + first[5:15].translate(_TO_DIGIT) + first[15:27].translate(_TO_DIGIT) + first[27:]
    second = _figures(second, ((0, 7), (8, 15), (29, 30)))
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    if not (_agrees(first[5:14], first[14]) and _dates_agree(second) and _agrees(composite, second[29])):
        return None
    owner = first[15:27] if re.fullmatch(r"\d{12}", first[15:27]) else ""
    if owner and owner[3:] != first[5:14]:
        return None
    return _mrz(first[5:14], owner, second, third)


def _passport(rows: Sequence[str]) -> Mrz | None:
    if len(rows) < 2 or not all(40 <= len(row) <= 46 for row in rows):
        return None
    first, second = (row[:44].ljust(44, "<") for row in rows)
    second = _figures(second, ((9, 10), (13, 20), (21, 28), (42, 44)))
    dated = second[13:20] + second[20] + second[21:28]
    composite = second[0:10] + second[13:20] + second[21:43]
    if not (_agrees(second[0:9], second[9]) and _dates_agree(dated) and _agrees(composite, second[43])):
        return None
    owner = second[28:42].strip("<")
    return _mrz(second[0:9].strip("<"), owner if personal_id(owner) else "", dated, first[5:])


def _figures(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + text[start:end].translate(_TO_DIGIT) + text[end:]
    return text


def _agrees(text: str, digit: str) -> bool:
    return digit.isdecimal() and check_digit(text) == int(digit)


def _dates_agree(line: str) -> bool:
    return _agrees(line[0:6], line[6]) and (_agrees(line[8:14], line[14]) or line[8:14] == "999912")


def _mrz(document: str, owner: str, line: str, names: str) -> Mrz | None:
    """``line`` holds birth, check digit, sex, expiry, check digit, as on the second line of a card."""
    permanent = not line[8:14].isdecimal() or line[8:12] == "9912"
    expiry = "" if permanent else _iso(2000 + int(line[8:10]), line[10:14])
    said = personal_id(owner)
    century = said.year // 100 if said else _century(line[0:2], expiry)
    birth = _iso(100 * century + int(line[0:2]), line[2:6])
    name = re.sub(r"\s+", " ", names.replace("<", " ")).strip()
    return Mrz(document, owner, birth, {"M": "Nam", "F": "Nữ"}.get(line[7], ""), expiry, name) if birth else None


def _century(digits: str, expiry: str) -> int:
    return 20 if expiry and 2000 + int(digits) <= int(expiry[:4]) - _SHORTEST_TERM else 19


def _iso(year: int, digits: str) -> str:
    try:
        return date(year, int(digits[:2]), int(digits[2:])).isoformat()
    except ValueError:
        return ""
