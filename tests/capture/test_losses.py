"""Nothing is lost without a word: pages, layers, turns, bytes; and a failing program is not held against the paper."""

import os
import zlib
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name
from PIL import Image

from pipeline import errors
from pipeline.capture import pixels, streams, upright
from pipeline.capture.paper import plausible_dpi
from pipeline.settings import Limits
from tests.capture.making import (
    A5,
    LIMITS,
    coded,
    is_as_shown,
    jpeg_in,
    lay,
    picture,
    placed,
    saved,
    scan,
    taken,
)  # fmt: skip

PLAIN = {"object_stream_mode": pikepdf.ObjectStreamMode.disable}


def rules(found) -> list[str]:
    return [finding.rule for finding in found.findings]


def three_pages() -> bytes:
    pdf = pikepdf.new()
    for _ in range(3):
        lay(pdf, {}, b"0 0 0 rg 20 20 100 100 re f", (60, 80))
    return saved(pdf, **PLAIN)


def test_a_page_that_is_gone_from_the_tree_is_missed(tmp_path: Path) -> None:
    whole = three_pages()
    assert whole.count(b"4 0 R 5 0 R ]") == 1
    holed = whole.replace(b"4 0 R 5 0 R ]", b"4 0 R 0 0 R ]")
    with pytest.raises(errors.Damaged):
        taken(tmp_path, "a.pdf", holed)


@pytest.mark.parametrize("padding", [b"\0" * 5000, b"\r\n" * 4000, b"\0" * 200_000])
def test_padding_after_the_end_does_no_harm(tmp_path: Path, padding: bytes) -> None:
    assert len(taken(tmp_path, "a.pdf", three_pages() + padding).pages) == 3


def test_an_addition_that_breaks_off_is_missed(tmp_path: Path) -> None:
    with pytest.raises(errors.Damaged):
        taken(tmp_path, "a.pdf", three_pages() + b"7 0 obj\n<< /Type /Sig /Contents <30820")


def test_text_that_breaks_off_is_missed(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    page = lay(pdf, {}, b"")
    content = zlib.compress(b"".join(b"%d %d 9 9 re f " % (7 * row % 400, 11 * row % 590) for row in range(300)))
    page.obj.Contents.write(content[: len(content) // 2], filter=Name.FlateDecode)
    with pytest.raises(errors.Damaged):
        taken(tmp_path, "a.pdf", saved(pdf))


@pytest.mark.parametrize(
    "state",
    [{"ca": 0.3}, {"BM": Name.Multiply}, {"SMask": Dictionary(Type=Name.Mask, S=Name.Luminosity)}],
    ids=["alpha", "blend", "mask"],
)
def test_a_veiled_picture_is_rendered(tmp_path: Path, state: dict) -> None:
    pdf = pikepdf.new()
    page = lay(pdf, {"Im": jpeg_in(pdf, scan())}, b"/G gs " + placed())
    if "SMask" in state:
        state["SMask"].G = pdf.make_stream(b"1 g 0 0 420 300 re f", Type=Name.XObject, Subtype=Name.Form,
                                           BBox=Array([0, 0, 420, 595]), Group=Dictionary(S=Name.Transparency,
                                           CS=Name.DeviceGray))  # fmt: skip
    page.obj.Resources.ExtGState = Dictionary(G=Dictionary(**state))
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert rules(found) == ["page_rendered"]
    assert is_as_shown(found)


def test_a_plain_state_leaves_the_picture_its_bytes(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    page = lay(pdf, {"Im": jpeg_in(pdf, scan())}, b"/G gs " + placed())
    page.obj.Resources.ExtGState = Dictionary(G=Dictionary(ca=1, BM=Name.Normal, SMask=Name("/None")))
    assert taken(tmp_path, "a.pdf", saved(pdf)).findings == ()


# -- bombs ------------------------------------------------------------------------------------------------------


def test_a_picture_that_swells_is_refused(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    bomb = picture(pdf, scan(100, 140), zlib.compress(bytes(50 << 20)), Filter=Name.FlateDecode)
    lay(pdf, {"Im": bomb}, placed())
    with pytest.raises(errors.Damaged):
        taken(tmp_path, "a.pdf", saved(pdf))


def test_content_that_swells_is_refused(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    page = lay(pdf, {}, b"")
    page.obj.Contents.write(zlib.compress(b" " * (70 << 20)), filter=Name.FlateDecode)
    with pytest.raises(errors.Damaged):
        taken(tmp_path, "a.pdf", saved(pdf))


@given(st.binary(max_size=4000), st.integers(0, 5000))
def test_swelling_is_measured(data: bytes, most: int) -> None:
    pdf = pikepdf.new()
    stream = pdf.make_stream(zlib.compress(data), Filter=Name.FlateDecode)
    assert streams.swells(stream, most) == (len(data) > most)
    assert not streams.swells(pdf.make_stream(data), most)


def test_deflated_twice_is_not_followed() -> None:
    pdf = pikepdf.new()
    twice = pdf.make_stream(b"x", Filter=Array([Name.FlateDecode, Name.FlateDecode]))
    assert streams.swells(twice, 1 << 30)


def one_page_of_nothing(size: tuple[float, float]) -> bytes:
    pdf = pikepdf.new()
    lay(pdf, {}, b"0 0 0 rg 20 20 100 100 re f", size)
    return saved(pdf)


# -- programs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", ["pdftoppm", "pdfinfo"])
@pytest.mark.parametrize("end", ["kill -9 $$", "exit 3"])
def test_a_killed_program_is_not_held_against_the_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, end: str
) -> None:
    stand_in = tmp_path / "bin" / program
    stand_in.parent.mkdir()
    stand_in.write_text(f"#!/bin/sh\n{end}\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(errors.ProgramFailed) as caught:
        taken(tmp_path, "a.pdf", one_page_of_nothing(A5))
    assert caught.value.retryable
    assert {path.name for path in (tmp_path / "work").iterdir()} == {"source"}


# -- pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "group4"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_turned_and_its_unlike_resolutions_with_it(
    tmp_path: Path, orientation: int, compression: str | None
) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }  # fmt: skip
    image = scan(mode="1" if compression == "group4" else "L")
    data = coded(image, "TIFF", compression=compression, tiffinfo={274: orientation}, dpi=(204, 98))
    page = taken(tmp_path, "a.tif", data).pages[0]
    want = image.transpose(turns[orientation]) if orientation in turns else image
    assert np.array_equal(pixels(page), np.asarray(want.convert("RGB")))
    assert page.upright_dpi == ((98, 204) if orientation >= 5 else (204, 98))


@pytest.mark.parametrize("orientation", [5, 7])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_mirrored_pictures_keep_their_unlike_resolutions(tmp_path: Path, kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = taken(tmp_path, f"a.{kind.lower()}", coded(scan(), kind, exif=exif, dpi=(204, 98))).pages[0]
    assert page.upright_dpi == pytest.approx((98, 204), abs=0.1)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_a_colour_are_told(tmp_path: Path, suffix: str) -> None:
    deep = cv2.imencode(f".{suffix}", np.asarray(scan(), np.uint16) * 257)[1].tobytes()
    assert "picture_16bit" in rules(taken(tmp_path, f"a.{suffix}", deep))


# -- resolutions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "want"), [((2480, 3508), 300), ((24, 35), 300)])
def test_nonsense_in_a_pdf_is_guessed_instead(tmp_path: Path, size: tuple[int, int], want: int) -> None:
    pdf = pikepdf.new()
    lay(pdf, {"Im": jpeg_in(pdf, scan(2480, 3508, "L"))}, placed(size=size), size)
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert rules(found) == ["dpi_guessed"]
    assert found.pages[0].dpi_x == pytest.approx(want, rel=0.01)


@given(st.integers(100, 9000), st.integers(100, 9000), st.sampled_from([72.0, 96.0]))
def test_a_resolution_nobody_measured_is_believed_up_to_a3(width: int, height: int, dpi: float) -> None:
    x, y, guessed = plausible_dpi(width, height, (dpi, dpi))
    believed = all(40 <= side / dpi * 25.4 <= 420 * 1.03 for side in (width, height))
    assert guessed is not believed
    assert (x, y) == (dpi, dpi) or guessed


# -- blank pages, pages of few words ----------------------------------------------------------------------------


def numbered(ink: int) -> Image.Image:
    paper = np.random.default_rng(1).normal(240, 6, (1754, 1240)).clip(0, 255).astype(np.uint8)
    cv2.putText(paper, "12", (620, 1650), cv2.FONT_HERSHEY_SIMPLEX, 1.2, ink, 3)
    return Image.fromarray(paper)


@pytest.mark.parametrize("turn", range(4))
def test_a_blank_page_is_not_turned(tmp_path: Path, turn: int) -> None:
    image = Image.fromarray(np.rot90(np.asarray(numbered(240)), turn))
    page = taken(tmp_path, "a.png", coded(image, "PNG", dpi=(150, 150))).pages[0]
    assert upright(page, LIMITS).rotation == 0
    assert upright(page, Limits(seconds_page=30)).skew == 0
