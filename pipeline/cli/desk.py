"""The human gate as a conversation: a document's doubtful fields, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from pipeline import capture, classify, recipe
from pipeline.cli import views
from pipeline.cli.base import Site, out, t, tell
from pipeline.dossier import Document, FieldValue, State
from pipeline.errors import BadValue
from pipeline.work import Journal, Outcome, Run

_EMPTY, _LATER = "-", "s"
_CROP_MARGIN = 0.6
"""Paper shown around a field, in heights of the field."""


def at_the_gate(
    document: Document,
    site: Site,
    order: Run,
    editor: str,
    given: Mapping[str, str],
    type_key: str,
    *,
    unasked: bool,
) -> Outcome | None:
    """Confirm one document and take it forward; ``None`` when the officer leaves it for later.

    A document that was cut off elsewhere than at the gate simply goes on; one that the law keeps out needs an override.
    """
    if order.override:
        document = replace(document, override=order.override)
    if document.state is not State.OFFICER_SIGNED:
        outcome = order.resume(document)
        document = outcome.documents[0]
        if document.state is not State.OFFICER_SIGNED:
            return outcome
    document = recipe.retype(document, order.office, editor, type_key or document.extraction.type)
    changes = dict(given) if unasked else _ask(document, site, given, order.journal)
    if changes is None:
        return None
    return order.resume(recipe.confirm_by(document, order.office, editor, changes))


def _ask(document: Document, site: Site, given: Mapping[str, str], journal: Journal) -> dict[str, str] | None:
    views.document_head(document, site.settings)
    undecided = recipe.unsettled(document)
    views.findings(undecided)
    if any(found.rule == classify.DOUBTFUL for found in undecided):
        out.print(t(f"  tách lại: sohoa cut {document.id}", f"  cut anew: sohoa cut {document.id}"), style="dim")
    out.print(
        t(
            "Enter: chấp nhận · gõ giá trị mới: sửa · -: để trống · s: để sau · Ctrl-C: dừng",
            "Enter: accept · type a value: correct · -: leave empty · s: later · Ctrl-C: stop",
        ),
        style="dim",
    )
    changes = dict(given)
    fields = [field for field in document.extraction.doubtful if field.key not in given]
    for field in fields:
        views.field_at_the_gate(field, crop(document, field, journal.files(document)), site.settings)
        answer = _answer(document, field, site)
        if answer is None:
            return None
        changes[field.key] = answer
    if not fields and not click.confirm(t("Xác nhận giấy tờ này?", "Confirm this document?"), default=True):
        return None
    return changes


def _answer(document: Document, field: FieldValue, site: Site) -> str | None:
    """The value the officer leaves the field with; ``None`` for later."""
    while True:
        said = click.prompt(t("  giá trị", "  value"), default=field.value, show_default=bool(field.value)).strip()
        if said == _LATER:
            return None
        try:
            return classify.typed(field.key, "" if said == _EMPTY else said, document.extraction.type, site.settings)
        except BadValue as error:
            tell(error)


def crop(document: Document, field: FieldValue, folder: Path) -> Path:
    """A picture of the place on the paper where ``field`` stands (the whole page when no place is known)."""
    page = next((page for page in document.pages if page.number == field.page), document.pages[0])
    pixels = capture.pixels(page)
    if field.box is not None and field.page is not None:
        x0, y0, x1, y1 = field.box
        margin = max(20.0, _CROP_MARGIN * (y1 - y0))
        rows = slice(max(0, int(y0 - margin)), int(y1 + margin) + 1)
        columns = slice(max(0, int(x0 - 2 * margin)), int(x1 + 2 * margin) + 1)
        pixels = pixels[rows, columns]
    path = folder / f"{field.key}.png"
    views.save_picture(path, pixels)
    return path
