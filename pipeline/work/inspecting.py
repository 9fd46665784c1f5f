"""Looking at a file that was dropped: whether it is whole, and what the codes on its cover sheet say.

It is done in a worker process within limits, like everything that opens files from outside, on a copy of our own, so
that what was looked at is what is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import capture
from pipeline.capture.gathering import readable
from pipeline.classify import patterns as forms
from pipeline.dossier import Capture
from pipeline.errors import Damaged, SohoaError
from pipeline.settings import Limits
from pipeline.work.crew import Crew

_BETWEEN = re.compile(r"[\s|;,:]+")


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that is whole: our copy of it, and the texts of the codes on its first page."""

    taken: Capture
    codes: tuple[str, ...] = ()


class Inspector(Crew):
    """A crew that looks at files before they are taken. Nothing is read but codes."""

    def look(self, path: Path, folder: Path, *, cover: bool) -> Seen:
        """Copy the file at ``path`` into ``folder`` and open it there.

        Args:
            path: the file.
            folder: an empty folder of our own.
            cover: whether codes on the first page are wanted.

        Raises:
            InputError: it is not whole, or not to be taken: see ``capture.take``.
        """
        limit, name = self.limits.seconds_file, readable(path.name)
        return self.call(_look, (path, folder, self.limits, cover), name, limit)


def _look(path: Path, folder: Path, limits: Limits, cover: bool) -> Seen:
    taken = capture.take(path, folder, limits)
    if not cover or not taken.pages:
        return Seen(taken)
    from pipeline.ocr.barcodes import find_barcodes  # noqa: PLC0415 - wanted in the worker process alone

    try:
        found = find_barcodes(capture.pixels(taken.pages[0]))
    except (SohoaError, MemoryError):
        raise
    except Exception as error:  # whatever a library says of hostile bytes, it is the file that is broken
        raise Damaged(name=readable(path.name), what=type(error).__name__) from error
    return Seen(taken, tuple(code.text for code in found))


def said(codes: Iterable[str], patterns: Sequence[str]) -> str:
    """The first word in ``codes`` that looks like one of ``patterns``; empty when none does.

    A cover sheet may hold the code alone, or several codes one after the other, or the text of a separator sheet and
    then the code (``SOHOA-SEPARATOR:H00.01-261122-0001``).
    """
    words = (word for code in codes for word in (code.strip(), *_BETWEEN.split(code)))
    return next((word for word in words if matches(word, patterns)), "")


def matches(text: str, patterns: Sequence[str]) -> bool:
    """Whether ``text`` as a whole looks like one of ``patterns``."""
    return bool(text) and any(forms.fullmatch(pattern, text) for pattern in patterns)
