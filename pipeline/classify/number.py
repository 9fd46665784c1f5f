"""Number and symbol of an act, and whether a pen wrote the number (Decree 30/2020/NĐ-CP, Appendix I, part II.3).

Number and day are handwritten on most papers, and what a reader makes of handwriting is a guess. So a running number
set apart from its printed symbol is never certain, and where the number was written by hand the day was too. The
symbol is printed and one of few abbreviations: a mark lost, or a letter taken for one like it, is put right where type
and agency leave no doubt; what was read is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.classify import values
from pipeline.classify.blocks import follows
from pipeline.classify.kinds import Match, head_rows
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.symbols import Symbol, parse
from pipeline.classify.values import Found
from pipeline.dossier import Box, Word
from pipeline.vietnamese import fold, nfc

LEGIBLE = 0.5
"""Figures below this confidence were not read, whatever the reader made of them."""
TORN = 0.9
"""A blank between two parts of a number wider than this (in word heights) was left for a pen."""
_WIDEST_LETTER = 0.72
"""Letters of printed numbers are on average less wide than this share of a capital's height (measured 0.65)."""
_PREFIX = re.compile(r"^\W{0,3}(?:[^\W\d_]+\s+){0,3}?s[o06]\s?(?:/\s?no\.?|\(no\.?\))?\s?[:.]?\s*", re.IGNORECASE)
"""What stands before the number: ``Số:``, ``Bản án số:``, ``Số/No.:``."""
_OLD = re.compile(r"(?P<digits>\d{1,5})\s+(?P<rest>[A-ZĐ][A-Za-zđĐ]{0,4}\s?[/-]\s?[A-ZĐ][\w]{0,7}(?:-[A-ZĐ]\w{0,7})?)")
"""Numbers of the nineties, with a blank for the stroke: ``1234 QĐ/UB``."""
_DATED = re.compile(r"\s*,?\s*(?:[^\W\d]{2,}(?:\s[^\W\d]+){0,3},\s)?ngay\b.*$")
"""A date on the row of the number."""
_ALIKE = str.maketrans("0q1l|58", "ooiiisb")
_FIGURES = str.maketrans("IlOo", "1100")
_USUAL = "UBND HĐND UBTVQH VPCP TTg HĐTP HĐQT ĐHĐCĐ BCĐ TAND TANDTC VKSND VKSNDTC MTTQ BHXH KBNN".split()
"""Abbreviations in symbols that are written in one way only; those of the paper's own agency are added to them."""


@dataclass(frozen=True)
class Written:
    """The number as found: ``row`` it stands on (with what a second row adds), and whether it seems handwritten."""

    row: Row | None = None
    found: Found | None = None
    symbol: Found | None = None
    by_hand: bool = False
    year: str = ""
    """Year in the number (``15/2024/QĐ-UBND``), or empty."""


def read_number(page: Sheet, match: Match, agencies: Iterable[str], review_below: float) -> Written:
    """The number line of the head.

    ``agencies`` are the names of the issuing agency and its superior as read: their initials may stand in the symbol.
    """
    line = _line(page, match)
    if line is None:
        return Written()
    row, symbol = line
    suffix = _put_right(symbol.suffix, match, agencies)
    figures = row.span(*symbol.digits_at) if symbol.digits else ()
    printed = page.reading.mode == "text-layer"
    pen = not printed and (not _running(symbol) or _torn(row, symbol, figures) or pen_region(page, figures))
    certain = printed or values.sure(figures, review_below)
    agreed = bool(figures) and all(word.agreed for word in figures)
    legible = certain or agreed or (not pen and legibly(figures))
    value = f"{symbol.digits}{suffix}" if legible and _running(symbol) else ""
    doubts = (f"số {values.HANDWRITTEN}",) if pen else () if certain else (values.UNSURE,)
    year = re.match(r"^/(\d{4})/", symbol.suffix)
    whole = row.span(symbol.digits_at[0] if symbol.digits else symbol.suffix_at[0], len(row.text))
    found = Found(value, row.text.strip(), row.page, whole or row.words, "zone", 1.0, doubts)
    if symbol.blank and not symbol.suffix:
        return Written(row)
    return Written(row, found, _symbol(row, symbol, suffix), pen, year.group(1) if year else "")


def head_number_row(page: Sheet, match: Match) -> Row | None:
    """The row of the head on which the number line begins, or ``None``."""
    line = _line(page, match)
    if line is None:
        return None
    return next((row for row in page.rows if row.words[0] is line[0].words[0]), line[0])


def legibly(figures: Sequence[Word]) -> bool:
    """Whether printed ``figures`` were read at all, if not surely: by two readers, alike or not, or by one well enough.

    Where the readers differ it is mostly on one letter of the symbol; what the first made of it is shown as doubtful.
    """
    return all(word.agreed is not None or word.confidence >= LEGIBLE for word in figures)


def by_pen(found: Found, sheets: Sequence[Sheet]) -> Found:
    """``found``, doubted when figures it was read from lie where a pen wrote."""
    figures = [word for word in found.words if re.search(r"\d", word.text)]
    if any(pen_region(page, figures) for page in sheets if page.reading.number == found.page):
        return replace(found, doubts=tuple(dict.fromkeys((*found.doubts, values.HANDWRITTEN))))
    return found


def pen_region(page: Sheet, words: Sequence[Word]) -> bool:
    """Whether one of ``words`` touches a place where a pen wrote."""
    regions = [region.box for region in page.reading.regions if region.kind == "handwriting"]
    return any(_overlap(word.box, box) for word in words for box in regions)


# -- finding it -------------------------------------------------------------------------------------------------


def _line(page: Sheet, match: Match) -> tuple[Row, Symbol] | None:
    """Row and symbol: as the type was found by it, else in a form of its own; whole where two rows share it."""
    rows = head_rows(page)
    if match.number is not None:
        row, symbol = match.number.row, match.number.symbol
        if not symbol.suffix or not symbol.numbered:
            return _lettered(rows) or _whole(row, symbol, rows)
        return _whole(row, symbol, rows)
    return _lettered(rows)


def _lettered(rows: Sequence[Row]) -> tuple[Row, Symbol] | None:
    """A number with letters in a form that is not today's, or with more on its row than the number."""
    for row in rows:
        prefix = _PREFIX.match(row.folded.plain)
        if prefix is None:
            continue
        end = len(row.text) - len(dated.group()) if (dated := _DATED.search(row.folded.plain)) else len(row.text)
        old = _OLD.fullmatch(row.text[prefix.end() : end].rstrip(" .,;"))
        if old:
            at, rest = prefix.end() + old.start("rest"), re.sub(r"\s*([/-])\s*", r"\1", old["rest"])
            digits_at = (prefix.end(), prefix.end() + old.end("digits"))
            return row, Symbol(old["digits"], f" {rest}", digits_at, (at, prefix.end() + old.end()))
        cut = "Số:" + row.text[prefix.end() : end]
        symbol = parse(cut)
        if symbol is not None and symbol.suffix and symbol.numbered:
            return row, _moved(symbol, prefix.end() - len("Số:"))
    return None


def _moved(symbol: Symbol, by: int) -> Symbol:
    digits, suffix = ((start + by, end + by) for start, end in (symbol.digits_at, symbol.suffix_at))
    return replace(symbol, digits_at=digits, suffix_at=suffix)


def _whole(row: Row, symbol: Symbol, rows: Sequence[Row]) -> tuple[Row, Symbol]:
    """The number with what its second row adds: ``Số: 1234/STNMT-`` / ``VPĐK``."""
    if not re.search(r"[-–/]\s*$", row.text):
        return row, symbol
    for below in rows:
        if follows(below, row) and len(below.words) <= 2 and re.match(r"[A-ZĐ][\w&.-]*$", below.words[0].text):
            both = Row(row.page, (*row.words, below.words[0]), row.width, row.height, row.zone)
            longer = parse(both.text)
            if longer is not None:
                return both, longer
    return row, symbol


def _running(symbol: Symbol) -> bool:
    return symbol.numbered


# -- pen or print -----------------------------------------------------------------------------------------------


def _torn(row: Row, symbol: Symbol, figures: Sequence[Word]) -> bool:
    """The running number stands apart from the stroke or from ``Số:``, or is taller than the print beside it."""
    if not figures:
        return True
    suffix = row.span(symbol.suffix_at[0], symbol.suffix_at[0] + 1)
    apart = bool(suffix) and suffix[0] is not figures[-1]
    at = row.words.index(figures[0])
    height = max(figures[0].box[3] - figures[0].box[1], 1.0)
    blank = at > 0 and figures[0].box[0] - row.words[at - 1].box[2] > TORN * height
    others = [word for word in row.words if word not in figures and abs(word.box[1] - figures[0].box[1]) < height]
    return apart or blank or values.tall(figures, others) or (at > 0 and _sprawling(figures[-1], row.words[at - 1]))


def _sprawling(number: Word, label: Word) -> bool:
    """Number and symbol read as one word, but too wide for print: figures by a pen in room left for them.

    ``label`` is ``Số:``, whose height is that of a capital with its mark.
    """
    width = (number.box[2] - number.box[0]) / len(number.text)
    return width > _WIDEST_LETTER * (label.box[3] - label.box[1])


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# -- symbol -----------------------------------------------------------------------------------------------------


def _symbol(row: Row, symbol: Symbol, suffix: str) -> Found | None:
    if not suffix:
        return None
    return values.from_row(row, *symbol.suffix_at, re.sub(r"^\s*[/-]?(?:\d{4}/)?", "", suffix), "suffix")


def _put_right(suffix: str, match: Match, agencies: Iterable[str]) -> str:
    """``suffix`` with what is an abbreviation of type or agency, but for marks or like letters, put right."""
    kinds = [nfc(one) for one in match.type.suffixes if one] if match.type else []
    bodies = [*_USUAL, *(short for name in agencies for short in _initials(name))]
    parts = re.split(r"([/\- ])", suffix)
    first = True
    for at, part in enumerate(parts):
        if not part or part in "/- " or part.isdigit():
            continue
        parts[at] = _term(part) or _nearest(part, [*kinds, *bodies] if first else bodies)
        first = False
    return "".join(parts)


def _term(part: str) -> str:
    """``QH15``, ``UBTVQH12``: the term of the National Assembly is a number, whatever letters it was read as."""
    found = re.fullmatch(r"(UBTVQH|QH)([0-9IlOo]{1,2})", part)
    return found[1] + found[2].translate(_FIGURES) if found else ""


def _nearest(part: str, known: Sequence[str]) -> str:
    """The one known abbreviation that ``part`` is but for lost marks and like letters; else ``part`` itself."""
    if part in known:
        return part
    alike = {one for one in known if _bones(one) == _bones(part) and len(one) == len(part)}
    return alike.pop() if len(alike) == 1 and part.upper() == part else part


def _bones(text: str) -> str:
    return fold(nfc(text)).translate(_ALIKE)


def _initials(name: str) -> set[str]:
    """Initials of the words of a name, of all and of those up to any word: SỞ TƯ PHÁP gives STP; ỦY BAN … gives UB."""
    letters = [word[0].upper() for word in re.findall(r"[^\W\d_]+", nfc(name))]
    plain = [letter if letter == "Đ" else fold(letter).upper() for letter in letters]
    return {"".join(plain[:end]) for end in range(3, min(len(plain), 9) + 1)}
