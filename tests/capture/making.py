"""Pictures and PDFs drawn for the capture tests: a page that shows every turn, mirroring and inversion."""

import io
import subprocess
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw, ImageFont

from pipeline import errors
from pipeline.capture import composite, take
from pipeline.dossier import Capture, Page
from pipeline.settings import Limits

LIMITS = Limits()
A5 = (420, 595)
LINES = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "QUYẾT ĐỊNH về việc cấp giấy phép",
    "Căn cứ Luật Tổ chức chính quyền địa phương",
    "và các văn bản hướng dẫn thi hành,",
    "theo đề nghị của công chức địa chính,",
    "xây dựng và môi trường tại tờ trình kèm theo.",
    "Điều 1. Cho phép bà Trần Thị Mẫu được sửa nhà",
    "Điều 2. Quyết định này có hiệu lực từ ngày ký.",
]


@cache
def font_file() -> Path:
    """A TrueType font that has Vietnamese letters."""
    said = subprocess.run(["fc-match", "-f", "%{file}", "Tinos:style=Regular"], capture_output=True, check=True)
    return Path(said.stdout.decode())


def scan(width: int = 584, height: int = 826, mode: str = "RGB") -> Image.Image:
    """A page of text with a red mark at the top left and a black bar at the bottom; about 100 dpi for A5."""
    return _drawn(width, height, mode).copy()  # saving leaves traces in a picture


@cache
def _drawn(width: int, height: int, mode: str) -> Image.Image:
    image = Image.new("RGB", (width, height), (250, 249, 246))
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(font_file(), height // 34)
    draw.rectangle((width * 0.05, height * 0.03, width * 0.2, height * 0.12), fill=(200, 30, 40))
    for row, text in enumerate(LINES):
        draw.text((width * 0.08, height * (0.18 + 0.06 * row)), text, font=font, fill=(20, 20, 25))
    draw.rectangle((width * 0.55, height * 0.86, width * 0.92, height * 0.92), fill=(10, 10, 10))
    return image.convert(mode)


def coded(image: Image.Image, kind: str, **options: object) -> bytes:
    """``image`` as the bytes of a file of that kind."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def taken(tmp_path: Path, name: str, data: bytes, limits: Limits = LIMITS) -> Capture:
    """Write ``data`` under that name and take it."""
    source, work = tmp_path / "in" / name, tmp_path / "work"
    source.parent.mkdir(exist_ok=True)
    work.mkdir(exist_ok=True)
    source.write_bytes(data)
    return take(source, work, limits)


def carried(page: Page) -> np.ndarray:
    """The carrier's own pixels, RGB, as stored."""
    with Image.open(page.carrier) as image:
        return np.asarray(image.convert("RGB"))


# -- PDFs -------------------------------------------------------------------------------------------------------

SPACES = {"1": Name.DeviceGray, "L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}


def picture(pdf: pikepdf.Pdf, image: Image.Image, data: bytes | None = None, **entries: object) -> pikepdf.Stream:
    """An image XObject; without ``data`` its samples are deflated."""
    facts: dict[str, object] = {
        "Type": Name.XObject, "Subtype": Name.Image, "Width": image.width, "Height": image.height,
        "ColorSpace": SPACES.get(image.mode, Name.DeviceGray), "BitsPerComponent": 1 if image.mode == "1" else 8,
    }  # fmt: skip
    facts |= entries
    return pdf.make_stream(
        image.tobytes() if data is None else data, **{k: v for k, v in facts.items() if v is not None}
    )


def jpeg_in(pdf: pikepdf.Pdf, image: Image.Image, quality: int = 90) -> pikepdf.Stream:
    """An image XObject that is a JPEG."""
    return picture(pdf, image, coded(image, "JPEG", quality=quality), Filter=Name.DCTDecode)


def lay(
    pdf: pikepdf.Pdf,
    pictures: dict[str, pikepdf.Stream],
    content: bytes,
    size: tuple[float, float] = A5,
    **entries: object,
) -> pikepdf.Page:
    """Add a page of ``size`` points with that content."""
    page = pdf.add_blank_page(page_size=size)
    page.obj.Resources = Dictionary(XObject=Dictionary(**pictures))
    page.obj.Contents = pdf.make_stream(content)
    for key, value in entries.items():
        page.obj[Name("/" + key)] = value
    return page


def placed(turn: int = 0, size: tuple[float, float] = A5) -> bytes:
    """Operators that lay ``/Im`` over the whole page, turned clockwise by ``turn`` degrees."""
    wide, high = size
    matrix = {
        0: (wide, 0, 0, high, 0, 0),
        90: (0, -high, wide, 0, 0, high),
        180: (-wide, 0, 0, -high, wide, high),
        270: (0, high, -wide, 0, wide, 0),
    }[turn]
    return b"q %s cm /Im Do Q" % " ".join(map(str, matrix)).encode()


def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    """The bytes of ``pdf``."""
    target = io.BytesIO()
    pdf.save(target, **options)
    return target.getvalue()


def one_page(image: Image.Image, turn: int = 0, **entries: object) -> bytes:
    """A PDF whose page is ``image`` as a deflated picture."""
    pdf = pikepdf.new()
    across = turn in (90, 270)
    size = (A5[1], A5[0]) if across != (image.width > image.height) else A5
    lay(pdf, {"Im": picture(pdf, image)}, placed(turn, size), size, **entries)
    return saved(pdf)


def note(pdf: pikepdf.Pdf, page: pikepdf.Page, box: tuple[float, ...], flags: int = 4) -> None:
    """Put the look of a signature at ``box`` (points): a frame, and a word in Helvetica."""
    wide, high = box[2] - box[0], box[3] - box[1]
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    look = pdf.make_stream(
        b"0 0 1 RG 3 w 2 2 %f %f re S BT /F 12 Tf 8 8 Td (Da ky) Tj ET" % (wide - 4, high - 4),
        Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, wide, high]),
        Resources=Dictionary(Font=Dictionary(F=font)),
    )  # fmt: skip
    found = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array(list(box)), F=flags, AP=Dictionary(N=look))
    page.obj.Annots = Array([pdf.make_indirect(found)])


def three_pages() -> bytes:
    pdf = pikepdf.new()
    for index in range(3):
        lay(pdf, {"Im": jpeg_in(pdf, scan().rotate(index))}, placed())
    return saved(pdf)


# -- what is shown ----------------------------------------------------------------------------------------------


def shown(path: Path, number: int = 1, dpi: int = 50) -> np.ndarray:
    """Page ``number`` as poppler shows it (crop box, turned), blue green red."""
    command = ["pdftoppm", "-cropbox", "-r", str(dpi), "-f", str(number), "-l", str(number), str(path)]
    said = subprocess.run(command, capture_output=True, check=True)
    return cv2.imdecode(np.frombuffer(said.stdout, np.uint8), cv2.IMREAD_COLOR)


def difference(page: Page, source: Path, number: int = 1) -> float:
    """Mean difference (0..255) between what ``page`` shows and what the PDF shows, both at 50 dpi and softened."""
    want = shown(source, number)
    got = cv2.resize(composite(page), (want.shape[1], want.shape[0]), interpolation=cv2.INTER_AREA)
    blurred = (cv2.GaussianBlur(image, (0, 0), 1.5).astype(np.float32) for image in (want, got))
    return float(np.abs(np.subtract(*blurred)).mean())


def is_as_shown(found: Capture, most: float = 4.0) -> bool:
    """Whether every page looks like the source. A turn, a mirror image or an inversion differs by more than 15."""
    return all(difference(page, found.source.copy, page.number) < most for page in found.pages)


def refused(tmp_path: Path, name: str, data: bytes, limits: Limits = LIMITS) -> errors.SohoaError:
    """The error that taking ``data`` ends in; nothing half-written may be left."""
    with pytest.raises(errors.SohoaError) as caught:
        taken(tmp_path, name, data, limits)
    assert list((tmp_path / "work").glob("*.p*rt")) == []
    assert list((tmp_path / "work").glob("*.page.pdf")) == []
    assert (tmp_path / "in" / name).read_bytes() == data
    return caught.value
