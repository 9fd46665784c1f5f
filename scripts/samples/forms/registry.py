"""Papers of the civil register."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from PIL import ImageDraw

from samples import chance, words
from samples.forms.common import commune_seal, national_heading, signature_block
from samples.paper import Paper, paper_of
from samples.people import Person
from samples.sheet import HEIGHT, LEFT, RIGHT, WIDTH, Sheet, mm
from samples.story import Story

_PINK = (222, 120, 140)
_BLUSH = (253, 240, 240)


def _ornament(draw: ImageDraw.ImageDraw) -> None:
    """Rose ground and a frame of two lines with a chain of small lozenges between."""
    inset, step = mm(10), mm(5)
    draw.rectangle((inset, inset, WIDTH - inset, HEIGHT - mm(14)), fill=_BLUSH)
    for gap, width in ((0.0, 9), (mm(4.6), 4)):
        box = (inset + gap, inset + gap, WIDTH - inset - gap, HEIGHT - mm(14) - gap)
        draw.rectangle(box, outline=_PINK, width=width)
    lozenge = partial(_lozenge, draw)
    top, bottom, left, right = inset + mm(2.3), HEIGHT - mm(14) - mm(2.3), inset + mm(2.3), WIDTH - inset - mm(2.3)
    for number in range(1, int((right - left) / step)):
        lozenge(left + number * step, top)
        lozenge(left + number * step, bottom)
    for number in range(1, int((bottom - top) / step)):
        lozenge(left, top + number * step)
        lozenge(right, top + number * step)


def _lozenge(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    reach = mm(1.3)
    draw.polygon(((x - reach, y), (x, y - reach), (x + reach, y), (x, y + reach)), outline=_PINK, width=4)


def _parent(sheet: Sheet, label: str, person: Person, y: float) -> float:
    write = partial(sheet.write, points=13.5, zone="body")
    write(f"Họ, chữ đệm, tên người {label}: <b>{person.name.upper()}</b>", LEFT, y)
    y += 82
    write(f"Năm sinh: {person.born.year}", LEFT, y)
    write("Dân tộc: Kinh", LEFT + 620, y)
    write("Quốc tịch: Việt Nam", LEFT + 1200, y)
    return sheet.block(f"Nơi cư trú: {person.residence}", LEFT, y + 82, RIGHT - LEFT, 13.5, "body", lead=1.46)


def _told_of(who: str, person: Person) -> dict[str, str]:
    """The fields that :func:`_parent` prints."""
    return {
        f"ho_ten_{who}": person.name.upper(),
        f"nam_sinh_{who}": str(person.born.year),
        f"dan_toc_{who}": "Kinh",
        f"quoc_tich_{who}": "Việt Nam",
        f"noi_cu_tru_{who}": person.residence,
    }


def birth_certificate(story: Story) -> Paper:
    """Giấy khai sinh (the original); its number is written by hand."""
    lot = chance.words(story.seed, "giay_khai_sinh")
    child = story.child
    day = child.born + timedelta(days=lot.randint(7, 50))
    number = lot.randint(1, 420)
    born_at = f"Trạm Y tế {story.place.address}"
    sheet = story.sheet("giay_khai_sinh")
    sheet.shape(_ornament)
    sheet.notice()
    y = national_heading(sheet, WIDTH / 2, 370, "head_right", points=13.5)
    sheet.write(f"Số: <h so_ky_hieu>{number}/{day.year}</h>", 1720, y + 40, 13, "head_right")
    sheet.write("GIẤY KHAI SINH", WIDTH / 2, y + 190, 24, "title", bold=True, align="centre", ink=(190, 20, 40))
    sheet.write("(BẢN CHÍNH)", WIDTH / 2, y + 270, 12, "title", align="centre")
    y += 400
    write = partial(sheet.write, points=13.5, zone="body")
    write(f"Họ, chữ đệm, tên: <b>{child.name.upper()}</b>", LEFT, y)
    write(f"Ngày, tháng, năm sinh: {words.short(child.born)}", LEFT, y + 82)
    said = f"Ghi bằng chữ: {words.spelled(child.born)}"
    y = sheet.block(said, LEFT, y + 164, RIGHT - LEFT, 13.5, "body", lead=1.46)
    write(f"Giới tính: {child.sex}", LEFT, y)
    write("Dân tộc: Kinh", LEFT + 620, y)
    write("Quốc tịch: Việt Nam", LEFT + 1200, y)
    y = sheet.block(f"Nơi sinh: {born_at}", LEFT, y + 82, RIGHT - LEFT, 13.5, "body", lead=1.46)
    write(f"Quê quán: {story.father.origin}", LEFT, y)
    write(f"Số định danh cá nhân: {child.id}", LEFT, y + 82)
    y = _parent(sheet, "mẹ", story.mother, y + 164)
    y = _parent(sheet, "cha", story.father, y)
    write(f"Họ, chữ đệm, tên người đi khai sinh: <b>{story.father.name}</b>", LEFT, y)
    write(f"Giấy tờ tùy thân: Căn cước công dân số {story.father.id}", LEFT, y + 82)
    office = f"Ủy ban nhân dân {story.place.address}"
    y = sheet.block(f"Nơi đăng ký khai sinh: {office}", LEFT, y + 164, RIGHT - LEFT, 13.5, "body", lead=1.46)
    write(f"Ngày, tháng, năm đăng ký: {words.short(day)}", LEFT, y)
    sheet.write("NGƯỜI ĐI KHAI SINH", LEFT + 300, y + 130, 13, "foot_left", bold=True, align="centre")
    sheet.signature(LEFT + 300, y + 300, 380)
    titles = ["NGƯỜI KÝ GIẤY KHAI SINH", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]
    signature_block(sheet, titles, story.deputy, y + 130, commune_seal(story.place))
    return paper_of(
        "giay_khai_sinh",
        [sheet],
        {
            "ma_dinh_danh": child.id,
            "ten_giay_to": "GIẤY KHAI SINH",
            "so_ky_hieu": f"{number}/{day.year}",
            "ngay_cap": day.isoformat(),
            "co_quan_cap": office,
            "so": f"{number}/{day.year}",
            "ho_ten": child.name.upper(),
            "ngay_sinh": child.born.isoformat(),
            "gioi_tinh": child.sex,
            "dan_toc": "Kinh",
            "quoc_tich": "Việt Nam",
            "noi_sinh": born_at,
            "que_quan": story.father.origin,
            "so_dinh_danh": child.id,
            **_told_of("me", story.mother),
            **_told_of("cha", story.father),
            "nguoi_di_khai_sinh": story.father.name,
            "so_dinh_danh_nguoi_di": story.father.id,
            "noi_dang_ky": office,
            "ngay_dang_ky": day.isoformat(),
            "nguoi_ky": story.deputy,
        },
    )
