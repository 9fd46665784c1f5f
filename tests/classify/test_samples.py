"""Real texts beside the checkout: types, and no mark seen where there is none."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipeline.classify import split, understand
from pipeline.dossier import Dossier, PageReading, Severity
from pipeline.settings import Settings
from tests.classify.paper import PITCH, Print, numbered, page

TEXTS = Path(__file__).parents[2].parent / "shared" / "samples" / "texts"
INDEX = TEXTS / "index.csv"
PAPERS = list(csv.DictReader(INDEX.read_text(encoding="utf-8").splitlines())) if INDEX.is_file() else []
ROWS = 45

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not PAPERS, reason="the sample texts do not lie beside this checkout"),
]


def pages(name: str) -> list[PageReading]:
    """The text set in pages of 45 rows; a tab divides the two columns of a head."""
    lines = [line for line in (TEXTS / name).read_text(encoding="utf-8").splitlines() if line.strip()]
    made = []
    for start in range(0, len(lines), ROWS):
        rows = [
            Print(part, 900 if column else 240, 150 + at * PITCH)
            for at, text in enumerate(lines[start : start + ROWS])
            for column, part in enumerate(part for part in text.split("\t") if part.strip())
        ]
        made.append(numbered(page(rows), len(made) + 1))
    return made


def test_types_of_real_texts(bundled: Settings, dossier: Dossier) -> None:
    wrong, flagged, cut = [], [], []
    for paper in PAPERS:
        stack = pages(paper["file"])
        found = understand(stack, dossier, bundled)
        if found.type != paper["type"]:
            wrong.append(paper["file"])
        if any(one.severity is Severity.BLOCK for one in found.findings):
            flagged.append(paper["file"])
        if len(split(stack, bundled.types, bundled.site.splitting)) > 1:
            cut.append(paper["file"])
    assert flagged == []
    assert len(wrong) <= 0.03 * len(PAPERS), wrong
    assert len(cut) <= 0.03 * len(PAPERS), cut
