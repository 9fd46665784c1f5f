"""What the learned type model sees of a text: words and their neighbours, without marks, case and figures.

Training and applying see the same because both call :func:`count` and :func:`weigh`; there is no second
implementation.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.dossier import PageReading
from pipeline.vietnamese import fold

VERSION = 1
"""Changes with anything here that changes what is seen: a model of another version is refused."""
MOST_ROWS = 70
"""Rows looked at: what a paper is stands on its first page, and the cost of a text stays bounded."""
HEAD_ROWS = 25
"""Rows of the head, number, title and abstract or first labels. They are counted apart from the body: a title says
more than a mention of the same words further down, and a long text must not drown it."""
_SHARES = (1.0, 1.0, 0.4)
"""Weight of capitals, head and body beside each other."""
_MOST_LETTERS = 400
"""Letters of a row that are looked at; a printed row has some 90."""
_OPENING = 4
"""Words at the beginning of a row that are taken together: titles and labels stand there."""
_CAPITALS = 0.7
"""Share of capitals in a row that is written in them; readers take some for small letters."""
_TOKEN = re.compile(r"[a-z]+|[0-9]+")

Counts = tuple[Counter[int], Counter[int], Counter[int]]
"""How often each feature, by its 32-bit hash, is in rows in capitals of the head, in the head, and in the body."""


def text_of(readings: Sequence[PageReading]) -> str:
    """The printed rows of the first pages of a document, one a line, as the model looks at them."""
    rows: list[str] = []
    for reading in readings:
        rows += [line.text for line in reading.lines]
        if len(rows) >= MOST_ROWS:
            break
    return "\n".join(rows[:MOST_ROWS])


def count(text: str) -> Counts:
    """The features of ``text`` (printed rows, one a line).

    They are words, pairs of neighbours on a row, the edges of a row, and the first words of a row together. Rows of the
    head that are in capitals are counted once more for themselves: the title is one of these few rows, and it must not
    drown in what the paper refers to. A run of figures counts as its length: 12 of them are a personal id, whoever's.
    """
    capitals: Counter[int] = Counter()
    head: Counter[int] = Counter()
    body: Counter[int] = Counter()
    for at, row in enumerate(text.splitlines()[:MOST_ROWS]):
        words = [f"#{len(word)}" if word.isdecimal() else word for word in _TOKEN.findall(fold(row[:_MOST_LETTERS]))]
        if at >= HEAD_ROWS:
            body.update(_features("b", words))
            continue
        head.update(_features("h", words))
        if _in_capitals(row):
            capitals.update(_features("c", words))
    return capitals, head, body


def _features(part: str, words: Sequence[str]) -> Iterator[int]:
    edged = ("^", *words, "$")
    groups = [*((word,) for word in words), *pairwise(edged)]
    groups += [edged[: length + 1] for length in range(2, min(len(edged), _OPENING + 1))]
    return (zlib.crc32(" ".join((part, *group)).encode()) for group in groups)


def _in_capitals(row: str) -> bool:
    letters = [letter for letter in row[:_MOST_LETTERS] if letter.isalpha()]
    return sum(map(str.isupper, letters)) > _CAPITALS * len(letters)


def weigh(
    counts: Counts, vocabulary: NDArray[np.uint32], rarity: NDArray[np.float32], foreign: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places in ``vocabulary`` (sorted hashes) of the features found, and how much each weighs.

    Weights are ``(1 + log n) * rarity``; each part has the length of its share (:data:`_SHARES`). Features that are
    not in the vocabulary count in that length with rarity ``foreign``: a text of foreign words ends up with weights
    near nothing, and so with no type at all.
    """
    places, weights = [], []
    for block, share in zip(counts, _SHARES, strict=True):
        hashes = np.fromiter(block.keys(), np.uint32, len(block))
        times = 1 + np.log(np.fromiter(block.values(), np.float32, len(block)))
        at = np.minimum(np.searchsorted(vocabulary, hashes), len(vocabulary) - 1)
        known = vocabulary[at] == hashes
        values = times * np.where(known, rarity[at], np.float32(foreign))
        length = float(np.sqrt(np.square(values).sum())) or 1.0
        places.append(at[known])
        weights.append(values[known] * np.float32(share / length))
    return np.concatenate(places), np.concatenate(weights).astype(np.float32)
