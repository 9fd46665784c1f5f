"""The command ``scripts/bench fields``."""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks import tables
from benchmarks.fields import figures, report
from benchmarks.fields.figures import Outcome, outcome_of
from benchmarks.fields.run import Plan, run
from benchmarks.fields.sources import FIRST_SEED
from pipeline import classify
from pipeline.classify import learned
from pipeline.settings import Settings, bundled_folder, load

_BESIDE = {"samples": "scans", "texts": "texts"}
"""Folders of the sets that are no part of the project."""
SETS = ("samples", "dossiers", "stacks", "texts")
_DOSSIERS, _STACKS, _PAGES = 30, 6, 40


def add_to(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    one = kinds.add_parser(
        "fields",
        help="loại giấy tờ, chỗ bắt đầu giấy tờ, trường dữ liệu",
        description="Đọc và hiểu bản quét thật (nếu có bên cạnh thư mục mã nguồn), hồ sơ và chồng giấy giả định, văn "
        "bản và biểu mẫu; so loại giấy tờ, chỗ cắt và từng trường với nội dung đúng.",
    )
    one.add_argument("--sets", metavar="A,B", default=",".join(SETS), help=f"trong số: {', '.join(SETS)}")
    one.add_argument("--dossiers", metavar="N", type=int, default=_DOSSIERS, help=f"số hồ sơ ({_DOSSIERS})")
    one.add_argument("--stacks", metavar="N", type=int, default=_STACKS, help=f"số chồng giấy ({_STACKS})")
    one.add_argument("--pages", metavar="N", type=int, default=_PAGES, help=f"số trang mỗi chồng ({_PAGES})")
    one.add_argument("--seed", metavar="S", type=int, default=FIRST_SEED, help=f"hạt giống đầu tiên ({FIRST_SEED})")
    one.add_argument("--jobs", metavar="N", type=int, default=2, help="số trang đọc cùng lúc (2)")
    one.add_argument("--keep", metavar="THƯ_MỤC", type=Path, help="giữ kết quả đọc chữ ở đây để lần sau dùng lại")
    one.add_argument("--wrong", action="store_true", help="liệt kê trường sai mà không bị đánh dấu, và chỗ cắt sai")
    one.add_argument("--all-wrong", action="store_true", help="liệt kê cả trường trống và trường sai đã bị đánh dấu")
    one.add_argument("--json", metavar="TỆP", type=Path, help="ghi mọi số liệu")
    one.add_argument("--write", action="store_true", help="ghi kết quả vào docs/benchmarks-fields.md")
    one.add_argument("--config", metavar="THƯ_MỤC", type=Path, default=bundled_folder(), help="cấu hình")


def main(asked: argparse.Namespace, parser: argparse.ArgumentParser, console: Console, root: Path) -> int:
    """Run it; returns the exit code."""
    settings = load(asked.config)
    plan = _plan(asked, parser, console, root)
    with tempfile.TemporaryDirectory(prefix="sohoa-bench-") as work:
        outcome = outcome_of(run(plan, _knowledge(settings), Path(work), console))
    _show(outcome, settings, asked, console)
    if asked.json:
        asked.json.write_text(report.as_json(outcome, settings.types), encoding="utf-8")
    if asked.write:
        page = root / "docs" / "benchmarks-fields.md"
        page.write_text(report.as_markdown(outcome, settings.types), encoding="utf-8")
    return 0


def _knowledge(settings: Settings) -> classify.Knowledge:
    model = learned.current(settings.site.data, bundled_folder())
    return classify.Knowledge(settings, datetime.now(UTC).date(), model)


def _plan(asked: argparse.Namespace, parser: argparse.ArgumentParser, console: Console, root: Path) -> Plan:
    sets = tuple(name.strip() for name in asked.sets.split(",") if name.strip())
    unknown = [name for name in sets if name not in SETS]
    if unknown:
        parser.error(f"không có '{unknown[0]}'; có: {', '.join(SETS)}")
    if min(asked.dossiers, asked.stacks, asked.pages, asked.jobs) < 1:
        parser.error("--dossiers, --stacks, --pages, --jobs phải từ 1 trở lên")
    beside = root.parent / "shared" / "samples"
    there = {name: beside / folder for name, folder in _BESIDE.items() if (beside / folder).is_dir()}
    for name in _BESIDE:
        if name in sets and name not in there:
            console.print(f"{name}: không có bên cạnh thư mục mã nguồn, bỏ qua", style="yellow")
    return Plan(
        sets=sets,
        dossiers=asked.dossiers,
        stacks=asked.stacks,
        pages=asked.pages,
        jobs=asked.jobs,
        samples=there.get("samples"),
        texts=there.get("texts"),
        keep=asked.keep,
        seed=asked.seed,
    )


def _show(outcome: Outcome, settings: Settings, asked: argparse.Namespace, console: Console) -> None:
    drawn = [one for one in outcome.fields if one.source.set in figures.DRAWN]
    tables_shown = (
        ("Fields by type, drawn papers", report.FIELDS_HEAD, report.field_cells(drawn, by_type=True)),
        ("Fields by set", ("set", *report.FIELDS_HEAD[1:]), report.field_cells(outcome.fields, by_type=False)),
        ("Types", report.TYPES_HEAD, report.type_cells(outcome)),
        ("How sure, how right", report.RELIABILITY_HEAD, report.reliability_cells(outcome)),
        ("Starts", report.STARTS_HEAD, report.start_cells(outcome)),
        ("Bars", tables.BAR_HEAD, tables.bar_cells(figures.bars_of(outcome, settings.types))),
    )
    if asked.wrong or asked.all_wrong:
        body = report.wrong_cells(outcome.fields, everything=asked.all_wrong)
        console.print(tables.terminal("Wrong", report.WRONG_HEAD, body))
        for line in report.split_lines(outcome):
            console.print(line)
    for title, head, body in tables_shown:
        if body:
            console.print(tables.terminal(title, head, body, breaks=title.startswith("Fields")))
