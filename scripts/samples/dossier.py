"""Dossiers: which papers lie in which file under which conditions, and the truth beside them.

A dossier's folder holds ``scans/`` (what a scanner would give), ``truth/NAME.truth.json`` for every scan, and
``dossier.json`` (codes, owner, list of files).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samples import chance, conditions, files
from samples.conditions import Scan
from samples.forms import FORMS, acts
from samples.paper import Paper
from samples.story import Story, story_of


@dataclass(frozen=True, slots=True)
class Plan:
    """A scan file: its name, the kinds of papers in it, the conditions they are usually under."""

    name: str
    kinds: tuple[str, ...]
    conditions: tuple[str, ...] = ()

    @property
    def born_digital(self) -> bool:
        """Whether it was never on paper."""
        return not self.conditions


_PLANS: dict[str, tuple[Plan, ...]] = {
    "civil": (
        Plan("01-giay-tiep-nhan.pdf", ("giay_tiep_nhan_va_hen_tra",), ("tint",)),
        Plan("02-don.jpg", ("don",), ("tint", "skew")),
        Plan("03-can-cuoc.jpg", ("can_cuoc_cong_dan",), ("tint",)),
        Plan("04-giay-khai-sinh.tif", ("giay_khai_sinh",), ("noise",)),
        Plan("05-quyet-dinh.pdf", ("quyet_dinh",), ("tint", "skew")),
        Plan("06-cong-van.tif", ("cong_van",), ("fax",)),
        Plan("07-chong-giay-to.pdf", ("to_trinh", "thong_bao"), ("tint", "bleed_through")),
    ),
    "estate": (
        Plan("01-giay-tiep-nhan.pdf", ("giay_tiep_nhan_va_hen_tra",), ("noise",)),
        Plan("02-giay-chung-nhan-dat.pdf", ("giay_chung_nhan_quyen_su_dung_dat",), ("noise", "rot90")),
        Plan("03-dang-ky-doanh-nghiep.jpg", ("giay_chung_nhan_dang_ky_doanh_nghiep",), ("uneven_light",)),
        Plan("04-can-cuoc.jpg", ("can_cuoc_cong_dan",), ("photo",)),
        Plan("05-chong-giay-to.pdf", ("don", "quyet_dinh"), ("tint", "skew")),
        Plan("06-thong-bao-dien-tu.pdf", ("thong_bao",)),
        Plan("07-cong-van.pdf", ("cong_van",), ("box_stamp", "noise")),
    ),
}
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
        seed: odd seeds give a civil-status dossier, even ones a dossier of land and enterprise.
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
    for plan in _PLANS[story.theme]:
        truth = _draw_file(story, plan, out / "scans" / plan.name, conditions)
        _save(out / "truth" / f"{Path(plan.name).stem}.truth.json", truth)
        names.append(f"scans/{plan.name}")
    facts = {
        "dossier": story.code,
        "procedure": story.procedure,
        "procedure_name": story.procedure_name,
        "owner": story.applicant.id,
        "kind": "component",
        "seed": seed,
        "files": names,
    }
    _save(out / "dossier.json", facts)
    return out


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
        scans = [
            conditions.scan(page, names, chance.words(story.seed, plan.name, number).getrandbits(32))
            for number, page in enumerate(pages, 1)
        ]
        _WRITERS[path.suffix](path, scans)
    return {"file": path.name, "seed": story.seed, "born_digital": plan.born_digital, **_truth(papers, scans)}


def _truth(papers: Sequence[Paper], scans: Sequence[Scan]) -> dict[str, Any]:
    pages: list[dict[str, Any]] = []
    documents: list[dict[str, Any]] = []
    for paper in papers:
        first = len(pages) + 1
        for page in paper.truth.pages:
            scan = scans[len(pages)]
            geometry = {
                "number": len(pages) + 1,
                "document": len(documents) + 1,
                "width": scan.pixels.shape[1],
                "height": scan.pixels.shape[0],
                "dpi": round(scan.dpi, 2),
                "rotation": scan.rotation,
                "skew": round(scan.skew, 3),
                "conditions": list(scan.conditions),
            }
            pages.append({**geometry, **page.as_dict()})
        documents.append(
            {
                "type": paper.kind,
                "pages": list(range(first, len(pages) + 1)),
                "fields": paper.truth.fields,
                "handwritten": list(paper.truth.handwritten),
            }
        )
    return {"pages": pages, "documents": documents}


def _save(path: Path, facts: dict[str, Any]) -> None:
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
