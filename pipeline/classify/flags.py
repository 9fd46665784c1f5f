"""Papers that are not to be digitised (Circular 01/2023/TT-VPCP, art. 4), or only after a person has looked.

A mark is a stamp, not a word: it stands alone, in capitals, in the upper part of a page, in a frame or a stamp, or (the
long wording of a certification) in capitals anywhere. Words of running text, of lists and of blank forms never count.
What no mark says is told by the paper: its validity has ended, its type is not digitised, it bears neither seal nor
signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pipeline.classify.layout import Row, Sheet, is_motto, is_nation
from pipeline.classify.matching import Folded, capitals, compact, could_be, similar
from pipeline.dossier import Box, Dossier, Finding, Kind, Severity, Text, Word
from pipeline.settings import DocumentType, Flag

_UPPER_PART = 0.35
_SURE_LENGTH = 8
"""Marks of at least this many letters may have a wrong letter; shorter ones only lost marks."""
_RUN_GAP = 1.0
"""A blank wider than this (in word heights) parts print from a mark beside it."""
_FOOT = 0.35
"""Where seal and signature may be looked for: below this share of a page's height."""
_EDGES = r"[\s|\[\]_.,:;'\"!*-]+"
_LIST_HEADS = frozenset("banchinh soluong stt tt tengiayto loaigiayto ghichu bangoc tylieu ten".split())
"""Heads of a table's columns: beside them BẢN SAO is one too."""
_PALE = "not_colour"
"""The rule of the finding on pages scanned without colour, where no red seal can be seen."""
_SIGNED = re.compile(
    r"\bky (?:so )?boi\b|\bthoi gian ky\b|\bsigned by\b|\bngay ky\s*:|\bsignature valid\b|"
    r"\b\d{1,2}[./]\d{1,2}[./]\d{4}\s+\d{1,2}:\d\d:\d\d\b"
)
"""Captions of digital signatures."""


@dataclass(frozen=True)
class Case:
    """What a flag is weighed with: pages, type, place in the dossier, validity (ISO date), day, source."""

    sheets: Sequence[Sheet]
    kind: DocumentType | None
    dossier: Dossier | None
    valid_until: str
    today: date | None
    colour: bool | None
    signed: bool


def find(
    sheets: Sequence[Sheet],
    flags: Sequence[Flag],
    *,
    kind: DocumentType | None = None,
    dossier: Dossier | None = None,
    valid_until: str = "",
    today: date | None = None,
    colour: bool | None = None,
    signed: bool = False,
) -> tuple[Finding, ...]:
    """One finding for each flag that the paper raises, with the legal basis in its message.

    Args:
        sheets: the document's pages.
        flags: ``legal.yaml``, ``flags``.
        kind: its type; ``None``: unknown.
        dossier: the dossier it lies in, which says whether it is a result or a component.
        valid_until: ``thoi_han_hieu_luc``, an ISO date or something else (permanent, unknown).
        today: the day on which validity is judged; ``None``: nothing has expired.
        colour: whether the pages were scanned in colour, so that a seal would show; ``None``: not known.
        signed: the source bears digital signatures.
    """
    case = Case(sheets, kind, dossier, valid_until, today, colour, signed)
    found = []
    for flag in flags:
        one = _marked(sheets, flag) if flag.when == "mark" else _CASES[flag.when](flag, case)
        if one is not None:
            found.append(one)
    return tuple(found)


def _finding(flag: Flag, where: str, severity: Severity, why: Text | None = None, basis: str = "") -> Finding:
    said = flag.message.text
    more = Text(f": {why.vi}", f": {why.en}") if why and why.vi else Text("", "")
    vi, en = (f"{text}{end} ({basis or flag.basis})" for text, end in ((said.vi, more.vi), (said.en, more.en)))
    return Finding(flag.rule, where, Text(vi, en), severity)


# -- marks ------------------------------------------------------------------------------------------------------


def _marked(sheets: Sequence[Sheet], flag: Flag) -> Finding | None:
    """The first page with the mark: outright if there is one, else with the mark in brackets."""
    found = [(page.reading.number, severity) for page in sheets if (severity := _on(page, flag)) is not None]
    heaviest = next((one for one in found if one[1] is Severity.BLOCK), found[0] if found else None)
    return _finding(flag, f"page {heaviest[0]}", heaviest[1]) if heaviest else None


def _on(page: Sheet, flag: Flag) -> Severity | None:
    severity = Severity(flag.severity)
    if flag.zone == "anywhere":
        return severity if any(_worded(page, mark) for mark in flag.marks) else None
    bracketed: Severity | None = None
    for row, text in _runs(page):
        bare = _bare(text)
        inner = bare.removeprefix("(").removesuffix(")").strip()
        for mark in flag.marks:
            if not _alone(inner, mark) or _beside_list_heads(row, page):
                continue
            if inner == bare:
                return severity
            if flag.bracketed != "off":
                bracketed = Severity(flag.bracketed)
    return bracketed


def _runs(page: Sheet) -> Iterator[tuple[Row, str]]:
    """What may be a mark: rows of the upper part whole and cut at wide blanks, and the words inside each stamp."""
    stamps = [region.box for region in page.reading.regions if region.kind == "stamp"]
    for row in page.rows:
        inside = [word for word in row.words if any(_in(word, box) for box in stamps)]
        if inside and len(inside) < len(row.words):
            yield row, " ".join(word.text for word in inside)
        if row.middle > _UPPER_PART and not inside:
            continue
        yield row, row.text
        yield from ((row, part) for part in _cut(row))


def _cut(row: Row) -> Iterator[str]:
    """Parts of a row between wide blanks or the strokes of a frame, where it has any; never parts of a sentence."""
    run: list[Word] = [row.words[0]]
    parts = [run]
    for before, word in pairwise(row.words):
        height = min(before.box[3] - before.box[1], word.box[3] - word.box[1])
        framed = word.text.startswith(("[", "|")) or before.text.endswith(("]", "|"))
        if framed or word.box[0] - before.box[2] > _RUN_GAP * height:
            run = []
            parts.append(run)
        run.append(word)
    if len(parts) > 1:
        yield from (_bare(" ".join(word.text for word in part)) for part in parts)


def _bare(text: str) -> str:
    return re.sub(rf"^{_EDGES}|{_EDGES}$", "", text)


def _beside_list_heads(row: Row, page: Sheet) -> bool:
    level = [other for other in page.rows if other is not row and abs(other.middle - row.middle) < 0.5 * page.pitch]
    return any(other.folded.letters in _LIST_HEADS for other in level)


def _in(word: Word, box: Box) -> bool:
    x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _alone(bare: str, mark: str) -> bool:
    """The text is that mark and nothing else; letters set wide (M Ậ T) are read with blanks between them."""
    if capitals(bare) < 1.0 or re.search(r"\d", bare):
        return False
    if could_be(bare.replace(" ", ""), mark.replace(" ", "")):
        return True
    letters = compact(mark)
    return len(letters) >= _SURE_LENGTH and similar(compact(bare), letters) >= 1 - 1.01 / len(letters)


def _worded(page: Sheet, mark: str) -> bool:
    """A wording in capitals, on one row or broken over up to three."""
    rows = [row for row in page.rows if capitals(row.text) >= 0.8 and not is_nation(row) and not is_motto(row)]
    for at in range(len(rows)):
        near = [row for row in rows[at : at + 3] if row.box[1] - rows[at].box[1] < 4 * page.pitch * page.reading.height]
        joined = Folded(" ".join(row.text for row in near))
        place = joined.find(mark, 90.0)
        if place and capitals(joined.text[slice(*place)]) >= 0.9:
            return True
    return False


# -- what the paper tells without a mark ------------------------------------------------------------------------


def _expired(flag: Flag, case: Case) -> Finding | None:
    """The day it is valid until has passed; that day itself still counts."""
    if case.today is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", case.valid_until):
        return None
    if case.valid_until >= case.today.isoformat():
        return None
    day = date.fromisoformat(case.valid_until).strftime("%d/%m/%Y")
    return _finding(flag, "field thoi_han_hieu_luc", Severity(flag.severity), Text(f"đến {day}", f"until {day}"))


def _not_digitised(flag: Flag, case: Case) -> Finding | None:
    """The type is never digitised, or only if a person says so."""
    if case.kind is None or case.kind.digitise.rule == "yes":
        return None
    rule = case.kind.digitise
    severity = Severity(flag.severity) if rule.rule == "no" else Severity.WARNING
    return _finding(flag, "document", severity, rule.why.text, rule.basis)


def _unsealed(flag: Flag, case: Case) -> Finding | None:
    """Neither seal nor pen on a paper that needs them: not to be seen without colour; a component may be a photocopy.

    Born-digital pages and sources with digital signatures have neither.
    """
    if case.kind is None or not case.kind.sealed or case.signed or not case.sheets:
        return None
    if any(page.reading.mode == "text-layer" or _captioned(page) or _sealed(page) for page in case.sheets):
        return None
    result = case.dossier is not None and case.dossier.kind is Kind.RESULT
    pale = any(one.rule == _PALE for page in case.sheets for one in page.reading.findings)
    severity = Severity(flag.severity) if result and case.colour else Severity.WARNING
    severity = Severity.INFO if pale or case.colour is False else severity
    return _finding(flag, f"page {case.sheets[-1].reading.number}", severity)


def _sealed(page: Sheet) -> bool:
    """A stamp anywhere, or a pen (or ink that is no print) in the lower part."""
    return any(
        region.kind == "stamp"
        or (region.kind in ("handwriting", "unread") and region.box[3] > _FOOT * page.reading.height)
        for region in page.reading.regions
    )


def _captioned(page: Sheet) -> bool:
    return any(_SIGNED.search(row.folded.plain) for row in page.rows)


_CASES = {"expired": _expired, "unsealed": _unsealed, "not_digitised": _not_digitised}
