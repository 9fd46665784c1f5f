"""The main job, end to end, over the real store: papers in, verified records out."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.errors import NotOurRecord, Refused, StoreDown, UnknownRecord, VerificationFailed
from pipeline.vietnamese import fold
from samples.fonts import Face, path_of
from tests.fixtures.office import DOSSIER, Installation, begin


@pytest.fixture(scope="module")
def digitised(installation: Installation, drawn_dossier: Path):
    """A whole drawn dossier digitised; what ``run --json`` said and the truth."""
    facts = json.loads((drawn_dossier / "dossier.json").read_text(encoding="utf-8"))
    order = ("--dossier", facts["dossier"], "--procedure", facts["procedure"], "--owner", facts["owner"])
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in (drawn_dossier / "scans").iterdir()}
    said = installation.json("run", drawn_dossier / "scans", *order, "--accept")
    after = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in (drawn_dossier / "scans").iterdir()}
    assert before == after
    return said, drawn_dossier


def _truths(dossier: Path) -> list[dict]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((dossier / "truth").glob("*.json"))]


def test_every_document_is_stored_with_its_type_and_a_code_of_its_own(digitised):
    said, dossier = digitised
    assert said["errors"] == []
    assert {document["state"] for document in said["documents"]} == {"stored"}
    found = sorted(document["type"] for document in said["documents"])
    assert found == sorted(document["type"] for truth in _truths(dossier) for document in truth["documents"])
    codes = [document["code"] for document in said["documents"]]
    assert len(set(codes)) == len(codes)


def test_what_a_hand_wrote_is_never_shown_as_certain(digitised):
    said, dossier = digitised
    written = {
        document["type"]: set(document["handwritten"]) for truth in _truths(dossier) for document in truth["documents"]
    }
    assert any(written.values())
    for document in said["documents"]:
        assert written[document["type"]] & set(document["fields"]) <= set(document["doubtful"]), document["type"]


def test_every_record_holds_and_its_pages_are_the_scans(installation: Installation, digitised, tmp_path: Path):
    said, _ = digitised
    for document in said["documents"]:
        verdict = installation.json("verify", document["id"])[0]
        assert verdict["ok"], verdict
        assert [signature["demo"] for signature in verdict["signatures"]] == [True, True]
        record = tmp_path / f"{document['id']}.pdf"
        installation.sohoa("get", document["id"], "-o", record)
        with pikepdf.open(record) as pdf:
            assert len(pdf.pages) == len(document["pages"])
            assert str(pdf.Root.Lang) == "vi"
        assert installation.json("verify", record)[0]["record"] == document["id"]


def test_a_phrase_without_diacritics_finds_the_paper_and_a_rebuilt_index_says_the_same(
    installation: Installation, digitised
):
    said, _ = digitised
    asked = [document["title"] for document in said["documents"] if document["title"]]
    answers = {title: installation.json("search", fold(title)) for title in asked}
    assert all(answers.values())
    index = installation.folder / "var" / "index.db"
    for path in index.parent.glob("index.db*"):
        path.unlink()
    installation.sohoa("search", "x", status=36)
    installation.sohoa("index", "rebuild")
    assert {title: installation.json("search", fold(title)) for title in asked} == answers


def test_a_second_run_stores_nothing_and_says_so(installation: Installation, digitised):
    said, dossier = digitised
    again = installation.run(dossier / "scans", "--accept")
    assert again["documents"] == []
    assert {hit["id"] for hit in again["stored_before"]} == {document["id"] for document in said["documents"]}
    assert "đã có trong kho" in installation.sohoa("run", dossier / "scans", *DOSSIER).stdout


def test_what_is_shown_of_a_record(installation: Installation, digitised):
    said, _ = digitised
    document = said["documents"][0]
    manifest = installation.json("show", document["id"][:8])
    assert manifest["id"] == document["id"]
    assert {file["role"] for file in manifest["files"]} == {"record", "reading"}
    assert [event["state"] for event in manifest["history"]] == [
        "packaged", "officer_signed", "confirmed", "coded", "sealed", "stored",
    ]  # fmt: skip
    assert document["code"] in installation.sohoa("show", document["id"]).stdout
    installation.sohoa("show", "zzzzzzzz", status=UnknownRecord.exit_code)


def test_doubtful_documents_wait_until_a_person_lets_them_go_on(installation: Installation, paper):
    path = paper("quyet_dinh", 601)
    said = installation.run(path)
    (document,) = said["documents"]
    assert document["state"] == "officer_signed"
    assert document["doubtful"]
    waiting = installation.json("review", "--list")
    assert document["id"] in [found["id"] for found in waiting]
    assert installation.json("search", "--number", "77/QĐ-UBND") == []
    changes = ("--set", "so_ky_hieu=77/QĐ-UBND", "--set", "ngay_cap=2026-11-05")
    done = installation.json("review", document["id"], "--accept", *changes, "--editor", "Trần Thị Thử")
    assert [found["state"] for found in done["documents"]] == ["stored"]
    assert [hit["id"] for hit in installation.json("search", "--number", "77/QĐ-UBND")] == [document["id"]]
    manifest = installation.json("show", document["id"])
    corrected = {made["key"]: made for made in manifest["corrections"]}
    assert corrected["so_ky_hieu"]["final"] == "77/QĐ-UBND"
    assert corrected["so_ky_hieu"]["editor"] == "Trần Thị Thử"
    assert installation.json("verify", document["id"])[0]["ok"]


def test_the_gate_can_be_passed_in_the_terminal(installation: Installation, paper):
    path = paper("quyet_dinh", 602)
    (document,) = installation.run(path)["documents"]
    answers = "\n".join(["78/QĐ-UBND"] * 1 + [""] * 30) + "\n"
    said = installation.sohoa("review", document["id"], input=answers)
    assert ".png" in said.stdout
    assert installation.json("show", document["id"])["history"][-1]["state"] == "stored"


def test_a_signed_source_is_kept_byte_for_byte_beside_its_searchable_record(
    installation: Installation, digitised, tmp_path: Path
):
    said, _ = digitised
    signed = tmp_path / "da-ky.pdf"
    installation.sohoa("get", said["documents"][-1]["id"], "-o", signed)  # a signed PDF like any other
    result = installation.run(signed, "--accept")
    (document,) = result["documents"]
    assert document["signed_original"]
    back = tmp_path / "goc.pdf"
    installation.sohoa("get", document["id"], "--original", "-o", back)
    assert back.read_bytes() == signed.read_bytes()
    assert all(verdict["ok"] for verdict in installation.json("verify", document["id"]))


def test_a_changed_record_and_a_foreign_file_are_told_apart(
    installation: Installation, digitised, paper, tmp_path: Path
):
    said, _ = digitised
    record = tmp_path / "ban-ghi.pdf"
    installation.sohoa("get", said["documents"][0]["id"], "-o", record)
    installation.sohoa("get", said["documents"][0]["id"], "-o", record, status=10)  # nothing is overwritten unasked
    data = bytearray(record.read_bytes())
    data[len(data) // 3] ^= 1
    record.write_bytes(data)
    installation.sohoa("verify", record, status=VerificationFailed.exit_code)
    installation.sohoa("verify", paper("quyet_dinh", 603), status=NotOurRecord.exit_code)


def test_reading_stores_nothing_and_has_the_documented_shape(installation: Installation, paper, tmp_path: Path):
    path = paper("cong_van", 604)
    said = installation.json("read", path, "--overlay", tmp_path / "anh")
    assert set(said) >= {"file", "pages", "documents", "findings"}
    page = said["pages"][0]
    assert set(page) >= {"number", "width", "height", "dpi", "rotation", "skew", "text", "words"}
    assert all(set(word) == {"text", "raw", "box", "confidence", "agreed"} for word in page["words"])
    for word in page["words"]:
        x0, y0, x1, y1 = word["box"]
        assert 0 <= x0 <= x1 <= page["width"]
        assert 0 <= y0 <= y1 <= page["height"]
    (document,) = said["documents"]
    assert document["type"] == "cong_van"
    assert {"value", "confidence", "page", "box", "source", "needs_review"} <= set(document["fields"]["trich_yeu"])
    drawn = sorted(picture.name for picture in (tmp_path / "anh").iterdir())
    assert drawn == [f"{path.stem}-001.jpg", f"{path.stem}-001.review.png"]
    assert path.name not in [found["file"] for found in installation.json("review", "--list")]


def test_killed_at_any_moment_every_document_ends_stored_once(installation: Installation, paper):
    """Kill -9 the run and all its workers again and again; then let it end."""
    rng = random.Random(7)
    paths = [paper("don", 610), paper("cong_van", 611), paper("thong_bao", 612)]
    command = installation.command("run", *paths, *DOSSIER, "--accept", "--json")
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(rng.uniform(1.0, 9.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    said = installation.run(*paths, "--accept")
    assert said["errors"] == []
    stored = {document["id"] for document in said["documents"]} | {hit["id"] for hit in said["stored_before"]}
    assert len(stored) == len(paths)
    assert all(document["state"] == "stored" for document in said["documents"])
    again = installation.run(*paths, "--accept")
    assert sorted(hit["id"] for hit in again["stored_before"]) == sorted(stored)
    for id in stored:
        assert all(verdict["ok"] for verdict in installation.json("verify", id))


def test_the_store_goes_down_before_the_end_and_comes_back(tmp_path: Path, paper):
    made = begin(tmp_path / "office")
    made.sohoa("services", "up", "--only", "store")
    try:
        path = paper("don", 620)
        made.sohoa("run", path, *DOSSIER)  # waits at the gate
        made.sohoa("services", "down", "--only", "store")
        made.sohoa("review", "--accept", status=StoreDown.exit_code)
        made.sohoa("services", "up", "--only", "store")
        waiting = made.json("review", "--list")
        if waiting:
            done = made.json("review", "--accept")
            assert [document["state"] for document in done["documents"]] == ["stored"]
        assert made.json("search", fold("don"))
    finally:
        made.sohoa("services", "down", "--only", "store", status=None)


def test_a_paper_the_law_keeps_out_is_parked_until_a_reason_is_given(installation: Installation, paper, tmp_path: Path):
    plain = paper("cong_van", 630)
    marked = tmp_path / "co-dau.jpg"
    with Image.open(plain) as image:
        page = image.convert("RGB")
        draw = ImageDraw.Draw(page)
        font = ImageFont.truetype(str(path_of(Face.BOLD)), 60)
        draw.text((1450, 560), "TUYỆT MẬT", fill=(0, 0, 0), font=font)
        page.save(marked, quality=90, dpi=(300, 300))
    said = installation.run(marked, "--accept", status=Refused.exit_code)
    (document,) = said["documents"]
    assert document["state"] == "parked"
    assert "độ mật" in document["reason"]
    assert document["id"] not in {hit["id"] for hit in installation.json("search", "--limit", "500")}
    (stored,) = installation.run(marked, "--accept", "--override", "đã giải mật theo quyết định thử")["documents"]
    assert stored["state"] == "stored"
    assert installation.json("show", stored["id"])["override"] == "đã giải mật theo quyết định thử"
