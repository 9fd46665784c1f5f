"""The command ``scripts/bench``."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import ocr, pages, report, tables
from benchmarks.bars import Outcome, bars_of
from benchmarks.engine import cli as engine
from benchmarks.engines import DEFAULT, ENGINES, Orders
from benchmarks.fields import cli as fields
from benchmarks.records import cli as records
from pipeline.settings import bundled_folder, load

ROOT = Path(__file__).resolve().parents[2]
_PAGES, _QUICK = 10, 2
_WIDTH = 120
"""Columns of the tables in a file or a pipe."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Đo phần mềm bên cạnh các công cụ khác.")
    kinds = parser.add_subparsers(dest="kind", metavar="VIỆC", required=True)
    one = kinds.add_parser(
        "ocr",
        help="đọc chữ: độ chính xác, cảnh báo, chi phí",
        description="Đọc cùng các trang bằng nhiều bộ máy trong một lần chạy và so với nội dung đúng: trang 1 của các "
        "bản quét thật có nội dung gõ tay (nếu có bên cạnh thư mục mã nguồn) và giấy tờ giả định dưới mọi điều kiện.",
    )
    one.add_argument("--engines", metavar="A,B", default=",".join(DEFAULT), help=f"trong số: {', '.join(ENGINES)}")
    one.add_argument("--sets", metavar="A,B", default="", help="samples và các điều kiện; mặc định: tất cả")
    one.add_argument("--pages", metavar="N", type=int, default=_PAGES, help=f"số trang mỗi điều kiện ({_PAGES})")
    one.add_argument("--quick", action="store_true", help=f"{_QUICK} trang mỗi điều kiện")
    one.add_argument("--turned", metavar="N", type=int, default=10, help="số giấy tờ quay bốn hướng (10)")
    one.add_argument("--jobs", metavar="N", type=int, default=2, help="số bộ máy chạy cùng lúc (2)")
    one.add_argument(
        "--only", choices=("reading", "geometry", "speed"), action="append", help="chỉ đo phần này; dùng được nhiều lần"
    )
    one.add_argument("--wrong", action="store_true", help="liệt kê từ sai")
    one.add_argument("--json", metavar="TỆP", type=Path, help="ghi mọi số liệu của từng trang")
    one.add_argument("--write", action="store_true", help="ghi kết quả vào docs/benchmarks.md")
    one.add_argument("--config", metavar="THƯ_MỤC", type=Path, default=bundled_folder(), help="cấu hình")
    fields.add_to(kinds)
    records.add_to(kinds)
    engine.add_to(kinds)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    if asked.kind == "fields":
        return fields.main(asked, parser, console, ROOT)
    if asked.kind == "records":
        return records.main(asked, parser, console, ROOT)
    if asked.kind == "engine":
        return engine.main(asked, parser, console, ROOT)
    plan = _plan(asked, parser, console)
    settings = load(asked.config)
    site = settings.site
    with tempfile.TemporaryDirectory(prefix="sohoa-bench-") as work:
        outcome = ocr.run(plan, Orders(site.reading, site.limits, settings.vocabulary), Path(work), console)
    _show(outcome, console, wrong=asked.wrong)
    if asked.json:
        asked.json.write_text(report.as_json(outcome), encoding="utf-8")
    if asked.write:
        (ROOT / "docs" / "benchmarks.md").write_text(report.as_markdown(outcome), encoding="utf-8")
    return 0


def _plan(asked: argparse.Namespace, parser: argparse.ArgumentParser, console: Console) -> ocr.Plan:
    every = (pages.SAMPLES, *pages.SETS)
    engines = _chosen(asked.engines, tuple(ENGINES), parser)
    sets = _chosen(asked.sets, every, parser) or every
    samples = pages.folder_of_samples(ROOT)
    if pages.SAMPLES in sets and samples is None:
        console.print("samples: không có bản quét thật bên cạnh thư mục mã nguồn, bỏ qua", style="yellow")
        sets = tuple(name for name in sets if name != pages.SAMPLES)
    if asked.pages < 1 or asked.turned < 1 or asked.jobs < 1 or not sets:
        parser.error("--pages, --turned, --jobs phải từ 1 trở lên, và phải có ít nhất một tập trang")
    parts = asked.only or ("reading", "geometry", "speed")
    return ocr.Plan(
        engines=engines if "reading" in parts else (),
        sets=sets,
        papers=_QUICK if asked.quick else asked.pages,
        turned=asked.turned,
        jobs=asked.jobs,
        geometry="geometry" in parts,
        speed="speed" in parts,
        samples=samples,
    )


def _chosen(names: str, known: Sequence[str], parser: argparse.ArgumentParser) -> tuple[str, ...]:
    chosen = tuple(name.strip() for name in names.split(",") if name.strip())
    unknown = [name for name in chosen if name not in known]
    if unknown:
        parser.error(f"không có '{unknown[0]}'; có: {', '.join(known)}")
    return chosen


def _show(outcome: Outcome, console: Console, *, wrong: bool) -> None:
    if wrong:
        body = [
            row
            for one in outcome.scored
            for row in tables.wrong_cells(f"{one.case.set}/{one.case.name}", one.engine, one.score.wrong)
        ]
        console.print(tables.terminal("Wrong words", tables.WRONG_HEAD, body, breaks=True))
    if outcome.rows:
        console.print(tables.terminal("Reading", tables.COLUMNS, tables.cells(outcome.rows), breaks=True))
        console.print(tables.LEGEND, style="dim")
    for line in report.facts(outcome):
        console.print(line)
    console.print(tables.terminal("Bars", tables.BAR_HEAD, tables.bar_cells(bars_of(outcome))))
