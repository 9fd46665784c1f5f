"""Each bad input ends in its own error and exit code; the source stays; one bad file does not stop the others."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from pipeline import errors
from tests.e2e.bad_papers import MAKERS, jpeg
from tests.fixtures.office import DOSSIER, Installation, begin


def _bytes_of(folder: Path) -> dict[str, str]:
    return {
        path.name.encode(errors="surrogateescape").hex(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
    }


def test_a_folder_of_bad_files_and_a_good_one(installation: Installation, paper, tmp_path: Path):
    folder = tmp_path / "quet"
    folder.mkdir()
    expected = {}
    for kind, make in MAKERS.values():
        expected[make(folder).name] = kind
    good = paper("don", 501)
    shutil.copy(good, folder / f"tot{good.suffix}")
    before = _bytes_of(folder)

    result = installation.run(folder, "--accept", status=errors.SeveralErrors.exit_code)

    found = {error["file"]: error["rule"] for error in result["errors"]}
    clean = {name.encode(errors="surrogateescape").decode(errors="replace"): kind for name, kind in expected.items()}
    assert len(found) == len(expected)
    for name, kind in clean.items():
        if kind is not errors.BadName:  # its name is shown in a readable form
            assert found[name] == kind.__name__
    assert errors.BadName.__name__ in found.values()
    assert all(error["message"] for error in result["errors"])
    stored = [document for document in result["documents"] if document["state"] == "stored"]
    assert [document["file"] for document in stored] == [f"tot{good.suffix}"]
    assert _bytes_of(folder) == before


@pytest.mark.parametrize("name", ["encrypted", "zero_bytes", "wrong_extension", "symbolic_link"])
def test_the_exit_code_is_that_of_the_one_error(installation: Installation, tmp_path: Path, name: str):
    kind, make = MAKERS[name]
    folder = tmp_path / "quet"
    folder.mkdir()
    done = installation.sohoa("run", make(folder), *DOSSIER, status=kind.exit_code)
    assert kind.__name__ in done.stderr


def test_english_is_spoken_when_asked(installation: Installation, tmp_path: Path):
    empty = tmp_path / "a.pdf"
    empty.touch()
    vietnamese = installation.sohoa("read", empty, status=errors.EmptyFile.exit_code)
    english = installation.sohoa("--lang", "en", "read", empty, status=errors.EmptyFile.exit_code)
    assert "rỗng" in vietnamese.stderr
    assert "is empty" in english.stderr


def test_a_missing_file(installation: Installation, tmp_path: Path):
    installation.sohoa("run", tmp_path / "khong-co.pdf", *DOSSIER, status=errors.NotFound.exit_code)


def test_too_many_bytes(tmp_path: Path):
    made = begin(tmp_path / "office")
    made.configure("megabytes: 512", "megabytes: 1")
    big = tmp_path / "to.jpg"
    big.write_bytes(jpeg(10) + b"\0" * (2 << 20))
    made.sohoa("read", big, status=errors.TooManyBytes.exit_code)


def test_an_unknown_key_in_the_configuration(tmp_path: Path):
    made = begin(tmp_path / "office")
    made.configure("jobs: 0", "jbos: 0")
    done = made.sohoa("search", "x", status=errors.ConfigError.exit_code)
    assert "'jobs'" in done.stderr


def test_the_store_is_down(tmp_path: Path, paper):
    made = begin(tmp_path / "office")
    done = made.sohoa("run", paper("don", 502), *DOSSIER, status=errors.StoreDown.exit_code)
    assert "sohoa services up" in done.stderr


def test_missing_keys(installation: Installation, tmp_path: Path, paper):
    made = Installation(tmp_path / "office")
    made.sohoa("init", made.folder)
    done = made.sohoa("run", paper("don", 503), *DOSSIER, status=errors.KeyMissing.exit_code)
    assert "sohoa keys demo" in done.stderr


def test_missing_language_data(installation: Installation, tmp_path: Path, paper):
    (tmp_path / "tessdata").mkdir()
    lame = Installation(installation.folder, {"TESSDATA_PREFIX": str(tmp_path / "tessdata")})
    done = lame.sohoa("read", paper("don", 504), status=errors.LanguageMissing.exit_code)
    assert "tesseract-ocr-vie" in done.stderr


def test_a_full_disk_keeps_everything_and_a_second_run_goes_on(installation: Installation, tmp_path: Path, paper):
    scan = paper("don", 505)
    before = hashlib.sha256(scan.read_bytes()).hexdigest()
    limit = max(100, scan.stat().st_size // 2 // 1024)
    command = installation.command("run", scan, *DOSSIER, "--accept")
    import subprocess

    done = subprocess.run(
        ["bash", "-c", f'ulimit -f {limit}; exec "$@"', "-", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == errors.DiskFull.exit_code, done.stderr
    assert "Traceback" not in done.stderr
    assert hashlib.sha256(scan.read_bytes()).hexdigest() == before
    result = installation.run(scan, "--accept")
    assert [document["state"] for document in result["documents"]] == ["stored"]
