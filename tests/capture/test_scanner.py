"""Scanning with SANE's test device, and with a stand-in that serves drawn pages and jams."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline import capture
from pipeline.capture import scanner
from pipeline.capture.scanner import Colours, Feed, Order
from pipeline.errors import ProgramMissing, ScannerFailed, ScannerMissing, TooManyPages
from pipeline.settings import Limits
from tests.capture.making import scan as drawn
from tests.capture.scanning import FakeScanner, sane_test_device


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    made = FakeScanner(tmp_path / "bin", [drawn(200 + number, 290) for number in range(5)])
    monkeypatch.setenv("PATH", str(made.folder), prepend=":")
    return made


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "100%d 'scans'"
    folder.mkdir()
    return folder


def test_the_test_device_of_sane_is_scanned_until_its_feeder_is_empty(tmp_path, work, monkeypatch):
    monkeypatch.setenv("SANE_CONFIG_DIR", str(sane_test_device(tmp_path / "sane")))
    [device] = scanner.devices()
    assert (device.name, device.model) == ("test:0", "frontend-tester")
    got = scanner.scan(Order(device.name, dpi=75), work)
    assert len(got) == 10
    with Image.open(got[0]) as page:
        assert page.mode == "RGB"
        assert round(page.info["dpi"][0]) == 75
    [flat] = scanner.scan(Order(device.name, Feed.FLATBED, Colours.BLACK, 75), _new(work, "flat"))
    with Image.open(flat) as page:
        assert page.mode == "1"
    with pytest.raises(ScannerMissing):
        scanner.scan(Order("test:7"), _new(work, "other"))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("JAMMED", "kẹt giấy"),
        ("COVER_OPEN", "nắp máy"),
        ("NO_DOCS", "không có giấy"),
        ("IO_ERROR", "mất liên lạc"),
        ("ACCESS_DENIED", "không có quyền"),
        ("DEVICE_BUSY", "đang bận"),
        ("CANCELLED", "bị hủy"),
        ("NO_MEM", "bộ nhớ"),
    ],
)
def test_what_sane_says_is_told_in_vietnamese(tmp_path, work, monkeypatch, status, told):
    extra = f'read-status-code "SANE_STATUS_{status}"'
    monkeypatch.setenv("SANE_CONFIG_DIR", str(sane_test_device(tmp_path / "sane", extra)))
    with pytest.raises(ScannerFailed) as caught:
        scanner.scan(Order("test:0", dpi=75), work)
    assert told in caught.value.text.vi
    assert scanner.pages(work) == []


def test_pages_are_bound_without_loss_in_the_size_of_the_paper(fake, work, tmp_path):
    shown: list[tuple[int, float]] = []
    got = scanner.scan(Order("fake:0", dpi=100), work, lambda page, done: shown.append((page, done)))
    assert [page.name for page in got] == [f"scan{number:04}.tif" for number in range(1, 6)]
    assert shown[0] == (1, 0.031)
    assert shown[-1] == (5, 1.0)
    scanner.bind(got, tmp_path / "bound.pdf")
    taken = capture.take(tmp_path / "bound.pdf", _new(tmp_path, "take"), Limits())
    assert [(round(page.dpi_x), page.width) for page in taken.pages] == [(100, 200 + number) for number in range(5)]
    for number, page in enumerate(taken.pages):
        assert np.array_equal(np.asarray(Image.open(page.carrier)), np.asarray(drawn(200 + number, 290)))


def test_more_pages_than_are_joined_at_once(work, tmp_path, monkeypatch):
    monkeypatch.setattr(scanner, "_AT_ONCE", 3)
    pages = []
    for number in range(11):
        pages.append(work / f"scan{number:04}.tif")
        Image.new("1", (100 + number, 50), 1).save(pages[-1], dpi=(100, 100))
    scanner.bind(pages, tmp_path / "bound.pdf")
    with pikepdf.open(tmp_path / "bound.pdf") as book:
        assert [round(float(page.mediabox[2]) / 0.72) for page in book.pages] == [100 + n for n in range(11)]
    assert (tmp_path / "bound.pdf").read_bytes().count(b"/CCITTFaxDecode") == 11


def test_after_a_jam_the_same_order_goes_on_where_it_was(fake, work):
    fake.tell("jam", 3)
    with pytest.raises(ScannerFailed):
        scanner.scan(Order("fake:0"), work)
    assert len(scanner.pages(work)) == 2
    assert len(scanner.scan(Order("fake:0"), work)) == 5
    assert "--batch-start=3" in fake.asked


def test_of_a_sheet_that_jammed_on_its_back_nothing_stays(fake, work):
    fake.tell("jam", 4)
    fake.tell("fault", "Double feed detected")
    with pytest.raises(ScannerFailed) as caught:
        scanner.scan(Order("fake:0", Feed.DUPLEX), work)
    assert "kéo hai tờ" in caught.value.text.vi
    assert len(scanner.pages(work)) == 2
    assert "--source=ADF Duplex" in fake.asked


def test_a_scanner_that_falls_silent_is_given_up(fake, work, monkeypatch):
    monkeypatch.setattr(scanner, "_WARM_UP_SECONDS", 0.5)
    fake.tell("hang", 2)
    start = time.monotonic()
    with pytest.raises(ScannerFailed) as caught:
        scanner.scan(Order("fake:0", seconds_page=1.0), work)
    assert time.monotonic() - start < 60
    assert "thời hạn" in caught.value.text.vi
    assert len(scanner.pages(work)) == 1


def test_a_feeder_without_end_is_stopped(fake, work):
    fake.tell("endless", 1)
    with pytest.raises(TooManyPages):
        scanner.scan(Order("fake:0", most=7), work)


def test_what_is_asked_for_is_set_as_the_scanner_calls_it(fake, work):
    scanner.scan(Order("fake:0", dpi=250, colours=Colours.GREY), work)
    assert "'--source=ADF Front', '--mode=Gray', '--resolution=300', '-x', '210', '-y', '297'" in fake.asked
    fake.tell(
        "options", "--mode Black & White|24bit Color [x]\n--source FlatBed|Automatic Document Feeder(left aligned) [x]"
    )
    scanner.scan(Order("fake:0", Feed.FLATBED, Colours.BLACK), _new(work, "b"))
    assert "'--source=FlatBed', '--mode=Black & White'" in fake.asked
    scanner.scan(Order("fake:0"), _new(work, "c"))
    assert "--source=Automatic Document Feeder(left aligned)" in fake.asked
    fake.tell("options", "--source ADF|Flatbed [ADF]\n--duplex[=(yes|no)] [no]")
    scanner.scan(Order("fake:0", Feed.DUPLEX), _new(work, "d"))
    assert "'--source=ADF', '--duplex=yes'" in fake.asked


@pytest.mark.parametrize(
    "order",
    [
        Order("fake:0", dpi=1200),
        Order(""),
        Order("a\nb"),
        Order("a\0b"),
        Order("x" * 300),
        Order("\ud800"),
    ],
)
def test_what_cannot_be_done_is_refused_before_paper_moves(fake, work, order):
    with pytest.raises(ScannerMissing):
        scanner.scan(order, work)
    assert not (fake.folder / "asked").exists() or "--batch-start" not in fake.asked


@pytest.mark.parametrize("name", ["--help", "-d", "; rm -rf /", "$(reboot)", "máy quét 1", "net:1.2.3.4:x"])
def test_hostile_names_are_names_and_nothing_else(fake, work, name):
    assert len(scanner.scan(Order(name), work)) == 5
    assert repr(f"--device-name={name}") in fake.asked


def test_a_scanner_that_went_away_and_a_program_that_is_missing(fake, work, monkeypatch, tmp_path):
    fake.tell("gone", 1)
    with pytest.raises(ScannerMissing):
        scanner.scan(Order("fake:0"), work)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissing) as caught:
        scanner.devices()
    assert "sane-utils" in caught.value.text.en


def test_a_page_that_is_no_picture_is_told(work, tmp_path):
    (work / "scan0001.tif").write_bytes(b"II*\0 broken")
    with pytest.raises(ScannerFailed):
        scanner.bind(scanner.pages(work), tmp_path / "bound.pdf")


@given(st.text(alphabet="0123456789.|dpi()[] ", max_size=30), st.integers(75, 1200))
def test_any_list_of_resolutions_gives_one_no_coarser_or_a_refusal(values, wanted):
    try:
        chosen = float(scanner._resolution(wanted, values))
    except ScannerMissing:
        return
    assert chosen >= wanted


def _new(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
