"""Tesseract: lines in the process (24 ms a line, against 125 ms by a program a line), whole pages by the program.

A page goes to the program because there it can be stopped when its time is up, and because Debian's engine read
whole pages a little better than the one in the wheel.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytesseract
import tesserocr

from pipeline import programs
from pipeline.dossier import Box, Line, Word
from pipeline.errors import ProgramFailed, ProgramMissing, TooSlow, from_os_error
from pipeline.ocr.geometry import height, pad, union, whole, width
from pipeline.ocr.language import data_folder
from pipeline.ocr.readers import Clock, Grey
from pipeline.vietnamese import nfc

_LINE, _PAGE = tesserocr.PSM.SINGLE_LINE, tesserocr.PSM.AUTO
_LINE_HEIGHT, _OTHER_HEIGHT = 40, 36
"""Lines are shrunk to this many pixels before they are given in. The network sees 36; shrinking by area beforehand
halves the time of a line and loses fewer marks than its own shrinking (real scans: 0.53 → 0.29 % wrong letters).
Another look takes the other size."""
_SMALLEST = 4
"""Lines lower or narrower than this many pixels hold nothing that can be read."""


class Tesseract:
    """The first reader (see :class:`pipeline.ocr.readers.Reader`)."""

    name = "tesseract"

    def __init__(self, language: str) -> None:
        self._language = language
        self._folder = data_folder(language)
        self._api = tesserocr.PyTessBaseAPI(
            path=str(self._folder), lang=language, psm=_LINE, oem=tesserocr.OEM.LSTM_ONLY
        )

    def find_lines(self, grey: Grey) -> None:
        """Tesseract's own lines come with its page reading, not by themselves."""

    def read_lines(self, grey: Grey, boxes: Sequence[Box], dpi: float, clock: Clock) -> tuple[tuple[Word, ...], ...]:
        """See :meth:`pipeline.ocr.readers.Reader.read_lines`."""
        return self._lines(grey, boxes, dpi, clock, _LINE_HEIGHT)

    def look_again(self, grey: Grey, boxes: Sequence[Box], dpi: float, clock: Clock) -> tuple[tuple[Word, ...], ...]:
        """The lines in another size: letters come out a little different, and so do the mistakes."""
        return self._lines(grey, boxes, dpi, clock, _OTHER_HEIGHT)

    def _lines(
        self, grey: Grey, boxes: Sequence[Box], dpi: float, clock: Clock, tall: int
    ) -> tuple[tuple[Word, ...], ...]:
        try:
            return tuple(tuple(self._line(grey, box, dpi, clock, tall)) for box in boxes)
        finally:
            self._api.Clear()

    def _line(self, grey: Grey, box: Box, dpi: float, clock: Clock, tall: int) -> Iterator[Word]:
        clock.check()
        # Air around the line: without it marks above capitals and hooks below are cut off.
        x0, y0, x1, y1 = whole(pad(box, height(box) / 4, height(box) / 6), grey.shape[::-1])
        if min(x1 - x0, y1 - y0) < _SMALLEST:
            return
        scale = min(1.0, tall / (y1 - y0))
        size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
        line = grey[y0:y1, x0:x1]
        if scale < 1:
            line = np.asarray(cv2.resize(line, size, interpolation=cv2.INTER_AREA), np.uint8)
        self._api.SetImageBytes(line.tobytes(), size[0], size[1], 1, size[0])
        self._api.SetSourceResolution(max(70, round(dpi * scale)))
        if not self._api.Recognize(max(1, round(clock.left * 1000))):
            clock.check()
            return
        found = self._api.GetIterator()
        for word in tesserocr.iterate_level(found, tesserocr.RIL.WORD) if found is not None else ():
            try:
                text = nfc(word.GetUTF8Text(tesserocr.RIL.WORD)).strip()
            except RuntimeError:  # an empty word has no text to give
                continue
            if text:
                score = min(max(word.Confidence(tesserocr.RIL.WORD) / 100, 0.0), 1.0)
                place = word.BoundingBox(tesserocr.RIL.WORD)
                if place is not None:
                    place = tuple(edge / scale + start for edge, start in zip(place, (x0, y0, x0, y0), strict=True))
                yield Word(text, _within(place, (x0, y0, x1, y1)), score)

    def read_page(self, grey: Grey, dpi: float, clock: Clock) -> tuple[Line, ...]:
        """See :meth:`pipeline.ocr.readers.Reader.read_page`; automatic page segmentation (psm 3)."""
        clock.check()
        table = self._run(grey, dpi, clock)
        rows = [
            (where, Word(nfc(text).strip(), (left, top, left + w, top + h), min(max(float(score) / 100, 0.0), 1.0)))
            for *where, left, top, w, h, score, text in zip(*(table[key] for key in _COLUMNS), strict=True)
            if str(text).strip() and float(score) >= 0
        ]
        lines = [tuple(word for _, word in members) for _, members in groupby(rows, key=lambda row: row[0])]
        return tuple(Line(words, union(word.box for word in words)) for words in lines)

    def _run(self, grey: Grey, dpi: float, clock: Clock) -> dict[str, list[Any]]:
        options = f"--tessdata-dir {shlex.quote(str(self._folder))} --psm {_PAGE} --oem 1 --dpi {round(dpi)}"
        try:
            with tempfile.TemporaryDirectory(prefix="sohoa-") as folder:
                # PGM: packing noise into PNG takes longer than reading the page.
                picture = Path(folder) / "page.pgm"
                picture.write_bytes(f"P5 {grey.shape[1]} {grey.shape[0]} 255\n".encode() + grey.tobytes())
                table: dict[str, list[Any]] = pytesseract.image_to_data(
                    str(picture),
                    lang=self._language,
                    config=options,
                    timeout=max(1, clock.left),
                    output_type=pytesseract.Output.DICT,
                )
        except pytesseract.TesseractNotFoundError as gone:
            raise ProgramMissing(program="tesseract", fix=programs.install_hint("tesseract")) from gone
        except pytesseract.TesseractError as failed:
            raise ProgramFailed(program="tesseract", what=f"exit {failed.status}") from failed
        except RuntimeError as late:  # how pytesseract says that the time is up
            raise TooSlow(name=clock.name, limit=round(clock.seconds)) from late
        except OSError as error:
            raise from_os_error(error, clock.name) from error
        return table


_COLUMNS = ("block_num", "par_num", "line_num", "left", "top", "width", "height", "conf", "text")


def _within(box: Box | None, line: tuple[int, int, int, int]) -> Box:
    """The word's box, or the line's if the engine gives none or one outside of the line."""
    if box is None:
        return line
    x0, y0 = max(box[0], line[0]), max(box[1], line[1])
    x1, y1 = min(box[2], line[2]), min(box[3], line[3])
    inner: Box = (x0, y0, x1, y1)
    return inner if width(inner) > 0 and height(inner) > 0 else line
