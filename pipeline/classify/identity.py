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

    Only zones whose check digits all agree are returned. Letters where a figure must stand are read as that figure, and
    a wrong number of fillers is put right; the check digits then confirm it.
    """
    rows = [_clean(line) for line in lines]
    for at, row in enumerate(rows):
        below = rows[at + 1] if at + 1 < len(rows) else ""
        found = None
        if row[1:5] == "DVNM":
            found = _card(row, below, rows[at + 2] if at + 2 < len(rows) else "")
        elif row[2:5] == "VNM" and row[0] == "P":
            found = _passport(row, below)
        if found:
            return found
    return None


def _clean(line: str) -> str:
    return re.sub(r"[^A-Z0-9<]", "", line.upper().replace("«", "<<").replace("‹", "<").replace("≤", "<"))


_CARD_FIRST = re.compile(r"^.DVNM(.{9})(.)(.{12})[<KCE]{0,4}(.)[<KCE]?$")
_CARD_SECOND = re.compile(r"^(.{6})(.)([MF<])(.{6})(.)VNM[<KCE]*(.)$")
_PASSPORT_SECOND = re.compile(r"^(.{9})(.)VNM(.{6})(.)([MF<])(.{6})(.)([0-9A-Z]{9,12}?|)[<KCE]*(.)(.)$")


def _card(first: str, second: str, names: str) -> Mrz | None:
    """Lines of a card, as Circular 06/2021/TT-BCA prints them: number with check digit, personal id, two fillers."""
    one, two = _CARD_FIRST.match(first), _CARD_SECOND.match(second)
    if one is None or two is None:
        return None
    number, number_digit, owner, line_digit = (part.translate(_TO_DIGIT) for part in one.groups())
    birth, birth_digit, _, expiry, expiry_digit, last = (part.translate(_TO_DIGIT) for part in two.groups())
    dated = birth + birth_digit + two[3] + expiry + expiry_digit
    composite = number + number_digit + owner + "<<" + line_digit + birth + birth_digit + expiry + expiry_digit
    if not (_agrees(number, number_digit) and _dates_agree(dated) and _agrees(composite + "<" * 11, last)):
        return None
    if not owner.isdecimal() or owner[3:] != number:
        return None
    return _mrz(number, owner, dated, names)


def _passport(first: str, second: str) -> Mrz | None:
    two = _PASSPORT_SECOND.match(second)
    if two is None:
        return None
    number, sex = two[1][0] + two[1][1:].translate(_TO_DIGIT), two[5]
    digit, birth, birth_digit, expiry, expiry_digit, owner, owner_digit, last = (
        two[at].translate(_TO_DIGIT) for at in (2, 3, 4, 6, 7, 8, 9, 10)
    )
    dated = birth + birth_digit + sex + expiry + expiry_digit
    personal = owner.ljust(14, "<") + owner_digit
    composite = number + digit + birth + birth_digit + expiry + expiry_digit + personal
    if not (_agrees(number, digit) and _dates_agree(dated) and _agrees(composite, last)):
        return None
    return _mrz(number.strip("<"), owner if personal_id(owner) else "", dated, first[5:])


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
