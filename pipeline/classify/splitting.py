"""Where one document ends and the next begins in a stack of pages.

A clerk puts the whole dossier through the feeder. A separator sheet ends a document and belongs to none; otherwise a
document begins where the signs of a first page outweigh those of going on (see ``starts``). Everything else goes with
the page before: blank backs, running pages, appendices, drafts handed in with an act. No page is ever dropped, and a
cut that is not sure is shown to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.classify.heads import Heads
from pipeline.classify.leaves import Leaf
from pipeline.classify.separators import is_separator
from pipeline.classify.starts import Opened, Verdict, weigh
from pipeline.dossier import Finding, PageReading, Severity, Text
from pipeline.errors import CutRefused
from pipeline.settings import DocumentType, Splitting

Start = Literal["first", "separator", "cover", "recognised", "given"]

DOUBTFUL, BLANK, ASIDE = "doubtful_cut", "blank_back", "separator_set_aside"
"""Rules of the findings: a cut to be confirmed, a blank side kept with its sheet, a page that is in no document."""
CUTTING = frozenset({DOUBTFUL, BLANK, ASIDE})
_BEGINS = 0.5
"""A document begins from this probability on."""
_BLANK_SAYS = Text("mặt trắng, giữ cùng tờ của nó", "a blank side, kept with its sheet")
_ASIDE_SAYS = Text(
    "tờ phân cách (hoặc mặt sau của nó), không thuộc giấy tờ nào",
    "a separator sheet (or its back), no page of any document",
)
_WHY = {
    "first": Text("trang đầu của tệp", "the first page of the file"),
    "separator": Text("đứng sau tờ phân cách", "behind a separator sheet"),
    "given": Text("do người tách", "cut by a person"),
}


@dataclass(frozen=True)
class Cut:
    """The pages of one document in the stack.

    ``pages`` are ordinals in the source, in its order; every page of the stack is in exactly one cut, or it was set
    aside with a separator sheet, which a finding of a neighbour tells.
    """

    pages: tuple[int, ...]
    start: Start
    """How it begins: first page of the stack, behind a separator, cover sheet, recognised, or given by a person."""
    confidence: float
    """How likely (0..1) it is that a document begins here."""
    why: Text
    """What speaks for it."""
    findings: tuple[Finding, ...] = ()


@dataclass
class _Draft:
    """A document that lies open while the stack is gone through."""

    start: Start
    confidence: float
    why: Text
    opened: Opened
    pages: list[int]
    findings: list[Finding]

    @classmethod
    def begin(cls, start: Start, confidence: float = 1.0, why: Text | None = None) -> _Draft:
        return cls(start, confidence, why or _WHY[start], Opened(), [], [])

    def add(self, leaf: Leaf) -> None:
        number = leaf.reading.number
        self.pages.append(number)
        self.opened.pages += 1
        if not leaf.blank:
            self.opened.leaves.append(leaf)
        elif not any(found.rule == "blank_page" for found in leaf.reading.findings):
            self.findings.append(_finding(BLANK, number, _BLANK_SAYS, Severity.INFO))

    def done(self) -> Cut:
        return Cut(tuple(self.pages), self.start, round(self.confidence, 3), self.why, tuple(self.findings))


def split(readings: Sequence[PageReading], types: Sequence[DocumentType], splitting: Splitting) -> tuple[Cut, ...]:
    """Cut a stack into documents.

    Args:
        readings: the pages as read, in their order.
        types: the types configured.
        splitting: texts of separator sheets, and how sure a cut has to be.

    Returns:
        The documents in order; none when there is nothing but separator sheets.
    """
    heads = Heads(types)
    cuts: list[Cut] = []
    aside: list[int] = []
    start: Start = "first"
    for run, separators in _runs([Leaf.of(reading) for reading in readings], splitting.separators):
        if run:
            found = [draft.done() for draft in _documents(run, start, heads, splitting.sure)]
            cuts += _told(found, aside, first=True)
            aside = []
        aside += separators
        start = "separator"
    return tuple(_told(cuts, aside, first=False))


def settle(
    readings: Sequence[PageReading], groups: Sequence[Sequence[int]], splitting: Splitting, name: str
) -> tuple[Cut, ...]:
    """The cuts that a person gave: the pages of each document, by their ordinals.

    Args:
        readings: all pages of the source, in their order.
        groups: pages of each document; the order of the source is kept, whatever the order given.
        splitting: texts of separator sheets; those sheets, with their blank backs, may be left out.
        name: of the source, for messages.

    Raises:
        CutRefused: a page is missing, comes twice or is not there, or a document has no page.
    """
    leaves = {reading.number: Leaf.of(reading) for reading in readings}
    runs = _runs(list(leaves.values()), splitting.separators)
    spare = {number for _, separators in runs for number in separators}
    given = [number for group in groups for number in group]
    wrong = (
        ("không có trang / no such page", set(given) - leaves.keys()),
        ("trang có hai lần / page given twice", {number for number in given if given.count(number) > 1}),
        ("thiếu trang / page missing", leaves.keys() - set(given) - spare),
    )
    for what, numbers in wrong:
        if numbers:
            raise CutRefused(name=name, what=f"{what}: {', '.join(map(str, sorted(numbers)))}")
    if not given or not all(groups):
        raise CutRefused(name=name, what="giấy tờ không có trang / a document without pages")
    cuts = []
    for group in sorted(groups, key=min):
        draft = _Draft.begin("given")
        for number in sorted(group):
            draft.add(leaves[number])
        cuts.append(draft.done())
    return tuple(_told(cuts, sorted(spare - set(given)), first=True))


def whole(readings: Sequence[PageReading]) -> Cut:
    """All pages as one document."""
    draft = _Draft.begin("first")
    for reading in readings:
        draft.add(Leaf.of(reading))
    return draft.done()


def _runs(leaves: Sequence[Leaf], texts: Sequence[str]) -> list[tuple[list[Leaf], list[int]]]:
    """Pages up to each separator sheet, with the numbers of the pages set aside behind them.

    The blank page behind a separator sheet is its back. Between two separator sheets blank pages alone make no
    document, and are set aside with them.
    """
    runs: list[tuple[list[Leaf], list[int]]] = [([], [])]
    back = False
    for leaf in leaves:
        run, aside = runs[-1]
        if is_separator(leaf.sheet, texts):
            aside.append(leaf.reading.number)
            back = True
        elif back and leaf.blank:
            aside.append(leaf.reading.number)
            back = False
        else:
            back = False
            if aside:
                run, aside = [], []
                runs.append((run, aside))
            run.append(leaf)
    if len(runs) == 1 and not runs[0][1]:
        return runs
    empty = [all(leaf.blank for leaf in run) for run, _ in runs]
    return [
        ([], [*(leaf.reading.number for leaf in run), *aside]) if bare else (run, aside)
        for bare, (run, aside) in zip(empty, runs, strict=True)
    ]


def _documents(run: Sequence[Leaf], start: Start, heads: Heads, sure: float) -> list[_Draft]:
    """Cut pages that no separator divides, by what is on them."""
    drafts = [_Draft.begin(start)]
    for leaf, following in zip(run, _following(run), strict=True):
        draft = drafts[-1]
        if not leaf.blank and draft.opened.leaves:
            verdict = weigh(leaf, draft.opened, following, heads)
            doubt = [_doubtful(leaf, verdict)] if 1 - sure < verdict.probability < sure else []
            draft.findings += doubt
            if verdict.probability >= _BEGINS:
                how: Start = "cover" if verdict.cover else "recognised"
                draft = _Draft.begin(how, verdict.probability, verdict.said(start=True))
                draft.findings += doubt
                drafts.append(draft)
        draft.add(leaf)
    return drafts


def _following(run: Sequence[Leaf]) -> list[Leaf | None]:
    """For each page the next one with something on it."""
    found: list[Leaf | None] = []
    coming: Leaf | None = None
    for leaf in reversed(run):
        found.append(coming)
        coming = coming if leaf.blank else leaf
    return found[::-1]


def _told(cuts: Sequence[Cut], aside: Sequence[int], *, first: bool) -> list[Cut]:
    """The cuts, with the pages set aside told on the first or the last of them."""
    told = list(cuts)
    if told and aside:
        at = 0 if first else -1
        said = tuple(_finding(ASIDE, number, _ASIDE_SAYS, Severity.INFO) for number in aside)
        told[at] = replace(told[at], findings=(*told[at].findings, *said))
    return told


def _doubtful(leaf: Leaf, verdict: Verdict) -> Finding:
    """The finding for a cut that is not sure, made or not: on the documents on both sides."""
    number, share = leaf.reading.number, f"{verdict.probability:.0%}"
    pro, contra = verdict.said(start=True), verdict.said(start=False)
    text = Text(
        f"chưa chắc có giấy tờ mới bắt đầu ở trang {number} không ({share}); thuận: {pro.vi}; nghịch: {contra.vi}. "
        "Xác nhận, hoặc tách lại bằng `sohoa cut`",
        f"it is not sure whether a document begins on page {number} ({share}); for: {pro.en}; against: {contra.en}. "
        "Confirm, or cut anew with `sohoa cut`",
    )
    return Finding(DOUBTFUL, f"page {number}", text)


def _finding(rule: str, number: int, says: Text, severity: Severity) -> Finding:
    return Finding(rule, f"page {number}", says, severity)
