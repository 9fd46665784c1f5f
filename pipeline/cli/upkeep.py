"""Commands about the installation itself: ``keys``, ``doctor``, ``init``."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from pipeline import doctor as examination
from pipeline import packaging
from pipeline.cli import base, shapes
from pipeline.cli.base import Site, echo_json, json_option, out, pass_site, pin_option, t
from pipeline.errors import ConfigError
from pipeline.settings import bundled_folder

_LEARNED = ("*.npz", "*.xz")
"""What was learned of types comes with the program and is no configuration."""
_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "bad": "[red]✗[/]"}


@click.group(help=t("Khóa ký số.", "Signing keys."))
def keys() -> None:
    """Signing keys."""


@keys.command(
    name="demo",
    help=t(
        "Tạo khóa THỬ NGHIỆM (không có giá trị pháp lý) ở nơi site.yaml chỉ.",
        "Make DEMO keys (without legal value) where site.yaml says.",
    ),
)
@click.option("--officer", default="Nguyễn Thị Thử", help=t("Tên cán bộ trong chứng thư thử.", "Officer's name."))
@click.option("--replace", is_flag=True, help=t("Thay khóa thử đã có.", "Replace the demo keys that are there."))
@pass_site
def keys_demo(site: Site, officer: str, replace: bool) -> None:
    """Make a small PKI of its own for trying out."""
    configured = site.settings.site.keys
    officer_file, agency_file = configured.officer.p12, configured.agency.p12
    folder = officer_file.parent if officer_file is not None else Path()
    if (officer_file, agency_file) != (folder / "officer.p12", folder / "agency.p12"):
        raise ConfigError(
            file=site.settings.folder / "site.yaml",
            line=0,
            what=t("keys không chỉ vào khóa thử", "keys do not name the demo keys"),
            hint="officer.p12, agency.p12",
        )
    packaging.make_demo_keys(folder, officer, site.settings.site.agency.name, replace=replace)
    out.print(t("Khóa thử nghiệm", "Demo keys") + f": {folder}", soft_wrap=True)


@keys.command(
    name="check",
    help=t(
        "Thử mở hai khóa (hỏi PIN nếu cần), hỏi tình trạng chứng thư, thử từng nơi cấp dấu thời gian; không ký gì.",
        "Try both keys (asking for PINs), their certificates and every time-stamping authority; nothing is signed.",
    ),
)
@json_option
@pin_option
@pass_site
def keys_check(site: Site, as_json: bool) -> int:
    """Say whether signing would work, and what would be refused."""
    return _report(list(examination.signing(site.settings, site.now(), site.pin)), as_json=as_json)


@click.command(
    help=t(
        "Kiểm tra chương trình, ngôn ngữ, phông chữ, khóa, kho, chỉ mục.", "Check programs, fonts, keys, store, index."
    )
)
@json_option
@pass_site
def doctor(site: Site, as_json: bool) -> int:
    """Look the installation over; the exit code is that of the first thing out of order."""
    return _report(list(examination.examine(site.settings, site.now())), as_json=as_json)


def _report(checks: list[examination.Check], *, as_json: bool) -> int:
    """Show what was looked at; the exit code is that of the first thing out of order."""
    bad = [check.error for check in checks if check.level == "bad" and check.error is not None]
    if as_json:
        echo_json(
            [
                {
                    "name": check.name.say(base.language),
                    "level": check.level,
                    "detail": check.detail.say(base.language),
                    "error": shapes.error_shape(check.error) if check.error else None,
                }
                for check in checks
            ]
        )
    else:
        table = Table(show_header=False, box=None)
        for check in checks:
            fix = f"\n[dim]{escape(check.fix.say(base.language))}[/]" if check.error else ""
            table.add_row(
                _MARKS[check.level], check.name.say(base.language), escape(check.detail.say(base.language)) + fix
            )
        out.print(table)
    return bad[0].exit_code if bad else 0


@click.command(
    help=t(
        "Tạo thư mục với cấu hình có chú giải để bắt đầu.",
        "Make a folder with a commented configuration to start from.",
    )
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Copy the configuration that comes along into a new folder."""
    target = folder / "config"
    if target.exists():
        raise ConfigError(
            file=target,
            line=0,
            what=t("đã có cấu hình ở đây", "there is a configuration here already"),
            hint=t("Chọn thư mục khác.", "Choose another folder."),
        )
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(bundled_folder(), target, ignore=shutil.ignore_patterns(*_LEARNED))
    option = f"sohoa --config {folder}"
    out.print(t("Cấu hình", "Configuration") + f": {target}", soft_wrap=True)
    out.print(t("Sửa site.yaml (cơ quan, kho, khóa), rồi:", "Edit site.yaml (agency, store, keys), then:"))
    for step in ("keys demo", "services up", "doctor"):
        out.print(f"  {option} {step}", soft_wrap=True)
