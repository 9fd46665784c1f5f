"""Words written by hand, as forms are filled in: every letter a few strokes, no font of anybody's handwriting."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from samples.curves import Mask, Points, ink, spline

_MARKS = {
    "\u0300": "grave",
    "\u0301": "acute",
    "\u0309": "hook",
    "\u0303": "tilde",
    "\u0302": "circumflex",
    "\u0306": "breve",
    "\u031b": "horn",
    "\u0323": "dot",
    "\u0335": "bar",
}
_LIFTING = ("circumflex", "breve")
"""Marks over which a tone mark stands higher."""


@cache
def _strokes() -> dict[str, tuple[Points, ...]]:
    told = yaml.safe_load(Path(__file__).with_name("letters.yaml").read_text(encoding="utf-8"))
    return {
        name: tuple(
            np.array([[float(at) for at in point.split(",")] for point in stroke.split()]) for stroke in strokes
        )
        for name, strokes in told.items()
    }


def can_write_words(text: str) -> bool:
    """Whether every letter of ``text`` has strokes."""
    return all(letter == " " or _parts(letter)[0] in _strokes() for letter in text)


def _parts(letter: str) -> tuple[str, list[str]]:
    """The bare letter and the names of its marks, those that lift a tone mark first."""
    barred = {"đ": "d\u0335", "Đ": "D\u0335"}.get(letter, letter)
    base, *marks = unicodedata.normalize("NFD" if letter != "²" else "NFC", barred)
    names = [_MARKS[mark] for mark in marks if mark in _MARKS]
    return base, sorted(names, key=lambda name: name not in _LIFTING)


def _spot(name: str, base: str, box: tuple[float, float, float]) -> tuple[float, float]:
    """Where the mark ``name`` stands over a letter from ``left`` to ``right`` with its top at ``top``."""
    left, right, top = box
    if name == "horn":
        return right - 0.08, top + 0.06
    if name == "dot":
        return (left + right) / 2, 1.0
    if name == "bar":
        return (right - 0.1, 0.3) if base == "d" else (left + 0.12, 0.52)
    return (left + right) / 2, top


def _letter(letter: str, rng: np.random.Generator) -> tuple[list[Points], float]:
    """The strokes of a letter with its marks, and how far it reaches to the right."""
    base, marks = _parts(letter)
    strokes = [points + rng.normal(0, 0.014, points.shape) for points in _strokes()[base]]
    whole = np.vstack(strokes)
    reach = float(whole[:, 0].max())
    top = float(whole[:, 1].min())
    if base == "i" and not set(marks) - {"dot"}:
        strokes.append(_strokes()["dot"][0] + np.array((0.17, 0.18)))
    for name in marks:
        x, y = _spot(name, base, (float(whole[:, 0].min()), reach, top))
        shift = np.array((x, y)) + rng.uniform(-0.03, 0.03, 2)
        strokes += [points + shift for points in _strokes()[name]]
        if name in _LIFTING:
            top -= 0.16
    return strokes, reach


def write_words(text: str, height: float, rng: np.random.Generator) -> Mask:
    """``text`` written by hand.

    Args:
        text: words in NFC; see :func:`can_write_words`.
        height: height of a capital in pixels.
        rng: slant, spacing and wobble of this hand.

    Returns:
        A mask with a margin of a third of ``height`` on every side; the baseline stands that margin above its foot.
    """
    slant, spread = rng.uniform(0.05, 0.3), rng.uniform(0.98, 1.12)
    margin = height / 3
    placed: list[Points] = []
    x = 0.0
    for letter in text:
        if letter == " ":
            x += 0.34
            continue
        strokes, reach = _letter(letter, rng)
        drop = rng.uniform(-0.03, 0.03)
        for points in strokes:
            moved = points + np.array((x, drop))
            moved[:, 0] = (moved[:, 0] + slant * (1 - points[:, 1])) * spread
            placed.append(moved)
        x += reach + rng.uniform(0.02, 0.07) * (1 if letter.islower() else 2)
    size = (round(height + 2 * margin), round((x + slant) * spread * height + 2 * margin))
    mask: NDArray[np.uint8] = np.zeros(size, np.uint8)
    for points in placed:
        ink(mask, spline(points * height) + margin, max(2.5, height * 0.07), rng)
    return mask
