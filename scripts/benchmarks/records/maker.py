"""Records made the way the procedure makes them: packaged, signed by the officer, sealed by the agency, renewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pipeline import packaging
from pipeline.dossier import Document
from pipeline.errors import SohoaError
from pipeline.packaging import Expected
from pipeline.packaging.signing import renewing
from pipeline.settings import Keys, KeySource, Legal, Record
from pipeline.settings.site import Level

if TYPE_CHECKING:  # a process that is measured must not load it
    from pki import Pki

FLAVOURS = ("2b", "2u", "3b")
LEVELS: tuple[Level, ...] = get_args(Level)
PACKAGED, SIGNED, SEALED, RENEWED = "packaged", "signed", "sealed", "renewed"
STAGES = (PACKAGED, SIGNED, SEALED, RENEWED)
AGENCY = "Bộ phận Một cửa phường Thí Điểm"
_TYPE = "Quyết định"


@dataclass(frozen=True)
class Maker:
    """Makes records with keys of the infrastructure on loopback.

    It holds only paths, addresses and settings, so that it can be handed to another process.
    """

    legal: Legal
    keys: Keys
    chain: tuple[Path, ...]
    """Certificates above the signers, the root first."""
    later: str
    """Address of a time-stamping authority whose certificate lasts longer than that of the first."""

    @classmethod
    def of(cls, pki: Pki, legal: Legal, level: Level = "B-T") -> Maker:
        """Officer and agency of ``pki``, with its time-stamping authority."""
        keys = Keys(
            officer=KeySource(p12=pki.p12("officer"), passphrase_file=pki.passphrase),
            agency=KeySource(p12=pki.p12("agency"), passphrase_file=pki.passphrase),
            trust=(pki.root,),
            level=level,
            timestamp_urls=(pki.tsa(),),
            revocation="hard",
        )
        return cls(legal, keys, (pki.root, pki.certificate("ca")), pki.tsa("tsa-later"))

    def at(self, level: Level) -> Maker:
        """The same with signatures of another level."""
        return Maker(self.legal, self.keys.model_copy(update={"level": level}), self.chain, self.later)

    def __reduce__(self) -> tuple[type[Maker], tuple[Legal, Keys, tuple[Path, ...], str]]:
        return Maker, (self.legal, self.keys, self.chain, self.later)  # opened keys stay in their process

    @cached_property
    def officer(self) -> packaging.SigningKey:
        """The officer's key, opened once."""
        return packaging.open_key("officer", self.keys.officer, datetime.now(UTC))

    @cached_property
    def agency(self) -> packaging.SigningKey:
        """The agency's key, opened once."""
        return packaging.open_key("agency", self.keys.agency, datetime.now(UTC))

    def package(self, document: Document, out: Path, flavour: str = "2b") -> None:
        """Write the record without signatures."""
        packaging.build(document, out, self.legal, _TYPE, Record(flavour=flavour))

    def light(self, document: Document, record: Path, out: Path) -> None:
        """Write the copy for reading on line."""
        packaging.light_copy(document, record, out, self.legal, _TYPE)

    def sign(self, pdf: Path, out: Path) -> None:
        """Add the officer's signature."""
        packaging.sign_officer(pdf, out, self.officer, self.legal, datetime.now(UTC), self.keys)

    def seal(self, pdf: Path, out: Path) -> None:
        """Add the agency's signature."""
        packaging.seal_agency(pdf, out, self.agency, AGENCY, self.legal, datetime.now(UTC), self.keys)

    def renew(self, pdf: Path, out: Path) -> None:
        """Add an archive time stamp."""
        later = self.keys.model_copy(update={"timestamp_urls": (self.later,)})
        renewing.renew(pdf, out, later, datetime.now(UTC))

    def verify(self, pdf: Path, expected: Expected | None = None, *, online: bool = False) -> packaging.Verdict:
        """Judge a record, by what is known of it; ``online`` asks whether certificates were revoked."""
        return packaging.verify(pdf, self.keys.trust, expected, online=online)

    def stages(self, document: Document, folder: Path, flavour: str) -> Iterator[tuple[str, Path | str]]:
        """Make all stages of a record in ``folder``, one upon the other; a refused one ends them with its reason."""
        folder.mkdir(parents=True, exist_ok=True)
        before = folder / "none"
        steps: dict[str, Callable[[Path, Path], None]] = {
            PACKAGED: lambda _, out: self.package(document, out, flavour),
            SIGNED: self.sign,
            SEALED: self.seal,
            RENEWED: self.renew,
        }
        for number, (stage, step) in enumerate(steps.items()):
            out = folder / f"{number}-{stage}.pdf"
            try:
                step(before, out)
            except SohoaError as refused:
                yield stage, f"{refused.rule}: {refused.text.en}"
                return
            yield stage, out
            before = out
