"""Broken files are refused, or taken whole: nothing is lost without a word."""

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Dictionary, Name

from pipeline import errors
from pipeline.capture import composite
from pipeline.settings import Limits
from tests.capture.layouts import g4
from tests.capture.making import (
    coded,
    jpeg_in,
    lay,
    one_page,
    picture,
    placed,
    refused,
    saved,
    scan,
    taken,
    three_pages,
)

PICTURES = {
    "a.jpg": coded(scan(), "JPEG", quality=80),
    "progressive.jpg": coded(scan(), "JPEG", quality=80, progressive=True),
    "a.png": coded(scan(), "PNG"),
    "a.bmp": coded(scan().resize((146, 206)), "BMP"),
    "a.webp": coded(scan(), "WEBP", quality=70),
    "lzw.tif": coded(scan(), "TIFF", compression="tiff_lzw"),
    "g4.tif": coded(scan(mode="1"), "TIFF", compression="group4"),
    "raw.tif": coded(scan().resize((146, 206)), "TIFF"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_truncated_picture_is_refused_or_whole(tmp_path: Path, name: str) -> None:
    data = PICTURES[name]
    whole = composite(taken(tmp_path, name, data).pages[0])
    refusals = 0
    for share in (*np.linspace(0.01, 0.99, 15), 1 - 40 / len(data), 1 - 2 / len(data), 1 - 1 / len(data)):
        try:
            found = taken(tmp_path, name, data[: int(len(data) * share)])
        except errors.InputError:
            refusals += 1
        else:
            assert np.array_equal(composite(found.pages[0]), whole), share
    assert refusals >= 14


def test_a_truncated_pdf_is_refused_or_whole(tmp_path: Path) -> None:
    data = three_pages()
    whole = [composite(page) for page in taken(tmp_path, "a.pdf", data).pages]
    refusals = 0
    for end in (*np.linspace(0.01, 0.99, 20) * len(data), *range(len(data) - 40, len(data), 5)):
        try:
            found = taken(tmp_path, "a.pdf", data[: int(end)])
        except errors.InputError:
            refusals += 1
        else:
            assert all(map(np.array_equal, map(composite, found.pages), whole))
            assert len(found.pages) == 3
    assert refusals >= 20


def test_a_mended_pdf_is_said_to_be(tmp_path: Path) -> None:
    data = three_pages()
    start = data.rindex(b"startxref")
    found = taken(tmp_path, "a.pdf", data[:start] + b"startxref\n7\n%%EOF\n")
    assert len(found.pages) == 3
    assert [finding.rule for finding in found.findings] == ["pdf_mended"]


def page_with(**entries: object) -> bytes:
    pdf = pikepdf.new()
    data = entries.pop("data", None)
    lay(pdf, {"Im": picture(pdf, scan(), data, **entries)}, placed())
    return saved(pdf)


@pytest.mark.parametrize(
    "entries",
    [
        {"data": PICTURES["a.jpg"][:9000], "Filter": Name.DCTDecode},
        {"data": b"no picture", "Filter": Name.DCTDecode},
        {"data": coded(scan(), "JPEG2000")[:900], "Filter": Name.JPXDecode},
        {"data": b"x\x9c" + b"rubbish" * 50, "Filter": Name.FlateDecode},
        {"data": scan().tobytes()[:9000]},
        {"data": b"", "ColorSpace": Name.DeviceGray},
    ],
    ids=["short jpeg", "no jpeg", "short jpeg 2000", "rubbish deflated", "too few samples", "nothing"],
)
def test_a_page_whose_picture_cannot_be_decoded(tmp_path: Path, entries: dict) -> None:
    assert isinstance(refused(tmp_path, "a.pdf", page_with(**entries)), errors.Damaged)


def fax(bits: bytes) -> bytes:
    image = scan(mode="1")
    parms = Dictionary(K=-1, Columns=image.width, Rows=image.height)
    return page_with(
        data=bits, Filter=Name.CCITTFaxDecode, DecodeParms=parms, BitsPerComponent=1, ColorSpace=Name.DeviceGray
    )


@pytest.mark.parametrize("marked", [True, False])
def test_group_4_that_breaks_off(tmp_path: Path, marked: bool) -> None:
    """With the end-of-block mark and without it, which some scanners leave out."""
    bits = g4(scan(mode="1"))
    if not marked:
        number = int.from_bytes(bits, "big")
        number >>= (number & -number).bit_length() - 1 + 24
        bits = (number << -number.bit_length() % 8).to_bytes(-(-number.bit_length() // 8), "big")
        bits = bytes(len(g4(scan(mode="1"))) - len(bits) - 4) + bits if bits[0] == 0 else bits
    found = taken(tmp_path, "a.pdf", fax(bits))
    assert np.array_equal(composite(found.pages[0])[:, :, 0], np.asarray(scan(mode="1")) * np.uint8(255))
    for share in (0.1, 0.35, 0.6, 0.9):
        assert isinstance(refused(tmp_path, "a.pdf", fax(bits[: int(len(bits) * share)])), errors.Damaged)


def test_a_broken_strip_of_a_page(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    top, bottom = jpeg_in(pdf, scan(584, 413)), picture(pdf, scan(584, 413), coded(scan(584, 413), "JPEG")[:5000])
    bottom.Filter = Name.DCTDecode
    lay(pdf, {"A": top, "B": bottom}, b"q 420 0 0 297.5 0 297.5 cm /A Do Q q 420 0 0 297.5 0 0 cm /B Do Q")
    assert isinstance(refused(tmp_path, "a.pdf", saved(pdf)), errors.Damaged)


def test_page_tree_that_goes_in_circles(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(three_pages())) as pdf:
        data = saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        tree = pdf.Root.Pages.objgen[0]
        pages = [b"%d 0 R" % page.obj.objgen[0] for page in pdf.pages]
    looped = data.replace(pages[1], b"%d 0 R" % tree, 1)
    assert looped != data
    assert isinstance(refused(tmp_path, "a.pdf", looped), errors.Damaged)


def test_no_pages(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path, "a.pdf", saved(pikepdf.new())), errors.Damaged)


@pytest.mark.parametrize("stated", [b"/Count 2", b"/Count 9"])
def test_page_count_that_lies(tmp_path: Path, stated: bytes) -> None:
    data = three_pages()
    if b"/Count 3" not in data:
        pdf = pikepdf.open(io.BytesIO(data))
        data = saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert isinstance(refused(tmp_path, "a.pdf", data.replace(b"/Count 3", stated)), errors.Damaged)


# -- chance -----------------------------------------------------------------------------------------------------

SAMPLES = {
    "a.pdf": one_page(scan().resize((146, 206))),
    "b.pdf": three_pages(),
    "a.jpg": coded(scan().resize((146, 206)), "JPEG"),
    "a.tif": coded(scan(mode="1"), "TIFF", compression="group4"),
    "a.png": coded(scan().resize((146, 206)), "PNG"),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(SAMPLES)),
    cut=st.one_of(st.just(1.0), st.floats(0, 1)),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12),
)
def test_damage_by_chance_ends_in_a_capture_or_an_input_error(
    tmp_path: Path, name: str, cut: float, flips: list[tuple[float, int]]
) -> None:
    data = bytearray(SAMPLES[name])
    for place, value in flips:
        data[int(place * (len(data) - 1))] = value
    try:
        found = taken(tmp_path, name, bytes(data[: int(cut * len(data))]), Limits(megapixels=4, seconds_page=20))
    except errors.InputError as error:
        assert error.text.vi
    else:
        assert len(found.pages) >= 1
        for page in found.pages:
            assert composite(page).shape[:2] == page.upright_size[::-1]
