"""Commands about learning: ``types learn``, ``types propose``, and ``corrections``."""

from __future__ import annotations

import csv
import getpass
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
import yaml
from rich.markup import escape

from pipeline.cli import base
from pipeline.cli.base import Site, echo_json, err, headed, json_option, out, pass_site, t
from pipeline.corrections import Kept, Share, hidden, kept, shares
from pipeline.errors import NotFound, from_os_error
from pipeline.settings import Settings, bundled_folder
from pipeline.storage.models import Choice, Models, Version

if TYPE_CHECKING:
    from pipeline.classify.proposals import Proposal

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell must not begin with: spreadsheets would compute it."""
_SHARES_SHOWN = 30


# -- types learn ------------------------------------------------------------------------------------------------


@click.command(
    help=t(
        "Học nhận loại giấy tờ từ các giấy đã được người xác nhận. Mô hình mới chỉ được dùng khi không kém mô hình cũ.",
        "Learn types from documents that a person confirmed. The new model is used only if it is nowhere worse.",
    )
)
@click.option("--dry-run", is_flag=True, help=t("Chỉ thử, không lưu.", "Only try, keep nothing."))
@click.option("--list", "only_list", is_flag=True, help=t("Liệt kê các phiên bản.", "List the versions."))
@click.option(
    "--use",
    type=click.IntRange(min=0),
    metavar="N",
    help=t("Dùng phiên bản N (0: mô hình đi kèm).", "Use version N (0: the model that came along)."),
)
@json_option
@pass_site
def learn(site: Site, dry_run: bool, only_list: bool, use: int | None, as_json: bool) -> None:
    """Train, judge, and use what is better."""
    models = Models(site.repository.store)
    if use is not None:
        models.choose(use, _now(site), getpass.getuser())
    if only_list or use is not None:
        choice = models.refresh(_cache(site))
        _show_versions(models.versions(), choice, as_json)
        return
    models.refresh(_cache(site))  # compared with is what is in use everywhere, not what this machine saw last
    _learn(site, models, dry_run, as_json)


def _learn(site: Site, models: Models, dry_run: bool, as_json: bool) -> None:
    from pipeline import learning  # noqa: PLC0415 - loads what reads papers

    rules = learning.Rules()
    with err.status(t("Đọc các giấy đã xác nhận…", "Reading confirmed documents…")) as spinner:
        papers = learning.confirmed(
            site.repository, site.settings, rules, lambda count: spinner.update(f"{count} · {t('bản ghi', 'records')}")
        )
        spinner.update(t("Huấn luyện…", "Training…"))
        lesson = learning.learn(papers, site.settings, bundled_folder(), _now(site), rules)
    version = None
    if lesson.model is not None and not lesson.against and not dry_run:
        version = models.add(lesson.model.to_bytes(), _now(site), lesson.shape())
        models.choose(version.number, _now(site), "sohoa types learn")
        models.refresh(_cache(site))
    if as_json:
        against = [reason.say(base.language) for reason in lesson.against]
        number = version.number if version else None
        echo_json({"better": not against, "against": against, "version": number, **lesson.shape()})
        return
    _show_lesson(lesson.shape())
    for reason in lesson.against:
        out.print(f"[yellow]![/] {escape(reason.say(base.language))}")
    if version is not None:
        out.print(t(f"Từ nay dùng phiên bản {version.number}.", f"Version {version.number} is used from now on."))
    elif lesson.against:
        out.print(t("Không đổi mô hình đang dùng.", "The model in use stays."))
    else:
        out.print(t("Mô hình mới tốt hơn; chỉ thử nên không lưu.", "The new model is better; only tried, not kept."))


def _show_lesson(shape: dict[str, Any]) -> None:
    out.print(
        t(
            f"{shape['documents']} giấy đã xác nhận, giữ lại {shape['held']} để chấm.",
            f"{shape['documents']} confirmed documents, {shape['held']} held back to judge.",
        )
    )
    names = {"site": t("giấy đã xác nhận", "confirmed documents"), "drawn": t("giấy mẫu", "drawn papers")}
    table = headed(
        "Chấm trên|Số giấy|Đúng, cũ|Đúng, mới|Mất mát, cũ|Mất mát, mới", "On|Papers|Right, old|new|Loss, old|new"
    )
    for where, name in names.items():
        if where in shape:
            old, new = shape[where]["old"], shape[where]["new"]
            rates = [f"{model['accuracy']:.1%}" for model in (old, new)]
            losses = [f"{model['loss']:.3f}" if model["loss"] is not None else "–" for model in (old, new)]
            table.add_row(name, str(new["count"]), *rates, *losses)
    if table.row_count:
        out.print(table)


def _show_versions(versions: Sequence[Version], choice: Choice | None, as_json: bool) -> None:
    used = choice.version if choice else 0
    if as_json:
        echo_json({"used": used, "since": choice.at if choice else None, "versions": [asdict(one) for one in versions]})
        return
    table = headed("|Phiên bản|Lúc|Giấy|Đúng|SHA-256", "|Version|At|Documents|Right|SHA-256")
    mark = "[green]●[/]"
    table.add_row(mark if not used else "", "0", t("đi kèm chương trình", "came along"), "", "", "")
    for version in versions:
        figures = version.figures
        right = figures.get("site", {}).get("new", {}).get("accuracy")
        rate = f"{right:.1%}" if isinstance(right, float) else ""
        in_use = mark if version.number == used else ""
        documents = str(figures.get("documents", ""))
        table.add_row(in_use, str(version.number), version.at, documents, rate, version.sha256[:16])
    out.print(table)


def _cache(site: Site) -> Path:
    return site.settings.site.data / "models"


def _now(site: Site) -> str:
    return site.now().isoformat(timespec="seconds")


# -- types propose ----------------------------------------------------------------------------------------------


@click.command(
    help=t(
        "Đề xuất nhãn in trên giấy mà cấu hình còn thiếu, suy từ các giá trị cán bộ đã nhập; không tự áp dụng.",
        "Propose printed labels that the configuration misses, from values that officers typed; applies nothing.",
    )
)
@click.option(
    "--least",
    default=2,
    show_default=True,
    type=click.IntRange(min=2),
    help=t("Ít nhất mấy giấy.", "At least so many."),
)
@json_option
@pass_site
def propose(site: Site, least: int, as_json: bool) -> None:
    """Print lines to paste into the types' files."""
    from pipeline import learning  # noqa: PLC0415 - loads what reads papers
    from pipeline.classify import proposals  # noqa: PLC0415

    with err.status("") as spinner:
        typed = learning.typed(
            site.repository, learning.Rules(), lambda count: spinner.update(f"{count} · {t('bản ghi', 'records')}")
        )
        found = proposals.propose(typed, site.settings.types, least)
    if as_json:
        echo_json([asdict(one) for one in found])
        return
    if not found:
        out.print(t("Chưa có nhãn nào để đề xuất.", "No labels to propose."))
    for line in _yaml_lines(found):
        click.echo(line)


def _yaml_lines(found: Iterable[Proposal]) -> Iterator[str]:
    """For every field where to paste, and the line: the labels known now and the new ones."""
    by_field: dict[tuple[str, str], list[Proposal]] = {}
    for one in found:
        by_field.setdefault((one.type, one.field), []).append(one)
    for (type_key, field), own in by_field.items():
        seen = ", ".join(f"{one.label} × {one.papers}" for one in own)
        new = "" if own[0].own else t(f" (trường mới, fills: {field})", f" (a new field, fills: {field})")
        yield f"# document_types/{type_key}.yaml: fields: {field}{new}: + {seen}"
        labels = [*own[0].known, *(one.label for one in own)]
        written = yaml.safe_dump(labels, allow_unicode=True, default_flow_style=True, width=10_000).strip()
        yield f"labels: {written}"


# -- corrections ------------------------------------------------------------------------------------------------


@click.group(help=t("Những gì cán bộ đã xác nhận và sửa.", "What officers confirmed and corrected."))
def corrections() -> None:
    """Corrections."""


_SINCE = click.option(
    "--from", "since", default="", metavar="YYYY-MM-DD", help=t("Xác nhận từ ngày.", "Confirmed from.")
)
_UNTIL = click.option("--to", "until", default="", metavar="YYYY-MM-DD", help=t("Đến ngày.", "Confirmed until."))
_TYPE = click.option("--type", "type_key", default="", help=t("Loại giấy tờ (khóa).", "Paper type (key)."))


@corrections.command(
    name="export",
    help=t(
        "Xuất mọi trường đã được người xác nhận ra .csv hoặc .jsonl. Tệp là dữ liệu cá nhân; giá trị của cá nhân được "
        "che trừ khi dùng --values.",
        "Export every field that a person confirmed to .csv or .jsonl. The file is personal data; values of persons "
        "are hidden unless --values is given.",
    ),
)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help=t("Ghi vào tệp.", "File to write.")
)
@_SINCE
@_UNTIL
@_TYPE
@click.option("--values", is_flag=True, help=t("Ghi cả giá trị của cá nhân.", "Write values of persons as they are."))
@click.option("--force", is_flag=True, help=t("Ghi đè tệp đã có.", "Overwrite a file that is there."))
@pass_site
def export(site: Site, output: Path, since: str, until: str, type_key: str, values: bool, force: bool) -> None:
    """Write the fields, and show how many were changed."""
    if output.suffix not in (".csv", ".jsonl"):
        raise click.BadParameter(t("phải là .csv hoặc .jsonl", "must be .csv or .jsonl"), param_hint="-o")
    if output.exists() and not force:
        what = t("tệp đã có; dùng --force để ghi đè", "the file exists; --force overwrites it")
        raise NotFound(name=output, what=what)
    rows = list(kept(site.repository.manifests(), since=since, until=until, type_key=type_key))
    shown = rows if values else [hidden(row, site.settings) for row in rows]
    partial = output.with_name(f".{output.name}.partial")
    try:
        # Only who exports may read it.
        with os.fdopen(
            os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="", encoding="utf-8"
        ) as file:
            (_write_csv if output.suffix == ".csv" else _write_jsonl)(file, shown)
        partial.replace(output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise from_os_error(error, output.name) from error
    _show_shares(shares(rows), site.settings)
    told = t(f"{output}: {len(rows)} trường", f"{output}: {len(rows)} fields")
    open_values = t("có giá trị của cá nhân, hãy giữ kín", "with values of persons: keep it closed")
    masked = t("giá trị của cá nhân đã che (--values để xem)", "values of persons hidden (--values shows them)")
    err.print(f"{told}; {open_values if values else masked}.", soft_wrap=True)


@corrections.command(
    name="summary", help=t("Tỷ lệ phải sửa theo loại và trường.", "Share that had to be corrected, by type and field.")
)
@_SINCE
@_UNTIL
@_TYPE
@json_option
@pass_site
def summary(site: Site, since: str, until: str, type_key: str, as_json: bool) -> None:
    """Show how many fields were changed."""
    found = shares(kept(site.repository.manifests(), since=since, until=until, type_key=type_key))
    if as_json:
        echo_json([{**asdict(one), "share": round(one.share, 4)} for one in found])
    else:
        _show_shares(found, site.settings)


def _show_shares(found: Sequence[Share], settings: Settings) -> None:
    if not found:
        out.print(t("Chưa có trường nào được người xác nhận.", "No field was confirmed by a person yet."))
        return
    table = headed(
        "Loại|Trường|Đã xác nhận|Phải sửa|Trong đó trống|Tỷ lệ", "Type|Field|Confirmed|Changed|Of them empty|Share"
    )
    for one in islice(found, _SHARES_SHOWN):
        kind = settings.type(one.type)
        name = t(kind.name.vi, kind.name.en) if kind else one.type
        table.add_row(
            escape(name), one.field, str(one.confirmed), str(one.changed), str(one.filled), f"{one.share:.1%}"
        )
    out.print(table)
    rest = len(found) - _SHARES_SHOWN
    if rest > 0:
        out.print(t(f"… và {rest} dòng nữa (--json).", f"… and {rest} more rows (--json)."))


def _write_csv(file: TextIO, rows: Iterable[Kept]) -> None:
    file.write("\ufeff")  # spreadsheets take the text for UTF-8 by this mark alone
    writer = csv.writer(file)
    writer.writerow([column.name for column in fields(Kept)])
    for row in rows:
        writer.writerow([_cell(value) for value in astuple(row)])


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write_jsonl(file: TextIO, rows: Iterable[Kept]) -> None:
    for row in rows:
        file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
