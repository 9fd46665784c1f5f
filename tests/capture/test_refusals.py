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
from pikepdf import Array, Dictionary, Name
from PIL import Image

from pipeline import errors
from pipeline.capture import take
from pipeline.settings import Limits
from tests.capture.making import (
    LIMITS,
    coded,
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
from tests.e2e import bad_papers

OF_TAKING = (
    "encrypted", "truncated_pdf", "truncated_jpeg", "zero_bytes", "not_a_pdf", "dynamic_form", "pixel_bomb",
    "two_thousand_pages", "wrong_extension", "symbolic_link",
)  # fmt: skip


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
