"""Commands about stored records: ``search``, ``show``, ``get``, ``verify``, ``index``."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from pipeline import storage
from pipeline.cli import shapes
from pipeline.cli.base import Site, echo_json, err, exit_status, headed, json_option, out, pass_site, spoken, t, tell
from pipeline.errors import IndexUnusable, IntegrityError, NotFound, NotOurRecord, SohoaError, VerificationFailed


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
@click.option("--force", is_flag=True, help=t("Ghi đè tệp đã có.", "Overwrite a file that is there."))
@pass_site
def get(site: Site, id: str, output: Path, original: bool, force: bool) -> None:
    """Fetch a file whose hash matches the manifest."""
    if output.exists() and not force:
        what = t("tệp đã có; dùng --force để ghi đè", "the file exists; --force overwrites it")
        raise NotFound(name=output, what=what)
    entry = site.repository.fetch(site.repository.find(id), "original" if original else "record", output)
    err.print(f"{output}: {entry.size / 1e6:.2f} MB, sha256 {entry.sha256}", soft_wrap=True)


@click.command(
    help=t(
        "Kiểm tra tệp hoặc bản ghi: chữ ký, PDF/A, mã băm theo kho.",
        "Verify files or records: signatures, PDF/A, hash against the repository.",
    )
)
@click.argument("what", nargs=-1, metavar="FILE|ID…")
@click.option("--all", "everything", is_flag=True, help=t("Mọi bản ghi trong kho.", "Every record of the repository."))
@json_option
@pass_site
def verify(site: Site, what: tuple[str, ...], everything: bool, as_json: bool) -> int:
    """Verify; the exit code is 0 only when everything holds."""
    if not what and not everything:
        raise click.UsageError(t("Cho tệp, id, hoặc --all.", "Give a file, an id, or --all."))
    results: list[dict[str, Any]] = []
    problems: list[SohoaError] = []
    with tempfile.TemporaryDirectory(prefix="sohoa-") as scratch:
        names = [*what, *(site.repository.ids() if everything else ())]
        for name in track(names, description="", console=err, transient=True, disable=not err.is_terminal):
            try:
                results.extend(_verified(name, site, Path(scratch)))
            except SohoaError as error:
                problems.append(error)
                results.append({"file": name, "ok": False, "level": "invalid", "error": shapes.error_shape(error)})
    if as_json:
        echo_json(results)
    else:
        for result in results:
            _show_verdict(result)
    for problem in problems:
        tell(problem)
    bad = [result for result in results if not result["ok"] and "error" not in result]
    for result in bad:
        reasons = "; ".join(finding["message"] for finding in result["findings"]) or result["level"]
        kind = NotOurRecord if result["level"] == "foreign" else VerificationFailed
        problems.append(kind(name=result["file"], what=reasons))
        tell(problems[-1])
    return exit_status(problems)


def _verified(name: str, site: Site, scratch: Path) -> Iterator[dict[str, Any]]:
    """Verdicts on a file, or on the files of a stored record (fetching checks the hash against the manifest)."""
    from pipeline import packaging  # noqa: PLC0415 - heavy, and only needed here

    trust = site.settings.site.keys.trust
    path = Path(name)
    if path.is_file():
        known = _record_with(path, site)
        verdict = packaging.verify(path, trust)
        yield {**shapes.verdict(name, verdict), "record": known}
        return
    if path.exists():
        raise NotFound(name=name, what=t("không phải tệp thường", "not a regular file"))
    id = site.repository.find(name)
    manifest = site.repository.read_manifest(id)
    for entry in manifest.files:
        if entry.role == "reading":
            site.repository.readings(manifest)
            continue
        local = scratch / f"{id}-{entry.role}"
        site.repository.fetch(id, entry.role, local)
        expected = (
            packaging.Expected(sha256=entry.sha256, at=datetime.fromisoformat(manifest.stored_at))
            if entry.role == "record"
            else None
        )
        verdict = packaging.verify(local, trust, expected)
        shape = {**shapes.verdict(f"{id} {entry.role}", verdict), "record": id}
        if entry.role == "original":  # signed elsewhere: its hash is ours to vouch for, its signers are not
            shape["ok"] = verdict.level != "invalid"
        yield shape
        local.unlink()


def _record_with(path: Path, site: Site) -> str | None:
    """Id of the stored record with the same bytes as ``path``, if the index knows one."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        return next((hit.id for hit in site.index.by_record(digest)), None)
    except IndexUnusable:
        return None


def _show_verdict(result: dict[str, Any]) -> None:
    mark = "[green]✓[/]" if result["ok"] else "[red]✗[/]"
    out.print(f"{mark} {escape(result['file'])}  {_level(result['level'])}", end="")
    if "error" in result:
        out.print(f"  {escape(result['error']['message'])}")
        return
    out.print(f"  [dim]{t('bản ghi', 'record')} {result['record']}[/]" if result.get("record") else "")
    for signature in result["signatures"]:
        demo = t(" [yellow]khóa thử nghiệm[/]", " [yellow]demo key[/]") if signature["demo"] else ""
        trusted = t("tin cậy", "trusted") if signature["trusted"] else t("chưa có gốc tin cậy", "no trusted root")
        intact = t("nguyên vẹn", "intact") if signature["intact"] else t("[red]BỊ SỬA[/]", "[red]CHANGED[/]")
        out.print(f"    {escape(signature['signer'])} · {signature['time']} · {intact} · {trusted}{demo}")
    for finding in result["findings"]:
        out.print(f"    [dim]{finding['rule']}: {escape(finding['message'])}[/]")


def _level(level: str) -> str:
    return {
        "valid": t("[green]HỢP LỆ[/]", "[green]VALID[/]"),
        "invalid": t("[red]KHÔNG HỢP LỆ[/]", "[red]NOT VALID[/]"),
        "foreign": t("[yellow]ký ở nơi khác[/]", "[yellow]signed elsewhere[/]"),
    }[level]


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
