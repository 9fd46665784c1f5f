"""How a part of the installation stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.dossier import Finding, Severity


@dataclass(frozen=True, slots=True)
class Status:
    """How a part stands. ``bundled`` is ``False`` when ``site.yaml`` names another one than ours.

    ``since`` is in seconds since 1970. ``findings`` says what is not as it should be: a port open to the network, an
    answer that fails.
    """

    name: str
    bundled: bool
    running: bool
    endpoint: str = ""
    pid: int | None = None
    since: float | None = None
    log: Path | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def well(self) -> bool:
        """Whether it runs and nothing serious is the matter with it."""
        return self.running and not any(finding.severity is Severity.BLOCK for finding in self.findings)


def bare(url: str) -> str:
    """``url``, or several parted by semicolons, without passwords and options: fit to be shown."""
    return re.sub(r"\?[^;]*", "", re.sub(r"(//[^:@/;]*):[^@;]*@", r"\1@", url))
