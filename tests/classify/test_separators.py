"""Separator sheets: printed, scanned badly, found again; and what a stack with them is cut into."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pdf2image import convert_from_bytes

from pipeline.capture import separator_sheets
from pipeline.classify import Cut, settle, split
from pipeline.classify.layout import sheet
from pipeline.classify.separators import is_separator
from pipeline.dossier import Barcode, PageReading, Severity
from pipeline.errors import CutRefused
from pipeline.ocr import notices
from pipeline.ocr.barcodes import find_barcodes
from pipeline.settings import Settings, Splitting, bundled_folder, load
from tests.classify.paper import Print, act, blank, centred, numbered, page, running

SETTINGS: Settings = load(bundled_folder())
TEXTS = Splitting().separators


def cuts(*pages: PageReading) -> tuple[Cut, ...]:
    stack = [numbered(reading, at) for at, reading in enumerate(pages, 1)]
    return split(stack, SETTINGS.types, SETTINGS.site.splitting)


def pages_of(found: Sequence[Cut]) -> list[tuple[int, ...]]:
    return [cut.pages for cut in found]


def told(found: Sequence[Cut], rule: str) -> list[list[str]]:
    return [[each.where for each in cut.findings if each.rule == rule] for cut in found]


def separator(text: str = "SOHOA-SEPARATOR", form: str = "QRCode") -> PageReading:
    return page([centred("TỜ PHÂN CÁCH", 300)], barcodes=[(text, form)])


# -- printed and scanned ----------------------------------------------------------------------------------------


def scanned(made: bytes, dpi: int, turn: int, noise: float, tone: int) -> NDArray[np.uint8]:
    """A printed sheet as a scanner gives it: grey paper, turned, with specks and a fold across the codes."""
    (image,) = convert_from_bytes(made, dpi=dpi)
    pixels = np.array(image.rotate(turn + 0.7, fillcolor="white"))[..., ::-1].astype(float)
    rng = np.random.default_rng(7)
    pixels = pixels * tone / 255 + rng.normal(0, 12, pixels.shape)
    specks = rng.random(pixels.shape[:2]) < noise
    pixels[specks] = rng.choice([0, 230], (int(specks.sum()), 1))
    fold = int(0.42 * pixels.shape[1])
    pixels[:, fold : fold + max(1, dpi // 100)] = 140
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("kind", ["bars", "square", "both"])
@pytest.mark.parametrize(
    ("dpi", "turn", "noise", "tone"), [(150, 0, 0.002, 235), (200, 180, 0.004, 200), (300, 0, 0.01, 220)]
)
def test_a_printed_sheet_is_found_again(kind: str, dpi: int, turn: int, noise: float, tone: int) -> None:
    bars, square = ("PATCHT" if kind != "square" else ""), ("SOHOA-SEPARATOR" if kind != "bars" else "")
    pixels = scanned(separator_sheets(bars=bars, square=square, note="Hồ sơ đất đai"), dpi, turn, noise, tone)
    codes = find_barcodes(pixels)
    assert {code.text for code in codes} <= {"PATCHT", "SOHOA-SEPARATOR:Hồ sơ đất đai"}
    reading = PageReading(2, pixels.shape[1], pixels.shape[0], dpi, 0, 0.0, (), codes)
    found = cuts(act(), reading, act())
    assert pages_of(found) == [(1,), (3,)]
    assert found[1].start == "separator"


def test_sheets_are_a4_and_as_many_as_asked_for() -> None:
    with pikepdf.open(io.BytesIO(separator_sheets(bars="PATCHT", square="", count=3))) as made:
        boxes = [[float(side) / 72 * 25.4 for side in one.mediabox] for one in made.pages]
    assert boxes == [pytest.approx([0, 0, 210, 297], abs=0.01)] * 3


def test_the_patch_is_narrow_wide_narrow_wide_from_either_end() -> None:
    (image,) = convert_from_bytes(separator_sheets(bars="PATCHT", square=""), dpi=300)
    dark = np.array(image.convert("L"))[:, image.width // 8] < 128
    edges = np.flatnonzero(np.diff(dark.astype(int))) + 1
    inches = np.diff(edges[:8]) / 300, np.diff(edges[::-1][:8]) / -300
    for widths in inches:
        assert widths == pytest.approx([0.08, 0.08, 0.20, 0.08, 0.08, 0.08, 0.20], abs=0.01)
    assert edges[0] / 300 >= 0.25
    assert edges[7] / 300 <= 1.7


def test_a_long_note_is_fitted_in() -> None:
    (image,) = convert_from_bytes(separator_sheets(bars="", square="SOHOA-SEPARATOR", note="chồng giấy " * 40), dpi=100)
    ink = np.flatnonzero((np.array(image.convert("L")) < 128).any(axis=0))
    assert ink[0] > 20 and ink[-1] < image.width - 20


# -- recognised -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("PATCHT", "Code128"),
        ("*PATCHT*", "Code39"),
        ("patch-t", "Code39"),
        ("SOHOA-SEPARATOR", "QRCode"),
        ("SOHOA-SEPARATOR:H00.12-240305-0001 don", "QRCode"),
    ],
)
def test_codes_of_separator_sheets(text: str, form: str) -> None:
    assert is_separator(sheet(separator(text, form)), TEXTS)


@pytest.mark.parametrize("text", ["", "051090000120||Lý Thử", "DISPATCHT", "H00.12-240305-0001"])
def test_other_codes_are_none(text: str) -> None:
    assert not is_separator(sheet(page([], barcodes=[(text, "QRCode")])), TEXTS)


def test_a_sheet_whose_code_is_spoilt_is_known_by_the_words_under_it() -> None:
    assert is_separator(sheet(page([centred("TỜ PHÂN CÁCH", 300), centred("PATCHT", 900)])), TEXTS)
    talk = act(extra=[Print("PATCHT", 300, 1300)])
    assert not is_separator(sheet(talk), TEXTS)


def test_texts_are_configured() -> None:
    mine = Splitting(separators=("NGAN-CACH",))
    assert is_separator(sheet(separator("ngan-cach 12")), mine.separators)
    assert not is_separator(sheet(separator("PATCHT")), mine.separators)
    assert not is_separator(sheet(separator("PATCHT")), ())


# -- in a stack -------------------------------------------------------------------------------------------------


def test_a_separator_ends_a_paper_that_would_go_on() -> None:
    found = cuts(act(), running(2), separator(), running(3), running(4))
    assert pages_of(found) == [(1, 2), (4, 5)]
    assert told(found, "separator_set_aside") == [[], ["page 3"]]
    assert [cut.start for cut in found] == ["first", "separator"]
    assert all(each.severity is Severity.INFO for cut in found for each in cut.findings)


def test_its_blank_back_goes_with_it_and_further_blank_pages_with_the_next_paper() -> None:
    found = cuts(act(), separator(), blank(), blank(), act(), blank())
    assert pages_of(found) == [(1,), (4, 5, 6)]
    assert told(found, "separator_set_aside") == [[], ["page 2", "page 3"]]


def test_no_empty_document_is_made() -> None:
    found = cuts(separator(), blank(), act(), separator(), separator(), blank(), act(), separator(), blank())
    assert pages_of(found) == [(3,), (7,)]
    assert told(found, "separator_set_aside") == [
        ["page 1", "page 2"],
        ["page 4", "page 5", "page 6", "page 8", "page 9"],
    ]
    assert pages_of(cuts(act(), separator(), blank(), blank(), separator(), act())) == [(1,), (6,)]


def test_nothing_but_separators_makes_no_document() -> None:
    assert cuts(separator(), blank(), separator()) == ()
    assert cuts() == ()


def test_a_paper_with_a_photograph_alone_is_not_blank() -> None:
    photograph = replace(blank(), findings=(notices.no_text("page 3"),))
    assert pages_of(cuts(act(), separator(), photograph, separator(), act())) == [(1,), (3,), (5,)]


PAPERS = st.lists(st.lists(st.sampled_from([act, running, blank]), min_size=1, max_size=4), min_size=1, max_size=4)
_MADE = {"act": act(), "running": running(2), "blank": blank()}


def made(names: Sequence[object]) -> list[PageReading]:
    return [_MADE[name.__name__] for name in names]  # type: ignore[attr-defined]


@given(PAPERS)
def test_stacks_on_either_side_of_a_separator_are_cut_as_if_alone(papers) -> None:
    """Whatever lies before or behind: each stack between separators is cut as it would be by itself."""
    stacks = [[act(), *made(names)] for names in papers]
    whole: list[PageReading] = []
    expected: list[tuple[int, ...]] = []
    for stack in stacks:
        expected += [tuple(number + len(whole) for number in cut.pages) for cut in cuts(*stack)]
        whole += [*stack, separator()]
    assert pages_of(cuts(*whole)) == expected


ANY = st.sampled_from(["act", "running", "blank", "separator"])


@given(st.lists(ANY, max_size=10))
def test_every_page_is_in_one_document_or_told_to_be_set_aside(names: list[str]) -> None:
    found = cuts(*(separator() if name == "separator" else _MADE[name] for name in names))
    inside = [number for cut in found for number in cut.pages]
    aside = [int(where.removeprefix("page ")) for wheres in told(found, "separator_set_aside") for where in wheres]
    assert inside == sorted(inside)
    if found:
        assert sorted(inside + aside) == list(range(1, len(names) + 1))
    else:
        assert not {"act", "running"} & set(names)


# -- cut by a person --------------------------------------------------------------------------------------------


def settled(groups: Sequence[Sequence[int]], *pages: PageReading) -> tuple[Cut, ...]:
    stack = [numbered(reading, at) for at, reading in enumerate(pages, 1)]
    return settle(stack, groups, SETTINGS.site.splitting, "a.pdf")


def test_a_person_cuts_as_they_like_and_the_order_of_the_scan_is_kept() -> None:
    found = settled([[4, 2], [1, 3]], act(), act(), running(2), running(3))
    assert pages_of(found) == [(1, 3), (2, 4)]
    assert {cut.start for cut in found} == {"given"}
    assert not [each for cut in found for each in cut.findings]


def test_separators_may_be_left_out_or_taken_in() -> None:
    stack = (act(), separator(), blank(), act())
    assert told(settled([[1], [4]], *stack), "separator_set_aside") == [["page 2", "page 3"], []]
    assert pages_of(settled([[1, 2, 3], [4]], *stack)) == [(1, 2, 3), (4,)]


@pytest.mark.parametrize(
    ("groups", "what"),
    [
        ([[1, 2]], "3"),
        ([[1, 2, 3, 9]], "9"),
        ([[1, 2], [2, 3]], "2"),
        ([[1, 2, 3], []], "without pages"),
        ([], "1, 2, 3"),
    ],
)
def test_every_page_has_to_be_given_once(groups: list[list[int]], what: str) -> None:
    with pytest.raises(CutRefused, match=what):
        settled(groups, act(), running(2), running(3))


def test_a_bar_code_far_from_the_top_counts_too() -> None:
    code = Barcode("PATCHT", "Code128", (300, 2000, 900, 2200))
    assert pages_of(cuts(act(), replace(blank(), barcodes=(code,)), act())) == [(1,), (3,)]
