"""``sohoa read`` tells what was noticed on a page, weighed as configured, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from samples import draw_paper
from samples import scan as scanned
from tests.fixtures.office import Installation, begin


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return begin(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a photo, a sheet that slipped in the feeder and a sheet seen from behind."""
    folder = tmp_path_factory.mktemp("papers")
    page = draw_paper("thong_bao", 3).pages[0]
    for name in ("photo", "skew_varying"):
        made = scanned(page, [name], 3)
        made.image.save(folder / f"{name}.jpg", quality=90, dpi=(made.dpi or 200,) * 2)
    behind: Image.Image = ImageOps.mirror(scanned(page, ["clean"], 3).image)
    behind.save(folder / "mirrored.jpg", quality=90, dpi=(300, 300))
    return folder


def test_photos_bent_and_mirrored_pages_are_told(office: Installation, papers: Path) -> None:
    said = {Path(each["file"]).stem: each["findings"] for each in office.json("read", papers)}
    weights = {name: {each["rule"]: each["severity"] for each in found} for name, found in said.items()}
    assert weights["photo"]["photo"] == "info"
    assert weights["skew_varying"]["bent_page"] == "info"
    assert weights["mirrored"]["mirrored_page"] == "warning"
    for found in said.values():
        assert len({(each["rule"], each["where"]) for each in found}) == len(found)


def test_findings_are_told_with_their_weights_or_not_at_all(office: Installation, papers: Path) -> None:
    office.configure("  mirrored_page: warning", "  mirrored_page: block")
    office.configure("  unread_ink: info", "  unread_ink: off")
    found = office.json("read", papers / "mirrored.jpg")["findings"]
    assert {each["rule"]: each["severity"] for each in found}["mirrored_page"] == "block"
    assert "unread_ink" not in {each["rule"] for each in found}
    assert "✗ trang 1: Trang bị lật ngược" in office.sohoa("read", papers / "mirrored.jpg").stdout
    assert "✗ page 1: The page is seen" in office.sohoa("--lang", "en", "read", papers / "mirrored.jpg").stdout
