"""``sohoa services``: object store, broker, worker and sweeper of this machine; what is elsewhere is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import click
from rich.markup import escape

from pipeline import services as parts
from pipeline.cli import base
from pipeline.cli.base import Site, echo_json, err, headed, json_option, out, pass_site, t
from pipeline.errors import BrokerDown, DatabaseDown, ServiceFailed, StoreDown
from pipeline.services import Status

_CODES = {
    "store": StoreDown.exit_code,
    "database": DatabaseDown.exit_code,
    "broker": BrokerDown.exit_code,
}


def _name(part: str) -> str:
    names = {
        "store": t("kho", "store"),
        "database": t("cơ sở dữ liệu", "database"),
        "broker": t("hàng đợi", "broker"),
        "worker": t("xử lý", "worker"),
        "sweeper": t("trông việc", "sweeper"),
    }
    return names[part]


only_option = click.option(
    "--only",
    "names",
    multiple=True,
    type=click.Choice(parts.PARTS),
    help=t("Chỉ phần này (dùng được nhiều lần).", "Only this part (may be given several times)."),
)


@click.group(
    help=t(
        "Các dịch vụ trên máy này: kho, hàng đợi, tiến trình xử lý, tiến trình trông việc.",
        "The services of this machine: object store, broker, worker, sweeper.",
    )
)
def services() -> None:
    """Services of this machine."""


@services.command(
    name="up",
    help=t(
        "Khởi động những phần chưa chạy; kho, hàng đợi, cơ sở dữ liệu ở nơi khác chỉ được hỏi thử.",
        "Start what does not run; store, broker and database that are elsewhere are only asked for an answer.",
    ),
)
@only_option
@json_option
@pass_site
def services_up(site: Site, names: tuple[str, ...], as_json: bool) -> int:
    """Start the parts one after the other, each when the one before it answers."""

    def ready(status: Status) -> None:
        if status.name == "store":
            site.index.ensure(site.repository)

    settings = site.settings
    return _show(parts.up_all(settings.site, settings.folder, names or parts.PARTS), as_json=as_json, then=ready)


@services.command(
    name="down",
    help=t(
        "Dừng; dữ liệu còn nguyên, việc đang làm dở được làm tiếp khi chạy lại.",
        "Stop; the data stay, work that was begun goes on when they are up again.",
    ),
)
@only_option
@json_option
@pass_site
def services_down(site: Site, names: tuple[str, ...], as_json: bool) -> None:
    """Stop the parts in reverse order."""
    settings = site.settings
    _show(parts.down_all(settings.site, settings.folder, names or parts.PARTS), as_json=as_json)


@services.command(
    name="status", help=t("Xem tình trạng; mã thoát 0 khi mọi thứ ổn.", "Show the state; 0 if all is well.")
)
@only_option
@json_option
@pass_site
def services_status(site: Site, names: tuple[str, ...], as_json: bool) -> int:
    """Show how each part stands; the exit code is that of the first that is not well."""
    settings = site.settings
    return _show(parts.status_all(settings.site, settings.folder, names or parts.PARTS), as_json=as_json)


def _show(found: Iterable[Status], *, as_json: bool, then: Callable[[Status], None] = lambda _status: None) -> int:
    """Show the parts as they come; the exit code of the first that is not well.

    A table is shown also when one of them ends in an error, with those before it.
    """
    seen: list[Status] = []
    try:
        for status in found:
            seen.append(status)
            then(status)
    finally:
        if as_json:
            echo_json([_shape(status) for status in seen])
        else:
            _print(seen)
    return next((_CODES.get(status.name, ServiceFailed.exit_code) for status in seen if not status.well), 0)


def _print(seen: list[Status]) -> None:
    table = headed("Phần|Tình trạng|Tiến trình|Từ lúc|Địa chỉ", "Part|State|Process|Since|Address")
    for status in seen:
        colour = "green" if status.well else "yellow" if status.running else "red"
        table.add_row(
            _name(status.name),
            f"[{colour}]{_state(status)}[/]",
            str(status.pid or ""),
            f"{datetime.fromtimestamp(status.since):%d/%m/%Y %H:%M:%S}" if status.since else "",
            escape(status.endpoint),
        )
    out.print(table)
    for status in seen:
        for finding in status.findings:
            err.print(
                f"[yellow]![/] {escape(finding.where)}: {escape(finding.message.say(base.language))}", soft_wrap=True
            )


def _state(status: Status) -> str:
    if status.bundled:
        return t("chạy", "running") if status.running else t("không chạy", "down")
    return t("trả lời", "answers") if status.running else t("không trả lời", "no answer")


def _shape(status: Status) -> dict[str, object]:
    return {
        "name": status.name,
        "bundled": status.bundled,
        "running": status.running,
        "well": status.well,
        "pid": status.pid,
        "since": datetime.fromtimestamp(status.since).astimezone().isoformat(timespec="seconds")
        if status.since
        else None,
        "endpoint": status.endpoint,
        "log": str(status.log) if status.log else None,
        "findings": [
            {"rule": one.rule, "where": one.where, "message": one.message.say(base.language)} for one in status.findings
        ],
    }
