"""Numbers and dates as Vietnamese papers write them."""

from __future__ import annotations

from datetime import date

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", "nghìn", "triệu", "tỷ")


def _below_thousand(value: int, leading: bool) -> list[str]:
    hundreds, tens, units = value // 100, value // 10 % 10, value % 10
    said = [_DIGITS[hundreds], "trăm"] if hundreds or not leading else []
    if tens > 1:
        said += [_DIGITS[tens], "mươi"]
    elif tens == 1:
        said.append("mười")
    elif units and said:
        said.append("linh")
    if units == 1 and tens > 1:
        said.append("mốt")
    elif units == 5 and tens:
        said.append("lăm")
    elif units:
        said.append(_DIGITS[units])
    return said


def in_words(value: int) -> str:
    """``value`` (0 to below 10¹²) in words: ``in_words(125)`` is ``một trăm hai mươi lăm``."""
    if value == 0:
        return _DIGITS[0]
    groups = [value // 1000**power % 1000 for power in range(4)]
    said: list[str] = []
    for power in (3, 2, 1, 0):
        if groups[power]:
            said += [*_below_thousand(groups[power], leading=not said), _GROUPS[power]]
    return " ".join(word for word in said if word)


def grouped(value: int) -> str:
    """``value`` with points between thousands: ``1.500.000``."""
    return f"{value:,}".replace(",", ".")


def day_number(day: date) -> str:
    """Day of the month, two digits below 10 (Decree 30/2020)."""
    return f"{day.day:02d}"


def month_number(day: date) -> str:
    """Month, two digits for 1 and 2 only (Decree 30/2020)."""
    return f"{day.month:02d}" if day.month < 3 else str(day.month)


def short(day: date) -> str:
    """``05/03/2025``."""
    return f"{day:%d/%m/%Y}"


def long(day: date) -> str:
    """``05 tháng 3 năm 2025``."""
    return f"{day_number(day)} tháng {month_number(day)} năm {day.year}"


def spelled(day: date) -> str:
    """The date in words, as on birth certificates."""
    head = "mùng " if day.day <= 10 else ""
    month = {1: "một", 4: "tư"}.get(day.month, in_words(day.month))
    return f"Ngày {head}{in_words(day.day)}, tháng {month}, năm {in_words(day.year)}"
