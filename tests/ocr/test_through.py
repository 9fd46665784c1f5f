"""Print of the back is taken off, print of the front stays."""

import cv2
import numpy as np
import pytest

from pipeline.ocr.readers import Clock
from pipeline.ocr.second import TrueOcr
from pipeline.ocr.through import clear
from tests.ocr.drawing import note, pixels

FRONT = ["Căn cứ Luật Tổ chức chính quyền địa phương;", "Xét đề nghị của Trưởng phòng Nội vụ phường,"] * 4
BACK = [
    "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
    "Trưởng phòng chịu trách nhiệm thi hành quyết định này.",
] * 4


@pytest.fixture(scope="module")
def reader():
    return TrueOcr()


def sheet(lines, size=(1654, 1400)):
    return cv2.cvtColor(pixels(note(lines, size)), cv2.COLOR_BGR2GRAY)


def with_back(front, back, strength):
    faint = 255 - (255 - np.roll(back[:, ::-1], 48, axis=0)).astype(np.float32) * strength
    return (front.astype(np.float32) * faint / 255).round().astype(np.uint8)


def cleared(reader, grey):
    return clear(grey, reader.find_lines(grey), 200, reader, Clock(60, "page 1"))


@pytest.mark.parametrize("strength", [0.12, 0.2])
def test_what_shines_through_is_taken_off(reader, strength):
    front = sheet(FRONT)
    grey = with_back(front, sheet(BACK), strength)
    done = cleared(reader, grey)
    assert done is not None
    assert done.lines
    assert np.abs(done.grey.astype(int) - np.where(front < 128, done.grey, front)).max() <= 60
    assert (done.grey[front > 250] > 240).mean() > 0.99
    assert (done.grey[front < 100] < 128).all()


def test_a_page_without_anything_behind_it_is_left_alone(reader):
    assert cleared(reader, sheet(FRONT)) is None
    faded = (255 - (255 - sheet(FRONT).astype(np.float32)) * 0.35).astype(np.uint8)
    assert cleared(reader, faded) is None


def test_light_print_on_the_front_is_left_alone(reader):
    front = sheet(FRONT)
    light = 255 - ((255 - np.roll(sheet(BACK), 34, axis=0)).astype(np.float32) * 0.25).astype(np.uint8)
    assert cleared(reader, np.minimum(front, light)) is None
