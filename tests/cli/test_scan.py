"""``sohoa scan`` with a stand-in for the scanner: into a folder, into a dossier, and what does not come through."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import base
from pipeline.cli.base import Site
from pipeline.cli.scan import scan
from pipeline.errors import PagesMissing, ProgramMissing, ScannerFailed, ScannerMissing
from tests.capture.making import scan as drawn
from tests.capture.scanning import FakeScanner
from tests.fixtures.office import DOSSIER, Installation


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    made = FakeScanner(tmp_path / "bin", [drawn(584 + number, 826) for number in range(3)])
    monkeypatch.setenv("PATH", f"{made.folder}{os.pathsep}{os.environ['PATH']}")
    return made


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = tmp_path / "config"
    folder.mkdir()
    for file in base.bundled_folder().iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
        else:
            (folder / file.name).symlink_to(file)
    return Site(folder)


def _scan(site: Site, *words: object, keys: str | None = None) -> Result:
    return CliRunner().invoke(scan, [*map(str, words)], obj=site, input=keys, standalone_mode=False)


def test_pages_go_into_a_folder(site: Site, fake: FakeScanner, tmp_path: Path):
    for number in (1, 2):
        done = _scan(site, "--output", tmp_path / "out", "--pages", 3, "--json", "--dpi", 100)
        assert done.exception is None
        assert json.loads(done.stdout)["pages"] == 3
        assert len(list((tmp_path / "out").glob("*.pdf"))) == number
    assert list((tmp_path / "var" / "scans").iterdir()) == []


@pytest.mark.parametrize("wanted", [2, 4])
def test_another_number_of_pages_than_counted_keeps_nothing(site: Site, fake: FakeScanner, tmp_path: Path, wanted: int):
    done = _scan(site, "--output", tmp_path / "out", "--pages", wanted, "--keep", tmp_path / "look")
    assert isinstance(done.exception, PagesMissing)
    assert not (tmp_path / "out").exists()
    assert sorted(path.name for path in (tmp_path / "look").iterdir()) == [f"scan{n:04}.tif" for n in (1, 2, 3)]
    assert list((tmp_path / "var" / "scans").iterdir()) == []


def test_a_jam_ends_it_where_nobody_is_there_to_clear_it(site: Site, fake: FakeScanner, tmp_path: Path):
    fake.tell("jam", 2)
    done = _scan(site, "--output", tmp_path / "out")
    assert isinstance(done.exception, ScannerFailed)
    assert "kẹt giấy" in done.exception.text.vi


@pytest.mark.parametrize(("keys", "pages"), [("3\ny\n", 3), ("0\n\n", 3), ("3\nn\n", None), ("2\ny\n", None)])
def test_who_clears_the_jam_goes_on(site, fake, tmp_path, monkeypatch, keys: str, pages: int | None):
    monkeypatch.setattr("pipeline.cli.scan._somebody_there", lambda: True)
    fake.tell("jam", 2)
    done = _scan(site, "--output", tmp_path / "out", keys=keys)
    if pages:
        assert done.exception is None, done.output
        assert f"Đã quét {pages} trang" in done.output
    else:
        assert isinstance(done.exception, (ScannerFailed, PagesMissing))


def test_pages_are_laid_on_the_glass_one_by_one(site: Site, fake: FakeScanner, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("pipeline.cli.scan._somebody_there", lambda: True)
    words = ("--source", "flatbed", "--output", tmp_path / "out")
    assert "Đã quét 2 trang" in _scan(site, *words, keys="2\n\n\n").output
    assert "Đã quét 3 trang" in _scan(site, *words, keys="0\n\ny\n\ny\n\nn\n").output


def test_scanners_are_listed(site: Site, fake: FakeScanner):
    fake.tell("devices", "epson2:net:10.0.0.1\n[bold]lạ[/]")
    assert [one["name"] for one in json.loads(_scan(site, "--list", "--json").stdout)] == [
        "epson2:net:10.0.0.1",
        "[bold]lạ[/]",
    ]
    assert "[bold]lạ[/]" in _scan(site, "--list").output
    fake.tell("devices", "\n")
    assert isinstance(_scan(site, "--list").exception, ScannerMissing)


def test_what_is_missing_is_told(site: Site, fake: FakeScanner, tmp_path: Path, monkeypatch):
    assert _scan(site, "--pages", 3).exit_code != 0  # neither dossier nor folder
    monkeypatch.setenv("PATH", str(tmp_path))
    assert isinstance(_scan(site, "--output", tmp_path / "out").exception, ProgramMissing)


def test_paper_becomes_a_record(installation: Installation, fake: FakeScanner):
    site = Site(installation.folder / "config")
    (fake.folder / "pages" / "3.tif").unlink()
    (fake.folder / "pages" / "2.tif").unlink()
    done = _scan(site, *DOSSIER, "--pages", 1, "--accept", "--json")
    assert done.exception is None, done.output
    [made] = json.loads(done.stdout)["documents"]
    assert made["state"] == "stored"
    assert list((installation.folder / "var" / "scans").iterdir()) == []


@pytest.mark.parametrize(
    ("flag", "mode"), [(None, "Color"), ("--colour", "Color"), ("--grey", "Gray"), ("--bw", "Lineart")]
)
def test_colours_are_as_asked_for(site: Site, fake: FakeScanner, tmp_path: Path, flag: str | None, mode: str):
    _scan(site, "--output", tmp_path / "out", *([flag] if flag else []))
    assert f"--mode={mode}" in fake.asked
    assert "--resolution=300" in fake.asked
