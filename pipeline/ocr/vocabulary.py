"""The closed vocabulary of head, title and signature block, where capitals with stacked marks go wrong most.

On real scans the readers lost 48 % of the words of the signature block and 12 to 17 % of the head, against 4 % of the
body: ``GIÁM ĐỐC`` became ``ĐÓC``, ``SỞ Y TẾ`` became ``TÉ``. The words that can stand there are known (configuration).
So words that differ from a known term in marks alone are set right, and a word with a wrong letter if it was doubted
anyway. What was read is kept in ``raw``. Names of persons and places are not in the vocabulary, but for those of
provinces behind their level: of 130,000 heads and signature blocks made up of 3,000 places that were read right, 3 were
changed; of 200,000 words of real and drawn texts taken line by line for title, head or signature block none was that
was spelt right.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rapidfuzz.distance import Levenshtein

from pipeline.dossier import Line, Word
from pipeline.ocr.align import key
from pipeline.ocr.fuse import cut
from pipeline.ocr.geometry import height, union
from pipeline.settings import Vocabulary
from pipeline.vietnamese import fold, nfc

_ALIKE = 0.75
"""Least likeness of the letters, marks taken off, of a word with wrong letters and the term's word."""
_LEAST = 5
"""Terms shorter than this many letters are too like other words to be guessed from wrong letters."""
_SURE = 0.95
_CLOSING = re.compile(r"(?P<word>.*?)(?:(?<!\d)\.[/lI1|!\]]\.|\./|/\.)")
_CLOSED = "./."
_SIGN = re.compile(r"\.?/\.?|\.[lI1|!\]]\.")
_NEAR = 0.6
"""The sign stands closer to the last word than this share of its height."""
_GLUED = re.compile(r"(?P<label>Số:|ngày|tháng|năm)(?P<value>.*\d.*)")
"""A label and the number written by hand behind it, read as one word."""
_SLOTS = ("head_left", "head_right", "foot_right")
_ITEM, _NO_END = ("-", "–"), (":", ",")
"""Recipients are listed behind dashes and end in a semicolon or full stop (Decree 30/2020/NĐ-CP, Appendix I, II.9):
another sign was most likely misread."""
_NAME = 2
"""Terms of so few syllables are too like names: "KHÁNH AN" and "CHÁNH ÁN", "VĂN PHONG" and "VĂN PHÒNG"."""
_BROKEN = 4
"""Terms of fewer words are not looked for across lines: "XÃ TÔ HIỆU" above "TRƯỜNG TIỂU HỌC" is no "HIỆU TRƯỞNG"."""
_LONG = 6
"""In a shorter term the last word is not guessed: a name may stand there ("TRUNG TÂM Y TẾ HƯƠNG SƠN", not "PHƯỜNG")."""
_TONE = "[\u0300\u0301\u0303\u0309\u0323]"
_BEFORE = re.compile(f"(o(?=.[ae])|u(?=.y))({_TONE})([aey])$", re.IGNORECASE)
_BEHIND = re.compile(rf"(?:o[ae]|uy){_TONE}\W*$", re.IGNORECASE)
"""The two ways to place a tone in an open syllable."""
_PAGE_NUMBER = 4
"""A last line of fewer letters is a page number."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A known term, word by word, as it is spelt, and folded."""

    words: tuple[str, ...]
    folded: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Term:
        words = tuple(nfc(text).split())
        return cls(words, tuple(_plain(word) for word in words))

    @property
    def letters(self) -> int:
        return sum(map(len, self.folded))


class Terms:
    """The vocabulary made ready."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        head, foot = _Lexicon(vocabulary.head), _Lexicon(vocabulary.signature)
        # Under an authority stands a person's name in capitals: two syllables of an agency say too little there.
        agencies = (term for term in vocabulary.head if len(term.split()) > _NAME)
        self._zones = {
            "head_left": head,
            "head_right": head,
            "title": _Lexicon(vocabulary.titles),
            "foot_left": foot,
            "foot_right": _Lexicon((*vocabulary.signature, *agencies)),
        }

    def correct(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        """``lines`` with the terms of their zone spelt right; the sign that closes the text, too.

        A term may run over lines of its zone: long names of agencies are broken where they fit.

        Returns:
            Lines with the same letters at the same places but for corrected words. A corrected word has ``raw`` set; it
            and a word that stands as it should in a term count as agreed upon.
        """
        last = max(
            (i for i, line in enumerate(lines) if line.zone == "body" and len(line.text) >= _PAGE_NUMBER), default=-1
        )
        read = [[part for word in line.words for part in _unglued(word, line.zone)] for line in lines]
        for zone, lexicon in self._zones.items():
            of_zone = [i for i, line in enumerate(lines) if line.zone == zone]
            for i, spelt in zip(of_zone, lexicon.spell([read[i] for i in of_zone]), strict=True):
                read[i] = spelt
        done: list[Line] = []
        for i, (line, words) in enumerate(zip(lines, read, strict=True)):
            if i == last and words:
                words[-2:] = _closed(words[-2:])
            if line.zone == "foot_left" and line.text.startswith(_ITEM) and line.text.endswith(_NO_END):
                words[-1] = replace(words[-1], agreed=False)
            done.append(replace(line, words=tuple(words)))
        return tuple(done)


class _Lexicon:
    """The terms of a zone, found by all of their words or by some of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        both = (way for text in texts for way in (text, text.replace(" - ", "-")))
        # A single word says too little: "ĐƠN" may be "ĐỒN" or "DỌN".
        terms = dict.fromkeys(term for term in map(_Term.of, both) if len(term.words) > 1)
        self._whole: dict[tuple[str, ...], list[_Term]] = {}
        self._sizes = sorted({len(term.words) for term in terms}, reverse=True)
        self._holding: dict[str, list[tuple[_Term, int]]] = {}
        for term in terms:
            self._whole.setdefault(term.folded, []).append(term)
            for place, word in enumerate(term.folded):
                self._holding.setdefault(word, []).append((term, place))

    def spell(self, lines: Sequence[Sequence[Word]]) -> list[list[Word]]:
        """The words of ``lines`` with the terms among them spelt right, the longest first."""
        words = [word for line in lines for word in line]
        row = [number for number, line in enumerate(lines) for _ in line]
        plain = tuple(_plain(word.text) for word in words)
        done, sure = list(words), set[int]()
        for size in self._sizes:
            for start in range(len(words) - size + 1):
                at = range(start, start + size)
                found = self._whole.get(plain[start : start + size])
                if found is None or sure.issuperset(at) or (row[start] != row[at[-1]] and size < _BROKEN):
                    continue
                read = words[start : start + size]
                if _in_case(read, found[0]):
                    # The way it was read if that is one of several ("THỦ TRƯỞNG", "THỨ TRƯỞNG"), else the first listed.
                    ways = [list(map(_spelt, read, term.words)) for term in found]
                    done[start : start + size] = min(ways, key=lambda way: sum(bool(word.raw) for word in way))
                    sure.update(at)
        for i, guesses in self._guesses(plain, words, row, sure).items():
            # Two terms that are as near as each other say nothing.
            if i not in sure and len(guesses) == 1:
                done[i] = _spelt(words[i], *guesses)
        rest = iter(done)
        return [list(islice(rest, len(line))) for line in lines]

    def _guesses(
        self, plain: Sequence[str], words: Sequence[Word], row: Sequence[int], sure: set[int]
    ) -> dict[int, set[str]]:
        """How the words of terms that nearly stand in a line are spelt, by place; those of a whole term stay."""
        if all(word.agreed is not False for word in words):
            return {}
        same = Counter((term, i - at) for i, word in enumerate(plain) for term, at in self._holding.get(word, ()))
        ways: dict[int, set[str]] = {}
        for (term, start), hits in same.items():
            size = len(term.words)
            if size <= _NAME or 2 * hits < size or not 0 <= start <= len(words) - size:
                continue
            wrong = [i for i, known in enumerate(term.folded, start) if plain[i] != known]
            at = slice(start, start + size)
            if row[start] != row[at.stop - 1] or not sure.isdisjoint(wrong) or not _in_case(words[at], term):
                continue
            if _nearly(plain[at], words[at], term):
                for i, known in enumerate(term.words, start):
                    ways.setdefault(i, set()).add(known)
        return ways


def _in_case(words: Sequence[Word], term: _Term) -> bool:
    """Terms in capitals are only found in capitals: "Chủ tịch" among the recipients stays as it is.

    Words in small letters stand for any.
    """
    return all(
        word.text.isupper() == known.isupper() or known.islower() for word, known in zip(words, term.words, strict=True)
    )


def _nearly(plain: Sequence[str], words: Sequence[Word], term: _Term) -> bool:
    """Whether few of the words are wrong, only a little, and were doubted anyway."""
    wrong = [i for i, (mine, theirs) in enumerate(zip(plain, term.folded, strict=True)) if mine != theirs]
    last = len(term.words) - 1
    if len(wrong) > len(term.words) // 2 or term.letters < _LEAST or (last in wrong and last < _LONG):
        return False
    return all(
        words[i].agreed is False and Levenshtein.normalized_similarity(plain[i], term.folded[i]) >= _ALIKE
        for i in wrong
    )


def _spelt(word: Word, known: str) -> Word:
    """``word`` as ``known``, with the punctuation that was read around it."""
    core = known.strip(".,:;-")
    text = _around(word.text, _placed(word.text, _cased(word.text, core))) if core else known
    if _letters(text) == _letters(word.text):
        # A sign behind it that the term has not ("THƯƠNG.") stays in doubt.
        alike = word.agreed is False and _letters(word.text.lower()) == _letters(known.lower())
        return replace(word, agreed=True) if alike else word
    return replace(word, text=text, raw=word.text, agreed=True, confidence=max(word.confidence, _SURE))


def _cased(read: str, known: str) -> str:
    """``known`` in capitals or with a capital where it is in small letters and ``read`` is not."""
    letters = [c for c in read if c.isalpha()]
    if not letters or not known.islower() or letters[0].islower():
        return known
    return known.upper() if len(letters) > 1 and read.isupper() else known.capitalize()


def _placed(read: str, known: str) -> str:
    """``known`` with its tone on the letter where ``read`` bears one: "HÒA" or "HOÀ", each paper has its way."""
    old, new = _BEFORE.search(_apart(known)), _BEHIND.search(_apart(key(read)))
    return nfc(_apart(known)[: old.start()] + old[1] + old[3] + old[2]) if old and new else known


def _apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _letters(text: str) -> tuple[str, list[str]]:
    """Letters and marks apart: "HOÀ" and "HÒA" are two ways to spell the same."""
    apart = _apart(key(text))
    return "".join(c for c in apart if not unicodedata.combining(c)), sorted(filter(unicodedata.combining, apart))


def _around(read: str, core: str) -> str:
    start = next((i for i, c in enumerate(read) if c.isalnum()), 0)
    end = next((i for i in range(len(read), 0, -1) if read[i - 1].isalnum()), len(read))
    return read[:start] + core + read[end:]


def _unglued(word: Word, zone: str) -> tuple[Word, ...]:
    found = _GLUED.fullmatch(word.text) if zone in _SLOTS else None
    return (word,) if found is None else cut(word, len(found["label"]))


def _closed(ending: Sequence[Word]) -> list[Word]:
    """The sign ``./.`` that closes the text, where a stroke was taken for a letter or the sign for a word."""
    *before, word = ending
    if before and _SIGN.fullmatch(word.text) and word.box[0] - before[0].box[2] < _NEAR * height(word.box):
        both, box = before[0].text + word.text, union((before[0].box, word.box))
        sure = min(before[0].confidence, word.confidence)
        agreed = before[0].agreed and word.agreed
        before, word = [], Word(both, box, sure, agreed)
    found = _CLOSING.fullmatch(word.text)
    text = found["word"].rstrip(".") + _CLOSED if found else word.text
    return [*before, word if text == word.text else replace(word, text=text, raw=word.text)]


def _plain(text: str) -> str:
    return "".join(c for c in fold(key(text)) if c.isalnum())
