"""Which type a document is: titles, number symbol, bar codes and anchors, weighed against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.classify.layout import Row, Sheet, headed
from pipeline.classify.matching import Folded, capitals, compact, opens_with
from pipeline.classify.symbols import Symbol, parse
from pipeline.settings import DocumentType
from pipeline.vietnamese import fold, nfc

UNKNOWN = "unknown"
_LEAST = 0.52
"""Below this the answer is ``unknown``."""
_TITLE, _SYMBOL, _FOLDED_SYMBOL, _BARCODE, _ANCHOR = 0.93, 0.8, 0.65, 0.97, 0.3
_ANCHORS = 3
_NEGATIVE = 0.35
_LATER_TITLE, _SHORTER_TITLE, _NO_HEAD = 0.45, 0.3, 0.9
_HEAD_ROWS = 45
_END_OF_HEAD = re.compile(r"kinhgui|cancu(?!oc)|dieu1|chuongi")
"""Where the body begins, in letters; CĂN CƯỚC is no CĂN CỨ."""


@dataclass(frozen=True)
class NumberLine:
    """The row with number and symbol."""

    row: Row
    symbol: Symbol


@dataclass(frozen=True)
class Match:
    """The type found (``None``: unknown), how sure (0..1), its title rows and the number line."""

    type: DocumentType | None
    confidence: float
    title: tuple[Row, ...] = ()
    number: NumberLine | None = None
    rivals: tuple[str, ...] = ()
    """Keys of other types with strong evidence."""

    @property
    def key(self) -> str:
        """Key of the type, or ``unknown``."""
        return self.type.key if self.type else UNKNOWN

    @property
    def printed(self) -> str:
        """The title as printed."""
        return " ".join(row.text for row in self.title).strip(" -–—_:")


@dataclass
class _Evidence:
    weights: list[float] = field(default_factory=list)
    title: tuple[Row, ...] = ()
    against: float = 1.0

    @property
    def score(self) -> float:
        doubt = 1.0
        for weight in self.weights:
            doubt *= 1 - weight
        return (1 - doubt) * self.against


@dataclass(frozen=True)
class _Title:
    type: DocumentType
    quality: float
    length: int
    rows: tuple[Row, ...]

    @property
    def worth(self) -> float:
        """The longer title is the more special one, unless letters had to be forgiven for it."""
        return self.length * self.quality**4


def classify(sheets: Sequence[Sheet], types: Sequence[DocumentType]) -> Match:
    """Weigh the evidence of all pages of one document."""
    opening = opening_sheet(sheets)
    if opening is None:
        return Match(None, 0.0)
    found = {kind.key: _Evidence() for kind in types}
    number = number_line(opening)
    _weigh_titles(found, sheets, opening, types)
    _weigh_symbol(found, number, types)
    _weigh_words(found, sheets, opening, types)
    ranked = sorted(types, key=lambda kind: found[kind.key].score, reverse=True)
    if not ranked:
        return Match(None, 0.0, (), number)
    best, rest = found[ranked[0].key], ranked[1:]
    second = found[rest[0].key].score if rest else 0.0
    confidence = round(best.score * (1 - 0.5 * second**2), 4)
    if confidence < _LEAST:
        return Match(None, confidence, (), number)
    rivals = tuple(kind.key for kind in rest if found[kind.key].score >= 0.75)
    return Match(ranked[0], confidence, best.title, number, rivals)


def opening_sheet(sheets: Sequence[Sheet]) -> Sheet | None:
    """The first page with something on it."""
    return next((page for page in sheets if len(page.rows) >= 2), sheets[0] if sheets and sheets[0].rows else None)


def number_line(page: Sheet) -> NumberLine | None:
    """The row with number and symbol in the head; one with letters after the stroke goes first."""
    found = [NumberLine(row, symbol) for row in head_rows(page) if (symbol := parse(row.text))]
    lettered = [line for line in found if line.symbol.suffix]
    return next(iter(lettered or found), None)


def head_rows(page: Sheet) -> tuple[Row, ...]:
    """Rows from the top of the page to where the body begins."""
    rows: list[Row] = []
    for row in page.rows[:_HEAD_ROWS]:
        if _END_OF_HEAD.match(row.folded.letters) and len(rows) > 2:
            break
        rows.append(row)
    return tuple(rows)


def titles(rows: Sequence[Row], types: Sequence[DocumentType]) -> Iterator[tuple[_Title, ...]]:
    """For each row that opens with the title of a type: the types it may be, the most special first."""
    for at, row in enumerate(rows):
        if capitals(row.text[:24]) < 0.7:
            continue
        fits = [fit for kind in types if (fit := _fit(kind, rows[at : at + 3]))]
        if fits:
            yield tuple(sorted(fits, key=lambda fit: fit.worth, reverse=True))


def _fit(kind: DocumentType, rows: Sequence[Row]) -> _Title | None:
    best: _Title | None = None
    for title in kind.titles:
        wanted = compact(title)
        for taken in range(1, len(rows) + 1):
            letters = "".join(row.folded.letters for row in rows[:taken])
            if len(letters) < len(wanted) - 1 and taken < len(rows):
                continue
            quality = opens_with(letters, wanted) if _ends_a_word(rows[:taken], wanted) else 0.0
            fit = _Title(kind, quality, len(wanted), tuple(rows[:taken]))
            best = fit if quality and (best is None or fit.worth > best.worth) else best
            break
    return best


def _ends_a_word(rows: Sequence[Row], wanted: str) -> bool:
    """The title does not end inside a longer word: LUẬT is not the beginning of LUẬTSƯ."""
    letters = 0
    text = " ".join(row.folded.plain for row in rows)
    for at, char in enumerate(text):
        letters += char.isascii() and char.isalnum()
        if letters == len(wanted):
            return at + 1 >= len(text) or not text[at + 1].isalpha() or len(wanted) > 12
    return True


def _weigh_titles(
    found: dict[str, _Evidence], sheets: Sequence[Sheet], opening: Sheet, types: Sequence[DocumentType]
) -> None:
    head = 1.0 if headed(opening) else _NO_HEAD
    for order, fits in enumerate(titles(head_rows(opening), types)):
        for rank, fit in enumerate(fits):
            weight = _TITLE * _quality(fit.quality) * head * _LATER_TITLE ** min(order, 2)
            _add_title(found[fit.type.key], fit, weight if rank == 0 else weight * _SHORTER_TITLE)
    if any(evidence.title for evidence in found.values()):
        return
    anywhere = [kind for kind in types if kind.title_zone == "anywhere"]
    for fits in titles([row for page in sheets for row in page.rows], anywhere):
        _add_title(found[fits[0].type.key], fits[0], _TITLE * _quality(fits[0].quality))


def _quality(likeness: float) -> float:
    """0.88..1 becomes 0.76..1."""
    return 1 - 2 * (1 - likeness)


def _add_title(evidence: _Evidence, fit: _Title, weight: float) -> None:
    if not evidence.title:
        evidence.title = fit.rows
        evidence.weights.append(weight)


def _weigh_symbol(found: dict[str, _Evidence], number: NumberLine | None, types: Sequence[DocumentType]) -> None:
    if number is None or not number.symbol.kind:
        return
    kind = nfc(number.symbol.kind)
    exact = [one for one in types if kind in one.suffixes]
    folded = [one for one in types if fold(kind) in [fold(nfc(suffix)) for suffix in one.suffixes if suffix]]
    for one in exact or folded:
        found[one.key].weights.append(_SYMBOL if exact else _FOLDED_SYMBOL)
    titled = any(evidence.title for evidence in found.values())
    if not exact and not folded and not titled:
        for one in types:
            if "" in one.suffixes:
                found[one.key].weights.append(_SYMBOL)


def _weigh_words(
    found: dict[str, _Evidence], sheets: Sequence[Sheet], opening: Sheet, types: Sequence[DocumentType]
) -> None:
    """Anchors anywhere on the first two pages speak for a type, negative anchors in the head against it."""
    head = _spaced(" ".join(row.text for row in head_rows(opening)))
    words = _spaced(" ".join(row.text for page in sheets[:2] for row in page.rows))
    codes = [code.text for page in sheets for code in page.reading.barcodes]
    for kind in types:
        evidence = found[kind.key]
        hits = sum(_spaced(anchor.text).rstrip() in words for anchor in kind.anchors)
        evidence.weights.extend([_ANCHOR] * min(hits, _ANCHORS))
        if kind.barcode and any(re.search(kind.barcode, code) for code in codes):
            evidence.weights.append(_BARCODE)
        evidence.against = _NEGATIVE ** sum(_spaced(word).rstrip() in head for word in kind.negative)


def _spaced(text: str) -> str:
    """Folded words with one blank before each, so that a phrase is only found from the start of a word."""
    return " " + " ".join(re.findall(r"[a-z0-9]+", Folded(text).plain)) + " "
