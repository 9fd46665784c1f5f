"""Files with personal data: for their owner alone, there as a whole or not at all, harmless to spreadsheets."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipeline.work.backfill.wording import cell

_MARK = "\ufeff"
"""Spreadsheets take the text for UTF-8 by this mark alone."""


class _Echo:
    """Hands what is written to it back to the writer."""

    def write(self, text: str) -> str:
        return text


def write_table(path: Path, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a CSV file of mode 0600; the path. What begins like a formula gets an apostrophe before it.

    Raises:
        OSError: it cannot be written.
    """
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield _MARK
        yield writer.writerow(heads)
        for row in rows:
            yield writer.writerow([cell(value) for value in row])

    return write_private(path, lines())


def write_private(path: Path, pieces: Iterable[str]) -> Path:
    """Write a text file of mode 0600; the path.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}"[-200:])
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
