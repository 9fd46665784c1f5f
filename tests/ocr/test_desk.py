"""Whole pages are read: drawn papers with every reader, and pictures that are no papers."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from rapidfuzz import fuzz

from pipeline.dossier import Severity, Word
from pipeline.errors import SohoaError, TooSlow
from pipeline.ocr import open_desk
from pipeline.settings import Limits, Reading
from pipeline.vietnamese import nfc
from tests.ocr import drawing
from tests.ocr.drawing import decision, font, note, page_of, pixels

WHOLE = " ".join(
    text
    for part in (
        drawing.HEAD_LEFT,
        drawing.HEAD_RIGHT,
        drawing.TITLE,
        drawing.BODY,
        drawing.FOOT_LEFT,
        drawing.FOOT_RIGHT,
    )
    for text in part
)


def read(desk, image, **facts):
    picture = pixels(image) if isinstance(image, Image.Image) else image
    return desk.read(picture, page_of(picture, **facts))


def wrong(reading) -> list[Word]:
    """Words that were not drawn."""
    drawn = set(WHOLE.split())
    return [word for word in reading.words() if word.text not in drawn]


def rules(reading):
    return [finding.rule for finding in reading.findings]


@pytest.fixture(scope="module")
def plain(desk):
    return read(desk, decision())


def test_a_drawn_decision_is_read_in_order(plain):
    assert fuzz.ratio(plain.text.replace("\n", " "), WHOLE) > 99
    assert (plain.mode, plain.readers, plain.findings) == ("lines", ("tesseract", "trueocr"), ())
    assert (plain.number, plain.width, plain.height, plain.dpi) == (1, 1654, 1400, 200)


def test_the_parts_are_named(plain):
    zones = {
        zone: [line.text for line in plain.lines if line.zone == zone] for zone in (line.zone for line in plain.lines)
    }
    assert list(zones) == ["head_left", "head_right", "title", "body", "foot_left", "foot_right"]
    assert [len(lines) for lines in zones.values()] == [3, 3, 2, 4, 3, 2]


def test_every_word_is_composed_has_a_place_and_an_opinion(plain):
    for word in plain.words():
        x0, y0, x1, y1 = word.box
        assert word.text == nfc(word.text) != ""
        assert 0 <= x0 < x1 <= plain.width
        assert 0 <= y0 < y1 <= plain.height
        assert 0 <= word.confidence <= 1
        assert word.agreed in (True, False)


def test_words_that_were_misread_are_marked(plain):
    assert all(word.agreed is False for word in wrong(plain))
    assert sum(word.agreed is True for word in plain.words()) > 0.85 * len(list(plain.words()))


def test_word_boxes_are_where_the_ink_is(plain):
    grey = np.asarray(decision().convert("L"))
    covered = np.zeros(grey.shape, bool)
    for word in plain.words():
        x0, y0, x1, y1 = (round(v) for v in word.box)
        covered[y0 - 2 : y1 + 2, x0 - 2 : x1 + 2] = True
        assert (grey[y0:y1, x0:x1] < 128).any()
    assert np.mean(covered[grey < 128]) > 0.98


def test_reading_twice_gives_the_same(desk, plain):
    assert read(desk, decision()) == plain


def test_a_seal_over_the_signature_costs_nothing(desk):
    reading = read(desk, decision(stamp=True))
    assert [region.kind for region in reading.regions if region.kind == "stamp"] == ["stamp"]
    assert "CHỦ TỊCH" in reading.text
    assert "Trần Thị Mẫu" in reading.text
    assert fuzz.ratio(reading.text.replace("\n", " "), WHOLE) > 98


@pytest.mark.parametrize("turn", [2.5, -2.5])
def test_a_skewed_page_is_read_and_its_boxes_lie_on_the_skewed_page(desk, plain, turn):
    """PIL turns counter-clockwise: lines rise by ``turn``, so that is the page's skew."""
    reading = read(desk, decision(turn=turn), skew=turn)
    assert fuzz.ratio(reading.text.replace("\n", " "), WHOLE) > 98
    grey = np.asarray(decision(turn=turn).convert("L"))
    inked = [(grey[round(y0) : round(y1), round(x0) : round(x1)] < 128).mean() for x0, y0, x1, y1 in boxes(reading)]
    assert min(inked) > 0.02
    assert reading.lines[0].box[0] != pytest.approx(plain.lines[0].box[0], abs=5)


def boxes(reading):
    return [word.box for word in reading.words() if len(word.text) > 1]


def test_a_small_picture_is_enlarged_and_its_boxes_are_not(desk):
    small = decision().resize((620, 525), Image.Resampling.LANCZOS)
    reading = read(desk, small, dpi=75)
    assert fuzz.ratio(reading.text.replace("\n", " "), WHOLE) > 95
    assert max(box[2] for box in boxes(reading)) <= 620


@pytest.mark.parametrize(
    "picture",
    [
        np.full((2339, 1654, 3), 255, np.uint8),
        np.full((900, 700, 3), 90, np.uint8),
        np.where(np.random.default_rng(1).random((2339, 1654, 1)) < 0.0003, 0, 250).astype(np.uint8).repeat(3, 2),
    ],
    ids=["white", "grey", "dust"],
)
def test_a_blank_page_is_said_to_be_blank(desk, picture):
    reading = read(desk, picture)
    assert reading.lines == ()
    assert rules(reading) == ["blank_page"]
    assert reading.findings[0].severity is Severity.INFO


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (3, 3), (40, 40)])
@pytest.mark.parametrize("shade", [0, 255])
def test_tiny_and_thin_pictures_are_read_as_nothing(desk, size, shade):
    reading = read(desk, np.full((*size, 3), shade, np.uint8))
    assert reading.lines == ()
    assert rules(reading) in (["blank_page"], ["no_text"])


def test_a_dark_picture_of_nothing(desk):
    assert read(desk, np.zeros((1200, 900, 3), np.uint8)).lines == ()


def test_a_fine_scan_is_read_at_a_size_that_can_be_borne(desk):
    fine = note(["Giấy chứng nhận đăng ký doanh nghiệp số 0101", "do Phòng Thử nghiệm cấp"], (1654, 400))
    reading = read(desk, fine.resize((6616, 1600), Image.Resampling.BICUBIC), dpi=800)
    assert "Giấy chứng nhận đăng ký doanh nghiệp" in reading.text
    assert max(box[2] for box in boxes(reading)) > 3500


def test_what_shines_through_from_the_back_is_left_out_and_said(desk):
    back = np.asarray(note(drawing.BODY, (1654, 600)).convert("L"))[:, ::-1]
    front = np.full((600, 1654), 250, np.uint8)
    through = np.minimum(front, 255 - ((255 - back) * 0.25).astype(np.uint8))
    reading = read(desk, np.repeat(through[:, :, None], 3, axis=2))
    assert reading.lines == ()
    assert "bleed_through" in rules(reading)


def test_a_bent_page_is_read_as_a_whole_and_everything_is_marked(desk):
    import cv2

    picture = pixels(decision())
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bent = cv2.remap(
        picture, x, y + 45 * np.sin(x / 190).astype(np.float32), cv2.INTER_LINEAR, borderValue=(250, 250, 250)
    )
    reading = read(desk, bent)
    assert reading.mode == "page"
    assert "page_mode" in rules(reading)
    assert {word.agreed for word in reading.words()} == {False}


def test_codes_are_read_with_their_places(desk):
    image = note(["Giấy tiếp nhận hồ sơ và hẹn trả kết quả"], (1654, 900))
    made = zxingcpp.create_barcode("000.00.00.H00-250101-0001|Nguyễn Văn Thử", zxingcpp.BarcodeFormat.QRCode)
    code = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(made, scale=10, add_quiet_zones=False)))
    image.paste(code.resize((320, 320)).convert("RGB"), (1040, 340))
    (found,) = read(desk, image).barcodes
    assert (found.text, found.format) == ("000.00.00.H00-250101-0001|Nguyễn Văn Thử", "QRCode")
    assert found.box == pytest.approx((1040, 340, 1360, 660), abs=25)


def test_a_bar_code_that_lies_across_is_read(desk):
    image = note(["Phiếu trình giải quyết hồ sơ"], (1654, 900))
    made = zxingcpp.create_barcode("H00-250101-0001", zxingcpp.BarcodeFormat.Code128)
    code = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(made, scale=3, add_quiet_zones=True)))
    image.paste(code.rotate(90, expand=True).convert("RGB"), (1300, 250))
    (found,) = read(desk, image).barcodes
    assert (found.text, found.format) == ("H00-250101-0001", "Code128")
    width, height = code.size  # as it stands upright
    assert found.box == pytest.approx((1300, 250, 1300 + height, 250 + width), abs=60)


def layer(text: str, x: float = 150, y: float = 80) -> tuple[Word, ...]:
    """The words of a line of :func:`note` as a text layer has them."""
    words = []
    for part in text.split():
        right = x + font(42).getlength(part)
        words.append(Word(part, (x, y, right, y + 52), 0.2, False))
        x = right + font(42).getlength(" ")
    return tuple(words)


def test_a_text_layer_is_taken_as_it_is(desk):
    text = "Căn cứ Luật Tổ chức chính quyền địa phương;"
    printed = layer(text)
    reading = read(desk, note([text]), printed=printed[::-1])
    assert (reading.mode, reading.text, reading.readers) == ("text-layer", text, ())
    assert [(word.confidence, word.agreed, word.box) for word in reading.words()] == [
        (1.0, None, word.box) for word in printed
    ]


def test_a_text_layer_holds_where_it_is_what_is_printed(desk):
    text = "Căn cứ Luật Tổ chức chính quyền địa phương;"
    picture = pixels(note([text]))
    layers = [layer(text), layer("Kính gửi Ủy ban nhân dân phường Thí Điểm"), ()]
    assert [desk.holds(picture, page_of(picture, printed=printed)) for printed in layers] == [True, False, False]


def test_one_reader_reads_whole_pages_without_opinion():
    desk = open_desk(Reading(readers=("tesseract",)), Limits())
    reading = read(desk, decision())
    assert (reading.mode, reading.readers, reading.findings) == ("page", ("tesseract",), ())
    assert fuzz.ratio(reading.text.replace("\n", " "), WHOLE) > 95
    assert {word.agreed for word in reading.words()} == {None}


def test_the_other_reader_alone_reads_its_own_lines():
    reading = read(open_desk(Reading(readers=("trueocr",)), Limits()), decision())
    assert (reading.mode, reading.readers) == ("lines", ("trueocr",))
    assert fuzz.ratio(reading.text.replace("\n", " "), WHOLE) > 93
    assert {word.agreed for word in reading.words()} == {None}


def test_a_missing_optional_reader_is_said_on_the_page(monkeypatch):
    monkeypatch.setitem(sys.modules, "trueocr", None)
    monkeypatch.delitem(sys.modules, "pipeline.ocr.second", raising=False)
    desk = open_desk(Reading(), Limits())
    reading = read(desk, note(["Giấy chứng nhận đăng ký doanh nghiệp"], (1654, 300)))
    assert desk.readers == ("tesseract",)
    assert rules(reading) == ["reader_missing"]
    assert {word.agreed for word in reading.words()} == {None}


def test_a_page_that_takes_too_long_is_stopped():
    desk = open_desk(Reading(), Limits(seconds_page=0.01))
    with pytest.raises(TooSlow):
        read(desk, decision())


def test_pixels_that_are_not_this_page_are_refused(desk):
    picture = pixels(note(["Giấy"]))
    with pytest.raises(SohoaError):
        desk.read(picture[:-1], page_of(picture))
    with pytest.raises(SohoaError):
        desk.read(picture.astype(np.float32), page_of(picture))
    with pytest.raises(SohoaError):
        desk.read(picture, replace(page_of(picture), rotation=90))
    with pytest.raises(SohoaError):
        desk.holds(picture[:-1], page_of(picture))


def test_other_processes_read_the_same(plain, tmp_path):
    """The reading hangs on the page alone, not on what was read before it or in which process."""
    Image.Image.save(decision(), tmp_path / "page.png")
    code = (
        "import sys, cv2; from pipeline.ocr import open_desk; from pipeline.settings import Limits, Reading\n"
        "from tests.ocr.drawing import page_of\n"
        "picture = cv2.imread(sys.argv[1])\n"
        "print(repr(open_desk(Reading(), Limits()).read(picture, page_of(picture))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "page.png")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == repr(plain)
