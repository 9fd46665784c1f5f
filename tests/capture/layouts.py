"""One PDF page for each way in which pages are put together."""

import io

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageOps, TiffImagePlugin

from tests.capture.making import (
    coded,
    lay,
    one_page,
    picture,
    placed,
    saved,
    scan,
)  # fmt: skip


def g4(image: Image.Image) -> bytes:
    """The bare group 4 bits of a bilevel picture: black is 0, as PDF has it by default."""
    data = coded(image, "TIFF", compression="group4", tiffinfo={278: image.height, 262: 0})
    with Image.open(io.BytesIO(data)) as tiff:
        assert isinstance(tiff, TiffImagePlugin.TiffImageFile)
        start, length = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    return data[start : start + length]


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
