"""Work in progress: the crew of processes that reads pages, the journal that survives them, the run over a dossier."""

from pipeline.work.crew import Crew
from pipeline.work.journal import Journal
from pipeline.work.run import Outcome, Report, Run

__all__ = ["Crew", "Journal", "Outcome", "Report", "Run"]
