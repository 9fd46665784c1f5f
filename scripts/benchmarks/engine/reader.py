"""A reader that takes as long as it is told and does what a page says; it comes in through the door for readers.

``install`` writes it as a package with an entry point of the group ``sohoa.readers``; processes find it by PYTHONPATH.
Every page read is a line in a file: ``number process moment``.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.engine.papers import code_on
from pipeline.dossier import Box, Line, Word
from pipeline.ocr import Clock
from pipeline.settings import Reading

NAME = "tiny"
_SECONDS, _LOG = "SOHOA_TINY_SECONDS", "SOHOA_TINY_LOG"
_HEAD = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "ĐƠN ĐỀ NGHỊ", "Tờ số {number}")
_BODY = ("và các nội dung đã nêu ở trang trước,", "như đã trình bày, kèm theo", "các giấy tờ", "Tờ số {number}")

Grey = npt.NDArray[np.uint8]


class TinyReader:
    """Reads the number of a page and says four lines about it."""

    name = NAME

    def find_lines(self, grey: Grey) -> tuple[Box, ...] | None:  # noqa: D102 - see the protocol
        height, width = grey.shape
        number, _, harm = code_on(grey)
        _do(harm)
        _note(number)
        time.sleep(float(os.environ.get(_SECONDS, "0")))
        rows = range(len(_HEAD))
        return tuple(
            (0.1 * width, (0.1 + 0.05 * row) * height, 0.9 * width, (0.13 + 0.05 * row) * height) for row in rows
        )

    def read_lines(self, grey: Grey, boxes: Sequence[Box], dpi: float, clock: Clock) -> tuple[tuple[Word, ...], ...]:  # noqa: ARG002, D102
        number, first, _ = code_on(grey)
        text = _HEAD if first else _BODY
        return tuple(_words(text[row % len(text)].format(number=number), box) for row, box in enumerate(boxes))

    def look_again(self, grey: Grey, boxes: Sequence[Box], dpi: float, clock: Clock) -> tuple[tuple[Word, ...], ...]:  # noqa: ARG002, D102
        return ()

    def read_page(self, grey: Grey, dpi: float, clock: Clock) -> tuple[Line, ...]:  # noqa: D102
        boxes = self.find_lines(grey) or ()
        return tuple(
            Line(words, box) for words, box in zip(self.read_lines(grey, boxes, dpi, clock), boxes, strict=True)
        )


def open_reader(reading: Reading) -> TinyReader:  # noqa: ARG001 - the door's signature
    """What the entry point names."""
    return TinyReader()


def _words(text: str, box: Box) -> tuple[Word, ...]:
    x0, y0, x1, y1 = box
    parts = text.split()
    step = (x1 - x0) / len(parts)
    return tuple(Word(part, (x0 + step * at, y0, x0 + step * (at + 0.9), y1), 0.99) for at, part in enumerate(parts))


def _do(harm: str) -> None:
    if harm == "crash":
        os.abort()
    while harm == "loop":
        pass
    if harm == "bomb":
        held = []
        while True:
            held.append(np.ones(1 << 27))


def _note(number: int) -> None:
    if path := os.environ.get(_LOG):
        line = f"{number} {os.getpid()} {time.time():.3f}\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class Installed:
    """The reader as processes find it."""

    folder: Path
    log: Path
    seconds: float = 0.0

    @property
    def environment(self) -> dict[str, str]:
        """To be added to a process's environment."""
        here = Path(__file__).resolve().parents[2]
        return {
            "PYTHONPATH": os.pathsep.join([str(self.folder), str(here), str(here.parent)]),
            _SECONDS: str(self.seconds),
            _LOG: str(self.log),
        }

    def reads(self) -> Counter[int]:
        """How often each page was read."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return Counter(int(line.split()[0]) for line in lines)

    def moments(self) -> Iterator[float]:
        """When pages were read, seconds since 1970."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return (float(line.split()[2]) for line in lines)


def install(folder: Path, seconds: float = 0.0) -> Installed:
    """Make the package in ``folder``; ``seconds`` is what a page takes."""
    about = folder / "site" / "sohoa_tiny-1.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: sohoa-tiny\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[sohoa.readers]\n{NAME} = {__name__}:open_reader\n")
    return Installed(folder / "site", folder / "reads.log", seconds)
