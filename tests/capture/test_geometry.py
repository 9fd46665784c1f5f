"""Turn and skew: known, never applied; what is unsure stays as it is."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

import samples
from pipeline.capture import upright
from pipeline.capture.geometry import estimate_skew
from pipeline.dossier import Coding, Page, Word
from tests.capture.making import LIMITS, font_file, scan
from tests.capture.printing import BODY


@cache
def drawn(width: int = 1240, height: int = 1754) -> Image.Image:
    """A page of running text, A4 at 150 dpi."""
    image = Image.new("L", (width, height), 245)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(font_file(), 28)
    for row in range(30):
        draw.text((140 + 60 * (row % 6 == 0), 150 + 46 * row), BODY[2 + row % 6], font=font, fill=30)
    return image


def tilted(image: Image.Image, degrees: float) -> np.ndarray:
    """Lines rise by ``degrees``: turned anticlockwise."""
    return np.asarray(image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=245))


def stored(tmp_path: Path, picture: np.ndarray, **facts: object) -> Page:
    path = tmp_path / "page.png"
    Image.fromarray(picture).save(path)
    page = Page(1, path, Coding.LOSSLESS, picture.shape[1], picture.shape[0], 150, 150)
    return replace(page, **facts)


# -- skew -------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.floats(-5, 5))
def test_skew_is_the_angle_by_which_lines_rise(degrees: float) -> None:
    found = estimate_skew(tilted(drawn(), degrees))
    if found:
        assert found == pytest.approx(degrees, abs=0.15)
    else:
        assert abs(degrees) < 0.35


@pytest.mark.parametrize("degrees", [-4.8, -2.0, -0.7, 0.0, 0.6, 1.5, 4.9])
def test_turning_clockwise_by_the_skew_levels_the_page(degrees: float) -> None:
    picture = tilted(drawn(), degrees)
    level = np.asarray(
        Image.fromarray(picture).rotate(-estimate_skew(picture), Image.Resampling.BICUBIC, fillcolor=245)
    )
    assert estimate_skew(level) == 0


def test_uneven_light_and_dark_borders_do_not_matter() -> None:
    picture = tilted(drawn(), 1.8).astype(float)
    picture *= np.linspace(0.55, 1, picture.shape[1])  # the gutter of a book
    picture[:, :30] = 0
    picture[-40:] = 0
    assert estimate_skew(picture.astype(np.uint8)) == pytest.approx(1.8, abs=0.15)


def noise(seed: int = 3) -> np.ndarray:
    grains = np.random.default_rng(seed).integers(0, 255, (60, 42), np.uint8)
    return cv2.resize(grains, (1240, 1754), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize(
    "picture",
    [np.full((1754, 1240), 255, np.uint8), np.zeros((1754, 1240), np.uint8), np.full((1, 1), 255, np.uint8),
     np.full((3, 2000), 200, np.uint8), np.full((2000, 3), 200, np.uint8)],
    ids=["white", "black", "one pixel", "a line", "a column"],
)  # fmt: skip
def test_where_there_is_nothing_there_is_no_skew(picture: np.ndarray) -> None:
    assert estimate_skew(picture) == 0


def test_specks_are_no_lines() -> None:
    picture = np.full((1754, 1240), 250, np.uint8)
    rng = np.random.default_rng(5)
    for x, y in zip(rng.integers(20, 1200, 40), rng.integers(20, 1700, 40), strict=True):
        picture[y : y + 3, x : x + 3] = 0
    assert estimate_skew(picture) == 0


# -- quarter turns ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stated", [0, 90])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_found_to_be(tmp_path: Path, turn: int, stated: int) -> None:
    """The carrier lies turned clockwise by ``turn``; the file says ``stated``, rightly or wrongly."""
    lying = np.rot90(np.asarray(drawn()), -turn // 90)
    page = upright(stored(tmp_path, lying, rotation=stated), LIMITS)
    assert page.rotation == -turn % 360
    assert page.skew == 0


@pytest.mark.parametrize("turn", [90, 270])
def test_turned_and_tilted(tmp_path: Path, turn: int) -> None:
    page = upright(stored(tmp_path, np.rot90(tilted(drawn(), 2.4), -turn // 90)), LIMITS)
    assert page.rotation == -turn % 360
    assert page.skew == pytest.approx(2.4, abs=0.15)


def test_a_coloured_page_with_a_few_lines(tmp_path: Path) -> None:
    picture = np.asarray(scan(1168, 1652))
    assert upright(stored(tmp_path, np.rot90(picture, 2)), LIMITS).rotation == 180


@pytest.mark.parametrize(
    "picture", [np.full((1754, 1240), 252, np.uint8), noise(), noise(4)], ids=["blank", "photo", "another"]
)
@pytest.mark.parametrize("stated", [0, 180])
def test_the_unsure_stay_as_the_file_says(tmp_path: Path, picture: np.ndarray, stated: int) -> None:
    page = upright(stored(tmp_path, picture, rotation=stated), LIMITS)
    assert (page.rotation, page.skew) == (stated, 0)


def test_a_trusted_page_is_upright(tmp_path: Path) -> None:
    page = stored(tmp_path, np.rot90(np.asarray(drawn())), printed=(Word("và", (1, 1, 20, 10), 1.0),))
    assert upright(page, LIMITS) is page


def test_the_carrier_is_not_touched(tmp_path: Path) -> None:
    page = stored(tmp_path, np.rot90(np.asarray(drawn())))
    before = page.carrier.read_bytes()
    turned = upright(page, LIMITS)
    assert turned.carrier.read_bytes() == before
    assert (turned.width, turned.height) == (page.width, page.height)


@pytest.mark.parametrize("turn", ["rot90", "rot180", "rot270"])
def test_a_card_on_an_empty_sheet_is_turned_upright(tmp_path: Path, turn: str) -> None:
    lying = samples.scan(samples.draw_paper("ho_chieu", 1005).pages[0], ("skew", turn), 7)
    found = upright(stored(tmp_path, np.asarray(lying.image)), LIMITS)
    assert (found.rotation, found.turn_doubtful) == (lying.rotation, False)
