"""The bars that reading is held to, and whether they are reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.geometry import GeometryResult
from benchmarks.pages import HARD, SAMPLES
from benchmarks.results import Row, Scored
from benchmarks.speed import SpeedResult


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure, what it has to be, and whether it is; ``reached`` is ``None`` where nothing was measured."""

    what: str
    measured: str
    wanted: str
    reached: bool | None

    @property
    def verdict(self) -> str:
        """The result as a word."""
        return {True: "reached", False: "MISSED", None: "not measured"}[self.reached]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a run measured; parts that were not asked for are empty."""

    rows: tuple[Row, ...] = ()
    scored: tuple[Scored, ...] = ()
    megabytes: dict[str, float] = field(default_factory=dict)
    """The most memory of a process, by engine."""
    geometry: GeometryResult | None = None
    speed: SpeedResult | None = None
    load: float | None = None
    """Processes that were running before, on average; costs and speed are only worth something where it is low."""

    def row(self, name: str, engine: str) -> Row | None:
        """The row of that set and engine."""
        return next((row for row in self.rows if (row.set, row.engine) == (name, engine)), None)

    def full_cpu(self, engine: str) -> float | None:
        """CPU seconds a page over the colour scans of 300 dpi."""
        costs = [one.page.cpu for one in self.scored if one.engine == engine and one.case.full and not one.page.error]
        return sum(costs) / len(costs) if costs else None


def bars_of(outcome: Outcome) -> list[Bar]:
    """All bars, in the order of the requirements."""
    samples, hard = outcome.row(SAMPLES, "ours"), outcome.row("hard", "ours")
    complete = hard is not None and all(outcome.row(name, "ours") for name in HARD)
    return [
        most("body CER on typed sample scans", samples.cer if samples else None, 0.15, " %"),
        _never_worse(outcome.scored),
        most("mean body CER over the hard sets", hard.cer if hard and complete else None, 1.5, " %"),
        least("word recall, whole page, typed sample scans", samples.recall if samples else None, 98.5, " %"),
        *_flags("samples", samples),
        *_flags("drawn", outcome.row("drawn", "ours")),
        *_geometry(outcome.geometry),
        *_costs(outcome),
        most("peak memory of a process (ours)", outcome.megabytes.get("ours"), 450, " MB"),
        least("two processes against one", outcome.speed.ratio if outcome.speed else None, 1.85, " ×"),
    ]


def most(what: str, value: float | None, bar: float, unit: str) -> Bar:
    """A figure that has to be ``bar`` at most."""
    return Bar(what, _said(value, unit), f"≤ {bar:g}{unit}", None if value is None else value <= bar)


def least(what: str, value: float | None, bar: float, unit: str) -> Bar:
    """A figure that has to be ``bar`` at least."""
    return Bar(what, _said(value, unit), f"≥ {bar:g}{unit}", None if value is None else value >= bar)


def _said(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:.3g}{unit}"


def _never_worse(scored: Sequence[Scored]) -> Bar:
    """Our body CER against raw Tesseract's on every sample page."""
    errors = {(one.engine, one.case.name): one.score.counts for one in scored if one.case.set == SAMPLES}
    names = [name for engine, name in errors if engine == "ours" and ("tesseract", name) in errors]
    worse = [name for name in names if errors["ours", name].letter_errors > errors["tesseract", name].letter_errors]
    measured = f"{len(worse)} of {len(names)}" + (f" ({', '.join(worse)})" if worse else "")
    return Bar("typed pages worse than raw Tesseract", measured, "0", not worse if names else None)


def _flags(name: str, row: Row | None) -> Iterator[Bar]:
    yield least(f"wrong words that are flagged, {name}", row.caught if row else None, 97, " %")
    yield most(f"words flagged, {name}", row.flagged if row else None, 7, " %")
    yield most(f"words wrong and not flagged, {name}", row.escapes if row else None, 0.1, " %")


def _geometry(found: GeometryResult | None) -> Iterator[Bar]:
    right = None if found is None else found.right == found.pages
    yield Bar("orientation right", "–" if found is None else f"{found.right} of {found.pages}", "all", right)
    yield most("mean skew error", found.skew_error if found else None, 0.1, "°")


def _costs(outcome: Outcome) -> Iterator[Bar]:
    ours, other = outcome.full_cpu("ours"), outcome.full_cpu("ocrmypdf")
    yield most("CPU-s a page, A4 colour at 300 dpi", ours, 1.2, " s")
    yield most("… against OCRmyPDF on the same pages", ours / other if ours and other else None, 0.35, " ×")
