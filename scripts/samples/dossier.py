"""Dossiers: papers drawn, scanned and written to files, and the truth beside them.

A dossier's folder holds ``scans/`` (what a scanner would give), ``truth/NAME.truth.json`` for every scan, and
``dossier.json`` (codes, owner, list of files).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from samples import chance, conditions, files
from samples.conditions import Scan
from samples.forms import FORMS, acts
from samples.paper import Paper
from samples.plans import Plan, plans_of
from samples.record import Record, save
from samples.story import Story, story_of

_WRITERS: dict[str, Callable[[Path, Sequence[Scan]], None]] = {
    ".pdf": files.write_pdf,
    ".jpg": files.write_jpeg,
    ".tif": files.write_tiff,
}


def draw_paper(kind: str, seed: int) -> Paper:
    """Draw one paper, clean.

    Args:
        kind: type key, one of :data:`samples.forms.FORMS`.
        seed: the story; papers of one seed belong together.
    """
    return FORMS[kind](story_of(seed))


def draw_dossier(seed: int, out: Path, conditions: Sequence[str] | None = None) -> Path:
    """Draw the dossier of ``seed`` into the folder ``out`` (made if need be) and return it.

    Args:
        seed: odd seeds give a civil-status dossier, even ones a dossier of land and enterprise; from 1000 on dossiers
            hold six to nine papers of all kinds in turn, see :mod:`samples.plans`.
        out: the dossier's own folder.
        conditions: put on every scanned page instead of the usual ones of each file.

    Raises:
        UnknownCondition: a condition that is none.
        FontMissing: no suitable font is installed.
    """
    story = story_of(seed)
    for folder in ("scans", "truth"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    names = []
    for plan in plans_of(story):
        truth = _draw_file(story, plan, out / "scans" / plan.name, conditions)
        save(out / "truth" / f"{Path(plan.name).stem}.truth.json", truth)
        names.append(f"scans/{truth['file']}")
    save(out / "dossier.json", facts_of(story, sorted(names)))
    return out


def facts_of(story: Story, names: list[str]) -> dict[str, Any]:
    """What ``dossier.json`` says of the files ``names``."""
    return {
        "dossier": story.code,
        "procedure": story.procedure,
        "procedure_name": story.procedure_name,
        "owner": story.applicant.id,
        "kind": "component",
        "seed": story.seed,
        "files": names,
    }


def _draw_file(story: Story, plan: Plan, path: Path, wanted: Sequence[str] | None) -> dict[str, Any]:
    """Draw, scan and write one file; returns its truth."""
    if plan.born_digital:
        papers = [acts.announcement(story, by_hand=False)]
        files.write_born_digital(path, papers[0].sheets)
        scans = [conditions.scan(page, (), story.seed) for page in papers[0].pages]
    else:
        papers = [FORMS[kind](story) for kind in plan.kinds]
        names = plan.conditions if wanted is None else wanted
        pages = [page for paper in papers for page in paper.pages]
        if path.suffix == ".jpg" and len(pages) > 1:
            path = path.with_suffix(".pdf")
        scans = [
            conditions.scan(page, names, chance.words(story.seed, plan.name, number).getrandbits(32))
            for number, page in enumerate(pages, 1)
        ]
        _WRITERS[path.suffix](path, scans)
    record = Record()
    for paper in papers:
        first = len(record.pages)
        for place, said in enumerate(paper.truth.pages):
            record.page(scans[first + place], said)
        record.document(paper, list(range(first + 1, len(record.pages) + 1)))
    return {"file": path.name, "seed": story.seed, "born_digital": plan.born_digital, **record.as_dict()}
