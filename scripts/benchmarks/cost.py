"""What reading costs: processor time and memory of a process and its children."""

from __future__ import annotations

import re
import resource
import time
from pathlib import Path
from types import TracebackType
from typing import Self


class Meter:
    """Seconds between entering and leaving: ``cpu`` (user and system, children that have ended included), ``wall``."""

    cpu = 0.0
    wall = 0.0

    def __enter__(self) -> Self:
        self._cpu, self._wall = _cpu(), time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cpu, self.wall = _cpu() - self._cpu, time.perf_counter() - self._wall


def _cpu() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_megabytes() -> float:
    """The most memory that this process or one of its ended children held at once (resident, MB of 10^6 bytes).

    Own memory is taken from ``VmHWM``: ``ru_maxrss`` of a fresh process is at least that of the one that started it.
    For the same reason a child's figure is at least what this process held when it started the child.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    own = int(found.group(1)) if found else 0
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) * 1024 / 1e6
