"""Scanners, through SANE's ``scanimage``: which there are, pages from feeder or glass, one PDF of them without loss."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import img2pdf
import pikepdf

from pipeline import programs
from pipeline.capture.streaming import Ended, stream
from pipeline.errors import ProgramFailed, ScannerFailed, ScannerMissing, TooManyPages

_PROGRAM = "scanimage"
_LIST_SECONDS, _OPTIONS_SECONDS, _WARM_UP_SECONDS = 90.0, 60.0, 60.0
_A4 = {"-x": 210.0, "-y": 297.0, "--page-width": 210.0, "--page-height": 297.0}
_OPTION = re.compile(r"^ {4}(?P<name>--?[a-z0-9-]+)(?:\[=\((?P<switch>.*?)\)\]| (?P<values>.*?)) \[(?P<now>[^][]*)\]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SCANNED = re.compile(r"Scanned page (\d+)\. \(scanner status = 5\)")
_TOLD = re.compile(r"scanimage: (sane_\w+:|open of device)")
"""What counts: backends are noisy when they end."""
_PROGRESS = re.compile(r"Progress: (\d+(?:\.\d+)?)%")
_LONGEST_NAME = 200
_AT_ONCE = 100
"""Files joined in one go: each is kept open."""
_FAULTS = (
    ("out of documents", "khay nạp không có giấy / the feeder is empty"),
    ("double|multi.?feed", "kéo hai tờ một lúc / double feed"),
    ("jammed", "kẹt giấy / paper jam"),
    ("cover is open", "nắp máy đang mở / the cover is open"),
    ("busy", "máy đang bận việc khác / the scanner is busy"),
    ("access.*denied", "không có quyền dùng máy / no permission to use it"),
    ("device i/o", "mất liên lạc với máy (dây, nguồn, mạng) / lost touch with it (cable, power, network)"),
    ("out of memory|insufficient memory", "máy hết bộ nhớ, quét ở độ phân giải thấp hơn / out of memory, scan coarser"),
    ("cancell?ed", "bị hủy ở máy / cancelled at the scanner"),
    ("warming up", "đèn đang nóng lên, chờ một lát / the lamp is warming up, wait a little"),
    ("not supported|unsupported", "máy không làm được việc này / the scanner cannot do this"),
)
"""What SANE says (``sane_strstatus``) and what is told."""


class Feed(StrEnum):
    """Where the paper comes from."""

    FEEDER = "feeder"
    DUPLEX = "duplex"
    FLATBED = "flatbed"


class Colours(StrEnum):
    """What is kept of the colours."""

    COLOUR = "colour"
    GREY = "grey"
    BLACK = "bw"


_FEEDS = {
    Feed.DUPLEX: ("duplex|both sides|two.?sided",),
    Feed.FEEDER: ("(?=.*front)(?=.*(adf|feeder))", "^(?!.*(duplex|back|both)).*(adf|feeder)", "adf|feeder"),
    Feed.FLATBED: ("flat.?bed|platen|glass|document table", "^normal$"),
}
_MODES = {
    Colours.COLOUR: ("^(24.?bit.?)?colou?r$", "^(24.?bit.?)?colou?r"),
    Colours.GREY: ("^(8.?bit.?)?gr[ae]y(scale)?$", "gr[ae]y"),
    Colours.BLACK: ("line.?art|binary|threshold", "^black ?& ?white|^mono|^1.?bit"),
}


@dataclass(frozen=True, slots=True)
class Device:
    """A scanner as SANE names it."""

    name: str
    vendor: str
    model: str
    kind: str


@dataclass(frozen=True, slots=True)
class Order:
    """What to scan, and how. ``seconds_page`` is how long one page may take, ``most`` when to stop feeding."""

    device: str
    feed: Feed = Feed.FEEDER
    colours: Colours = Colours.COLOUR
    dpi: int = 300
    seconds_page: float = 120.0
    most: int = 1000


def devices() -> list[Device]:
    """Every scanner that answers; looking for them on the network takes some seconds.

    Raises:
        ProgramMissing, TooSlow: ``scanimage`` is not installed, or does not end.
        ScannerMissing: it cannot look for scanners.
    """
    said = _ask(["--formatted-device-list=%d\x1f%v\x1f%m\x1f%t%n"], _LIST_SECONDS)
    rows = (line.split("\x1f") for line in said.splitlines())
    return [Device(*map(_plain, row)) for row in rows if len(row) == 4 and row[0]]


def options(device: str) -> dict[str, str]:
    """What can be set at a scanner: option → values it takes (``Gray|Color``, ``50..1200dpi``).

    Raises:
        ProgramMissing, TooSlow, ScannerMissing: as :func:`devices`, or no such scanner answers.
    """
    said = _ask([_named(device), "--all-options"], _OPTIONS_SECONDS)
    found = (_OPTION.match(line) for line in said.splitlines())
    return {one["name"]: one["switch"] or one["values"] or "" for one in found if one and one["now"] != "inactive"}


def scan(order: Order, folder: Path, report: Callable[[int, float], None] = lambda _page, _done: None) -> list[Path]:
    """Scan into ``folder``: from the feeder until it is empty, from the glass one page.

    Pages that lie there already are kept and counted on from, so that after a jam the same order goes on.

    Args:
        order: what to scan.
        folder: of our own; pages are written to it as TIFF, without loss.
        report: told of the page in the making and its share done, 0..1.

    Returns:
        All pages in the folder, in order.

    Raises:
        ProgramMissing, ScannerMissing, ScannerFailed: pages that came before stay in ``folder``. Of a sheet that was
            scanned on one side of two nothing stays: it is to be fed again.
        TooManyPages: the feeder does not end.
    """
    settings = _settings(order, options(order.device))
    start = len(pages(folder)) + 1
    if order.feed is Feed.FLATBED:
        settings = ["--batch-count=1", *settings]
    command = [
        str(programs.find(_PROGRAM)),
        _named(order.device),
        "--format=tiff",
        "--batch=scan%04d.tif",  # in the folder: its own name may hold a percent sign
        f"--batch-start={start}",
        "--progress",
        *settings,
    ]
    now = start

    def heard(line: str) -> bool:
        nonlocal now
        if _SCANNED.search(line):
            now += 1
            report(now - 1, 1.0)
            return True
        if found := _PROGRESS.search(line):
            report(now, min(float(found[1]) / 100, 1.0))
        return False

    ended = stream(command, folder, heard, order.seconds_page, _WARM_UP_SECONDS, lambda: now - 1 > order.most)
    got = pages(folder)
    if len(got) > order.most:
        raise TooManyPages(name=_PROGRAM, pages=len(got), limit=order.most)
    fault = _fault(ended, empty=not got)
    if fault is not None:
        if order.feed is Feed.DUPLEX and len(got) % 2:
            got.pop().unlink()
        raise fault
    return got


def pages(folder: Path) -> list[Path]:
    """The pages scanned into ``folder``, in order."""
    return sorted(folder.glob("scan[0-9]*.tif"), key=lambda path: int(path.stem[4:]))


def bind(scanned: Sequence[Path], target: Path) -> None:
    """Make one PDF of scanned pages, pixel for pixel and in the size of the paper; page by page, to save memory.

    Raises:
        ScannerFailed: a page is no picture.
    """
    parts = [_as_pdf(page) for page in scanned]
    level = 0
    while len(parts) > _AT_ONCE:
        level += 1
        groups = [parts[at : at + _AT_ONCE] for at in range(0, len(parts), _AT_ONCE)]
        parts = [_joined(group, target.with_name(f"part{level}-{n}.pdf")) for n, group in enumerate(groups)]
    _joined(parts, target)


def _as_pdf(page: Path) -> Path:
    part = page.with_suffix(".pdf")
    try:
        part.write_bytes(img2pdf.convert(str(page)))
    except OSError:
        raise
    except Exception as error:  # whatever a library says of a picture
        raise ScannerFailed(
            what=f"ảnh trang không đọc được / a page cannot be read ({type(error).__name__})"
        ) from error
    return part


def _joined(parts: Iterable[Path], target: Path) -> Path:
    with ExitStack() as opened, pikepdf.new() as book:
        for part in parts:
            book.pages.extend(opened.enter_context(pikepdf.open(part)).pages)
        book.save(target)
    for part in parts:
        part.unlink(missing_ok=True)
    return target


# -- the program ------------------------------------------------------------------------------------------------


def _ask(words: Sequence[str], seconds: float) -> str:
    programs.find(_PROGRAM)
    try:
        return programs.run([_PROGRAM, *words], name=_PROGRAM, seconds=seconds).decode("utf-8", "replace")
    except ProgramFailed as error:
        raise ScannerMissing(what=_plain(str(error.details.get("what", "?")))) from error


def _named(device: str) -> str:
    """The option that names the device; what is no name of one is refused before any program sees it."""
    if not device or len(device) > _LONGEST_NAME or not device.isprintable():
        raise ScannerMissing(what=_plain(device) or "tên trống / no name")
    return f"--device-name={device}"


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST_NAME].strip()


def _fault(ended: Ended, *, empty: bool) -> ScannerFailed | ScannerMissing | None:
    """What went wrong; nothing when the paper came to its end."""
    if ended.late:
        return ScannerFailed(what="không có trang mới trong thời hạn / no page came in time")
    said = [line for line in reversed(ended.lines) if line.startswith("scanimage:")]
    what = next((line for line in said if _TOLD.match(line)), "")
    if not empty and ("out of documents" in what if what else ended.status == 0):
        return None  # what else is said, about rounding for one, is no fault
    what = what or next(iter(said), f"scanimage: {ended.status}")
    if "open of device" in what:
        return ScannerMissing(what=_plain(what.removeprefix("scanimage:")))
    told = next((told for words, told in _FAULTS if re.search(words, what, re.IGNORECASE)), "")
    return ScannerFailed(what=told or _plain(what.removeprefix("scanimage:")))


# -- settings ---------------------------------------------------------------------------------------------------


def _settings(order: Order, known: dict[str, str]) -> list[str]:
    """The options that fulfil ``order`` at a scanner with these options; the source first, the others hang on it.

    Raises:
        ScannerMissing: the scanner cannot do it.
    """
    said = _source(order.feed, known)
    said += _mode(order.colours, known)
    if "--resolution" in known:
        said.append(f"--resolution={_resolution(order.dpi, known['--resolution'])}")
    for option, wanted in _A4.items():
        if option in known:
            most = max(map(float, _NUMBER.findall(known[option].partition(" (")[0])), default=wanted)
            said += [option, f"{min(wanted, most):g}"] if option[1] != "-" else [f"{option}={min(wanted, most):g}"]
    return said


def _source(feed: Feed, known: dict[str, str]) -> list[str]:
    found = _chosen(_FEEDS[feed], known.get("--source", ""))
    if found:
        return [f"--source={found}"]
    if feed is Feed.DUPLEX:
        feeder = _source(Feed.FEEDER, known)
        if "--duplex" in known:
            return [*feeder, "--duplex=yes"]
        if both := _chosen(_FEEDS[Feed.DUPLEX], known.get("--adf-mode", "")):
            return [*feeder, f"--adf-mode={both}"]
    elif not known.get("--source"):
        return []
    has = known.get("--source", "?").replace("|", ", ")
    raise ScannerMissing(
        what=f"máy không có nguồn giấy {feed.value}, chỉ có / it has no {feed.value}, but: {_plain(has)}"
    )


def _mode(colours: Colours, known: dict[str, str]) -> list[str]:
    modes, depths = known.get("--mode", ""), _NUMBER.findall(known.get("--depth", ""))
    found = _chosen(_MODES[colours], modes)
    eight = ["--depth=8"] if "8" in depths else []
    if found:
        return [f"--mode={found}", *([] if colours is Colours.BLACK else eight)]
    if colours is Colours.BLACK and "1" in depths and (grey := _chosen(_MODES[Colours.GREY], modes)):
        return [f"--mode={grey}", "--depth=1"]
    if not modes:
        return eight
    has = _plain(modes.replace("|", ", "))
    raise ScannerMissing(
        what=f"máy không quét được {colours.value}, chỉ có / it cannot scan {colours.value}, but: {has}"
    )


def _resolution(wanted: int, values: str) -> str:
    """``wanted``, or the next finer resolution there is."""
    numbers = [float(number) for number in _NUMBER.findall(values.partition(" (")[0])]
    if ".." in values and len(numbers) >= 2:
        least, most = numbers[0], numbers[1]
        possible = [max(float(wanted), least)] if wanted <= most else []
    else:
        possible = [number for number in numbers if number >= wanted]
    if numbers and not possible:
        has = f"{max(numbers):g} dpi"
        raise ScannerMissing(what=f"máy chỉ quét đến {has} / it scans no finer than {has}")
    return f"{min(possible, default=float(wanted)):g}"


def _chosen(patterns: Sequence[str], values: str) -> str:
    """The first of the values (parted by bars) that is meant, by the first pattern that means any."""
    choices = [value.strip() for value in values.split("|") if value.strip()]
    found = (one for pattern in patterns for one in choices if re.search(pattern, one, re.IGNORECASE))
    return next(found, "")
