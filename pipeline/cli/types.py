"""``sohoa types``: check the configured paper types, try them on a file, learn from what was confirmed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from pipeline import classify
from pipeline.classify import alike, explain, plain
from pipeline.classify.explain import Explanation, Marks, Standing
from pipeline.cli import learning
from pipeline.cli.base import Site, echo_json, headed, json_option, out, pass_site, t
from pipeline.dossier import Finding, PageReading, Severity
from pipeline.errors import ConfigError, NotADocument, NotFound
from pipeline.settings import Settings

_WORDS = {
    "title": ("tên giấy", "title"),
    "symbol": ("số, ký hiệu", "number"),
    "barcode": ("mã vạch", "bar code"),
    "anchor": ("từ neo", "anchor"),
    "label": ("nhãn", "label"),
    "negative": ("từ chống", "negative"),
    "model": ("mô hình học", "learned model"),
}
_ZONES = {
    "anywhere": ("", ""),
    "title": ("tên giấy", "title"),
    "head": ("phần đầu", "head"),
    "head_left": ("đầu, trái", "head, left"),
    "head_right": ("đầu, phải", "head, right"),
    "body": ("nội dung", "body"),
    "foot": ("phần cuối", "foot"),
    "foot_left": ("cuối, trái", "foot, left"),
    "foot_right": ("cuối, phải", "foot, right"),
}
_MOST_BYTES = 4_000_000
"""A text of a thousand pages."""


@click.group(help=t("Các loại giấy tờ được nhận biết.", "The paper types that are recognised."))
def types() -> None:
    """Group of the commands below."""


types.add_command(learning.learn)
types.add_command(learning.propose)


@types.command(
    help=t(
        "Kiểm tra cấu hình các loại giấy tờ: lỗi, biểu thức chạy mãi, loại không phân biệt được.",
        "Check the configured types: errors, patterns that run for ever, types that cannot be told apart.",
    )
)
@json_option
@pass_site
def check(site: Site, as_json: bool) -> int:
    """Load and check all types; the exit code is that of a refused configuration where one cannot work."""
    settings = site.settings
    legal = settings.legal
    found = alike.check_types(settings.types, tuple(legal.fields), legal.permanent)
    placed = [(finding, *_place(settings, finding)) for finding in found]
    if as_json:
        rows = [
            {
                "rule": one.rule,
                "severity": one.severity.value,
                "file": str(file),
                "line": line,
                "where": one.where,
                "message": {"vi": one.message.vi, "en": one.message.en},
            }
            for one, file, line in placed
        ]
        echo_json({"types": len(settings.types), "findings": rows})
    else:
        out.print(t(f"{len(settings.types)} loại giấy tờ", f"{len(settings.types)} types"))
        for one, file, line in placed:
            mark = {Severity.BLOCK: "[red]✗[/]", Severity.WARNING: "[yellow]![/]"}.get(one.severity, "[dim]·[/]")
            said = escape(one.message.say(t("vi", "en")))
            out.print(f"{mark} {escape(file.name)}:{line} {escape(one.where)}: {said} [dim]({one.rule})[/]")
    return ConfigError.exit_code if any(one.severity is Severity.BLOCK for one in found) else 0


def _place(settings: Settings, finding: Finding) -> tuple[Path, int]:
    """File and line of the key that a finding names; line 1 where the key is written in another way."""
    kind, _, key = finding.where.partition(": ")
    file = settings.folder / "document_types" / f"{kind}.yaml"
    names = key.split(".")
    wanted = re.compile(rf"^\s*{re.escape(names[1] if names[0] == 'fields' and len(names) > 1 else names[0])}\s*:")
    rows = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return file, next((number for number, row in enumerate(rows, 1) if wanted.match(row)), 1)


@types.command(
    name="try",
    help=t(
        "Đọc một tệp (ảnh quét, PDF hoặc .txt) và giải thích vì sao nhận ra loại nào; không lưu gì.",
        "Read a file (a scan, PDF or .txt) and explain which type is recognised and why; nothing is stored.",
    ),
)
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@json_option
@pass_site
def try_file(site: Site, path: Path, as_json: bool) -> None:
    """Say for each document in the file what was decided, on what evidence, and what came second."""
    readings = _text_pages(path) if path.suffix.lower() == ".txt" else _scanned_pages(site, path)
    cuts = classify.split(readings, site.settings.types, site.settings.site.splitting)
    by_number = {reading.number: reading for reading in readings}
    found = [explain.explain([by_number[number] for number in cut.pages], site.knowledge) for cut in cuts]
    if as_json:
        echo_json([_shape(one) for one in found])
        return
    out.rule(escape(path.name))
    for one in found:
        _show(one)


def _text_pages(path: Path) -> tuple[PageReading, ...]:
    try:
        content = path.read_bytes()
        if len(content) > _MOST_BYTES:
            raise NotADocument(name=path.name, what="> 4 MB")
        return plain.pages(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotADocument(name=path.name, what="UTF-8?") from error
    except OSError as error:
        raise NotFound(name=path.name, what=error.strerror or "?") from error


def _scanned_pages(site: Site, path: Path) -> tuple[PageReading, ...]:
    with site.crew() as crew, tempfile.TemporaryDirectory(prefix="sohoa-") as scratch:
        taken = crew.take(path, Path(scratch))
        return tuple(sorted((reading for _, reading in crew.read(path.name, taken.pages)), key=lambda one: one.number))


def _show(found: Explanation) -> None:
    match, pages = found.match, ", ".join(map(str, found.pages))
    name = match.type.name.text.say(t("vi", "en")) if match.type else t("chưa rõ loại", "unknown type")
    out.print(
        t(f"Trang {pages}: ", f"Pages {pages}: ") + f"[bold]{escape(name)}[/] ({match.key}) {match.confidence:.0%}"
    )
    for place, standing in enumerate(found.standings):
        out.print(_evidence_table(standing, place))
    for marks in found.missed:
        wanted = "; ".join(part for part in (_list(marks.titles), _list(marks.suffixes), _list(marks.anchors)) if part)
        said = t(f"Sẽ cho thấy là {marks.type.key}: ", f"Would tell that it is {marks.type.key}: ")
        out.print(f"[dim]{escape(said + wanted)}[/]")


def _evidence_table(standing: Standing, place: int) -> Any:
    ranks = (t("Chọn", "Chosen"), t("Thứ hai", "Runner-up"), t("Thứ ba", "Third"))
    title = f"{ranks[place]}: {standing.type.key} {standing.score:.2f}"
    table = headed("Dấu hiệu|Nội dung|Trang, vùng|Trọng số", "Evidence|What|Page, zone|Weight", title)
    for one in standing.evidence:
        page, _, zone = one.where.partition(" ")
        table.add_row(t(*_WORDS[one.kind]), escape(one.what), f"{page} {t(*_ZONES[zone])}", f"{one.weight:+.2f}")
    return table


def _list(texts: Sequence[str]) -> str:
    return ", ".join(text for text in texts[:4] if text)


def _shape(found: Explanation) -> dict[str, Any]:
    match, second = found.match, found.standings[1:2]
    return {
        "pages": list(found.pages),
        "type": match.key,
        "confidence": match.confidence,
        "title": match.printed,
        "runner_up": second[0].type.key if second else "",
        "standings": [
            {
                "type": one.type.key,
                "score": round(one.score, 4),
                "evidence": [
                    {"kind": e.kind, "what": e.what, "where": e.where, "weight": round(e.weight, 4)}
                    for e in one.evidence
                ],
            }
            for one in found.standings
        ],
        "would_tell": [_marks_shape(marks) for marks in found.missed],
    }


def _marks_shape(marks: Marks) -> dict[str, Any]:
    return {
        "type": marks.type.key,
        "titles": list(marks.titles),
        "suffixes": [text for text in marks.suffixes if text],
        "anchors": list(marks.anchors),
    }
