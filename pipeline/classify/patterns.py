"""Regular expressions that come from the configuration, run with a bound on time.

An administrator's pattern can be right and still take for ever on one unlucky line (``(a+)+b``). Here a pattern that
takes longer than :data:`SECONDS` on one text counts as not found, so that no page can hold up the counter.
``sohoa types check`` looks for such patterns beforehand, with :func:`too_slow`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, cast

import regex

SECONDS = 0.05
"""Most processor time for one pattern on one text; a well-made pattern takes some microseconds for a row."""


class Hit(Protocol):
    """A place found, as :class:`re.Match` tells it (what the stages use of it)."""

    @property
    def lastindex(self) -> int | None:
        """Index of the last group that matched."""

    def group(self, group: int | str = 0, /) -> str:
        """Text of a group."""

    def groupdict(self) -> dict[str, str | None]:
        """Texts of the named groups."""

    def start(self, group: int | str = 0, /) -> int:
        """Where a group begins."""

    def end(self, group: int | str = 0, /) -> int:
        """Where a group ends (excluded)."""

    def span(self, group: int | str = 0, /) -> tuple[int, int]:
        """Start and end of a group."""


class _Compiled(Protocol):
    @property
    def groupindex(self) -> dict[str, int]: ...

    def search(self, text: str, *, timeout: float) -> Hit | None: ...

    def fullmatch(self, text: str, *, timeout: float) -> Hit | None: ...

    def finditer(self, text: str, *, timeout: float) -> list[Hit]: ...


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> _Compiled:
    return cast(_Compiled, regex.compile(pattern))


def search(pattern: str, text: str) -> Hit | None:
    """The first place in ``text`` that fits ``pattern``; ``None`` also when it took too long."""
    try:
        return _compiled(pattern).search(text, timeout=SECONDS)
    except TimeoutError:
        return None


def fullmatch(pattern: str, text: str) -> Hit | None:
    """Whether the whole ``text`` fits ``pattern``; ``None`` also when it took too long."""
    try:
        return _compiled(pattern).fullmatch(text, timeout=SECONDS)
    except TimeoutError:
        return None


def finditer(pattern: str, text: str) -> tuple[Hit, ...]:
    """All places in ``text`` that fit ``pattern``, in order; none when it took too long."""
    try:
        return tuple(_compiled(pattern).finditer(text, timeout=SECONDS))
    except TimeoutError:
        return ()


def names(pattern: str) -> tuple[str, ...]:
    """Names of the groups of ``pattern``."""
    return tuple(_compiled(pattern).groupindex)


def too_slow(pattern: str, text: str) -> bool:
    """Whether ``pattern`` takes longer than :data:`SECONDS` to be sought in ``text``."""
    try:
        _compiled(pattern).search(text, timeout=SECONDS)
    except TimeoutError:
        return True
    return False
