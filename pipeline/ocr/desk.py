"""The reading desk: opened once a process, it turns an upright page into a :class:`~pipeline.dossier.PageReading`.

Two readers look at every line. Where they disagree on the page as a whole (bent photos, line boxes gone wrong), the
main reader reads the page by itself and everything is marked for a person.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Box, Finding, Line, Page, PageReading, Region
from pipeline.errors import SohoaError
from pipeline.ocr import notices
from pipeline.ocr.barcodes import find_barcodes
from pipeline.ocr.context import Context
from pipeline.ocr.fuse import doubted
from pipeline.ocr.geometry import inside
from pipeline.ocr.handwriting import mark_slots
from pipeline.ocr.layout import arrange
from pipeline.ocr.lines import LineReadings, letters_in_words, read_fused, read_single
from pipeline.ocr.pen import mark_pen
from pipeline.ocr.prepare import Picture, prepare
from pipeline.ocr.printed import printed_lines
from pipeline.ocr.readers import Clock, Grey, Reader, open_reader
from pipeline.ocr.strip import layer_holds
from pipeline.ocr.through import clear
from pipeline.ocr.vocabulary import Terms
from pipeline.settings import Limits, Reading, Vocabulary

_THREADS = "OMP_THREAD_LIMIT"
_AGREE = 0.85
"""Pages on which the readers agree on less than this share of the letters are also read as a whole (good ones: 0.9)."""
_MORE = 1.03
"""The page reading is kept if it has this many times as many letters in words that can be words."""
_FEW_LETTERS = 40
"""Fewer letters than this say nothing about whether line boxes work."""
_GUESSING = 0.5
"""On pages without dark ink, readers that agree on less than this share read traces (the print of the back)."""
_BLANK = 0.001
"""Share of dark pixels below which a page holds no ink; without lines it is blank."""


def open_desk(reading: Reading, limits: Limits, vocabulary: Vocabulary | None = None) -> Desk:
    """Load the readers (slow; once a process).

    The first of ``reading.readers`` is the main reader, the second the check; further ones are not used. An optional
    reader whose package is not installed is left out, and every page says so. ``vocabulary`` (by default none) helps
    reading marks right.

    Raises:
        ConfigError: no such reader, or none could be loaded.
        LanguageMissing, ProgramMissing: Tesseract or its data are not installed.
        SohoaError: the process already computes with several threads.
    """
    _one_thread()
    readers: list[Reader] = []
    missing: list[str] = []
    for name in reading.readers[:2]:
        try:
            readers.append(open_reader(name, reading))
        except ImportError:
            missing.append(name)
    if not readers:
        raise SohoaError(what=f"reading.readers: {', '.join(missing) or 'empty'}")
    return Desk(tuple(readers), tuple(missing), limits, vocabulary or Vocabulary())


def _one_thread() -> None:
    """One thread a process; unlimited, the readers of two processes took four times as long."""
    os.environ[_THREADS] = "1"
    cv2.setNumThreads(1)
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    # A library that was loaded before has read the variable already and keeps what it found.
    for path in sorted(set(re.findall(r"/\S*libgomp\S*", maps))):
        limit = ctypes.CDLL(path).omp_get_thread_limit()
        if limit != 1:
            raise SohoaError(what=f"{_THREADS}={limit}; open_desk() before anything that loads {Path(path).name}")


class Desk:
    """Readers at work; one a process, used from one thread. The same page always gives the same reading."""

    def __init__(
        self, readers: tuple[Reader, ...], missing: tuple[str, ...], limits: Limits, vocabulary: Vocabulary
    ) -> None:
        self._readers = readers
        self._missing = missing
        self._limits = limits
        self._context = Context.of_phrases(vocabulary.phrases)
        self._terms = Terms(vocabulary)

    @property
    def readers(self) -> tuple[str, ...]:
        """Names of the readers at work, the main one first."""
        return tuple(reader.name for reader in self._readers)

    def read(self, pixels: NDArray[np.uint8], page: Page) -> PageReading:
        """Read one page.

        Args:
            pixels: the page as shown upright, H×W×3, blue green red, as large as ``page.upright_size``.
            page: its facts; ``printed`` words are taken as they are (see :meth:`holds`).

        Returns:
            Lines in reading order, bar codes, stamps and handwriting, boxes in pixels of the upright page.

        Raises:
            TooSlow: over ``limits.seconds_page``.
            ProgramFailed: Tesseract broke off.
        """
        _check(pixels, page)
        clock = self._clock(page)
        blank = PageReading(
            number=page.number,
            width=page.upright_size[0],
            height=page.upright_size[1],
            dpi=page.upright_dpi[0],
            rotation=page.rotation,
            skew=page.skew,
            lines=(),
            barcodes=find_barcodes(pixels),
        )
        if page.printed:
            lines = arrange(printed_lines(page.printed), page.upright_size)
            return replace(blank, lines=lines, mode="text-layer")
        return self._recognised(blank, pixels, page, clock)

    def holds(self, pixels: NDArray[np.uint8], page: Page) -> bool:
        """Whether the text layer of a born-digital page is what the quicker reader reads in a few places.

        Args:
            pixels: the page as for :meth:`read`.
            page: its facts; without ``printed`` words there is nothing that could hold.

        Raises:
            TooSlow: over ``limits.seconds_page``.
            ProgramFailed: Tesseract broke off.
        """
        _check(pixels, page)
        grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
        return layer_holds(grey, page.upright_dpi[0], page.printed, self._readers[-1], self._clock(page))

    def _clock(self, page: Page) -> Clock:
        return Clock(self._limits.seconds_page, f"page {page.number}")

    def _recognised(self, blank: PageReading, pixels: NDArray[np.uint8], page: Page, clock: Clock) -> PageReading:
        picture = prepare(pixels, page.upright_dpi, page.skew)
        clock.check()
        read, mode, findings = self._read(picture, clock)
        size = (picture.grey.shape[1], picture.grey.shape[0])
        lines, written = mark_slots(picture.grey, self._terms.correct(arrange(read.lines, size)))
        marks = (*written, *(Region("unread", box) for box in read.unread))
        stamps = tuple(Region("stamp", box) for box in picture.stamps)
        findings += [notices.flattened(clock.name)] if picture.flattened else []
        findings += [notices.straightened(clock.name)] if picture.straightened else []
        findings += [notices.reader_missing(clock.name, name) for name in self._missing]
        placed, pen = mark_pen(pixels, tuple(_on_page(line, picture) for line in lines))
        places = tuple(replace(mark, box=picture.place.box_to_page(mark.box)) for mark in marks)
        return replace(
            blank,
            lines=placed,
            regions=(*stamps, *places, *pen),
            mode=mode,
            readers=self.readers,
            findings=tuple(findings),
        )

    def _read(self, picture: Picture, clock: Clock) -> tuple[LineReadings, str, list[Finding]]:
        where = clock.name
        faint = picture.ink < _BLANK
        boxes = self._find_lines(picture.grey)
        cleared = clear(picture.grey, boxes, picture.dpi, self._readers[-1], clock) if boxes and not faint else None
        if cleared is not None:
            picture = replace(picture, grey=cleared.grey)
            boxes = self._find_lines(picture.grey)
        clock.check()
        read = self._read_lines(picture, boxes or (), clock)
        if cleared is not None:
            read = replace(read, through=(*cleared.lines, *read.through))
        mode = "lines"
        if faint and boxes is not None and self._differ(read, _GUESSING):
            # Traces that each reader makes something else of are not print.
            read = replace(read, lines=(), unread=(*read.unread, *(line.box for line in read.lines)))
        elif boxes is None or not (boxes or faint) or self._differ(read, _AGREE):
            read, mode = self._whole_page(picture, read, clock)
        check = mode == "page" and len(self._readers) > 1 and bool(read.lines)
        findings = [notices.page_mode(where, read.agreement)] if check else []
        if read.through:
            mirrored = not faint and len(read.through) > len(read.lines)
            findings.append(notices.mirrored(where) if mirrored else notices.bleed_through(where, len(read.through)))
        findings += [notices.unread_ink(where, len(read.unread))] if read.unread else []
        if not read.lines:
            findings.append(notices.blank_page(where) if faint else notices.no_text(where))
        return read, mode, findings

    def _whole_page(self, picture: Picture, read: LineReadings, clock: Clock) -> tuple[LineReadings, str]:
        """The main reader's reading of the whole page if it makes more sense than that of the lines."""
        whole = [
            line
            for line in self._readers[0].read_page(picture.grey, picture.dpi, clock)
            if not any(inside(line.box, box) > 0.5 for box in read.through)
        ]
        if read.lines and letters_in_words(whole) <= _MORE * letters_in_words(read.lines):
            return read, "lines"
        if len(self._readers) > 1:
            whole = [replace(line, words=doubted(line.words)) for line in whole]
        return replace(read, lines=tuple(whole), unread=()), "page"

    def _find_lines(self, grey: Grey) -> tuple[Box, ...] | None:
        found = (reader.find_lines(grey) for reader in self._readers)
        return next((boxes for boxes in found if boxes is not None), None)

    def _read_lines(self, picture: Picture, boxes: Sequence[Box], clock: Clock) -> LineReadings:
        if not boxes:
            return LineReadings(())
        if len(self._readers) == 1:
            return read_single(picture.grey, boxes, picture.dpi, self._readers[0], clock)
        return read_fused(picture.grey, boxes, picture.dpi, (self._readers[0], self._readers[1]), self._context, clock)

    def _differ(self, read: LineReadings, share: float) -> bool:
        """Whether the readers agree on less than ``share`` of enough letters to tell."""
        letters = sum(len(word.text) for line in read.lines for word in line.words)
        return len(self._readers) > 1 and letters >= _FEW_LETTERS and read.agreement < share


def _check(pixels: NDArray[np.uint8], page: Page) -> None:
    if pixels.dtype != np.uint8 or pixels.shape != (*page.upright_size[::-1], 3):
        raise SohoaError(what=f"Desk: {pixels.dtype} {pixels.shape}, page {page.upright_size}")


def _on_page(line: Line, picture: Picture) -> Line:
    """``line`` with its boxes as on the upright page."""
    words = tuple(replace(word, box=picture.place.box_to_page(word.box)) for word in line.words)
    return replace(line, words=words, box=picture.place.box_to_page(line.box))
