"""Which type a document is: titles, number symbol, bar codes, anchors and labels, weighed against each other.

A type learned from confirmed papers may add its opinion. It helps where title and symbol were not read, and never
outweighs a title that was, or a bar code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.classify import patterns
from pipeline.classify.catalogue import Catalogue, Phrase, catalogue
from pipeline.classify.evidence import Evidence, by_type, confidence
from pipeline.classify.layout import Row, Sheet, headed
from pipeline.classify.matching import skeleton
from pipeline.classify.symbols import Symbol, parse
from pipeline.classify.titles import Title, damaged_titles, head_rows, strange_title, titles
from pipeline.classify.zones import Zones
from pipeline.settings import DocumentType
from pipeline.vietnamese import fold, nfc

__all__ = ["UNKNOWN", "Match", "NumberLine", "classify", "head_rows", "number_line", "opening_sheet", "titles"]

UNKNOWN = "unknown"
_LEAST = 0.5
"""Below this confidence the answer is ``unknown``."""
_TITLE, _SYMBOL, _FOLDED_SYMBOL, _NO_SYMBOL, _NAMED, _BARCODE = 0.93, 0.8, 0.65, 0.5, 0.8, 0.97
_ANCHOR, _PLACED_ANCHOR, _ANCHORS = 0.3, 0.4, 3
_LABEL, _LABELS = 0.15, 5
_MODEL = 0.62
"""A learned opinion alone stays below what goes on unseen (``review_below``), however sure the model is."""
_NEGATIVE = -0.65
_LATER_TITLE, _UNDER_ANOTHER, _SHORTER_TITLE, _NO_HEAD = 0.45, 0.6, 0.3, 0.9
_GOES_ON = 0.8
"""Of acts the title stands alone on its row; QUY ĐỊNH VỀ … may be what a decree is about."""
_STRANGE = 0.5
"""What words are worth under a title that no type has."""
_CLEAN = 0.83
"""Evidence of this weight is what a learned opinion does not outweigh."""
_RIVAL = 0.75


@dataclass(frozen=True)
class NumberLine:
    """The row with number and symbol."""

    row: Row
    symbol: Symbol


@dataclass(frozen=True)
class Match:
    """The type found (``None``: unknown), how sure (0..1, calibrated), its title rows and the number line."""

    type: DocumentType | None
    confidence: float
    title: tuple[Row, ...] = ()
    number: NumberLine | None = None
    rivals: tuple[str, ...] = ()
    """Keys of other types with strong evidence."""
    evidence: tuple[Evidence, ...] = ()
    """All that was found for and against any type."""

    @property
    def key(self) -> str:
        """Key of the type, or ``unknown``."""
        return self.type.key if self.type else UNKNOWN

    @property
    def printed(self) -> str:
        """The title as printed."""
        return " ".join(row.text for row in self.title).strip(" -–—_:")


def classify(
    sheets: Sequence[Sheet], types: Sequence[DocumentType], chances: Mapping[str, float] | None = None
) -> Match:
    """Weigh the evidence of all pages of one document.

    ``chances`` are the probabilities by type key that a learned model gives; ``None``: there is no model.
    """
    opening = opening_sheet(sheets)
    if opening is None:
        return Match(None, 0.0)
    number = number_line(opening)
    fits = _titles(sheets, opening, types)
    strange = None if fits else strange_title(opening)
    found = [
        *_of_titles(fits, headed(opening)),
        *_of_codes(sheets, types),
        *_of_symbol(number, types, untitled=not fits and strange is None),
        *_of_words(sheets, catalogue(types), _STRANGE if strange else 1.0),
    ]
    found += _of_model(chances or {}, found, types, _STRANGE if strange else 1.0)
    scores = by_type(found)
    sure = round(confidence(tuple(scores.values())), 4)
    best = next((kind for kind in types if kind.key == next(iter(scores), "")), None)
    if best is None or sure < _LEAST:
        return Match(None, sure, (), number, (), tuple(found))
    rows = next((fit.rows for fit, _ in fits if fit.type is best), ())
    rivals = tuple(key for key, one in scores.items() if key != best.key and one >= _RIVAL)
    return Match(best, sure, rows, number, rivals, tuple(found))


def opening_sheet(sheets: Sequence[Sheet]) -> Sheet | None:
    """The first page with something on it."""
    return next((page for page in sheets if len(page.rows) >= 2), sheets[0] if sheets and sheets[0].rows else None)


def number_line(page: Sheet) -> NumberLine | None:
    """The row with number and symbol in the head; one with letters after the stroke goes first."""
    found = [NumberLine(row, symbol) for row in head_rows(page) if (symbol := parse(row.text))]
    lettered = [line for line in found if line.symbol.suffix]
    return next(iter(lettered or found), None)


def _titles(sheets: Sequence[Sheet], opening: Sheet, types: Sequence[DocumentType]) -> list[tuple[Title, float]]:
    """Titles found, with what their place is worth: the first in the head most, then each that follows it.

    Of what stands under another title, even one that was hardly read or is unknown, most are abstracts: QUY ĐỊNH VỀ …
    """
    rows = head_rows(opening)
    clean = [*titles(rows, types)]
    whole = [fits[0].rows[0] for fits in clean]
    damaged = [fits for fits in damaged_titles(opening, types) if fits[0].rows[0] not in whole]
    strange = strange_title(opening)
    others = [strange] if strange and strange not in whole else []
    first = min((rows.index(row) for row in (*others, *(fits[0].rows[0] for fits in damaged))), default=len(rows))
    found: list[tuple[Title, float]] = []
    for order, fits in enumerate(clean):
        under = _UNDER_ANOTHER if rows.index(fits[0].rows[0]) > first else 1.0
        found += _ranked(fits, _LATER_TITLE ** min(order, 2) * under)
    for order, fits in enumerate(damaged):
        found += _ranked(fits, _LATER_TITLE ** min(order, 2))
    if found:
        return found
    anywhere = [kind for kind in types if kind.title_zone == "anywhere"]
    return [(fits[0], 1.0) for fits in titles([row for page in sheets for row in page.rows], anywhere)]


def _ranked(fits: Sequence[Title], place: float) -> Iterator[tuple[Title, float]]:
    """The most special title of a row counts whole, as does one as good; those it contains less."""
    for fit in fits:
        yield fit, place * (1.0 if fit.worth >= fits[0].worth else _SHORTER_TITLE)


def _of_titles(fits: Sequence[tuple[Title, float]], head: bool) -> Iterator[Evidence]:
    seen: set[str] = set()
    for fit, place in fits:
        if fit.type.key in seen:
            continue
        seen.add(fit.type.key)
        likeness = 1 - 2 * (1 - fit.quality)
        alone = _GOES_ON if fit.type.act and fit.goes_on else 1.0
        weight = _TITLE * likeness * place * alone * (1.0 if head else _NO_HEAD)
        yield Evidence(fit.type.key, "title", " ".join(row.text for row in fit.rows), _at(fit.rows[0], "title"), weight)


def _of_codes(sheets: Sequence[Sheet], types: Sequence[DocumentType]) -> Iterator[Evidence]:
    """Bar codes; the evidence names the code's form only, for its text may hold personal data."""
    codes = [(page.reading.number, code) for page in sheets for code in page.reading.barcodes]
    for kind in types if codes else ():
        hit = next((one for one in codes if kind.barcode and patterns.search(kind.barcode, nfc(one[1].text))), None)
        if hit:
            yield Evidence(kind.key, "barcode", hit[1].format, f"{hit[0]} anywhere", _BARCODE)


def _of_symbol(number: NumberLine | None, types: Sequence[DocumentType], untitled: bool) -> Iterator[Evidence]:
    """The abbreviation after the number, or the type named before it; without one, a letter of an untitled paper."""
    if number is None:
        return
    symbol, known, where = number.symbol, catalogue(types), _at(number.row, "head")
    kind = nfc(symbol.kind)
    exact = known.symbols.get(kind, ())
    folded = known.folded_symbols.get(fold(kind), ())
    keys, weight = (exact, _SYMBOL) if exact else (folded, _FOLDED_SYMBOL)
    if kind and not keys and untitled and not symbol.year:
        keys, weight = known.untitled, _NO_SYMBOL
    for key in keys:
        yield Evidence(key, "symbol", symbol.suffix, where, weight)
    named = skeleton(symbol.named)
    for one in known.known if named else ():
        if named in one.titles:
            yield Evidence(one.type.key, "symbol", symbol.named, where, _NAMED)


def _of_words(sheets: Sequence[Sheet], known: Catalogue, worth: float) -> Iterator[Evidence]:
    """Anchors where they belong, labels of a type's own fields; negative words in the head speak against it."""
    zones = Zones(sheets)
    for kind in known.known:
        key = kind.type.key
        for anchor, page in _some(kind.anchors, _ANCHORS, lambda one: zones.page(one.zone, one.spaced)):
            weight = _ANCHOR if anchor.zone == "anywhere" else _PLACED_ANCHOR
            yield Evidence(key, "anchor", anchor.text, f"{page} {anchor.zone}", weight * worth)
        for label, page in _some(kind.labels, _LABELS, lambda one: zones.labelled(one.spaced)):
            yield Evidence(key, "label", label.text, f"{page} anywhere", _LABEL * label.share * worth)
        for word in kind.negative:
            if page := zones.page("head", word.spaced):
                yield Evidence(key, "negative", word.text, f"{page} head", _NEGATIVE)


def _some(phrases: Sequence[Phrase], most: int, on_page: Callable[[Phrase], int]) -> list[tuple[Phrase, int]]:
    """The first ``most`` of ``phrases`` that are there, with their page, those that say most first; none in another."""
    taken: list[tuple[Phrase, int]] = []
    for one in sorted(phrases, key=lambda one: (-one.share, -len(one.spaced))):
        inside = any(one.spaced in other.spaced for other, _ in taken)
        if len(taken) < most and not inside and (page := on_page(one)):
            taken.append((one, page))
    return taken


def _of_model(
    chances: Mapping[str, float], found: Sequence[Evidence], types: Sequence[DocumentType], worth: float
) -> list[Evidence]:
    """What a learned model thinks; where a clean title or a bar code was found, only of the types that have it."""
    clean = {one.type for one in found if one.kind in ("title", "barcode") and one.weight >= _CLEAN}
    keys = [kind.key for kind in types if kind.key in chances and (not clean or kind.key in clean)]
    return [Evidence(key, "model", "", " anywhere", _MODEL * chances[key] * worth) for key in keys if chances[key] > 0]


def _at(row: Row, zone: str) -> str:
    return f"{row.page} {zone}"
