"""What people see: progress, tables, fields at the gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from pipeline import recipe
from pipeline.cli import shapes
from pipeline.cli.base import err, headed, out, spoken, t
from pipeline.dossier import Document, FieldValue, Finding, Page, PageReading, Severity, State, Text
from pipeline.errors import DiskFull
from pipeline.settings import Settings
from pipeline.work import Outcome, Report

_STAGES = {
    "capture": ("sao chụp", "capture"),
    "read": ("đọc trang", "read pages"),
    "record": ("ký, lưu", "sign, store"),
}
_STATES = {
    State.RECEIVED: ("đã nhận", "received"),
    State.READ: ("đã đọc", "read"),
    State.PACKAGED: ("đã đóng gói", "packaged"),
    State.OFFICER_SIGNED: ("[yellow]chờ xác nhận[/]", "[yellow]waits for review[/]"),
    State.CONFIRMED: ("đã xác nhận", "confirmed"),
    State.CODED: ("đã cấp mã", "coded"),
    State.SEALED: ("đã ký số", "sealed"),
    State.STORED: ("[green]đã lưu kho[/]", "[green]stored[/]"),
    State.PARKED: ("[red]để riêng[/]", "[red]parked[/]"),
}
_WEIGHTS = {Severity.INFO: "[dim]·[/]", Severity.WARNING: "[yellow]![/]", Severity.BLOCK: "[red]✗[/]"}


@contextmanager
def progress() -> Iterator[Report]:
    """A live display on standard error, a line for each file and stage; yields the function that is told."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[stage]:<12}"),
        TextColumn("{task.description}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as display:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = display.add_task(escape(name), total=total, stage="")
            display.update(tasks[name], completed=done, total=total, stage=t(*_STAGES[stage]))
            if stage == "record" and done == total:
                display.update(tasks[name], visible=False)

        yield report


def run_table(outcomes: Iterable[Outcome], settings: Settings) -> None:
    """The table at the end of a run."""
    table = headed(
        "Tệp|Loại giấy tờ|Số, ký hiệu|Ngày|Trang|Nghi ngờ|Trạng thái|Mã|Cỡ|Giây",
        "File|Type|Number|Date|Pages|Doubtful|State|Code|Size|Seconds",
        title=t("Kết quả số hóa", "Digitised"),
    )
    for outcome in outcomes:
        for document in outcome.documents:
            table.add_row(*_row(document, outcome.sizes.get(document.id, 0), settings), f"{outcome.seconds:.1f}")
        for hit in outcome.stored_before:
            state = t("[cyan]đã có trong kho[/]", "[cyan]stored before[/]")
            kind = _type_name(hit.type, settings)
            table.add_row(escape(outcome.name), kind, escape(hit.number), hit.date, "", "", state, hit.id, "", "")
    if table.row_count:
        out.print(table)
    for outcome in outcomes:
        for document in outcome.documents:
            doubtful = ", ".join(field_label(field.key, document, settings) for field in document.extraction.doubtful)
            remark = document.reason or (t("nghi ngờ: ", "doubtful: ") + doubtful if doubtful else "")
            out.print(f"{document.id}  {escape(document.source.name)}  [dim]{escape(remark)}[/]", soft_wrap=True)


def waiting_table(documents: Sequence[Document], settings: Settings) -> None:
    """Documents in progress."""
    if not documents:
        out.print(t("Không có giấy tờ nào đang chờ.", "Nothing is waiting."))
        return
    table = headed("Id|Tệp|Loại|Nghi ngờ|Trạng thái|Lý do", "Id|File|Type|Doubtful|State|Reason")
    for document in documents:
        rules = dict.fromkeys(found.rule for found in recipe.unsettled(document))
        doubtful = ", ".join([*(field.key for field in document.extraction.doubtful), *rules])
        table.add_row(
            document.id,
            escape(document.source.name),
            _type_name(document.extraction.type, settings),
            doubtful,
            t(*_STATES[document.state]),
            escape(document.reason),
        )
    out.print(table)


def _row(document: Document, size: int, settings: Settings) -> tuple[str, ...]:
    found = document.extraction
    return (
        escape(document.source.name),
        _type_name(found.type, settings),
        escape(found.field("so_ky_hieu").value),
        found.field("ngay_cap").value,
        str(len(found.pages)),
        str(len(found.doubtful) or ""),
        t(*_STATES[document.state]),
        escape(document.code),
        f"{size / 1e6:.2f} MB" if size else "",
    )


def _type_name(key: str, settings: Settings) -> str:
    found = settings.type(key)
    return t(found.name.vi, found.name.en) if found else t("[yellow]chưa rõ[/]", "[yellow]unknown[/]")


def reading(
    path: Path, pages: Sequence[tuple[Page, PageReading]], documents: Sequence[Document], settings: Settings
) -> None:
    """What ``sohoa read`` shows of one file."""
    words = [word for _, read in pages for word in read.words()]
    doubtful = sum(1 for word in words if word.agreed is False)
    out.rule(escape(path.name))
    out.print(
        t(
            f"{len(pages)} trang, {len(words)} từ, {doubtful} từ hai bộ đọc không khớp",
            f"{len(pages)} pages, {len(words)} words, {doubtful} on which the readers differ",
        )
    )
    findings(shapes.noticed(documents))
    for document in documents:
        document_head(document, settings)
        table = headed("Trường|Giá trị|Tin cậy|Nguồn|Cần xem", "Field|Value|Confidence|Source|Review")
        for field in document.extraction.fields:
            if field.value or field.needs_review:
                share = f"{field.confidence:.0%}" if field.value else ""
                mark = f"[yellow]{escape(spoken(field.reason))}[/]" if field.needs_review else ""
                table.add_row(
                    field_label(field.key, document, settings), escape(field.value), share, field.source, mark
                )
        out.print(table)


def findings(noticed: Iterable[Finding]) -> None:
    """What is the same on several pages is said once."""
    places: dict[tuple[Severity, Text], list[str]] = {}
    for found in noticed:
        places.setdefault((found.severity, found.message), []).append(found.where)
    for (severity, message), where in places.items():
        pages = [place.removeprefix("page ") for place in where if place.startswith("page ")]
        rest = [place for place in where if not place.startswith("page ")]
        said = ", ".join([*rest, *([t("trang ", "page ") + ", ".join(pages)] if pages else [])])
        out.print(f"  {_WEIGHTS[severity]} {said}: {escape(t(message.vi, message.en))}")


def document_head(document: Document, settings: Settings) -> None:
    """A document's name, pages and file in one line."""
    found = document.extraction
    pages = ", ".join(map(str, found.pages))
    name = _type_name(found.type, settings)
    out.print(f"[bold]{name}[/] ({found.type_confidence:.0%}) · {t('trang', 'pages')} {pages}", end="")
    out.print(f" · {escape(document.source.name)} · {document.id}")


def field_at_the_gate(field: FieldValue, picture: Path, settings: Settings) -> None:
    """One doubtful field: value, confidence, why, and where its picture lies."""
    rule = settings.legal.fields.get(field.key)
    label = t(rule.label.vi, rule.label.en) if rule else field.key
    value = escape(field.value) if field.value else t("(trống)", "(empty)")
    out.print(f"\n[bold]{label}[/]: {value}  [dim]{field.confidence:.0%} · {escape(spoken(field.reason))}[/]")
    if field.raw and field.raw != field.value:
        out.print(f"  {t('đọc được', 'read as')}: {escape(field.raw)}", style="dim")
    out.print(f"  {t('ảnh', 'picture')}: {picture}", style="dim", soft_wrap=True)


def field_label(key: str, document: Document, settings: Settings) -> str:
    """The label of a legal field or of the type's own field."""
    if rule := settings.legal.fields.get(key):
        return t(rule.label.vi, rule.label.en)
    kind = settings.type(document.extraction.type)
    own = kind.fields.get(key) if kind else None
    return t(own.label.vi, own.label.en) if own else key


def save_picture(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write a BGR picture; the suffix says the format.

    Raises:
        DiskFull: it could not be written.
    """
    encoded, data = cv2.imencode(path.suffix, pixels)
    if not encoded:
        raise DiskFull(where=path.parent)
    path.write_bytes(_bytes(data))


def _bytes(data: Any) -> bytes:
    return bytes(data.tobytes())
