"""Stacks: every page is in the truth exactly once, and blank and separator pages say so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
import zxingcpp

from samples import FORMS, cli, draw_stack
from samples.stacks import SEPARATOR


def truth_of(folder: Path) -> dict[str, Any]:
    (path,) = (folder / "truth").iterdir()
    return json.loads(path.read_text(encoding="utf-8"))


def scan_of(folder: Path) -> Path:
    (path,) = (folder / "scans").iterdir()
    return path


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stack with separators, scanned on both sides."""
    return draw_stack(7, tmp_path_factory.mktemp("full"), 24, blanks=True, separators=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_stack(8, tmp_path_factory.mktemp("plain"), 12)


@pytest.mark.parametrize("name", ["full", "plain"])
def test_every_page_is_in_one_document_or_set_aside(name: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(name)
    truth = truth_of(folder)
    inside = [number for document in truth["documents"] for number in document["pages"]]
    aside = [page["number"] for page in truth["pages"] if page.get("separator")]
    assert sorted(inside + aside) == [page["number"] for page in truth["pages"]]
    with pikepdf.open(scan_of(folder)) as pdf:
        assert len(pdf.pages) == len(truth["pages"])
    for number, document in enumerate(truth["documents"], 1):
        assert document["type"] in FORMS
        assert document["pages"] == list(range(document["pages"][0], document["pages"][-1] + 1))
        assert [page["number"] for page in truth["pages"] if page["document"] == number] == document["pages"]
        assert not truth["pages"][document["pages"][0] - 1].get("blank"), "a document does not begin with a blank page"


def test_the_stack_is_about_as_long_as_asked_for(full: Path, plain: Path) -> None:
    assert 12 <= len(truth_of(plain)["pages"]) <= 14
    assert 24 <= len(truth_of(full)["pages"]) <= 30
    assert len({document["type"] for document in truth_of(full)["documents"]}) > 2


def test_blank_backs_say_nothing_and_are_nearly_white(full: Path) -> None:
    truth = truth_of(full)
    blanks = [page for page in truth["pages"] if page.get("blank")]
    assert blanks
    pdf = pypdfium2.PdfDocument(scan_of(full))
    for page in blanks:
        assert page["lines"] == []
        grey = np.asarray(pdf[page["number"] - 1].render(scale=0.5).to_pil().convert("L"), np.float32)
        assert np.percentile(grey, 2) > 170
    assert not any(page.get("blank") for page in truth_of(full)["pages"] if page["barcodes"])


def test_separators_can_be_read_and_stand_between_documents(full: Path, plain: Path) -> None:
    truth = truth_of(full)
    sheets = [page for page in truth["pages"] if page.get("separator") and not page.get("blank")]
    assert len(sheets) >= len(truth["documents"]) - 1
    pdf = pypdfium2.PdfDocument(scan_of(full))
    for page in sheets:
        picture = pdf[page["number"] - 1].render(scale=2).to_pil()
        assert {code.text for code in zxingcpp.read_barcodes(picture)} == {SEPARATOR}
    assert not any(page.get("separator") or page.get("blank") for page in truth_of(plain)["pages"])


def test_the_same_seed_gives_the_same_stack(plain: Path, tmp_path: Path) -> None:
    again = draw_stack(8, tmp_path, 12)
    one, other = (hashlib.sha256(scan_of(folder).read_bytes()).digest() for folder in (plain, again))
    assert one == other
    assert truth_of(again) == truth_of(plain)


def test_the_command_draws_stacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([str(tmp_path), "--stacks", "1", "--pages", "3", "--seed", "5"]) == 0
    assert (tmp_path / "stack-001" / "dossier.json").is_file()
    assert not (tmp_path / "dossier-001").exists()
    with pytest.raises(SystemExit):
        cli.main([str(tmp_path), "--stacks", "1", "--pages", "0"])
    assert "--pages" in capsys.readouterr().err
