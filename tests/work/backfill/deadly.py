"""A look at files that ends its process at one of them, as a hostile file may."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.settings import Limits
from pipeline.work.backfill import counting
from pipeline.work.backfill.counting import Sight


def look(files: Sequence[tuple[Path, str]], limits: Limits) -> list[Sight]:
    if any(name == "deadly.pdf" for _, name in files):
        os.kill(os.getpid(), 9)
    return counting.look(files, limits)
