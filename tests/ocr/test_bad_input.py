"""Whatever is put on the scanner: each page ends with a usable reading and, where something is wrong, a finding.

Files are drawn here, taken in and read as in a run. Nothing may break off, nothing may be read with confidence that
does not stand there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps
from rapidfuzz import fuzz

from pipeline import capture, recipe
from pipeline.dossier import Line, PageReading, Word
from pipeline.errors import TooSlow
from pipeline.ocr import Desk, draw_overlay, draw_review, open_desk, places_to_review
from pipeline.ocr.handwriting import mark_slots
from pipeline.ocr.pen import mark_pen
from pipeline.settings import Limits, Reading
from tests.ocr import drawing
from tests.ocr.drawing import decision

A4 = (1654, 2339)
WHOLE = " ".join((*drawing.HEAD_LEFT, *drawing.HEAD_RIGHT, *drawing.TITLE, *drawing.BODY))
DRAWN = {word for text in (WHOLE, *drawing.FOOT_LEFT, *drawing.FOOT_RIGHT) for word in text.split()}


class Taken:
    """A page read from a file, with all that was noticed on the way."""

    def __init__(self, reading: PageReading, rotation: int, rules: list[str]) -> None:
        self.reading, self.rotation, self.rules = reading, rotation, rules

    @property
    def escapes(self) -> list[Word]:
        """Words presented as read with confidence."""
        return [word for word in self.reading.words() if word.agreed is not False and word.confidence >= 0.85]

    @property
    def wrong(self) -> list[str]:
        """Words presented as read with confidence that were not drawn."""
        return [word.text for word in self.escapes if word.text not in DRAWN]

    @property
    def likeness(self) -> float:
        """How much of the drawn decision was read (0..100)."""
        return fuzz.partial_ratio(WHOLE, self.reading.text.replace("\n", " "))


@pytest.fixture
def read(desk: Desk, tmp_path: Path) -> Callable[..., Taken]:
    """``read(image, name, **saved)``: save a picture as a file, take it in, read its only page."""

    def run(image: Image.Image, name: str = "trang.png", **saved) -> Taken:
        saved.setdefault("dpi", (200, 200))
        image.save(tmp_path / name, **saved)
        (tmp_path / "work").mkdir()
        taken = capture.take(tmp_path / name, tmp_path / "work", Limits())
        (page,) = taken.pages
        page, reading = recipe.read_page(page, desk, Limits())
        for finding in (*taken.findings, *reading.findings):
            assert finding.message.vi
            assert finding.message.en
        for word in reading.words():
            x0, y0, x1, y1 = word.box
            assert 0 <= x0 <= x1 <= reading.width
            assert 0 <= y0 <= y1 <= reading.height
            assert word.text.strip()
        return Taken(reading, page.rotation, [found.rule for found in (*taken.findings, *reading.findings)])

    return run


# -- pages without text -----------------------------------------------------------------------------------------


def photograph() -> Image.Image:
    """Soft shapes in many colours, with grain."""
    random = np.random.default_rng(5)
    soft = cv2.resize(random.random((9, 7, 3), np.float32), A4, interpolation=cv2.INTER_CUBIC) * 200 + 30
    return Image.fromarray((soft + random.normal(0, 6, soft.shape)).clip(0, 255).astype(np.uint8))


def music() -> Image.Image:
    """Nine staves with notes."""
    random = np.random.default_rng(6)
    image = Image.new("RGB", A4, "white")
    draw = ImageDraw.Draw(image)
    for top in range(200, 2200, 230):
        for line in range(5):
            draw.line((120, top + line * 18, 1540, top + line * 18), fill=0, width=2)
        for x in range(180, 1500, 48):
            y = top + int(random.integers(-1, 9)) * 9
            draw.ellipse((x - 11, y - 8, x + 11, y + 8), fill=0)
            draw.line((x + 10, y, x + 10, y - 60), fill=0, width=3)
    return image


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(7).integers(0, 255, A4[::-1], np.uint8))


def specked(image: Image.Image) -> Image.Image:
    """Ten thousand specks."""
    random = np.random.default_rng(8)
    pixels = np.array(image)
    spots = zip(random.integers(0, image.height - 2, 10_000), random.integers(0, image.width - 2, 10_000), strict=True)
    for y, x in spots:
        pixels[y : y + 2, x : x + 2] = 20
    return Image.fromarray(pixels)


NOTHING = {"blank_page", "no_text", "unread_ink"}


@pytest.mark.parametrize(
    "image",
    [
        lambda: Image.new("RGB", A4, "white"),
        lambda: Image.new("1", A4, 0),
        photograph,
        music,
        noise,
        lambda: specked(Image.new("RGB", A4, "white")),
        lambda: Image.fromarray((np.indices(A4[::-1]).sum(0) % 2 * 255).astype(np.uint8)),
    ],
    ids=["white", "black", "photograph", "music", "noise", "specks", "checks"],
)
def test_pages_without_text_say_so(read, image):
    done = read(image())
    assert NOTHING & set(done.rules)
    assert done.escapes == []
    assert len(list(done.reading.words())) < 10


# -- pages the wrong way round ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("turn", "rotation"), [(180, 180), (90, 90), (270, 270)])
def test_turned_pages_are_read(read, turn, rotation):
    done = read(decision().rotate(turn, expand=True))
    assert done.rotation == rotation
    assert done.likeness > 97


@pytest.mark.parametrize("turned", [False, True])
def test_a_mirrored_page_is_said_and_nothing_of_it_is_believed(read, turned):
    mirrored = ImageOps.mirror(decision())
    done = read(mirrored.rotate(180) if turned else mirrored)
    assert {"mirrored_page", "bleed_through"} & set(done.rules)
    assert len(done.escapes) <= 2


# -- resolutions ------------------------------------------------------------------------------------------------


def test_a_fax_of_70_dpi_is_doubted(read):
    small = decision().convert("L").resize((579, 490), Image.Resampling.LANCZOS)
    done = read(small.convert("1"), "fax.tif", dpi=(70, 70), compression="group4")
    assert done.likeness > 50
    assert len(done.wrong) <= 2
    assert done.reading.dpi == pytest.approx(70, abs=1)


def test_a_scan_of_1200_dpi_is_read_with_boxes_in_its_own_pixels(read):
    part = decision().crop((200, 60, 1500, 700)).convert("L")
    done = read(part.resize((part.width * 6, part.height * 6)), dpi=(1200, 1200))
    assert done.likeness > 97
    assert max(word.box[2] for word in done.reading.words()) > 6000


# -- codings ----------------------------------------------------------------------------------------------------


def alpha(image: Image.Image) -> Image.Image:
    """Black ink on nothing."""
    grey = ImageOps.invert(image.convert("L"))
    nothing = Image.new("L", image.size, 0)
    return Image.merge("RGBA", (nothing, nothing, nothing, grey))


@pytest.mark.parametrize(
    ("made", "name", "saved", "rule"),
    [
        (lambda d: d.convert("CMYK"), "a.jpg", {}, "picture_cmyk"),
        (lambda d: Image.fromarray(np.asarray(d.convert("L")).astype(np.uint16) * 257), "a.png", {}, "picture_16bit"),
        (alpha, "a.png", {}, "picture_alpha"),
        (lambda d: ImageOps.invert(d.convert("L")).convert("1", dither=0), "a.tif", {"compression": "group4"}, None),
        (ImageOps.invert, "a.png", {}, None),
    ],
    ids=["cmyk", "16bit", "alpha", "inverted-1bit", "inverted"],
)
def test_unusual_codings_are_read(read, made, name, saved, rule):
    done = read(made(decision()), name, **saved)
    assert done.likeness > 97
    assert rule is None or rule in done.rules


def test_ten_thousand_specks_do_not_hide_the_text(read):
    done = read(specked(decision()))
    assert done.likeness > 85
    assert len(done.wrong) <= 1


# -- time -------------------------------------------------------------------------------------------------------


def test_a_page_over_its_time_ends_with_its_own_error(tmp_path):
    specked(decision()).save(tmp_path / "trang.png", dpi=(200, 200))
    (tmp_path / "work").mkdir()
    (page,) = capture.take(tmp_path / "trang.png", tmp_path / "work", Limits()).pages
    hurried = open_desk(Reading(), Limits(seconds_page=0.05))
    with pytest.raises(TooSlow) as late:
        recipe.read_page(page, hurried, Limits())
    assert late.value.details["name"] == "page 1"


# -- boxes without area -----------------------------------------------------------------------------------------

POINTS = [(50.0, 50.0, 50.0, 50.0), (60.0, 50.0, 90.0, 50.0), (100.0, 40.0, 100.0, 60.0), (0.0, 0.0, 0.0, 0.0)]


def test_words_without_area_in_a_text_layer_are_kept(desk):
    text = "Căn cứ Luật Tổ chức chính quyền địa phương;"
    whole = Word(text, (150.0, 80.0, 150 + drawing.font(42).getlength(text), 132.0), 1.0)
    words = (whole, *(Word(f"Số: {n}/QĐ-UBND....", box, 1.0) for n, box in enumerate(POINTS)))
    pixels = drawing.pixels(drawing.note([text]))
    reading = desk.read(pixels, drawing.page_of(pixels, printed=words))
    assert reading.mode == "text-layer"
    assert sorted(word.text for word in reading.words()) == sorted(word.text for word in words)
    places = places_to_review(reading, (), 1.1)
    assert draw_overlay(pixels, reading, (), places).shape[0] >= 400
    assert draw_review(pixels, places).size


@pytest.mark.parametrize("zone", ["head_left", "head_right", "body"])
@pytest.mark.parametrize("box", POINTS)
def test_words_without_area_are_looked_at_for_handwriting(zone, box):
    texts = ("Số: 15/QĐ-UBND", "ngày 5 tháng 3 năm 2024", "Số: 15....", "............")
    lines = [Line((Word(text, box, 0.9, False),), box, zone) for text in texts]
    marked, _ = mark_slots(np.full((200, 300), 255, np.uint8), lines)
    assert [line.text for line in marked] == list(texts)
    coloured, _ = mark_pen(np.full((200, 300, 3), (200, 60, 40), np.uint8), lines)
    assert [line.text for line in coloured] == list(texts)
