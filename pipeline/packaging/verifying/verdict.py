"""What verification is told of a record, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.dossier import Finding
from pipeline.packaging.signing.signatures import AGENCY_FIELD, OFFICER_FIELD
from pipeline.packaging.verifying.revisions import Revision
from pipeline.packaging.verifying.signature import PadesLevel, SignatureFacts

Level = Literal["valid", "indeterminate", "invalid", "foreign"]

LEVELS: tuple[PadesLevel, ...] = ("", "B-B", "B-T", "B-LT", "B-LTA")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the manifest knows of a record. Empty strings and ``None`` are not compared.

    ``fields`` are the signatures in their order; ``certificates`` the SHA-256 (hex) of the signers' certificates in the
    same order; ``at`` a moment at which the repository vouches that the record existed; ``level`` the PAdES baseline
    level that it had.
    """

    sha256: str = ""
    xmp_sha256: str = ""
    fields: tuple[str, ...] = (OFFICER_FIELD, AGENCY_FIELD)
    certificates: tuple[str, ...] = ()
    at: datetime | None = None
    level: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer; ``ok`` only when ``level`` is ``valid``.

    ``valid``: a record, complete and unaltered, by trusted signers. ``indeterminate``: nothing speaks against it, but
    something that would prove it has run out or is missing. ``invalid``: altered, incomplete or by others than it says.
    ``foreign``: no record of ours; ``signatures`` tells what can be told of it, without assurance.

    ``findings`` are what keeps it from being valid; ``notes`` are told besides (what was not looked at, say);
    ``revisions`` is how the file grew.
    """

    ok: bool
    level: Level
    signatures: tuple[SignatureFacts, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...] = ()
    revisions: tuple[Revision, ...] = ()

    @property
    def pades(self) -> PadesLevel:
        """The PAdES baseline level that every signature reaches; empty when one is not trusted or there is none."""
        levels = [facts.level for facts in self.signatures if not facts.document_timestamp]
        return min(levels, key=LEVELS.index, default="")
