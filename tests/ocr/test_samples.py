"""Real scans: never worse than Tesseract by itself, and what is wrong is marked."""

import io
import json
import re
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image
from rapidfuzz.distance import Levenshtein

from pipeline.ocr import Clock
from pipeline.ocr.geometry import common
from pipeline.ocr.tesseract import Tesseract
from pipeline.vietnamese import fold, nfc
from tests.ocr.drawing import page_of

SCANS = Path(__file__).parents[3] / "shared" / "samples" / "scans"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SCANS.is_dir(), reason="the sample scans are not beside the checkout"),
]


def scan(name: str) -> np.ndarray:
    """The scanner's picture of page 1, blue green red."""
    with pikepdf.open(SCANS / f"{name}.pdf") as pdf:
        image = pikepdf.PdfImage(max(pdf.pages[0].get_images().values(), key=lambda found: int(found.Width)))
        stream = io.BytesIO()
        image.extract_to(stream=stream)
    return np.ascontiguousarray(np.asarray(Image.open(stream).convert("RGB"))[:, :, ::-1])


def plain(text: str) -> str:
    return " ".join(nfc(text).replace("–", "-").replace("—", "-").replace("“", '"').replace("”", '"').split())


def missing(truth: str, text: str) -> int:
    """Words of the truth that are not in the text."""
    return sum((Counter(plain(truth).split()) - Counter(plain(text).split())).values())


@pytest.mark.parametrize("name", ["01_TTr", "574_UB"])
def test_real_scans_are_read_better_than_by_one_reader(desk, name):
    picture, truth = scan(name), json.loads((SCANS / f"{name}.p1.blocks.json").read_text())
    reading = desk.read(picture, page_of(picture, dpi=300))
    raw = Tesseract("vie").read_page(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 300, Clock(120, "page 1"))
    whole = (SCANS / f"{name}.p1.txt").read_text()
    assert missing(whole, reading.text) < missing(whole, " ".join(line.text for line in raw))
    body = plain(" ".join(truth["body"]))
    mine = plain(" ".join(line.text for line in reading.lines if line.zone in ("title", "body")))
    assert Levenshtein.distance(body, mine) < 0.01 * len(body)
    words = list(reading.words())
    assert sum(word.agreed is False for word in words) < 0.25 * len(words)
    assert {region.kind for region in reading.regions} >= {"stamp", "handwriting"}


@pytest.mark.parametrize("name", ["01_TTr", "574_UB", "299_UB"])
def test_hand_written_numbers_are_never_taken_for_sure(desk, name):
    picture = scan(name)
    reading = desk.read(picture, page_of(picture, dpi=300))
    (line,) = [
        line for line in reading.lines if line.zone == "head_left" and re.match(r"s\w{0,2}\s*:", fold(line.text))
    ]
    assert any(word.agreed is False and word.confidence <= 0.3 for word in line.words[:2])
    assert any(region.kind == "handwriting" and common(region.box, line.box) > 0 for region in reading.regions)
