"""Records that prove themselves for long, with a real infrastructure: from the run to copies and renewal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
import yaml

from pipeline.errors import SigningDown
from pki import Pki
from tests.fixtures.office import Installation, begin


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, pki_services: Pki) -> Iterator[Installation]:
    """An installation that signs at B-LTA with the keys of the infrastructure, as PDF/A-3b, with light copies."""
    made = begin(tmp_path_factory.mktemp("office"))
    file = made.folder / "config" / "site.yaml"
    site = yaml.safe_load(file.read_text(encoding="utf-8"))
    site["keys"] = {
        **{
            role: {"p12": str(pki_services.p12(role)), "passphrase_file": str(pki_services.passphrase)}
            for role in ("officer", "agency")
        },
        "trust": [str(pki_services.root)],
        "level": "B-LTA",
        "timestamp_urls": [pki_services.tsa()],
        "revocation": "hard",
    }
    site["record"] = {"flavour": "3b", "light_copy": True}
    file.write_text(yaml.safe_dump(site, allow_unicode=True), encoding="utf-8")
    try:
        made.sohoa("services", "up", "--only", "store")
        yield made
    finally:
        made.sohoa("services", "down", "--only", "store", status=None)


@pytest.fixture(scope="module")
def stored(office: Installation, paper, pki_services: Pki) -> str:
    """Id of a record, stored after the time-stamping authority had been down for a while."""
    scan = paper("cong_van", 71)
    pki_services.down.add("tsa/tsa")
    try:
        said = office.run(scan, "--accept", status=SigningDown.exit_code)
    finally:
        pki_services.down.clear()
    (waiting,) = said["documents"]
    assert waiting["state"] == "parked"
    assert "dấu thời gian" in waiting["reason"]
    assert list(office.json("search", "")) == []
    (document,) = office.run(scan, "--accept")["documents"]
    assert document["state"] == "stored"
    return str(document["id"])


def test_a_record_of_the_run_is_valid_at_the_level_configured(
    office: Installation, stored: str, tmp_path: Path
) -> None:
    record, light = office.json("verify", stored)
    assert (record["ok"], record["level"]) == (True, "valid")
    assert [each["field"] for each in record["signatures"]][:2] == ["CanBoSoHoa", "CoQuan"]
    assert light["ok"]
    manifest = office.json("show", stored)
    assert manifest["proof"]["level"] == "B-LTA"
    assert manifest["digests"] == ["sha256"]
    office.sohoa("get", stored, "-o", tmp_path / "record.pdf")
    with pikepdf.open(tmp_path / "record.pdf") as pdf, pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        assert len(pdf.attachments) == 2
    office.sohoa("get", stored, "--light", "-o", tmp_path / "light.pdf")
    assert (tmp_path / "light.pdf").stat().st_size < (tmp_path / "record.pdf").stat().st_size


def test_a_copy_is_handed_out_and_known_again(office: Installation, stored: str, tmp_path: Path) -> None:
    out = tmp_path / "sao.pdf"
    made = office.json("copy", stored, "--form", "sao_y", "--number", "01/SY-UBND", "-o", out)
    assert made["id"] == stored
    (said,) = office.json("verify", out)
    assert said["ok"]
    assert said["copy"]["id"] == stored
    assert said["copy"]["known"] is True


def test_a_record_is_renewed_as_a_new_version(office: Installation, stored: str, tmp_path: Path) -> None:
    """An authority whose certificate lasts longer takes over."""
    office.sohoa("get", stored, "-o", tmp_path / "before.pdf")
    (planned,) = office.json("records", "due")
    assert planned["count"] == 1
    before = office.json("show", stored)
    office.configure("/tsa/tsa\n", "/tsa/tsa-later\n")
    try:
        office.sohoa("records", "renew", "--due-before", planned["month"] + "-28")
    finally:
        office.configure("/tsa/tsa-later\n", "/tsa/tsa\n")
    after = office.json("show", stored)
    assert (before["version"], after["version"]) == (1, 2)
    assert after["proof"]["renew_by"] > before["proof"]["renew_by"]
    assert after["history"][:-1] == before["history"]
    assert office.json("verify", stored)[0]["level"] == "valid"
    (known,) = office.json("verify", tmp_path / "before.pdf")
    assert (known["ok"], known["record"]) == (True, stored)
