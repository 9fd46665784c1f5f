"""Work in progress: the crew of processes that reads pages, the journal that survives them, the run over a dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.lazy import parts

if TYPE_CHECKING:
    from pipeline.work.crew import Crew
    from pipeline.work.cutting import cut_anew
    from pipeline.work.journal import Journal
    from pipeline.work.run import Outcome, Report, Run
else:
    __getattr__ = parts(
        __name__,
        {
            "crew": ("Crew",),
            "cutting": ("cut_anew",),
            "journal": ("Journal",),
            "run": ("Outcome", "Report", "Run"),
        },
    )

__all__ = ["Crew", "Journal", "Outcome", "Report", "Run", "cut_anew"]
