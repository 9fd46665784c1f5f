"""Stands in for worker or sweeper where only starting, finding and stopping are of interest.

``stand_in.py MANNER DATA --config FOLDER NAME``: ``good`` says that it works and lets go when asked to,
``stubborn`` does not end when asked to, ``silent`` says nothing, ``refuses`` ends at once and says why.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType


def main() -> None:
    manner, data, name = sys.argv[1], Path(sys.argv[2]), sys.argv[-1]
    if manner == "refuses":
        sys.exit("a line before\n✗ no threads for me (WorkerRefused, 48)")

    def let_go(_signal: int, _frame: FrameType | None) -> None:
        (data / f"{name}.let-go").write_text(str(os.getpid()))
        sys.exit(0)

    signal.signal(signal.SIGTERM, signal.SIG_IGN if manner == "stubborn" else let_go)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        time.sleep(300)
    if manner != "silent":
        (data / f"{name}.works").write_text(str(child))
    time.sleep(300)


main()
