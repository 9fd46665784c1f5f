"""Chance that can be repeated: every drawing takes its numbers from a seed and the names of what is drawn."""

from __future__ import annotations

import hashlib
import random

import numpy as np


def words(seed: int, *labels: object) -> random.Random:
    """A generator for choosing words, dates and numbers; the same for the same seed and labels on every machine."""
    return random.Random("/".join(map(str, (seed, *labels))))


def pixels(seed: int, *labels: object) -> np.random.Generator:
    """A generator for pictures; the same for the same seed and labels on every machine."""
    digest = hashlib.sha256("/".join(map(str, (seed, *labels))).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
