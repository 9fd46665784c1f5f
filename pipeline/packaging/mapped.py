"""Files mapped into memory, walked through without being held there."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

TOGETHER = 64
"""Objects after which the pages touched are given back."""
_WINDOW = 4 << 20


def forget(data: mmap.mmap) -> None:
    """Give the pages of a map that were looked at back to the system, which counts them as memory of the process."""
    data.madvise(mmap.MADV_DONTNEED)


def windows(data: mmap.mmap, start: int = 0, end: int | None = None, overlap: int = 0) -> Iterator[memoryview]:
    """The mapped file from ``start`` to ``end`` in pieces of 4 MB, each with ``overlap`` bytes more before it.

    A piece is good until the next one is asked for. What was seen is given back to the system: pages of the map count
    as memory of the process.
    """
    end = len(data) if end is None else end
    with memoryview(data) as view:
        for first in range(start, end, _WINDOW):
            last = min(first + _WINDOW, end)
            with view[max(first - overlap, start) : last] as piece:
                yield piece
            aligned = first - first % mmap.PAGESIZE
            data.madvise(mmap.MADV_DONTNEED, aligned, last - aligned)
