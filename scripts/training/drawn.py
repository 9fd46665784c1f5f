"""The generator's papers as texts to learn from."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.classify.corpus import Paper
from pipeline.classify.features import MOST_ROWS
from pipeline.settings import DocumentType
from samples import FORMS, draw_paper

LEARNT, HELD = 20, 4
"""Stories whose papers are learnt from, and stories whose papers judge."""


def papers(types: Sequence[DocumentType]) -> list[Paper]:
    """What is printed on papers of every kind that is both drawn and configured; nothing is painted for it."""
    known = {kind.key for kind in types}
    made = []
    for kind in sorted(known & FORMS.keys()):
        for seed in range(1, LEARNT + HELD + 1):
            rows = draw_paper(kind, seed).truth.text().splitlines()[:MOST_ROWS]
            made.append(Paper("\n".join(rows), kind, f"{kind}/{seed}", held=seed > LEARNT))
    return made
