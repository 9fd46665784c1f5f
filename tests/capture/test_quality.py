"""The look at one page: flaws of capturing are told, good pages are left alone."""

import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image

from pipeline.capture import look, pixels, upright
from pipeline.dossier import Coding, Finding, Line, Page, PageReading, Severity, Text, Word
from samples import draw_paper
from samples import scan as scanned
from tests.capture.making import LIMITS, coded, note, one_page, taken

GOOD = (["clean"], ["tint", "skew", "stamp"], ["faded"], ["bleed_through", "noise"], ["jpeg"])


@cache
def paper(kind: str = "cong_van") -> Image.Image:
    return draw_paper(kind, 4).pages[0]


def page_of(folder: Path, picture: np.ndarray, dpi: float = 300, **facts: object) -> Page:
    """A page whose carrier is ``picture`` (RGB), a JPEG."""
    path = folder / "page.jpg"
    Image.fromarray(picture).save(path, quality=85)
    page = Page(1, path, Coding.JPEG, picture.shape[1], picture.shape[0], dpi, dpi)
    return replace(page, **facts)


def reading_of(page: Page, *rules: str, text: str = "") -> PageReading:
    findings = tuple(Finding(rule, "page 1", Text(rule, rule)) for rule in rules)
    lines = (Line((Word(text, (1, 1, 9, 9), 1.0),), (1, 1, 9, 9)),) if text else ()
    return PageReading(1, *page.upright_size, 300, 0, 0, lines, findings=findings)


def seen(page: Page, *rules: str, text: str = "") -> list[str]:
    return [found.rule for found in look(page, pixels(page), reading_of(page, *rules, text=text))]


def under(folder: Path, kind: str, conditions: list[str], **facts: object) -> Page:
    done = scanned(paper(kind), conditions, 8)
    return page_of(folder, np.asarray(done.pixels), done.dpi or 300, **facts)


@pytest.mark.parametrize("conditions", GOOD, ids="+".join)
@pytest.mark.parametrize("kind", ["cong_van", "giay_chung_nhan_quyen_su_dung_dat"])
def test_a_good_page_is_left_alone(tmp_path: Path, kind: str, conditions: list[str]) -> None:
    assert seen(under(tmp_path, kind, conditions), text="chữ") == []


@pytest.mark.parametrize(
    ("conditions", "rule"),
    [(["blur"], "blurred"), (["blur", "faded"], "blurred"), (["uneven_light"], "uneven_light"),
     (["uneven_light", "tint", "noise"], "uneven_light"), (["photo"], "uneven_light")],
    ids=lambda value: "+".join(value) if isinstance(value, list) else value,
)  # fmt: skip
@pytest.mark.parametrize("kind", ["cong_van", "can_cuoc_cong_dan"])
def test_a_flaw_is_told_with_the_way_out(tmp_path: Path, kind: str, conditions: list[str], rule: str) -> None:
    page = under(tmp_path, kind, conditions)
    found = look(page, pixels(page), reading_of(page, text="chữ"))
    assert [(each.rule, each.where) for each in found] == [(rule, "page 1")]
    assert "quét lại" in found[0].message.vi
    assert "scan again" in found[0].message.en


def test_a_fine_scan_is_measured_at_reading_size(tmp_path: Path) -> None:
    """At 600 dpi the edges of sharp print are twice as many pixels wide."""
    large = cv2.resize(np.asarray(paper())[:2000], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert seen(page_of(tmp_path, large, 600), text="chữ") == []
    assert seen(page_of(tmp_path, cv2.GaussianBlur(large, (0, 0), 4), 600), text="chữ") == ["blurred"]


def cut_left(picture: np.ndarray) -> np.ndarray:
    columns = np.flatnonzero((picture.min(axis=2) < 200).sum(axis=0) > 20)
    return picture[:, columns[0] + 60 :]


def cut_top(picture: np.ndarray) -> np.ndarray:
    rows = (picture.min(axis=2) < 200).sum(axis=1)
    return picture[1000 + int(np.argmax(rows[1000:1600])) :]


@pytest.mark.parametrize("conditions", [["clean"], ["faded"], ["skew"]], ids="+".join)
@pytest.mark.parametrize(
    ("cut", "edge"),
    [(cut_left, "left"), (lambda picture: cut_left(picture[:, ::-1])[:, ::-1], "right"), (cut_top, "top"),
     (lambda picture: cut_top(picture[::-1])[::-1], "bottom")],
    ids=["left", "right", "top", "bottom"],
)  # fmt: skip
def test_print_cut_off_is_told_with_its_edge(
    tmp_path: Path, cut: Callable[[np.ndarray], np.ndarray], edge: str, conditions: list[str]
) -> None:
    picture = cut(np.asarray(scanned(draw_paper("quyet_dinh", 4).pages[0], conditions, 8).pixels))
    page = page_of(tmp_path, np.ascontiguousarray(picture))
    found = look(page, pixels(page), reading_of(page, text="chữ"))
    assert [each.rule for each in found] == ["cut_edge"]
    assert f"{edge} edge" in found[0].message.en


def test_frames_borders_and_seals_across_the_edge_are_not_cut_off_print(tmp_path: Path) -> None:
    picture = np.array(paper())
    height, width = picture.shape[:2]
    picture[:, :30] = 20  # the scanner's border
    picture[800:806] = 30  # a rule over the whole width
    for y in (1200, 1900, 2600):
        cv2.ellipse(picture, (width, y), (180, 180), 0, 90, 270, (200, 40, 40), 9)
        cv2.putText(picture, "UBND", (width - 90, y), cv2.FONT_HERSHEY_SIMPLEX, 2, (200, 40, 40), 6)
    picture[height - 4 :: 1, ::97] = 40  # dust
    assert seen(page_of(tmp_path, picture), text="chữ") == []


def test_born_digital_and_bilevel_pages_have_neither_light_nor_focus(tmp_path: Path) -> None:
    soft = cv2.GaussianBlur(np.asarray(paper()), (0, 0), 2)
    path = tmp_path / "page.png"
    Image.fromarray(soft).save(path)
    page = Page(1, path, Coding.VECTOR, soft.shape[1], soft.shape[0], 300, 300)
    assert seen(page, text="chữ") == []
    assert seen(replace(page, coding=Coding.LOSSLESS), text="chữ") == ["blurred"]


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (3, 3), (40, 2000)])
def test_any_size_can_be_looked_at(tmp_path: Path, size: tuple[int, int]) -> None:
    grains = np.random.default_rng(1).integers(0, 255, (*size, 3), np.uint8)
    assert set(seen(page_of(tmp_path, grains))) <= {"blank_page", "cut_edge", "blurred", "uneven_light"}


# -- pages with nothing on them ---------------------------------------------------------------------------------


def numbered(ink: int) -> np.ndarray:
    paper = np.random.default_rng(1).normal(240, 6, (1754, 1240)).clip(0, 255).astype(np.uint8)
    cv2.putText(paper, "12", (620, 1650), cv2.FONT_HERSHEY_SIMPLEX, 1.2, ink, 3)
    return cv2.merge([paper] * 3)


@pytest.mark.parametrize("said", [(), ("blank_page",), ("no_text",), ("unread_ink", "no_text")], ids="+".join)
def test_a_blank_page_is_told_once(tmp_path: Path, said: tuple[str, ...]) -> None:
    page = page_of(tmp_path, numbered(240), 150, turn_doubtful=True)
    found = look(page, pixels(page), reading_of(page, *said))
    assert [each.rule for each in found] == ["blank_page", *(rule for rule in said if rule == "unread_ink")]
    assert found[0].severity is Severity.INFO


def test_a_page_number_is_something(tmp_path: Path) -> None:
    assert seen(page_of(tmp_path, numbered(40), 150)) == []
    assert seen(page_of(tmp_path, numbered(40), 150), "no_text") == ["no_text"]


def test_what_was_read_on_a_page_is_something(tmp_path: Path) -> None:
    assert seen(page_of(tmp_path, numbered(240), 150), text="12") == []


def test_the_back_of_a_printed_sheet_is_blank(tmp_path: Path) -> None:
    """The readers left out what shines through; that nobody can tell which side is up does not matter there."""
    page = under(tmp_path, "cong_van", ["clean"], turn_doubtful=True)
    assert seen(page, "bleed_through", "blank_page") == ["blank_page", "bleed_through"]


def test_a_page_with_only_a_signature_on_top_is_not_blank(tmp_path: Path) -> None:
    pdf = pikepdf.open(io.BytesIO(one_page(Image.new("RGB", (584, 826), "white"))))
    note(pdf, pdf.pages[0], (200, 500, 400, 580))
    target = io.BytesIO()
    pdf.save(target)
    assert "blank_page" not in seen(taken(tmp_path, "a.pdf", target.getvalue()).pages[0])


# -- which side is up -------------------------------------------------------------------------------------------


def test_a_turn_nobody_can_tell_is_told(tmp_path: Path) -> None:
    grains = np.random.default_rng(3).integers(0, 255, (60, 42), np.uint8)
    photo = cv2.resize(grains, (1240, 1754), interpolation=cv2.INTER_CUBIC)
    page = upright(page_of(tmp_path, cv2.merge([photo] * 3), 150), LIMITS)
    assert page.turn_doubtful
    assert "orientation_doubtful" in seen(page)


@pytest.mark.parametrize("turn", ["clean", "rot90", "rot180", "rot270"])
@pytest.mark.parametrize("kind", ["can_cuoc_cong_dan", "cong_van"])
def test_a_turn_that_is_known_is_not_doubtful(tmp_path: Path, kind: str, turn: str) -> None:
    done = scanned(paper(kind), ["skew", turn], 8)
    page = upright(page_of(tmp_path, np.asarray(done.pixels)), LIMITS)
    assert (page.rotation, page.turn_doubtful) == (done.rotation, False)
    assert page.skew == pytest.approx(done.skew, abs=0.2)


def test_small_pictures_are_decoded_as_they_are(tmp_path: Path) -> None:
    data = coded(paper().resize((620, 877)), "PNG")
    page = taken(tmp_path, "a.png", data).pages[0]
    assert upright(page, LIMITS).rotation == 0
