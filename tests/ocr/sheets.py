"""Sheets of print as they come from a feeder or a camera: level, slipped, photographed."""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.ocr.drawing import BODY, INK, PAPER, font, pixels

SIZE = (1240, 1754)
"""A4 at 150 dpi."""


def printed(size=SIZE, rows=28, left=0.12):
    """A sheet full of lines, blue green red."""
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    pitch = size[1] * 0.84 / max(rows, 1)
    for row in range(rows):
        place = (left * size[0] * (1.3 if row % 5 == 0 else 1), 0.08 * size[1] + row * pitch)
        draw.text(place, BODY[row % len(BODY)], font=font(round(size[0] * 0.024)), fill=INK)
    return pixels(image)


def slipped(sheet, first, last):
    """The sheet fed so that its lines rise by ``first`` degrees at the head and by ``last`` at the foot."""
    height, width = sheet.shape[:2]
    slope = np.tan(np.radians(np.linspace(first, last, height, dtype=np.float32)))[:, None]
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None] + slope * (x - width / 2)
    return cv2.remap(sheet, np.broadcast_to(x, y.shape).copy(), y, cv2.INTER_LINEAR, borderValue=PAPER[::-1])


def photographed(sheet, corners, ground=(60, 80, 100), light=0.15):
    """The sheet on a table, with its corners at these shares of a frame a sixth larger; lit from the left.

    Returns:
        The picture and the matrix that takes a point of the sheet into it.
    """
    height, width = sheet.shape[:2]
    frame = round(width * 7 / 6), round(height * 7 / 6)
    target = np.float32(corners) * np.float32(frame)
    matrix = cv2.getPerspectiveTransform(np.float32([(0, 0), (width, 0), (width, height), (0, height)]), target)
    picture = np.empty((frame[1], frame[0], 3), np.uint8)
    picture[:] = ground
    cv2.warpPerspective(sheet, matrix, frame, dst=picture, borderMode=cv2.BORDER_TRANSPARENT)
    fall = np.linspace(1.0, 1.0 - 2 * light, frame[0])[None, :, None]
    return (picture * fall).astype(np.uint8), matrix


ASKEW = ((0.09, 0.06), (0.93, 0.08), (0.96, 0.95), (0.04, 0.92))
"""Corners of a sheet seen from below and from the side."""
STRAIGHT = ((0.08, 0.08), (0.92, 0.08), (0.92, 0.92), (0.08, 0.92))
"""Corners of a sheet seen from straight above."""
