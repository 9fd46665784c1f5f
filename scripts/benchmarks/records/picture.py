"""Is the picture in a record the scan's own?

The picture is taken out of the record and laid beside its carrier: the same bytes, or the same pixels. Every other
page is drawn and compared with the upright scan by structural similarity (SSIM; Wang, Bovik, Sheikh, Simoncelli:
Image Quality Assessment, IEEE TIP 13(4), 2004), with the constants of the paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from benchmarks.records.cases import Case
from pipeline.dossier import Coding, Overlay, Page

Grey = npt.NDArray[np.uint8]

BYTES, PIXELS, OTHER, VECTOR = "same bytes", "same pixels", "coded anew", "born digital"
_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_STRIP = 1024
"""Rows compared at a time: pictures of 1200 dpi have 140 million pixels."""
_SQUARE = 0.01
"""Dots are square when resolutions across and down make less than this difference (in dots) over the whole page."""
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True)
class Look:
    """A page beside its scan: how its picture was taken over, and how alike the drawn page is (``None``: not drawn)."""

    set: str
    name: str
    page: int
    kept: str
    ssim: float | None


def looks(case: Case, record: Path, drawn_pages: int) -> Iterator[Look]:
    """Every page's picture; the first, the last and what lies evenly between, ``drawn_pages`` in all, are drawn too.

    Pages whose picture is not the scan's own pixel for pixel are always drawn.
    """
    pages = {page.number: page for page in case.document.pages}
    numbers = case.document.extraction.pages
    chosen = {round(at) for at in np.linspace(0, len(numbers) - 1, min(drawn_pages, len(numbers)))}
    with pikepdf.open(record) as pdf:
        kept = [_kept(pdf, index, pages[number]) for index, number in enumerate(numbers)]
    opened = pdfium.PdfDocument(record)
    try:
        for index, number in enumerate(numbers):
            drawn = index in chosen or kept[index] == OTHER
            alike = _alike(opened[index], pages[number]) if drawn else None
            yield Look(case.set, case.name, number, kept[index], alike)
    finally:
        opened.close()


# -- the picture in the file ------------------------------------------------------------------------------------


def _kept(pdf: pikepdf.Pdf, index: int, page: Page) -> str:
    if page.coding is Coding.VECTOR:
        return VECTOR
    image = _largest(pdf.pages[index])
    if image is None:
        return OTHER
    if page.coding is Coding.JPEG and image.read_raw_bytes() == page.carrier.read_bytes():
        return BYTES
    return PIXELS if same_pixels(image, page.carrier) else OTHER


def _largest(page: pikepdf.Page) -> Any | None:
    """The image that the page shows as its first layer."""
    images = list(page.get("/Resources", pikepdf.Dictionary()).get("/XObject", pikepdf.Dictionary()).as_dict().values())
    images = [image for image in images if image.get("/Subtype") == "/Image"]
    return max(images, key=lambda image: int(image.Width) * int(image.Height), default=None)


def same_pixels(image: Any, file: Path) -> bool:
    """Whether an image of a PDF shows just the pixels of the picture in ``file``, sample for sample, alpha included."""
    if int(image.get("/BitsPerComponent", 1)) == 16:
        return _same_deep(image, file)
    try:
        found = pikepdf.PdfImage(image).as_pil_image()
        mask = image.get("/SMask")
        alpha = pikepdf.PdfImage(mask).as_pil_image() if mask is not None else None
    except (pikepdf.PdfError, NotImplementedError, ValueError, OSError):
        return False
    with Image.open(file) as carrier:
        if found.size != carrier.size or _deep(carrier):
            return False
        wanted = np.asarray(carrier.convert("RGBA"))
    shown = found.convert("RGBA")
    if alpha is not None:
        shown.putalpha(alpha.convert("L").resize(shown.size))
    got = np.asarray(shown)
    seen = wanted[:, :, 3] > 0  # the colour of what is fully transparent is not shown
    return bool(np.array_equal(wanted[:, :, 3], got[:, :, 3]) and np.array_equal(wanted[seen], got[seen]))


def _same_deep(image: Any, file: Path) -> bool:
    """The same for 16 bits a sample, which Pillow reads of one channel only."""
    wanted = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    if wanted is None or wanted.dtype != np.uint16:
        return False
    wanted = wanted if wanted.ndim == 2 else wanted[:, :, ::-1]
    samples = np.frombuffer(image.read_bytes(), ">u2")
    return samples.size == wanted.size and bool(np.array_equal(samples, wanted.ravel()))


def _deep(picture: Image.Image) -> bool:
    return picture.mode.startswith("I")


# -- the page as drawn ------------------------------------------------------------------------------------------


def _alike(shown: pdfium.PdfPage, page: Page) -> float:
    """SSIM of the page, drawn at the scan's own resolution as any viewer does, and its upright scan.

    0 when the sizes differ by more than a dot.
    """
    scan = upright(page)
    across, down = page.upright_dpi
    square = abs(across / down - 1) * max(scan.shape) < _SQUARE
    picture = _drawn(shown, across) if square else _stretched(shown, scan.shape)
    if max(abs(picture.shape[0] - scan.shape[0]), abs(picture.shape[1] - scan.shape[1])) > 1:
        return 0.0
    size = min(picture.shape[0], scan.shape[0]), min(picture.shape[1], scan.shape[1])
    return ssim(picture[: size[0], : size[1]], scan[: size[0], : size[1]])


def _drawn(shown: pdfium.PdfPage, dpi: float) -> Grey:
    bitmap = shown.render(
        scale=dpi / 72, draw_annots=False, may_draw_forms=False, force_bitmap_format=raw.FPDFBitmap_BGR
    )
    picture = cv2.cvtColor(bitmap.to_numpy(), cv2.COLOR_BGR2GRAY)
    bitmap.close()
    return np.asarray(picture, np.uint8)


def _stretched(shown: pdfium.PdfPage, size: tuple[int, ...]) -> Grey:
    """The page drawn to ``size`` (rows, columns): where dots are not square, no resolution gives the scan's pixels."""
    bitmap = pdfium.PdfBitmap.new_native(size[1], size[0], raw.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, size[1], size[0])
    raw.FPDF_RenderPageBitmap(bitmap, shown, 0, 0, size[1], size[0], 0, 0)
    picture = cv2.cvtColor(bitmap.to_numpy(), cv2.COLOR_BGR2GRAY)
    bitmap.close()
    return np.asarray(picture, np.uint8)


def upright(page: Page) -> Grey:
    """The carrier with what the source shows on top of it, upright, on white, in grey."""
    with Image.open(page.carrier) as carrier:
        picture = _shown(carrier)
    if page.overlay is not None:
        _lay_over(picture, page.overlay)
    grey = cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2GRAY)
    turn = _TURNS.get(page.rotation)
    return np.asarray(grey if turn is None else cv2.rotate(grey, turn), np.uint8)


def _lay_over(picture: Image.Image, overlay: Overlay) -> None:
    """Paint ``overlay`` where it belongs, between whole pixels if need be."""
    x0, y0, x1, y1 = overlay.box
    left, top, right, bottom = math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)
    with Image.open(overlay.image) as image:
        above = image.convert("RGBa")  # colours times alpha: what is clear gives its colour to no neighbour
    across, down = above.width / (x1 - x0), above.height / (y1 - y0)
    back = (across, 0, (left - x0) * across, 0, down, (top - y0) * down)
    size = right - left, bottom - top
    placed = above.transform(size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR).convert("RGBA")
    picture.paste(placed.convert("RGB"), (left, top), placed.getchannel("A"))


def _shown(carrier: Image.Image) -> Image.Image:
    if _deep(carrier):
        return Image.fromarray((np.asarray(carrier).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if "A" in carrier.getbands() or "transparency" in carrier.info:
        above = carrier.convert("RGBA")
        ground = Image.new("RGBA", above.size, "white")
        ground.alpha_composite(above)
        return ground.convert("RGB")
    return carrier.convert("RGB")


def ssim(first: Grey, second: Grey) -> float:
    """Mean structural similarity (-1..1) of two grey pictures of one size (rows × columns, 0..255)."""
    total, pixels = 0.0, 0
    margin = _WINDOW // 2
    rows = first.shape[0]
    for top in range(0, rows, _STRIP):
        bottom = min(top + _STRIP, rows)
        above, below = max(top - margin, 0), min(bottom + margin, rows)
        values = _ssim_of(first[above:below], second[above:below])[top - above : top - above + bottom - top]
        total += float(values.sum(dtype=np.float64))
        pixels += values.size
    return total / pixels


def _ssim_of(first: Grey, second: Grey) -> npt.NDArray[np.float32]:
    x, y = first.astype(np.float64), second.astype(np.float64)
    mean_x, mean_y = _blurred(x), _blurred(y)
    square_x, square_y, product = mean_x * mean_x, mean_y * mean_y, mean_x * mean_y
    spread_x, spread_y = _blurred(x * x) - square_x, _blurred(y * y) - square_y
    together = _blurred(x * y) - product
    alike = (2 * product + _C1) * (2 * together + _C2)
    return np.asarray(alike / ((square_x + square_y + _C1) * (spread_x + spread_y + _C2)), np.float32)


def _blurred(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(values, (_WINDOW, _WINDOW), _SIGMA), np.float64)


def worst(found: Sequence[Look]) -> Look | None:
    """The page least like its scan."""
    return min((look for look in found if look.ssim is not None), key=lambda look: look.ssim or 0.0, default=None)
