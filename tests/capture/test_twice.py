"""A page captured twice is told; two filled copies of one form are two pages."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.capture import repeated, upright
from pipeline.capture.twice import same_sheet
from pipeline.dossier import Coding, Finding, Line, Page, PageReading, Text, Word
from samples import draw_paper
from samples import scan as scanned
from tests.capture.making import LIMITS, font_file

FORM = "don"


@cache
def form(seed: int = 4) -> Image.Image:
    return draw_paper(FORM, seed).pages[0]


@pytest.fixture
def page(tmp_path: Path) -> Callable[..., Page]:
    """``page(number, image, conditions, shift)``: the carrier of a scan, brought upright."""

    def stored(number: int, image: Image.Image, conditions: list[str], shift: tuple[int, int] = (0, 0)) -> Page:
        done = scanned(image, conditions, number)
        moved = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
        pixels = cv2.warpAffine(done.pixels, moved, done.pixels.shape[1::-1], borderValue=(250, 250, 250))
        path = tmp_path / f"page-{number}.jpg"
        Image.fromarray(pixels).save(path, quality=85)
        dpi = done.dpi or 300
        return upright(Page(number, path, Coding.JPEG, pixels.shape[1], pixels.shape[0], dpi, dpi), LIMITS)

    return stored


def written_on(image: Image.Image, text: str = "", stroke: int = 0) -> Image.Image:
    """``image`` with a word typed, or a stroke drawn, on its widest empty place."""
    filled = image.copy()
    draw = ImageDraw.Draw(filled)
    if text:
        draw.text((700, 2900), text, font=ImageFont.truetype(font_file(), 54), fill=(20, 20, 60))
    if stroke:
        rng = np.random.default_rng(stroke)
        points = [(700 + 14 * step, 2920 + int(rng.integers(-30, 30))) for step in range(20)]
        draw.line(points, fill=(20, 30, 140), width=5)
    return filled


@pytest.mark.parametrize(
    ("first", "second", "shift"),
    [(["clean"], ["tint", "noise"], (17, -23)), (["skew"], ["skew", "jpeg"], (30, 12)), (["clean"], ["blur"], (0, 0)),
     (["tint"], ["rot180", "noise"], (0, 0)), (["fax"], ["fax", "skew"], (0, 0)), (["clean"], ["low_res"], (0, 0)),
     (["uneven_light"], ["faded"], (-20, 20))],
    ids=lambda value: "+".join(map(str, value)),
)  # fmt: skip
def test_the_same_sheet_scanned_again(
    page: Callable[..., Page], first: list[str], second: list[str], shift: tuple[int, int]
) -> None:
    image = written_on(form(), stroke=1)
    assert same_sheet(page(1, image, first), page(2, image, second, shift))


@pytest.mark.parametrize(
    ("one", "other"),
    [(form(4), form(5)), (form(), written_on(form(), "Trần Thị Mẫu")), (form(), written_on(form(), stroke=2)),
     (written_on(form(), "Trần Thị Mẫu"), written_on(form(), "Lê Văn Thử")),
     (written_on(form(), stroke=3), written_on(form(), stroke=2))],
    ids=["another person", "typed", "written", "typed otherwise", "written otherwise"],
)  # fmt: skip
def test_two_copies_of_a_form(page: Callable[..., Page], one: Image.Image, other: Image.Image) -> None:
    assert not same_sheet(page(1, one, ["clean"]), page(2, other, ["noise"]))
    assert not same_sheet(page(1, other, ["tint"]), page(2, one, ["clean"]))


def test_sheets_of_different_sizes_are_different(page: Callable[..., Page]) -> None:
    half = form().crop((0, 0, form().width, form().height // 2))
    assert not same_sheet(page(1, form(), ["clean"]), page(2, half, ["clean"]))


# -- which pages are compared -----------------------------------------------------------------------------------


def reading(page: Page, text: str, *rules: str) -> PageReading:
    words = tuple(Word(word, (0, 0, 9, 9), 1.0) for word in text.split())
    findings = tuple(Finding(rule, f"page {page.number}", Text(rule, rule)) for rule in rules)
    return PageReading(
        page.number, *page.upright_size, 300, 0, 0, (Line(words, (0, 0, 9, 9)),) if words else (), findings=findings
    )


WORDS = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập Tự do Hạnh phúc đơn đề nghị cấp bản sao"


def told(pages: list[Page], readings: list[PageReading]) -> list[tuple[str, str]]:
    return [(found.where, found.message.en.split(":")[0]) for found in repeated(pages, readings)]


def test_the_second_of_two_is_told_with_the_first(page: Callable[..., Page]) -> None:
    pages = [page(1, form(), ["clean"]), page(2, form(5), ["clean"]), page(3, form(), ["noise"])]
    readings = [reading(each, WORDS + " một") for each in pages[:2]] + [reading(pages[2], WORDS + " mot")]
    assert told(pages, readings) == [("page 3", "the same as page 1")]


def test_pages_of_other_words_are_not_compared(page: Callable[..., Page]) -> None:
    one = page(1, form(), ["clean"])
    pages = [one, replace(one, number=2)]
    other = "QUYẾT ĐỊNH Điều 1 Cho phép bà Trần Thị Mẫu sửa chữa nhà ở tại phường Thí Điểm"
    assert told(pages, [reading(pages[0], WORDS), reading(pages[1], other)]) == []


@pytest.mark.parametrize(("rules", "says"), [((), [("page 2", "the same as page 1")]), (("blank_page",), [])])
def test_pages_without_words_are_compared_unless_blank(
    page: Callable[..., Page], rules: tuple[str, ...], says: list[tuple[str, str]]
) -> None:
    one = page(1, form(), ["clean"])
    pages = [one, replace(one, number=2)]
    assert told(pages, [reading(each, "", *rules) for each in pages]) == says


def test_nothing_to_compare() -> None:
    assert repeated([], []) == ()
