"""Tables of a run for the terminal and for the documentation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from benchmarks import report as general
from benchmarks import tables
from benchmarks.fields import figures
from benchmarks.fields.figures import DRAWN, Outcome
from benchmarks.fields.nouns import Judged, Verdict
from benchmarks.tables import Cells, figure
from pipeline.settings import DocumentType

FIELDS_HEAD = ("type", "field", "printed", *(str(one) for one in Verdict), "exact %")
TYPES_HEAD = ("set", "documents", "right %", "unknown", "confused")
STARTS_HEAD = ("stacks", "stacks", "pages", "starts", "precision %", "recall %", "shown to a person")
RELIABILITY_HEAD = ("confidence", "", "documents", "mean", "right")
WRONG_HEAD = ("paper", "field", "read", "printed", "verdict")


def field_cells(fields: Sequence[Judged], *, by_type: bool) -> Cells:
    """A row for every field, of every type or of all types together; what was written by hand has rows of its own."""
    groups: dict[tuple[str, str], list[Judged]] = {}
    for one in fields:
        key = one.key + (" (by hand)" if one.by_hand else "")
        groups.setdefault((one.type if by_type else one.source.set, key), []).append(one)
    return [_field_row(*names, group) for names, group in sorted(groups.items())]


def _field_row(first: str, key: str, group: Sequence[Judged]) -> list[str]:
    verdicts = figures.counted(group)
    printed = sum(verdicts.values()) - verdicts[Verdict.EXTRA]
    counts = [str(verdicts[one] or "·") for one in Verdict]
    return [first, key, str(printed), *counts, figure(figures.exact(group), 1)]


def type_cells(outcome: Outcome) -> Cells:
    """A row for every set, and what was taken for what."""
    rows = []
    for name in dict.fromkeys(one.source.set for one in outcome.typed):
        typed = [one for one in outcome.typed if one.source.set == name]
        confused = Counter((one.wanted, one.said) for one in typed if not one.right and one.said != "unknown")
        said = ", ".join(f"{wanted}→{read}" + (f" ×{n}" if n > 1 else "") for (wanted, read), n in confused.items())
        unknown = sum(one.said == "unknown" for one in typed)
        rows.append([name, str(len(typed)), figure(figures.right_types(typed), 1), str(unknown), said or "–"])
    return rows


def start_cells(outcome: Outcome) -> Cells:
    """Stacks without and with separator sheets."""
    rows = []
    for name, separated in (("without separators", False), ("with separators", True)):
        group = [one for one in outcome.starts if one.source.separated is separated]
        if group:
            precision, recall = figures.precision_recall(group)
            wrong = {(id(one), page) for one in group for page in one.found ^ one.wanted}
            shown = sum(page in one.doubted for one in group for key, page in wrong if key == id(one))
            doubted = sum(len(one.doubted) for one in group)
            rows.append(
                [
                    name,
                    str(len(group)),
                    str(sum(one.source.pages for one in group)),
                    str(sum(len(one.wanted) for one in group)),
                    figure(precision, 1),
                    figure(recall, 1),
                    f"{doubted} cuts; {shown} of {len(wrong)} wrong ones",
                ]
            )
    return rows


def reliability_cells(outcome: Outcome) -> Cells:
    """How sure against how right."""
    rows = figures.reliability(outcome.typed)
    return [[f"{low:.2f}–{high:.2f}", "", str(n), f"{sure:.3f}", f"{right:.3f}"] for low, high, n, sure, right in rows]


def wrong_cells(fields: Iterable[Judged], *, everything: bool) -> Cells:
    """What was read wrongly: all of it, or only what was not flagged."""
    bad = {Verdict.ESCAPED, Verdict.EXTRA} | ({Verdict.FLAGGED, Verdict.EMPTY} if everything else set())
    return [
        [one.source.name, f"{one.type}.{one.key}", one.read, one.wanted, str(one.verdict)]
        for one in fields
        if one.verdict in bad
    ]


def split_lines(outcome: Outcome) -> list[str]:
    """Wrong cuts, a line a stack."""
    return [
        f"{one.source.name}: missed {sorted(one.wanted - one.found)}, too many {sorted(one.found - one.wanted)}"
        for one in outcome.starts
        if one.found != one.wanted
    ]


def as_markdown(outcome: Outcome, kinds: Sequence[DocumentType]) -> str:
    """The page ``docs/benchmarks-fields.md``."""
    drawn = [one for one in outcome.fields if one.source.set in DRAWN]
    parts = [
        "# Benchmarks: types, starts of documents, fields",
        "Written by `scripts/bench fields --write`; do not edit by hand. How things are judged is said in "
        "`scripts/benchmarks/fields/judging.py`.",
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {general.machine()}. {general.versions()}.",
        "`samples`: real scans, first page typed by hand. `dossiers`, `stacks`: drawn papers of invented persons and "
        "agencies, every type, every condition; `stacks` are single files of 20 to 60 mixed pages. `texts`: official "
        "texts and blank forms, text only.",
        "## Bars",
        tables.markdown(tables.BAR_HEAD, tables.bar_cells(figures.bars_of(outcome, kinds))),
        "## Types",
        tables.markdown(TYPES_HEAD, type_cells(outcome)),
        "How sure against how right:",
        tables.markdown(RELIABILITY_HEAD, reliability_cells(outcome)),
        "## Starts of documents in stacks",
        tables.markdown(STARTS_HEAD, start_cells(outcome)),
        "## Fields by set",
        tables.markdown(("set", *FIELDS_HEAD[1:]), field_cells(outcome.fields, by_type=False)),
        "## Fields by type, drawn papers",
        tables.markdown(FIELDS_HEAD, field_cells(drawn, by_type=True)),
    ]
    return "\n\n".join(parts) + "\n"


def as_json(outcome: Outcome, kinds: Sequence[DocumentType]) -> str:
    """Everything, document by document and field by field."""
    told = {
        "machine": general.machine(),
        "versions": general.versions(),
        "bars": [asdict(bar) for bar in figures.bars_of(outcome, kinds)],
        "types": [
            {"paper": one.source.name, "said": one.said, "is": one.wanted, "confidence": one.confidence}
            for one in outcome.typed
        ],
        "starts": [
            {"paper": one.source.name, "found": sorted(one.found), "are": sorted(one.wanted)} for one in outcome.starts
        ],
        "fields": [
            {
                "paper": one.source.name,
                "conditions": one.source.conditions,
                "type": one.type,
                "field": one.key,
                "verdict": str(one.verdict),
                "by_hand": one.by_hand,
                "read": one.read,
                "printed": one.wanted,
                "source": one.origin,
            }
            for one in outcome.fields
        ],
        "cpu_seconds_a_page": outcome.cpu,
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
