"""Rows that belong together, put together: names and abstracts run over several rows of one column."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.classify import values
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import capitals, without_leaders
from pipeline.classify.values import Found
from pipeline.dossier import Word, unbroken
from pipeline.vietnamese import fold, nfc

_SPECK = re.compile(r"[^\w\s\-–—()\"“”%&+/]+|_+|\|+")
"""A word of nothing but points and strokes: dirt, the end of a rule, the frame of a stamp."""
_LEADING_DASH = re.compile(r"^[\s|\-–—_~.,]+(?=[^\W\d])")
_NOT_CENTRED = 0.6
"""Heights of a row between its middle and the title's from which it is not centred under it; an indent makes 1.1."""
_SAME_EDGE = 0.35
"""Heights of a row within which left edges are the same."""
_QUOTES = ("'", "‘", "’", "`")
_ALL_CAPITALS = 0.95
_SAYING = re.compile(r"[^\W_]")


def says_something(row: Row) -> bool:
    """Whether the row has letters or figures, and is no rule or row of stars."""
    return bool(_SAYING.search(row.text))


def joined(rows: Sequence[Row], weight: float = 1.0, dashes: bool = False) -> Found | None:
    """What ``rows`` say as one text: words broken at the end of a row whole again, specks at either end left out.

    ``dashes`` keeps a dash that begins a row (agencies that act together are printed with dashes between them).
    """
    said = [row for row in rows if says_something(row)]
    tokens: list[str] = []
    words: list[Word] = []
    for row in said:
        kept = _without_specks(row)
        words += [word for word in kept if _SAYING.search(word.text)]
        text = " ".join(word.text for word in kept)
        part = (text if dashes else _LEADING_DASH.sub("", text)).split()
        whole = unbroken(tokens[-1], part[0]) if tokens and part else ""
        if whole:
            tokens[-1], part = whole, part[1:]
        tokens += part
    text = without_leaders(" ".join(_clean(tokens)))
    if not text or not words:
        return None
    doubts = (values.ODD_WORD,) if any(values.odd(word.text) for word in words) else ()
    raw = "\n".join(row.text for row in said)
    return Found(nfc(text), raw, said[0].page, tuple(words), "zone", weight, doubts)


def _clean(tokens: Sequence[str]) -> list[str]:
    """The words without what dirt added to them: an opening quote that nothing closes, a full stop amid capitals.

    Abbreviations keep theirs: they are short (``TP.``) or have no vowel (``CTY.``).
    """
    closed = any(token.rstrip(".,;)").endswith(_QUOTES) for token in tokens)
    done = [token if closed else token.lstrip("".join(_QUOTES)) for token in tokens]
    if capitals(" ".join(done)) < _ALL_CAPITALS:
        return done
    return [
        token[:-1] if token.endswith(".") and len(token) > 3 and re.search(r"[aeiouy]", fold(token)) else token
        for token in done[:-1]
    ] + done[-1:]


def _without_specks(row: Row) -> tuple[Word, ...]:
    words = list(row.words)
    while words and _SPECK.fullmatch(words[0].text):
        words.pop(0)
    while words and _SPECK.fullmatch(words[-1].text) and not words[-1].text.startswith((".", "…")):
        words.pop()
    return tuple(words)


def apart(row: Row, other: Row) -> bool:
    """Whether the two rows lie wholly beside each other: nothing of one is over or under the other."""
    return row.box[2] < other.box[0] or other.box[2] < row.box[0]


def follows(row: Row, above: Row, pitches: float = 1.6) -> bool:
    """Whether ``row`` is the next row under ``above`` in its column, no further than ``pitches`` of its heights off."""
    height = max(above.box[3] - above.box[1], 1.0)
    step = row.box[1] - above.box[1]
    return row.page == above.page and 0.4 * height < step < (pitches + 0.6) * height and not apart(row, above)


def centred(row: Row, above: Row, heights: float) -> bool:
    """Whether the middles of the two rows lie within ``heights`` of the row's height of each other, across the page."""
    return abs(row.centre - above.centre) * row.width <= heights * (row.box[3] - row.box[1])


def set_as_text(row: Row, title: Row, page: Sheet) -> bool:
    """Whether ``row`` is set as the text under a centred title is, not centred as an abstract is.

    It shares its left edge with two more rows further down, or is an indented first line: it reaches the right margin,
    and the next row begins left of it.
    """
    height = row.box[3] - row.box[1]
    if centred(row, title, _NOT_CENTRED) or abs(row.box[0] - title.box[0]) <= height:
        return False
    below = [other for other in page.rows if other.box[1] > row.box[1] + 0.5 * height]
    if sum(abs(other.box[0] - row.box[0]) <= _SAME_EDGE * height for other in below) >= 2:
        return True
    right = max(other.box[2] for other in page.rows)
    follower = min(below, key=lambda other: other.box[1], default=row)
    indented = row.box[0] - follower.box[0] > height
    return indented and row.text[:1].isupper() and row.box[2] > right - 2 * height
