"""What is done to the picture before reading."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.ocr.colour import find_colours
from pipeline.ocr.prepare import even_ground, prepare, without_colours
from tests.ocr.drawing import INK, PAPER, RED, decision, font, pixels, seal
from tests.ocr.sheets import ASKEW, photographed, printed, slipped

MILLIMETRE = 200 / 25.4


def faded(picture: np.ndarray) -> np.ndarray:
    return without_colours(picture, find_colours(picture, MILLIMETRE))


def test_a_seal_fades_and_the_black_under_it_stays():
    plain, sealed = decision(), decision(stamp=True)
    grey, clean = faded(pixels(sealed)), np.asarray(plain.convert("L"))
    red = np.any(np.asarray(plain) != np.asarray(sealed), axis=2) & (clean > 200)
    black = clean < 90
    assert grey[red].mean() > 195
    assert grey[black].mean() < 110
    assert np.asarray(sealed.convert("L"))[red].mean() < 140


def test_a_seal_is_found_where_it_is():
    picture = prepare(pixels(decision(stamp=True)), (200, 200), 0.0)
    ((x0, y0, x1, y1),) = picture.stamps
    assert (x0, y0, x1, y1) == pytest.approx((978, 868, 1262, 1152), abs=10)


def test_no_seal_is_found_where_there_is_none():
    assert prepare(pixels(decision()), (200, 200), 0.0).stamps == ()


def test_a_red_printed_line_stays_and_is_no_stamp():
    image = Image.new("RGB", (1654, 1200), PAPER)
    ImageDraw.Draw(image).text((827, 300), "GIẤY CHỨNG NHẬN", font=font(70, "Bold"), fill=RED, anchor="mm")
    letters = np.asarray(image.convert("L")) < 150
    seal(image, (1200, 900))
    grey = faded(pixels(image))
    assert np.mean(grey[letters] < 150) > 0.98
    assert len(find_colours(pixels(image), MILLIMETRE).stamps) == 1


def test_a_blue_pen_over_print_fades_and_blue_print_stays():
    image = Image.new("RGB", (1654, 800), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((300, 200), "Nguyễn Văn Thử", font=font(60), fill=INK)
    draw.text((300, 500), "CHỮ IN MÀU XANH", font=font(60), fill=(40, 60, 190))
    print_ = np.asarray(image.convert("L")) < 120
    draw.line([(280, 260), (420, 205), (560, 275), (760, 215)], fill=(40, 60, 190), width=5)
    pen = (np.asarray(image.convert("L")) < 120) & ~print_
    grey = faded(pixels(image))
    assert grey[pen].mean() > 150
    assert np.mean(grey[print_] < 130) > 0.94


def test_shadow_is_taken_off_the_paper():
    light = np.linspace(0.45, 1.0, 1654)[None, :]
    grey = (np.asarray(decision().convert("L")) * light).astype(np.uint8)
    even = even_ground(grey)
    paper = np.asarray(decision().convert("L")) > 240
    assert np.percentile(even[paper], 2) > 235
    assert even[np.asarray(decision().convert("L")) < 60].mean() < 60


def test_light_letters_on_a_dark_banner_keep_their_contrast():
    image = Image.new("L", (1200, 800), 250)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 200, 1200, 500), fill=40)
    draw.text((200, 300), "BẢNG CHỮ SÁNG", font=font(80), fill=245)
    even = even_ground(np.asarray(image))
    assert even[250, 50] < 140
    assert even[300:400, 200:800].max() > 230


@pytest.mark.parametrize(
    ("size", "dpi", "expected"),
    [
        ((1654, 2339), (200, 200), (1654, 2339)),  # wide enough: as it is
        ((827, 1170), (100, 100), (2480, 3509)),  # narrow: up to A4 at 300 dpi
        ((300, 400), (72, 72), (1200, 1600)),  # no more than four times
        ((4960, 7016), (600, 600), (2480, 3508)),  # finer than needed
        ((1728, 1143), (204, 98), (1728, 2379)),  # fax: pixels made square
    ],
)
def test_size_of_the_picture(size, dpi, expected):
    picture = prepare(np.full((size[1], size[0], 3), 255, np.uint8), dpi, 0.0)
    assert picture.place.picture == pytest.approx(expected, abs=2)
    assert picture.grey.shape == picture.place.picture[::-1]


def test_a_resolution_that_cannot_be_true_is_not_believed():
    narrow = prepare(np.full((2339, 1654, 3), 255, np.uint8), (1, 1), 0.0)
    assert narrow.millimetre == pytest.approx(1654 / 210)
    assert prepare(np.full((2339, 1654, 3), 255, np.uint8), (200, 200), 0.0).dpi == pytest.approx(200)


def test_faint_print_under_a_stamp_stands_out_from_it():
    paper = np.full((900, 900, 3), 250, np.uint8)
    cv2.putText(paper, "HANH CHINH", (120, 460), cv2.FONT_HERSHEY_SIMPLEX, 3.0, (150, 150, 150), 14, cv2.LINE_AA)
    print_only = prepare(paper, (300, 300), 0.0).grey
    ink = np.ones(paper.shape, np.float32)
    for radius in (215, 190, 120):
        cv2.circle(ink, (450, 450), radius, (0.35, 0.3, 0.8), 16, cv2.LINE_AA)
    stamped = prepare((paper * ink).round().astype(np.uint8), (300, 300), 0.0)
    assert stamped.stamps
    letters, ground = print_only < 170, print_only > 245
    assert np.percentile(stamped.grey[letters], 90) + 40 < np.percentile(stamped.grey[ground], 2)


def test_a_level_page_is_neither_turned_nor_resampled():
    sheet = printed((1654, 2339))
    picture = prepare(sheet, (200, 200), 0.0)
    assert np.array_equal(picture.grey, even_ground(without_colours(sheet, find_colours(sheet, MILLIMETRE))))
    assert not picture.flattened
    assert not picture.straightened


def test_what_skew_the_measure_of_the_page_left_is_taken_out():
    sheet = slipped(printed(), 1.2, 1.2)
    known, unknown = prepare(sheet, (150, 150), 1.2), prepare(sheet, (150, 150), 0.0)
    for picture in (known, unknown):
        (a, _, _), (d, _, _), _ = picture.place.matrix
        assert np.degrees(np.arctan2(d, a)) == pytest.approx(1.2, abs=0.1)
        assert not picture.straightened


def test_lines_of_a_slipped_page_become_level():
    sheet = slipped(printed(), 1.4, -1.2)
    picture = prepare(sheet, (150, 150), 0.0)
    assert picture.straightened
    assert sharpness(picture.grey) > 1.5 * sharpness(cv2.resize(sheet[:, :, 0], picture.grey.shape[::-1]))
    assert sharpness(picture.grey) > 0.7 * sharpness(prepare(printed(), (150, 150), 0.0).grey)


@pytest.mark.parametrize("skew", [0.0, 2.0])
def test_a_photo_is_made_flat_whatever_its_skew_was_said_to_be(skew):
    photo, matrix = photographed(printed(), ASKEW)
    picture = prepare(photo, (72, 72), skew)
    assert picture.flattened
    assert sharpness(picture.grey) > 0.7 * sharpness(prepare(printed(), (150, 150), 0.0).grey)
    assert np.mean(picture.grey > 200) > 0.85  # paper from edge to edge
    assert picture.dpi == pytest.approx(300, rel=0.05)
    x, y = picture.place.to_page(picture.grey.shape[1] / 2, picture.grey.shape[0] / 2)
    (centre,) = cv2.perspectiveTransform(np.float32([[(620, 877)]]), matrix)[0]
    assert (x, y) == pytest.approx(centre, abs=12)


def test_stamps_of_a_photo_lie_where_they_are_in_the_photo():
    photo, matrix = photographed(pixels(decision(stamp=True)), ASKEW)
    ((x0, y0, x1, y1),) = prepare(photo, (72, 72), 0.0).stamps
    (centre,) = cv2.perspectiveTransform(np.float32([[(1120, 1010)]]), matrix)[0]
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx(centre, abs=12)


def test_a_resolution_that_cameras_write_down_is_not_believed():
    assert prepare(np.full((4000, 3000, 3), 255, np.uint8), (72, 72), 0.0).millimetre == pytest.approx(3000 / 210)
    assert prepare(np.full((2339, 1654, 3), 255, np.uint8), (50, 50), 0.0).millimetre == pytest.approx(1654 / 210)


def sharpness(grey):
    """Change from row to row in a picture of a fixed size: greatest where lines are level."""
    rows = cv2.resize(grey, (620, 877), interpolation=cv2.INTER_AREA)[60:-60, 60:-60].mean(axis=1)
    return float(np.square(np.diff(rows)).sum())


VIOLET = (150, 52, 88)


def box_stamp(picture: np.ndarray, tilt: float) -> np.ndarray:
    """A framed violet stamp laid over ``picture`` (ink darkens what is under it)."""
    ink = np.full(picture.shape, 255, np.uint8)
    corners = cv2.boxPoints(((450, 420), (480, 250), tilt)).round().astype(np.int32)
    cv2.polylines(ink, [corners], isClosed=True, color=VIOLET, thickness=4, lineType=cv2.LINE_AA)
    for row in (360, 430, 500):
        cv2.putText(ink, "CONG VAN", (300, row), cv2.FONT_HERSHEY_SIMPLEX, 1.4, VIOLET, 4, cv2.LINE_AA)
    return (picture.astype(np.float32) * ink / 255).round().astype(np.uint8)


@pytest.mark.parametrize("tilt", [0.0, 4.0])
def test_a_framed_violet_stamp_fades_and_the_print_across_it_stays(tilt):
    paper = np.full((900, 900, 3), 250, np.uint8)
    cv2.putText(paper, "SO 15 UBND TINH", (60, 440), cv2.FONT_HERSHEY_SIMPLEX, 2.6, (25, 25, 25), 8, cv2.LINE_AA)
    found = find_colours(box_stamp(paper, tilt), MILLIMETRE)
    assert len(found.stamps) == 1
    grey = without_colours(box_stamp(paper, tilt), found)
    assert (grey[paper[:, :, 0] < 60] < 128).mean() > 0.99
    assert (grey[paper[:, :, 0] > 245] > 200).mean() > 0.995


def test_a_blue_signature_is_no_stamp():
    paper = np.full((900, 900, 3), 250, np.uint8)
    x = np.linspace(250, 620, 400)
    stroke = np.stack([x, 420 + 110 * np.sin(x / 17) * np.cos(x / 90)], axis=1).round().astype(np.int32)
    cv2.polylines(paper, [stroke], isClosed=False, color=(190, 80, 40), thickness=5, lineType=cv2.LINE_AA)
    found = find_colours(paper, MILLIMETRE)
    assert (found.stamps, found.inks) == ((), ())
