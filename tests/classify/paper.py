"""Invented readings: rows of text set on a page of A4 at 200 dpi, as a reader would hand them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.dossier import Barcode, Box, Line, PageReading, Region, Word

WIDTH, HEIGHT = 1654, 2339
LETTER, TALL, PITCH = 15, 34, 46


@dataclass(frozen=True)
class Print:
    """A printed row: ``x`` and ``y`` in pixels of the first letter's top left."""

    text: str
    x: float
    y: float
    confidence: float = 0.99
    agreed: bool | None = True
    words: tuple[Word, ...] = ()
    """Set instead of ``text`` where boxes matter."""


def word(
    text: str, x: float, y: float, confidence: float = 0.99, agreed: bool | None = True, tall: float = TALL
) -> Word:
    return Word(text, (x, y + TALL - tall, x + LETTER * len(text), y + TALL), confidence, agreed)


def line(row: Print) -> Line:
    words, x = [], row.x
    for text in row.text.split():
        words.append(word(text, x, row.y, row.confidence, row.agreed))
        x += LETTER * (len(text) + 0.7)
    done = row.words or tuple(words)
    box: Box = (
        min(one.box[0] for one in done),
        min(one.box[1] for one in done),
        max(one.box[2] for one in done),
        max(one.box[3] for one in done),
    )
    return Line(done, box)


def page(
    rows: Sequence[Print],
    number: int = 1,
    barcodes: Sequence[tuple[str, str]] = (),
    regions: Sequence[Region] = (),
    mode: str = "lines",
) -> PageReading:
    codes = tuple(Barcode(text, form, (1200, 200, 1400, 400)) for text, form in barcodes)
    lines = tuple(line(row) for row in rows)
    return PageReading(number, WIDTH, HEIGHT, 200, 0, 0.0, lines, codes, tuple(regions), mode, ("one", "two"))


def numbered(reading: PageReading, number: int) -> PageReading:
    return replace(reading, number=number)


def centred(text: str, y: float) -> Print:
    return Print(text, (WIDTH - LETTER * len(text)) / 2, y)


def stacked(texts: Sequence[str], x: float, y: float) -> list[Print]:
    return [Print(text, x, y + at * PITCH) for at, text in enumerate(texts)]


BODY = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;",
    "Xét đề nghị của Chánh Văn phòng tại Tờ trình số 12/TTr-VP ngày 02/01/2024,",
    "các đơn vị nộp bản sao chứng thực, bản sao, tài liệu mật theo danh mục.",
)


def head(agencies: Sequence[str], number: str, place_date: str) -> list[Print]:
    """The head of Decree 30/2020: agency and number left, national name, motto, place and date right."""
    rows = stacked(agencies, 250, 160)
    if number:
        rows.append(Print(number, 270, 290))
    rows += [Print("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 800, 160), Print("Độc lập - Tự do - Hạnh phúc", 870, 206)]
    if place_date:
        rows.append(Print(place_date, 860, 290))
    return rows


def act(
    title: str = "QUYẾT ĐỊNH",
    number: str = "Số: 15/QĐ-UBND",
    date: str = "Thí Điểm, ngày 05 tháng 3 năm 2024",
    agencies: Sequence[str] = ("ỦY BAN NHÂN DÂN", "PHƯỜNG THÍ ĐIỂM"),
    subject: Sequence[str] = ("Về việc công nhận tổ dân phố", "đạt chuẩn năm 2024"),
    body: Sequence[str] = BODY,
    extra: Sequence[Print] = (),
    mode: str = "lines",
) -> PageReading:
    rows = head(agencies, number, date)
    rows += [centred(title, 400)] if title else []
    rows += [centred(text, 450 + at * PITCH) for at, text in enumerate(subject)]
    rows += stacked(body, 200, 640)
    rows += [*extra, *FOOT]
    return page(sorted(rows, key=lambda row: row.words[0].box[1] if row.words else row.y), mode=mode)


FOOT = (
    Print("Nơi nhận:", 210, 1500),
    Print("- Như Điều 3;", 210, 1546),
    Print("- Lưu: VT.", 210, 1592),
    Print("TM. ỦY BAN NHÂN DÂN", 1000, 1500),
    Print("CHỦ TỊCH", 1080, 1546),
    Print("Lý Thử Nghiệm", 1060, 1760),
)


def form(title: str, rows: Sequence[str], number: str = "", last: str = "") -> PageReading:
    """A form or certificate: national name in the middle, title, rows with labels, perhaps a date at the end."""
    printed = [
        centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 120),
        centred("Độc lập - Tự do - Hạnh phúc", 166),
        centred(title, 300),
        *stacked(rows, 200, 420),
    ]
    if number:
        printed.insert(2, Print(number, 1200, 230))
    if last:
        printed.append(Print(last, 900, 1900))
    return page(printed)


def running(number: int, texts: Sequence[str] = BODY) -> PageReading:
    """A running page with its number at the top."""
    return page([centred(str(number), 90), *stacked(texts, 200, 200)], number)


def blank(number: int = 1) -> PageReading:
    return page([], number)
