"""Stamps: type, breaking of lines, room on the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.errors import FontMissing, SigningFailed
from pipeline.packaging import check, seal_agency, sign_officer
from pipeline.packaging.signing.stampfont import stamp_font
from pipeline.programs import run
from pipeline.settings import Legal
from tests.packaging import drawing
from tests.packaging.conftest import AGENCY, Desk

ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxyáắấéếíóốớúứýàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹạặậẹệịọộợụựỵ"
texts = st.lists(
    st.text(ALPHABET + ALPHABET.upper() + "0123456789:+-/.,", min_size=1, max_size=12), min_size=1, max_size=9
)


@given(st.lists(texts.map(" ".join), min_size=1, max_size=4), st.floats(5, 12), st.floats(30, 300))
def test_lines_break_at_blanks_and_fit(lines: list[str], points: float, width: float) -> None:
    font = stamp_font(ALPHABET)
    broken = font.wrapped(lines, points, width)
    assert " ".join(broken).split() == " ".join(lines).split()
    assert all(font.width(line, points) <= width or " " not in line for line in broken)
    torn = font.wrapped(lines, points, width, tear=True)
    assert "".join(torn).replace(" ", "") == "".join(lines).replace(" ", "")
    assert all(font.width(line, points) <= width for line in torn)


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
    monkeypatch.setattr("pipeline.packaging.signing.signatures.stamp_font", lambda text: stamp_font(text, (noto,)))
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
