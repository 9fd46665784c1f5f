"""Forms told in YAML: one file a kind in ``personal/``, with the forms that were in use one after another.

A file holds ``kind`` and ``forms``; what stands beside ``forms`` is common to all of them. A form has

``era``
    first and last year in which it was issued;
``look``
    see :class:`samples.forms.looks.Look`;
``picks``
    facts of its own, see :func:`samples.forms.facts.facts_of`;
``fields``
    truth: field key → text with facts, or ``=key`` for the value of another field. An own field counts only when a row
    shows it;
``pieces``
    own fields whose values stand in the rows in several pieces: they count though no row shows them as one (lists
    are told with ``; `` between their items, as recipients are);
``hand``
    alternatives of what is filled in by hand: lists of field keys, or ``all``;
``rows``
    what is on the paper from top to bottom, see :mod:`samples.forms.composer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from samples.forms.looks import Look

_FOLDER = Path(__file__).with_name("personal")
LEGAL = frozenset(
    "ma_dinh_danh ten_giay_to so_ky_hieu ngay_cap co_quan_cap trich_yeu thoi_han_hieu_luc pham_vi_hieu_luc".split()
)
"""Legal fields, which count wherever a form gives them."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a kind of paper."""

    kind: str
    era: tuple[date, date]
    look: Look
    picks: Mapping[str, Any]
    fields: Mapping[str, str]
    pieces: frozenset[str]
    hand: tuple[Any, ...]
    rows: tuple[Any, ...]


def _form(kind: str, common: Mapping[str, Any], told: Mapping[str, Any]) -> Form:
    first, last = told["era"]
    look = {**common.get("look", {}), **told.get("look", {})}
    for key in ("ground", "line"):
        if key in look:
            look[key] = tuple(look[key])
    return Form(
        kind=kind,
        era=(date(first, 1, 5), date(last, 12, 28)),
        look=Look(**look),
        picks={**common.get("picks", {}), **told.get("picks", {})},
        fields={**common.get("fields", {}), **told.get("fields", {})},
        pieces=frozenset(told.get("pieces", common.get("pieces", ()))),
        hand=tuple(told.get("hand", common.get("hand", ()))),
        rows=tuple(told["rows"]),
    )


@cache
def forms_of(kind: str) -> tuple[Form, ...]:
    """The forms of ``kind``, the newest first."""
    told = yaml.safe_load((_FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))
    return tuple(_form(kind, told, one) for one in told["forms"])


@cache
def told_kinds() -> tuple[str, ...]:
    """The kinds that have forms told in YAML."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))
