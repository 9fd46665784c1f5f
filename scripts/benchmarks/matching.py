"""Which word of the truth each word of a reading stands for.

Engines give the parts of a page in different orders, so equal words are paired in order first (longest common
subsequence), then once more among those left over (parts that moved), until no word of the one is left among the other:
as many pairs as bags of words have in common, each at the most likely place. What is left is paired by its place
between pairs, then by likeness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz.distance import LCSseq, Levenshtein

from benchmarks.nouns import Gap

_ALIKE_HERE, _ALIKE_ANYWHERE = 0.3, 0.6
"""How alike a word and a misreading of it are at least (1 - distance / length): at the same place, or elsewhere."""
_SIDE = 3
"""Longest writing (letters) taken for glued to a printed word beside a gap."""

Pairs = dict[int, int]
"""Index of a word read → index of a word of the truth."""


def split_glued(words: Sequence[str], gaps: Iterable[Gap]) -> list[tuple[int, str]]:
    """Cut what an engine glued together across a gap: ``ngày06tháng`` → ``ngày``, ``06``, ``tháng``.

    Returns:
        Pieces with the index of the word each is from.
    """
    pieces: list[tuple[int, str]] = []
    for index, word in enumerate(words):
        gap = next((gap for gap in gaps if _spans(word, gap)), None)
        if gap is None:
            pieces.append((index, word))
        else:
            inner = word[len(gap.left) : len(word) - len(gap.right)]
            pieces += [(index, piece) for piece in (gap.left, inner, gap.right) if piece]
    return pieces


def _spans(word: str, gap: Gap) -> bool:
    return (
        bool(gap.left and gap.right)
        and word.startswith(gap.left)
        and word.endswith(gap.right)
        and len(word) >= len(gap.left) + len(gap.right)
    )


def equal_pairs(read: Sequence[str], truth: Sequence[str]) -> Pairs:
    """Pair equal words, in order as far as possible; as many as the two bags of words have in common."""
    pairs: Pairs = {}
    here, there = list(range(len(read))), list(range(len(truth)))
    while True:
        steps = LCSseq.opcodes([read[i] for i in here], [truth[j] for j in there])
        found = {
            here[step.src_start + k]: there[step.dest_start + k]
            for step in steps
            if step.tag == "equal"
            for k in range(step.src_end - step.src_start)
        }
        if not found:
            return pairs
        pairs |= found
        taken = set(found.values())
        here = [i for i in here if i not in found]
        there = [j for j in there if j not in taken]


def glued_pairs(read: Sequence[str], truth: Sequence[str], gaps: Iterable[Gap], pairs: Pairs) -> Pairs:
    """Pair printed words beside a gap with words that have the writing glued on: ``/QĐ-UBND`` with ``15/QĐ-UBND``."""
    found: Pairs = {}
    taken = set(pairs.values())
    for gap in gaps:
        for side, at_start in ((gap.left, True), (gap.right, False)):
            target = next((j for j, word in enumerate(truth) if side and word == side and j not in taken), None)
            source = next(
                (
                    i
                    for i, word in enumerate(read)
                    if i not in pairs and i not in found and _glued(word, side, at_start)
                ),
                None,
            )
            if target is not None and source is not None:
                found[source] = target
                taken.add(target)
    return found


def _glued(word: str, side: str, at_start: bool) -> bool:
    fits = word.startswith(side) if at_start else word.endswith(side)
    return fits and len(side) < len(word) <= len(side) + _SIDE + 1


def unequal_pairs(read: Sequence[str], truth: Sequence[str], pairs: Pairs) -> Pairs:
    """Pair words left over with the words they are misreadings of, as far as can be told."""
    taken = set(pairs.values())
    left = [i for i in range(len(read)) if i not in pairs]
    missed = [j for j in range(len(truth)) if j not in taken]
    near = {i: set(_between(i, pairs, len(read), len(truth))) for i in left}
    choices = sorted(
        (
            (j not in near[i], -alike, abs(i - j), i, j)
            for i in left
            for j in missed
            if (alike := Levenshtein.normalized_similarity(read[i], truth[j]))
            >= (_ALIKE_HERE if j in near[i] else _ALIKE_ANYWHERE)
        ),
    )
    found: Pairs = {}
    for *_, i, j in choices:
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    return found


def _between(index: int, pairs: Pairs, count: int, length: int) -> Iterator[int]:
    """Words of the truth next to those that the neighbours of ``index`` are paired with."""
    before = next((pairs[i] for i in range(index - 1, -1, -1) if i in pairs), -1)
    after = next((pairs[i] for i in range(index + 1, count) if i in pairs), length)
    taken = set(pairs.values())
    for place, step in ((before, 1), (after, -1)):
        at = place + step
        while 0 <= at < length and at not in taken:
            yield at
            at += step
