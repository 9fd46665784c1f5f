"""Renewing the proof of stored records before what it rests on ends: certificates and digest algorithms.

A record is fetched, verified, stamped (:mod:`pipeline.packaging.signing.renewing`), verified again as it will have to
stand by itself, and stored as a new version. Every record is committed on its own: what was done before a stop is kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from pipeline import packaging
from pipeline.dossier import Event, State
from pipeline.errors import (
    IntegrityError,
    NotFound,
    RecordInvalid,
    RenewalFailed,
    SohoaError,
    UnknownRecord,
    VerificationFailed,
)
from pipeline.settings import Settings
from pipeline.storage import Index, Manifest, Repository
from pipeline.vouched import expected

ARCHIVED = "B-LTA"
"""The level of records with an archive time stamp."""
_DIGESTS = ("sha256", "sha384", "sha512")
"""What a time stamp may hash with, the first that the law sets no near end to."""
_OF_ONE_RECORD = (RenewalFailed, VerificationFailed, RecordInvalid, IntegrityError, UnknownRecord, NotFound)
"""What keeps one record from being renewed and says nothing of the next."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: renewed (``manifest`` is the new version), not due, or failed (``error``)."""

    id: str
    manifest: Manifest | None = None
    renewed: bool = False
    error: SohoaError | None = None


@dataclass(frozen=True)
class Renewal:
    """Renews what is due by the day ``before``, at the time ``now`` (with time zone)."""

    settings: Settings
    repository: Repository
    index: Index
    now: datetime
    before: date
    without_status: bool = False
    """See :func:`pipeline.packaging.signing.renewing.renew`."""

    @cached_property
    def ending(self) -> frozenset[str]:
        """Digest algorithms that end so soon after ``before`` that what rests on them is due."""
        margin = timedelta(days=self.settings.site.keys.renew_before_days)
        return frozenset(
            name for name, end in self.settings.legal.algorithm_ends.items() if end <= self.before + margin
        )

    def due(self, manifest: Manifest, *, named: bool = False) -> bool:
        """Whether the record's proof is to be renewed; of which nothing is known, too.

        ``named``: a person named it; then it is for want of an archive time stamp as well.
        """
        by = manifest.proof.renew_by
        late = not by or by <= self.before.isoformat() or not self.ending.isdisjoint(manifest.digests)
        return late or (named and manifest.proof.level != ARCHIVED)

    def run(self, ids: Iterable[str], *, named: bool = False) -> Iterator[Outcome]:
        """Renew each record that is due, one after the other.

        Args:
            ids: of records.
            named: as in :meth:`due`.

        Raises:
            StoreDown, StoreDenied, StoreFailed, DiskFull, IndexUnusable: the run ends; what was done is kept.
        """
        with tempfile.TemporaryDirectory(prefix="sohoa-") as scratch:
            for id in ids:
                try:
                    yield self._one(id, Path(scratch), named=named)
                except _OF_ONE_RECORD as error:
                    yield Outcome(id, error=error)

    def _one(self, id: str, scratch: Path, *, named: bool) -> Outcome:
        manifest = self.repository.read_manifest(id)
        if not self.due(manifest, named=named):
            self.index.add(manifest, self.repository.readings(manifest))  # another machine renewed it
            return Outcome(id, manifest)
        entry = manifest.file("record")
        if entry is None:
            raise UnknownRecord(id=f"{id} (record)")
        before, after = scratch / "before.pdf", scratch / "after.pdf"
        self.repository.fetch_entry(entry, before)
        keys = self.settings.site.keys
        self._verified(id, before, expected(manifest))
        packaging.renew(before, after, keys, self.now, digest=self._digest(), without_status=self.without_status)
        verdict = self._verified(id, after, packaging.Expected(certificates=manifest.proof.certificates))
        proof = packaging.proof(after, verdict, keys.renew_before_days)
        remark = f"renewed: {manifest.proof.level or '?'} {manifest.proof.renew_by} -> {proof.level} {proof.renew_by}"
        event = Event(self.now.isoformat(timespec="seconds"), State.STORED, "sohoa", remark)
        made = self.repository.new_version(manifest, {"record": after}, event, proof, packaging.digests(after))
        self.index.add(made, self.repository.readings(made))
        return Outcome(id, made, renewed=made.created)

    def _verified(self, id: str, pdf: Path, expected: packaging.Expected) -> packaging.Verdict:
        verdict = packaging.verify(pdf, self.settings.site.keys.trust, expected, now=self.now)
        if not verdict.ok:
            rules = "; ".join(f"{found.rule} ({found.where})" for found in verdict.findings)
            raise VerificationFailed(name=id, what=rules or verdict.level)
        return verdict

    def _digest(self) -> str:
        for name in _DIGESTS:
            if name not in self.ending:
                return name
        raise RenewalFailed(what="legal.yaml, algorithm_ends: " + ", ".join(_DIGESTS))
