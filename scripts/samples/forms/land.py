"""The certificate of land-use rights (the rose-coloured form in use from 2009 to 2024), three pages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from PIL import ImageDraw

from samples import chance, people, words
from samples.forms.common import MIDDLE, national_heading, signature_block
from samples.paper import Paper, paper_of
from samples.people import Person
from samples.sheet import HEIGHT, LEFT, RIGHT, TOP, WIDTH, Flow, Sheet, mm
from samples.story import Story

_ROSE = (226, 150, 160)
_GROUND = (253, 241, 240)
_RED = (190, 24, 44)
_TITLE = ("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT", "QUYỀN SỞ HỮU NHÀ Ở VÀ TÀI SẢN KHÁC GẮN LIỀN VỚI ĐẤT")


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of land and the certificate's own numbers."""

    serial: str
    book: str
    number: int
    sheet: int
    address: str
    square_metres: float
    purpose: str
    director: str
    registrar: str
    day: date
    first_owner: Person

    @property
    def area(self) -> str:
        """Square metres as printed: ``120,5``."""
        return f"{self.square_metres:.1f}".replace(".", ",")


def _plot(story: Story) -> Plot:
    lot = chance.words(story.seed, "dat")
    day = people.a_day(lot, date(2018, 3, 1), date(2023, 11, 30))
    letters = "".join(lot.choice("BCDEGHKLMNPQSTVX") for _ in range(2))
    return Plot(
        serial=f"{letters} {lot.randint(100000, 999999)}",
        book=f"CH{lot.randint(100, 9999):05d}",
        number=lot.randint(3, 480),
        sheet=lot.randint(1, 60),
        address=f"{people.a_street(lot)}, {story.place.address}",
        square_metres=lot.randint(601, 4200) / 10,
        purpose="Đất ở tại đô thị" if story.place.commune.startswith("phường") else "Đất ở tại nông thôn",
        director=people.a_name(lot, "Nữ"),
        registrar=people.a_name(lot, "Nam"),
        day=day,
        first_owner=people.a_person(lot, story.place, "Nam", people.a_day(lot, date(1970, 1, 1), date(1982, 12, 31))),
    )


def _ground(draw: ImageDraw.ImageDraw) -> None:
    inset = mm(7)
    draw.rectangle((inset, inset, WIDTH - inset, HEIGHT - mm(12)), fill=_GROUND, outline=_ROSE, width=8)
    for row in range(26):
        y = inset + mm(8) + row * mm(10.6)
        draw.line(
            [(x, y + 16 * math.sin(x / 90 + row)) for x in range(round(inset) + 20, WIDTH - 100, 24)],
            (250, 228, 228),
            3,
        )


def _serial(sheet: Sheet, plot: Plot) -> None:
    sheet.write(plot.serial, RIGHT, HEIGHT - 250, 15, "foot_right", bold=True, align="right", ink=_RED)


def _cover(sheet: Sheet, plot: Plot) -> None:
    y = national_heading(sheet, MIDDLE, 420, "head_right", points=14)
    y += 260
    for text, points in zip(_TITLE, (26, 20, 14.5), strict=True):
        sheet.write(text, MIDDLE, y, points, "title", bold=True, align="centre", ink=_RED)
        y += points * 1.6 * 300 / 72
    y += 120
    sheet.write(
        "I. Người sử dụng đất, chủ sở hữu nhà ở và tài sản khác gắn liền với đất", LEFT, y, 14, "body", bold=True
    )
    owner = plot.first_owner
    rows = (
        f"{owner.title}: <b>{owner.name.upper()}</b>",
        f"Sinh năm: {owner.born.year}, Căn cước công dân số: {owner.id}",
        f"Địa chỉ thường trú: {owner.residence}",
    )
    y += 120
    for row in rows:
        y = sheet.block(row, LEFT + 60, y, RIGHT - LEFT - 60, 14, "body", lead=1.6)


def _rights(flow: Flow, plot: Plot, story: Story) -> None:
    whole, tenth = divmod(round(plot.square_metres * 10), 10)
    said = f"{words.in_words(whole)} phẩy {words.in_words(tenth)} mét vuông"
    flow.paragraph("<b>II. Thửa đất, nhà ở và tài sản khác gắn liền với đất</b>", indent=0)
    rows = (
        "<b>1. Thửa đất:</b>",
        f"a) Thửa đất số: {plot.number}, tờ bản đồ số: {plot.sheet}",
        f"b) Địa chỉ: {plot.address}",
        f"c) Diện tích: {plot.area} m² (bằng chữ: {said})",
        "d) Hình thức sử dụng: Sử dụng riêng",
        f"đ) Mục đích sử dụng: {plot.purpose}",
        "e) Thời hạn sử dụng: Lâu dài",
        "g) Nguồn gốc sử dụng: Nhà nước giao đất có thu tiền sử dụng đất",
        "<b>2. Nhà ở:</b> -/-",
        "<b>3. Công trình xây dựng khác:</b> -/-",
        "<b>4. Rừng sản xuất là rừng trồng:</b> -/-",
        "<b>5. Cây lâu năm:</b> -/-",
        "<b>6. Ghi chú:</b> Không",
    )
    for row in rows:
        flow.paragraph(row, indent=0, left=LEFT + 40)
    flow.skip(10)
    sheet = flow.sheet
    line = f"{story.place.province}, ngày {words.long(plot.day)}"
    sheet.write(line, 1760, flow.y, 13.5, "foot_right", italic=True, align="centre")
    titles = ["SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"]
    seal = ("SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG", story.place.region.upper().replace("THÀNH PHỐ", "TP."))
    below = signature_block(sheet, titles, plot.director, flow.y + 80, seal)
    sheet.write(f"Số vào sổ cấp GCN: {plot.book}", LEFT, below + 40, 13, "foot_left")


def _map(sheet: Sheet, plot: Plot, y: float) -> float:
    """The drawing of the plot with its corners and the lengths of its sides."""
    sheet.write("<b>III. Sơ đồ thửa đất, nhà ở và tài sản khác gắn liền với đất</b>", LEFT, y, 14, "body")
    depth = math.sqrt(plot.square_metres * 2.2)
    width = plot.square_metres / depth
    scale = 620 / depth
    x0, y0 = MIDDLE - width * scale / 2, y + 170
    corners = [
        (x0, y0),
        (x0 + width * scale, y0 + 14),
        (x0 + width * scale - 10, y0 + depth * scale),
        (x0 + 6, y0 + 615),
    ]
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        sheet.rule(ax, ay, bx, by, 4)
    for number, (x, corner_y) in enumerate(corners, 1):
        sheet.write(str(number), x - 40 if number in (1, 4) else x + 20, corner_y, 11, "body")
    sheet.write(f"{width:.2f}m".replace(".", ","), MIDDLE, y0 - 24, 11, "body", align="centre")
    sheet.write(f"{depth:.2f}m".replace(".", ","), x0 + width * scale + 40, y0 + 320, 11, "body")
    sheet.write(f"Thửa {plot.number}", MIDDLE, y0 + 300, 12, "body", align="centre")
    sheet.write(f"{plot.area} m²", MIDDLE, y0 + 360, 12, "body", align="centre")
    sheet.write("Đường giao thông", MIDDLE, y0 + 730, 12, "body", italic=True, align="centre")
    return y0 + 860


def _changes(sheet: Sheet, plot: Plot, owner: Person, y: float) -> None:
    """Section IV: who has the land now."""
    sheet.write("<b>IV. Những thay đổi sau khi cấp giấy chứng nhận</b>", LEFT, y, 14, "body")
    top, middle, bottom = y + 50, 1560, y + 1000
    for x in (LEFT, middle, RIGHT):
        sheet.rule(x, top, x, bottom)
    for level in (top, top + 130, bottom):
        sheet.rule(LEFT, level, RIGHT, level)
    sheet.write(
        "Nội dung thay đổi và cơ sở pháp lý", (LEFT + middle) / 2, top + 80, 13, "body", bold=True, align="centre"
    )
    right = (middle + RIGHT) / 2
    sheet.centred(["Xác nhận của cơ quan", "có thẩm quyền"], right, top + 60, 12, "body", bold=True, lead=1.05)
    day = plot.day + timedelta(days=420)
    text = (
        f"Chuyển nhượng cho {owner.title.lower()} <b>{owner.name}</b>, sinh năm {owner.born.year}, Căn cước công dân "
        f"số {owner.id}, địa chỉ thường trú tại {owner.residence}; theo hồ sơ số {plot.number:06d}.CN.001."
    )
    sheet.block(text, LEFT + 30, top + 210, middle - LEFT - 60, 13, "body", lead=1.4)
    sheet.write(f"Ngày {words.short(day)}", right, top + 210, 12.5, "body", italic=True, align="centre")
    office = ["CHI NHÁNH VĂN PHÒNG", "ĐĂNG KÝ ĐẤT ĐAI"]
    sheet.centred(office, right, top + 280, 11.5, "body", bold=True, lead=1.13)
    sheet.seal(" ".join(office), "THÍ ĐIỂM", right - 100, top + 510, 380)
    sheet.signature(right + 30, top + 520, 420)
    sheet.write(plot.registrar, right, top + 740, 12.5, "body", bold=True, align="centre")


def land_certificate(story: Story) -> Paper:
    """Giấy chứng nhận quyền sử dụng đất: owner, rights, drawing and changes; the owner of today is in section IV."""
    plot = _plot(story)
    count = iter(range(1, 4))

    def leaf() -> Sheet:
        sheet = story.sheet("dat", next(count))
        sheet.shape(_ground)
        return sheet

    cover = leaf()
    cover.notice()
    _cover(cover, plot)
    _serial(cover, plot)
    flow = Flow(leaf, points=13.5, lead=1.35)
    _rights(flow, plot, story)
    last = leaf()
    last.notice()
    _changes(last, plot, story.father, _map(last, plot, TOP + 60))
    return paper_of(
        "giay_chung_nhan_quyen_su_dung_dat",
        [cover, *flow.sheets, last],
        {
            "ma_dinh_danh": story.father.id,
            "ten_giay_to": " ".join(_TITLE),
            "so_ky_hieu": plot.serial,
            "ngay_cap": plot.day.isoformat(),
            "co_quan_cap": "SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG",
            "so_phat_hanh": plot.serial,
            "chu_su_dung": story.father.name,
            "so_dinh_danh": story.father.id,
            "nam_sinh": str(story.father.born.year),
            "dia_chi_chu": story.father.residence,
            "thua_dat": str(plot.number),
            "to_ban_do": str(plot.sheet),
            "dia_chi": plot.address,
            "dien_tich": plot.area,
            "hinh_thuc": "Sử dụng riêng",
            "muc_dich": plot.purpose,
            "thoi_han": "Lâu dài",
            "nguon_goc": "Nhà nước giao đất có thu tiền sử dụng đất",
            "so_vao_so": plot.book,
        },
    )
