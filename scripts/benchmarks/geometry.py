"""Orientation and skew as :func:`pipeline.capture.upright` measures them, on drawn pages turned all four ways."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

from benchmarks.pages import paper_of
from benchmarks.workers import processes
from pipeline import capture
from pipeline.settings import Limits
from samples import draw_paper, files, scan

TURNS = (None, "rot90", "rot180", "rot270")
CONDITIONS = ("clean", "noise", "stamp", "tint", "fax", "faded", "uneven_light", "bleed_through", "jpeg", "blur")
"""One for each paper in turn; every other page is fed askew as well."""


@dataclass(frozen=True, slots=True)
class Look:
    """A page as drawn and as measured: turns and angles in degrees (see :class:`pipeline.dossier.Page`)."""

    name: str
    rotation: int
    found_rotation: int
    skew: float
    found_skew: float


@dataclass(frozen=True, slots=True)
class GeometryResult:
    """All pages looked at."""

    looks: tuple[Look, ...]

    @property
    def pages(self) -> int:
        """Pages looked at."""
        return len(self.looks)

    @property
    def right(self) -> int:
        """Pages whose turn was found."""
        return sum(look.rotation == look.found_rotation for look in self.looks)

    @property
    def skew_error(self) -> float:
        """Mean error of the angle in degrees over the pages whose turn was found."""
        return sum(self._errors) / len(self._errors) if self._errors else float("inf")

    @property
    def worst_error(self) -> float:
        """The largest error of the angle in degrees, over the same pages."""
        return max(self._errors, default=float("inf"))

    @property
    def _errors(self) -> list[float]:
        return [abs(look.skew - look.found_skew) for look in self.looks if look.rotation == look.found_rotation]


def measure(papers: int, limits: Limits, jobs: int, step: Callable[[int], None]) -> GeometryResult:
    """Look at ``papers`` papers turned all four ways; ``step(pages)`` is called as they are done."""
    looks: list[Look] = []
    with processes(jobs) as pool:
        for future in as_completed([pool.submit(look_at, number, limits) for number in range(papers)]):
            looks += future.result()
            step(len(TURNS))
    return GeometryResult(tuple(sorted(looks, key=lambda look: look.name)))


def look_at(number: int, limits: Limits) -> list[Look]:
    """Draw paper ``number``, turn it all four ways and measure."""
    kind, seed = paper_of(number)
    picture = draw_paper(kind, seed).pages[0]
    looks = []
    for place, turn in enumerate(TURNS):
        names = [CONDITIONS[number % len(CONDITIONS)], *([turn] if turn else [])]
        names += ["skew"] if (number + place) % 2 else []
        scanned = scan(picture, names, seed)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.pdf"
            files.write_pdf(path, [scanned])
            (page,) = capture.take(path, Path(folder), limits).pages
            page = capture.upright(page, limits)
        name = f"{number:03d}-{kind} {' '.join(names)}"
        looks.append(Look(name, scanned.rotation, page.rotation, scanned.skew, page.skew))
    return looks
