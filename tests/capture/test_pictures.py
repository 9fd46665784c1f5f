"""Picture files: carriers hold the same bits, or the same pixels; resolutions are believed or guessed."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from pipeline.capture import composite, pixels
from pipeline.capture.paper import plausible_dpi
from pipeline.dossier import Coding
from tests.capture.making import carried, coded, scan, taken

DPI = (300, 300)


def bilevel() -> Image.Image:
    return scan(mode="L").point(lambda value: 255 if value > 128 else 0).convert("1")


def rules(found) -> set[str]:
    return {finding.rule for finding in found.findings}


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 30, "subsampling": 2}])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_keeps_its_bytes(tmp_path: Path, mode: str, options: dict) -> None:
    data = coded(scan(mode=mode), "JPEG", dpi=DPI, **options)
    found = taken(tmp_path, "a.jpg", data)
    page = found.pages[0]
    assert page.coding is Coding.JPEG
    assert page.carrier.read_bytes() == data
    assert (page.width, page.height, page.dpi_x, page.dpi_y) == (584, 826, 300, 300)
    assert found.findings == ()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_turned_by_its_exif(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = coded(scan(), "JPEG", exif=exif, dpi=DPI)
    found = taken(tmp_path, "a.jpg", data)
    page = found.pages[0]
    with Image.open(io.BytesIO(data)) as image:
        want = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(pixels(page)[:, :, ::-1], want)
    assert np.array_equal(composite(page), pixels(page))
    assert page.upright_size == want.shape[1::-1]
    assert (page.width, page.height) == carried(page).shape[1::-1]
    if orientation in (1, 3, 6, 8):
        assert page.carrier.read_bytes() == data
    else:  # mirrored: no turn brings it upright
        assert (page.coding, page.rotation) == (Coding.LOSSLESS, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["group4", "tiff_lzw"])
def test_tiff_turned_by_its_tag(tmp_path: Path, orientation: int, compression: str) -> None:
    image = bilevel() if compression == "group4" else scan()
    data = coded(image, "TIFF", compression=compression, dpi=DPI, tiffinfo={274: orientation, 278: image.height})
    page = taken(tmp_path, "a.tif", data).pages[0]
    steps = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
             5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
             8: Image.Transpose.ROTATE_90}  # fmt: skip
    want = image.transpose(steps[orientation]) if orientation > 1 else image
    assert np.array_equal(pixels(page)[:, :, ::-1], np.asarray(want.convert("RGB")))
    with Image.open(page.carrier) as stored:
        assert stored.getexif().get(274, 1) == 1  # whoever takes its bits alone must not have to turn them


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_files_pixel_for_pixel(tmp_path: Path, kind: str, mode: str) -> None:
    image = {"1": bilevel, "P": lambda: scan().quantize(32)}.get(mode, lambda: scan(mode=mode))()
    found = taken(tmp_path, f"a.{ {'TIFF': 'tif'}.get(kind, kind.lower()) }", coded(image, kind, dpi=DPI))
    page = found.pages[0]
    assert page.coding is (Coding.G4 if mode == "1" else Coding.LOSSLESS)
    assert np.array_equal(carried(page), np.asarray(image.convert("RGB")))
    assert page.dpi_x == pytest.approx(300, abs=0.1)
    assert found.findings == ()


@pytest.mark.parametrize("lossless", [True, False])
def test_webp(tmp_path: Path, lossless: bool) -> None:
    data = coded(scan(), "WEBP", lossless=lossless)
    page = taken(tmp_path, "a.webp", data).pages[0]
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(carried(page), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white_paper(tmp_path: Path, mode: str) -> None:
    clear = scan().convert("RGBA")
    clear.putalpha(Image.new("L", clear.size, 255))
    clear.paste((0, 0, 0, 0), (0, 0, 100, 100))
    image = clear.convert(mode) if mode != "P" else clear.quantize(32)
    found = taken(tmp_path, "a.png", coded(image, "PNG", dpi=DPI))
    got = carried(found.pages[0])
    assert (got[:100, :100] == 255).all()
    rest = image.convert("RGBA").convert("RGB")
    assert np.array_equal(got[100:], np.asarray(rest)[100:])
    assert rules(found) == {"picture_alpha"}


def test_sixteen_bits_of_grey(tmp_path: Path) -> None:
    grey = np.asarray(scan(mode="L"), np.uint16)
    found = taken(tmp_path, "a.png", coded(Image.fromarray(grey * 257), "PNG", dpi=DPI))
    assert np.array_equal(carried(found.pages[0])[:, :, 0], grey)
    assert rules(found) == {"picture_16bit"}


def test_cmyk_jpeg(tmp_path: Path) -> None:
    data = coded(scan(mode="CMYK"), "JPEG", dpi=DPI)
    found = taken(tmp_path, "a.jpg", data)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(carried(found.pages[0]), np.asarray(image.convert("RGB")))
    assert rules(found) == {"picture_cmyk"}


def test_of_a_multi_picture_jpeg_the_first_is_the_page(tmp_path: Path) -> None:
    data = coded(scan(), "MPO", save_all=True, append_images=[scan().resize((146, 206))], dpi=DPI)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.n_frames) == ("MPO", 2)
        want = np.asarray(image)
    found = taken(tmp_path, "a.jpg", data)
    assert len(found.pages) == 1
    first = found.pages[0].carrier.read_bytes()
    assert data.startswith(first)
    assert len(first) < len(data)
    assert np.array_equal(carried(found.pages[0]), want)
    with Image.open(found.pages[0].carrier) as alone:
        alone.load()


# -- TIFF -------------------------------------------------------------------------------------------------------


def test_group_4_of_one_strip_keeps_its_bytes(tmp_path: Path) -> None:
    data = coded(bilevel(), "TIFF", compression="group4", tiffinfo={278: 826}, dpi=(204, 196))
    found = taken(tmp_path, "fax.tif", data)
    page = found.pages[0]
    assert page.coding is Coding.G4
    assert page.carrier.read_bytes() == data
    assert (round(page.dpi_x), round(page.dpi_y)) == (204, 196)
    assert found.findings == ()


@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("rows", [50, 826])
def test_group_4_of_many_strips_and_both_polarities(tmp_path: Path, rows: int, photometric: int) -> None:
    tags = {278: rows, 262: photometric}
    data = coded(bilevel(), "TIFF", compression="group4", tiffinfo=tags, strip_size=rows * 73, dpi=DPI)
    page = taken(tmp_path, "a.tif", data).pages[0]
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(carried(page), np.asarray(image.convert("RGB")))
    with Image.open(page.carrier) as stored:
        assert stored.info["compression"] == "group4"
        assert len(stored.tag_v2[273]) == 1


def test_pages_of_a_tiff_each_in_its_own_way(tmp_path: Path) -> None:
    frames = [scan(), bilevel().resize((600, 400)), scan(mode="L").resize((300, 500)), scan(mode="CMYK")]
    data = coded(frames[0], "TIFF", save_all=True, append_images=frames[1:], dpi=DPI)
    found = taken(tmp_path, "a.tiff", data)
    assert [page.number for page in found.pages] == [1, 2, 3, 4]
    for page, frame in zip(found.pages, frames, strict=True):
        assert np.array_equal(carried(page), np.asarray(frame.convert("RGB")))
    assert [finding.where for finding in found.findings if finding.rule == "picture_cmyk"] == ["page 4"]


# -- resolution -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "dpi", "want"),
    [
        ((2480, 3508), None, 300), ((2480, 3508), (1, 1), 300), ((3508, 2480), (0, 0), 300),
        ((1654, 2339), (200, 200), None), ((3024, 4032), (72, 72), 365.8), ((1012, 638), None, 300.3),
        ((638, 1012), (1, 1), 300.3), ((4048, 2552), None, 346.2), ((1240, 1754), (5000, 5000), 150),
    ],
)  # fmt: skip
def test_resolution_of_files(tmp_path: Path, size: tuple[int, int], dpi, want: float | None) -> None:
    options = {} if dpi is None else {"dpi": dpi}
    found = taken(tmp_path, "a.jpg", coded(scan(*size, mode="L"), "JPEG", **options))
    page = found.pages[0]
    if want is None:
        assert (page.dpi_x, page.dpi_y) == dpi
        assert found.findings == ()
    else:
        assert page.dpi_x == page.dpi_y == pytest.approx(want, rel=0.01)
        assert rules(found) == {"dpi_guessed"}


def test_density_without_unit_is_only_a_ratio(tmp_path: Path) -> None:
    data = bytearray(coded(scan(2480, 3508, "L"), "JPEG", dpi=(200, 200)))
    assert data[6:11] == b"JFIF\0"
    data[13] = 0
    assert rules(taken(tmp_path, "a.jpg", bytes(data))) == {"dpi_guessed"}


@given(
    st.integers(1, 40_000),
    st.integers(1, 40_000),
    st.one_of(
        st.none(), st.just("x"), st.tuples(st.floats(), st.floats()), st.tuples(st.floats(1, 3000), st.just("y"))
    ),
)
def test_whatever_is_stated_there_is_a_resolution(width: int, height: int, stated: object) -> None:
    x, y, guessed = plausible_dpi(width, height, stated)
    assert 0 < x < float("inf")
    assert 0 < y < float("inf")
    if guessed:
        assert x == y
        assert plausible_dpi(height, width, None) == (x, y, True)  # lying or standing
        assert max(width, height) / x * 25.4 <= 297.001  # never bigger than A4
        assert min(width, height) / x * 25.4 <= 210.001
    else:
        assert stated == (x, y)


@given(st.floats(50, 2400), st.floats(41, 1299), st.floats(41, 1299))
def test_a_plausible_statement_is_believed(dpi: float, wide: float, high: float) -> None:
    width, height = round(wide * dpi / 25.4), round(high * dpi / 25.4)
    # What programs write when nobody measured is believed of papers up to A3 only.
    most = 420 if min(abs(dpi - 72), abs(dpi - 96)) < 0.5 else 1300
    if min(width, height) / dpi * 25.4 >= 40 and max(width, height) / dpi * 25.4 <= most:
        assert plausible_dpi(width, height, (dpi, dpi)) == (dpi, dpi, False)
