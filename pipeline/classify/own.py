"""A type's own fields: what stands behind a label, what a pattern finds, what a QR code or MRZ says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.classify import foot, normal, patterns, proven, values
from pipeline.classify.acts import Head
from pipeline.classify.behind import Form, behind_label
from pipeline.classify.layout import Sheet
from pipeline.classify.values import Found
from pipeline.dossier import Finding
from pipeline.settings import OwnField

_PATTERN_WEIGHT = 0.95


def read(paper: Form, head: Head) -> tuple[dict[str, Found], tuple[Finding, ...]]:
    """What was found for each of the type's own fields, by key (without a value: absent), and what to tell of it.

    QR code and MRZ, which prove themselves, go before print; print that clearly differs from them is told.
    """
    built = _from_layout(paper, head)
    printed: dict[str, Found] = {}
    for key, spec in paper.kind.fields.items():
        found = built.get(key) or behind_label(paper, spec) or _from_pattern(paper.sheets, spec)
        if found is not None and found.value:
            printed[key] = found
    coded, findings = proven.compare(proven.read(paper.sheets, paper.kind, paper.permanent), printed, paper.kind)
    return printed | coded, findings


def _from_layout(paper: Form, head: Head) -> dict[str, Found]:
    """Fields that stand at a place of the layout and behind no label."""
    fields = paper.kind.fields
    parts = {spec.part for spec in fields.values()}
    found = {
        "symbol": head.symbol,
        "place": head.place,
        "superior": head.superior,
        "signer": foot.signer(paper.sheets) if "signer" in parts else None,
        "recipients": foot.recipients(paper.sheets) if "recipients" in parts else None,
    }
    return {key: one for key, spec in fields.items() if (one := found.get(spec.part)) is not None}


def _from_pattern(sheets: Sequence[Sheet], spec: OwnField) -> Found | None:
    """A pattern without labels is looked for anywhere on the paper."""
    if not spec.pattern or spec.labels:
        return None
    for page in sheets:
        for row in page.rows:
            if spec.zone and row.zone not in ("", spec.zone):
                continue
            match = patterns.search(spec.pattern, row.text)
            if match:
                group = match.lastindex or 0
                value = normal.normalise(match.group(group), spec.kind)
                found = values.from_row(row, *match.span(group), value, "label", _PATTERN_WEIGHT)
                broken = match.end(group) == len(row.text) and row.box[2] > 0.85 * row.width and value[-1:].isalpha()
                return replace(found, doubts=(values.CUT,)) if broken else found
    return None
