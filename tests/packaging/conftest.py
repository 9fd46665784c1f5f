"""Fixtures of the records' room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.dossier import Document, Finding
from pipeline.packaging import SigningKey, build, open_key, seal_agency, sign_officer
from pipeline.settings import Keys, Legal, bundled_folder, load
from tests.packaging import drawing

AGENCY = "Bộ phận Một cửa phường Thí Điểm"


@pytest.fixture(scope="session")
def legal() -> Legal:
    return load(bundled_folder()).legal


@dataclass(frozen=True)
class Desk:
    """Everything needed to make a record and sign it."""

    legal: Legal
    keys: Keys
    officer: SigningKey
    agency: SigningKey
    when: datetime

    def package(self, document: Document, folder: Path) -> Path:
        out = folder / "record.pdf"
        build(document, out, self.legal, "Quyết định")
        return out

    def sign(self, pdf: Path) -> tuple[Path, tuple[Finding, ...]]:
        out = pdf.with_name("officer.pdf")
        return out, sign_officer(pdf, out, self.officer, self.legal, self.when, self.keys)

    def seal(self, pdf: Path) -> tuple[Path, tuple[Finding, ...]]:
        out = pdf.with_name("sealed.pdf")
        return out, seal_agency(pdf, out, self.agency, AGENCY, self.legal, self.when, self.keys)


@pytest.fixture(scope="session")
def desk(legal: Legal, keys_settings: Keys) -> Desk:
    now = datetime.now(UTC)
    officer = open_key("officer", keys_settings.officer, now)
    agency = open_key("agency", keys_settings.agency, now)
    return Desk(legal, keys_settings, officer, agency, now)


@dataclass(frozen=True)
class Made:
    """A record at its three stages."""

    document: Document
    plain: Path
    officer: Path
    sealed: Path


@pytest.fixture(scope="session")
def made(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An ordinary record of one A4 page, signed and sealed."""
    folder = tmp_path_factory.mktemp("made")
    document = drawing.drawn_document(folder)
    plain = desk.package(document, folder)
    officer, _ = desk.sign(plain)
    sealed, _ = desk.seal(officer)
    return Made(document, plain, officer, sealed)
