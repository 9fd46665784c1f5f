"""What a reader is, and the one door through which readers come in.

The two built-in readers register here like any other. A package of somebody else adds one by an entry point in the
group ``sohoa.readers`` whose object is an :data:`Opener`; its name is the name used in ``reading.readers``.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib import metadata
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import Box, Line, Word
from pipeline.errors import ConfigError, TooSlow
from pipeline.settings import Reading

Grey = NDArray[np.uint8]
GROUP = "sohoa.readers"


class Clock:
    """Counts down the time a page may take."""

    def __init__(self, seconds: float, name: str) -> None:
        self.seconds = seconds
        self.name = name
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Go on only while there is time.

        Raises:
            TooSlow: the time is up.
        """
        if self.left <= 0:
            raise TooSlow(name=self.name, limit=round(self.seconds))


class Reader(Protocol):
    """Reads printed text. Pictures are grey, H×W, dark on light, level; boxes are pixels of that picture.

    Readers hold loaded models: open one a process and use it from one thread. The same picture gives the same reading.
    Words are NFC with a confidence of 0..1; ``agreed`` is left ``None``.
    """

    name: str

    def find_lines(self, grey: Grey) -> tuple[Box, ...] | None:
        """Boxes of the text lines in any order, or ``None`` if this reader does not look for lines."""

    def read_lines(self, grey: Grey, boxes: Sequence[Box], dpi: float, clock: Clock) -> tuple[tuple[Word, ...], ...]:
        """The words of each of ``boxes``, left to right; nothing for a box in which nothing was read.

        Raises:
            TooSlow: the clock ran out.
        """

    def look_again(self, grey: Grey, boxes: Sequence[Box], dpi: float, clock: Clock) -> tuple[tuple[Word, ...], ...]:
        """The words of ``boxes`` looked at in another way (another size …), or ``()`` if this reader has no other way.

        Raises:
            TooSlow: the clock ran out.
        """

    def read_page(self, grey: Grey, dpi: float, clock: Clock) -> tuple[Line, ...]:
        """The lines of the whole picture as this reader finds them by itself.

        Raises:
            TooSlow: the clock ran out.
        """


Opener = Callable[[Reading], Reader]
"""Loads a reader (slow). Raises ``ImportError`` if an optional package is not installed."""

_openers: dict[str, Opener] = {}


def register(name: str, opener: Opener) -> None:
    """Make a reader known under ``name``.

    Raises:
        ConfigError: another one has that name.
    """
    if _openers.setdefault(name, opener) is not opener:
        raise ConfigError(file=GROUP, line=0, what=f"'{name}' × 2", hint="")


def open_reader(name: str, reading: Reading) -> Reader:
    """Load the reader of that name.

    Raises:
        ConfigError: there is no such reader.
        ImportError: it is optional and its package is not installed.
        LanguageMissing, ProgramMissing: the reader lacks its data or its program.
    """
    _register_plugins()
    if name not in _openers:
        near = difflib.get_close_matches(name, _openers, n=1)
        raise ConfigError(
            file="reading.readers",
            line=0,
            what=f"không có bộ đọc '{name}' / no such reader",
            hint=f"Ý bạn là '{near[0]}'? / Did you mean '{near[0]}'?" if near else ", ".join(sorted(_openers)),
        )
    return _openers[name](reading)


@cache
def _register_plugins() -> None:
    for found in metadata.entry_points(group=GROUP):
        register(found.name, found.load())


def _open_tesseract(reading: Reading) -> Reader:
    from pipeline.ocr.tesseract import Tesseract  # noqa: PLC0415 - loads a native library

    return Tesseract(reading.language)


def _open_trueocr(reading: Reading) -> Reader:  # noqa: ARG001 - reads Vietnamese only
    from pipeline.ocr.second import TrueOcr  # noqa: PLC0415 - optional package

    return TrueOcr()


register("tesseract", _open_tesseract)
register("trueocr", _open_trueocr)
