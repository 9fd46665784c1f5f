"""What several papers share: the national heading, the signature, QR codes."""

from __future__ import annotations

import numpy as np
import zxingcpp
from PIL import Image

from samples.people import Place
from samples.sheet import LEFT, RIGHT, Sheet

HEAD_LEFT, HEAD_RIGHT = 700, 1665
"""Verticals around which the two columns of the head stand."""
SIGN_X = 1760
"""Vertical around which the signature stands."""


def national_heading(sheet: Sheet, x: float, baseline: float, zone: str, *, points: float = 13) -> float:
    """The national name and motto around ``x``, with the rule below; returns the baseline for what follows."""
    sheet.write("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", x, baseline, points - 0.5, zone, bold=True, align="centre")
    baseline += points * 1.25 * 300 / 72
    width = sheet.write("Độc lập - Tự do - Hạnh phúc", x, baseline, points + 0.5, zone, bold=True, align="centre")
    sheet.rule(x - width / 2, baseline + 22, x + width / 2, baseline + 22)
    return baseline + 90


def agency_heading(sheet: Sheet, superior: list[str], agency: list[str], baseline: float) -> float:
    """The issuing body on the left below its superior, a short rule below; returns the baseline for what follows."""
    baseline = sheet.centred(superior, HEAD_LEFT, baseline, 12.5, "head_left", lead=1.25)
    baseline = sheet.centred(agency, HEAD_LEFT, baseline, 12.5, "head_left", bold=True, lead=1.25)
    sheet.rule(HEAD_LEFT - 120, baseline - 38, HEAD_LEFT + 120, baseline - 38)
    return baseline + 36


def number_and_date(sheet: Sheet, symbol: str, number: int, place: str, date_line: str, baseline: float) -> None:
    """``Số: 12/QĐ-UBND`` on the left, place and date on the right."""
    sheet.write(f"Số: <h so_ky_hieu>{number:02d}</h>{symbol}", HEAD_LEFT, baseline, 13, "head_left", align="centre")
    sheet.write(f"{place}, ngày {date_line}", HEAD_RIGHT, baseline, 13, "head_right", italic=True, align="centre")


def signature_block(
    sheet: Sheet, titles: list[str], name: str, baseline: float, seal: tuple[str, str] | None, *, x: float = SIGN_X
) -> float:
    """Titles, room for the signature, the name; the seal lies over title and signature, a third to their left."""
    below = sheet.centred(titles, x, baseline, 14, "foot_right", bold=True)
    middle = below + 160
    sheet.write(name, x, below + 370, 14, "foot_right", bold=True, align="centre")
    if seal and sheet.by_hand:
        sheet.seal(*seal, x - 190, middle - 10)
    if sheet.by_hand:
        sheet.signature(x + 40, middle + 30, 560)
    return below + 420


def commune_seal(place: Place) -> tuple[str, str]:
    """Texts of the seal of a commune's People's Committee: around, and below."""
    return f"ỦY BAN NHÂN DÂN {place.commune.upper()}", place.region.upper().replace("THÀNH PHỐ", "TP.")


def qr_code(text: str, module: int) -> Image.Image:
    """A QR code with ``module`` pixels a module and the quiet zone that the standard asks for."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    pixels = np.array(zxingcpp.write_barcode_to_image(code, scale=module, add_quiet_zones=False))
    return Image.fromarray(np.pad(pixels, 4 * module, constant_values=255)).convert("RGB")


def labelled(label: str, value: str, *, bold: bool = False) -> str:
    """Markup of a label with its value."""
    return f"{label}: <b>{value}</b>" if bold else f"{label}: {value}"


MIDDLE = (LEFT + RIGHT) / 2
"""Vertical in the middle between the margins."""
