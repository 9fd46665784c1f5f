"""``status``: what runs, what waits, what is stuck and why; also when parts of the installation are down."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from pipeline import errors
from pipeline.cli import base
from pipeline.cli.base import Site, echo_json, headed, json_option, out, pass_site, t
from pipeline.cli.shapes import error_shape
from pipeline.errors import SohoaError
from pipeline.work import standing
from pipeline.work.figures import JobSum, Reason
from pipeline.work.ledger import Item, ItemState, JobState, Urgency
from pipeline.work.standing import Standing, Worker

_PARTS = {
    "database": ("cơ sở dữ liệu", "database"),
    "store": ("kho", "store"),
    "broker": ("hàng đợi", "broker"),
    "worker": ("tiến trình xử lý", "worker"),
    "sweeper": ("tiến trình trông coi", "sweeper"),
}
_URGENCIES = {
    Urgency.COUNTER: ("tại quầy", "counter"),
    Urgency.WATCHED: ("thư mục", "folder"),
    Urgency.BACKFILL: ("hàng loạt", "bulk"),
}
_JOB_STATES = {
    JobState.RUNNING: ("đang chạy", "running"),
    JobState.PAUSED: ("[yellow]tạm dừng[/]", "[yellow]paused[/]"),
    JobState.STOPPED: ("[yellow]đã dừng[/]", "[yellow]stopped[/]"),
    JobState.DONE: ("xong", "done"),
}
_STAGES = {
    "capture": ("sao chụp", "capture"),
    "page": ("đọc trang", "reads page"),
    "understand": ("tìm hiểu", "understands"),
    "package": ("đóng gói, ký", "packages, signs"),
    "compare": ("đối chiếu", "compares"),
    "record": ("cấp mã, ký, lưu", "codes, seals, stores"),
}
_QUEUED = (ItemState.READY, ItemState.READ, ItemState.CLEARED)
_HELD = (ItemState.READING, ItemState.FILING)
_MOST_JOBS = 30
_SECONDS = standing.SECONDS
_HOUR = 3600.0


@click.command(
    help=t(
        "Xem việc gì đang chạy, việc gì đang chờ, việc gì bị kẹt và vì sao. Mã thoát 0: mọi thứ ổn.",
        "Show what runs, what waits, what is stuck and why. Exit code 0: all is well.",
    )
)
@json_option
@click.option("--watch", is_flag=True, help=t("Xem liên tục (Ctrl+C để thôi).", "Keep looking (Ctrl+C to end)."))
@click.option(
    "--every", type=click.FloatRange(min=0.2), default=2.0, metavar="S", help=t("Cách nhau S giây.", "Every S seconds.")
)
@pass_site
def status(site: Site, as_json: bool, watch: bool, every: float) -> int:
    """Look once, or again and again; the exit code is that of the worst thing found last."""
    found, here = _look(site)
    if not watch:
        if as_json:
            echo_json(_shape(found, here))
        else:
            out.print(_shown(found, here))
        return _code(found)
    try:
        with _screen(as_json=as_json) as show:
            while True:
                show(found, here)
                time.sleep(every)
                found, here = _look(site)
    except KeyboardInterrupt:
        return _code(found)


@contextmanager
def _screen(*, as_json: bool) -> Iterator[Callable[[Standing, list[Any]], None]]:
    """What shows one look after the other: a line of JSON each, or the same place of the terminal."""
    if as_json:
        yield lambda found, here: click.echo(json.dumps(_shape(found, here), ensure_ascii=False))
        return
    with Live(console=out, auto_refresh=False, screen=out.is_terminal) as live:
        yield lambda found, here: live.update(_shown(found, here), refresh=True)


def _look(site: Site) -> tuple[Standing, list[Any]]:
    """How the engine stands, and how the parts on this machine do; neither is waited for longer than allowed."""
    settings = site.settings

    def here() -> list[Any]:
        from pipeline import services  # noqa: PLC0415 - heavy, and nothing else needs it

        return list(services.status_all(settings.site, settings.folder))

    late = SohoaError(what="status")
    ask = {"engine": lambda: standing.look(settings.site, site.bell, _SECONDS), "here": here}
    answers = {name: answer for name, _, answer in standing.together(ask, dict.fromkeys(ask, late), 2 * _SECONDS)}
    found, parts = answers["engine"], answers["here"]
    if isinstance(found, SohoaError):
        raise found
    return found, parts if isinstance(parts, list) else []


def _code(found: Standing) -> int:
    return found.troubles[0].exit_code if found.troubles else 0


# -- for people -------------------------------------------------------------------------------------------------


def _shown(found: Standing, here: list[Any]) -> RenderableType:
    blocks: list[RenderableType] = [_parts(found, here)]
    if found.jobs:
        blocks.append(_jobs(found.jobs))
    if found.workers:
        blocks.append(_workers(found))
    if found.parked:
        title = t("Để riêng, chờ người giải quyết (sohoa jobs retry)", "Set aside for a person (sohoa jobs retry)")
        blocks.append(_reasons(found.parked, title))
    if found.retrying:
        blocks.append(_reasons(found.retrying, t("Sẽ tự thử lại", "Tried again by itself")))
    return Group(*blocks, *_lines(found))


def _parts(found: Standing, here: list[Any]) -> Table:
    table = Table(show_header=False, box=None)
    for part in found.parts:
        mark = "[green]✓[/]" if part.error is None else "[red]✗[/]"
        detail = f"{part.seconds:.2f} s" if part.error is None else t("không dùng được", "not usable")
        table.add_row(mark, t(*_PARTS[part.name]), detail)
    for each in here:
        if each.bundled and (each.running or each.name in ("worker", "sweeper")):
            mark = "[green]✓[/]" if each.well else "[yellow]![/]"
            up = t(f"chạy trên máy này, pid {each.pid}", f"runs on this machine, pid {each.pid}")
            detail = up if each.running else t("không chạy trên máy này", "does not run on this machine")
            said = "; ".join(finding.message.say(base.language) for finding in each.findings)
            name = t(*_PARTS.get(each.name, (each.name, each.name)))
            table.add_row(mark, name, escape(f"{detail}; {said}" if said else detail))
    return table


def _jobs(jobs: tuple[JobSum, ...]) -> Table:
    table = headed(
        "Đợt việc|Ưu tiên|Tình trạng|Chưa nạp|Chờ|Đang làm|Chờ người|Để riêng|Đã lưu|Trang đã đọc",
        "Job|Urgency|State|Planned|Waits|In work|For a person|Set aside|Stored|Pages read",
        title=t("Việc đang có", "Work at hand"),
    )
    for each in jobs[:_MOST_JOBS]:
        of = each.items.get
        table.add_row(
            escape(_plain(each.job.name)),
            t(*_URGENCIES[each.job.urgency]),
            t(*_JOB_STATES[each.job.state]),
            str(of(ItemState.PLANNED, 0)),
            str(sum(of(state, 0) for state in _QUEUED)),
            str(sum(of(state, 0) for state in _HELD)),
            str(of(ItemState.WAITING, 0)),
            str(of(ItemState.PARKED, 0)),
            str(of(ItemState.STORED, 0)),
            f"{each.pages_read}/{each.pages}",
        )
    if len(jobs) > _MOST_JOBS:
        table.caption = t(f"và {len(jobs) - _MOST_JOBS} đợt khác", f"and {len(jobs) - _MOST_JOBS} more")
    return table


def _workers(found: Standing) -> Table:
    table = headed(
        "Tiến trình|Đang làm|Từ|Nghe thấy|Trang|Giấy tờ|Trang/phút",
        "Worker|Doing|Since|Heard of|Pages|Documents|Pages/min",
        title=t("Tiến trình xử lý", "Workers"),
    )
    for worker in found.workers:
        beat = worker.beat
        heard = _ago(found.now - beat.seen_at)
        table.add_row(
            escape(_plain(beat.name)),
            _doing(worker),
            ", ".join(_clock(item.changed_at) for item in worker.items),
            heard if worker.alive else f"[red]{heard}[/]",
            str(beat.pages),
            str(beat.documents),
            f"{beat.pages_per_minute:.1f}",
        )
    return table


def _doing(worker: Worker) -> str:
    if not worker.alive:
        return t("[red]không còn nghe thấy[/]", "[red]not heard of any more[/]")
    if not worker.items:
        return _stage(worker.beat.doing) or t("chờ việc", "idle")
    return ", ".join(f"{_stage(item.doing)} (#{item.id})" for item in worker.items)


def _stage(doing: str) -> str:
    word, _, page = doing.partition(" ")
    name = t(*_STAGES[word]) if word in _STAGES else escape(_plain(word))
    return f"{name} {escape(_plain(page))}".rstrip()


def _reasons(reasons: tuple[Reason, ...], title: str) -> Table:
    table = headed("Số tệp|Lý do|Cách giải quyết", "Files|Reason|What to do", title=title)
    for reason in reasons:
        table.add_row(str(reason.count), escape(_plain(reason.rule)), escape(_advice(reason)))
    return table


def _advice(reason: Reason) -> str:
    """What to do about an error of that kind, without the names that stand in each one's message."""
    kind = getattr(errors, reason.rule, None)
    if isinstance(kind, type) and issubclass(kind, SohoaError):
        return kind().text.say(base.language)
    return reason.text.say(base.language)


def _lines(found: Standing) -> Iterator[str]:
    waits = [f"{t(*_URGENCIES[urgency])} {_ago(seconds)}" for urgency, seconds in sorted(found.waiting.items())]
    if waits:
        yield t("Chờ lâu nhất: ", "Longest wait: ") + ", ".join(waits)
    done = found.last_day
    if done is not None:
        stored = t(f"{done.items} tệp, {done.documents} giấy tờ", f"{done.items} files, {done.documents} documents")
        rate = done.pages / (done.seconds / _HOUR)
        pages = t(f"{done.pages} trang ({rate:.0f} trang/giờ)", f"{done.pages} pages ({rate:.0f} an hour)")
        parked = t(f"{done.parked} tệp để riêng", f"{done.parked} files set aside")
        yield t("24 giờ qua đã lưu: ", "Stored in the last 24 hours: ") + f"{stored}, {pages}; {parked}"
    for each in found.paused:
        name = escape(_plain(each.job.name))
        yield "[yellow]![/] " + t(f"Đợt {name} {t(*_JOB_STATES[each.job.state])}", f"Job {name} is {_state(each)}")
    for error in found.troubles:
        yield f"[bold red]✗[/] {escape(error.text.say(base.language))} [dim]({error.rule}, {error.exit_code})[/]"
    if not found.troubles:
        yield "[green]✓[/] " + t("Không có gì bị kẹt.", "Nothing is stuck.")


def _state(each: JobSum) -> str:
    return _JOB_STATES[each.job.state][1]


def _plain(text: str) -> str:
    """``text`` without what would move the cursor or turn the line around."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _unicode(text: str) -> str:
    """``text`` without the halves of letters that stand for bytes of a file name that is not UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S") if at else ""


def _ago(seconds: float) -> str:
    seconds = max(seconds, 0.0)
    for size, vi, en in ((86_400, "ngày", "d"), (3600, "giờ", "h"), (60, "phút", "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {t(vi, en)}"
    return f"{seconds:.0f} {t('giây', 's')}"


# -- for programs -----------------------------------------------------------------------------------------------


def _shape(found: Standing, here: list[Any]) -> dict[str, Any]:
    return {
        "ok": not found.troubles,
        "at": datetime.fromtimestamp(found.now).astimezone().isoformat(timespec="seconds"),
        "parts": [
            {"name": part.name, "up": part.error is None, "seconds": round(part.seconds, 3)} for part in found.parts
        ],
        "here": [
            {"name": each.name, "bundled": each.bundled, "running": each.running, "well": each.well, "pid": each.pid}
            for each in here
        ],
        "bells": found.bells,
        "claimable": found.claimable,
        "waiting_seconds": {key.name.lower(): round(value, 1) for key, value in found.waiting.items()},
        "jobs": [_job_shape(each) for each in found.jobs],
        "workers": [_worker_shape(worker, found.now) for worker in found.workers],
        "parked": [_reason_shape(reason) for reason in found.parked],
        "retrying": [_reason_shape(reason) for reason in found.retrying],
        "leases": {"items": found.leases.items, "pages": found.leases.pages, "over": found.leases.over},
        "last_day": None
        if found.last_day is None
        else {name: getattr(found.last_day, name) for name in ("items", "documents", "pages", "parked")},
        "troubles": [error_shape(error) for error in found.troubles],
    }


def _job_shape(each: JobSum) -> dict[str, Any]:
    return {
        "id": _unicode(each.job.id),
        "name": _unicode(each.job.name),
        "kind": each.job.kind,
        "urgency": each.job.urgency.name.lower(),
        "state": each.job.state.value,
        "items": {state.value: each.items.get(state, 0) for state in ItemState},
        "pages": each.pages,
        "pages_read": each.pages_read,
    }


def _worker_shape(worker: Worker, now: float) -> dict[str, Any]:
    return {
        "name": _unicode(worker.beat.name),
        "host": _unicode(worker.beat.host),
        "pid": worker.beat.pid,
        "alive": worker.alive,
        "heard_seconds": round(max(now - worker.beat.seen_at, 0.0), 1),
        "doing": _unicode(worker.beat.doing),
        "items": [_item_shape(item, now) for item in worker.items],
        "pages": worker.beat.pages,
        "documents": worker.beat.documents,
        "pages_per_minute": worker.beat.pages_per_minute,
    }


def _item_shape(item: Item, now: float) -> dict[str, Any]:
    return {"id": item.id, "doing": _unicode(item.doing), "seconds": round(now - item.changed_at, 1)}


def _reason_shape(reason: Reason) -> dict[str, Any]:
    return {"rule": reason.rule, "count": reason.count, "advice": _advice(reason)}
