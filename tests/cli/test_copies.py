"""``sohoa copy`` on records in the real bundled store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pikepdf
import pytest
import yaml
from click.testing import CliRunner, Result

from pipeline.cli import copies as commands
from pipeline.cli.base import Site
from pipeline.dossier import Document, Event, Finding, Severity, State, Text
from pipeline.errors import (
    BadValue,
    CopyRefused,
    IntegrityError,
    KeyMissing,
    NotFound,
    UnknownRecord,
    VerificationFailed,
)
from pipeline.packaging import Expected, build, open_key, seal_agency, sign_officer, verify
from pipeline.packaging.signing.copying import COPY_FIELD, CopySource, copied_from
from pipeline.settings import Keys, bundled_folder, load
from pipeline.storage import Manifest, Repository
from tests.packaging import drawing

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, demo_keys: Path) -> Path:
    """A configuration with the demo keys."""
    made = Path(shutil.copytree(bundled_folder(), tmp_path / "config"))
    file = made / "site.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    for role in ("officer", "agency"):
        content["keys"][role] = {"p12": f"{demo_keys}/{role}.p12", "passphrase_file": f"{demo_keys}/{role}.pass"}
    content["keys"]["trust"] = [f"{demo_keys}/root.pem"]
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return made


@pytest.fixture
def run(folder: Path, repository: Repository) -> Run:
    site = Site(folder)
    site.repository = repository

    def invoke(*words: object) -> Result:
        found: Result = CliRunner().invoke(
            commands.copy, [str(word) for word in words], obj=site, standalone_mode=False, catch_exceptions=True
        )
        return found

    return invoke


@pytest.fixture(scope="module")
def sealed(keys_settings: Keys, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """A document of two pages, sealed."""
    place = tmp_path_factory.mktemp("sealed")
    legal = load(bundled_folder()).legal
    pages, readings = [], []
    for number in (1, 2):
        picture, lines = drawing.draw(drawing.pixels(drawing.A4_MM, (75, 75)))
        pages.append(drawing.save(picture, place, number=number, dpi=(75, 75)))
        readings.append(drawing.reading(pages[-1], lines))
    document = replace(drawing.document(pages, readings), id="c0" * 10, code="000.H00.7")
    now = Site(bundled_folder()).now()
    build(document, place / "plain.pdf", legal, "Quyết định")
    officer, agency = (open_key(role, getattr(keys_settings, role), now) for role in ("officer", "agency"))
    sign_officer(place / "plain.pdf", place / "officer.pdf", officer, legal, now, keys_settings)
    seal_agency(place / "officer.pdf", place / "sealed.pdf", agency, "Phường Thí Điểm", legal, now, keys_settings)
    stored = Event(now.isoformat(timespec="seconds"), State.STORED, "sohoa")
    return replace(document, record=place / "sealed.pdf", history=(stored,), state=State.STORED)


def keep(repository: Repository, document: Document, *rules: str, signed: bool = False) -> Manifest:
    """Store ``document`` with blocking findings of these rules, passed by an override."""
    findings = tuple(Finding(rule, "page 1", Text(rule, rule), Severity.BLOCK) for rule in rules)
    source = replace(document.source, signed=signed)
    document = replace(document, findings=findings, source=source, override="thử nghiệm" if rules else "")
    assert document.record is not None
    return repository.commit(document, {"record": document.record}, "Quyết định")


def test_a_copy_is_made_verified_and_told(run: Run, repository: Repository, sealed: Document, folder: Path) -> None:
    manifest = keep(repository, sealed)
    out = folder / "copy.pdf"
    result = run(manifest.id[:8], "--form", "sao_y", "--number", "01/SY-UBND", "-o", out, "--json")
    assert result.exception is None
    told = json.loads(result.stdout)
    record = manifest.file("record")
    assert record is not None
    assert told["sha256"] == sha256(out.read_bytes()).hexdigest()
    assert (told["id"], told["label"], told["pages"]) == (manifest.id, "SAO Y", "1-2")
    assert told["record_sha256"] == record.sha256
    assert told["demo"] is True
    assert copied_from(out) == CopySource(manifest.id, "000.H00.7", record.sha256, "SAO Y", (1, 2))
    site = Site(folder)
    site.repository = repository
    origin = commands.origin(out, site)
    assert origin == {
        "id": manifest.id, "label": "SAO Y", "pages": "1-2", "record_sha256": record.sha256, "known": True,
    }  # fmt: skip
    trust = load(folder).site.keys.trust
    assert verify(out, trust, Expected(fields=(COPY_FIELD,))).ok
    assert [path.name for path in folder.glob(".*")] == []


def test_an_older_file_is_not_overwritten_unasked(
    run: Run, repository: Repository, sealed: Document, folder: Path
) -> None:
    manifest = keep(repository, sealed)
    out = folder / "copy.pdf"
    out.write_bytes(b"other")
    assert isinstance(run(manifest.id, "--form", "sao_y", "-o", out).exception, NotFound)
    assert out.read_bytes() == b"other"
    said = run(manifest.id, "--form", "trich_sao", "--pages", "2", "-o", out, "--force")
    assert said.exception is None
    assert "TRÍCH SAO" in said.stdout
    found = copied_from(out)
    assert found is not None
    assert found.pages == (2,)


def test_a_copy_of_what_the_repository_does_not_hold_is_told_as_such(
    repository: Repository, sealed: Document, folder: Path
) -> None:
    def link(id: str, digest: str) -> Path:
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            with pdf.open_metadata() as meta:
                meta["dc:source"] = f"sohoa:{id}?sha256={digest}&form=SAO%20Y&pages=1"
            pdf.save(folder / "a.pdf")
        return folder / "a.pdf"

    site = Site(folder)
    site.repository = repository
    manifest = keep(repository, sealed)
    for id in (manifest.id, "z0" * 10):
        told = commands.origin(link(id, "0" * 64), site)
        assert told is not None
        assert (told["id"], told["known"]) == (id, False)
    assert sealed.record is not None
    assert commands.origin(sealed.record, site) is None
    told = commands.origin(link(manifest.id, "0" * 64), Site(folder))  # its own store is not up
    assert told is not None
    assert told["known"] is None


@pytest.mark.parametrize(
    ("rules", "form", "signed", "refused"),
    [
        (("secret",), "sao_y", False, True),
        (("secret", "administrative_copy"), "sao_luc", False, True),
        (("certified_copy",), "sao_y", False, True),
        (("administrative_copy",), "sao_luc", False, False),
        ((), "sao_luc", False, True),
        ((), "sao_y", True, True),
        ((), "trich_sao", True, False),
        (("expired",), "sao_y", False, False),
    ],
)
def test_what_is_not_to_be_copied_is_refused_unless_overridden(
    run: Run, repository: Repository, sealed: Document, folder: Path,
    rules: tuple[str, ...], form: str, signed: bool, refused: bool,
) -> None:  # fmt: skip
    manifest = keep(repository, sealed, *rules, signed=signed)
    out = folder / "copy.pdf"
    words = (manifest.id, "--form", form, "-o", out, *(("--pages", "1") if form == "trich_sao" else ()))
    error = run(*words).exception
    assert isinstance(error, CopyRefused) if refused else error is None
    assert out.exists() is not refused
    if refused:
        assert "--override" in error.text.vi  # type: ignore[union-attr]
        assert run(*words, "--override").exception is None
        assert out.exists()


def test_an_invalid_record_is_never_copied(run: Run, repository: Repository, sealed: Document, folder: Path) -> None:
    assert sealed.record is not None
    altered = folder / "altered.pdf"
    altered.write_bytes(sealed.record.read_bytes() + b"\n%\n%%EOF\n")
    manifest = keep(repository, replace(sealed, record=altered))
    out = folder / "copy.pdf"
    for words in ((), ("--override",)):
        assert isinstance(run(manifest.id, "--form", "sao_y", "-o", out, *words).exception, VerificationFailed)
    assert not out.exists()


def test_a_record_changed_in_the_store_is_never_copied(
    run: Run, repository: Repository, sealed: Document, folder: Path
) -> None:
    manifest = keep(repository, sealed)
    entry = manifest.file("record")
    assert entry is not None
    repository.store.put_bytes(entry.key, b"%PDF-1.7 other", "application/pdf")
    assert isinstance(run(manifest.id, "--form", "sao_y", "-o", folder / "a.pdf").exception, IntegrityError)


def test_words_that_are_wrong_are_refused(run: Run, repository: Repository, sealed: Document, folder: Path) -> None:
    id = keep(repository, sealed).id
    out = folder / "copy.pdf"
    assert isinstance(run("zz", "--form", "sao_y", "-o", out).exception, UnknownRecord)
    for words in (
        ("--form", "ban_sao"),
        ("--form", "sao_y", "--number", "01/TrS-UBND"),
        ("--form", "sao_y", "--pages", "1"),
        ("--form", "trich_sao"),
        ("--form", "trich_sao", "--pages", "1-2"),
        ("--form", "trich_sao", "--pages", "x"),
    ):
        assert isinstance(run(id, *words, "-o", out).exception, BadValue), words
    assert isinstance(run(id, "--form", "sao_y", "-o", folder / "none" / "a.pdf").exception, NotFound)
    assert not out.exists()


def test_without_the_agencys_key_nothing_is_copied(
    run: Run, repository: Repository, sealed: Document, folder: Path
) -> None:
    file = folder / "site.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("agency.p12", "none.p12"), encoding="utf-8")
    id = keep(repository, sealed).id
    assert isinstance(run(id, "--form", "sao_y", "-o", folder / "a.pdf").exception, KeyMissing)
