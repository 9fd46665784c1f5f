"""Real scans, where they lie beside the checkout: nothing is lost on the way in."""

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from pipeline.capture import gather, take
from pipeline.dossier import Coding
from tests.capture.making import LIMITS, is_as_shown

SCANS = Path(__file__).parents[2].parent / "shared" / "samples" / "scans"
FILES = sorted(SCANS.glob("*.pdf"))


@pytest.mark.shared
@pytest.mark.skipif(not FILES, reason="no sample scans beside the checkout")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_scan_is_taken_whole(tmp_path: Path, path: Path) -> None:
    before = path.read_bytes()
    found = take(path, tmp_path, LIMITS)
    assert path.read_bytes() == before
    with pikepdf.open(path) as pdf:
        assert [page.number for page in found.pages] == list(range(1, len(pdf.pages) + 1))
        raw = {bytes(image.read_raw_bytes()) for page in pdf.pages for image in page.get_images().values()}
    assert is_as_shown(replace(found, pages=found.pages[:2]))  # the others come the same way
    for page in found.pages:
        assert page.coding is not Coding.LOSSLESS  # all of them are JPEG, group 4 or born digital
        assert page.coding is not Coding.JPEG or page.carrier.read_bytes() in raw
        assert page.coding is Coding.VECTOR or 90 < page.dpi_x < 620
    assert {finding.rule for finding in found.findings} <= {"text_layer_bad"}


@pytest.mark.shared
@pytest.mark.skipif(not FILES, reason="no sample scans beside the checkout")
def test_their_folder_is_gathered() -> None:
    found, errors = gather([SCANS])
    assert sorted(found) == FILES
    assert all(error.rule == "ForeignFile" for error in errors)
