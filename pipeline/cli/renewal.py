"""Commands about keeping stored records provable: ``records due``, ``records renew``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.progress import track

from pipeline.cli import base, shapes
from pipeline.cli.base import Site, echo_json, err, exit_status, headed, json_option, out, pass_site, t
from pipeline.dossier import Text
from pipeline.storage import Due

if TYPE_CHECKING:
    from pipeline.renewal import Outcome, Renewal

_DATE = click.DateTime(["%Y-%m-%d"])
_REASONS = {
    "unknown": Text("chưa ghi nhận", "not on record"),
    "digest": Text("thuật toán băm", "digest algorithm"),
    "signature": Text(
        "chứng thư của chữ ký hoặc dấu thời gian trên đó", "certificate of a signature or its time stamp"
    ),
    "archive": Text("chứng thư của dấu thời gian lưu trữ", "certificate of the archive time stamp"),
}

_NOTHING = Text("Không có bản ghi nào phải gia hạn.", "No record is to be renewed.")


@click.group(help=t("Giữ cho bản ghi trong kho luôn kiểm tra được.", "Keep stored records provable."))
def records() -> None:
    """Renewal of stored records."""


@records.command(
    name="due",
    help=t(
        "Xem bao nhiêu bản ghi phải gia hạn chứng cứ vào tháng nào, vì điều gì hết hạn.",
        "Show how many records are to be renewed in which month, and what ends.",
    ),
)
@click.option("--before", type=_DATE, metavar="YYYY-MM-DD", help=t("Chỉ đến tháng của ngày này.", "Until its month."))
@json_option
@pass_site
def records_due(site: Site, before: datetime | None, as_json: bool) -> None:
    """Show the plan of renewals, from the index."""
    ending = _renewal(site, before).ending
    last = f"{before:%Y-%m}" if before else ""
    plan = [due for due in site.index.plan() if not last or due.month <= last or _resting(due, ending)]
    if as_json:
        shape = [
            {
                "month": due.month,
                "count": due.count,
                "level": due.level,
                "digests": due.digests.split(),
                "ends": _ends(due, ending),
            }
            for due in plan
        ]
        echo_json(shape)
        return
    if not plan:
        out.print(_NOTHING.say(base.language))
        return
    today = f"{site.now():%Y-%m}"
    table = headed("Tháng|Bản ghi|Mức|Điều sẽ hết hạn", "Month|Records|Level|What ends")
    for due in plan:
        month = due.month or "?"
        now = due.month <= today or bool(_resting(due, ending))
        why = _REASONS[_ends(due, ending)].say(base.language)
        why += f" {', '.join(_resting(due, ending))}" if _ends(due, ending) == "digest" else ""
        table.add_row(f"[red]{month}[/]" if now else month, str(due.count), due.level, why)
    out.print(table)


@records.command(
    name="renew",
    help=t(
        "Thêm dấu thời gian lưu trữ cho bản ghi sắp hết hạn chứng cứ (mặc định), hoặc cho các bản ghi được nêu.",
        "Add archive time stamps to records whose proof ends soon (the default), or to the records named.",
    ),
)
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option(
    "--due-before", type=_DATE, metavar="YYYY-MM-DD", help=t("Đến hạn trước hoặc vào ngày này.", "Due by this day.")
)
@click.option(
    "--all-due",
    is_flag=True,
    help=t("Cả bản ghi chưa rõ hạn.", "Those as well of which nothing is known."),
)
@click.option(
    "--without-status",
    is_flag=True,
    help=t(
        "Kể cả khi chứng thư người ký đã hết hạn mà chưa kịp lưu trạng thái thu hồi.",
        "Also where a signer's certificate ended before its revocation status was archived.",
    ),
)
@click.option("--dry-run", is_flag=True, help=t("Chỉ liệt kê.", "List them only."))
@click.option("--limit", type=click.IntRange(1), help=t("Nhiều nhất bao nhiêu bản ghi.", "At most how many."))
@json_option
@pass_site
def records_renew(
    site: Site,
    ids: tuple[str, ...],
    due_before: datetime | None,
    all_due: bool,
    without_status: bool,
    dry_run: bool,
    limit: int | None,
    as_json: bool,
) -> int:
    """Renew what is due; every record is committed on its own, so a stopped run goes on where it was."""
    if ids and (due_before or all_due or limit):
        raise click.UsageError(t("Nêu ID hoặc cách chọn, không cả hai.", "Give ids or a choice, not both."))
    renewal = _renewal(site, due_before, without_status=without_status)
    chosen = _named(site, renewal, ids) if ids else _due(site, renewal, all_due=all_due, limit=limit)
    if dry_run:
        _list(chosen, as_json)
        return 0
    outcomes: list[Outcome] = []
    steps = renewal.run((one.id for one in chosen), named=bool(ids))
    try:
        for outcome in track(
            steps, description="", total=len(chosen), console=err, transient=True, disable=not err.is_terminal
        ):
            outcomes.append(outcome)
    finally:  # also of a run that was stopped: what is done is done
        _report(outcomes, as_json)
    return exit_status([outcome.error for outcome in outcomes if outcome.error is not None])


@dataclass(frozen=True, slots=True)
class _Chosen:
    id: str
    level: str
    renew_by: str


def _renewal(site: Site, before: datetime | None, *, without_status: bool = False) -> Renewal:
    from pipeline.renewal import Renewal  # noqa: PLC0415 - heavy, and only needed here

    now = site.now()
    day = before.date() if before else now.date()
    return Renewal(site.settings, site.repository, site.index, now, day, without_status)


def _named(site: Site, renewal: Renewal, ids: Sequence[str]) -> list[_Chosen]:
    manifests = (site.repository.read_manifest(site.repository.find(prefix)) for prefix in ids)
    return [_Chosen(one.id, one.proof.level, one.proof.renew_by) for one in manifests if renewal.due(one, named=True)]


def _due(site: Site, renewal: Renewal, *, all_due: bool, limit: int | None) -> list[_Chosen]:
    hits = site.index.due(renewal.before, limit, ending=renewal.ending)
    if all_due and (limit is None or len(hits) < limit):
        hits += site.index.undated(None if limit is None else limit - len(hits))
    return [_Chosen(hit.id, hit.level, hit.renew_by) for hit in hits]


def _list(chosen: Sequence[_Chosen], as_json: bool) -> None:
    if as_json:
        echo_json([asdict(one) for one in chosen])
        return
    table = headed("Id|Mức|Gia hạn trước", "Id|Level|Renew by")
    for one in chosen:
        table.add_row(one.id, one.level, one.renew_by or "?")
    out.print(table if chosen else _NOTHING.say(base.language))


def _report(outcomes: Sequence[Outcome], as_json: bool) -> None:
    renewed = [one.manifest for one in outcomes if one.manifest is not None and one.renewed]
    current = [one for one in outcomes if one.error is None and not one.renewed]
    failed = [(one.id, one.error) for one in outcomes if one.error is not None]
    if as_json:
        echo_json(
            {
                "renewed": [
                    {"id": one.id, "version": one.version, "level": one.proof.level, "renew_by": one.proof.renew_by}
                    for one in renewed
                ],
                "not_due": [one.id for one in current],
                "failed": [{"id": id, "error": shapes.error_shape(error)} for id, error in failed],
            }
        )
        return
    for id, error in failed:
        out.print(f"[red]✗[/] {id}  {escape(error.text.say(base.language))}", soft_wrap=True)
    if not outcomes:
        out.print(_NOTHING.say(base.language))
        return
    vi = f"Đã gia hạn {len(renewed)} bản ghi; {len(current)} chưa đến hạn; {len(failed)} không gia hạn được."
    en = f"{len(renewed)} records renewed; {len(current)} not due; {len(failed)} failed."
    out.print(t(vi, en))


def _resting(due: Due, ending: Collection[str]) -> list[str]:
    return sorted(set(due.digests.split()).intersection(ending))


def _ends(due: Due, ending: Collection[str]) -> str:
    """What ends first: a key of :data:`_REASONS`."""
    if _resting(due, ending):
        return "digest"
    if not due.month:
        return "unknown"
    return "archive" if due.level == "B-LTA" else "signature"
