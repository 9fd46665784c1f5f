"""Commands about stored records: ``search``, ``show``, ``get``, ``index``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from pipeline import storage
from pipeline.cli.base import Site, echo_json, err, headed, json_option, out, pass_site, spoken, t, tell
from pipeline.errors import IntegrityError, NotFound


@click.command(
    help=t("Tìm bản ghi theo lời, có dấu hay không dấu đều được.", "Find records by words, with or without diacritics.")
)
@click.argument("words", nargs=-1)
@click.option("--owner", default="", help=t("Số định danh của chủ giấy tờ.", "Owner id."))
@click.option("--type", "type_key", default="", help=t("Loại giấy tờ (khóa).", "Paper type (key)."))
@click.option("--number", default="", help=t("Số, ký hiệu.", "Number."))
@click.option("--from", "date_from", default="", metavar="YYYY-MM-DD", help=t("Cấp từ ngày.", "Issued from."))
@click.option("--to", "date_to", default="", metavar="YYYY-MM-DD", help=t("Cấp đến ngày.", "Issued until."))
@click.option("--limit", default=20, show_default=True, help=t("Nhiều nhất bao nhiêu.", "At most how many."))
@json_option
@pass_site
def search(
    site: Site,
    words: tuple[str, ...],
    owner: str,
    type_key: str,
    number: str,
    date_from: str,
    date_to: str,
    limit: int,
    as_json: bool,
) -> None:
    """Search the index."""
    hits = site.index.search(
        " ".join(words), owner=owner, type=type_key, number=number, date_from=date_from, date_to=date_to, limit=limit
    )
    if as_json:
        echo_json([asdict(hit) for hit in hits])
        return
    if not hits:
        out.print(t("Không tìm thấy.", "Nothing found."))
        return
    table = headed("Id|Loại|Số, ký hiệu|Ngày|Nội dung", "Id|Type|Number|Date|Content")
    for hit in hits:
        table.add_row(hit.id, escape(hit.type_name), escape(hit.number), hit.date, escape(hit.snippet or hit.abstract))
    out.print(table)


@click.command(help=t("Xem mọi điều đã ghi về một bản ghi.", "Show everything recorded about a record."))
@click.argument("id")
@json_option
@pass_site
def show(site: Site, id: str, as_json: bool) -> None:
    """Show a record's manifest."""
    manifest = site.repository.read_manifest(site.repository.find(id))
    if as_json:
        echo_json(json.loads(storage.to_json(manifest)))
        return
    kind = site.settings.type(manifest.type)
    out.print(f"[bold]{escape(t(kind.name.vi, kind.name.en) if kind else manifest.type_name)}[/]  {manifest.id}")
    table = Table(show_header=False, box=None)
    facts = {
        t("Mã", "Code"): manifest.code,
        t(
            "Hồ sơ", "Dossier"
        ): f"{manifest.dossier.code} · {manifest.dossier.procedure} · {manifest.dossier.kind.value}",
        t("Tệp nguồn", "Source"): f"{manifest.source.name} · {len(manifest.pages)} {t('trang', 'pages')}",
        t("Lưu lúc", "Stored"): manifest.stored_at,
    }
    for name, fact in facts.items():
        table.add_row(name, escape(fact))
    for entry in manifest.fields:
        rule = site.settings.legal.fields.get(entry.key) or (kind.fields.get(entry.key) if kind else None)
        label = t(rule.label.vi, rule.label.en) if rule else entry.key
        doubt = f"  [yellow]({escape(spoken(entry.reason) or '?')})[/]" if entry.needs_review else ""
        by = f"  [dim]← {escape(entry.read)} · {escape(entry.editor)}[/]" if entry.editor else ""
        if entry.value or entry.needs_review or entry.editor:
            table.add_row(label, escape(entry.value) + doubt + by)
    for file in manifest.files:
        table.add_row(file.role, f"{file.size / 1e6:.2f} MB · sha256 {file.sha256}")
    for event in manifest.history:
        table.add_row(event.at, f"{event.state.value} · {escape(event.by)} {escape(event.remark)}")
    out.print(table)


@click.command(help=t("Lấy tệp của một bản ghi ra.", "Take a record's file out."))
@click.argument("id")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help=t("Ghi vào tệp.", "File to write.")
)
@click.option(
    "--original", is_flag=True, help=t("Bản gốc đã ký số, nguyên từng byte.", "The signed original, byte for byte.")
)
@click.option("--light", is_flag=True, help=t("Bản nhẹ để đọc, không phải bản ghi.", "The small copy for reading."))
@click.option("--force", is_flag=True, help=t("Ghi đè tệp đã có.", "Overwrite a file that is there."))
@pass_site
def get(site: Site, id: str, output: Path, original: bool, light: bool, force: bool) -> None:
    """Fetch a file whose hash matches the manifest."""
    if output.exists() and not force:
        what = t("tệp đã có; dùng --force để ghi đè", "the file exists; --force overwrites it")
        raise NotFound(name=output, what=what)
    if original and light:
        raise click.UsageError(t("Chọn một: --original hoặc --light.", "Choose one: --original or --light."))
    role = "original" if original else "light" if light else "record"
    entry = site.repository.fetch(site.repository.find(id), role, output)
    err.print(f"{output}: {entry.size / 1e6:.2f} MB, sha256 {entry.sha256}", soft_wrap=True)


@click.group(help=t("Chỉ mục tìm kiếm.", "The search index."))
def index() -> None:
    """The index."""


@index.command(name="rebuild", help=t("Dựng lại chỉ mục từ kho.", "Rebuild the index from the store."))
@pass_site
def index_rebuild(site: Site) -> int:
    """Rebuild the index from the manifests alone."""
    with err.status("") as spinner:
        found = site.index.rebuild(site.repository, lambda count: spinner.update(str(count)))
    out.print(t(f"Chỉ mục có {found.count} bản ghi.", f"The index holds {found.count} records."))
    for key in found.damaged:
        tell(IntegrityError(where=key))
    return IntegrityError.exit_code if found.damaged else 0
