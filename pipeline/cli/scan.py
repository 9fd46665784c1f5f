"""``scan``: paper from the scanner straight into a dossier."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.markup import escape

from pipeline.capture import scanner
from pipeline.capture.scanner import Colours, Feed, Order
from pipeline.cli import intake
from pipeline.cli.base import Site, echo_json, err, headed, json_option, out, pass_site, pin_option, t, tell
from pipeline.cli.terms import dossier_options
from pipeline.errors import PagesMissing, ScannerFailed, ScannerMissing, SohoaError, from_os_error


@click.command(
    help=t(
        "Quét giấy từ máy quét (SANE) rồi số hóa ngay vào hồ sơ, như `sohoa run`.",
        "Scan paper with a scanner (SANE) and digitise it into a dossier, as `sohoa run` does.",
    )
)
@click.option("--list", "only_list", is_flag=True, help=t("Liệt kê máy quét.", "List the scanners."))
@click.option("--device", default="", metavar="NAME", help=t("Máy quét (xem --list).", "The scanner (see --list)."))
@click.option(
    "--source",
    "feed",
    type=click.Choice([feed.value for feed in Feed]),
    default=Feed.FEEDER.value,
    help=t("Khay nạp, khay nạp hai mặt, hoặc mặt kính.", "Feeder, feeder on both sides, or glass."),
)
@click.option(
    "--colour", "colours", flag_value="colour", default="colour", help=t("Màu (mặc định).", "Colour (default).")
)
@click.option("--grey", "colours", flag_value="grey", help=t("Thang xám.", "Grey."))
@click.option("--bw", "colours", flag_value="bw", help=t("Đen trắng.", "Black and white."))
@click.option("--dpi", type=click.IntRange(75, 1200), default=300, show_default=True)
@click.option(
    "--pages",
    "wanted",
    type=click.IntRange(1, 10_000),
    help=t(
        "Số trang phải có (hai mặt: mỗi mặt một trang); khác thì không lưu gì.",
        "Pages there have to be (duplex: each side is one); nothing is kept when they differ.",
    ),
)
@dossier_options(required=False)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=t("Ghi bản quét (PDF) vào thư mục này; không có --dossier thì chỉ quét.", "Write the scan (PDF) there, too."),
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=t("Khi hỏng giữa chừng: để các trang đã quét ở đây để xem.", "Leave pages here to look at when it fails."),
)
@json_option
@pin_option
@pass_site
def scan(
    site: Site,
    only_list: bool,
    device: str,
    feed: str,
    colours: str,
    dpi: int,
    wanted: int | None,
    code: str,
    procedure: str,
    owner: str,
    kind: str,
    accept: bool,
    override: str,
    output: Path | None,
    keep: Path | None,
    as_json: bool,
) -> int:
    """Scan the papers of a dossier, or list the scanners."""
    if only_list:
        _list(as_json)
        return 0
    if not output and not (code and procedure):
        vi, en = "cần --dossier và --procedure, hoặc --output", "give --dossier and --procedure, or --output"
        raise click.UsageError(t(vi, en))
    limits = site.settings.site.limits
    order = Order(device or _first(), Feed(feed), Colours(colours), dpi, limits.seconds_page, limits.pages)
    wanted = wanted or _asked(order.feed)
    folder = site.settings.site.data / "scans"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    scanned = folder / f"scan-{site.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}.pdf"
    with tempfile.TemporaryDirectory(dir=folder, prefix="pages-") as scratch, _left(Path(scratch), keep):
        count = _all_pages(order, Path(scratch), wanted)
        draft = Path(scratch) / "bound.pdf"
        scanner.bind(scanner.pages(Path(scratch)), draft)
        draft.rename(scanned)
    err.print(t(f"Đã quét {count} trang.", f"{count} pages scanned."))
    if output:
        copy = _copied(scanned, output)
        if as_json and not code:
            echo_json({"file": str(copy), "pages": count})
        elif not as_json:
            out.print(escape(str(copy)), soft_wrap=True)
    if not code:
        scanned.unlink()
        return 0
    given = {"code": code, "procedure": procedure, "owner": owner, "kind": kind}
    return _digitised(scanned, **given, accept=accept, override=override, as_json=as_json)


def _digitised(scanned: Path, **given: object) -> int:
    """Take the scan the way of ``sohoa run``; it is left where it is unless all went well."""
    done = False
    try:
        status: int = click.get_current_context().invoke(intake.run, paths=(scanned,), **given)
        done = status == 0
    finally:
        if done:
            scanned.unlink()  # the record is stored, or a copy is with the papers that wait for a person
        else:
            name = escape(str(scanned))
            vi = f"Bản quét còn ở {name}: không phải quét lại, dùng `sohoa run`."
            err.print(t(vi, f"The scan is kept: `sohoa run {name}`."), soft_wrap=True)
    return status


def _list(as_json: bool) -> None:
    found = scanner.devices()
    if as_json:
        echo_json([asdict(device) for device in found])
        return
    if not found:
        raise ScannerMissing(what=t("không máy nào trả lời", "none answers"))
    table = headed("Máy (--device)|Hãng|Kiểu|Loại", "Device (--device)|Maker|Model|Kind")
    for device in found:
        table.add_row(*map(escape, (device.name, device.vendor, device.model, device.kind)))
    out.print(table)


def _first() -> str:
    found = scanner.devices()
    if not found:
        raise ScannerMissing(what=t("không máy nào trả lời", "none answers"))
    if len(found) > 1:
        name = escape(found[0].name)
        err.print(t(f"Dùng máy {name}; chọn máy khác bằng --device.", f"Using {name}; another one with --device."))
    return found[0].name


def _somebody_there() -> bool:
    return sys.stdin.isatty()


def _asked(feed: Feed) -> int:
    """The number of pages counted by hand, where there is somebody to ask; 0: unknown."""
    if not _somebody_there():
        return 0
    question = t("Số trang đã đếm (0: không kiểm)", "Pages counted (0: no check)")
    if feed is Feed.DUPLEX:
        question = t("Số tờ đã đếm (0: không kiểm)", "Sheets counted (0: no check)")
    counted: int = click.prompt(question, type=click.IntRange(0, 10_000), err=True)
    return counted * (2 if feed is Feed.DUPLEX else 1)


def _all_pages(order: Order, folder: Path, wanted: int) -> int:
    """Scan until all is there, going on after a fault as often as the person at the scanner wants.

    Raises:
        PagesMissing: another number than wanted; ScannerFailed and the like: nobody wants to go on.
    """
    while True:
        try:
            count = _scanned(order, folder)
        except ScannerFailed as error:
            if not _go_on(error, len(scanner.pages(folder))):
                raise
            continue
        if order.feed is not Feed.FLATBED or not _another(count, wanted):
            break
    if wanted and count != wanted:
        raise PagesMissing(found=count, wanted=wanted)
    return count


def _scanned(order: Order, folder: Path) -> int:
    if order.feed is Feed.FLATBED and _somebody_there():
        page = len(scanner.pages(folder)) + 1
        vi, en = f"Đặt trang {page} lên mặt kính rồi nhấn Enter", f"Lay page {page} on the glass and press Enter"
        click.prompt(t(vi, en), default="", show_default=False, err=True)
    with err.status(t("Đang quét …", "Scanning …")) as status:

        def report(page: int, done: float) -> None:
            status.update(t(f"Đang quét trang {page}: {done:.0%}", f"Scanning page {page}: {done:.0%}"))

        return len(scanner.scan(order, folder, report))


def _another(count: int, wanted: int) -> bool:
    if not _somebody_there():
        return False
    if wanted:
        return count < wanted
    return click.confirm(t("Còn trang nữa không", "Another page"), default=False, err=True)


def _go_on(error: SohoaError, count: int) -> bool:
    """Whether to go on after a fault; pages that came through are not scanned again."""
    if not _somebody_there():
        return False
    tell(error)
    vi = f"Đã có {count} trang. Gỡ giấy, đặt lại các tờ chưa quét; quét tiếp từ trang {count + 1}"
    en = f"{count} pages are there. Put the sheets not scanned yet back; go on with page {count + 1}"
    return click.confirm(t(vi, en), default=True, err=True)


# -- files that stay --------------------------------------------------------------------------------------------


@contextmanager
def _left(scratch: Path, keep: Path | None) -> Iterator[None]:
    """Leave scanned pages where they can be looked at, when it was asked for and scanning comes to nothing."""
    try:
        yield
    except SohoaError:
        found = scanner.pages(scratch)
        if keep is not None and found:
            for page in found:
                _copied(page, keep)
            name = escape(str(keep))
            err.print(t(f"Các trang đã quét: {name}", f"Pages scanned: {name}"), soft_wrap=True)
        raise


def _copied(path: Path, folder: Path) -> Path:
    """A copy in ``folder`` under a name that nothing has there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, 10_000):
            target = folder / (path.name if number == 1 else f"{path.stem} ({number}){path.suffix}")
            try:
                with path.open("rb") as source, target.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
            except FileExistsError:
                continue
            return target
    except OSError as error:
        raise from_os_error(error, folder.name) from error
    return path
