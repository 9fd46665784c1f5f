"""Boxes go from the page into the picture for reading and back."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ocr.geometry import Placement, clip, common, inside, pad, union
from pipeline.ocr.prepare import prepare

sides = st.integers(20, 6000)
scales = st.floats(0.2, 4.0)
turns = st.floats(-8, 8)
shares = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))


def placed(width, height, scale_x, scale_y, turn):
    return Placement.of((width, height), scale_x, scale_y, turn)


def box_of(share, size):
    (a, b, c, d), (w, h) = share, size
    return min(a, c) * w, min(b, d) * h, max(a, c) * w, max(b, d) * h


@given(sides, sides, scales, scales, turns, shares)
def test_a_point_comes_back_to_where_it_was(width, height, scale_x, scale_y, turn, share):
    place = placed(width, height, scale_x, scale_y, turn)
    x, y = share[0] * width, share[1] * height
    assert place.to_page(*place.to_picture(x, y)) == pytest.approx((x, y), abs=1e-6 * (width + height))


@given(sides, sides, scales, scales, turns, shares)
def test_no_point_of_the_page_falls_out_of_the_picture(width, height, scale_x, scale_y, turn, share):
    place = placed(width, height, scale_x, scale_y, turn)
    x, y = place.to_picture(share[0] * width, share[1] * height)
    assert -1e-3 <= x <= place.picture[0] + 1e-3
    assert -1e-3 <= y <= place.picture[1] + 1e-3


@given(sides, sides, scales, scales, turns, shares)
def test_a_box_comes_back_around_itself(width, height, scale_x, scale_y, turn, share):
    place = placed(width, height, scale_x, scale_y, turn)
    box = box_of(share, (width, height))
    x0, y0, x1, y1 = place.box_to_page(place.box_to_picture(box))
    slack = 1e-6 * (width + height)
    assert x0 <= box[0] + slack
    assert y0 <= box[1] + slack
    assert x1 >= box[2] - slack
    assert y1 >= box[3] - slack


@given(sides, sides, scales, scales, shares)
def test_without_a_turn_a_box_comes_back_as_it_was(width, height, scale_x, scale_y, share):
    place = placed(width, height, scale_x, scale_y, 0.0)
    box = box_of(share, (width, height))
    assert place.box_to_page(place.box_to_picture(box)) == pytest.approx(box, abs=1e-6 * (width + height))


def test_positive_turns_are_clockwise():
    place = placed(1000, 1000, 1, 1, 10)
    right = place.to_picture(900, 500)
    centre = place.to_picture(500, 500)
    assert right[1] > centre[1]  # y runs down: what was on the right has sunk


@given(shares, shares)
def test_boxes_shared_joined_and_cut(a, b):
    one, other = box_of(a, (100, 100)), box_of(b, (100, 100))
    whole = union((one, other))
    assert common(one, other) == pytest.approx(common(other, one))
    assert 0 <= inside(one, other) <= 1 + 1e-9
    assert common(one, whole) == pytest.approx(common(one, one))
    assert clip(pad(one, 500, 500), (100, 100)) == (0, 0, 100, 100)


@pytest.mark.parametrize(
    ("size", "dpi", "skew"), [((900, 700), 100, 2.0), ((2400, 1700), 200, -3.0), ((5200, 3300), 600, 1.0)]
)
def test_a_mark_is_found_where_the_placement_says(size, dpi, skew):
    """The picture really lies as the placement says, whatever was done to it."""
    width, height = size
    pixels = np.full((height, width, 3), 255, np.uint8)
    x, y, half = int(0.7 * width), int(0.3 * height), max(4, width // 150)
    cv2.rectangle(pixels, (x - half, y - half), (x + half, y + half), (0, 0, 0), -1)
    picture = prepare(pixels, (dpi, dpi), skew)
    rows, columns = np.nonzero(picture.grey < 128)
    found = picture.place.to_page(columns.mean() + 0.5, rows.mean() + 0.5)
    assert found == pytest.approx((x + 0.5, y + 0.5), abs=max(0.6, 0.6 * width / picture.grey.shape[1]))
    assert picture.grey.shape == picture.place.picture[::-1]
