"""Boxes go from the page into the picture for reading and back."""

import pickle

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ocr.geometry import Placement, clip, common, inside, pad, union
from pipeline.ocr.prepare import prepare
from tests.ocr.sheets import ASKEW, photographed, printed, slipped

sides = st.integers(20, 6000)
scales = st.floats(0.2, 4.0)
turns = st.floats(-8, 8)
shares = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))


@st.composite
def whole_pages(draw):
    """A page scaled (fax pixels too), turned, perhaps straightened: all of it is in the picture."""
    page = draw(sides), draw(sides)
    place = Placement.of(page, draw(scales), draw(scales), draw(turns))
    return draw(st.sampled_from((place, bent(place, draw(st.lists(st.floats(-1, 1), min_size=2, max_size=6))))))


@st.composite
def sheets(draw):
    """A sheet photographed askew, made flat, turned and perhaps straightened."""
    page = draw(st.integers(200, 6000)), draw(st.integers(200, 6000))
    jitter = [draw(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))) for _ in range(4)]
    quad = tuple((float(x * page[0]), float(y * page[1])) for x, y in np.add(ASKEW, jitter))
    size = round(page[0] * 0.9 * draw(scales)), round(page[1] * 0.9 * draw(scales))
    place = Placement.flat(page, quad, size).turned(draw(turns))
    return draw(st.sampled_from((place, bent(place, draw(st.lists(st.floats(-1, 1), min_size=2, max_size=6))))))


def bent(place, bends):
    """Straightened by slopes that differ so little from knot to knot that no two lines cross."""
    width, height = place.picture
    most = min(0.06, height / (len(bends) - 1) / width / 2)
    knots = np.linspace(0, height, len(bends)).tolist()
    return place.straightened([(y, most * bend) for y, bend in zip(knots, bends, strict=True)])


def box_of(share, size):
    (a, b, c, d), (w, h) = share, size
    return min(a, c) * w, min(b, d) * h, max(a, c) * w, max(b, d) * h


@given(st.one_of(whole_pages(), sheets()), shares)
def test_a_point_comes_back_to_where_it_was(place, share):
    x, y = share[0] * place.picture[0], share[1] * place.picture[1]
    assert place.to_picture(*place.to_page(x, y)) == pytest.approx((x, y), abs=1e-4)


@given(whole_pages(), shares)
def test_a_point_of_the_page_comes_back_to_where_it_was(place, share):
    x, y = share[0] * place.page[0], share[1] * place.page[1]
    assert place.to_page(*place.to_picture(x, y)) == pytest.approx((x, y), abs=1e-4)


@given(whole_pages(), shares)
def test_no_point_of_the_page_falls_out_of_the_picture(place, share):
    for across, down in (share[:2], (0, 0), (1, 0), (0, 1), (1, 1)):
        x, y = place.to_picture(across * place.page[0], down * place.page[1])
        assert -1e-3 <= x <= place.picture[0] + 1e-3
        assert -1e-3 <= y <= place.picture[1] + 1e-3


@given(whole_pages(), shares)
def test_a_box_comes_back_around_itself(place, share):
    box = box_of(share, place.page)
    x0, y0, x1, y1 = place.box_to_page(place.box_to_picture(box))
    assert x0 <= box[0] + 2
    assert y0 <= box[1] + 2
    assert x1 >= box[2] - 2
    assert y1 >= box[3] - 2


@given(st.one_of(whole_pages(), sheets()), shares, st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_box_of_the_picture_holds_on_the_page_what_it_held(place, share, within):
    """Also between its corners, where the map is no straight line."""
    box = box_of(share, place.picture)
    x, y = place.to_page(box[0] + within[0] * (box[2] - box[0]), box[1] + within[1] * (box[3] - box[1]))
    x, y = min(max(x, 0), place.page[0]), min(max(y, 0), place.page[1])
    x0, y0, x1, y1 = place.box_to_page(box)
    assert x0 - 2 <= x <= x1 + 2
    assert y0 - 2 <= y <= y1 + 2


@given(st.one_of(whole_pages(), sheets()))
def test_a_placement_is_a_value(place):
    again = pickle.loads(pickle.dumps(place))
    assert again == place
    assert hash(again) == hash(place)


@given(sides, sides, scales, scales, shares)
def test_without_a_turn_a_box_comes_back_as_it_was(width, height, scale_x, scale_y, share):
    place = Placement.of((width, height), scale_x, scale_y, 0.0)
    box = box_of(share, (width, height))
    assert place.box_to_page(place.box_to_picture(box)) == pytest.approx(box, abs=1e-6 * (width + height))


def test_positive_turns_are_clockwise():
    place = Placement.of((1000, 1000), 1, 1, 10)
    right = place.to_picture(900, 500)
    centre = place.to_picture(500, 500)
    assert right[1] > centre[1]  # y runs down: what was on the right has sunk


def test_lines_that_rise_at_the_head_and_fall_at_the_foot_become_level():
    place = Placement.of((1000, 1000), 1, 1, 0).straightened([(0, -0.02), (480, -0.02), (520, 0.02), (1000, 0.02)])
    for y, slope in ((200, -0.02), (500, 0.0), (800, 0.02)):
        left, right = place.to_picture(100, y - 400 * slope), place.to_picture(900, y + 400 * slope)
        assert left[1] == pytest.approx(right[1], abs=0.5)


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


def marked(sheet, spots):
    """The sheet with squares so large that nothing else is, and nothing printed near them."""
    sheet = sheet.copy()
    for x, y in spots:
        cv2.rectangle(sheet, (x - 60, y - 60), (x + 60, y + 60), (255, 255, 255), -1)
        cv2.rectangle(sheet, (x - 30, y - 30), (x + 29, y + 29), (0, 0, 0), -1)
    return sheet


def squares_of(picture):
    """Boxes of the squares, and their middles, as the placement puts them on the page."""
    size = np.divide(picture.place.picture, picture.place.page) * 60
    _, _, stats, centres = cv2.connectedComponentsWithStats((picture.grey < 128).astype(np.uint8))
    for (x, y, w, h, area), centre in zip(stats[1:], centres[1:], strict=True):
        if area > 0.6 * size.prod() and np.all((w, h) < 1.8 * size):
            yield picture.place.box_to_page((x, y, x + w, y + h)), picture.place.to_page(*(centre + 0.5))


def assert_in_place(picture, spots):
    """Every square is found where it is on the page, to 2 pixels."""
    found = list(squares_of(picture))
    assert len(found) == len(spots)
    for x, y in spots:
        box, middle = min(found, key=lambda square: abs(square[1][0] - x) + abs(square[1][1] - y))
        assert middle == pytest.approx((x, y), abs=0.4)
        assert (box[0] + box[2]) / 2 == pytest.approx(x, abs=2)
        assert (box[1] + box[3]) / 2 == pytest.approx(y, abs=2)
        assert max(box[2] - box[0], box[3] - box[1]) < 80


SHEET = printed()
places = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 6)).map(lambda at: (150 + 230 * at[0], 200 + 220 * at[1])),
    min_size=1,
    max_size=6,
    unique=True,
)


@settings(max_examples=10, deadline=None)
@given(places, st.floats(0.6, 1.8), st.floats(-1.8, -0.6), st.booleans())
def test_marks_on_a_slipped_page_are_found_where_they_are(spots, first, last, mirrored):
    sheet = slipped(SHEET, *((last, first) if mirrored else (first, last)))
    picture = prepare(marked(sheet, spots), (150, 150), 0.0)
    assert picture.straightened
    assert_in_place(picture, spots)


@settings(max_examples=10, deadline=None)
@given(places, st.tuples(*[st.tuples(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02))] * 4))
def test_marks_on_a_photo_are_found_where_they_are(spots, jitter):
    picture, matrix = photographed(marked(SHEET, spots), np.add(ASKEW, jitter))
    seen = cv2.perspectiveTransform(np.float32([spots]), matrix)[0]
    read = prepare(picture, (72, 72), 0.0)
    assert read.flattened
    assert_in_place(read, seen)


@settings(max_examples=10, deadline=None)
@given(places, st.floats(-4, 4), st.sampled_from(((150, 150), (204, 98), (100, 100))))
def test_marks_on_a_skewed_page_are_found_where_they_are(spots, skew, dpi):
    picture = prepare(marked(np.full_like(SHEET, 255), spots), dpi, skew)
    assert_in_place(picture, spots)
