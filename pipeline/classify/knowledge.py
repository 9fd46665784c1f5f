"""What papers are understood with, beside what was read on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pipeline.settings import Settings


class TypeModel(Protocol):
    """Something that guesses the type of a paper from its text."""

    def chances(self, text: str) -> Mapping[str, float]:
        """Probabilities 0..1 by type key."""
        ...


@dataclass(frozen=True)
class Given:
    """What is known of a document beside its text."""

    type: str = ""
    """Key of the type, where a person has said it; empty: to be found out."""
    colour: bool | None = None
    """Whether its pages were captured in colour, so that a seal would show; ``None``: not known."""
    signed: bool = False
    """Whether its source bears a digital signature."""


@dataclass(frozen=True)
class Knowledge:
    """The configuration, the day on which validity is judged, and the learned model; both may be missing."""

    settings: Settings
    today: date | None = None
    model: TypeModel | None = None
