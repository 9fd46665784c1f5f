"""Where the papers come from: sample scans, drawn dossiers and stacks, texts of law and blank forms."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.fields.nouns import Source, Wanted
from pipeline.classify import plain
from samples import draw_dossier, draw_stack

FIRST_SEED = 1000
"""Dossiers from here on hold papers of every type, issued by agencies of every kind."""
STACKS = 500
"""Seeds of stacks come so far behind those of dossiers."""
_SAMPLE_KEYS = {
    "number": "so_ky_hieu",
    "issue_date": "ngay_cap",
    "agency": "co_quan_cap",
    "agency_parent": "co_quan_chu_quan",
    "subject": "trich_yeu",
    "signer": "nguoi_ky",
}


# -- scans ------------------------------------------------------------------------------------------------------


def samples(folder: Path) -> Iterator[Source]:
    """The scans in ``folder`` whose first page was typed; each is one document."""
    for typed in sorted(folder.glob("*.p1.fields.json")):
        facts = json.loads(typed.read_text(encoding="utf-8"))
        name = typed.name.removesuffix(".p1.fields.json")
        fields = {ours: facts[theirs] for theirs, ours in _SAMPLE_KEYS.items() if facts.get(theirs)}
        by_hand = ("so_ky_hieu", "ngay_cap") if facts["number_handwritten"] else ()
        wanted = Wanted(facts["doc_type"], (1,), fields, by_hand, complete=False)
        yield Source("samples", name, (wanted,), folder / f"{name}.pdf")


# -- drawn ------------------------------------------------------------------------------------------------------


def dossier(seed: int, out: Path) -> list[Source]:
    """The files of the drawn dossier of ``seed``."""
    folder = draw_dossier(seed, out / f"dossier-{seed}")
    return [_drawn("dossiers", folder, path) for path in sorted((folder / "scans").iterdir())]


def stack(seed: int, pages: int, out: Path, *, separators: bool) -> Source:
    """The drawn stack of ``seed``, of about ``pages`` pages in one file; odd seeds have blank backs."""
    folder = draw_stack(seed, out / f"stack-{seed}", pages, blanks=bool(seed % 2), separators=separators)
    (path,) = (folder / "scans").iterdir()
    return _drawn("stacks", folder, path, separated=separators)


def _drawn(name: str, folder: Path, path: Path, *, separated: bool = False) -> Source:
    truth: dict[str, Any] = json.loads((folder / "truth" / f"{path.stem}.truth.json").read_text(encoding="utf-8"))
    conditions = dict.fromkeys(each for page in truth["pages"] for each in page["conditions"])
    wanted = tuple(
        Wanted(one["type"], tuple(one["pages"]), one["fields"], tuple(one["handwritten"])) for one in truth["documents"]
    )
    return Source(
        name,
        f"{folder.name}/{path.name}",
        wanted,
        path,
        pages=len(truth["pages"]),
        separated=separated,
        conditions=tuple(conditions),
    )


# -- texts ------------------------------------------------------------------------------------------------------


def texts(folder: Path) -> Iterator[Source]:
    """The texts listed in ``folder``, set in pages without a picture; only their type is known."""
    with (folder / "index.csv").open(encoding="utf-8", newline="") as index:
        for row in csv.DictReader(index):
            pages = plain.pages((folder / row["file"]).read_text(encoding="utf-8"))
            wanted = Wanted(row["type"], tuple(page.number for page in pages), complete=False)
            yield Source("texts", row["file"], (wanted,), readings=pages, pages=len(pages))
