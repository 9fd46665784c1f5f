"""What lies on top of a scan: in the composite as in the page, and never in the archived picture."""

from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from pikepdf import Dictionary, Name
from PIL import Image

from pipeline.capture import composite, pixels
from pipeline.dossier import Coding
from tests.capture.making import A5, difference, is_as_shown, jpeg_in, lay, note, picture, placed, saved, scan, taken

TURNS = (0, 90, 180, 270)
BOX = (230.0, 480.0, 400.0, 560.0)
"""Points, on an A5 page as it lies: the upper right corner."""


def font() -> Dictionary:
    return Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))


def signed_scan(turn: int = 0, rotate: int = 0, unit: int = 1, *, caption: bool = True) -> bytes:
    pdf = pikepdf.new()
    size = (A5[0] / unit, A5[1] / unit)
    content = placed(turn, size)
    if caption:
        content += b" BT 0 0.4 0 rg /F %f Tf %f %f Td (So: 15/QD) Tj ET" % (9 / unit, 40 / unit, 60 / unit)
    image = scan() if turn in (0, 180) else scan(826, 584)
    entries = {"Rotate": rotate} | ({"UserUnit": unit} if unit > 1 else {})
    page = lay(pdf, {"Im": jpeg_in(pdf, image)}, content, size, **entries)
    page.obj.Resources.Font = font()
    note(pdf, page, tuple(value / unit for value in BOX))
    return saved(pdf, min_version="1.6")


@pytest.mark.parametrize("rotate", TURNS)
@pytest.mark.parametrize("turn", TURNS)
def test_composite_is_the_page_and_the_scan_is_bare(tmp_path: Path, turn: int, rotate: int) -> None:
    found = taken(tmp_path, "a.pdf", signed_scan(turn, rotate))
    page = found.pages[0]
    assert (page.coding, page.rotation) == (Coding.JPEG, (turn + rotate) % 360)
    assert page.overlay is not None
    assert is_as_shown(found, 2.5), difference(page, found.source.copy)
    bare = np.rot90(pixels(page), page.rotation // 90)
    with Image.open(page.carrier) as carrier:
        assert np.array_equal(bare[:, :, ::-1], np.asarray(carrier.convert("RGB")))
    # The blue frame is in the composite and nowhere else.
    assert blue(composite(page)).sum() > 300
    assert blue(pixels(page)).sum() == 0


def blue(bgr: np.ndarray) -> np.ndarray:
    b, g, r = (bgr[:, :, index].astype(int) for index in range(3))
    return (b > 180) & (g < 90) & (r < 90)


@pytest.mark.parametrize("unit", [1, 2])
def test_box_is_where_the_marks_are_in_pixels_of_the_carrier(tmp_path: Path, unit: int) -> None:
    page = taken(tmp_path, "a.pdf", signed_scan(unit=unit, caption=False)).pages[0]
    assert page.overlay is not None
    per = 584 / 420
    want = (BOX[0] * per, (595 - BOX[3]) * per, BOX[2] * per, (595 - BOX[1]) * per)
    assert page.overlay.box == pytest.approx(want, abs=3)
    with Image.open(page.overlay.image) as patch:
        assert patch.mode == "RGBA"
        assert patch.size == pytest.approx((want[2] - want[0], want[3] - want[1]), abs=6)
        assert patch.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize("turn", TURNS)
def test_box_of_a_turned_scan(tmp_path: Path, turn: int) -> None:
    page = taken(tmp_path, "a.pdf", signed_scan(turn, caption=False)).pages[0]
    assert page.overlay is not None
    ys, xs = np.nonzero(blue(np.rot90(composite(page), page.rotation // 90)))
    assert page.overlay.box == pytest.approx((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1), abs=4)


def invisible_text() -> bytes:
    pdf = pikepdf.new()
    page = lay(pdf, {"Im": picture(pdf, scan())}, placed() + b" BT 3 Tr /F 12 Tf 50 300 Td (an) Tj ET")
    page.obj.Resources.Font = font()
    return saved(pdf)


def hidden_note(flags: int) -> bytes:
    pdf = pikepdf.new()
    page = lay(pdf, {"Im": picture(pdf, scan())}, placed())
    note(pdf, page, BOX, flags)
    return saved(pdf)


def empty_note() -> bytes:
    pdf = pikepdf.new()
    page = lay(pdf, {"Im": picture(pdf, scan())}, placed())
    note(pdf, page, BOX)
    page.obj.Annots[0].AP.N.write(b"")
    return saved(pdf)


@pytest.mark.parametrize(
    "data",
    [invisible_text(), hidden_note(2), hidden_note(32), empty_note(), hidden_note(2 | 4)],
    ids=["invisible text", "hidden", "no view", "empty", "hidden and printed"],
)
def test_nothing_visible_is_no_overlay(tmp_path: Path, data: bytes) -> None:
    found = taken(tmp_path, "a.pdf", data)
    assert found.pages[0].overlay is None
    assert is_as_shown(found)


def test_a_small_picture_on_top(tmp_path: Path) -> None:
    """A picture of a handwritten signature, laid over the scan."""
    pdf = pikepdf.new()
    stroke = Image.new("RGB", (80, 40), (0, 0, 220))
    content = placed() + b" q 80 0 0 40 300 60 cm /Sig Do Q"
    lay(pdf, {"Im": jpeg_in(pdf, scan()), "Sig": picture(pdf, stroke)}, content)
    found = taken(tmp_path, "a.pdf", saved(pdf))
    page = found.pages[0]
    assert page.coding is Coding.JPEG
    assert page.overlay is not None
    assert is_as_shown(found, 2.5)
    ys, xs = np.nonzero(blue(cv2.resize(composite(page), (420, 595))))
    assert (xs.min(), 595 - ys.max()) == pytest.approx((300, 60), abs=3)


def test_a_page_full_of_text_over_a_picture_is_born_digital(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    lines = b"".join(
        b"1 0 0 1 30 %d Tm (Can cu Luat To chuc chinh quyen dia phuong) Tj " % (560 - 20 * n) for n in range(20)
    )
    page = lay(pdf, {"Im": picture(pdf, scan())}, placed() + b" BT /F 12 Tf " + lines + b"ET")
    page.obj.Resources.Font = font()
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert found.pages[0].coding is Coding.VECTOR
    assert is_as_shown(found)
