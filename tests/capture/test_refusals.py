"""Bad files end in the error that says why, and the source stays as it was."""

import errno
import io
import multiprocessing
import resource
import struct
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name
from PIL import Image

from pipeline import errors
from pipeline.capture import composite, take
from pipeline.settings import Limits
from tests.capture.making import LIMITS, coded, jpeg_in, lay, one_page, picture, placed, saved, scan, taken
from tests.capture.test_pdf_scans import g4
from tests.e2e import bad_papers

OF_TAKING = (
    "encrypted", "truncated_pdf", "truncated_jpeg", "zero_bytes", "not_a_pdf", "dynamic_form", "pixel_bomb",
    "two_thousand_pages", "wrong_extension", "symbolic_link",
)  # fmt: skip


def refused(tmp_path: Path, name: str, data: bytes, limits: Limits = LIMITS) -> errors.SohoaError:
    """The error that taking ``data`` ends in; nothing half-written may be left."""
    with pytest.raises(errors.SohoaError) as caught:
        taken(tmp_path, name, data, limits)
    assert list((tmp_path / "work").glob("*.p*rt")) == []
    assert list((tmp_path / "work").glob("*.page.pdf")) == []
    assert (tmp_path / "in" / name).read_bytes() == data
    return caught.value


@pytest.mark.parametrize("name", OF_TAKING)
def test_each_bad_paper_ends_in_its_error(tmp_path: Path, name: str) -> None:
    kind, maker = bad_papers.MAKERS[name]
    folder, work = tmp_path / "in", tmp_path / "work"
    folder.mkdir()
    work.mkdir()
    path = maker(folder)
    before = path.read_bytes(), path.lstat().st_mtime_ns
    with pytest.raises(kind) as caught:
        take(path, work, LIMITS)
    assert type(caught.value) is kind
    assert isinstance(caught.value, errors.InputError)
    assert "…" not in caught.value.text.vi + caught.value.text.en
    assert (path.read_bytes(), path.lstat().st_mtime_ns) == before
    assert list(work.glob("*.part")) == []


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound):
        take(tmp_path / "nowhere.pdf", tmp_path, LIMITS)


def test_folders_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(errors.SymbolicLink):
        take(tmp_path, tmp_path, LIMITS)


def test_the_source_is_only_read_and_its_facts_are_known(tmp_path: Path) -> None:
    import hashlib
    import os

    path, work = tmp_path / "a.jpg", tmp_path / "work"
    work.mkdir()
    data = coded(scan(), "JPEG")
    path.write_bytes(data)
    os.utime(path, ns=(10**18, 10**18))
    path.chmod(0o444)
    found = take(path, work, LIMITS)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (data, 10**18)
    source = found.source
    assert (source.name, source.size, source.sha256) == ("a.jpg", len(data), hashlib.sha256(data).hexdigest())
    assert (source.media_type, source.signed) == ("image/jpeg", False)
    assert source.copy.read_bytes() == data
    assert source.copy.parent == work


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.tif", "PNG", errors.WrongExtension), ("a.jpg", "PDF", errors.WrongExtension),
        ("a.png", "JPEG", errors.WrongExtension), ("a.pdf", "TIFF", errors.WrongExtension),
        ("a.JPEG", "JPEG", None), ("a", "PNG", None), ("a.tiff", "TIFF", None), ("a.scan", "BMP", None),
    ],
)  # fmt: skip
def test_extension_and_bytes(tmp_path: Path, name: str, data: str, kind: type | None) -> None:
    content = one_page(scan()) if data == "PDF" else coded(scan(), data)
    if kind is None:
        assert len(taken(tmp_path, name, content).pages) == 1
    else:
        assert type(refused(tmp_path, name, content)) is kind


def test_a_pdf_may_begin_a_little_later(tmp_path: Path) -> None:
    assert len(taken(tmp_path, "a.pdf", b"\n" * 40 + one_page(scan())).pages) == 1
    assert isinstance(refused(tmp_path, "a.pdf", b"\n" * 2000 + one_page(scan())), errors.NotADocument)


def test_encrypted_without_password_to_open(tmp_path: Path) -> None:
    pdf = pikepdf.open(io.BytesIO(one_page(scan())))
    data = saved(pdf, encryption=pikepdf.Encryption(owner="chu", user=""))
    assert isinstance(refused(tmp_path, "a.pdf", data), errors.Encrypted)


def test_static_form_is_taken_with_a_word(tmp_path: Path) -> None:
    pdf = pikepdf.open(io.BytesIO(one_page(scan())))
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=pdf.make_stream(b"<xdp/>"))
    found = taken(tmp_path, "a.pdf", saved(pdf))
    assert [finding.rule for finding in found.findings] == ["xfa_static"]


def test_dynamic_form_that_only_asks_to_wait(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    page = lay(pdf, {}, b"BT /F 12 Tf 50 300 Td (Please wait...) Tj ET")
    page.obj.Resources.Font = Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=pdf.make_stream(b"<xdp/>"))
    assert isinstance(refused(tmp_path, "a.pdf", saved(pdf)), errors.XfaForm)


# -- limits -----------------------------------------------------------------------------------------------------


def test_too_many_bytes(tmp_path: Path) -> None:
    data = coded(scan(), "BMP") * 2
    assert isinstance(refused(tmp_path, "a.bmp", data, Limits(megabytes=1)), errors.TooManyBytes)
    assert list((tmp_path / "work").iterdir()) == []


def huge_tiff() -> bytes:
    """A header that promises 35 000 × 35 000 bilevel pixels."""
    tags = [
        (256, 4, 35000), (257, 4, 35000), (258, 3, 1), (259, 3, 4), (262, 3, 0), (273, 4, 8), (277, 3, 1),
        (278, 4, 35000), (279, 4, 4),
    ]  # fmt: skip
    entries = b"".join(
        struct.pack("<HHI", tag, kind, 1) + struct.pack("<I" if kind == 4 else "<HH", *([value] + [0] * (kind == 3)))
        for tag, kind, value in tags
    )
    return b"II*\0" + struct.pack("<I", 12) + b"\0" * 4 + struct.pack("<H", len(tags)) + entries + b"\0" * 4


def huge_jpeg() -> bytes:
    data = bytearray(coded(scan(), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 35000, 35000)
    return bytes(data)


def huge_in_pdf(**entries: object) -> bytes:
    pdf = pikepdf.new()
    facts = {"Width": 35000, "Height": 35000} | entries
    lay(pdf, {"Im": picture(pdf, scan(), **facts)}, placed())
    return saved(pdf)


def liar_in_pdf() -> bytes:
    """The dictionary says a small picture, the JPEG itself a huge one."""
    pdf = pikepdf.new()
    lay(pdf, {"Im": picture(pdf, scan(), huge_jpeg(), Filter=Name.DCTDecode)}, placed())
    return saved(pdf)


@pytest.mark.parametrize(
    ("name", "maker"),
    [("a.tif", huge_tiff), ("a.jpg", huge_jpeg), ("a.pdf", huge_in_pdf), ("a.pdf", liar_in_pdf)],
)
def test_too_many_pixels(tmp_path: Path, name: str, maker) -> None:
    assert isinstance(refused(tmp_path, name, maker()), errors.TooManyPixels)


def test_a_wide_sheet_is_rendered_as_finely_as_allowed(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    lay(pdf, {}, b"0 0 0 rg 100 100 9000 9000 re f", (14400, 14400))
    page = taken(tmp_path, "a.pdf", saved(pdf), Limits(megapixels=110)).pages[0]
    assert 100e6 <= page.width * page.height <= 110e6
    assert isinstance(refused(tmp_path, "a.pdf", saved(pdf), Limits(megapixels=50)), errors.TooManyPixels)


def test_strips_finer_than_allowed(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    half = picture(pdf, scan(584, 413))
    content = b"q 420 0 0 297.5 0 297.5 cm /Im Do Q q 420 0 0 297.5 0 0 cm /Im Do Q"
    lay(pdf, {"Im": half}, content)
    assert isinstance(refused(tmp_path, "a.pdf", saved(pdf), Limits(megapixels=0.3)), errors.TooManyPixels)


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [("a.tif", "TIFF", {"compression": "group4"}), ("a.webp", "WEBP", {}), ("a.png", "PNG", {})],
)
def test_too_many_frames(tmp_path: Path, name: str, kind: str, options: dict) -> None:
    mode, sizes = ("1", (40, 41, 42, 43)) if kind == "TIFF" else ("RGB", (40, 40, 40, 40))
    frames = [Image.new(mode, (wide, 60), ("white", "black")[number % 2]) for number, wide in enumerate(sizes)]
    data = coded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert len(taken(tmp_path, name, data, Limits(pages=4)).pages) == 4
    error = refused(tmp_path, name, data, Limits(pages=3))
    assert isinstance(error, errors.TooManyPages)
    assert error.details["pages"] == 4


# -- damage -----------------------------------------------------------------------------------------------------

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


def three_pages() -> bytes:
    pdf = pikepdf.new()
    for index in range(3):
        lay(pdf, {"Im": jpeg_in(pdf, scan().rotate(index))}, placed())
    return saved(pdf)


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


# -- the disk ---------------------------------------------------------------------------------------------------


def _take_with_little_room(path: Path, work: Path, room: int, answers) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        take(path, work, LIMITS)
        answers.put("taken")
    except BaseException as error:
        answers.put(type(error).__name__)


@pytest.mark.parametrize(
    ("name", "maker", "room"),
    [
        ("a.jpg", lambda: coded(scan(), "JPEG", quality=95), 20_000),
        ("a.png", lambda: coded(noise(), "WEBP", quality=1), 60_000),
        ("a.pdf", lambda: one_page(scan(), CropBox=Array([40, 100, 400, 560])), 60_000),
        ("b.pdf", three_pages, 130_000),
    ],
    ids=["copy", "carrier", "rendering", "whole"],
)
def test_no_room_on_the_disk(tmp_path: Path, name: str, maker, room: int) -> None:
    """The system itself refuses to let files grow, as it does on a full disk."""
    path, work = tmp_path / name.replace(".png", ".webp"), tmp_path / "work"
    work.mkdir()
    data = maker()
    path.write_bytes(data)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=_take_with_little_room, args=(path, work, room, answers))
    process.start()
    process.join(60)
    assert answers.get() == "DiskFull"
    assert list(work.glob("*.p*rt")) + list(work.glob("*.page.pdf")) == []
    assert path.read_bytes() == data
    kept = work / "source"
    assert not kept.exists() or kept.read_bytes() == data


def noise() -> Image.Image:
    grains = np.random.default_rng(1).integers(0, 255, (500, 400, 3), np.uint8)
    return Image.fromarray(grains)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_what_the_system_says_of_a_full_disk(number: int) -> None:
    assert isinstance(errors.from_os_error(OSError(number, "full"), "a.pdf"), errors.DiskFull)


def test_a_page_that_takes_too_long(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    curves = b"".join(b"0 0 m 0 595 420 %d 420 0 c S\n" % (index % 600) for index in range(150_000))
    lay(pdf, {}, b"0.1 w\n" + curves)
    error = refused(tmp_path, "a.pdf", saved(pdf), Limits(seconds_page=0.5))
    assert isinstance(error, errors.TooSlow)


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
