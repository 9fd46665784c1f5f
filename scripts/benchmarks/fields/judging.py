"""Verdicts: documents found against documents that are there, values read against values printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.fields.nouns import Judged, Source, Understood, Verdict, Wanted
from benchmarks.text import plain
from pipeline.dossier import Extraction, FieldValue

ABOUT_TYPE = ("ma_loai_giay_to", "ten_giay_to")
"""Fields that say what the type is: judged with the type."""
PRINTED = ("so_ky_hieu", "ngay_cap", "co_quan_cap", "trich_yeu")
NUMBER_AND_DAY = ("so_ky_hieu", "ngay_cap")
_SURE_SOURCES = ("rule", "given")
"""Values that do not claim to stand on the paper."""
_UNTOLD = ("noi_nhan",)
"""Printed on papers, but not told in their truth."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The type of a document: what was said, how sure, what it is."""

    source: Source
    said: str
    confidence: float
    wanted: str

    @property
    def right(self) -> bool:
        """Whether it is that type."""
        return self.said == self.wanted


@dataclass(frozen=True, slots=True)
class Starts:
    """First pages of documents in one stack, the first of the stack left out."""

    source: Source
    found: frozenset[int]
    wanted: frozenset[int]
    doubted: frozenset[int]
    """Pages at which a cut, made or not, is shown to a person."""

    @property
    def right(self) -> frozenset[int]:
        """Starts that were found."""
        return self.found & self.wanted


def pairs(one: Understood) -> Iterator[tuple[Extraction, Wanted]]:
    """Documents that begin on the same page; a single document is paired with a single one."""
    if len(one.documents) == len(one.source.wanted) == 1:
        yield one.documents[0], one.source.wanted[0]
        return
    by_start = {document.pages[0]: document for document in one.documents}
    for wanted in one.source.wanted:
        if wanted.pages[0] in by_start:
            yield by_start[wanted.pages[0]], wanted


def types(results: Sequence[Understood]) -> list[Typed]:
    """The type of every document that was found where it begins."""
    return [
        Typed(one.source, document.type, document.type_confidence, wanted.type)
        for one in results
        for document, wanted in pairs(one)
    ]


def starts(one: Understood) -> Starts:
    """The starts in a stack."""
    found = {document.pages[0] for document in one.documents}
    wanted = {document.pages[0] for document in one.source.wanted}
    first = min(found | wanted)
    return Starts(one.source, frozenset(found - {first}), frozenset(wanted - {first}), one.doubted)


def fields(one: Understood) -> Iterator[Judged]:
    """Every field of the documents that were found: those printed, and values that are not on the paper."""
    for document, wanted in pairs(one):
        values = {value.key: value for value in document.fields if value.key not in ABOUT_TYPE}
        for key, text in wanted.fields.items():
            if key in ABOUT_TYPE:
                continue
            value = values.get(key, FieldValue(key))
            verdict = _verdict(value, text)
            by_hand = key in wanted.handwritten
            yield Judged(one.source, wanted.type, key, verdict, by_hand, value.value, text, value.source)
        if wanted.complete and document.type == wanted.type:
            yield from _extra(one, document, wanted)


def _extra(one: Understood, document: Extraction, wanted: Wanted) -> Iterator[Judged]:
    """Values shown as certain that stand nowhere in the truth."""
    for value in document.fields:
        told = value.key in wanted.fields or value.key in (*ABOUT_TYPE, *_UNTOLD) or value.source in _SURE_SOURCES
        if value.value and not value.needs_review and not told and not _printed(value.value, wanted):
            yield Judged(
                source=one.source,
                type=wanted.type,
                key=value.key,
                verdict=Verdict.EXTRA,
                by_hand=False,
                read=value.value,
                wanted="",
                origin=value.source,
            )


def _printed(read: str, wanted: Wanted) -> bool:
    """Whether it is the value of another field: an id may fill two of them."""
    return any(same(read, text) for text in wanted.fields.values())


def _verdict(value: FieldValue, wanted: str) -> Verdict:
    if same(value.value, wanted):
        return Verdict.EXACT
    if not value.value:
        return Verdict.EMPTY
    return Verdict.FLAGGED if value.needs_review else Verdict.ESCAPED


def same(read: str, wanted: str) -> bool:
    """Equal but for kinds of dashes and quotes, blanks, capitals (a code writes names small) and a stop at the end."""
    return plain(read).casefold().rstrip(" .;,") == plain(wanted).casefold().rstrip(" .;,")
