"""The engines under test. Each is opened once in a worker process of its own and given the same scans.

===================  ==================================================================================================
``tesseract``        Tesseract on the picture as it is, page mode (psm 3), the scan's resolution stated
``ocrmypdf``         OCRmyPDF at its best options on the PDF, all pages of a set in one run; text from the sidecar
``ocrmypdf:deskew``  the same with ``--deskew``; only if asked for
``ours:tesseract``   one of our readers alone, through our preparation and reading order
``ours:trueocr``     the other one, likewise
``ours``             both readers, as :func:`pipeline.recipe.read_page` does it, from the PDF
===================  ==================================================================================================
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pytesseract

from benchmarks.cost import Meter
from benchmarks.nouns import Case, ReadPage, ReadWord
from pipeline import capture, recipe
from pipeline.dossier import PageReading, Word
from pipeline.ocr import Desk, open_desk
from pipeline.settings import Limits, Reading, Vocabulary

Reader = Callable[[Sequence[Case]], list[ReadPage]]
"""Reads pages of one set, in order."""

OCRMYPDF_OPTIONS = ("--rotate-pages", "--rotate-pages-threshold", "2")
"""The best of those tried on three papers under six conditions: body CER 4.4 % at 3.3 CPU-s a page.

``--deskew`` gains on skewed pages (0.45 → 0.06 %) and loses on stamped ones and photos (mean 6.3 %, 5.2 CPU-s);
``--oversample 300`` and Tesseract's other thresholdings lose more. With the default threshold turned pages stay turned.
"""
_SHOWN = ("stamp", "handwriting")


@dataclass(frozen=True, slots=True)
class Orders:
    """What an engine is handed."""

    reading: Reading
    limits: Limits
    vocabulary: Vocabulary = field(default_factory=Vocabulary)


def open_engine(name: str, orders: Orders) -> Reader:
    """Open the engine called ``name``, one of :data:`ENGINES`; loads its models."""
    return ENGINES[name](orders)


# -- ours -------------------------------------------------------------------------------------------------------


class OurDesk:
    """Our readers, from the captured file to words."""

    def __init__(self, orders: Orders, readers: tuple[str, ...]) -> None:
        self._orders = orders
        self._desk: Desk = open_desk(
            orders.reading.model_copy(update={"readers": readers}), orders.limits, orders.vocabulary
        )

    def __call__(self, cases: Sequence[Case]) -> list[ReadPage]:
        """See :data:`Reader`."""
        return [self._read(case) for case in cases]

    def _read(self, case: Case) -> ReadPage:
        with tempfile.TemporaryDirectory() as folder, Meter() as meter:
            (page,) = capture.take(case.pdf, Path(folder), self._orders.limits).pages
            _, reading = recipe.read_page(page, self._desk, self._orders.limits)
        return ReadPage(
            tuple(tuple(map(self._word, line.words)) for line in reading.lines),
            meter.cpu,
            meter.wall,
            tuple(region.box for region in reading.regions if region.kind in _SHOWN),
            _mode(reading),
        )

    def _word(self, word: Word) -> ReadWord:
        """A word is flagged as the product flags it: the readers differ, or the confidence is too low."""
        doubtful = word.agreed is False or word.confidence < self._orders.reading.review_below
        return ReadWord(word.text, word.box, doubtful)


def _mode(reading: PageReading) -> str:
    return f"{reading.mode} {reading.rotation}° {reading.skew:+.2f}°"


# -- others -----------------------------------------------------------------------------------------------------


class EngineTooSlow(Exception):
    """An outside engine ran out of time."""


class RawTesseract:
    """Tesseract's own page mode; its words are flagged by the same confidence as ours."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def __call__(self, cases: Sequence[Case]) -> list[ReadPage]:
        """See :data:`Reader`."""
        return [self._read(case) for case in cases]

    def _read(self, case: Case) -> ReadPage:
        try:
            with Meter() as meter:
                table = pytesseract.image_to_data(
                    str(case.carrier),
                    lang=self._orders.reading.language,
                    config=f"--psm 3 --dpi {round(case.dpi)}",
                    timeout=self._orders.limits.seconds_page,
                    output_type=pytesseract.Output.DICT,
                )
        except pytesseract.TesseractError:
            raise
        except RuntimeError as late:  # how pytesseract says that the time is up
            raise EngineTooSlow from late
        keys = ("left", "top", "width", "height", "conf", "text")
        words = tuple(
            ReadWord(text, (x, y, x + w, y + h), float(sure) < 100 * self._orders.reading.review_below)
            for x, y, w, h, sure, text in zip(*(table[key] for key in keys), strict=True)
            if text.strip()
        )
        return ReadPage((words,), meter.cpu, meter.wall)


class OcrMyPdf:
    """OCRmyPDF, all pages of a set in one file and one process, so that its start is shared by them."""

    def __init__(self, orders: Orders, options: Sequence[str] = OCRMYPDF_OPTIONS) -> None:
        self._language = orders.reading.language
        self._options = options

    def __call__(self, cases: Sequence[Case]) -> list[ReadPage]:
        """See :data:`Reader`; the costs are shared evenly by the pages."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _join([case.pdf for case in cases], folder / "in.pdf")
            command = [sys.executable, "-m", "ocrmypdf", "--language", self._language, "--jobs", "1", "--quiet"]
            command += ["--output-type", "pdf", "--optimize", "0", *self._options]
            command += ["--sidecar", "text.txt", "in.pdf", "out.pdf"]
            with Meter() as meter:
                subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            texts = (folder / "text.txt").read_text(encoding="utf-8").split("\f")
        share = len(cases)
        return [
            ReadPage((tuple(map(ReadWord, text.split())),), meter.cpu / share, meter.wall / share)
            for text in texts[:share]
        ]


def _join(parts: Sequence[Path], whole: Path) -> None:
    with pikepdf.new() as pdf:
        for part in parts:
            with pikepdf.open(part) as single:
                pdf.pages.extend(single.pages)
        pdf.save(whole)


ENGINES: dict[str, Callable[[Orders], Reader]] = {
    "tesseract": RawTesseract,
    "ocrmypdf": OcrMyPdf,
    "ocrmypdf:deskew": lambda orders: OcrMyPdf(orders, (*OCRMYPDF_OPTIONS, "--deskew")),
    "ours:tesseract": lambda orders: OurDesk(orders, ("tesseract",)),
    "ours:trueocr": lambda orders: OurDesk(orders, ("trueocr",)),
    "ours": lambda orders: OurDesk(orders, orders.reading.readers),
}
"""How each engine is opened."""
DEFAULT = tuple(name for name in ENGINES if name != "ocrmypdf:deskew")
