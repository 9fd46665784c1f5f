"""``backfill``: an archive is planned and worked through; ``jobs``: what is under way, paused, gone on with."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
from filelock import FileLock, Timeout
from rich.markup import escape
from rich.status import Status

from pipeline.cli import quality
from pipeline.cli.base import Site, echo_json, err, headed, json_option, out, pass_site, t, tell
from pipeline.dossier import Kind, Text
from pipeline.errors import Interrupted, PlanRefused, SohoaError, catalogue
from pipeline.work.backfill import estimates, opening
from pipeline.work.backfill.confined import Confined
from pipeline.work.backfill.opening import Order
from pipeline.work.backfill.planning import NOTES, Plan, Planner, write_csv
from pipeline.work.backfill.progress import Display
from pipeline.work.backfill.running import Feeder, Phase, put_in, take_up_mended
from pipeline.work.backfill.sources import REASONS, Source
from pipeline.work.backfill.survey import Survey
from pipeline.work.backfill.wording import JOB_STATES, duration, number, plain
from pipeline.work.handing import bring_in
from pipeline.work.ledger import ItemState, Job, JobState, Ledger

_NOT_HEARD_OF = 3
"""A worker is taken for gone when it has not been heard of for so many leases."""
_PHASES = {
    Phase.FED: Text("đã nạp hết, chờ xử lý xong", "all fed, the workers are at the rest"),
    Phase.THROTTLED: Text("giữ nhịp (pages_per_hour)", "held to pages_per_hour"),
    Phase.HOURS: Text("ngoài giờ cho phép (backfill.hours)", "outside of backfill.hours"),
    Phase.PAUSED: Text("tạm dừng, tiếp tục bằng `sohoa jobs resume`", "paused, go on with `sohoa jobs resume`"),
    Phase.AWAY: Text("đang chờ dịch vụ hoặc nguồn trở lại", "waiting for a service or the source to come back"),
}
"""What is said beside the figures, where there is anything to say."""
_OPEN = (ItemState.PLANNED, ItemState.READY, ItemState.READING, ItemState.READ, ItemState.CLEARED, ItemState.FILING)


@click.command(
    help=t(
        "Số hóa cả một kho: cây thư mục, bảng kê CSV/XLSX hoặc s3://bucket/tiền-tố. Chạy lại cùng lệnh để tiếp tục.",
        "Digitise an archive: a tree of folders, a CSV/XLSX list, or s3://bucket/prefix. The same command goes on.",
    )
)
@click.argument("source", metavar="SOURCE")
@click.option("--plan", "only_plan", is_flag=True, help=t("Chỉ lập kế hoạch.", "Only plan, start nothing."))
@click.option(
    "--map",
    "columns_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="COLUMNS.YAML",
    help=t("Ý nghĩa của thư mục, tên tệp, cột.", "What folders, file names and columns mean."),
)
@click.option("--name", default="", help=t("Tên đợt việc.", "Name of the job."))
@click.option("--procedure", default="", help=t("Mã thủ tục, khi nguồn không ghi.", "Procedure, if nothing gives it."))
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    default=None,
    help=t("component: thành phần hồ sơ; result: kết quả.", "component handed in, or result given out."),
)
@click.option(
    "--out",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PLAN.CSV",
    help=t("Nơi ghi kế hoạch từng tệp.", "Where to write the plan file by file."),
)
@json_option
@pass_site
def backfill(
    site: Site,
    source: str,
    only_plan: bool,
    columns_file: Path | None,
    name: str,
    procedure: str,
    kind: str | None,
    csv_file: Path | None,
    as_json: bool,
) -> int:
    """Plan a backfill and, unless only that was asked for, work through it."""
    columns = opening.read_columns(columns_file, procedure, Kind(kind) if kind else None)
    asked = opening.order(source, name, columns)
    ledger = site.ledger
    with _alone(asked.job, site) as (home, scratch), Survey(home / "survey.db") as survey:
        with Confined() as confined:
            place = opening.open_source(asked, site.settings.site, confined, scratch)
            opening.check_procedure(asked, place)
            plan = _planned(site, asked, place, survey, confined)
        table = csv_file or home / "plan.csv"
        write_csv(survey, table, site.settings.site.language)
        estimate = estimates.estimate(plan, estimates.measure(ledger), _workers(site), site.settings.site.backfill)
        if not as_json:
            _show_plan(asked, plan, estimate, table)
        elif only_plan:
            echo_json(_as_data(plan, estimate, table))
        if only_plan:
            return 0
        job = opening.open_job(ledger, asked)
        new = put_in(ledger, job.id, survey) + take_up_mended(ledger, job.id, survey)
        err.print(escape(t(f"Đợt việc {plain(job.name)}: thêm {new} tệp.", f"Job {plain(job.name)}: {new} new files.")))
        job = _run(site, job, place, survey)
    _conclude(ledger, job, as_json=as_json)
    return 0


@contextmanager
def _alone(job: str, site: Site) -> Iterator[tuple[Path, Path]]:
    """The folder of the job on this machine, held against a second feeder, and a scratch folder in it."""
    home = opening.home(job, site.settings.site.data)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with FileLock(home / "lock", timeout=0):
            for left in home.glob("scratch-*"):  # of one that was killed
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="scratch-", dir=home) as scratch:
                yield home, Path(scratch)
    except Timeout as error:
        what = "đang chạy ở cửa sổ khác / is running in another terminal (`sohoa jobs list`)"
        raise PlanRefused(name=job, what=what) from error


def _planned(site: Site, asked: Order, place: Source, survey: Survey, confined: Confined) -> Plan:
    guessed = opening.guessed(place)
    if guessed:
        said = ", ".join(f"{name} = '{heading}'" for name, heading in guessed.items())
        err.print(escape(t(f"Cột: {said}", f"Columns: {said}")))
    with Status("…", console=err) as status:
        shown = 0.0

        def report(files: int, pages: int) -> None:
            nonlocal shown
            if time.monotonic() - shown > 0.2:
                shown = time.monotonic()
                status.update(t(f"đã xem {files} mục, {pages} trang", f"{files} entries seen, {pages} pages"))

        stored = opening.already(site.ledger, site.index)
        return Planner(place, asked.columns, site.settings.site.limits, survey, confined, stored, report).run()


def _run(site: Site, job: Job, place: Source, survey: Survey | None) -> Job:
    """Feed the job until it is done or stopped, or Ctrl-C."""
    settings = site.settings.site
    ledger = site.ledger
    counts = ledger.counts(job.id)
    if not _live(site) and any(counts[state] for state in _OPEN):
        text = t(
            "Chưa có tiến trình xử lý nào chạy: mở cửa sổ khác và chạy `sohoa services up` hoặc `sohoa worker`.",
            "No worker is running: run `sohoa services up` or `sohoa worker` in another terminal.",
        )
        err.print(f"[yellow]![/] {escape(text)}")
    with _watching(site, job) as show:
        feeder = Feeder(
            ledger=ledger,
            bell=site.bell,
            source=place,
            bring_in=partial(bring_in, site.desks.area, megabytes=settings.limits.megabytes),
            limits=settings.backfill,
            now=site.now,
            survey=survey,
            stored=opening.already(ledger, site.index),
            show=show,
            tell=tell,
        )
        try:
            return feeder.run(job.id)
        except KeyboardInterrupt as stop:
            raise Interrupted from stop


@contextmanager
def _watching(site: Site, job: Job) -> Iterator[Callable[[Phase], None]]:
    """Shows how the job goes while it is fed."""
    with Display(site.ledger, job.id, err, site.settings.site.backfill, _language()) as display:
        yield lambda phase: display.show(_PHASES.get(phase, Text("", "")))


def _standing(ledger: Ledger, job: Job) -> str:
    counts = ledger.counts(job.id)
    done, known = ledger.pages_counts(job.id)
    total, stored = sum(counts.values()), counts[ItemState.STORED]
    waiting, parked = counts[ItemState.WAITING], counts[ItemState.PARKED]
    return t(
        f"{stored}/{total} tệp đã lưu, {waiting} chờ xác nhận, {parked} để riêng; {done}/{known} trang đã đọc",
        f"{stored}/{total} files stored, {waiting} wait for a person, {parked} parked; {done}/{known} pages read",
    )


def _conclude(ledger: Ledger, job: Job, *, as_json: bool) -> None:
    counts = ledger.counts(job.id)
    if as_json:
        echo_json({"job": job.id, "name": job.name, "state": job.state.value, "files": _named(counts)})
        return
    state = JOB_STATES[job.state].say(_language())
    out.print(escape(f"{plain(job.name)}: {state}. {_standing(ledger, job)}"), soft_wrap=True)
    if counts[ItemState.WAITING]:
        out.print(escape(t("Xem và xác nhận: `sohoa review`.", "Look and confirm: `sohoa review`.")))
    if counts[ItemState.PARKED]:
        again = t("Lý do: `sohoa jobs report`; làm lại", "Reasons: `sohoa jobs report`; try again")
        out.print(escape(f"{again}: `sohoa jobs retry {plain(job.name)}`."))


# -- the plan -------------------------------------------------------------------------------------------------------


def _show_plan(asked: Order, plan: Plan, estimate: estimates.Estimate, csv_file: Path) -> None:
    spoken = _language()
    title = t("Kế hoạch", "Plan")
    table = headed("Mục|Số lượng|Ghi chú", "What|How many|Remark", title=escape(f"{title}: {plain(asked.name)}"))

    def row(vi: str, en: str, value: str, remark: str = "") -> None:
        table.add_row(t(vi, en), escape(value), escape(remark))

    row("Hồ sơ", "Dossiers", _number(plan.dossiers))
    row("Tệp sẽ số hóa", "Files to digitise", _number(plan.files))
    row("Trang", "Pages", _number(plan.pages))
    row("Dung lượng", "Size", _size(plan.bytes))
    row("Đã có trong kho", "In the repository already", _number(plan.stored))
    row("Trùng nội dung", "Same content", _number(plan.duplicates))
    for rule, count in plan.unreadable.items():
        row("Không đọc được", "Unreadable", _number(count), f"{rule}: {_reason(rule)}")
    for rule, count in plan.passed.items():
        row("Bỏ qua", "Passed over", _number(count), f"{rule}: {_reason(rule)}")
    for rule, count in plan.notes.items():
        row("Cần xem", "To be looked at", _number(count), NOTES[rule].say(spoken))
    if plan.doubled:
        remark = t("một mã ở nhiều thư mục, hộp, chủ hoặc thủ tục", "one code in several folders, boxes, owners …")
        row("Mã hồ sơ trùng", "Dossier codes met twice", _number(plan.doubled), remark)
    rates = estimate.rates
    basis = t("đo tại đây", "measured here") if rates.pages else t("giả định, chưa đo", "assumed, not measured")
    pace = f"{number(rates.seconds_per_page, 1).say(spoken)} s/{t('trang', 'page')} ({basis}) ÷ {estimate.workers}"
    row("Thời gian xử lý", "Time of work", duration(estimate.hours * 3600).say(spoken), pace)
    if estimate.elapsed_hours > estimate.hours * 1.01:
        limits = "backfill.hours, backfill.pages_per_hour"
        row("Thời gian theo lịch", "Time on the clock", duration(estimate.elapsed_hours * 3600).say(spoken), limits)
    factor = f"× {number(rates.stored_per_byte, 2).say(spoken)} ({basis})"
    row("Kho cần thêm", "Room in the store", _size(estimate.bytes), factor)
    out.print(table)
    where = t("Từng tệp, kèm lý do", "File by file, with reasons")
    err.print(escape(f"{where}: {csv_file}"), soft_wrap=True)


def _as_data(plan: Plan, estimate: estimates.Estimate, csv_file: Path) -> dict[str, Any]:
    return {**asdict(plan), "estimate": asdict(estimate), "csv": str(csv_file)}


def _reason(rule: str) -> str:
    """What a reason means, without a file's name."""
    if rule in REASONS:
        return REASONS[rule].say(_language())
    kind = next((kind for kind in catalogue() if kind.__name__ == rule), None)
    return kind(name="…").text.say(_language()) if kind else ""


def _number(value: int) -> str:
    return number(value).say(_language())


def _size(size: int) -> str:
    for unit, step in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= step:
            return f"{number(size / step, 1).say(_language())} {unit}"
    return f"{size} B"


def _language() -> str:
    return t("vi", "en")


def _named(counts: dict[ItemState, int]) -> dict[str, int]:
    return {state.value: count for state, count in counts.items()}


# -- workers --------------------------------------------------------------------------------------------------------


def _live(site: Site) -> int:
    """Number of worker processes heard of lately."""
    oldest = time.time() - _NOT_HEARD_OF * site.settings.site.work.lease_seconds
    return sum(beat.seen_at > oldest for beat in site.ledger.beats())


def _workers(site: Site) -> int:
    """Worker processes there are, or would be on this machine."""
    return _live(site) or site.settings.site.work.processes or Confined.usual()


# -- jobs -----------------------------------------------------------------------------------------------------------


@click.group(help=t("Các đợt việc: xem, tạm dừng, tiếp tục, dừng, làm lại.", "Jobs: see, pause, resume, stop, retry."))
def jobs() -> None:
    """Jobs in the ledger."""


name_argument = click.argument("name", metavar=t("TÊN", "NAME"))


@jobs.command("list", help=t("Các đợt việc và tình trạng.", "Jobs and how they stand."))
@json_option
@pass_site
def list_jobs(site: Site, as_json: bool) -> None:
    """All jobs, the newest first."""
    known = [(job, site.ledger.counts(job.id)) for job in site.ledger.jobs()]
    if as_json:
        facts = ("id", "kind", "name")
        echo_json(
            [
                {name: getattr(job, name) for name in facts} | {"state": job.state.value, "files": _named(counts)}
                for job, counts in known
            ]
        )
        return
    table = headed(
        "Tên|Loại|Tình trạng|Tệp|Đã lưu|Chờ xác nhận|Để riêng|Còn lại",
        "Name|Kind|State|Files|Stored|Waiting|Parked|Left",
    )
    for job, counts in known:
        left = sum(counts[state] for state in _OPEN)
        figures = (counts[state] for state in (ItemState.STORED, ItemState.WAITING, ItemState.PARKED))
        shown = (sum(counts.values()), *figures, left)
        state = JOB_STATES[job.state].say(_language())
        table.add_row(escape(plain(job.name)), job.kind, state, *map(_number, shown))
    out.print(table)


@jobs.command(help=t("Tạm dừng: tệp đang xử lý được làm xong.", "Pause; what is in hand is finished."))
@name_argument
@pass_site
def pause(site: Site, name: str) -> None:
    """Give out no more of a job for now."""
    _set(site, name, JobState.PAUSED)


@jobs.command(help=t("Dừng hẳn; tiếp tục được bằng resume.", "Stop for good; resume still goes on."))
@name_argument
@pass_site
def stop(site: Site, name: str) -> None:
    """Give out no more of a job, and end its feeder."""
    _set(site, name, JobState.STOPPED)


@jobs.command(help=t("Tiếp tục một đợt việc.", "Go on with a job."))
@name_argument
@pass_site
def resume(site: Site, name: str) -> int:
    """Go on with a job, feeding it from here unless it is being fed elsewhere or needs no more."""
    job = _set(site, name, JobState.RUNNING)
    if job.kind != opening.KIND or not site.ledger.counts(job.id)[ItemState.PLANNED]:
        return 0
    try:
        with _alone(job.id, site) as (home, scratch), Survey(home / "survey.db") as survey:
            job = _run(site, job, opening.source_of(job, site.settings.site, scratch), survey)
    except PlanRefused as error:
        if not isinstance(error.__cause__, Timeout):
            raise
        return 0  # fed from another terminal, which has seen by now that it may go on
    _conclude(site.ledger, job, as_json=False)
    return 0


@jobs.command(help=t("Làm lại các tệp để riêng.", "Try the parked files of a job again."))
@name_argument
@pass_site
def retry(site: Site, name: str) -> None:
    """Try again what was parked."""
    job = site.ledger.job(name)
    again = site.ledger.retry(job.id)
    try:
        site.bell.ring(again)
    except SohoaError as error:  # the sweeper rings, too
        tell(error)
    out.print(escape(t(f"{plain(job.name)}: làm lại {again} tệp.", f"{plain(job.name)}: {again} files again.")))
    if job.kind == opening.KIND and site.ledger.counts(job.id)[ItemState.PLANNED]:
        out.print(escape(t("Nạp tiếp bằng", "Feed them with") + f" `sohoa jobs resume {plain(job.name)}`."))


def _set(site: Site, name: str, state: JobState) -> Job:
    job = site.ledger.job(name)
    site.ledger.set_job(job.id, state)
    job = site.ledger.job_by_id(job.id)
    out.print(escape(f"{plain(job.name)}: {JOB_STATES[job.state].say(_language())}"))
    return job


jobs.add_command(quality.check, "check")
jobs.add_command(quality.follow, "follow")
jobs.add_command(quality.report, "report")
