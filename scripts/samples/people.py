"""Invented people, offices and companies whose numbers agree with what the papers say about them."""

from __future__ import annotations

import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import yaml
from stdnum.vn import mst

from pipeline.settings import bundled_folder
from pipeline.vietnamese import fold

_SURNAMES = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Mai Lương Tạ".split()
_MIDDLE = {"Nam": "Văn Hữu Đức Minh Quang Thế Công Xuân Đình".split(), "Nữ": "Thị Ngọc Thu Thanh Mỹ Diệu Kim".split()}
_GIVEN = {
    "Nam": "An Bình Cường Dũng Đạt Giang Hải Hiếu Khánh Long Mạnh Nghĩa Phúc Quân Sơn Thắng Tuấn Việt Vinh".split(),
    "Nữ": "Ánh Bích Chi Dung Hạnh Hằng Hương Huyền Lan Liên Mai Nga Nhung Oanh Phượng Quỳnh Thảo Thủy Yến".split(),
}
_COMMUNES = ("phường Thí Điểm", "xã An Thử", "phường Mẫu Sơn Thử", "xã Giả Định", "phường Thử Nghiệm", "xã Minh Họa")
_STREETS = ("Thử Nghiệm", "Kiểm Thử", "Số Hóa", "Mẫu Giấy", "Giả Lập", "Vẽ Lại")
_CITIES = ("Hà Nội", "Hải Phòng", "Đà Nẵng", "TP. Hồ Chí Minh", "Cần Thơ")
_WIDE_SURNAMES = (*_SURNAMES, *"Lò Vàng Giàng Nông Triệu Thạch Cao Đoàn Trịnh Tô Châu Lâm Tống Ôn Quách".split())
_WIDE_MIDDLE = {
    "Nam": (*_MIDDLE["Nam"], "", "Ngọc", "Thành", "Trọng", "Quốc Bảo", "Nguyễn Hoàng"),
    "Nữ": (*_MIDDLE["Nữ"], "", "Thị Thu", "Thị Hồng", "Phương", "Khánh", "Trần Bảo"),
}
_WIDE_GIVEN = {
    "Nam": (*_GIVEN["Nam"], *"Ân Chương Duy Đăng Hùng Kiên Lộc Nhật Phước Quyết Sáng Thuận Toàn Trường Vượng".split()),
    "Nữ": (*_GIVEN["Nữ"], *"Ái Cẩm Duyên Giang Hiền Hòa Khuyên Lý Mận Ngân Nguyệt Quyên Tuyết Uyên Xuyến".split()),
}
_FEATURES = (
    "Nốt ruồi C:1,5cm trên sau mép trái",
    "Sẹo chấm C:2cm dưới trước đuôi mắt phải",
    "Nốt ruồi C:0,5cm dưới sau cánh mũi trái",
    "Sẹo thẳng C:1cm trên đầu lông mày phải",
)


@cache
def provinces() -> dict[str, str]:
    """Province names by the first three digits of the personal id, as configured."""
    text = (bundled_folder() / "codes.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)["provinces"])


@dataclass(frozen=True, slots=True)
class Place:
    """A commune that does not exist in a province that does."""

    commune: str
    province: str
    district: str = ""
    """The district above it until June 2025: ``huyện An Thử``; empty where the story needs none."""

    @property
    def name(self) -> str:
        """The commune's name without its level: ``Thí Điểm``."""
        return self.commune.split(" ", 1)[1]

    @property
    def region(self) -> str:
        """The province with its level: ``tỉnh Nghệ An``, ``thành phố Hà Nội``."""
        name = self.province.removeprefix("TP. ")
        return f"{'thành phố' if self.province in _CITIES else 'tỉnh'} {name}"

    @property
    def address(self) -> str:
        """Commune and province: ``phường Thí Điểm, tỉnh Nghệ An``."""
        return f"{self.commune}, {self.region}"

    @property
    def old_address(self) -> str:
        """Commune, district and province, as addresses were until June 2025."""
        return ", ".join(part for part in (self.commune, self.district, self.region) if part)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person."""

    name: str
    sex: str
    born: date
    id: str
    old_id: str
    origin: str
    residence: str
    id_issued: date
    features: str

    @property
    def title(self) -> str:
        """``Ông`` or ``Bà``."""
        return "Ông" if self.sex == "Nam" else "Bà"

    @property
    def id_expires(self) -> date:
        """When the identity card ends: the birthday at 25, 40 or 60, the first that is two years after issue."""
        birthdays = (anniversary(self.born, age) for age in (25, 40, 60))
        return next(day for day in birthdays if (day - self.id_issued).days > 730)


@dataclass(frozen=True, slots=True)
class Company:
    """An invented one-member company; ``code`` has a right check digit."""

    name: str
    short: str
    code: str
    address: str
    capital: int
    founded: date


def anniversary(day: date, years: int) -> date:
    """The same day ``years`` later; 29 February becomes 28 February where there is none."""
    day_then = 28 if (day.month, day.day) == (2, 29) else day.day
    return date(day.year + years, day.month, day_then)


def months_after(day: date, months: int) -> date:
    """The same day ``months`` later; the last of the month where there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def personal_id(province: str, sex: str, born: date, serial: int) -> str:
    """The 12-digit id: province of birth, century and sex, year of birth, six more digits.

    Args:
        province: three digits.
        sex: ``Nam`` or ``Nữ``.
        born: from 1900 to 2399; the century gives the fourth digit (0/1 for the 20th century, 2/3 for the 21st …).
        serial: 0 to 999999.
    """
    century = 2 * (born.year // 100 - 19) + (0 if sex == "Nam" else 1)
    return f"{province}{century}{born.year % 100:02d}{serial:06d}"


def tax_code(nine: str) -> str:
    """The 10-digit tax code that begins with ``nine`` digits; empty when they have no check digit (remainder 10)."""
    digit = mst.calc_check_digit(nine)
    return nine + digit if len(digit) == 1 else ""


def in_latin(name: str) -> str:
    """``name`` as machine-readable lines write it: capitals A to Z."""
    return fold(name).upper()


def a_place(chance: random.Random, *, wide: bool = False) -> Place:
    """An invented commune; ``wide``: out of many, in an invented district."""
    if wide:
        first = chance.choice(("An", "Bình", "Tân", "Minh", "Đông", "Xuân", "Phú", "Long", "Hòa", "Yên"))
        last = chance.choice(("Thử", "Mẫu", "Giả", "Minh Họa", "Thử Nghiệm", "Thí Điểm"))
        level, above = chance.choice((("xã", "huyện"), ("phường", "quận"), ("phường", "thị xã"), ("xã", "huyện")))
        district = f"{above} {chance.choice(('Thử', 'Mẫu', 'Giả'))} {chance.choice(('Sơn', 'Giang', 'Lộc', 'Châu'))}"
        return Place(f"{level} {first} {last}", chance.choice(sorted(provinces().values())), district)
    return Place(chance.choice(_COMMUNES), chance.choice(sorted(provinces().values())))


def a_name(chance: random.Random, sex: str, surname: str = "", *, wide: bool = False) -> str:
    """A name of three words; ``wide``: out of more names, of two to four words."""
    if wide:
        middle, given = chance.choice(_WIDE_MIDDLE[sex]), chance.choice(_WIDE_GIVEN[sex])
        return " ".join(f"{surname or chance.choice(_WIDE_SURNAMES)} {middle} {given}".split())
    return f"{surname or chance.choice(_SURNAMES)} {chance.choice(_MIDDLE[sex])} {chance.choice(_GIVEN[sex])}"


def a_day(chance: random.Random, first: date, last: date) -> date:
    """A day from ``first`` to ``last``."""
    return first + timedelta(days=chance.randint(0, (last - first).days))


def a_street(chance: random.Random) -> str:
    """House number and street, neither of which exists."""
    return f"Số {chance.randint(2, 398)}, đường {chance.choice(_STREETS)} {chance.randint(1, 9)}"


def a_person(
    chance: random.Random,
    place: Place,
    sex: str,
    born: date,
    surname: str = "",
    *,
    native: bool = False,
    wide: bool = False,
) -> Person:
    """Somebody who lives in ``place``; the id agrees with province of birth, sex and year of birth.

    ``native``: born in the province of ``place``; otherwise anywhere. ``wide`` as in :func:`a_name`. Whoever was born
    before 1967 has no card that ends: :attr:`Person.id_expires` is for the others.
    """
    codes = sorted(provinces())
    code = chance.choice([one for one in codes if provinces()[one] == place.province] if native else codes)
    home = Place(chance.choice(_COMMUNES), provinces()[code])
    earliest = max(date(2021, 3, 1), anniversary(born, 14))
    return Person(
        name=a_name(chance, sex, surname, wide=wide),
        sex=sex,
        born=born,
        id=personal_id(code, sex, born, chance.randint(1, 999999)),
        old_id=f"{chance.randint(10_000_000, 399_999_999):09d}" if born.year < 2001 else "",
        origin=_upper_first(home.address),
        residence=f"{a_street(chance)}, {place.address}",
        id_issued=a_day(chance, earliest, max(earliest, date(2024, 6, 30))),
        features=chance.choice(_FEATURES),
    )


def a_company(chance: random.Random, place: Place, founded: date) -> Company:
    """A company whose code passes the check digit."""
    code = ""
    while not code:
        code = tax_code(f"{chance.randint(1, 62):02d}{chance.randint(0, 9_999_999):07d}")
    word = chance.choice(("Giả Định", "Thử Nghiệm", "Mẫu Việt", "Minh Họa", "Thí Dụ"))
    trade = chance.choice(("Thương mại", "Dịch vụ", "Xây dựng", "Vận tải", "Nông sản"))
    return Company(
        name=f"CÔNG TY TNHH MỘT THÀNH VIÊN {trade.upper()} {word.upper()}",
        short=f"{in_latin(word)} CO., LTD",
        code=code,
        address=f"{a_street(chance)}, {place.address}, Việt Nam",
        capital=chance.randint(3, 90) * 100_000_000,
        founded=founded,
    )


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]
