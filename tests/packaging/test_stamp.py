"""Stamps: type, breaking of lines, room on the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.errors import FontMissing, SigningFailed
from pipeline.packaging import check, seal_agency, sign_officer
from pipeline.packaging.stampfont import stamp_font
from pipeline.packaging.whitespace import DPI, ink, place
from pipeline.programs import run
from pipeline.settings import Legal
from tests.packaging import drawing
from tests.packaging.conftest import AGENCY, Desk

ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxyáắấéếíóốớúứýàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹạặậẹệịọộợụựỵ"
texts = st.lists(
    st.text(ALPHABET + ALPHABET.upper() + "0123456789:+-/.,", min_size=1, max_size=12), min_size=1, max_size=9
)
corners = st.sampled_from(["top-left", "top-right"])


@given(st.lists(texts.map(" ".join), min_size=1, max_size=4), st.floats(5, 12), st.floats(30, 300))
def test_lines_break_at_blanks_and_fit(lines: list[str], points: float, width: float) -> None:
    font = stamp_font(ALPHABET)
    broken = font.wrapped(lines, points, width)
    assert " ".join(broken).split() == " ".join(lines).split()
    assert all(font.width(line, points) <= width or " " not in line for line in broken)


rectangles = st.tuples(st.integers(0, 820), st.integers(0, 1160), st.integers(3, 300), st.integers(3, 200))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(rectangles, max_size=12), texts.map(" ".join), corners, st.tuples(st.floats(230, 600), st.floats(150, 850))
)
def test_stamp_never_touches_ink_or_other_stamps(
    legal: Legal, blots: list[tuple[int, int, int, int]], text: str, corner: str, size: tuple[float, float]
) -> None:
    width, height = (round(length * DPI / 72) for length in size)
    picture = np.full((height, width), 245, np.uint8)
    for x, y, across, down in blots:
        picture[y : y + down, x : x + across] = 20
    other = (size[0] / 2 - 60, size[1] - 45, size[0] / 2 + 60, size[1] - 20)
    rule = legal.officer_stamp.model_copy(update={"corner": corner})
    placed = place(rule, [text, "Thời gian: 2026-03-05T08:00:00+07:00"], stamp_font(text), picture, size, [other])
    if placed is None:
        return
    x0, y0, x1, y1 = placed.box
    assert 0 <= x0 < x1 <= size[0]
    assert 0 <= y0 < y1 <= size[1]
    assert x1 <= other[0] or x0 >= other[2] or y0 >= other[3] or y1 <= other[1]
    middle = (x0 + x1) / 2
    assert middle < size[0] / 2 if corner == "top-left" else middle > size[0] / 2
    scale = DPI / 72
    under = picture[int((size[1] - y1) * scale) : int((size[1] - y0) * scale), int(x0 * scale) : int(x1 * scale)]
    assert under.min() > 200
    assert rule.min_font_points <= placed.points <= rule.font_points


def test_blank_page_has_the_stamp_in_its_corner_at_full_size(legal: Legal) -> None:
    picture = np.full((1169, 827), 250, np.uint8)
    lines = ["BẢN SỐ HÓA TỪ BẢN GIẤY", "Bộ phận Một cửa"]
    left = place(legal.officer_stamp, lines, stamp_font("a"), picture, (595, 842), [])
    right = place(legal.agency_stamp, lines, stamp_font("a"), picture, (595, 842), [])
    assert left is not None
    assert right is not None
    assert left.points == legal.officer_stamp.font_points
    assert right.points == legal.agency_stamp.font_points
    margin = legal.officer_stamp.margin_mm / 25.4 * 72
    assert left.box[0] == pytest.approx(margin, abs=2)
    assert 842 - left.box[3] == pytest.approx(margin, abs=2)
    assert 595 - right.box[2] == pytest.approx(margin, abs=3)


def test_full_page_has_no_room(legal: Legal) -> None:
    picture = np.full((1169, 827), 250, np.uint8)
    picture[::12, :] = 0
    picture[1::12, :] = 0
    picture[2::12, :] = 0
    assert place(legal.officer_stamp, ["Một hai ba"], stamp_font("a"), picture, (595, 842), []) is None


def test_ink_is_print_not_tint_or_specks() -> None:
    rows, columns = np.mgrid[0:400, 0:400]
    tinted = (200 + 30 * columns / 400 + 4 * np.sin(rows)).astype(np.uint8)
    tinted[50, 50] = 60
    assert not ink(tinted).any()
    tinted[200:204, 100:300] = 120
    assert ink(tinted)[201, 200]
    assert ink(np.full((100, 100), 40, np.uint8)).all()


def test_missing_font_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(FontMissing) as raised:
        stamp_font("a", (tmp_path,))
    assert "fonts-texgyre" in raised.value.text.vi
    with pytest.raises(SigningFailed):
        stamp_font("漢")


def test_fallback_font_is_valid_too(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noto = Path("/usr/share/fonts/truetype/noto")
    if not (noto / "NotoSerif-Regular.ttf").exists():
        pytest.skip("fonts-noto-core is not installed")
    monkeypatch.setattr("pipeline.packaging.signing.stamp_font", lambda text: stamp_font(text, (noto,)))
    signed, found = desk.sign(desk.package(drawing.drawn_document(tmp_path), tmp_path))
    assert found == ()
    assert check(signed) == []
    assert "NotoSerif" in run(["pdffonts", signed], name="record", seconds=30).decode()


def _stamps(pdf: Path) -> list[tuple[str, list[float]]]:
    with pikepdf.open(pdf) as opened:
        return [(str(item.T), [float(number) for number in item.Rect]) for item in opened.pages[0].Annots]


def test_two_stamps_in_their_corners(desk: Desk, tmp_path: Path) -> None:
    document = drawing.drawn_document(tmp_path)
    sealed, found = desk.seal(desk.sign(desk.package(document, tmp_path))[0])
    assert found == ()
    (first, left), (second, right) = _stamps(sealed)
    assert (first, second) == ("CanBoSoHoa", "CoQuan")
    assert left[2] < right[0]
    assert min(left[3], right[3]) > 842 * 0.9
    run(["pdftoppm", "-r", "100", "-png", "-singlefile", sealed, tmp_path / "shown"], name="record", seconds=60)
    with Image.open(tmp_path / "shown.png") as shown:
        for x0, y0, x1, y1 in (left, right):
            scale = 100 / 72
            area = shown.convert("L").crop(
                (int(x0 * scale), int((842 - y1) * scale), int(x1 * scale), int((842 - y0) * scale))
            )
            dark = (np.asarray(area) < 128).mean()
            assert 0.02 < dark < 0.4


def test_page_without_room_is_signed_invisibly_and_says_so(desk: Desk, tmp_path: Path) -> None:
    size = drawing.pixels(drawing.A4_MM, (100, 100))
    picture = Image.new("RGB", size, "white")
    for y in range(0, size[1], 10):
        picture.paste("black", (0, y, size[0], y + 4))
    document = drawing.document([drawing.save(picture, tmp_path, dpi=(100, 100))], [])
    signed, found = desk.sign(desk.package(document, tmp_path))
    assert [item.rule for item in found] == ["stamp_without_room"]
    assert check(signed) == []
    assert "CanBoSoHoa" in run(["pdfsig", "-nocert", signed], name="record", seconds=30).decode()


def test_stamp_says_who_when_and_that_it_is_a_demo(desk: Desk, tmp_path: Path) -> None:
    """The stamp's text can be read back out of the record, letter by letter."""
    plain = desk.package(drawing.drawn_document(tmp_path), tmp_path)
    officer, sealed = tmp_path / "officer.pdf", tmp_path / "sealed.pdf"
    sign_officer(plain, officer, desk.officer, desk.legal, desk.when, desk.keys)
    seal_agency(officer, sealed, desk.agency, AGENCY, desk.legal, desk.when, desk.keys)
    shown = [" ".join(_text_of(sealed, index).split()) for index in (0, 1)]
    local = desk.when.astimezone(_offset(desk.legal)).replace(microsecond=0).isoformat()
    assert local.endswith("+07:00")
    assert shown[0] == f"Người số hóa: {desk.officer.name} Thời gian: {local} {desk.legal.demo_mark}"
    assert shown[1] == f"{desk.legal.form_of_copy} {AGENCY} Thời gian ký: {local} {desk.legal.demo_mark}"


def _offset(legal: Legal):  # type: ignore[no-untyped-def]
    from datetime import timedelta, timezone

    return timezone(timedelta(hours=legal.utc_offset_hours))


def _text_of(pdf: Path, index: int) -> str:
    """Text of an annotation's look, by its own ToUnicode, as a reader would copy it."""
    with pikepdf.open(pdf) as opened:
        look = opened.pages[0].Annots[index].AP.N
        cmap = look.Resources.Font["/F"].ToUnicode.read_bytes().decode()
        pairs = dict(line.strip("<>").split("> <") for line in cmap.splitlines() if line.count("> <") == 1)
        del pairs["00"]
        lines = [
            "".join(chr(int(pairs[f"{code:02X}"], 16)) for code in bytes(operands[0]))
            for operands, operator in pikepdf.parse_content_stream(look)
            if str(operator) == "Tj"
        ]
    return " ".join(lines)
