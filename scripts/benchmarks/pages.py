"""The pages that are read: typed sample scans, and drawn papers under every condition."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import img2pdf
import pikepdf

from benchmarks.nouns import Case, Gap, Truth, TruthLine
from benchmarks.text import plain
from pipeline import capture
from pipeline.dossier import Box, Coding, Page
from pipeline.settings import Limits
from samples import CONDITIONS, Paper, draw_paper, files, scan
from samples.sheet import HEIGHT, WIDTH, Sheet
from samples.truth import Mark

SAMPLES = "samples"
COMBINED = ("faded", "stamp", "skew", "noise", "jpeg")
"""Little toner, a stamp over the title, fed askew, with grain, saved as a poor JPEG."""
SETS: dict[str, tuple[str, ...]] = {**{name: (name,) for name in CONDITIONS}, "combined": COMBINED}
"""Drawn sets: conditions by name of the set."""
HARD = ("skew", "stamp", "faded", "combined", "fax", "photo", "bleed_through")
KINDS = ("quyet_dinh", "cong_van", "to_trinh", "thong_bao")
"""Papers of running text; the hand writes only number and day, both in the head."""
_STAMPS = {
    "stamp": "ĐÃ KIỂM TRA HỒ SƠ BỘ PHẬN MỘT CỬA MẪU",
    "box_stamp": "BỘ PHẬN MỘT CỬA CÔNG VĂN ĐẾN Số: Ngày: Chuyển:",
}
_NOTICE: Box = (0, HEIGHT - 130, WIDTH, HEIGHT)
_FULL_DPI = 299


def folder_of_samples(root: Path) -> Path | None:
    """The sample scans beside the checkout at ``root``, if they are there."""
    folder = root.parent / "shared" / SAMPLES / "scans"
    return folder if folder.is_dir() else None


# -- typed scans ------------------------------------------------------------------------------------------------


def typed_cases(folder: Path, work: Path, limits: Limits) -> Iterator[Case]:
    """Page 1 of every scan in ``folder`` whose blocks were typed, as a PDF of the scan alone."""
    for typed in sorted(folder.glob("*.p1.blocks.json")):
        name = typed.name.removesuffix(".p1.blocks.json")
        place = work / SAMPLES / name
        place.mkdir(parents=True)
        with pikepdf.open(folder / f"{name}.pdf") as pdf:
            del pdf.pages[1:]
            pdf.save(place / "first.pdf")
        (page,) = capture.take(place / "first.pdf", place, limits).pages
        dpi = img2pdf.get_fixed_dpi_layout_fun((page.dpi_x, page.dpi_y))
        scanned = place / "page.pdf"
        scanned.write_bytes(img2pdf.convert(str(page.carrier), layout_fun=dpi, engine=img2pdf.Engine.internal))
        facts = json.loads((folder / f"{name}.p1.fields.json").read_text(encoding="utf-8"))
        blocks = json.loads(typed.read_text(encoding="utf-8"))
        truth = typed_truth(blocks, by_hand=facts["number_handwritten"])
        yield Case(SAMPLES, name, scanned, page.carrier, page.dpi_x, _full(page), truth)


def typed_truth(blocks: dict[str, list[str]], *, by_hand: bool) -> Truth:
    """Truth from typed blocks.

    Args:
        blocks: lines by block; blocks whose name ends in ``_excluded…`` hold texts that are no part of the paper.
        by_hand: number and day in the head were written by hand; they are taken out of the print.
    """
    lines: list[TruthLine] = []
    gaps: list[Gap] = []
    others: list[str] = []
    for block, texts in blocks.items():
        if "_excluded" in block:
            others += texts
            continue
        for text in texts:
            printed, gap = _without_hand(text) if by_hand and block.startswith("header") else (text, None)
            lines.append(TruthLine(printed))
            gaps += [gap] if gap else []
    return Truth(" ".join(blocks["body"]), tuple(lines), tuple(gaps), tuple(others))


def _without_hand(text: str) -> tuple[str, Gap | None]:
    """A line of the head without the number after ``Số:`` or the day after ``ngày``."""
    words = plain(text).split()
    for place, word in enumerate(words[:-1]):
        if word in ("Số:", "ngày") and words[place + 1].isdigit():
            after = words[place + 2] if place + 2 < len(words) else ""
            return " ".join(words[: place + 1] + words[place + 2 :]), Gap(word, after)
    return text, None


# -- drawn pages ------------------------------------------------------------------------------------------------


def paper_of(number: int) -> tuple[str, int]:
    """Kind and seed of the ``number``-th paper (from 0): the kinds in turn, every paper of another story."""
    return KINDS[number % len(KINDS)], 101 + number


def drawn_cases(number: int, sets: Sequence[str], work: Path, limits: Limits) -> list[Case]:
    """Page 1 of paper ``number`` under the conditions of each of ``sets``."""
    kind, seed = paper_of(number)
    paper = draw_paper(kind, seed)
    return [_drawn(paper, f"{kind}-{seed}", seed, name, work / name / str(number), limits) for name in sets]


def _drawn(paper: Paper, name: str, seed: int, condition: str, place: Path, limits: Limits) -> Case:
    place.mkdir(parents=True)
    pdf = place / "page.pdf"
    scanned = scan(paper.pages[0], SETS[condition], seed)
    files.write_pdf(pdf, [scanned])
    (page,) = capture.take(pdf, place, limits).pages
    truth = drawn_truth(paper, SETS[condition])
    return Case(condition, name, pdf, page.carrier, page.dpi_x, scanned.dpi > 0 and _full(page), truth)


def _full(page: Page) -> bool:
    return page.coding is Coding.JPEG and min(page.dpi_x, page.dpi_y) >= _FULL_DPI


def drawn_truth(paper: Paper, conditions: Sequence[str]) -> Truth:
    """Truth of a drawn paper's first page; places in pixels before the conditions."""
    page, sheet = paper.truth.pages[0], paper.sheets[0]
    blocks = page.blocks()
    hand = [mark for mark in page.marks if mark.kind == "handwriting"]
    return Truth(
        " ".join(blocks.get("title", []) + blocks.get("body", [])),
        tuple(TruthLine(line.text, line.box) for line in page.lines),
        tuple(gap_of(mark, sheet) for mark in hand),
        (page.number, page.notice, *(_STAMPS[name] for name in conditions if name in _STAMPS)),
        (*(mark.box for mark in page.marks), _NOTICE),
    )


def gap_of(mark: Mark, sheet: Sheet) -> Gap:
    """The printed words on both sides of ``mark`` on its line; empty where there is none."""
    x0, y0, x1, y1 = mark.box
    beside: list[tuple[float, Any]] = sorted(
        (piece.x, piece.text) for piece in sheet.typed if y0 < piece.baseline <= y1 + (y1 - y0)
    )
    middle = (x0 + x1) / 2
    left = [text for x, text in beside if x < middle]
    right = [text for x, text in beside if x >= middle]
    return Gap(plain(left[-1]) if left else "", plain(right[0]) if right else "")
