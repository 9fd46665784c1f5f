"""Sheets in photos are found, and nothing on a scan is taken for one."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ocr.outline import find_sheet
from tests.ocr.sheets import ASKEW, SIZE, STRAIGHT, photographed, printed, slipped

SHEET = printed()
WIDTH, HEIGHT = SIZE
off = st.floats(-0.03, 0.03)


def corners_of(matrix):
    sheet = np.float32([[(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)]])
    return cv2.perspectiveTransform(sheet, matrix)[0]


def on_a_lid(sheet, tone, sides=(50, 60, 40, 70), turn=0.0):
    framed = cv2.copyMakeBorder(sheet, *sides, cv2.BORDER_CONSTANT, value=(tone, tone, tone))
    height, width = framed.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1)
    return cv2.warpAffine(framed, matrix, (width, height), borderValue=(tone, tone, tone))


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(*[st.tuples(off, off)] * 4), st.sampled_from([(60, 80, 100), (20, 20, 20), (60, 110, 170), (120, 60, 30)])
)
def test_a_sheet_is_found_to_a_few_pixels_or_not_at_all(jitter, ground):
    picture, matrix = photographed(SHEET, np.add(STRAIGHT, jitter), ground)
    sheet = find_sheet(picture)
    if sheet is not None:
        assert np.abs(np.array(sheet) - corners_of(matrix)).max() < 0.006 * max(picture.shape)


@pytest.mark.parametrize("ground", [(60, 80, 100), (20, 20, 20), (170, 175, 180)])
@pytest.mark.parametrize("light", [0.0, 0.1, 0.2])
def test_a_sheet_seen_askew_is_found_on_any_table(ground, light):
    picture, _ = photographed(SHEET, ASKEW, ground, light)
    assert find_sheet(picture) is not None


def test_a_sheet_on_a_pattern_is_found():
    picture, _ = photographed(SHEET, ASKEW, (0, 0, 0), 0.0)
    table = np.all(picture == 0, axis=2)
    y, x = np.nonzero(table)
    picture[table] = np.where(((x // 80 + y // 80) % 2)[:, None], (40, 60, 90), (90, 120, 150))
    assert find_sheet(picture) is not None


@pytest.mark.parametrize("turn", [0.0, 2.5, -1.2])
@pytest.mark.parametrize("sides", [(50, 60, 40, 70), (50, 0, 40, 70), (0, 0, 60, 60), (0, 90, 0, 0)])
def test_a_scan_on_a_dark_lid_is_no_photo(sides, turn):
    assert find_sheet(on_a_lid(SHEET, 20, sides, turn)) is None


def test_a_folded_corner_does_not_make_a_scan_a_photo():
    sheet = SHEET.copy()
    cv2.fillPoly(sheet, [np.array([(0, 0), (170, 0), (0, 260)])], (20, 20, 20))
    assert find_sheet(on_a_lid(sheet, 20)) is None


def test_scans_are_no_photos():
    assert find_sheet(SHEET) is None
    assert find_sheet(slipped(SHEET, 1.5, -1.5)) is None
    assert find_sheet(255 - SHEET) is None
    assert find_sheet(255 - slipped(SHEET, 1.5, -1.5)) is None


def test_a_picture_of_a_sheet_on_a_page_is_no_photo():
    page = SHEET.copy()
    cv2.rectangle(page, (60, 60), (1180, 1690), (40, 40, 40), -1)
    cv2.fillPoly(page, [np.array([(180, 170), (1080, 210), (1120, 1600), (120, 1560)])], (245, 245, 245))
    assert find_sheet(page) is None


def test_a_light_label_on_a_dark_cover_is_no_sheet():
    cover = np.full((HEIGHT, WIDTH, 3), (30, 20, 120), np.uint8)
    cv2.rectangle(cover, (150, 200), (1090, 1500), (250, 250, 250), -1)
    assert find_sheet(cover) is None


def test_a_sheet_that_needs_no_flattening_is_left():
    assert find_sheet(photographed(SHEET, STRAIGHT)[0]) is None


@pytest.mark.parametrize("share", [0.86, 0.9])
def test_a_sheet_cut_by_the_frame_is_left(share):
    picture, _ = photographed(SHEET, ASKEW)
    assert find_sheet(np.ascontiguousarray(picture[:, : round(share * picture.shape[1])])) is None


def test_with_a_second_sheet_in_the_frame_nothing_is_cut_off():
    picture, _ = photographed(SHEET, np.add(np.multiply(ASKEW, (0.8, 1)), (0.17, 0)))
    assert find_sheet(picture) is not None
    picture[100:-100, 20:170] = 230
    assert find_sheet(picture) is None


@pytest.mark.parametrize("by", [60, 90, -70])
def test_a_curled_sheet_is_left(by):
    picture, _ = photographed(SHEET, np.multiply(ASKEW, (1, 0.86)) + np.float32([(0, 0.07)]))
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    curl = by * (2 * x / width - 1) ** 2
    assert find_sheet(picture) is not None
    assert find_sheet(cv2.remap(picture, x, y + curl, cv2.INTER_LINEAR, borderValue=(50, 70, 90))) is None


def test_a_small_sheet_must_stand_out_more():
    small = np.multiply(np.subtract(ASKEW, 0.5), 0.7) + 0.5
    assert find_sheet(photographed(SHEET, small, (150, 150, 150), 0.0)[0]) is not None
    assert find_sheet(photographed(SHEET, small, (212, 212, 212), 0.0)[0]) is None
    assert find_sheet(photographed(SHEET, ASKEW, (212, 212, 212), 0.0)[0]) is not None


@pytest.mark.parametrize("size", [(1, 1), (500, 1), (1, 500), (80, 80), (2000, 150), (600, 600)])
@pytest.mark.parametrize("tone", [0, 128, 255])
def test_there_is_no_sheet_in_nothing(size, tone):
    assert find_sheet(np.full((*size, 3), tone, np.uint8)) is None


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_pictures_and_noise_are_borne(seed):
    random = np.random.default_rng(seed)
    picture = random.integers(0, 256, (400, 300, 3)).astype(np.uint8) // 6
    for _ in range(int(random.integers(1, 12))):
        cv2.fillPoly(picture, [random.integers(0, 400, (5, 2)).astype(np.int32)], random.integers(0, 256, 3).tolist())
    sheet = find_sheet(picture)
    assert sheet is None or cv2.isContourConvex(np.float32(sheet))
