"""The truth of a scan file as it is written beside it: its pages, and the documents that they make."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samples.conditions import Scan
from samples.paper import Paper
from samples.truth import PageTruth


@dataclass
class Record:
    """Pages and documents of one file, in its order."""

    pages: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)

    def page(self, scan: Scan, said: PageTruth, **more: Any) -> int:
        """Put down the next page and return its ordinal.

        Args:
            scan: the picture.
            said: what the page says.
            more: facts of this page alone; ``document=0`` for a page that belongs to none.
        """
        number = len(self.pages) + 1
        geometry = {
            "number": number,
            "document": more.pop("document", len(self.documents) + 1),
            "width": scan.pixels.shape[1],
            "height": scan.pixels.shape[0],
            "dpi": round(scan.dpi, 2),
            "rotation": scan.rotation,
            "skew": round(scan.skew, 3),
            "conditions": list(scan.conditions),
        }
        self.pages.append({**geometry, **said.as_dict(), **more})
        return number

    def document(self, paper: Paper, pages: list[int]) -> None:
        """Close the document whose ``pages`` (ordinals) were put down since the last one."""
        self.documents.append(
            {
                "type": paper.kind,
                "pages": pages,
                "fields": paper.truth.fields,
                "handwritten": list(paper.truth.handwritten),
            }
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"pages": self.pages, "documents": self.documents}


def save(path: Path, facts: dict[str, Any]) -> None:
    """Write ``facts`` as JSON."""
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
