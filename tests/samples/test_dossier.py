"""Whole dossiers: files and truth agree, and a seed draws the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from pipeline.settings import bundled_folder, load
from pipeline.vietnamese import nfc
from samples import FORMS, cli, draw_dossier
from samples.plans import plans_of
from samples.story import story_of

LAUNCHER = Path(__file__).parents[2] / "scripts" / "make_samples"


@pytest.fixture(scope="module")
def dossiers(drawn_dossier: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [drawn_dossier, draw_dossier(2, tmp_path_factory.mktemp("estate") / "dossier-002")]


def truths(dossier: Path) -> dict[Path, dict]:
    return {
        scan: json.loads((dossier / "truth" / f"{scan.stem}.truth.json").read_text(encoding="utf-8"))
        for scan in sorted((dossier / "scans").iterdir())
    }


def sizes(path: Path) -> list[tuple[int, int]]:
    """Pixels of every page's picture."""
    if path.suffix == ".pdf":
        with pikepdf.open(path) as pdf:
            pictures = [next(iter(page.get_images().values())) for page in pdf.pages]
            return [(int(picture.Width), int(picture.Height)) for picture in pictures]
    with Image.open(path) as picture:
        found = []
        for frame in range(getattr(picture, "n_frames", 1)):
            picture.seek(frame)
            found.append(picture.size)
        return found


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_files_are_those_the_dossier_lists(dossiers: list[Path]) -> None:
    known = load(bundled_folder())
    for dossier in dossiers:
        facts = json.loads((dossier / "dossier.json").read_text(encoding="utf-8"))
        assert facts["files"] == [f"scans/{path.name}" for path in truths(dossier)]
        assert facts["procedure"] in known.procedures.procedures
        assert any(re.fullmatch(pattern, facts["dossier"]) for pattern in known.codes.dossier_patterns)
        assert any(re.fullmatch(pattern, facts["owner"]) for pattern in known.codes.owner_patterns)


def test_both_dossiers_together_hold_the_kinds_of_the_fixed_plans(dossiers: list[Path]) -> None:
    kinds = {
        document["type"]
        for dossier in dossiers
        for truth in truths(dossier).values()
        for document in truth["documents"]
    }
    assert kinds == {kind for seed in (1, 2) for plan in plans_of(story_of(seed)) for kind in plan.kinds}
    assert len(kinds) == 10
    assert kinds <= set(FORMS)
    for dossier in dossiers:
        assert any(len(truth["documents"]) > 1 for truth in truths(dossier).values()), "a stack of several papers"


def test_pages_of_files_are_those_of_the_truth(dossiers: list[Path]) -> None:
    for dossier in dossiers:
        for path, truth in truths(dossier).items():
            assert truth["file"] == path.name
            if not truth["born_digital"]:
                assert sizes(path) == [(page["width"], page["height"]) for page in truth["pages"]]
            pages = [number for document in truth["documents"] for number in document["pages"]]
            assert pages == [page["number"] for page in truth["pages"]] == list(range(1, len(pages) + 1))
            for number, document in enumerate(truth["documents"], 1):
                assert [page["number"] for page in truth["pages"] if page["document"] == number] == document["pages"]


def test_scans_know_their_resolution(dossiers: list[Path]) -> None:
    civil = truths(dossiers[0])
    fax = next(path for path, truth in civil.items() if truth["pages"][0]["conditions"] == ["fax"])
    with Image.open(fax) as picture:
        assert picture.mode == "1"
        assert picture.info["compression"] == "group4"
        assert picture.info["dpi"][0] == pytest.approx(200, abs=0.1)
    pdf = next(path for path, truth in civil.items() if path.suffix == ".pdf" and len(truth["pages"]) > 1)
    with pikepdf.open(pdf) as opened:
        for page in opened.pages:
            picture = next(iter(page.get_images().values()))
            assert picture.Filter == "/DCTDecode"
            assert float(page.mediabox[2]) == pytest.approx(int(picture.Width) * 72 / 300, abs=0.1)


def test_a_born_digital_file_says_what_the_truth_says(dossiers: list[Path]) -> None:
    path, truth = next((path, truth) for path, truth in truths(dossiers[1]).items() if truth["born_digital"])
    pdf = pypdfium2.PdfDocument(path)
    said = "".join(nfc("".join(page.get_textpage().get_text_range().split())) for page in pdf)
    lines = [line for page in truth["pages"] for block in page["blocks"].values() for line in block]
    assert len(lines) > 20
    for line in lines:
        assert "".join(line.split()) in said
    with pikepdf.open(path) as opened:
        assert not any(page.get_images() for page in opened.pages)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_draws_the_same_bytes(dossiers: list[Path], seed: int, tmp_path: Path) -> None:
    assert hashes(draw_dossier(seed, tmp_path)) == hashes(dossiers[seed - 1])


def test_conditions_asked_for_replace_the_usual_ones(tmp_path: Path) -> None:
    assert cli.main([str(tmp_path), "--dossiers", "1", "--seed", "3", "--conditions", "low_res, rot180"]) == 0
    for truth in truths(tmp_path / "dossier-001").values():
        for page in truth["pages"]:
            assert page["conditions"] == ["rot180", "low_res"]
            assert page["rotation"] == 180
            assert page["width"] == 700


def test_the_launcher_lists_conditions() -> None:
    done = subprocess.run([sys.executable, LAUNCHER, "--list"], capture_output=True, text=True, check=True)
    assert {"clean", "photo", "box_stamp"} <= {line.split()[0] for line in done.stdout.splitlines()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--conditions", "skeww"], "Ý bạn là 'skew'"),
        (["x", "--dossiers", "0"], "--dossiers"),
        ([], "THƯ_MỤC"),
    ],
)
def test_wrong_arguments_are_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    assert cli.main([str(blocked)]) == 10
    assert str(blocked) in capsys.readouterr().err
