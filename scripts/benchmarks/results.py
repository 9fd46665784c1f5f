"""Scores summed up: rows of the table, one an engine and set, and means over sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

from benchmarks.nouns import Case, ReadPage
from benchmarks.pages import HARD, SAMPLES
from benchmarks.scoring import Counts, Score


@dataclass(frozen=True, slots=True)
class Scored:
    """A case read by an engine, with its score."""

    engine: str
    case: Case
    page: ReadPage
    score: Score


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of an engine on a set or on several. Shares are in percent; ``None`` where there is nothing to say.

    ``cer``, ``bare``: letters of the body wrong, and without diacritics; ``recall``: printed words found; ``marks``:
    printed words wrong only in diacritics; ``flagged``: words flagged; ``caught``: wrong words that are flagged;
    ``escapes``: words wrong and not flagged; ``cpu``: seconds a page.
    """

    set: str
    engine: str
    pages: int
    cer: float
    bare: float
    recall: float
    marks: float
    flagged: float | None
    caught: float | None
    escapes: float | None
    cpu: float
    errors: int = 0


_MEANS = ("cer", "bare", "recall", "marks", "cpu")


def _share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0


def total(scored: Iterable[Scored]) -> Counts:
    """The counts of several pages as one."""
    return reduce(add, (one.score.counts for one in scored), Counts())


def row_of(name: str, engine: str, scored: Sequence[Scored]) -> Row:
    """One row of the pages of one set: errors of all its pages over letters (words) of all its pages."""
    sums = total(scored)
    judged = any(one.score.judged for one in scored)
    return Row(
        set=name,
        engine=engine,
        pages=len(scored),
        cer=_share(sums.letter_errors, sums.letters),
        bare=_share(sums.bare_errors, sums.letters),
        recall=_share(sums.found, sums.printed),
        marks=_share(sums.mark_errors, sums.printed),
        flagged=_share(sums.flagged, sums.words) if judged else None,
        caught=_share(sums.caught, sums.wrong) if judged and sums.wrong else None,
        escapes=_share(sums.wrong - sums.caught, sums.words) if judged else None,
        cpu=sum(one.page.cpu for one in scored) / len(scored),
        errors=sum(bool(one.page.error) for one in scored),
    )


def mean_of(name: str, rows: Sequence[Row], scored: Sequence[Scored]) -> Row:
    """Several sets of one engine together: the mean of their rows, in which every set weighs the same.

    What is said of flags is pooled instead: a set with one wrong word would weigh as much as one with a hundred.
    """
    means = {measure: sum(getattr(row, measure) for row in rows) / len(rows) for measure in _MEANS}
    return replace(row_of(name, rows[0].engine, scored), **means)


def rows_of(scored: Sequence[Scored], engines: Sequence[str]) -> tuple[Row, ...]:
    """A row for every set and engine, then the means: ``hard``, ``drawn`` (all drawn sets), ``all``."""
    sets = list(dict.fromkeys(one.case.set for one in scored))
    rows = {
        (name, engine): row_of(name, engine, [one for one in scored if (one.case.set, one.engine) == (name, engine)])
        for name in sets
        for engine in engines
    }
    drawn = [name for name in sets if name != SAMPLES]
    groups: Mapping[str, list[str]] = {
        "hard": [name for name in HARD if name in sets],
        "drawn": drawn,
        "all": sets,
    }
    means = [
        mean_of(
            group,
            [rows[name, engine] for name in members],
            [one for one in scored if one.engine == engine and one.case.set in members],
        )
        for group, members in groups.items()
        if len(members) > 1
        for engine in engines
    ]
    return (*rows.values(), *means)
