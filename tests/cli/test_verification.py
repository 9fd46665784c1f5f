"""``sohoa verify`` on files, folders and records in the real bundled store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from pipeline.cli import base
from pipeline.cli import verification as commands
from pipeline.cli.base import Site
from pipeline.dossier import Document, Event, State
from pipeline.errors import NotOurRecord, NotProven, SeveralErrors, VerificationFailed
from pipeline.packaging import build, open_key, seal_agency, sign_officer, verify
from pipeline.packaging.verifying.verification import proof
from pipeline.settings import Keys, bundled_folder, load
from pipeline.storage import Manifest, Repository
from tests.packaging import drawing

Run = Callable[..., Result]


@pytest.fixture
def site(tmp_path: Path, demo_keys: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An installation with the demo keys, the bundled store and an empty index."""
    folder = Path(shutil.copytree(bundled_folder(), tmp_path / "config"))
    file = folder / "site.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    for role in ("officer", "agency"):
        content["keys"][role] = {"p12": f"{demo_keys}/{role}.p12", "passphrase_file": f"{demo_keys}/{role}.pass"}
    content["keys"]["trust"] = [f"{demo_keys}/root.pem"]
    content["index"] = str(tmp_path / "index.sqlite")
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(base, "language", "vi")
    made = Site(folder)
    made.repository = repository
    return made


@pytest.fixture
def run(site: Site) -> Run:
    def invoke(*words: object) -> Result:
        found: Result = CliRunner().invoke(
            commands.verify, [str(word) for word in words], obj=site, standalone_mode=False, catch_exceptions=False
        )
        return found

    return invoke


@pytest.fixture
def tell(run: Run) -> Callable[..., list[dict[str, Any]]]:
    def told(*words: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(run(*words, "--json").stdout)
        return found

    return told


@pytest.fixture(scope="module")
def sealed(keys_settings: Keys, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """A document of one page, sealed."""
    place = tmp_path_factory.mktemp("sealed")
    legal = load(bundled_folder()).legal
    document = drawing.drawn_document(place, dpi=(75, 75))
    now = Site(bundled_folder()).now()
    build(document, place / "plain.pdf", legal, "Quyết định")
    officer, agency = (open_key(role, getattr(keys_settings, role), now) for role in ("officer", "agency"))
    sign_officer(place / "plain.pdf", place / "officer.pdf", officer, legal, now, keys_settings)
    seal_agency(place / "officer.pdf", place / "sealed.pdf", agency, "Phường Thí Điểm", legal, now, keys_settings)
    stored = Event(now.isoformat(timespec="seconds"), State.STORED, "sohoa")
    record = place / "sealed.pdf"
    told = proof(record, verify(record, keys_settings.trust), 90)
    return replace(
        document, id="d0" * 10, code="000.H00.8", record=record, proof=told, history=(stored,), state=State.STORED
    )


def keep(site: Site, document: Document) -> Manifest:
    """Store ``document`` and index it."""
    assert document.record is not None
    manifest = site.repository.commit(document, {"record": document.record}, "Quyết định")
    site.index.ensure(site.repository)
    site.index.add(manifest, document.readings)
    return manifest


def test_a_good_file(run: Run, tell: Callable[..., list[dict[str, Any]]], sealed: Document) -> None:
    result = run(sealed.record)
    assert result.return_value == 0
    assert "HỢP LỆ" in result.stdout
    assert "phiên bản 2: chữ ký CanBoSoHoa" in result.stdout
    assert "chưa xem xét việc thu hồi" in result.stdout
    (told,) = tell(sealed.record)
    assert (told["ok"], told["level"], told["pades"], told["record"]) == (True, "valid", "B-B", None)
    assert [one["kind"] for one in told["revisions"]] == ["first", "signature", "signature"]
    assert told["revisions"][-1]["end"] == Path(str(sealed.record)).stat().st_size


def test_an_exit_code_for_each_verdict(run: Run, sealed: Document, tmp_path: Path) -> None:
    assert sealed.record is not None
    altered, plain = tmp_path / "altered.pdf", sealed.record.with_name("plain.pdf")
    altered.write_bytes(sealed.record.read_bytes() + b"x")
    assert run(altered).return_value == VerificationFailed.exit_code
    assert run(plain).return_value == NotOurRecord.exit_code
    assert run(sealed.record, "--at", "2040-01-01").return_value == NotProven.exit_code
    assert run(altered, plain).return_value == SeveralErrors.exit_code
    assert run(sealed.record, "--at", "2040-01-01T00:00:00+07:00").return_value == NotProven.exit_code


def test_a_folder_and_no_links(tell: Callable[..., list[dict[str, Any]]], sealed: Document, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    (folder / "deep").mkdir(parents=True)
    shutil.copy(str(sealed.record), folder / "deep" / "one.PDF")
    (folder / "other.txt").write_text("x")
    (folder / "link.pdf").symlink_to(str(sealed.record))
    (folder / "links").symlink_to(folder / "deep")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n")
    found = tell(folder)
    assert [Path(one["file"]).name for one in found] == ["broken.pdf", "one.PDF"]
    assert [one["level"] for one in found] == ["invalid", "valid"]


def test_a_stored_record_is_laid_beside_its_manifest(
    tell: Callable[..., list[dict[str, Any]]], site: Site, sealed: Document, tmp_path: Path
) -> None:
    manifest = keep(site, sealed)
    (told,) = tell(manifest.id)
    assert (told["ok"], told["record"]) == (True, manifest.id)
    assert [one["record"] for one in tell(sealed.record)] == [manifest.id]
    # A file that begins as the record and goes on is known for what it was.
    longer = tmp_path / "longer.pdf"
    longer.write_bytes(Path(str(sealed.record)).read_bytes() + b"x")
    (told,) = tell(longer)
    assert told["record"] == manifest.id
    assert "hash" in {one["rule"] for one in told["findings"]}


def test_a_manifest_that_says_something_else(
    tell: Callable[..., list[dict[str, Any]]], site: Site, sealed: Document
) -> None:
    other = replace(sealed.proof, certificates=("0" * 64, "1" * 64), xmp_sha256="2" * 64, level="B-LTA")
    manifest = keep(site, replace(sealed, id="e0" * 10, code="000.H00.9", proof=other))
    (told,) = tell(manifest.id)
    rules = {one["rule"] for one in told["findings"]}
    assert {"other_signer", "xmp_hash", "downgraded"} <= rules
