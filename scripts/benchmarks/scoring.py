"""What an engine got right and wrong on a page.

**Letters.** The body's error rate is the least number of letters to insert, delete or replace to make title and body
out of some part of the engine's text (see :func:`benchmarks.text.infix_distance`), per letter of title and body.

**Words.** Word recall is what the bags of words of page and reading have in common, per printed word of the whole
page. A printed word beside a place filled in by hand is also found with the writing glued on (``15/QĐ-UBND`` for
``/QĐ-UBND``).

**Wrong words.** A word of the reading is *right* if it is paired with an equal printed word and *wrong* otherwise,
unless it is *no print*: it is not paired with a printed word, and it is

- writing in a gap of the print (between the two printed words of the gap, or glued to one of them);
- like a word of a stamp, caption, page number or notice, which are no text of the paper;
- read at a place of handwriting, signature or seal: places of the drawn page, found on the reading through the lines
  read in full, and the stamps and handwriting that the engine itself noticed;
- without any letter or digit (specks).

Words that are no print count neither as right nor as wrong, nor among the words that shares are taken of. Everything
else that is read where nothing is printed, such as the back shining through, is wrong. All comparing is done after
:func:`benchmarks.text.plain`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import chain

from rapidfuzz.distance import Levenshtein

from benchmarks import matching, places
from benchmarks.nouns import ReadPage, ReadWord, Truth
from benchmarks.text import bare, infix_distance, plain

_LIKE_OTHER = 0.5


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong word as read (empty: missed) and as printed (empty: nothing is printed there); whether it was flagged."""

    read: str
    truth: str
    flagged: bool | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted; sums of pages are counts again.

    Of title and body: ``letters``, ``letter_errors``, ``bare_errors``. Of the printed words: ``printed``, ``found``,
    ``mark_errors`` (wrong only in diacritics). Of the words read, without those that are no print (``no_print``):
    ``words``, ``flagged``, ``wrong``, ``caught`` (wrong and flagged).
    """

    letters: int = 0
    letter_errors: int = 0
    bare_errors: int = 0
    printed: int = 0
    found: int = 0
    mark_errors: int = 0
    words: int = 0
    flagged: int = 0
    wrong: int = 0
    caught: int = 0
    no_print: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one page with its wrong words; ``judged`` says whether the engine flags words at all."""

    counts: Counts
    wrong: tuple[Wrong, ...]
    judged: bool


def score(truth: Truth, page: ReadPage) -> Score:
    """Compare a reading with what is printed."""
    text = plain(page.text)
    body = plain(truth.body)
    read, printed = _pieces(truth, page), [plain(word) for line in truth.lines for word in line.text.split()]
    texts = [plain(word.text) for word in read]
    equal = matching.equal_pairs(texts, printed)
    glued = matching.glued_pairs(texts, printed, truth.gaps, equal)
    unequal = matching.unequal_pairs(texts, printed, equal | glued)
    apart = set(glued) | _no_print(truth, page, read, equal, glued | unequal, printed)
    counted = [i for i in range(len(read)) if i not in apart]
    wrong = [i for i in counted if i not in equal]
    missed = set(range(len(printed))) - {*equal.values(), *glued.values(), *unequal.values()}
    counts = Counts(
        letters=len(body),
        letter_errors=infix_distance(body, text),
        bare_errors=infix_distance(bare(body), bare(text)),
        printed=len(printed),
        found=len(equal) + len(glued),
        mark_errors=sum(bare(texts[i]) == bare(printed[j]) for i, j in unequal.items()),
        words=len(counted),
        flagged=sum(bool(read[i].flagged) for i in counted),
        wrong=len(wrong),
        caught=sum(bool(read[i].flagged) for i in wrong),
        no_print=len(apart),
    )
    listed = [Wrong(texts[i], printed[unequal[i]] if i in unequal else "", read[i].flagged) for i in wrong]
    listed += [Wrong("", printed[j], None) for j in sorted(missed)]
    return Score(counts, tuple(listed), any(word.flagged is not None for word in read))


def _pieces(truth: Truth, page: ReadPage) -> list[ReadWord]:
    """Words without blanks in them, cut where writing in a gap was glued to the print on both sides."""
    words = [ReadWord(part, word.box, word.flagged) for word in page.words for part in plain(word.text).split()]
    cut = matching.split_glued([word.text for word in words], truth.gaps)
    return [ReadWord(text, words[index].box, words[index].flagged) for index, text in cut]


def _no_print(
    truth: Truth,
    page: ReadPage,
    read: list[ReadWord],
    equal: matching.Pairs,
    other: matching.Pairs,
    printed: list[str],
) -> set[int]:
    """Indices of the words read that are not paired and stand where something else than print is."""
    single = [i for i in range(len(read)) if i not in equal and i not in other]
    written = _in_gaps(truth, equal | other, single, printed)
    names = {plain(word) for text in truth.others for word in text.split()}
    way = places.Way(list(chain.from_iterable(_ends(truth, read, equal))))
    apart = set()
    for i in single:
        word = read[i]
        if (
            i in written
            or not any(c.isalnum() for c in word.text)
            or any(Levenshtein.normalized_similarity(plain(word.text), name) >= _LIKE_OTHER for name in names)
            or (word.box is not None and (places.in_any(word.box, page.places) or way.inside(word.box, truth.marks)))
        ):
            apart.add(i)
    return apart


def _in_gaps(truth: Truth, pairs: matching.Pairs, single: Iterable[int], printed: list[str]) -> set[int]:
    """Words read right after the printed word before a gap, or right before the one after it."""
    lefts = {gap.left for gap in truth.gaps} - {""}
    rights = {gap.right for gap in truth.gaps} - {""}
    return {
        i
        for i in single
        if (i - 1 in pairs and printed[pairs[i - 1]] in lefts and _is_gap(truth, pairs[i - 1], printed, after=True))
        or (i + 1 in pairs and printed[pairs[i + 1]] in rights and _is_gap(truth, pairs[i + 1], printed, after=False))
    }


def _is_gap(truth: Truth, index: int, printed: list[str], *, after: bool) -> bool:
    """Whether the printed words around the place beside word ``index`` are those of a gap."""
    left = index if after else index - 1
    around = (printed[left] if left >= 0 else "", printed[left + 1] if left + 1 < len(printed) else "")
    return any(around == (gap.left or around[0], gap.right or around[1]) for gap in truth.gaps)


def _ends(
    truth: Truth, read: list[ReadWord], equal: matching.Pairs
) -> Iterable[list[tuple[places.Point, places.Point]]]:
    """Ends of the printed lines whose first and last word were both read."""
    where = {j: read[i].box for i, j in equal.items()}
    start = 0
    for line in truth.lines:
        stop = start + len(line.text.split())
        first, last = where.get(start), where.get(stop - 1)
        if first is not None and last is not None and stop > start:
            yield places.ends(line, first, last)
        start = stop
