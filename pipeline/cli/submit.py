"""``submit``: papers of a dossier are handed to the workers, ahead of everything that is done in bulk."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from pipeline import capture, errors
from pipeline.cli.base import Site, echo_json, err, exit_status, headed, json_option, out, pass_site, t, tell
from pipeline.cli.intake import paths_argument
from pipeline.cli.terms import dossier_options
from pipeline.dossier import Dossier, Kind
from pipeline.errors import SohoaError
from pipeline.work.backfill.wording import STATES
from pipeline.work.handing import Counter, HandedIn
from pipeline.work.ledger import UNFINISHED, Item, ItemState

_LOOK_SECONDS = 0.3


@click.command(
    help=t(
        "Giao giấy tờ của một hồ sơ cho các tiến trình xử lý, làm trước mọi đợt số hóa hàng loạt.",
        "Hand papers of a dossier to the workers; they go before everything done in bulk.",
    )
)
@paths_argument
@dossier_options(required=True)
@click.option("--wait", is_flag=True, help=t("Chờ đến khi xong.", "Wait until all of it is done."))
@json_option
@pass_site
def submit(
    site: Site,
    paths: tuple[Path, ...],
    code: str,
    procedure: str,
    owner: str,
    kind: str,
    accept: bool,
    override: str,
    wait: bool,
    as_json: bool,
) -> int:
    """Hand papers in; what was handed in before is not done again."""
    files, foreign = capture.gather(list(paths))
    counter = Counter(site.ledger, site.desks.area, site.bell, site.settings.site.limits.megabytes)
    handed = counter.hand_in(
        files, Dossier(code, procedure, owner, Kind(kind)), {"accept": accept, "override": override}
    )
    problems: list[SohoaError] = [*foreign, *handed.refused]
    for problem in problems:
        tell(problem)
    items = _followed(counter, handed, live=not as_json) if wait else counter.papers(handed)
    if as_json:
        echo_json({"job": handed.job.id, "items": [_shape(item) for item in items]})
    else:
        out.print(_table(items))
    return exit_status([*problems, *(_problem(item) for item in items if item.state is ItemState.PARKED)])


def _problem(item: Item) -> SohoaError:
    """What parked a paper, for the exit code; its words are in the table."""
    kind = getattr(errors, item.reason, SohoaError)
    made: SohoaError = kind(name=item.name)
    return made


def _followed(counter: Counter, handed: HandedIn, *, live: bool) -> list[Item]:
    """The papers once each is stored, waits for a person or is set aside; shown meanwhile on a terminal."""
    asleep = False
    with Live(console=err, auto_refresh=False, transient=True) as shown:
        while True:
            items = counter.papers(handed)
            if not any(item.state in UNFINISHED for item in items):
                return items
            if live and err.is_terminal:
                shown.update(_table(items), refresh=True)
            if not asleep and not counter.ledger.beats():
                asleep = True
                err.print(t("! Chưa có tiến trình xử lý: sohoa services up", "! No worker is up: sohoa services up"))
            time.sleep(_LOOK_SECONDS)


def _table(items: list[Item]) -> Table:
    table = headed("Tệp|Trạng thái|Trang|Đang làm|Lý do", "File|State|Pages|Doing|Reason")
    for item in items:
        reason = t(item.reason_text.vi, item.reason_text.en)
        state = STATES[item.state]
        table.add_row(escape(item.name), t(state.vi, state.en), str(item.pages or ""), item.doing, escape(reason))
    return table


def _shape(item: Item) -> dict[str, object]:
    return {
        "id": item.id,
        "name": item.name,
        "state": item.state.value,
        "pages": item.pages,
        "attempts": item.attempts,
        "rule": item.reason,
        "reason": t(item.reason_text.vi, item.reason_text.en),
        "seconds": dict(item.timings),
    }
