"""Papers handed to workers, from the command line: the bundled services, real readers, a person at the gate."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.errors import NotADocument, UnknownRecord
from samples import draw_paper, files, scan
from tests.fixtures.office import DOSSIER, Installation, begin


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with everything up, whose leases are short."""
    made = begin(tmp_path_factory.mktemp("office"))
    made.configure("# work:", "work: {lease_seconds: 6, sweep_seconds: 1}\n# work:")
    try:
        made.sohoa("services", "up")
        yield made
    finally:
        made.sohoa("services", "down", status=None)


def book(path: Path, pages: int, seed: int) -> Path:
    drawn = [page for number in range(pages) for page in draw_paper("don", seed + number).pages[:1]]
    files.write_pdf(path, [scan(page, ["tint"], seed) for page in drawn])
    return path


def test_papers_are_submitted_confirmed_and_found(office: Installation, paper, tmp_path: Path) -> None:
    odd = tmp_path / "ghi-chú.txt"
    odd.write_text("không phải giấy tờ")
    papers = paper("don", 630), paper("thong_bao", 631)
    said = office.json("submit", *papers, odd, *DOSSIER, "--wait", status=NotADocument.exit_code)
    assert sorted((item["state"], item["rule"]) for item in said["items"]) == [
        ("parked", "NotADocument"),
        ("waiting", ""),
        ("waiting", ""),
    ]
    waiting = {document["id"] for document in office.json("review", "--list")}
    assert waiting
    office.sohoa("review", "khong-co", status=UnknownRecord.exit_code)
    done = office.json("review", "--accept")
    assert {document["id"] for document in done["documents"]} == waiting
    assert {document["state"] for document in done["documents"]} == {"stored"}
    assert office.json("review", "--list") == []
    again = office.json("submit", *papers, *DOSSIER, "--wait")
    assert [item["state"] for item in again["items"]] == ["stored", "stored"]
    assert all(verdict["ok"] for verdict in office.json("verify", "--all"))
    assert office.json("status")


def test_a_worker_that_is_killed_costs_no_paper(office: Installation, tmp_path: Path) -> None:
    before = len(office.json("search", ""))
    office.json("submit", book(tmp_path / "tập.pdf", 4, 640), *DOSSIER, "--accept")
    (worker,) = [part for part in office.json("services", "status") if part["name"] == "worker"]
    time.sleep(3)
    for process in (psutil.Process(worker["pid"]), *psutil.Process(worker["pid"]).children()):
        os.kill(process.pid, signal.SIGKILL)
    office.sohoa("services", "up")
    said = office.json("submit", tmp_path / "tập.pdf", *DOSSIER, "--accept", "--wait")
    (item,) = said["items"]
    assert (item["state"], item["pages"]) == ("stored", 4)
    assert len(office.json("search", "")) > before
    office.sohoa("services", "status")


def test_a_stack_is_cut_anew_after_workers_read_it(office: Installation, tmp_path: Path) -> None:
    said = office.json("submit", book(tmp_path / "chồng.pdf", 2, 650), *DOSSIER, "--wait")
    assert said["items"][0]["state"] == "waiting"
    (first, *_) = office.json("review", "--list")
    assert len(office.json("cut", first["id"], "1-2")) == 1
    office.json("submit", tmp_path / "chồng.pdf", *DOSSIER, "--wait")
    (whole,) = office.json("review", "--list")
    assert whole["pages"] == [1, 2]
    office.json("review", "--accept")
    assert office.json("review", "--list") == []
