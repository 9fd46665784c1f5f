"""Scans in PDFs: the archived picture has the same bits or pixels, and looks as the page does."""

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageOps

from pipeline.dossier import Coding
from tests.capture.layouts import (
    clipped,
    clipped_by_its_own_frame,
    cmyk,
    cmyk_jpeg,
    crop_box_beyond_the_paper,
    cropped,
    g4,
    grey_of_four_bits,
    in_a_form,
    inline,
    inverted_colours,
    inverted_grey,
    inverted_grey_jpeg,
    jpeg_2000,
    layers,
    mirrored,
    predictor,
    separation,
    sixteen_bits,
    slanted,
    soft_mask,
    strips,
    text_under_the_scan,
    user_unit,
)
from tests.capture.making import (
    A5,
    carried,
    coded,
    difference,
    is_as_shown,
    jpeg_in,
    lay,
    one_page,
    picture,
    placed,
    saved,
    scan,
    taken,
)  # fmt: skip

TURNS = (0, 90, 180, 270)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_keeps_its_bytes(tmp_path: Path, mode: str) -> None:
    pdf = pikepdf.new()
    inside = jpeg_in(pdf, scan(mode=mode))
    raw = inside.read_raw_bytes()
    lay(pdf, {"Im": inside}, placed())
    found = taken(tmp_path, "a.pdf", saved(pdf))
    page = found.pages[0]
    assert (page.coding, page.rotation, page.overlay) == (Coding.JPEG, 0, None)
    assert page.carrier.read_bytes() == raw
    assert is_as_shown(found)
    assert found.findings == ()


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("rotate", TURNS)
def test_turned_in_the_page_and_with_the_page(tmp_path: Path, turn: int, rotate: int) -> None:
    found = taken(tmp_path, "a.pdf", one_page(scan(), turn, Rotate=rotate))
    page = found.pages[0]
    assert page.coding is Coding.LOSSLESS
    assert page.rotation == (turn + rotate) % 360
    assert np.array_equal(carried(page), np.asarray(scan()))
    assert is_as_shown(found)


def test_rotate_is_inherited_and_may_be_negative(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, scan())}, placed())
    pdf.Root.Pages.Rotate = -90
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert found.pages[0].rotation == 270
    assert is_as_shown(found)


CASES = {
    maker.__name__: (maker, coding)
    for maker, coding in (
        (mirrored, Coding.COMPOSED), (cropped, Coding.LOSSLESS), (crop_box_beyond_the_paper, Coding.LOSSLESS),
        (clipped, Coding.LOSSLESS), (clipped_by_its_own_frame, Coding.LOSSLESS), (strips, Coding.COMPOSED),
        (layers, Coding.LOSSLESS), (soft_mask, Coding.LOSSLESS), (in_a_form, Coding.LOSSLESS),
        (slanted, Coding.LOSSLESS), (user_unit, Coding.LOSSLESS), (cmyk, Coding.COMPOSED),
        (cmyk_jpeg, Coding.COMPOSED), (inverted_grey, Coding.LOSSLESS), (inverted_grey_jpeg, Coding.COMPOSED),
        (inverted_colours, Coding.LOSSLESS), (separation, Coding.COMPOSED), (jpeg_2000, Coding.LOSSLESS),
        (sixteen_bits, Coding.LOSSLESS), (grey_of_four_bits, Coding.LOSSLESS),
        (predictor, Coding.LOSSLESS), (inline, Coding.VECTOR), (text_under_the_scan, Coding.LOSSLESS),
    )
}  # fmt: skip


@pytest.mark.parametrize("rotate", [0, 90])
@pytest.mark.parametrize("case", CASES)
def test_a_page_looks_as_its_source_shows_it(tmp_path: Path, case: str, rotate: int) -> None:
    maker, coding = CASES[case]
    pdf = pikepdf.open(io.BytesIO(maker()))
    pdf.pages[0].obj.Rotate = rotate
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert found.pages[0].coding is coding
    assert is_as_shown(found), difference(found.pages[0], found.source.copy)


@pytest.mark.parametrize(
    "maker", [clipped_by_its_own_frame, crop_box_beyond_the_paper, in_a_form, jpeg_2000, predictor, text_under_the_scan]
)
def test_these_are_taken_pixel_for_pixel(tmp_path: Path, maker) -> None:
    page = taken(tmp_path, "a.pdf", maker()).pages[0]
    if maker is jpeg_2000:
        with Image.open(io.BytesIO(coded(scan(), "JPEG2000"))) as image:
            assert np.array_equal(carried(page), np.asarray(image))
    else:
        assert np.array_equal(carried(page), np.asarray(scan()))


@pytest.mark.parametrize("maker", [strips, layers, cropped, clipped, soft_mask, mirrored])
def test_a_rendered_page_is_said_to_be(tmp_path: Path, maker) -> None:
    found = taken(tmp_path, "a.pdf", maker())
    assert [finding.rule for finding in found.findings] == ["page_rendered"]


@pytest.mark.parametrize("stated", [None, [0, 1], [1, 0]])
@pytest.mark.parametrize("black_is_1", [None, False, True])
def test_group_4_in_every_polarity(tmp_path: Path, black_is_1: bool | None, stated: list[int] | None) -> None:
    image = scan(mode="L").point(lambda value: 255 if value > 128 else 0).convert("1")
    pdf = pikepdf.new()
    parms = Dictionary(K=-1, Columns=image.width, Rows=image.height)
    if black_is_1 is not None:
        parms.BlackIs1 = black_is_1
    entries = {"Filter": Name.CCITTFaxDecode, "DecodeParms": parms}
    if stated is not None:
        entries["Decode"] = Array(stated)
    lay(pdf, {"Im": picture(pdf, image, g4(image), **entries)}, placed())
    found = taken(tmp_path, "a.pdf", saved(pdf))
    page = found.pages[0]
    assert page.coding is Coding.G4
    negative = bool(black_is_1) != (stated == [1, 0])
    want = ImageOps.invert(image.convert("L")) if negative else image
    assert np.array_equal(carried(page), np.asarray(want.convert("RGB")))
    assert is_as_shown(found)


@pytest.mark.parametrize("stated", [None, [1, 0]])
def test_bilevel_samples(tmp_path: Path, stated: list[int] | None) -> None:
    image = scan(mode="L").point(lambda value: 255 if value > 128 else 0).convert("1")
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, image, Decode=Array(stated) if stated else None)}, placed())
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert found.pages[0].coding is Coding.G4
    want = ImageOps.invert(image.convert("L")) if stated else image
    assert np.array_equal(carried(found.pages[0]), np.asarray(want.convert("RGB")))
    assert is_as_shown(found)


@pytest.mark.parametrize("bits", [1, 8])
def test_indexed_colours(tmp_path: Path, bits: int) -> None:
    pdf = pikepdf.new()
    if bits == 1:  # black and white the other way round
        image = scan(mode="L").point(lambda value: 255 if value > 128 else 0).convert("1")
        space = Array([Name.Indexed, Name.DeviceRGB, 1, pikepdf.String(bytes([255, 255, 255, 0, 0, 0]))])
        lay(pdf, {"Im": picture(pdf, image, ColorSpace=space)}, placed())
        want = ImageOps.invert(image.convert("L")).convert("RGB")
    else:
        image = scan().quantize(16)
        palette = bytes(image.getpalette()[:48])
        space = Array([Name.Indexed, Name.DeviceRGB, 15, pikepdf.String(palette)])
        lay(pdf, {"Im": picture(pdf, image, ColorSpace=space)}, placed())
        want = image.convert("RGB")
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert np.array_equal(carried(found.pages[0]), np.asarray(want))
    assert is_as_shown(found)


def test_colour_key_mask_is_rendered(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, scan(), Mask=Array([0, 60] * 3))}, placed())
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert [finding.rule for finding in found.findings] == ["page_rendered"]
    assert is_as_shown(found)


def test_sixteen_bits_become_eight_and_are_said_to(tmp_path: Path) -> None:
    found = taken(tmp_path, "a.pdf", sixteen_bits())
    assert [finding.rule for finding in found.findings] == ["picture_16bit"]
    assert np.array_equal(carried(found.pages[0]), np.asarray(scan()))


def hidden_layer() -> bytes:
    """A blue square on a layer that is switched off."""
    pdf = pikepdf.new()
    content = placed() + b" /OC /Off BDC 0 0 1 rg 50 50 200 200 re f EMC"
    page = lay(pdf, {"Im": picture(pdf, scan())}, content)
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("off")))
    page.obj.Resources.Properties = Dictionary(Off=layer)
    pdf.Root.OCProperties = Dictionary(OCGs=[layer], D=Dictionary(OFF=[layer], Order=[layer]))
    return saved(pdf)


def test_a_hidden_layer_stays_hidden(tmp_path: Path) -> None:
    found = taken(tmp_path, "a.pdf", hidden_layer())
    assert found.pages[0].overlay is None
    assert is_as_shown(found)


def test_resolution_is_that_of_the_paper(tmp_path: Path) -> None:
    wide = scan(1168, 826)  # twice as fine across as down
    page = taken(tmp_path, "a.pdf", one_page_of(wide)).pages[0]
    assert (page.width, page.height) == (1168, 826)
    assert page.dpi_x == pytest.approx(1168 / 420 * 72)
    assert page.dpi_y == pytest.approx(826 / 595 * 72)


def one_page_of(image: Image.Image) -> bytes:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, image)}, placed(), A5)
    return saved(pdf)


def test_user_unit_makes_the_paper_bigger(tmp_path: Path) -> None:
    page = taken(tmp_path, "a.pdf", user_unit()).pages[0]
    assert page.dpi_x == pytest.approx(584 / 420 * 72)
    assert page.dpi_y == pytest.approx(826 / 595 * 72)


def test_turned_resolution_goes_with_the_carrier(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, scan(826, 584))}, placed(90), A5)
    page = taken(tmp_path, "a.pdf", saved(pdf)).pages[0]
    assert page.dpi_x == pytest.approx(826 / 595 * 72)
    assert page.dpi_y == pytest.approx(584 / 420 * 72)
    assert page.upright_size == (584, 826)


def test_pages_of_several_kinds_in_one_file(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    for turn in TURNS:
        size = A5 if turn in (0, 180) else (A5[1], A5[0])
        lay(pdf, {"Im": jpeg_in(pdf, scan())}, placed(turn, size), size)
    lay(pdf, {}, b"0 0 0 rg 20 20 100 100 re f")
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert [page.number for page in found.pages] == [1, 2, 3, 4, 5]
    assert [page.rotation for page in found.pages] == [0, 90, 180, 270, 0]
    assert [page.coding for page in found.pages] == [Coding.JPEG] * 4 + [Coding.VECTOR]
    assert len({page.carrier for page in found.pages}) == 5
    assert is_as_shown(found)
