"""The run of ``scripts/bench ocr``: draw, read, score, measure geometry and speed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import geometry, pages, speed, workers
from benchmarks.bars import Outcome
from benchmarks.engines import Orders
from benchmarks.nouns import Case
from benchmarks.results import Scored, rows_of
from benchmarks.scoring import score

_SPEED_PAGES = 10
_SPEED_SETS = 2
"""Sets drawn when only speed is measured: the samples and clean pages."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run measures. ``samples`` is the folder of typed scans, if there is one; no ``engines``: no reading."""

    engines: tuple[str, ...]
    sets: tuple[str, ...]
    papers: int
    turned: int
    jobs: int
    geometry: bool
    speed: bool
    samples: Path | None


def run(plan: Plan, orders: Orders, work: Path, console: Console) -> Outcome:
    """Do what ``plan`` says; ``work`` is an empty folder for the drawn pages."""
    outcome = Outcome(load=os.getloadavg()[0])
    if plan.engines or plan.speed:
        cases = _cases(plan, orders, work, console)
        if plan.engines:
            outcome = _with_reading(outcome, plan, orders, cases, console)
        if plan.speed:
            outcome = _with_speed(outcome, _mixed(cases), orders, console)
    if plan.geometry:
        with _progress(console) as bar:
            task = bar.add_task("geometry", total=plan.turned * len(geometry.TURNS))
            found = geometry.measure(plan.turned, orders.limits, plan.jobs, lambda count: bar.advance(task, count))
        outcome = replace(outcome, geometry=found)
    return outcome


def _cases(plan: Plan, orders: Orders, work: Path, console: Console) -> list[Case]:
    """All pages, set by set, those of a set by paper."""
    sets = plan.sets if plan.engines else plan.sets[:_SPEED_SETS]
    drawn = [name for name in sets if name != pages.SAMPLES]
    typed: list[Case] = []
    if pages.SAMPLES in plan.sets and plan.samples is not None:
        typed = list(pages.typed_cases(plan.samples, work, orders.limits))
    found: list[Case] = []
    with _progress(console) as bar, workers.processes(plan.jobs) as pool:
        task = bar.add_task("drawing", total=plan.papers * len(drawn))
        futures = [
            pool.submit(pages.drawn_cases, number, drawn, work, orders.limits)
            for number in range(plan.papers if drawn else 0)
        ]
        for future in as_completed(futures):
            found += future.result()
            bar.advance(task, len(drawn))
    return [*typed, *sorted(found, key=lambda case: (drawn.index(case.set), case.name))]


def _with_reading(outcome: Outcome, plan: Plan, orders: Orders, cases: Sequence[Case], console: Console) -> Outcome:
    with _progress(console) as bar:
        tasks = {name: bar.add_task(name, total=len(cases)) for name in plan.engines}
        runs = workers.run_engines(
            plan.engines, cases, orders, plan.jobs, lambda name, count: bar.advance(tasks[name], count)
        )
        task = bar.add_task("scoring", total=len(cases) * len(runs))
        scored = []
        for name, engine in runs.items():
            for case, page in zip(cases, engine.pages, strict=True):
                scored.append(Scored(name, case, page, score(case.truth, page)))
                bar.advance(task)
    megabytes = {name: engine.megabytes for name, engine in runs.items()}
    return replace(outcome, rows=rows_of(scored, plan.engines), scored=tuple(scored), megabytes=megabytes)


def _mixed(cases: Sequence[Case]) -> list[Case]:
    """Some full scans, the samples first."""
    full = [case for case in cases if case.full] or list(cases)
    return full[:_SPEED_PAGES]


def _with_speed(outcome: Outcome, cases: Sequence[Case], orders: Orders, console: Console) -> Outcome:
    with _progress(console) as bar:
        task = bar.add_task("two processes", total=speed.pages_read(len(cases)))
        found = speed.measure(cases, orders, lambda count: bar.advance(task, count))
    return replace(outcome, speed=found)


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description:>14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield bar
