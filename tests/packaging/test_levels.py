"""PAdES levels: what each adds, second opinions by other programs, nothing half-signed."""

from __future__ import annotations

import hashlib
import os
import re
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.errors import DiskFull
from pipeline.packaging import check, open_key, seal_agency, sign_officer
from pipeline.settings import Legal
from pki import Pki
from tests.fixtures.pki import keys_of
from tests.packaging.conftest import AGENCY, Made

NOW = datetime.now(UTC)
LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


def signed(level: str, pki: Pki, made: Made, legal: Legal, folder: Path) -> tuple[Path, Path]:
    """A record signed by both at ``level``."""
    keys = keys_of(pki, level=level)
    officer, sealed = folder / "officer.pdf", folder / "sealed.pdf"
    with pki.at(NOW):
        assert sign_officer(made.plain, officer, open_key("officer", keys.officer, NOW), legal, NOW, keys) == ()
        assert seal_agency(officer, sealed, open_key("agency", keys.agency, NOW), AGENCY, legal, NOW, keys) == ()
    return officer, sealed


@pytest.fixture(scope="module", params=LEVELS)
def record(
    request: pytest.FixtureRequest, pki_services: Pki, made: Made, legal: Legal,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Path, Path]:  # fmt: skip
    """Level, and the record after each signature."""
    return request.param, *signed(request.param, pki_services, made, legal, tmp_path_factory.mktemp("level"))


Record = tuple[str, Path, Path]


def _signatures(pdf: Path) -> list[EmbeddedPdfSignature]:
    return list(PdfFileReader(pdf.open("rb")).embedded_signatures)


def test_valid_pdf_a_and_nothing_rewritten(record: Record, made: Made) -> None:
    _, officer, sealed = record
    assert check(officer) == check(sealed) == []
    assert officer.read_bytes().startswith(made.plain.read_bytes())
    assert sealed.read_bytes().startswith(officer.read_bytes())


def test_one_revision_a_signature_and_the_last_covers_the_file(record: Record) -> None:
    level, officer, sealed = record
    found = _signatures(sealed)
    kinds = [each.sig_object_type for each in found]
    assert kinds == ["/Sig", "/Sig", *(["/DocTimeStamp"] if level == "B-LTA" else [])]
    assert PdfFileReader(sealed.open("rb")).xrefs.total_revisions == 1 + len(found)
    ends = [sum(map(int, list(each.byte_range)[2:])) for each in found]
    assert ends[0] == officer.stat().st_size
    assert ends[-1] == sealed.stat().st_size


def test_time_stamps_from_b_t_on(record: Record) -> None:
    level, _, sealed = record
    for found in _signatures(sealed)[:2]:
        assert ("signature_time_stamp_token" in _unsigned(found)) == (level != "B-B")


def test_what_a_later_check_needs_is_kept_from_b_lt_on(record: Record) -> None:
    level, officer, sealed = record
    for pdf, signers in ((officer, {"Nguyễn Thị Thử"}), (sealed, {"Nguyễn Thị Thử", AGENCY})):
        reader = PdfFileReader(pdf.open("rb"))
        if level not in ("B-LT", "B-LTA"):
            assert "/DSS" not in reader.root
            continue
        kept = DocumentSecurityStore.read_dss(reader)
        names = {one.subject.native["common_name"] for one in kept.load_certs()}
        chain = {"Chứng thực thử nghiệm", "Dấu thời gian thử nghiệm", "Trạng thái chứng thư"}
        assert signers | chain <= names
        # One answer for each signer, one for the time stamp's certificate, one for the authority that issued them.
        assert len(kept.ocsps) >= len(signers) + 2
        assert kept.vri_entries == {}


def test_metadata_mean_the_same_after_signing(record: Record, made: Made) -> None:
    def told(pdf: Path) -> dict[str, str]:
        with pikepdf.open(pdf) as opened, opened.open_metadata() as meta:
            volatile = ("ModifyDate", "MetadataDate", "Producer")
            return {key: repr(value) for key, value in meta.items() if not key.endswith(volatile)}

    _, officer, sealed = record
    assert told(made.plain) == told(officer) == told(sealed)


def test_openssl_agrees(record: Record, pki: Pki, tmp_path: Path) -> None:
    level, _, sealed = record
    data = sealed.read_bytes()
    roots, others = tmp_path / "roots.pem", tmp_path / "others.pem"
    roots.write_bytes(pki.root.read_bytes())
    others.write_bytes(pki.certificate("ca").read_bytes())
    for found in _signatures(sealed):
        start, length, again, rest = map(int, found.byte_range)
        content, token = tmp_path / "content", tmp_path / "token.der"
        content.write_bytes(data[start : start + length] + data[again : again + rest])
        if found.sig_object_type == "/DocTimeStamp":
            token.write_bytes(_contents(found))
            _time_stamp_holds(token, content, roots, others)
            continue
        token.write_bytes(_contents(found))
        words = ["-binary", "-inform", "DER", "-in", token, "-content", content, "-CAfile", roots, "-certfile", others]
        done = _run("openssl", "cms", "-verify", "-cades", *words, "-purpose", "any", "-out", os.devnull)
        assert "erification successful" in done.stderr
        if level != "B-B":
            stamped = tmp_path / "signature"
            stamped.write_bytes(found.signer_info["signature"].native)
            unsigned = {
                attribute["type"].native: attribute["values"] for attribute in found.signer_info["unsigned_attrs"]
            }
            token.write_bytes(unsigned["signature_time_stamp_token"][0].dump())
            _time_stamp_holds(token, stamped, roots, others)


def _time_stamp_holds(token: Path, content: Path, roots: Path, others: Path) -> None:
    words = ["-data", content, "-in", token, "-token_in", "-CAfile", roots, "-untrusted", others]
    assert "Verification: OK" in _run("openssl", "ts", "-verify", *words).stdout


def _contents(found: EmbeddedPdfSignature) -> bytes:
    return cms.ContentInfo.load(found.pkcs7_content).dump()


def _unsigned(found: EmbeddedPdfSignature) -> dict[str, cms.CMSAttribute]:
    """Values of the attributes that are not signed, by their types."""
    attributes = found.signer_info["unsigned_attrs"]
    return {each["type"].native: each["values"] for each in attributes} if attributes else {}


def _run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, words)], capture_output=True, text=True, check=False, timeout=60)


def test_pdfsig_agrees(record: Record) -> None:
    level, _, sealed = record
    told = _run("pdfsig", "-nocert", sealed).stdout
    assert told.count("Signature is Valid") == 2
    assert told.count("Total document signed") == 1
    assert told.rindex("Total document signed") > told.index(f"Signature #{3 if level == 'B-LTA' else 2}")
    assert re.findall(r"Hash Algorithm: (\S+)", told) == ["SHA-256"] * (3 if level == "B-LTA" else 2)


_SIGN = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from pipeline.packaging import open_key, sign_officer
from pipeline.settings import Keys, bundled_folder, load
keys = Keys.model_validate_json(sys.argv[1])
now = datetime.now(UTC)
key = open_key("officer", keys.officer, now)
print("ready", flush=True)
sign_officer(Path(sys.argv[2]), Path(sys.argv[3]), key, load(bundled_folder()).legal, now, keys)
"""


def test_killed_while_signing(pki: Pki, made: Made, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    keys = keys_of(pki, timestamp_seconds=60)
    before = hashlib.sha256(made.plain.read_bytes()).hexdigest()
    pki.slow["tsa/tsa"] = 1.5
    process = subprocess.Popen(
        [sys.executable, "-c", _SIGN, keys.model_dump_json(), str(made.plain), str(out)], stdout=subprocess.PIPE
    )
    # The first time stamp tells how long they are; while the second is waited for, the file is being signed.
    deadline = time.monotonic() + 60
    while pki.asked.get("/pki/tsa/tsa", 0) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not out.exists()
    assert hashlib.sha256(made.plain.read_bytes()).hexdigest() == before


@pytest.mark.parametrize("level", ["B-B", "B-LTA"])
def test_no_room_on_the_disk(level: str, pki: Pki, made: Made, legal: Legal, tmp_path: Path) -> None:
    keys = keys_of(pki, level=level)
    key = open_key("officer", keys.officer, NOW)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (made.plain.stat().st_size + 2000, before[1]))
    try:
        with pytest.raises(DiskFull):
            sign_officer(made.plain, tmp_path / "out.pdf", key, legal, NOW, keys)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(tmp_path.iterdir()) == []
