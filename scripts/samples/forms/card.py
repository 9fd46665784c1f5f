"""The citizen identity card, both sides on one sheet as a counter scans it."""

from __future__ import annotations

from datetime import date

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from samples import words
from samples.fonts import Face, width_of
from samples.forms.common import qr_code
from samples.mrz import card_lines
from samples.paper import Paper, paper_of
from samples.people import Person
from samples.sheet import Colour, Sheet, mm
from samples.story import Story

_SIDE = (1011, 638)
"""85.6 × 54 mm at 300 dpi."""
_FRONT = (735, 620)
_BACK = (735, 1480)
_RED: Colour = (176, 28, 44)
_INK: Colour = (30, 34, 46)
_DIRECTOR = "Lê Thử Nghiệm"


def _ground(rng: np.random.Generator, warm: bool) -> Image.Image:
    """The card's ground: pale blue-green running into rose, with fine waves."""
    width, height = _SIDE
    x = np.linspace(0, 1, width)[None, :]
    y = np.linspace(0, 1, height)[:, None]
    phase = rng.uniform(0, 6)
    waves = 3.0 * np.sin(90 * (y + 0.05 * np.sin(7 * x + phase))) * np.sin(5 * x)
    ends = ((226, 240, 238), (247, 236, 226)) if warm else ((228, 238, 246), (240, 240, 228))
    bands = [a + (b - a) * (0.6 * x + 0.4 * y) + waves for a, b in zip(*ends, strict=True)]
    ground = Image.fromarray(np.clip(np.stack(bands, axis=-1), 0, 255).astype(np.uint8))
    outline = Image.new("L", _SIDE, 0)
    ImageDraw.Draw(outline).rounded_rectangle((0, 0, width - 1, height - 1), 38, fill=255)
    return Image.composite(ground, Image.new("RGB", _SIDE, (255, 255, 255)), outline)


def portrait(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """A head and shoulders that are nobody's."""
    width, height = size
    picture = Image.new("RGB", size, (206, 218, 228))
    pen = ImageDraw.Draw(picture)
    skin = tuple(int(tone) for tone in np.array((214, 176, 150)) + rng.integers(-14, 15))
    hair = (38, 30, 28)
    pen.ellipse((width * 0.22, height * 0.10, width * 0.78, height * 0.62), fill=hair)
    pen.polygon(
        ((0, height), (width * 0.2, height * 0.74), (width * 0.8, height * 0.74), (width, height)), fill=(52, 62, 92)
    )
    pen.rectangle((width * 0.42, height * 0.6, width * 0.58, height * 0.8), fill=skin)
    pen.ellipse((width * 0.28, height * 0.20, width * 0.72, height * 0.70), fill=skin)
    for side in (0.41, 0.59):
        pen.ellipse((width * (side - 0.03), height * 0.42, width * (side + 0.03), height * 0.445), fill=hair)
    pen.line((width * 0.44, height * 0.585, width * 0.56, height * 0.585), (150, 84, 80), 4)
    return picture.filter(ImageFilter.GaussianBlur(1.2))


def fingerprint(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Whorls of an invented finger."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    bend = rng.uniform(0.5, 1.1, 2)
    rings = np.hypot((x - width * 0.5) * 1.25, (y - height * 0.55) * bend[0]) + 5 * np.sin(x / 24 + 5 * bend[1])
    ridges = np.sin(rings * 0.62) > 0.05
    inside = ((x - width / 2) / (width * 0.42)) ** 2 + ((y - height / 2) / (height * 0.46)) ** 2 < 1
    shade = np.where(ridges & inside, 96, 236).astype(np.uint8)
    return Image.fromarray(shade).filter(ImageFilter.GaussianBlur(0.8)).convert("RGB")


def qr_text(person: Person, issued: date | None = None) -> str:
    """What the QR code of the front says: id|old id|name|birth|sex|residence|issue date."""
    born, since = f"{person.born:%d%m%Y}", f"{issued or person.id_issued:%d%m%Y}"
    return "|".join((person.id, person.old_id, person.name, born, person.sex, person.residence, since))


def _centred(text: str, middle: float, points: float, bold: bool) -> float:
    return middle - width_of(text, Face.SANS_BOLD if bold else Face.SANS, points) / 2


def _front(sheet: Sheet, person: Person, rng: np.random.Generator) -> None:
    left, top = _FRONT
    sheet.picture(_ground(rng, warm=True), left, top, "card")

    def say(
        text: str, x: float, y: float, points: float, *, bold: bool = False, ink: Colour = _INK, zone: str = "body"
    ) -> None:
        sheet.letters(text, left + x, top + y, points, zone, Face.SANS_BOLD if bold else Face.SANS, ink)

    for text, y, points, bold in (
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 52, 6.4, True),
        ("Độc lập - Tự do - Hạnh phúc", 84, 6.2, True),
        ("SOCIALIST REPUBLIC OF VIET NAM", 113, 5.4, False),
        ("Independence - Freedom - Happiness", 140, 5.4, False),
    ):
        say(text, _centred(text, 515, points, bold), y, points, bold=bold, zone="head_right")
    say(
        "CĂN CƯỚC CÔNG DÂN",
        _centred("CĂN CƯỚC CÔNG DÂN", 515, 10.4, True),
        194,
        10.4,
        bold=True,
        ink=_RED,
        zone="title",
    )
    say("Citizen Identity Card", _centred("Citizen Identity Card", 515, 6.2, False), 226, 6.2, ink=_RED, zone="title")
    text = qr_text(person)
    code = qr_code(text, 3)
    sheet.barcode(code, text, left + _SIDE[0] - code.width - 18, top + 14)
    sheet.picture(portrait(rng, (230, 310)), left + 40, top + 230, "photo")
    sheet.shape(lambda draw: draw.ellipse((left + 60, top + 30, left + 190, top + 160), outline=_RED, width=6))
    say("MẪU", 92, 108, 8, bold=True, ink=_RED, zone="head_left")
    say("Số / No.:", 300, 282, 6.2)
    say(person.id, 420, 284, 9.2, bold=True)
    say("Họ và tên / Full name:", 300, 326, 6.2)
    say(person.name.upper(), 300, 362, 8, bold=True)
    say(f"Ngày sinh / Date of birth: {words.short(person.born)}", 300, 402, 6.4)
    say(f"Giới tính / Sex: {person.sex}", 300, 438, 6.4)
    say("Quốc tịch / Nationality: Việt Nam", 570, 438, 6.4)
    say("Quê quán / Place of origin:", 300, 474, 6.2)
    say(person.origin, 300, 506, 6.6)
    say("Nơi thường trú / Place of residence:", 300, 542, 6.2)
    street, commune = person.residence.rsplit(", ", 2)[0], person.residence.split(", ", 2)[2]
    say(f"{street},", 300, 574, 6.4)
    say(commune, 300, 604, 6.4)
    say("Có giá trị đến:", 40, 574, 5)
    say(f"Date of expiry: {words.short(person.id_expires)}", 40, 602, 5)


def _back(sheet: Sheet, person: Person, rng: np.random.Generator) -> None:
    left, top = _BACK
    sheet.picture(_ground(rng, warm=False), left, top, "card")

    def say(text: str, x: float, y: float, points: float, *, bold: bool = False, ink: Colour = _INK) -> None:
        sheet.letters(text, left + x, top + y, points, "body", Face.SANS_BOLD if bold else Face.SANS, ink)

    say("Đặc điểm nhân dạng / Personal identification:", 40, 54, 6)
    say(person.features, 40, 88, 6.4)
    say(f"Ngày, tháng, năm / Date, month, year: {words.short(person.id_issued)}", 40, 132, 6.2)
    for number, line in enumerate(("CỤC TRƯỞNG CỤC CẢNH SÁT", "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI")):
        say(line, (150, 60)[number], 176 + 30 * number, 5.8, bold=True)
    say("DIRECTOR GENERAL OF THE POLICE DEPARTMENT", 40, 236, 4.8)
    say("FOR ADMINISTRATIVE MANAGEMENT OF SOCIAL ORDER", 40, 260, 4.8)
    sheet.seal("CỤC CẢNH SÁT GIẢ ĐỊNH", "THỬ NGHIỆM", left + 190, top + 330, mm(15))
    sheet.signature(left + 290, top + 330, 250)
    say(_DIRECTOR, 210, 420, 6.4, bold=True)
    for x, name in ((600, "Ngón trỏ trái"), (800, "Ngón trỏ phải")):
        sheet.picture(fingerprint(rng, (170, 210)), left + x, top + 150, "fingerprint")
        say(name, x + 20, 388, 5)
    for number, line in enumerate(card_lines(person.id, person.born, person.sex, person.id_expires, person.name)):
        sheet.letters(line, left + 44, top + 482 + 58 * number, 12.1, "body", Face.MONO)


def identity_card(story: Story) -> Paper:
    """Căn cước công dân: front above, back below, on a white A4 sheet."""
    person = story.applicant
    sheet = story.sheet("can_cuoc_cong_dan")
    sheet.notice()
    _front(sheet, person, sheet.rng)
    _back(sheet, person, sheet.rng)
    expires = person.id_expires.isoformat()
    return paper_of(
        "can_cuoc_cong_dan",
        [sheet],
        {
            "ma_dinh_danh": person.id,
            "ten_giay_to": "CĂN CƯỚC CÔNG DÂN",
            "so_ky_hieu": person.id,
            "ngay_cap": person.id_issued.isoformat(),
            "co_quan_cap": "CỤC CẢNH SÁT QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI",
            "thoi_han_hieu_luc": expires,
            "so_dinh_danh": person.id,
            "so_cu": person.old_id,
            "ho_ten": person.name.upper(),
            "ngay_sinh": person.born.isoformat(),
            "gioi_tinh": person.sex,
            "quoc_tich": "Việt Nam",
            "que_quan": person.origin,
            "noi_thuong_tru": person.residence,
            "ngay_cap_the": person.id_issued.isoformat(),
            "het_han": expires,
            "dac_diem_nhan_dang": person.features,
        },
    )
