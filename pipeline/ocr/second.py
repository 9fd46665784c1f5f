"""TrueOCR: finds lines and reads them; a different kind of model, so its mistakes are other mistakes.

The package decodes a whole line to one string with one confidence. Here its network is run through the same
preparation, and decoded word by word: each word then has its own place and confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import trueocr
from numpy.typing import NDArray
from trueocr.page import PageEngine
from trueocr.preprocess import crop_line, pad_batch, width_batches
from trueocr.recognizer import Recognizer

from pipeline.dossier import Box, Line, Word
from pipeline.ocr.geometry import height, union, width
from pipeline.ocr.readers import Clock, Grey
from pipeline.vietnamese import nfc

_WINDOW = 3
"""The network sees the line with as much above and below: real pages 2.08 → 1.82 % wrong letters."""
_MAX_WIDTH = 4096
_BATCH = 8
_SMALLEST = 4
_WITHIN = 0.7
"""A box of which so much lies in a larger one is left out."""


class TrueOcr:
    """The second reader (see :class:`pipeline.ocr.readers.Reader`)."""

    name = "trueocr"

    def __init__(self) -> None:
        models = Path(trueocr.__file__).parent / "models"
        self._page = PageEngine(models, threads=1)
        self._network = Recognizer(models, threads=1)

    def find_lines(self, grey: Grey) -> tuple[Box, ...]:
        """See :meth:`pipeline.ocr.readers.Reader.find_lines`; a box within another is left out."""
        found = np.array([box[:4] for box in self._page.detect(grey)], np.float64).reshape(-1, 4)
        sides = found[:, 2:] - found[:, :2]
        found = found[sides.min(axis=1) >= _SMALLEST]
        areas = np.prod(found[:, 2:] - found[:, :2], axis=1)
        order = np.argsort(-areas, kind="stable")
        found, areas = found[order], areas[order]
        shared = np.minimum(found[:, None, 2:], found[None, :, 2:]) - np.maximum(found[:, None, :2], found[None, :, :2])
        within = np.prod(np.maximum(shared, 0), axis=2) / areas[:, None]
        kept: list[int] = []
        for i in range(len(found)):
            if not (within[i, kept] >= _WITHIN).any():
                kept.append(i)
        return tuple((float(x0), float(y0), float(x1), float(y1)) for x0, y0, x1, y1 in found[kept])

    def read_lines(self, grey: Grey, boxes: Sequence[Box], dpi: float, clock: Clock) -> tuple[tuple[Word, ...], ...]:  # noqa: ARG002
        """See :meth:`pipeline.ocr.readers.Reader.read_lines`."""
        inks = [crop_line(grey, box, window=_WINDOW, max_width=_MAX_WIDTH) for box in boxes]
        words: list[tuple[Word, ...]] = [()] * len(inks)
        for chosen in width_batches([ink.shape[1] for ink in inks], max_batch=_BATCH):
            clock.check()
            tensor, widths = pad_batch([inks[i] for i in chosen])
            letters, scores, lengths = self._network.session.run(
                ["ids", "conf", "lengths"], {"x": tensor, "widths": widths}
            )
            for row, index in enumerate(chosen):
                steps = int(lengths[row])
                words[index] = self._decode(letters[row, :steps], scores[row, :steps], boxes[index])
        return tuple(words)

    def look_again(self, grey: Grey, boxes: Sequence[Box], dpi: float, clock: Clock) -> tuple[tuple[Word, ...], ...]:  # noqa: ARG002
        """It reads the same in every size."""
        return ()

    def read_page(self, grey: Grey, dpi: float, clock: Clock) -> tuple[Line, ...]:
        """See :meth:`pipeline.ocr.readers.Reader.read_page`."""
        boxes = self.find_lines(grey)
        read = self.read_lines(grey, boxes, dpi, clock)
        return tuple(Line(words, union(word.box for word in words)) for words in read if words)

    def _decode(self, letters: NDArray[np.int64], scores: NDArray[np.float32], box: Box) -> tuple[Word, ...]:
        """Words from the network's letter a step (0: none; a letter repeated is one letter)."""
        steps = np.flatnonzero((letters != 0) & np.concatenate(([True], letters[1:] != letters[:-1])))
        text = [self._network.chars[letters[step] - 1] for step in steps]
        # The crop has 0.3 of the line's height on either side (see crop_line); steps divide it evenly.
        left, whole = box[0] - 0.3 * height(box), width(box) + 0.6 * height(box)
        step_width = whole / max(1, len(letters))
        words: list[Word] = []
        start = 0
        for end in range(len(text) + 1):
            if end < len(text) and not text[end].isspace():
                continue
            if end > start:
                # A letter shows where its network step is; half a letter more on either side is its body.
                x0 = max(box[0], left + (steps[start] - 1.5) * step_width)
                x1 = min(box[2], left + (steps[end - 1] + 2.5) * step_width)
                place: Box = (float(min(x0, x1)), box[1], float(max(x0, x1)), box[3])
                words.append(Word(nfc("".join(text[start:end])), place, float(scores[steps[start:end]].mean())))
            start = end + 1
        return tuple(words)
