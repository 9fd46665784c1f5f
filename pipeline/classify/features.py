"""What the learned type model sees of a text: words and their neighbours, without marks, case and figures.

Training and applying see the same because both call :func:`count` and :func:`weigh`; there is no second
implementation.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
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
_BODY = 0.4
"""Weight of the body beside the head."""
_MOST_LETTERS = 400
"""Letters of a row that are looked at; a printed row has some 90."""
_OPENING = 4
"""Words at the beginning of a row that are taken together: titles and labels stand there."""
_CAPITALS = 0.7
"""Share of capitals in a row that is written in them; readers take some for small letters."""
_TOKEN = re.compile(r"[a-z]+|[0-9]+")

Counts = tuple[Counter[int], Counter[int]]
"""How often each feature, by its 32-bit hash, is in the head and in the body."""


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

    They are words, pairs of neighbours on a row, the edges of a row, and the first words of a row together, once
    more for a row in capitals (a title stands alone). A run of figures counts as its length: 12 of them are a
    personal id, whoever's it is.
    """
    head: Counter[int] = Counter()
    body: Counter[int] = Counter()
    for at, row in enumerate(text.splitlines()[:MOST_ROWS]):
        found, part = (head, "h") if at < HEAD_ROWS else (body, "b")
        capitals = _in_capitals(row)
        words = [f"#{len(word)}" if word.isdecimal() else word for word in _TOKEN.findall(fold(row[:_MOST_LETTERS]))]
        edged = ("^", *words, "$")
        found.update(_hash(part, pair) for pair in pairwise(edged))
        found.update(_hash(part, (word,)) for word in words)
        for length in range(2, min(len(edged), _OPENING + 1)):
            found[_hash(part, edged[: length + 1])] += 1
            if capitals:
                found[_hash(part + "c", edged[: length + 1])] += 1
    return head, body


def _in_capitals(row: str) -> bool:
    letters = [letter for letter in row[:_MOST_LETTERS] if letter.isalpha()]
    return sum(map(str.isupper, letters)) > _CAPITALS * len(letters)


def _hash(part: str, words: tuple[str, ...]) -> int:
    return zlib.crc32(" ".join((part, *words)).encode())


def weigh(
    counts: Counts, vocabulary: NDArray[np.uint32], rarity: NDArray[np.float32], foreign: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places in ``vocabulary`` (sorted hashes) of the features found, and how much each weighs.

    Weights are ``(1 + log n) * rarity``; head and body have length 1 and :data:`_BODY`. Features that are not in the
    vocabulary count in that length with rarity ``foreign``: a text of foreign words ends up with weights near nothing,
    and so with no type at all.
    """
    places, weights = [], []
    for block, share in zip(counts, (1.0, _BODY), strict=True):
        hashes = np.fromiter(block.keys(), np.uint32, len(block))
        times = 1 + np.log(np.fromiter(block.values(), np.float32, len(block)))
        at = np.minimum(np.searchsorted(vocabulary, hashes), len(vocabulary) - 1)
        known = vocabulary[at] == hashes
        values = times * np.where(known, rarity[at], np.float32(foreign))
        length = float(np.sqrt(np.square(values).sum())) or 1.0
        places.append(at[known])
        weights.append(values[known] * np.float32(share / length))
    return np.concatenate(places), np.concatenate(weights).astype(np.float32)
