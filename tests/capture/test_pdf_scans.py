"""Scans in PDFs: the archived picture has the same bits or pixels, and looks as the page does."""

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageOps, TiffImagePlugin

from pipeline.dossier import Coding
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


def g4(image: Image.Image) -> bytes:
    """The bare group 4 bits of a bilevel picture: black is 0, as PDF has it by default."""
    data = coded(image, "TIFF", compression="group4", tiffinfo={278: image.height, 262: 0})
    with Image.open(io.BytesIO(data)) as tiff:
        assert isinstance(tiff, TiffImagePlugin.TiffImageFile)
        start, length = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    return data[start : start + length]


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


def mirrored() -> bytes:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, scan())}, b"q -420 0 0 595 420 0 cm /Im Do Q")
    return saved(pdf)


def cropped() -> bytes:
    return one_page(scan(), CropBox=Array([40, 100, 400, 560]))


def crop_box_beyond_the_paper() -> bytes:
    return one_page(scan(), CropBox=Array([-50, -50, 500, 700]))


def clipped() -> bytes:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, scan())}, b"q 0 200 420 395 re W n 420 0 0 595 0 0 cm /Im Do Q")
    return saved(pdf)


def clipped_by_its_own_frame() -> bytes:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, scan())}, b"q 0 0 420 595 re W n 420 0 0 595 0 0 cm /Im Do Q")
    return saved(pdf)


def strips() -> bytes:
    pdf = pikepdf.new()
    whole = scan()
    top, bottom = whole.crop((0, 0, 584, 400)), whole.crop((0, 400, 584, 826))
    cut = 595 * 426 / 826
    content = b"q 420 0 0 %f 0 %f cm /A Do Q q 420 0 0 %f 0 0 cm /B Do Q" % (595 - cut, cut, cut)
    lay(pdf, {"A": picture(pdf, top), "B": picture(pdf, bottom)}, content)
    return saved(pdf)


def layers() -> bytes:
    """Mixed raster content: a coarse coloured ground, and the print as a stencil on top."""
    pdf = pikepdf.new()
    ground = picture(pdf, scan().resize((146, 206)))
    mask = scan(mode="L").point(lambda value: 255 if value > 100 else 0).convert("1")
    stencil = picture(pdf, mask, ColorSpace=None, ImageMask=True)
    lay(pdf, {"Im": ground, "M": stencil}, placed() + b" q 0 0 0 rg 420 0 0 595 0 0 cm /M Do Q")
    return saved(pdf)


def soft_mask() -> bytes:
    pdf = pikepdf.new()
    veil = Image.linear_gradient("L").resize(scan().size)
    lay(pdf, {"Im": picture(pdf, scan(), SMask=picture(pdf, veil))}, placed())
    return saved(pdf)


def in_a_form() -> bytes:
    pdf = pikepdf.new()
    form = pdf.make_stream(
        b"q 210 0 0 297.5 0 0 cm /Im Do Q 0 0 1 rg 20 20 60 40 re f",
        Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 210, 298]), Matrix=Array([2, 0, 0, 2, 0, 0]),
        Resources=Dictionary(XObject=Dictionary(Im=picture(pdf, scan()))),
    )  # fmt: skip
    lay(pdf, {"Form": form}, b"/Form Do")
    return saved(pdf)


def slanted() -> bytes:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, scan())}, b"q 420 14 -14 595 5 -5 cm /Im Do Q")
    return saved(pdf)


def user_unit() -> bytes:
    pdf = pikepdf.new()
    size = (210, 297.5)
    lay(pdf, {"Im": picture(pdf, scan())}, placed(size=size), size, UserUnit=2)
    return saved(pdf, min_version="1.6")


def cmyk() -> bytes:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, scan(mode="CMYK"))}, placed())
    return saved(pdf)


def cmyk_jpeg() -> bytes:
    pdf = pikepdf.new()
    image = scan(mode="CMYK")
    data = coded(image, "JPEG", quality=90)
    lay(pdf, {"Im": picture(pdf, image, data, Filter=Name.DCTDecode, Decode=Array([1, 0] * 4))}, placed())
    return saved(pdf)


def inverted_grey() -> bytes:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, ImageOps.invert(scan(mode="L")), Decode=Array([1, 0]))}, placed())
    return saved(pdf)


def inverted_grey_jpeg() -> bytes:
    pdf = pikepdf.new()
    image = ImageOps.invert(scan(mode="L"))
    data = coded(image, "JPEG", quality=90)
    lay(pdf, {"Im": picture(pdf, image, data, Filter=Name.DCTDecode, Decode=Array([1, 0]))}, placed())
    return saved(pdf)


def inverted_colours() -> bytes:
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, ImageOps.invert(scan()), Decode=Array([1, 0] * 3))}, placed())
    return saved(pdf)


def separation() -> bytes:
    pdf = pikepdf.new()
    tint = Dictionary(FunctionType=2, Domain=[0, 1], N=1, C0=[0, 0, 0, 0], C1=[0, 0, 0, 1])
    space = Array([Name.Separation, Name.Black, Name.DeviceCMYK, tint])
    lay(pdf, {"Im": picture(pdf, ImageOps.invert(scan(mode="L")), ColorSpace=space)}, placed())
    return saved(pdf)


def jpeg_2000() -> bytes:
    pdf = pikepdf.new()
    data = coded(scan(), "JPEG2000")
    lay(pdf, {"Im": picture(pdf, scan(), data, Filter=Name.JPXDecode)}, placed())
    return saved(pdf)


def sixteen_bits() -> bytes:
    pdf = pikepdf.new()
    samples = np.asarray(scan(), np.uint16) * 257
    lay(pdf, {"Im": picture(pdf, scan(), samples.astype(">u2").tobytes(), BitsPerComponent=16)}, placed())
    return saved(pdf)


def grey_of_four_bits() -> bytes:
    pdf = pikepdf.new()
    grey = np.asarray(scan(mode="L")) >> 4
    packed = (grey[:, ::2] << 4) | grey[:, 1::2]
    lay(pdf, {"Im": picture(pdf, scan(mode="L"), packed.tobytes(), BitsPerComponent=4)}, placed())
    return saved(pdf)


def predictor() -> bytes:
    """Deflated with PNG prediction, as most producers do."""
    pdf = pikepdf.new()
    import zlib

    rows = np.asarray(scan())
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    parms = Dictionary(Predictor=15, Colors=3, BitsPerComponent=8, Columns=584)
    lay(pdf, {"Im": picture(pdf, scan(), zlib.compress(lines), Filter=Name.FlateDecode, DecodeParms=parms)}, placed())
    return saved(pdf)


def inline() -> bytes:
    pdf = pikepdf.new()
    small = scan().resize((73, 103))
    head = b"q 420 0 0 595 0 0 cm BI /W 73 /H 103 /CS /RGB /BPC 8 /F /AHx ID "
    lay(pdf, {}, head + small.tobytes().hex().encode() + b"> EI Q")
    return saved(pdf)


def text_under_the_scan() -> bytes:
    """Paper painted white first, then the scan, then an invisible layer of text."""
    pdf = pikepdf.new()
    content = b"1 1 1 rg 0 0 420 595 re f " + placed() + b" BT 3 Tr /F 12 Tf 50 300 Td (chu) Tj ET"
    page = lay(pdf, {"Im": picture(pdf, scan())}, content)
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.obj.Resources.Font = Dictionary(F=font)
    return saved(pdf)


CASES = {
    maker.__name__: (maker, coding)
    for maker, coding in (
        (mirrored, Coding.LOSSLESS), (cropped, Coding.LOSSLESS), (crop_box_beyond_the_paper, Coding.LOSSLESS),
        (clipped, Coding.LOSSLESS), (clipped_by_its_own_frame, Coding.LOSSLESS), (strips, Coding.LOSSLESS),
        (layers, Coding.LOSSLESS), (soft_mask, Coding.LOSSLESS), (in_a_form, Coding.LOSSLESS),
        (slanted, Coding.LOSSLESS), (user_unit, Coding.LOSSLESS), (cmyk, Coding.LOSSLESS),
        (cmyk_jpeg, Coding.LOSSLESS), (inverted_grey, Coding.LOSSLESS), (inverted_grey_jpeg, Coding.LOSSLESS),
        (inverted_colours, Coding.LOSSLESS), (separation, Coding.LOSSLESS), (jpeg_2000, Coding.LOSSLESS),
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
