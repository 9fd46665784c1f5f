"""The command ``scripts/bench records``."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks import pages, tables
from benchmarks.records import cases, cost, report, tampering, validity
from benchmarks.records.cases import Case
from benchmarks.records.figures import Outcome
from benchmarks.records.maker import FLAVOURS, Maker
from benchmarks.records.tampering import Tried
from pipeline.settings import Settings, bundled_folder, load
from pipeline.settings.site import Level
from pki import Pki, running

ATTACKED: tuple[Level, ...] = ("B-T", "B-LTA")
"""Levels of the records that are attacked."""
PARTS = ("validity", "tampering", "cost")
_RUNS, _SHORT, _LONG, _SEEDS = 7, 10, 300, 4
_QUICK = 2
"""Documents of each set, and attacks, of a quick run."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured. ``scans`` and ``keep`` are folders, ``odd`` at most so many odd inputs (``None``: all)."""

    parts: tuple[str, ...]
    sets: tuple[str, ...]
    scans: Path | None
    read: bool
    seeds: int
    odd: int | None
    few: int | None
    """How many documents of each set are enough; ``None``: all."""
    flavours: tuple[str, ...]
    runs: int
    short: int
    long: int
    keep: Path | None


def add_to(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    one = kinds.add_parser(
        "records",
        help="bản ghi: PDF/A, hình, chữ ký, chống sửa đổi, chi phí, dung lượng",
        description="Đóng gói, ký, đóng dấu, gia hạn bản ghi của bản quét thật (nếu có), giấy tờ giả định và các tệp "
        "khác thường; kiểm tra từng bước; thử mọi cách sửa đổi; đo chi phí. Hạ tầng khóa chạy ngay trên máy này.",
    )
    one.add_argument("--scans", metavar="THƯ_MỤC", type=Path, help="bản quét thật (../shared/samples/scans nếu có)")
    one.add_argument("--read", action="store_true", help="đọc chữ các bản quét thật (lâu)")
    one.add_argument("--only", choices=PARTS, action="append", help="chỉ đo phần này; dùng được nhiều lần")
    one.add_argument("--sets", metavar="A,B", default=",".join(cases.SETS), help=f"trong số: {', '.join(cases.SETS)}")
    one.add_argument("--flavours", metavar="A,B", default=",".join(FLAVOURS), help=f"trong số: {', '.join(FLAVOURS)}")
    one.add_argument("--dossiers", metavar="N", type=int, default=_SEEDS, help=f"số hồ sơ giả định ({_SEEDS})")
    one.add_argument("--odd", metavar="N", type=int, help="chỉ N tệp khác thường đầu tiên")
    one.add_argument("--runs", metavar="N", type=int, default=_RUNS, help=f"số lần đo thời gian ({_RUNS})")
    one.add_argument("--pages", metavar="N", type=int, default=_LONG, help=f"số trang khi đo bộ nhớ ({_LONG})")
    one.add_argument("--quick", action="store_true", help="vài tệp, vài lần: chỉ để thử lệnh này")
    one.add_argument("--keep", metavar="THƯ_MỤC", type=Path, help="giữ mọi tệp PDF ở đây")
    one.add_argument("--json", metavar="TỆP", type=Path, help="ghi mọi số liệu")
    one.add_argument("--write", action="store_true", help="ghi kết quả vào docs/benchmarks-records.md")
    one.add_argument("--config", metavar="THƯ_MỤC", type=Path, default=bundled_folder(), help="cấu hình")


def main(asked: argparse.Namespace, parser: argparse.ArgumentParser, console: Console, root: Path) -> int:
    """Run it; returns the exit code."""
    plan = _plan(asked, parser, console, root)
    settings = load(asked.config)
    with tempfile.TemporaryDirectory(prefix="sohoa-bench-") as work:
        outcome = run(plan, settings, Path(work), console)
    _show(outcome, console)
    if asked.json:
        asked.json.write_text(report.as_json(outcome), encoding="utf-8")
    if asked.write:
        (root / "docs" / "benchmarks-records.md").write_text(report.as_markdown(outcome), encoding="utf-8")
    return 0


def run(plan: Plan, settings: Settings, work: Path, console: Console) -> Outcome:
    """Do what ``plan`` says in the empty folder ``work``."""
    load_before = os.getloadavg()[0]
    walk, costs = validity.Walk(), None
    attacks: tuple[Tried, ...] = ()
    good: tuple[Tried, ...] = ()
    with running(work / "pki") as pki, _progress(console) as bar:
        maker = Maker.of(pki, settings.legal)
        if "cost" in plan.parts:
            bar.add_task("cost", total=1)
            long = cases.long(plan.long, work / "long")
            short = cases.shorter(long, plan.short)
            costs = cost.measure(short.document, long.document, pki, maker, work, plan.runs)
        if "tampering" in plan.parts:
            attacks, good = _tampering(plan, settings, pki, maker, work, _counting(bar, "attacks"))
        if "validity" in plan.parts:
            step = _counting(bar, "documents")
            walk = validity.walk(
                _cases(plan, settings, work), maker, work, flavours=plan.flavours, keep=plan.keep, step=step
            )
    return Outcome(walk=walk, attacks=attacks, good=good, costs=costs, load=load_before)


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description:>14}"),
        SpinnerColumn(),
        TextColumn("{task.completed}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield bar


def _counting(bar: Progress, what: str) -> Callable[[], None]:
    task = bar.add_task(what, total=None)
    return lambda: bar.advance(task)


def _tampering(
    plan: Plan, settings: Settings, pki: Pki, maker: Maker, work: Path, step: Callable[[], None]
) -> tuple[tuple[Tried, ...], tuple[Tried, ...]]:
    """Attacks and good records, on drawn papers."""
    first, second = islice(cases.drawn((1,), work / "attacked", settings), 2)
    levels = ATTACKED if plan.few is None else ATTACKED[:1]
    attacks: list[Tried] = []
    for level in levels:
        attacks += islice(tampering.attacked((first, second), pki, maker, level, work, step), plan.few)
    if plan.few is None:
        return tuple(attacks), tuple(tampering.good([first], maker, work, step))
    few = tampering.good([first], maker, work, step, flavours=FLAVOURS[:1], levels=levels)
    return tuple(attacks), tuple(few)


def _cases(plan: Plan, settings: Settings, work: Path) -> Iterator[Case]:
    if cases.SCANS in plan.sets and plan.scans is not None:
        yield from islice(cases.scans(plan.scans, work / "scans", settings, read=plan.read), plan.few)
    if cases.DRAWN in plan.sets:
        yield from islice(cases.drawn(range(1, plan.seeds + 1), work / "drawn", settings), plan.few)
    if cases.ODD in plan.sets:
        yield from islice(cases.odd(work / "odd"), plan.few if plan.odd is None else plan.odd)


def _plan(asked: argparse.Namespace, parser: argparse.ArgumentParser, console: Console, root: Path) -> Plan:
    if min(asked.dossiers, asked.runs, asked.pages) < 1:
        parser.error("--dossiers, --runs, --pages phải từ 1 trở lên")
    sets = _chosen(asked.sets, cases.SETS, parser)
    scans = asked.scans or pages.folder_of_samples(root)
    if asked.scans is not None and not asked.scans.is_dir():
        parser.error(f"--scans: {asked.scans}")
    if cases.SCANS in sets and scans is None:
        console.print("scans: không có bản quét thật bên cạnh thư mục mã nguồn, bỏ qua", style="yellow")
    quick = asked.quick
    return Plan(
        parts=tuple(asked.only or PARTS),
        sets=sets,
        scans=scans,
        read=asked.read,
        seeds=1 if quick else asked.dossiers,
        odd=asked.odd,
        few=_QUICK if quick else None,
        flavours=_chosen(asked.flavours, FLAVOURS, parser),
        runs=1 if quick else asked.runs,
        short=1 if quick else min(_SHORT, asked.pages),
        long=3 if quick else asked.pages,
        keep=asked.keep,
    )


def _chosen(names: str, known: tuple[str, ...], parser: argparse.ArgumentParser) -> tuple[str, ...]:
    chosen = tuple(name.strip() for name in names.split(",") if name.strip())
    unknown = [name for name in chosen if name not in known]
    if unknown or not chosen:
        parser.error(f"'{names}': {', '.join(known)}")
    return chosen


def _show(outcome: Outcome, console: Console) -> None:
    for title, head, body in report.sections(outcome):
        console.print(tables.terminal(title, head, body))
    for line in report.facts(outcome):
        console.print(line)
