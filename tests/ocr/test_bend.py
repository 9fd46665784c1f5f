"""The slope of lines, measured down the page."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ocr.bend import LEVEL, slopes_of
from tests.ocr.sheets import printed, slipped

SHEET = printed()


def small(sheet):
    grey = cv2.cvtColor(sheet, cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def degrees(slope):
    return float(np.degrees(np.arctan(slope)))


def turned(sheet, clockwise):
    height, width = sheet.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -clockwise, 1)
    return cv2.warpAffine(sheet, matrix, (width, height), borderValue=(255, 255, 255))


@pytest.mark.parametrize("clockwise", [0.0, 1.0, -2.4, 3.3])
def test_one_slope_is_that_of_the_page(clockwise):
    slopes = slopes_of(small(turned(SHEET, clockwise)))
    assert degrees(slopes.one) == pytest.approx(clockwise, abs=0.1)
    assert slopes.many == ()


@settings(max_examples=15, deadline=None)
@given(st.floats(-1.8, 1.8), st.floats(-1.8, 1.8))
def test_a_slope_that_changes_is_followed_down_the_page(first, last):
    slopes = slopes_of(small(slipped(SHEET, first, last)))
    if abs(first - last) >= 1.0:
        found = {round(share, 1): degrees(slope) for share, slope in slopes.many}
        for share in (0.2, 0.4, 0.6, 0.8):  # at the very ends there is no print to tell from
            assert found[share] == pytest.approx(-(first + (last - first) * share), abs=0.25)
    elif abs(first - last) < 0.5:
        assert slopes.many == ()
        assert degrees(slopes.one) == pytest.approx(-(first + last) / 2, abs=abs(first - last) / 2 + 0.1)


@pytest.mark.parametrize("rows", [8, 12, 20])
def test_slopes_near_level_are_told_from_level(rows):
    found = {
        round(share, 1): degrees(slope) for share, slope in slopes_of(small(slipped(printed(rows=rows), 1, -1))).many
    }
    for share in (0.2, 0.4, 0.6, 0.8):
        assert found[share] == pytest.approx(2 * share - 1, abs=0.16)


def test_parts_without_print_have_no_say():
    sheet = slipped(SHEET, 0.9, -0.9)
    sheet[900:] = 255
    found = dict(slopes_of(small(sheet)).many)
    assert degrees(found[0.2]) == pytest.approx(-0.54, abs=0.25)
    assert abs(degrees(found[1.0])) < 0.6


@pytest.mark.parametrize("size", [(1, 1), (620, 20), (20, 877), (620, 877)])
def test_an_empty_page_is_level(size):
    assert slopes_of(np.full(size[::-1], 255, np.uint8)) == LEVEL


def test_noise_and_pictures_are_level():
    noise = np.random.default_rng(3).integers(0, 256, (877, 620)).astype(np.uint8)
    assert slopes_of(noise) == LEVEL
    assert slopes_of(cv2.GaussianBlur(noise, (0, 0), 9)) == LEVEL


def test_shadows_at_the_edges_and_a_stroke_of_the_pen_do_not_bend_a_page():
    sheet = SHEET.copy()
    cv2.line(sheet, (0, 8), (1240, 30), (20, 20, 20), 14)
    cv2.line(sheet, (300, 1500), (1000, 1420), (40, 40, 40), 5)
    slopes = slopes_of(small(sheet))
    assert slopes.many == ()
    assert slopes.one == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(50, 130))
def test_a_low_strip_is_never_bent_so_far_that_lines_cross(seed, height):
    random = np.random.default_rng(seed)
    strip = np.full((height, 620), 255, np.uint8)
    for y in range(8, height, 16):
        rise = round(310 * np.tan(np.radians(random.uniform(-3, 3))))
        cv2.line(strip, (0, y - rise), (620, y + rise), 0, 3)
    slopes = [slope for _, slope in slopes_of(strip).many]
    assert all(abs(b - a) * 620 <= height / 5 + 1e-9 for a, b in pairwise(slopes))


@pytest.mark.parametrize("seed", range(5))
def test_specks_are_level(seed):
    random = np.random.default_rng(seed)
    specks = np.full((877, 620), 255, np.uint8)
    specks[random.integers(0, 877, 5000), random.integers(0, 620, 5000)] = 90
    assert slopes_of(specks) == LEVEL
