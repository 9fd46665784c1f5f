"""Engines at work, each in a fresh process of its own, so that time and memory can be told apart."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby

import pytesseract

from benchmarks import cost
from benchmarks.engines import EngineTooSlow, Orders, Reader, open_engine
from benchmarks.nouns import Case, ReadPage
from pipeline.errors import SohoaError

TOGETHER = ("ocrmypdf", "ocrmypdf:deskew")
"""Engines that are handed all pages of a set at once."""
ORDER = ("ocrmypdf:deskew", "ocrmypdf", "tesseract", "ours", "ours:tesseract", "ours:trueocr")
"""Engines by the time they take, the longest first."""

FAILURES = (SohoaError, subprocess.CalledProcessError, pytesseract.TesseractError, EngineTooSlow)

_reader: Reader | None = None


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What an engine made of all cases (in their order), and the most memory a process of it held (MB)."""

    name: str
    pages: tuple[ReadPage, ...]
    megabytes: float


def processes(count: int) -> ProcessPoolExecutor:
    """Fresh processes that inherit nothing from this one and compute with one thread each."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


def run_engines(
    names: Sequence[str], cases: Sequence[Case], orders: Orders, jobs: int, step: Callable[[str, int], None]
) -> dict[str, EngineRun]:
    """Let every engine read every case; ``jobs`` engines at a time. ``step(engine, pages)`` is called as they go on.

    All processes are started before the first page is read, so that a run measures one state of the software.
    """
    with ExitStack() as stack:
        pools = {name: stack.enter_context(processes(1)) for name in sorted(names, key=ORDER.index)}
        for name, pool in pools.items():
            pool.submit(begin, name, orders, cases[0]).result()
        with ThreadPoolExecutor(jobs) as lanes:
            running = [lanes.submit(_run, name, pool, cases, step) for name, pool in pools.items()]
            done = {run.name: run for run in (future.result() for future in running)}
    return {name: done[name] for name in names}


def _run(name: str, pool: ProcessPoolExecutor, cases: Sequence[Case], step: Callable[[str, int], None]) -> EngineRun:
    pages: list[ReadPage] = []
    for batch in _batches(cases, together=name in TOGETHER):
        try:
            pages += pool.submit(read, batch).result()
        except BrokenProcessPool:
            raise RuntimeError(f"{name}: the worker process died on {batch[0].set}/{batch[0].name}") from None
        step(name, len(batch))
    return EngineRun(name, tuple(pages), pool.submit(cost.peak_megabytes).result())


def _batches(cases: Sequence[Case], *, together: bool) -> Iterator[list[Case]]:
    if together:
        yield from (list(members) for _, members in groupby(cases, key=lambda case: case.set))
    else:
        yield from ([case] for case in cases)


def begin(name: str, orders: Orders, first: Case) -> None:
    """In the worker: open the engine and read a page: models that are loaded on first use are no cost of a page."""
    global _reader  # noqa: PLW0603 - a worker process has one engine for its life
    _reader = open_engine(name, orders)
    _reader([first])


def read(cases: Sequence[Case]) -> list[ReadPage]:
    """In the worker: read ``cases``; if the engine fails on several at once, one by one.

    A case that the engine refuses or breaks off at is read as empty, with the error's name.
    """
    if _reader is None:
        raise RuntimeError("worker without an engine")
    try:
        return _reader(cases)
    except FAILURES as error:
        if len(cases) > 1:
            return [page for case in cases for page in read([case])]
        name = error.rule if isinstance(error, SohoaError) else type(error).__name__
        return [ReadPage((), 0.0, 0.0, error=name)]
