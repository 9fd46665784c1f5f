"""Printed page numbers: what lacks, comes twice or lies in the wrong place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.capture.numbering import check_numbers, printed_number
from pipeline.dossier import Line, PageReading, Word

WIDTH, HEIGHT = 2480, 3508


def line(text: str, x: float, y: float, *, agreed: bool | None = True) -> Line:
    """A line with its middle at (x, y), as shares of the page."""
    half = 12 * len(text)
    box = (x * WIDTH - half, y * HEIGHT - 25, x * WIDTH + half, y * HEIGHT + 25)
    return Line(tuple(Word(word, box, 0.97, agreed) for word in text.split()), box)


def page(number: int, *lines: Line) -> PageReading:
    return PageReading(number, WIDTH, HEIGHT, 300, 0, 0, lines)


def numbered(*numbers: int | str | None) -> list[PageReading]:
    return [
        page(place, *([line(str(said), 0.5, 0.05)] if said else []), line("Điều 1. Nội dung", 0.4, 0.3))
        for place, said in enumerate(numbers, 1)
    ]


def told(*numbers: int | str | None) -> list[tuple[str, str]]:
    return [(found.rule, found.where) for found in check_numbers(numbered(*numbers))]


@pytest.mark.parametrize(
    ("text", "x", "y", "want"),
    [("2", 0.5, 0.05, (2, 0)), ("- 12 -", 0.5, 0.05, (12, 0)), ("Trang 3/5", 0.8, 0.96, (3, 5)),
     ("4.", 0.5, 0.95, (4, 0)), ("2", 0.2, 0.05, None), ("2", 0.5, 0.15, None), ("2024", 0.5, 0.05, None),
     ("Điều 2", 0.5, 0.05, None), ("7", 0.1, 0.96, None)],
)  # fmt: skip
def test_where_page_numbers_stand(text: str, x: float, y: float, want: tuple[int, int] | None) -> None:
    assert printed_number(page(1, line("Nội dung", 0.5, 0.4), line(text, x, y))) == want


def test_a_number_beside_other_words_or_doubted_is_none() -> None:
    assert printed_number(page(1, line("5", 0.5, 0.95), line("tổng cộng", 0.2, 0.95))) is None
    assert printed_number(page(1, line("5", 0.5, 0.05, agreed=False))) is None
    assert printed_number(page(1, line("5", 0.5, 0.05, agreed=None))) == (5, 0)


@pytest.mark.parametrize(
    ("numbers", "want"),
    [
        ((None, 2, 3, 5), [("page_gap", "page 4")]),
        ((None, 2, 4, 5, 6), [("page_gap", "page 3")]),
        ((2, 3), [("page_gap", "page 1")]),
        ((5, 6, 7), [("page_gap", "page 1")]),
        ((None, 2, 2, 3), [("page_number_twice", "page 3")]),
        ((None, 3, 2, 4), [("page_order", "page 3")]),
        ((None, 2, 3, 2), [("page_order", "page 4")]),
        (("1/3", "2/3"), [("page_gap", "page 2")]),
    ],
)
def test_breaks_are_told(numbers: tuple[int | str | None, ...], want: list[tuple[str, str]]) -> None:
    assert told(*numbers) == want


@pytest.mark.parametrize(
    "numbers",
    [(), (None, None), (None, 2, None, 3, None), (None, 2, 3, None, 2, 3), (None, 2, 3, 1, 2), (None, 2, 8, 4, 5),
     (8, 2, 3), (15,), ("1/2", "2/2")],
    ids=["nothing", "none", "empty backs", "an appendix", "an appendix from 1", "one misread", "the first misread",
         "a leaf of a book", "of 2"],
)  # fmt: skip
def test_what_may_be_is_left_alone(numbers: tuple[int | str | None, ...]) -> None:
    assert told(*numbers) == []


def test_what_lacks_is_named() -> None:
    (found,) = check_numbers(numbered(None, 2, 3, 7, 8))
    assert "4-6" in found.message.vi
    assert "4-6" in found.message.en


@given(st.integers(2, 30), st.data())
def test_numbers_that_go_on_are_left_alone_whatever_cannot_be_read(pages: int, data: st.DataObject) -> None:
    read = data.draw(st.lists(st.booleans(), min_size=pages, max_size=pages))
    numbers = [place if known and place > 1 else None for place, known in enumerate(read, 1)]
    assert told(*numbers) == []


@given(st.integers(4, 30), st.data())
def test_a_lost_page_is_always_told(pages: int, data: st.DataObject) -> None:
    lost = data.draw(st.integers(2, pages - 1))
    numbers = [number if number > 1 else None for number in range(1, pages + 1) if number != lost]
    assert told(*numbers) == [("page_gap", f"page {lost}")]
