"""Places on the page: turning by placing, patches, words on slanting lines."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Coding, Line, Page, PageReading, Word
from pipeline.packaging.pdfa.geometry import DESCENT, apply, multiply, page_size, patch, place_line, placing

pixels = st.integers(100, 5000)
lengths = st.floats(50, 3000)
shares = st.floats(0, 1)


@given(st.sampled_from([0, 90, 180, 270]), lengths, lengths, shares, shares)
def test_turning_by_placing(rotation: int, width: float, height: float, u: float, v: float) -> None:
    """A point of the carrier (shares from its top left) lands where turning it clockwise puts it."""
    across, down = {0: (u, v), 90: (1 - v, u), 180: (1 - u, 1 - v), 270: (v, 1 - u)}[rotation]
    x, y = apply(placing(rotation, width, height), u, 1 - v)
    assert x == pytest.approx(across * width, abs=1e-6)
    assert y == pytest.approx((1 - down) * height, abs=1e-6)


@given(pixels, pixels, st.tuples(shares, shares, shares, shares), shares, shares)
def test_patch_covers_its_box(width: int, height: int, corners: tuple[float, ...], u: float, v: float) -> None:
    xs, ys = sorted(corners[:2]), sorted(corners[2:])
    box = (xs[0] * width, ys[0] * height, xs[1] * width, ys[1] * height)
    x, y = apply(multiply(patch(box, width, height), placing(0, width, height)), u, v)
    assert x == pytest.approx(box[0] + u * (box[2] - box[0]), abs=1e-6)
    assert height - y == pytest.approx(box[3] - v * (box[3] - box[1]), abs=1e-6)


@given(pixels, pixels, st.floats(50, 1200), st.floats(50, 1200), st.sampled_from([0, 90, 180, 270]))
def test_paper_keeps_its_size_however_it_is_turned(
    width: int, height: int, dpi_x: float, dpi_y: float, rotation: int
) -> None:
    page = Page(1, Path("x"), Coding.JPEG, width, height, dpi_x, dpi_y, rotation)
    size = page_size(page)
    expected = (width / dpi_x * 72, height / dpi_y * 72)
    # A hair less, so that a renderer does not round it up to one pixel more than the scan has.
    assert size == pytest.approx(expected if rotation in (0, 180) else expected[::-1], abs=0.001)


@given(st.floats(-8, 8), st.floats(4, 12), st.floats(20, 60), st.floats(500, 1500), st.floats(500, 2500))
def test_slanting_word_is_found_back_from_its_box(
    skew: float, longness: float, height: float, middle_x: float, middle_y: float
) -> None:
    """From the upright box round a slanting word come its length, its line height and its base line."""
    angle, length = math.radians(skew), longness * height
    half_x = (length * math.cos(angle) + height * abs(math.sin(angle))) / 2
    half_y = (length * abs(math.sin(angle)) + height * math.cos(angle)) / 2
    word = Word("chữ", (middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y), 1.0)
    reading = PageReading(1, 2000, 3000, 300, 0, skew, ())
    placed = place_line(Line((word,), word.box), reading, 2000.0, 3000.0)
    assert placed is not None
    found = placed.words[0]
    assert placed.size == pytest.approx(height, abs=0.01)
    assert found.width == pytest.approx(length * math.cos(angle), abs=0.01)
    below = (0.5 - DESCENT) * height
    assert found.x + found.width / 2 == pytest.approx(middle_x + below * math.sin(angle), abs=0.01)
    assert found.y == pytest.approx(3000 - middle_y - below * math.cos(angle), abs=0.01)


boxes = st.tuples(st.floats(0, 990), st.floats(0, 1390), st.floats(0, 400), st.floats(0, 200)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@given(st.lists(st.tuples(st.text(max_size=5), boxes), max_size=6), st.floats(-45, 45))
def test_any_boxes_give_finite_places(words: list[tuple[str, tuple[float, float, float, float]]], skew: float) -> None:
    line = Line(tuple(Word(text, box, 0.5) for text, box in words), (0, 0, 1000, 1400))
    placed = place_line(line, PageReading(1, 1000, 1400, 120, 0, skew, ()), 600.0, 840.0)
    visible = [text for text, _ in words if text.strip()]
    assert (placed is None) == (not visible)
    if placed is not None:
        assert [word.text for word in placed.words] == visible
        assert placed.size >= 1.0
        numbers = [number for word in placed.words for number in (word.x, word.y, word.width)]
        assert all(map(math.isfinite, numbers))
        assert all(word.width > 0 for word in placed.words)
