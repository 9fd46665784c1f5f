"""Specks go, marks and dots stay."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.ocr.specks import without_specks
from tests.ocr.drawing import font

TEXT = "Ủy ban nhân dân xã thị trấn Đặng Ngọc Việt, số điện thoại: ổ ể ệ ợ ị ạ ự ỹ ẵ ẩ i j; k: l. m! n?./."
MM = 200 / 25.4


def sheet(points: float, text: str = TEXT) -> np.ndarray:
    """A black and white page of 200 dpi with lines of ``text`` in ``points``."""
    image = Image.new("L", (1654, 1000), 255)
    draw = ImageDraw.Draw(image)
    for row in range(8):
        draw.text((120, 60 + 110 * row), text, font=font(round(points / 72 * 200)), fill=0)
    return np.where(np.asarray(image) < 128, 0, 255).astype(np.uint8)


def speckled(grey: np.ndarray, count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """``grey`` with specks, and where they are."""
    rng = np.random.default_rng(7)
    specks = np.zeros(grey.shape, np.uint8)
    specks[rng.integers(0, grey.shape[0] - 4, count), rng.integers(0, grey.shape[1] - 4, count)] = 1
    where = cv2.dilate(specks, np.ones((size, size), np.uint8)) > 0
    return np.where(where, 0, grey).astype(np.uint8), where


@pytest.mark.parametrize("points", [11, 13, 14])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_specks_in_the_white_go_and_no_mark_is_lost(points, size):
    clean = sheet(points)
    dirty, _ = speckled(clean, 700, size)
    done = without_specks(dirty, MM)
    assert (done[clean == 0] == 0).all()
    far = cv2.dilate((clean == 0).astype(np.uint8), np.ones((41, 41), np.uint8)) == 0
    assert (dirty[far] == 0).sum() > 150
    assert (done[far] == 0).sum() < 0.1 * (dirty[far] == 0).sum()


def test_rows_of_dots_stay():
    clean = sheet(13, "Họ và tên" + " ." * 60)
    dirty, specks = speckled(clean, 300, 2)
    done = without_specks(dirty, MM)
    assert (done[(clean == 0) & ~specks] == 0).mean() > 0.99


def test_grey_scans_and_clean_pages_are_left_alone():
    clean = sheet(13)
    assert without_specks(clean, MM) is clean
    grey = cv2.GaussianBlur(speckled(clean, 700, 2)[0], (0, 0), 1.0)
    assert without_specks(grey, MM) is grey
