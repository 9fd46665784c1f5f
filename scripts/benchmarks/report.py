"""What is left of a run: Markdown for the documentation, JSON for whoever wants every page."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks import tables
from benchmarks.bars import Outcome, bars_of
from benchmarks.engines import OCRMYPDF_OPTIONS
from pipeline import programs

_PACKAGES = ("ocrmypdf", "opencv-python-headless", "pytesseract", "sohoa", "tesserocr", "trueocr")


def machine() -> str:
    """Processor, memory and system in one line."""
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text(encoding="utf-8")) if cpuinfo.is_file() else None
    processor = found.group(1) if found else platform.machine()
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    memory = psutil.virtual_memory().total / 1e9
    return f"{processor}, {len(os.sched_getaffinity(0))} processors used, {memory:.0f} GB, {system}"


def versions() -> str:
    """Versions of what reads, in one line."""
    installed = {one.name for one in importlib.metadata.distributions()}
    packages = [f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES if name in installed]
    return ", ".join([f"Python {platform.python_version()}", programs.version("tesseract"), *packages])


def facts(outcome: Outcome) -> Iterator[str]:
    """What does not fit into the table, a line each."""
    if outcome.load is not None:
        yield f"Load of the machine before the run: {outcome.load:.1f} processes."
    for one in outcome.scored:
        if one.page.error:
            yield f"Failed: {one.engine} on {one.case.set}/{one.case.name}: {one.page.error}."
    if outcome.megabytes:
        said = ", ".join(f"{name} {value:.0f}" for name, value in outcome.megabytes.items())
        yield f"Peak memory of a process (MB): {said}."
    full = {name: cost for name in outcome.megabytes if (cost := outcome.full_cpu(name)) is not None}
    if full:
        said = ", ".join(f"{name} {cost:.2f}" for name, cost in full.items())
        yield f"CPU-s a page, colour scans of 300 dpi only: {said}."
    if outcome.speed is not None:
        speed = outcome.speed
        yield (
            f"Pages a second (ours): one process {speed.one:.2f}, two {speed.two:.2f}, ratio {speed.ratio:.2f}; "
            f"two processes of plain arithmetic gain {speed.machine:.2f} on this machine."
        )
    if outcome.geometry is not None:
        found = outcome.geometry
        yield (
            f"Geometry: orientation right on {found.right} of {found.pages}, mean skew error {found.skew_error:.3f}°, "
            f"worst {found.worst_error:.2f}°."
        )
        yield from (f"  turned wrongly: {look.name}" for look in found.looks if look.rotation != look.found_rotation)


def as_markdown(outcome: Outcome) -> str:
    """The page ``docs/benchmarks.md``."""
    options = " ".join(OCRMYPDF_OPTIONS)
    parts = [
        "# Benchmarks",
        "Written by `scripts/bench ocr --write`; do not edit by hand. How things are counted is said in "
        "`scripts/benchmarks/scoring.py`.",
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {machine()}. {versions()}.",
        "## Bars",
        tables.markdown(tables.BAR_HEAD, tables.bar_cells(bars_of(outcome))),
        "## Reading",
        "`samples`: first pages of scans typed by hand; all other sets: drawn papers, the same ones under every "
        "condition. `tesseract`: page mode on the picture as it is. `ocrmypdf`: "
        f"`-l vie {options} --output-type pdf --optimize 0`, all pages of a set in one run. "
        "`ours:…`: that reader of ours alone. `ours`: both.",
        tables.LEGEND,
        tables.markdown(tables.COLUMNS, tables.cells(outcome.rows)),
        "`hard`, `drawn` and `all` are means over sets; their shares of flags are pooled.",
        "## Cost and geometry",
        "\n".join(f"- {line.strip()}" for line in facts(outcome)),
    ]
    return "\n\n".join(parts) + "\n"


def as_json(outcome: Outcome) -> str:
    """Everything, page by page."""
    told = {
        "machine": machine(),
        "versions": versions(),
        "rows": [asdict(row) for row in outcome.rows],
        "pages": [
            {
                "engine": one.engine,
                "set": one.case.set,
                "name": one.case.name,
                "cpu": one.page.cpu,
                "wall": one.page.wall,
                "mode": one.page.mode,
                "error": one.page.error,
                **asdict(one.score),
                "text": one.page.text,
            }
            for one in outcome.scored
        ],
        "megabytes": outcome.megabytes,
        "geometry": asdict(outcome.geometry) if outcome.geometry else None,
        "speed": asdict(outcome.speed) if outcome.speed else None,
        "load": outcome.load,
        "bars": [asdict(bar) for bar in bars_of(outcome)],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
