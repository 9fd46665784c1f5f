"""The command ``scripts/bench engine``."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.report import machine

BROKERS = ("valkey", "redis", "rabbitmq")
KILLED = ("child", "worker", "broker", "store", "database", "sweeper")
PARTS = ("matrix", "poison", "scaling", "overhead", "urgent", "many", "hosts", "weeks")
_KILLS, _GOOD, _PAPERS, _MANY, _SHARED, _DOSSIERS = 20, 200, 24, 100_000, 40, 300

Section = tuple[str, str, Sequence[Any]]
"""Title, what the bar is, lines."""


def add_to(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    one = kinds.add_parser(
        "engine",
        help="bộ máy: giết từng phần, giấy độc, quầy và hàng loạt, nhiều giấy tờ, nhiều máy",
        description="Chạy kho, hàng đợi, cơ sở dữ liệu, tiến trình xử lý thật; giết từng phần vào lúc bất kỳ và đếm "
        "xem mỗi giấy tờ được lưu mấy lần, mỗi trang được đọc mấy lần. Cần redis-server, rabbitmq-server, postgresql.",
    )
    one.add_argument("--only", choices=PARTS, action="append", help="chỉ đo phần này; dùng được nhiều lần")
    one.add_argument("--brokers", metavar="A,B", default=",".join(BROKERS), help=f"trong số: {', '.join(BROKERS)}")
    one.add_argument("--parts", metavar="A,B", default=",".join(KILLED), help="các phần bị giết")
    one.add_argument("--kills", metavar="N", type=int, default=_KILLS, help=f"số lần giết mỗi phần ({_KILLS})")
    one.add_argument("--side", metavar="N", type=int, default=1, help="số ô của ma trận chạy cùng lúc (1)")
    one.add_argument("--many", metavar="N", type=int, default=_MANY, help=f"số giấy tờ qua sổ việc ({_MANY})")
    one.add_argument("--dossiers", metavar="N", type=int, default=_DOSSIERS, help=f"số hồ sơ ({_DOSSIERS})")
    one.add_argument("--report", metavar="THƯ_MỤC", type=Path, help="nơi ghi báo cáo của đợt số hóa")
    one.add_argument("--write", action="store_true", help="ghi kết quả vào docs/benchmarks-engine.md")


def main(asked: argparse.Namespace, parser: argparse.ArgumentParser, console: Console, root: Path) -> int:
    """Run it; returns the exit code."""
    brokers, parts = asked.brokers.split(","), asked.parts.split(",")
    if not set(brokers) <= set(BROKERS) or not set(parts) <= set(KILLED):
        parser.error(f"--brokers: {', '.join(BROKERS)}; --parts: {', '.join(KILLED)}")
    folder = Path(tempfile.mkdtemp(prefix="sohoa-bench-", dir="/tmp"))
    folder.chmod(0o755)  # the database runs as a user of its own
    try:
        for section in _sections(asked, folder, console, brokers, parts):
            _show(section, console)
            if asked.write:
                _write(section, root / "docs" / "benchmarks-engine.md")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _sections(
    asked: argparse.Namespace, folder: Path, console: Console, brokers: Sequence[str], parts: Sequence[str]
) -> Iterator[Section]:
    from benchmarks.engine import hosts, many, matrix, overhead, poison, real, weeks  # noqa: PLC0415 - need servers of the tests

    wanted = asked.only or PARTS
    if "scaling" in wanted:
        yield "Two processes against one", "gain ≥ 1.85", [real.scaling(folder / "scaling", _PAPERS, console)]
    if "overhead" in wanted:
        yield "What the engine adds to a document", "≤ 20 ms CPU", [overhead.run(folder / "overhead", console)]
    if "urgent" in wanted:
        bar = "amid ≤ 1.5 × idle + 3 s"
        yield "A dossier at the counter amid a backfill", bar, [real.urgent(folder / "urgent", 10, console)]
    if "poison" in wanted:
        bar = "all good ones stored, all bad ones parked with a reason"
        yield "Poison among good papers", bar, [poison.run(folder / "poison", _GOOD, console)]
    if "hosts" in wanted:
        bar = "done, exactly once; the cable was out for longer than a lease"
        yield "Two hosts, the cable pulled", bar, [hosts.run(folder / "hosts", _SHARED, console)]
    if "weeks" in wanted:
        bar = "every file a record, once; nothing to do for the run afterwards"
        yield "A backfill killed on its way", bar, [weeks.run(folder / "weeks", asked.dossiers, asked.report, console)]
    if "matrix" in wanted:
        bar = "every paper stored once, done within 60 s after the last restart, no page read twice but those in flight"
        cells = [(broker, part) for broker in brokers for part in parts]
        with ThreadPoolExecutor(asked.side) as pool:
            lines = list(pool.map(lambda cell: matrix.one(folder / "-".join(cell), *cell, asked.kills, console), cells))
        yield "Kill -9", bar, lines
    if "many" in wanted:
        bar = "≥ 100 papers/s, planner ≤ 300 MB, resumed ≤ 10 s"
        yield "Many papers through ledger and broker", bar, [many.run(folder / "many", asked.many, console)]


def _names(line: Any) -> list[str]:
    return [*(field.name for field in fields(line)), "bar held"]


def _cells(line: Any) -> list[str]:
    shown = [f"{value:.2f}" if isinstance(value, float) else str(value) for value in astuple(line)]
    return [*shown, "yes" if line.held else "NO"]


def _show(section: Section, console: Console) -> None:
    title, bar, lines = section
    table = Table(title=f"{title} ({bar})", title_justify="left")
    for name in _names(lines[0]):
        table.add_column(name)
    for line in lines:
        table.add_row(*_cells(line))
    console.print(table)


def _write(section: Section, path: Path) -> None:
    """Put a section in its place in the document; the others stay as they were measured."""
    title, bar, lines = section
    names = _names(lines[0])
    table = [
        f"| {' | '.join(names)} |",
        f"|{'---|' * len(names)}",
        *(f"| {' | '.join(_cells(line))} |" for line in lines),
    ]
    head = (
        "# Benchmarks: engine\n\nWritten by `scripts/bench engine --write`; do not edit by hand. What is done and how "
        f"it is judged is said in `scripts/benchmarks/engine/`. Real servers, all on one machine: {machine()}."
    )
    _, *sections = path.read_text(encoding="utf-8").strip().split("\n\n## ") if path.exists() else [""]
    kept = dict(each.split("\n", 1) for each in sections)
    kept[title] = "\n".join((f"Bar: {bar}. Measured on {datetime.now(UTC):%Y-%m-%d}.", "", *table))
    path.write_text("\n\n## ".join((head, *("\n".join(each) for each in kept.items()))) + "\n", encoding="utf-8")
