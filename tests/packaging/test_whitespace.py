"""Room for stamps: nothing that stands on the paper is ever covered, whatever the paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from pipeline.dossier import Box
from pipeline.packaging.signing.stampfont import stamp_font
from pipeline.packaging.signing.whitespace import DPI, Placement, ink, place
from pipeline.settings import Legal
from tests.packaging.drawing import face

Picture = npt.NDArray[np.uint8]
Sizes = tuple[float, float]

SCALE = DPI / 72
A4 = (595.0, 842.0)
OFFICER = ("Người số hóa: Nguyễn Thị Hồng Ngọc", "Thời gian: 2026-03-05T08:00:00+07:00")
AGENCY = (
    "BẢN SỐ HÓA TỪ BẢN GIẤY",
    "Ủy ban nhân dân phường Thí Điểm, thành phố Minh Họa, tỉnh Giả Định",
    "Thời gian ký: 2026-03-05T08:00:00+07:00",
)
HEAD = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
BODY = ("Nội dung của một văn bản thử nghiệm, không có thật",) * 40


def sheet(size: Sizes = A4, paper: tuple[int, int, int] = (250, 248, 244)) -> Image.Image:
    return Image.new("RGB", (round(size[0] * SCALE), round(size[1] * SCALE)), paper)


def write(
    picture: Image.Image, at: tuple[int, int], rows: Sequence[str], height: int = 17, colour: object = "black"
) -> None:
    pen, font = ImageDraw.Draw(picture), face(height)
    for index, row in enumerate(rows):
        pen.text((at[0], at[1] + round(1.5 * height * index)), row, font=font, fill=colour)  # type: ignore[arg-type]


def both(legal: Legal, picture: Image.Image | Picture, *, taken: Sequence[Box] = ()) -> list[Placement | None]:
    """The officer's stamp and then the agency's, as they are set one after the other."""
    shown = np.asarray(picture)
    size = shown.shape[1] / SCALE, shown.shape[0] / SCALE
    font = stamp_font("".join((*OFFICER, *AGENCY)))
    officer = place(legal.officer_stamp, OFFICER, font, shown, size, list(taken))
    others = [*taken, *([] if officer is None else [officer.box])]
    return [officer, place(legal.agency_stamp, AGENCY, font, shown, size, others)]


def under(mask: npt.NDArray[Any], placed: Placement) -> npt.NDArray[Any]:
    """The part of ``mask`` below a stamp."""
    x0, y0, x1, y1 = placed.box
    height = mask.shape[0] / SCALE
    rows = slice(int((height - y1) * SCALE), int(np.ceil((height - y0) * SCALE)))
    return mask[rows, int(x0 * SCALE) : int(np.ceil(x1 * SCALE))]


marks = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.floats(0, 0.6),
        st.integers(6, 260),
        st.integers(1, 20),
        st.booleans(),
        st.sampled_from([(0, 0, 0), (150, 150, 150), (180, 190, 245), (235, 150, 150), (120, 200, 130)]),
    ),
    max_size=25,
)
papers = st.sampled_from([(255, 255, 255), (250, 246, 232), (236, 240, 250), (225, 240, 228), (214, 210, 200)])
sizes = st.tuples(st.floats(150, 1200), st.floats(150, 1200))


@settings(max_examples=40)
@given(marks, papers, sizes, st.floats(0, 2.5), st.floats(0, 40), st.booleans())
def test_stamps_lie_in_their_corners_and_touch_neither_ink_nor_each_other(
    legal: Legal, blots: list[tuple[float, float, int, int, bool, tuple[int, int, int]]],
    paper: tuple[int, int, int], size: Sizes, noise: float, shade: float, grey: bool,
) -> None:  # fmt: skip
    picture = sheet(size, paper)
    truth = Image.new("1", picture.size)
    for x, y, length, width, upright, colour in blots:
        across, down = (width, length) if upright else (length, width)
        at = int(x * picture.width), int(y * picture.height)
        box = (*at, at[0] + across - 1, at[1] + down - 1)
        fill = tuple(min(value, ground - 45) for value, ground in zip(colour, paper, strict=True)) if grey else colour
        ImageDraw.Draw(picture).rectangle(box, fill=fill)
        ImageDraw.Draw(truth).rectangle(box, fill=1)
    light = np.linspace(0, shade, picture.width)[None, :, None]
    grain = np.random.default_rng(len(blots)).normal(0, noise, np.asarray(picture).shape)
    scanned = np.clip(np.asarray(picture) - light + grain, 0, 255).astype(np.uint8)
    if grey:
        scanned = np.asarray(Image.fromarray(scanned).convert("L"))
    placed = both(legal, scanned)
    for stamp, rule in zip(placed, (legal.officer_stamp, legal.agency_stamp), strict=True):
        if stamp is None:
            continue
        x0, y0, x1, y1 = stamp.box
        assert 0 <= x0 < x1 <= size[0] + 1
        assert 0 <= y0 < y1 <= size[1] + 1
        assert x1 <= size[0] / 2 + 1 if rule.corner == "top-left" else x0 >= size[0] / 2 - 1
        assert size[1] - y0 <= max(size[1] / 2, 60 / 25.4 * 72) + 1
        assert rule.min_font_points <= stamp.points <= rule.font_points
        assert not under(np.asarray(truth), stamp).any()
    left, right = placed
    if left is not None and right is not None:
        assert left.box[2] <= right.box[0] or left.box[3] <= right.box[1] or left.box[1] >= right.box[3]


def test_blank_pages_have_the_stamps_in_their_corners_at_full_size(legal: Legal) -> None:
    for size in (A4, A4[::-1], (1191.0, 842.0), (420.0, 595.0)):
        left, right = both(legal, sheet(size))
        assert left is not None
        assert right is not None
        assert (left.points, right.points) == (legal.officer_stamp.font_points, legal.agency_stamp.font_points)
        margin = min(legal.officer_stamp.margin_mm / 25.4 * 72, 0.03 * size[0])
        assert left.box[0] == pytest.approx(margin, abs=2)
        assert size[0] - right.box[2] == pytest.approx(margin, abs=3)
        assert size[1] - left.box[3] == size[1] - right.box[3] == pytest.approx(margin, abs=2)


@pytest.mark.parametrize("side", [6, 13, 24])
def test_a_blot_in_the_very_corner_is_ink(side: int) -> None:
    for shade in (0, 150, 220):
        picture = np.full((200, 200, 3), 250, np.uint8)
        picture[:side, -side:] = shade
        assert ink(picture)[0, -1], (side, shade)
        assert not ink(picture)[100:].any()


def test_other_stamps_are_not_free(legal: Legal) -> None:
    others = [(300.0, 780.0, 595.0, 842.0), (0.0, 700.0, 120.0, 842.0)]
    for stamp, (x0, y0, x1, y1) in product(both(legal, sheet(), taken=others), others):
        assert stamp is not None
        a, b, c, d = stamp.box
        assert c < x0 or a > x1 or d < y0 or b > y1


def test_a_full_page_has_no_room(legal: Legal) -> None:
    picture = sheet()
    write(picture, (5, 2), ["nghiêng nghiêng ưỡng ngoẵng " * 8] * 60, 16)
    assert both(legal, picture) == [None, None]


def test_a_full_head_sends_the_stamps_down_but_not_beyond_the_upper_half(legal: Legal) -> None:
    picture = sheet()
    write(picture, (5, 2), ["nghiêng nghiêng ưỡng ngoẵng " * 8] * 19, 16)
    for stamp in both(legal, picture):
        assert stamp is not None
        assert A4[1] / 2 - 1 <= stamp.box[1] < stamp.box[3] < A4[1] * 0.67


def pale_pen(picture: Image.Image) -> None:
    write(picture, (40, 20), ["Chuyển chị Hoa xử lý", "trước ngày 05/6"], 26, (206, 206, 206))
    write(picture, (500, 20), ["Đã kiểm tra, đồng ý", "ngày 05/3"], 26, (175, 195, 250))


def leaders(picture: Image.Image) -> None:
    """Lines of dots to be filled in, on the whole top of the page."""
    for y, x in product(range(30, 420, 22), range(40, 790, 5)):
        picture.putpixel((x, y), (120, 120, 120))


def rules(picture: Image.Image) -> None:
    """Thin pale lines of a form."""
    for y in range(8, 500, 24):
        ImageDraw.Draw(picture).line((20, y, 800, y), fill=(200, 200, 200), width=1)


@pytest.mark.parametrize("drawn", [pale_pen, leaders, rules])
def test_what_is_faint_is_not_covered(legal: Legal, drawn: Callable[[Image.Image], None]) -> None:
    picture = sheet()
    blank = np.asarray(picture).copy()
    drawn(picture)
    faint = np.asarray((np.asarray(picture) != blank).any(axis=2))
    for stamp in both(legal, picture):
        assert stamp is None or not under(faint, stamp).any()
    if drawn is pale_pen:
        assert None not in both(legal, picture)


def guilloche(picture: Image.Image, contrast: float) -> Picture:
    """``picture`` on paper with waves printed all over it, as certificates have."""
    shown = np.asarray(picture).astype(float)
    y, x = np.mgrid[: shown.shape[0], : shown.shape[1]]
    waves = [
        np.abs(np.sin((x * np.cos(k) + y * np.sin(k) + 6 * np.sin(y / 23 + k)) * np.pi / 7)) < 0.25 for k in (0, 1, 2)
    ]
    lines = np.logical_or.reduce(waves)[..., None] * contrast * np.array([1.0, 0.6, 0.8])
    return np.clip(shown - lines, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("contrast", [15, 30, 45, 60, 75])
def test_a_pattern_all_over_the_paper_is_no_ink_but_what_is_printed_on_it_is(legal: Legal, contrast: float) -> None:
    plain = sheet((538.0, 751.0), (245, 228, 226))
    write(plain, (250, 40), HEAD)
    write(plain, (60, 230), BODY)
    write(plain, (30, 30), ["Số vào sổ: 015"], 20, (60, 70, 150))
    printed = np.asarray((np.asarray(plain).astype(int) < 150).any(axis=2))
    for stamp in both(legal, guilloche(plain, contrast)):
        assert stamp is not None
        assert not under(printed, stamp).any()


def test_dust_and_noise_do_not_keep_stamps_away(legal: Legal) -> None:
    picture = sheet(paper=(255, 255, 255))
    write(picture, (420, 90), HEAD)
    write(picture, (90, 200), BODY)
    random = np.random.default_rng(3)
    dusty = np.asarray(picture).copy()
    dusty[random.random(dusty.shape[:2]) < 0.01] = 0
    grainy = np.clip(np.asarray(picture) + random.normal(0, 12, dusty.shape), 0, 255).astype(np.uint8)
    for shown in (dusty, grainy):
        for stamp in both(legal, shown):
            assert stamp is not None
            assert not under(np.asarray((np.asarray(picture) < 128).any(axis=2)), stamp).any()


def test_black_edges_holes_and_shadow(legal: Legal) -> None:
    """A page scanned askew on a black lid, punched, the light failing to the right."""
    inner = sheet((510.0, 765.0))
    write(inner, (300, 100), HEAD)
    write(inner, (60, 200), BODY)
    for y in (60, 380, 700):
        ImageDraw.Draw(inner).ellipse((16, y, 40, y + 24), fill=(50, 50, 50))
    picture = sheet(paper=(8, 8, 8))
    picture.paste(inner.rotate(2, expand=True, fillcolor=(8, 8, 8)), (60, 40))
    shade = np.clip((np.arange(picture.width) - 550) / 250, 0, 1)[None, :, None] * 90
    shown = np.clip(np.asarray(picture) - shade, 0, 255).astype(np.uint8)
    for stamp in both(legal, shown):
        assert stamp is not None
        assert under(shown, stamp).min() > 80


def test_a_dark_page_has_no_room_for_black_letters_and_a_dim_one_has(legal: Legal) -> None:
    assert both(legal, sheet(paper=(20, 20, 25))) == [None, None]
    assert None not in both(legal, sheet(paper=(115, 110, 105)))


def test_small_cards_take_small_stamps(legal: Legal) -> None:
    """ISO/IEC 7810 ID-1, lying and standing: words are torn rather than left out."""
    lying = both(legal, sheet((242.6, 153.0)))
    standing = both(legal, sheet((153.0, 242.6)))
    for stamp, wanted in zip((*lying, *standing), (OFFICER, AGENCY) * 2, strict=True):
        assert stamp is not None
        said = "".join(stamp.lines).replace(" ", "").replace(";", "")
        assert said == "".join(wanted).replace(" ", "")


def test_a_low_strip_takes_the_lines_as_one(legal: Legal) -> None:
    picture = sheet()
    for y in range(58, 420, 6):
        ImageDraw.Draw(picture).line((0, y, 900, y), fill="black", width=2)
    officer, agency = both(legal, picture)
    assert officer is not None
    assert agency is not None
    assert " ".join(agency.lines) == "; ".join(AGENCY)


def test_ink_is_print_not_tint_or_specks() -> None:
    rows, columns = np.mgrid[0:400, 0:400]
    tinted = (200 + 30 * columns / 400 + 4 * np.sin(rows)).astype(np.uint8)
    tinted[50, 50] = 60
    assert not ink(tinted).any()
    tinted[200:204, 100:300] = 120
    assert ink(tinted)[201, 200]
    assert ink(np.full((100, 100), 40, np.uint8)).all()
