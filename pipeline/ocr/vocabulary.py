"""The closed vocabulary of head, title and signature block, where capitals with stacked marks go wrong most.

On real scans the readers lost 48 % of the words of the signature block and 12 to 17 % of the head, against 4 % of the
body: ``GIÁM ĐỐC`` became ``ĐÓC``, ``SỞ Y TẾ`` became ``TÉ``. The words that can stand there are known (configuration).
So words that differ from a known term in marks alone are set right, and a word with a wrong letter if it was doubted
anyway. What was read is kept in ``raw``. Names of persons and places are not in the vocabulary and are never touched.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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
    """The vocabulary made ready; longest terms first."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        head, foot = _terms(vocabulary.head), _terms(vocabulary.signature)
        self._zones = {
            "head_left": head,
            "head_right": head,
            "title": _terms(vocabulary.titles),
            "foot_left": foot,
            "foot_right": _terms((*vocabulary.signature, *vocabulary.head)),
        }

    def correct(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        """``lines`` with the terms of their zone spelt right; the sign that closes the text, too.

        Returns:
            Lines with the same letters at the same places but for corrected words. A corrected word has ``raw`` set and
            counts as agreed upon.
        """
        last = max(
            (i for i, line in enumerate(lines) if line.zone == "body" and len(line.text) >= _PAGE_NUMBER), default=-1
        )
        done: list[Line] = []
        for i, line in enumerate(lines):
            words = [part for word in line.words for part in _unglued(word, line.zone)]
            plain = tuple(_plain(word.text) for word in words)
            doubted = any(word.agreed is False for word in words)
            for term in self._zones.get(line.zone, ()):
                for start in range(len(words) - len(term.words) + 1):
                    at = slice(start, start + len(term.words))
                    if plain[at] == term.folded or (doubted and _nearly(plain[at], words[at], term)):
                        words[at] = _set_right(words[at], term)
            if i == last and words:
                words[-2:] = _closed(words[-2:])
            if line.zone == "foot_left" and line.text.startswith(_ITEM) and line.text.endswith(_NO_END):
                words[-1] = replace(words[-1], agreed=False)
            done.append(replace(line, words=tuple(words)))
        return tuple(done)


def _terms(texts: Iterable[str]) -> tuple[_Term, ...]:
    # A single word says too little: "ĐƠN" may be "ĐỒN" or "DỌN".
    found = {term for term in map(_Term.of, texts) if len(term.words) > 1}
    return tuple(sorted(found, key=lambda term: (-len(term.words), -term.letters, term.words)))


def _set_right(words: Sequence[Word], term: _Term) -> Sequence[Word]:
    """``words`` spelt as the term."""
    if not all(_same_case(word.text, known) for word, known in zip(words, term.words, strict=True)):
        return words
    return [_spelt(word, known) for word, known in zip(words, term.words, strict=True)]


def _nearly(plain: Sequence[str], words: Sequence[Word], term: _Term) -> bool:
    """Whether few of the words are wrong, only a little, and were doubted anyway."""
    wrong = [i for i, (mine, theirs) in enumerate(zip(plain, term.folded, strict=True)) if mine != theirs]
    if len(wrong) > len(term.words) // 2 or term.letters < _LEAST:
        return False
    return all(
        words[i].agreed is False and Levenshtein.normalized_similarity(plain[i], term.folded[i]) >= _ALIKE
        for i in wrong
    )


def _same_case(read: str, known: str) -> bool:
    """Terms in capitals are only found in capitals: "Chủ tịch" among the recipients stays as it is."""
    return read.isupper() == known.isupper()


def _spelt(word: Word, known: str) -> Word:
    """``word`` as ``known``, with the punctuation that was read around it."""
    core = known.strip(".,:;-")
    text = _around(word.text, core) if core else key(word.text)
    if _letters(text) == _letters(word.text):
        return word
    return replace(word, text=text, raw=word.text, agreed=True, confidence=max(word.confidence, _SURE))


def _letters(text: str) -> tuple[str, list[str]]:
    """Letters and marks apart: "HOÀ" and "HÒA" are two ways to spell the same."""
    apart = unicodedata.normalize("NFD", key(text))
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
