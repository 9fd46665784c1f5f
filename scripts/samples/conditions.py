"""What happens to a paper before, in and after the scanner: named conditions, each repeatable by its seed.

Conditions are put on in the order of :data:`CONDITIONS` whatever the order they are named in: first what happens to
the paper, then the scanner's optics, then turning, at last the coding.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray
from PIL import Image

from samples import chance
from samples.fonts import DPI
from samples.handwriting import Mask
from samples.seals import RED, VIOLET, box_stamp, round_seal

Picture = MatLike
"""RGB pixels of 8 bits, rows × columns × 3."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A page as scanned. ``rotation`` and ``skew`` as :class:`pipeline.dossier.Page` defines them.

    ``rotation`` is the clockwise turn that brings the picture upright; ``skew`` the angle by which its text lines rise,
    0 where it changes over the page. ``dpi`` is 0 where a resolution makes no sense (a photo).
    """

    pixels: Picture
    dpi: float = DPI
    rotation: int = 0
    skew: float = 0.0
    bilevel: bool = False
    conditions: tuple[str, ...] = ()

    @property
    def image(self) -> Image.Image:
        """The picture: mode ``1`` when bilevel, else RGB."""
        if self.bilevel:
            return Image.fromarray(self.pixels[:, :, 0]).convert("1", dither=Image.Dither.NONE)
        return Image.fromarray(self.pixels)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: what it is called, what it is (in Vietnamese), what it does."""

    name: str
    what: str
    put: Callable[[Scan, np.random.Generator], Scan]


def _tile(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> NDArray[np.int16]:
    """Noise for a picture of ``shape``: one small field repeated with an offset, for speed."""
    field = np.round(rng.normal(0, sigma, (701, 653, shape[2]))).astype(np.int16)
    times = (shape[0] // 701 + 1, shape[1] // 653 + 1, 1)
    return np.tile(field, times)[: shape[0], : shape[1]]


def _grain(pixels: Picture, rng: np.random.Generator, sigma: float) -> Picture:
    return cv2.add(pixels, _tile(rng, pixels.shape, sigma), dtype=cv2.CV_8U)


def _shade(pixels: Picture, light: NDArray[np.float32]) -> Picture:
    """Multiply by a coarse map of light (small array, values around 1)."""
    size = (pixels.shape[1], pixels.shape[0])
    full = cv2.resize((light * 128).clip(0, 255).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    return cv2.multiply(pixels, cv2.merge([full] * 3), scale=1 / 128)


def _stain(scan: Scan, mask: Mask, x: int, y: int, ink: tuple[int, int, int]) -> Scan:
    """Lay ink on the paper with its top left corner at (x, y)."""
    pixels = scan.pixels.copy()
    part = pixels[y : y + mask.shape[0], x : x + mask.shape[1]]
    cover = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
    part[:] = part * (1 - cover * (1 - np.array(ink, np.float32) / 255))
    return replace(scan, pixels=pixels)


# -- the paper --------------------------------------------------------------------------------------------------


def clean(scan: Scan, _: np.random.Generator) -> Scan:
    """Nothing at all."""
    return scan


def stamp(scan: Scan, rng: np.random.Generator) -> Scan:
    """A round seal over the title."""
    height, width = scan.pixels.shape[:2]
    mask = round_seal("ĐÃ KIỂM TRA HỒ SƠ", "BỘ PHẬN MỘT CỬA", round(width * 0.17), rng)
    x, y = (round(width * rng.uniform(0.33, 0.5)), round(height * rng.uniform(0.14, 0.19)))
    return _stain(scan, mask, x, y, RED)


def stamp_on_number(scan: Scan, rng: np.random.Generator) -> Scan:
    """The box CÔNG VĂN ĐẾN over the number."""
    height, width = scan.pixels.shape[:2]
    mask = box_stamp("BỘ PHẬN MỘT CỬA", round(width * 0.29), rng)
    x, y = (round(width * rng.uniform(0.13, 0.17)), round(height * rng.uniform(0.115, 0.13)))
    return _stain(scan, mask, x, y, RED if rng.random() < 0.5 else VIOLET)


def tint(scan: Scan, rng: np.random.Generator) -> Scan:
    """Yellowed or bluish paper, with the grain of its fibres."""
    colours = ((252, 249, 240), (249, 249, 246), (246, 249, 252), (253, 247, 243))
    colour = np.array(colours[int(rng.integers(len(colours)))], np.float32) / 255
    table = (np.arange(256)[:, None] * colour).astype(np.uint8)
    toned = cv2.LUT(scan.pixels, table[None])
    return replace(scan, pixels=_grain(toned, rng, 1.6))


def faded(scan: Scan, rng: np.random.Generator) -> Scan:
    """Little toner: letters are grey."""
    keep = rng.uniform(0.34, 0.48)
    table = (255 - (255 - np.arange(256)) * keep).astype(np.uint8)
    return replace(scan, pixels=_grain(cv2.LUT(scan.pixels, table), rng, 2.5))


def bleed_through(scan: Scan, rng: np.random.Generator) -> Scan:
    """The other side shines through: a faint mirrored page, shifted and blurred."""
    height, width = scan.pixels.shape[:2]
    back = cv2.flip(scan.pixels[::2, ::2], 1)
    back = cv2.resize(cv2.GaussianBlur(back, (0, 0), 1.2), (width, height))
    back = np.roll(back, (int(rng.integers(60, 200)), int(rng.integers(-60, 60))), axis=(0, 1))
    strength = rng.uniform(0.13, 0.2)
    table = (255 - (255 - np.arange(256)) * strength).astype(np.uint8)
    return replace(scan, pixels=cv2.multiply(scan.pixels, cv2.LUT(back, table), scale=1 / 255))


# -- the scanner ------------------------------------------------------------------------------------------------


def uneven_light(scan: Scan, rng: np.random.Generator) -> Scan:
    """Light falls off towards one side, with a shadow along the fold."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1:1:24j, -1:1:18j]
    fall = 0.87 + 0.12 * (x * np.cos(angle) + y * np.sin(angle))
    fold = 0.14 * np.exp(-(((x - rng.uniform(-0.9, 0.9)) / 0.12) ** 2))
    return replace(scan, pixels=_shade(scan.pixels, (fall - fold).astype(np.float32)))


def skew(scan: Scan, rng: np.random.Generator) -> Scan:
    """Fed askew, 0.6 to 2.6 degrees either way."""
    angle = float(rng.uniform(0.6, 2.6) * rng.choice((-1, 1)))
    height, width = scan.pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    pixels = cv2.warpAffine(scan.pixels, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=(252, 252, 252))
    return replace(scan, pixels=pixels, skew=scan.skew + angle)


def skew_varying(scan: Scan, rng: np.random.Generator) -> Scan:
    """Paper that slipped while being drawn in: the skew changes down the page."""
    height, width = scan.pixels.shape[:2]
    first, last = float(rng.uniform(0.8, 1.8)), float(rng.uniform(-1.6, -0.6))
    if rng.random() < 0.5:
        first, last = last, first
    slope = np.tan(np.radians(np.linspace(first, last, height, dtype=np.float32)))[:, None]
    across = np.arange(width, dtype=np.float32)[None, :]
    down = np.arange(height, dtype=np.float32)[:, None] + slope * (across - width / 2)
    columns = np.broadcast_to(across, down.shape)
    pixels = cv2.remap(scan.pixels, columns, down, cv2.INTER_LINEAR, borderValue=(252, 252, 252))
    return replace(scan, pixels=pixels, skew=0.0)


def photo(scan: Scan, rng: np.random.Generator) -> Scan:
    """Taken with a phone: a table around it, perspective, light from one side."""
    source = cv2.resize(scan.pixels, None, fx=0.88, fy=0.88, interpolation=cv2.INTER_AREA)
    height, width = source.shape[:2]
    size = (round(width * 1.16), round(height * 1.12))
    table = np.array((112, 92, 74)) * rng.uniform(0.7, 1.1)
    inset = np.array([(0.07, 0.05), (0.93, 0.05), (0.95, 0.95), (0.05, 0.95)])
    corners = (inset + rng.uniform(-0.028, 0.028, (4, 2))) * size
    paper = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(paper, corners.astype(np.float32))
    backdrop = tuple(float(tone) for tone in table)
    pixels = cv2.warpPerspective(source, matrix, size, flags=cv2.INTER_LINEAR, borderValue=backdrop)
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1:1:24j, -1:1:18j]
    light = 0.84 + 0.16 * (x * np.cos(angle) + y * np.sin(angle))
    pixels = _grain(_shade(pixels, light.astype(np.float32)), rng, 3)
    return replace(scan, pixels=pixels, dpi=0, skew=0.0)


def blur(scan: Scan, rng: np.random.Generator) -> Scan:
    """Out of focus."""
    sigma = float(rng.uniform(1.3, 2.1)) * scan.pixels.shape[1] / 2480
    return replace(scan, pixels=cv2.GaussianBlur(scan.pixels, (0, 0), sigma))


def noise(scan: Scan, rng: np.random.Generator) -> Scan:
    """The sensor's grain, and specks of dust."""
    pixels = _grain(scan.pixels, rng, float(rng.uniform(7, 13)))
    height, width = pixels.shape[:2]
    for _ in range(int(rng.integers(30, 90))):
        spot = (int(rng.integers(width)), int(rng.integers(height)))
        shade = int(rng.integers(20, 150))
        cv2.circle(pixels, spot, int(rng.integers(1, 4)), (shade, shade, shade), -1)
    return replace(scan, pixels=pixels)


# -- turning and coding -----------------------------------------------------------------------------------------


def _turned(scan: Scan, clockwise: int) -> Scan:
    turned = np.ascontiguousarray(np.rot90(scan.pixels, -clockwise // 90))
    return replace(scan, pixels=turned, rotation=(scan.rotation - clockwise) % 360)


def rot90(scan: Scan, _: np.random.Generator) -> Scan:
    """Turned by 90° clockwise."""
    return _turned(scan, 90)


def rot180(scan: Scan, _: np.random.Generator) -> Scan:
    """Upside down."""
    return _turned(scan, 180)


def rot270(scan: Scan, _: np.random.Generator) -> Scan:
    """Turned by 90° counter-clockwise."""
    return _turned(scan, 270)


def _resized(scan: Scan, scale: float) -> Scan:
    pixels = cv2.resize(scan.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return replace(scan, pixels=pixels, dpi=scan.dpi * scale)


def low_res(scan: Scan, _: np.random.Generator) -> Scan:
    """The short side is 700 pixels."""
    return _resized(scan, 700 / min(scan.pixels.shape[:2]))


def fax(scan: Scan, rng: np.random.Generator) -> Scan:
    """Black and white at 200 dpi, with speckle and ragged edges."""
    small = _resized(scan, 200 / DPI) if min(scan.pixels.shape[:2]) > 1700 else scan
    grey = cv2.cvtColor(small.pixels, cv2.COLOR_RGB2GRAY)[:, :, None]
    rough = _grain(grey, rng, 20).reshape(grey.shape[:2])
    black = rough < cv2.blur(rough, (41, 41)).astype(np.int16) * 0.78
    specks = rng.random(black.shape, np.float32) < 0.0006
    black |= cv2.dilate(specks.astype(np.uint8), np.ones((2, 2), np.uint8)).astype(bool)
    black &= rng.random(black.shape, np.float32) > 0.01
    pixels = np.where(black, 0, 255).astype(np.uint8)
    return replace(small, pixels=cv2.merge([pixels] * 3), bilevel=True)


def jpeg(scan: Scan, rng: np.random.Generator) -> Scan:
    """Saved as a poor JPEG (quality 18 to 32)."""
    held = io.BytesIO()
    Image.fromarray(scan.pixels).save(held, "JPEG", quality=int(rng.integers(18, 33)))
    return replace(scan, pixels=np.asarray(Image.open(held)), bilevel=False)


CONDITIONS: dict[str, Condition] = {
    condition.name: condition
    for condition in (
        Condition("clean", "ảnh sạch, không có biến đổi", clean),
        Condition("faded", "chữ mờ vì thiếu mực", faded),
        Condition("stamp", "dấu tròn đỏ đè lên tên loại văn bản", stamp),
        Condition("box_stamp", "dấu CÔNG VĂN ĐẾN đè lên số, ký hiệu", stamp_on_number),
        Condition("tint", "giấy ố vàng hoặc ngả màu", tint),
        Condition("bleed_through", "chữ mặt sau hằn lên mặt trước", bleed_through),
        Condition("uneven_light", "sáng tối không đều, có bóng nếp gấp", uneven_light),
        Condition("skew", "trang quét bị nghiêng 0,6° đến 2,6°", skew),
        Condition("skew_varying", "giấy trượt khi quét: độ nghiêng thay đổi dần xuống cuối trang", skew_varying),
        Condition("photo", "ảnh chụp bằng điện thoại: phối cảnh, nền bàn, ánh sáng lệch", photo),
        Condition("blur", "ảnh nhòe do lệch nét", blur),
        Condition("noise", "hạt nhiễu và bụi", noise),
        Condition("rot90", "trang quay 90° theo chiều kim đồng hồ", rot90),
        Condition("rot180", "trang lộn ngược", rot180),
        Condition("rot270", "trang quay 90° ngược chiều kim đồng hồ", rot270),
        Condition("low_res", "ảnh nhỏ, cạnh ngắn 700 điểm", low_res),
        Condition("fax", "đen trắng 200 dpi, lốm đốm như bản fax", fax),
        Condition("jpeg", "nén JPEG chất lượng thấp", jpeg),
    )
}
"""All conditions by name, in the order in which they are put on."""


class UnknownCondition(ValueError):
    """A name that is no condition; the message names the nearest one, in Vietnamese."""

    def __init__(self, name: str) -> None:
        near = difflib.get_close_matches(name, CONDITIONS, n=1, cutoff=0.4)
        hint = f" Ý bạn là '{near[0]}'?" if near else ""
        super().__init__(f"Không có điều kiện '{name}'.{hint} Xem danh sách bằng --list.")


def scan(image: Image.Image, names: Sequence[str], seed: int) -> Scan:
    """Put the conditions called ``names`` on a page of 300 dpi, and keep what they did to its geometry.

    Raises:
        UnknownCondition: a name is not among :data:`CONDITIONS`.
    """
    unknown = next((name for name in names if name not in CONDITIONS), None)
    if unknown is not None:
        raise UnknownCondition(unknown)
    done = Scan(np.asarray(image.convert("RGB")).copy())
    ordered = tuple(name for name in CONDITIONS if name in names)
    for name in ordered:
        done = CONDITIONS[name].put(done, chance.pixels(seed, "condition", name))
    return replace(done, conditions=ordered)


def apply(image: Image.Image, names: Sequence[str], seed: int) -> Image.Image:
    """The picture alone: see :func:`scan`."""
    return scan(image, names, seed).image
