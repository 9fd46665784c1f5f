"""Texts made comparable, and how far two of them are apart."""

from __future__ import annotations

import unicodedata

import numpy as np

from pipeline.vietnamese import nfc

_KINDS = str.maketrans(
    {
        **dict.fromkeys("–—‒―−‐‑", "-"),
        **dict.fromkeys("“”„«»″", '"'),
        **dict.fromkeys("‘’‚‛`´′", "'"),
        "…": "...",
    }
)
_D = str.maketrans({"đ": "d", "Đ": "D"})


def plain(text: str) -> str:
    """``text`` in NFC, with one kind of dash and of quote and single blanks: what sets it apart is not a misreading."""
    return " ".join(nfc(text).translate(_KINDS).split())


def bare(text: str) -> str:
    """``text`` without diacritics; case is kept."""
    return "".join(c for c in unicodedata.normalize("NFD", text).translate(_D) if not unicodedata.combining(c))


def infix_distance(truth: str, text: str) -> int:
    """Least number of letters to insert, delete or replace to make ``truth`` out of some part of ``text``.

    What stands before and after that part costs nothing, so it does not matter in which order an engine gives head,
    body and foot; what stands within the body does count.
    """
    if not truth:
        return 0
    letters = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(letters) + 1, dtype=np.int32)
    row = np.zeros(len(letters) + 1, np.int32)
    for letter in truth:
        replaced = row[:-1] + (letters != ord(letter))
        row = row + 1
        np.minimum(row[1:], replaced, out=row[1:])
        # Letters too many, from left to right: the best row[i] + (j - i) over all i <= j.
        row = np.minimum.accumulate(row - steps) + steps
    return int(row.min())
