"""Tables for the terminal and for the documentation, from the same cells."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from benchmarks.bars import Bar
from benchmarks.results import Row
from benchmarks.scoring import Wrong

Cells = list[list[str]]

COLUMNS = (
    "set",
    "engine",
    "pages",
    "CER %",
    "CER bare %",
    "recall %",
    "marks %",
    "flagged %",
    "caught %",
    "escapes %",
    "CPU s/page",
)
LEGEND = (
    "CER: letters of title and body wrong; bare: the same without diacritics; recall: printed words of the whole page "
    "found; marks: printed words wrong only in diacritics; flagged: words flagged for a person; caught: wrong words "
    "that are flagged; escapes: words wrong and not flagged."
)


def figure(value: float | None, digits: int = 2) -> str:
    """A number for people; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def cells(rows: Sequence[Row]) -> Cells:
    """The cells of the main table."""
    return [
        [
            row.set,
            row.engine,
            f"{row.pages}" + (f" ({row.errors} failed)" if row.errors else ""),
            figure(row.cer),
            figure(row.bare),
            figure(row.recall),
            figure(row.marks),
            figure(row.flagged),
            figure(row.caught, 1),
            figure(row.escapes),
            figure(row.cpu),
        ]
        for row in rows
    ]


def terminal(title: str, head: Sequence[str], body: Cells, *, breaks: bool = False) -> Table:
    """A table for the terminal; ``breaks`` sets rows of another first cell apart."""
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(head):
        table.add_column(name, justify="left" if place < 2 else "right", no_wrap=place < 2)
    for place, row in enumerate(body):
        last = breaks and (place + 1 == len(body) or body[place + 1][0] != row[0])
        table.add_row(*row, end_section=last, style="bold" if row[1] == "ours" else "")
    return table


def markdown(head: Sequence[str], body: Cells) -> str:
    """The same table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in body]
    return "\n".join(lines)


BAR_HEAD = ("figure", "measured", "bar", "")


def bar_cells(bars: Sequence[Bar]) -> Cells:
    """The cells of the comparison with the bars."""
    return [[bar.what, bar.measured, bar.wanted, bar.verdict] for bar in bars]


WRONG_HEAD = ("set/page", "engine", "read", "printed", "flagged")


def wrong_cells(place: str, engine: str, wrong: Sequence[Wrong]) -> Cells:
    """The wrong words of a page."""
    said = {True: "yes", False: "NO", None: "–"}
    return [[place, engine, one.read or "(missed)", one.truth or "(nothing)", said[one.flagged]] for one in wrong]
