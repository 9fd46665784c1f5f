"""What records cost: seconds, processor time, memory; each measured in a fresh process, the services in another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.records import hardware, steps
from benchmarks.records.alone import alone
from benchmarks.records.maker import Maker
from benchmarks.records.steps import Memory, Timed
from pipeline.dossier import Document
from pki import Pki


@dataclass(frozen=True, slots=True)
class Costs:
    """Everything of this part; ``pages`` and ``megabytes`` are of the document that was timed."""

    pages: int
    megabytes: float
    ours: tuple[Timed, ...]
    peer: Timed
    memory: tuple[Memory, ...]

    def timed(self, what: str) -> Timed | None:
        """The figures of that step, if it was possible."""
        return next((one for one in self.ours if one.what == what and not one.refused), None)


def measure(short: Document, long: Document, pki: Pki, maker: Maker, work: Path, runs: int) -> Costs:
    """Time every step on ``short``, ``runs`` times after one that does not count; measure the memory for ``long`` too.

    ``pki`` is in this process, so that its work is not counted.
    """
    megabytes = short.source.size / 1e6
    ours = alone(steps.time_steps, short, maker, work, runs)

    with hardware.token(pki, work / "token") as token, hardware.service(pki) as service:
        for what, source in (("token", token), ("CSC service", service)):
            if source is not None and not ours[0].refused:
                ours += alone(steps.time_key, what, source, hardware.pin, maker, work / steps.RECORD, runs)
    peer = alone(steps.time_peer, short, work, max(min(runs, 3), 1))
    memory = tuple(alone(steps.use_memory, document, maker, work) for document in (short, long))
    return Costs(len(short.pages), megabytes, tuple(ours), peer, memory)
