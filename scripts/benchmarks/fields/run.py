"""The run: draw, read (readings may be kept), understand, judge."""

from __future__ import annotations

import hashlib
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.fields import sources
from benchmarks.fields.nouns import Source, Understood
from pipeline import classify
from pipeline.classify import Knowledge
from pipeline.dossier import Capture, Coding, Dossier, Finding, Page, PageReading
from pipeline.dossier import Source as Taken
from pipeline.work import Crew

Read = tuple[Capture, list[tuple[Page, PageReading]]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured. ``samples`` and ``texts`` are folders, if they are there; ``keep`` holds readings."""

    sets: tuple[str, ...]
    dossiers: int
    stacks: int
    pages: int
    jobs: int
    samples: Path | None
    texts: Path | None
    keep: Path | None
    seed: int


def run(plan: Plan, knowledge: Knowledge, work: Path, console: Console) -> list[Understood]:
    """Do what ``plan`` says; ``work`` is an empty folder for what is drawn."""
    found = _sources(plan, work, console)
    results = []
    with _progress(console) as bar:
        task = bar.add_task("reading", total=sum(source.path is not None for source in found))
        for source, read in _read(found, plan, knowledge, lambda: bar.advance(task)):
            results.append(understand(source, read, knowledge))
    return results


def understand(source: Source, read: Read, knowledge: Knowledge) -> Understood:
    """Cut and understand one source, and measure what that costs. A signed source is one document."""
    taken, pages = read
    readings = {reading.number: reading for _, reading in pages}
    settings = knowledge.settings
    start = time.process_time()
    if taken.source.signed:
        cuts: tuple[classify.Cut, ...] = (classify.whole(tuple(readings.values())),)
    else:
        cuts = classify.split(tuple(readings.values()), settings.types, settings.site.splitting)
    documents = tuple(
        classify.understand(
            [readings[number] for number in cut.pages],
            Dossier("", ""),
            settings,
            today=knowledge.today,
            model=knowledge.model,
        )
        for cut in cuts
    )
    cpu = time.process_time() - start
    return Understood(
        source,
        documents,
        len(pages),
        frozenset(number for number, reading in readings.items() if any("|" in one.text for one in reading.barcodes)),
        frozenset(_page(finding) for cut in cuts for finding in cut.findings if finding.rule == classify.DOUBTFUL),
        cpu,
    )


def _page(finding: Finding) -> int:
    return int(finding.where.removeprefix("page "))


def _sources(plan: Plan, work: Path, console: Console) -> list[Source]:
    found: list[Source] = []
    if "samples" in plan.sets and plan.samples:
        found += sources.samples(plan.samples)
    with _progress(console) as bar, ProcessPoolExecutor(plan.jobs) as pool:
        dossiers = plan.dossiers if "dossiers" in plan.sets else 0
        stacks = plan.stacks if "stacks" in plan.sets else 0
        task = bar.add_task("drawing", total=dossiers + stacks)
        futures = [pool.submit(sources.dossier, plan.seed + number, work) for number in range(dossiers)]
        futures += [
            pool.submit(_stack, plan.seed + sources.STACKS + number, plan.pages, work, separators=number % 3 == 2)
            for number in range(stacks)
        ]
        for future in as_completed(futures):
            bar.advance(task)
            future.result()
        found += [source for future in futures for source in future.result()]
    if "texts" in plan.sets and plan.texts:
        found += sources.texts(plan.texts)
    return found


def _stack(seed: int, pages: int, work: Path, *, separators: bool) -> list[Source]:
    return [sources.stack(seed, pages, work, separators=separators)]


def _read(
    found: Sequence[Source], plan: Plan, knowledge: Knowledge, done: Callable[[], object]
) -> Iterator[tuple[Source, Read]]:
    site = knowledge.settings.site
    with Crew(site.reading, site.limits, plan.jobs, knowledge.settings.vocabulary) as crew:
        for source in found:
            if source.path is None:
                yield source, _without_picture(source)
                continue
            yield source, _kept(source.path, plan.keep) or _keep(source.path, crew, plan.keep)
            done()


def _without_picture(source: Source) -> Read:
    path = Path(source.name)
    pages = [
        Page(one.number, path, Coding.LOSSLESS, one.width, one.height, one.dpi, one.dpi) for one in source.readings
    ]
    taken = Capture(Taken(source.name, path, "", 0, "text/plain"), tuple(pages))
    return taken, list(zip(pages, source.readings, strict=True))


def _place(path: Path, keep: Path) -> Path:
    return keep / f"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}.pickle"


def _kept(path: Path, keep: Path | None) -> Read | None:
    """A reading of the same bytes, made before and kept here by this command."""
    if keep is None or not _place(path, keep).is_file():
        return None
    read: Read = pickle.loads(_place(path, keep).read_bytes())
    return read


def _keep(path: Path, crew: Crew, keep: Path | None) -> Read:
    with tempfile.TemporaryDirectory(prefix="sohoa-bench-") as folder:
        taken = crew.take(path, Path(folder))
        read = taken, list(crew.read(path.name, taken.pages))
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        _place(path, keep).write_bytes(pickle.dumps(read))
    return read


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description:>14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield bar
