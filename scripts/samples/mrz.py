"""Machine-readable lines of ICAO Doc 9303: identity cards (part 5, TD1) and passports (part 4, TD3)."""

from __future__ import annotations

from datetime import date

from samples.people import in_latin


def check_digit(text: str) -> str:
    """The check digit of Doc 9303: weights 7, 3, 1; letters count from 10, the filler 0."""
    values = (0 if letter == "<" else int(letter, 36) for letter in text)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def card_lines(number: str, born: date, sex: str, expires: date, name: str) -> tuple[str, str, str]:
    """The lines of a Vietnamese card.

    Args:
        number: the 12-digit personal id. Its last nine digits are the document number, all twelve the optional data.
        born: date of birth.
        sex: ``Nam`` or ``Nữ``.
        expires: date of expiry.
        name: surname first.
    """
    short, optional = number[-9:], f"{number}<<"
    first = f"IDVNM{short}{check_digit(short)}{optional}{check_digit(optional)}"
    birth, end = f"{born:%y%m%d}", f"{expires:%y%m%d}"
    second = f"{birth}{check_digit(birth)}{'M' if sex == 'Nam' else 'F'}{end}{check_digit(end)}VNM".ljust(29, "<")
    whole = check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    surname, *given = in_latin(name).split()
    return first, second + whole, f"{surname}<<{'<'.join(given)}"[:30].ljust(30, "<")


def passport_lines(number: str, born: date, sex: str, expires: date, name: str, personal: str) -> tuple[str, str]:
    """The two lines of 44 of a Vietnamese passport.

    Args:
        number: passport number: a letter and seven or eight digits.
        born: date of birth.
        sex: ``Nam`` or ``Nữ``.
        expires: date of expiry.
        name: surname first.
        personal: the 12-digit personal id, the optional data of the second line.
    """
    surname, *given = in_latin(name).split()
    first = f"P<VNM{surname}<<{'<'.join(given)}"[:44].ljust(44, "<")
    short, optional = number.ljust(9, "<"), personal.ljust(14, "<")
    birth, end = f"{born:%y%m%d}", f"{expires:%y%m%d}"
    numbered = f"{short}{check_digit(short)}"
    dates = f"{birth}{check_digit(birth)}", f"{end}{check_digit(end)}"
    coded = f"{optional}{check_digit(optional)}"
    whole = check_digit(numbered + dates[0] + dates[1] + coded)
    return first, f"{numbered}VNM{dates[0]}{'M' if sex == 'Nam' else 'F'}{dates[1]}{coded}{whole}"
