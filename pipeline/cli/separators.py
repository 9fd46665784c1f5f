"""Commands about where papers begin in a stack: ``separators print`` before it is scanned, ``cut`` afterwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape

from pipeline import capture, classify
from pipeline.cli import shapes, shared
from pipeline.cli.base import Site, echo_json, headed, json_option, out, pass_site, t
from pipeline.dossier import Document
from pipeline.errors import ConfigError, UnknownRecord
from pipeline.work import Journal, cut_anew

_MOST_SHEETS = 200
_MOST_PAGES = 100_000
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


@click.group(
    help=t("Tờ phân cách giữa các giấy tờ trong một chồng.", "Separator sheets between the papers of a stack.")
)
def separators() -> None:
    """Separator sheets."""


@separators.command(
    name="print",
    help=t(
        "Vẽ tờ phân cách (PDF khổ A4) để in; đặt một tờ giữa hai giấy tờ trước khi quét.",
        "Draw separator sheets (PDF, A4) to be printed; lay one between two papers before scanning.",
    ),
)
@click.option(
    "-o",
    "--output",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.pdf",
    help=t("Tệp PDF.", "The PDF file."),
)
@click.option(
    "--kind",
    type=click.Choice(["patch-t", "qr", "both"]),
    default="both",
    help=t("patch-t: vạch Patch T và mã vạch; qr: mã QR.", "patch-t: Patch T bars and bar code; qr: QR code."),
)
@click.option("--count", type=click.IntRange(1, _MOST_SHEETS), default=1, help=t("Số tờ.", "Number of sheets."))
@click.option("--text", default="", help=t("Chữ in thêm trên tờ.", "Words to print on the sheet."))
@pass_site
def separators_print(site: Site, path: Path, kind: str, count: int, text: str) -> None:
    """Draw separator sheets that this installation recognises."""
    texts = site.settings.site.splitting.separators
    if not texts:
        raise ConfigError(
            file=site.settings.folder / "site.yaml", line=0, what="splitting.separators", hint=" ".join(_EXAMPLES)
        )
    bars, square = (next((one for one in texts if one == wanted), texts[0]) for wanted in _EXAMPLES)
    made = capture.separator_sheets(
        bars=bars if kind != "qr" else "", square=square if kind != "patch-t" else "", note=text, count=count
    )
    path.write_bytes(made)
    out.print(t(f"{count} tờ phân cách: {path}", f"{count} separator sheets: {path}"), soft_wrap=True)


_EXAMPLES = ("PATCHT", "SOHOA-SEPARATOR")
"""Texts used for bars and for the square code where they are configured, else the first one configured."""


@click.command(
    help=t(
        "Xem hoặc tách lại một tệp: ID của một giấy tờ bất kỳ trong tệp, rồi các trang của từng giấy tờ (1-3 4-6,9 …).",
        "Show how a file is cut, or cut it anew: ID of any document of it, then the pages of each (1-3 4-6,9 …).",
    )
)
@click.argument("name", metavar="ID")
@click.argument("ranges", nargs=-1, metavar="[TRANG]…")
@click.option("--editor", default="", help=t("Người tách.", "Who cuts."))
@json_option
@pass_site
def cut(site: Site, name: str, ranges: tuple[str, ...], editor: str, as_json: bool) -> None:
    """Settle where the documents of a stack begin."""
    groups = [_pages(one) for one in ranges]
    who = editor or t("người tách", "a person")
    here = next((d for d in site.journal.everything() if d.id.startswith(name)), None)
    if here is not None:
        found = _cut(site, site.journal, here.source.sha256, groups, who)
    else:
        found = _cut_shared(site, name, groups, who)
    if as_json:
        echo_json([shapes.document(document) for document in found])
    else:
        _show(found)


def _cut(site: Site, journal: Journal, sha256: str, groups: Sequence[Sequence[int]], who: str) -> Sequence[Document]:
    if not groups:
        return journal.documents(sha256)
    return cut_anew(journal, sha256, groups, site.knowledge, who, site.now())


def _cut_shared(site: Site, name: str, groups: Sequence[Sequence[int]], who: str) -> Sequence[Document]:
    """Cut a source that workers took to the gate; it then goes there once more."""
    for one in shared.waiting(site, lambda document: document.id.startswith(name)):
        if not groups:
            return site.desks.outlines(one.item.sha256)
        with site.crew() as crew, shared.held(site, one.item, crew) as lease:
            found = _cut(site, site.desks.journal, one.item.sha256, groups, who)
            site.desks.put_back(one.item.sha256)
            site.ledger.let_go(lease)
        return found
    raise UnknownRecord(id=name)


def _show(documents: Sequence[Document]) -> None:
    """The documents of a file with their pages, and what is noticed about cutting."""
    table = headed("Id|Trang|Loại|Trạng thái|Nhận xét", "Id|Pages|Type|State|Remarks")
    for document in documents:
        said = [t(found.message.vi, found.message.en) for found in document.findings if found.rule == classify.DOUBTFUL]
        pages = ", ".join(map(str, document.extraction.pages))
        table.add_row(document.id, pages, document.extraction.type, document.state.value, escape("\n".join(said)))
    out.print(table)


def _pages(text: str) -> list[int]:
    """``4-6,9`` as page numbers."""
    found: list[int] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 0 < first <= last <= _MOST_PAGES:
            raise click.BadParameter(t("trang phải có dạng 1-3 hoặc 4-6,9", "pages must be like 1-3 or 4-6,9"))
        found.extend(range(first, last + 1))
    return found
