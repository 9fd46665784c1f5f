"""The command ``scripts/make_samples``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import SohoaError, from_os_error
from samples.conditions import CONDITIONS, UnknownCondition
from samples.dossier import draw_dossier
from samples.stacks import draw_stack


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make_samples",
        description="Vẽ hồ sơ giả định để thử phần mềm: tệp quét trong scans/, nội dung đúng của từng trang trong "
        "truth/. Người, xã phường, con dấu và số giấy tờ đều không có thật.",
        usage="scripts/make_samples THƯ_MỤC [--dossiers N] [--seed S] [--conditions A,B,…]\n"
        "       scripts/make_samples THƯ_MỤC --stacks N [--pages P] [--duplex] [--separators] [--seed S] | --list",
        add_help=False,
    )
    named = parser.add_argument_group("tham số")
    named.add_argument(
        "out", metavar="THƯ_MỤC", type=Path, nargs="?", help="nơi ghi: THƯ_MỤC/dossier-001, dossier-002 …"
    )
    named.add_argument("--dossiers", metavar="N", type=int, default=2, help="số hồ sơ (mặc định 2)")
    named.add_argument(
        "--seed",
        metavar="S",
        type=int,
        default=1,
        help="hạt giống (mặc định 1): cùng hạt giống thì cùng hồ sơ; hồ sơ thứ k dùng S + k - 1",
    )
    named.add_argument(
        "--conditions", metavar="A,B,…", default="", help="áp các điều kiện này cho mọi trang quét thay cho mặc định"
    )
    named.add_argument(
        "--stacks",
        metavar="N",
        type=int,
        default=0,
        help="thay cho hồ sơ: N chồng giấy tờ lẫn lộn của nhiều hồ sơ, mỗi chồng một tệp PDF",
    )
    named.add_argument("--pages", metavar="P", type=int, default=30, help="số trang mỗi chồng (mặc định 30)")
    named.add_argument("--duplex", action="store_true", help="chồng quét hai mặt, có mặt sau trắng")
    named.add_argument("--separators", action="store_true", help="có tờ phân cách giữa các giấy tờ trong chồng")
    named.add_argument("--list", action="store_true", help="liệt kê các điều kiện rồi thoát")
    named.add_argument("-h", "--help", action="help", help="in hướng dẫn này rồi thoát")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.list:
        width = max(map(len, CONDITIONS))
        for condition in CONDITIONS.values():
            print(f"{condition.name:<{width}}  {condition.what}")
        return 0
    if asked.out is None:
        parser.error("thiếu THƯ_MỤC")
    if asked.dossiers < 1:
        parser.error("--dossiers phải từ 1 trở lên")
    if min(asked.pages, asked.stacks + 1) < 1:
        parser.error("--pages phải từ 1, --stacks từ 0 trở lên")
    names = [name.strip() for name in asked.conditions.split(",") if name.strip()] or None
    try:
        for number in range(1, asked.stacks + 1):
            folder, seed = asked.out / f"stack-{number:03d}", asked.seed + number - 1
            print(draw_stack(seed, folder, asked.pages, blanks=asked.duplex, separators=asked.separators))
        for number in range(1, 1 if asked.stacks else asked.dossiers + 1):
            print(draw_dossier(asked.seed + number - 1, asked.out / f"dossier-{number:03d}", names))
    except UnknownCondition as unknown:
        parser.error(str(unknown))
    except OSError as error:
        return _fail(from_os_error(error, str(asked.out)))
    except SohoaError as error:
        return _fail(error)
    return 0


def _fail(error: SohoaError) -> int:
    print(error.text.vi, file=sys.stderr)
    return error.exit_code
