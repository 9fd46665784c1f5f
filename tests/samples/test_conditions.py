"""Each condition changes the page, can be repeated, and says what it did to the geometry."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from samples import CONDITIONS, UnknownCondition, apply, draw_paper, scan

NAMES = [name for name in CONDITIONS if name != "clean"]


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return draw_paper("cong_van", 3).pages[0]


def _coarse(image: Image.Image, size: tuple[int, int] = (310, 438)) -> np.ndarray:
    return np.asarray(image.convert("L").resize(size, Image.Resampling.BOX), np.float32)


def test_clean_changes_nothing(page: Image.Image) -> None:
    assert np.array_equal(np.asarray(apply(page, ["clean"], 1)), np.asarray(page))


@pytest.mark.parametrize("name", NAMES)
def test_a_condition_changes_the_picture_and_can_be_repeated(page: Image.Image, name: str) -> None:
    before = np.asarray(page).copy()
    done = apply(page, [name], 5)
    assert np.array_equal(np.asarray(page), before), "the page itself is left alone"
    assert done.size != page.size or not np.array_equal(np.asarray(done.convert("RGB")), before)
    assert np.array_equal(np.asarray(done), np.asarray(apply(page, [name], 5)))


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_keeps_a_plausible_size(page: Image.Image, name: str) -> None:
    done = scan(page, [name], 5)
    width, height = done.image.size
    long, short = max(width, height), min(width, height)
    assert 1.25 < long / short < 1.55
    assert short == 700 if name == "low_res" else short > 1600
    if name != "photo":
        assert short / done.dpi == pytest.approx(8.27, abs=0.03)
    assert done.conditions == (name,)


@pytest.mark.parametrize(
    "name", ["skew", "noise", "blur", "stamp", "box_stamp", "tint", "faded", "bleed_through", "photo"]
)
def test_another_seed_gives_another_picture(page: Image.Image, name: str) -> None:
    one, other = (apply(page, [name], seed) for seed in (1, 2))
    assert one.size != other.size or not np.array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("name", ["rot90", "rot180", "rot270"])
def test_the_recorded_turn_brings_the_page_upright(page: Image.Image, name: str) -> None:
    done = scan(page, [name], 1)
    upright = np.rot90(np.asarray(done.image), -done.rotation // 90)
    assert np.array_equal(upright, np.asarray(page))


@pytest.mark.parametrize("seed", range(4))
def test_the_recorded_skew_levels_the_page(page: Image.Image, seed: int) -> None:
    done = scan(page, ["skew"], seed)
    assert 0.6 <= abs(done.skew) <= 2.6
    turn = cv2.getRotationMatrix2D((page.width / 2, page.height / 2), -done.skew, 1.0)
    size = (page.width, page.height)
    level = Image.fromarray(cv2.warpAffine(done.pixels, turn, size, borderValue=(255, 255, 255)))
    assert np.abs(_coarse(level) - _coarse(page)).mean() < 0.15 * np.abs(_coarse(done.image) - _coarse(page)).mean()


def test_a_skew_that_changes_has_no_angle_of_its_own(page: Image.Image) -> None:
    assert scan(page, ["skew_varying"], 1).skew == 0


def test_fax_is_bilevel_at_200_dpi(page: Image.Image) -> None:
    done = scan(page, ["fax"], 1)
    assert done.bilevel
    assert done.image.mode == "1"
    assert done.dpi == pytest.approx(200)
    assert np.abs(_coarse(done.image) - _coarse(page)).mean() < 12


def test_conditions_combine_in_one_order_whatever_the_order_of_their_names(page: Image.Image) -> None:
    one = scan(page, ["rot90", "tint", "skew"], 4)
    other = scan(page, ["skew", "rot90", "tint"], 4)
    assert one.conditions == other.conditions == ("tint", "skew", "rot90")
    assert np.array_equal(one.pixels, other.pixels)
    assert (one.rotation, abs(one.skew) > 0) == (270, True)


def test_an_unknown_condition_is_refused_with_the_nearest_name(page: Image.Image) -> None:
    with pytest.raises(UnknownCondition, match="'skew'"):
        apply(page, ["noise", "skeww"], 1)


def test_every_condition_is_described() -> None:
    assert all(condition.what and condition.name == name for name, condition in CONDITIONS.items())
