"""A type's own fields: what stands behind a label, what a pattern finds, what a QR code or MRZ says."""

from __future__ import annotations

from dataclasses import replace

from pipeline.classify import bodies, foot, normal, patterns, places, proven, values
from pipeline.classify.acts import Head
from pipeline.classify.behind import Form, behind_label
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import capitals, without_leaders
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
        found = built.get(key) or behind_label(paper, spec) or _from_pattern(paper, spec)
        if found is not None and found.value:
            unnamed = "co_quan_cap" in spec.fills and bodies.nameless(found.value)
            printed[key] = replace(found, doubts=(*found.doubts, values.NAMELESS)) if unnamed else found
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


def _from_pattern(paper: Form, spec: OwnField) -> Found | None:
    """A pattern without labels is looked for anywhere on the paper."""
    if not spec.pattern or spec.labels:
        return None
    for page in paper.sheets:
        for row in page.rows:
            if spec.zone and row.zone not in ("", spec.zone):
                continue
            match = patterns.search(spec.pattern, row.text)
            if match:
                group = match.lastindex or 0
                value = normal.normalise(match.group(group), spec.kind)
                found = values.from_row(row, *match.span(group), value, "label", _PATTERN_WEIGHT)
                whole = spec.kind != "text" or match.end(group) < len(row.text)
                return found if whole else _with_next_rows(found, row, page, paper)
    return None


def _with_next_rows(found: Found, row: Row, page: Sheet, paper: Form) -> Found:
    """A text that reaches the end of its row: a name in capitals goes on in the next one, other text may do so."""
    rows = bodies.goes_on(row, page.rows, paper.kind.titles) if capitals(found.value) > 0.8 else []
    if rows:
        value = " ".join([found.value, *(without_leaders(one.text).strip(" .") for one in rows)])
        raw = "\n".join([found.raw, *(one.text for one in rows)])
        return replace(found, value=value, raw=raw, words=(*found.words, *(word for one in rows for word in one.words)))
    full = row.box[2] > 0.85 * row.width and found.value[-1:].isalpha() and not places.ends_whole(found.value)
    return replace(found, doubts=(values.CUT,)) if full else found
