"""Slots for number and date."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.dossier import Line, Word
from pipeline.ocr.geometry import inside
from pipeline.ocr.handwriting import mark_slots
from tests.ocr.drawing import font


def drawn(parts: list[tuple[str, int]], zone: str, *, agreed: bool = True) -> tuple[np.ndarray, Line]:
    """Grey picture of words in given type sizes (big: as if by hand), and the line as both readers would give it."""
    image = Image.new("L", (1400, 160), 255)
    draw = ImageDraw.Draw(image)
    words, x = [], 60.0
    for text, size in parts:
        draw.text((x, 110), text, font=font(size), fill=20, anchor="ls")
        width = draw.textlength(text, font=font(size))
        words.append(Word(text, (x, 60, x + width, 125), 0.96, agreed))
        x += width + 14
    return np.asarray(image), Line(tuple(words), (60, 60, x, 125), zone)


DATE = [("Thí", 48), ("Điểm,", 48), ("ngày", 48), ("05", 48), ("tháng", 48), ("3", 48), ("năm", 48), ("2024", 48)]


def test_printed_number_and_date_stay_as_they_are():
    for parts, zone in (([("Số:", 48), ("15", 48), ("/QĐ-UBND", 48)], "head_left"), (DATE, "head_right")):
        grey, line = drawn(parts, zone)
        assert mark_slots(grey, [line]) == ((line,), ())


@pytest.mark.parametrize(
    ("parts", "zone", "index"),
    [
        ([("Số:", 48), ("15", 66), ("/QĐ-UBND", 48)], "head_left", 1),
        ([*DATE[:3], ("05", 66), *DATE[4:]], "head_right", 3),
        ([*DATE[:3], ("05", 66), *DATE[4:]], "foot_right", 3),
        ([*DATE[:5], ("3", 66), *DATE[6:]], "head_right", 5),
    ],
)
def test_taller_ink_is_marked_even_if_both_readers_agree(parts, zone, index):
    grey, line = drawn(parts, zone)
    (marked,), (region,) = mark_slots(grey, [line])
    assert region.kind == "handwriting"
    assert inside(line.words[index].box, region.box) > 0.95
    assert marked.words[index].agreed is False
    assert marked.words[index].confidence <= 0.3
    assert [w.text for w in marked.words] == [w.text for w in line.words]
    assert all(new == old for i, (new, old) in enumerate(zip(marked.words, line.words, strict=True)) if i != index)


def test_what_is_no_number_in_a_slot_is_doubted():
    grey, line = drawn([("Số:", 48), ("O4", 48), ("/QĐ-UBND", 48)], "head_left")
    (marked,), regions = mark_slots(grey, [line])
    assert marked.words[1].agreed is False
    assert regions == ()


def test_other_lines_are_left_alone():
    grey, line = drawn([("Số:", 48), ("15", 66), ("/QĐ-UBND", 48)], "body")
    assert mark_slots(grey, [line]) == ((line,), ())
    grey, line = drawn([("Sở", 48), ("Tài", 48), ("chính", 48)], "head_left")
    assert mark_slots(grey, [line]) == ((line,), ())
