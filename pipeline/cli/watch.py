"""``watch``: folders that scanners drop files into."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
import psutil
from rich.markup import escape

from pipeline.cli.base import Site, echo_json, err, json_option, out, pass_site, t
from pipeline.dossier import Text
from pipeline.errors import ConfigError, NotFound
from pipeline.settings import WatchedFolder
from pipeline.work.area import open_area
from pipeline.work.inspecting import Inspector
from pipeline.work.watch import Means, Round, Watch

_PATIENCE = 30.0


@click.command(
    help=t(
        "Nhận tệp mà máy quét thả vào thư mục (SMB, FTP); không nêu thư mục: các thư mục ở mục watch của site.yaml.",
        "Take the files that scanners drop into a folder (SMB, FTP); no folder given: those of watch in site.yaml.",
    )
)
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--dossier", default="", help=t("Mã hồ sơ cho tệp chưa rõ hồ sơ.", "Dossier code of files without one."))
@click.option("--procedure", default="", help=t("Mã thủ tục hành chính.", "Procedure code."))
@click.option(
    "--once", is_flag=True, help=t("Nhận những tệp đang có rồi kết thúc.", "Take the files there are, then end.")
)
@click.option(
    "--anew",
    is_flag=True,
    help=t(
        "Coi là thư mục mới: bỏ dấu của nơi theo dõi trước (ổ mới, máy mới).",
        "Take it for a new folder: forget who watched it before (new disk, new machine).",
    ),
)
@json_option
@pass_site
def watch(site: Site, folder: Path | None, dossier: str, procedure: str, once: bool, anew: bool, as_json: bool) -> int:
    """Watch folders until told to stop, or with ``--once`` take what is there."""
    chosen = _folders(site, folder, dossier, procedure)
    ledger, settings = site.ledger, site.settings
    with _scratch(settings.site.data / "watch") as scratch, _inspector(site) as inspector:
        means = Means(
            ledger=ledger,
            area=open_area(settings.site),
            bell=site.bell,
            inspector=inspector,
            codes=settings.codes,
            megabytes=settings.site.limits.megabytes,
            scratch=scratch,
            tell=_say,
        )
        watches = [Watch(one, means, anew=anew) for one in chosen]
        for one in watches:
            err.print(t(f"Theo dõi {escape(str(one.folder))}", f"Watching {escape(str(one.folder))}"), soft_wrap=True)
        result = _all(watches, once=once)
    if as_json:
        echo_json({"taken": result.taken, "moved": result.moved, "left": result.waiting, "in_work": result.held})
    else:
        done = (result.taken, result.moved, result.held)
        vi = "Đã nhận {} tệp, chuyển {} tệp đã xong; {} tệp đang được xử lý."
        en = "Took {} files, moved {} that are done; {} are being worked on."
        out.print(t(vi.format(*done), en.format(*done)))
    return 0


def _folders(site: Site, folder: Path | None, dossier: str, procedure: str) -> tuple[WatchedFolder, ...]:
    """The folders to watch: that given, with what ``site.yaml`` says of it, else all of ``site.yaml``."""
    known = site.settings.site.watch
    changes = {key: value for key, value in (("dossier", dossier), ("procedure", procedure)) if value}
    if folder is None:
        if not known:
            hint = t("Nêu thư mục: sohoa watch DIR", "Name a folder: sohoa watch DIR")
            raise ConfigError(file="site.yaml", line=0, what="watch", hint=hint)
        return tuple(one.model_copy(update=changes) for one in known)
    if not folder.is_dir():
        raise NotFound(name=folder.name, what=t("không có thư mục", "no such folder"))
    place = Path(os.path.abspath(folder))  # noqa: PTH100 - a link stays the link it is
    settings = next((one for one in known if one.folder == place), WatchedFolder(folder=place))
    return (settings.model_copy(update=changes),)


def _inspector(site: Site) -> Inspector:
    settings = site.settings.site
    return Inspector(settings.reading, settings.limits, 1, site.settings.vocabulary)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder for copies of our own; those of watchers that were killed are cleared away."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.iterdir():
        if left.name.isdecimal() and not psutil.pid_exists(int(left.name)):
            shutil.rmtree(left, ignore_errors=True)
    own = folder / str(os.getpid())
    own.mkdir(exist_ok=True, mode=0o700)
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _say(text: Text) -> None:
    err.print(f"[yellow]![/] {escape(t(text.vi, text.en))}", soft_wrap=True)


def _all(watches: list[Watch], *, once: bool) -> Round:
    """Watch all folders side by side: a share that hangs must not hold up the others.

    Raises:
        SohoaError: of the first that cannot go on; the others are told to stop.
    """
    stop, failed = threading.Event(), list[BaseException]()
    results: list[Round] = []

    def run(one: Watch) -> None:
        try:
            results.append(one.run(stop, once=once))
        except BaseException as error:
            failed.append(error)
            stop.set()

    with _stopped_by_signals(stop):
        threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in watches]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and not stop.wait(0.2):
            pass
        for thread in threads:
            thread.join(_PATIENCE)  # one may hang on a share that is away; what it is at may be broken off at any time
    if failed:
        raise failed[0]
    return Round(*(sum(values) for values in zip(*map(_numbers, results), strict=True))) if results else Round()


def _numbers(result: Round) -> tuple[int, int, int, int]:
    return result.taken, result.moved, result.waiting, result.held


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """End in an orderly way when told to: Ctrl-C, or the system's word."""

    def heard(_number: int, _frame: FrameType | None) -> Any:
        stop.set()

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
