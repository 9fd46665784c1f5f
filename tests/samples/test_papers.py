"""What is drawn is what the truth says."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import numpy as np
import pytest
import zxingcpp

from pipeline.errors import FontMissing
from pipeline.settings import bundled_folder, load
from pipeline.vietnamese import fold
from samples import FORMS, Paper, draw_paper
from samples.fonts import Face, letters_of, width_of
from samples.forms import acts
from samples.forms.varied import ACT_KINDS
from samples.handwriting import can_write, spline, write
from samples.mrz import check_digit
from samples.sheet import HEIGHT, RIGHT, WIDTH
from samples.story import story_of
from samples.typeset import break_lines, line_of

KINDS = sorted(FORMS)
SEEDS = (1, 46)
VIETNAMESE = "aăâeêioôơuưyđ"
TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")


@cache
def drawn(kind: str, seed: int) -> Paper:
    return draw_paper(kind, seed)


STORIED = {"quyet_dinh", "cong_van", "to_trinh", "thong_bao"}
"""Acts that belong to a story; the others are looked at in print alone, over many seeds, in ``test_acts.py``."""
PAPERS = [
    (kind, seed) for kind in KINDS for seed in SEEDS if seed == SEEDS[-1] or kind in STORIED or kind not in ACT_KINDS
]
every_paper = pytest.mark.parametrize(("kind", "seed"), PAPERS)


@every_paper
def test_pages_are_a4_and_as_many_as_the_truth_says(kind: str, seed: int) -> None:
    paper = drawn(kind, seed)
    assert paper.truth.type == kind
    assert len(paper.pages) == len(paper.truth.pages) >= 1
    for page, truth in zip(paper.pages, paper.truth.pages, strict=True):
        assert (page.mode, page.size) == ("RGB", (WIDTH, HEIGHT))
        assert truth.lines


@every_paper
def test_printed_lines_lie_on_the_page_where_ink_is(kind: str, seed: int) -> None:
    for page, truth in zip(drawn(kind, seed).pages, drawn(kind, seed).truth.pages, strict=True):
        grey = np.asarray(page.convert("L"))
        for line in truth.lines:
            x0, y0, x1, y1 = map(round, line.box)
            assert 200 <= x0 < x1 <= RIGHT + 30, line.text
            assert 200 <= y0 < y1 <= HEIGHT - 150, line.text
            assert grey[y0:y1, x0:x1].min() < 140, line.text


@every_paper
def test_lines_of_print_do_not_lie_on_one_another(kind: str, seed: int) -> None:
    for page in drawn(kind, seed).truth.pages:
        boxes = [line.box for line in page.lines]
        for number, (x0, y0, x1, y1) in enumerate(boxes):
            for a0, b0, a1, b1 in boxes[number + 1 :]:
                across, down = min(x1, a1) - max(x0, a0), min(y1, b1) - max(y0, b0)
                assert across <= 0 or down <= 0.35 * min(y1 - y0, b1 - b0), page.lines[number].text


@every_paper
def test_fields_are_printed_unless_written_by_hand_or_in_the_code(kind: str, seed: int) -> None:
    truth = drawn(kind, seed).truth
    said = fold(truth.text()).replace("\n", " ")
    codes = fold("|".join(code for page in truth.pages for code in page.barcodes))
    for key, value in truth.fields.items():
        if key.startswith("ngay") or key in truth.handwritten or key in ("dang_ky_lan_dau", "het_han"):
            continue
        if key == "thoi_han_hieu_luc" or (key == "so" and "so_ky_hieu" in truth.handwritten):
            continue
        # Old papers set the letters of a title apart.
        spaced = key == "ten_giay_to" and fold(value).replace(" ", "") in said.replace(" ", "")
        words_said = all(word in said for part in value.split("; ") for word in fold(part).split())
        assert fold(value) in said or words_said or fold(value) in codes or spaced, key


@every_paper
def test_dates_are_printed_in_one_of_their_forms(kind: str, seed: int) -> None:
    truth = drawn(kind, seed).truth
    dates = {key: value for key, value in truth.fields.items() if value[4:5] == "-" and value[7:8] == "-"}
    if "kể từ ngày cấp" in truth.text().replace("\n", " "):
        dates.pop("thoi_han_hieu_luc", None)  # the paper says how long it is valid, not until when
    for key, value in dates.items():
        year, month, day = value.split("-")
        forms = {f"{day}/{month}/{year}", f"{day} tháng {month} năm {year}", f"{day} tháng {int(month)} năm {year}"}
        forms |= {f"ngày {int(day)} tháng {month} năm {year}", f"ngày {int(day)} tháng {int(month)} năm {year}"}
        if key in truth.handwritten:  # the pen may have filled in the month as well
            forms = {form.removeprefix(day) for form in forms} | {f"ngày tháng năm {year}"}
        assert any(form in truth.text() for form in forms), key


@every_paper
def test_what_the_hand_wrote_is_not_in_the_print(kind: str, seed: int) -> None:
    paper = drawn(kind, seed)
    for page, truth in zip(paper.pages, paper.truth.pages, strict=True):
        grey = np.asarray(page.convert("L"))
        for mark in (mark for mark in truth.marks if mark.kind == "handwriting"):
            x0, y0, x1, y1 = map(round, mark.box)
            assert (grey[y0:y1, x0:x1] < 160).sum() > 100
            inside = [
                line.text
                for line in truth.lines
                if line.box[0] < x0 and x1 < line.box[2] + (y1 - y0) and line.box[1] < (y0 + y1) / 2 < line.box[3]
            ]
            assert any(re.search(r"ngày tháng|[Ss]ố ?:? ?[/-]|Số:$", text) for text in inside), mark


@every_paper
def test_texts_are_nfc(kind: str, seed: int) -> None:
    truth = drawn(kind, seed).truth
    for text in (truth.text(), *truth.fields.values()):
        assert unicodedata.is_normalized("NFC", text)
        assert "\u00a0" not in text


@every_paper
def test_codes_can_be_read(kind: str, seed: int) -> None:
    paper = drawn(kind, seed)
    for page, truth in zip(paper.pages, paper.truth.pages, strict=True):
        assert {code.text for code in zxingcpp.read_barcodes(page)} == set(truth.barcodes)


@every_paper
def test_own_fields_are_those_of_the_configured_type(kind: str, seed: int) -> None:
    settings = load(bundled_folder())
    configured = settings.type(kind)
    assert configured is not None
    assert set(drawn(kind, seed).truth.fields) <= set(settings.legal.fields) | set(configured.fields)


@pytest.mark.parametrize("kind", ["quyet_dinh", "giay_khai_sinh", "can_cuoc_cong_dan"])
def test_the_same_seed_draws_the_same_paper(kind: str) -> None:
    again = draw_paper(kind, 1)
    assert again.truth == drawn(kind, 1).truth
    for one, other in zip(again.pages, drawn(kind, 1).pages, strict=True):
        assert np.array_equal(np.asarray(one), np.asarray(other))
    assert drawn(kind, 46).truth != drawn(kind, 1).truth


def test_a_decision_runs_over_two_numbered_pages_and_ends_with_its_signer() -> None:
    paper = drawn("quyet_dinh", 1)
    first, second = paper.truth.pages
    assert (first.number, second.number) == ("", "2")
    assert first.blocks()["head_right"][0] == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert first.blocks()["title"][0] == "QUYẾT ĐỊNH"
    assert second.blocks()["foot_right"][-1] == paper.truth.fields["nguoi_ky"]
    assert second.blocks()["foot_left"][0] == "Nơi nhận:"
    assert {"seal", "signature"} <= {mark.kind for mark in second.marks}
    assert paper.truth.handwritten == ("ngay_cap", "so_ky_hieu")


def test_the_card_bears_its_lines_and_code() -> None:
    paper = drawn("can_cuoc_cong_dan", 1)
    fields = paper.truth.fields
    lines = [line.text for line in paper.truth.pages[0].lines][-3:]
    assert lines[0].startswith("IDVNM")
    assert lines[0][14] == check_digit(lines[0][5:14])
    code = paper.truth.pages[0].barcodes[0].split("|")
    assert len(code) == 7
    assert code[0] == fields["so_dinh_danh"] == lines[0][15:27]
    assert code[2].upper() == fields["ho_ten"]


def test_without_a_hand_number_and_day_are_printed() -> None:
    paper = acts.letter(story_of(1), by_hand=False)
    assert paper.truth.handwritten == ()
    assert paper.truth.fields["so_ky_hieu"] in paper.truth.text().replace(" ", "")
    assert not paper.truth.pages[0].marks


@pytest.mark.parametrize("face", list(Face))
def test_faces_have_every_vietnamese_letter(face: Face) -> None:
    letters = {unicodedata.normalize("NFC", base + tone) for base in VIETNAMESE if base != "đ" for tone in TONES}
    letters |= {"đ", "²", "°"}
    assert {ord(letter) for letter in letters | {letter.upper() for letter in letters}} <= letters_of(face) | {0}


def test_a_letter_no_face_has_is_refused() -> None:
    with pytest.raises(FontMissing) as refused:
        width_of("汉", Face.REGULAR, 12)
    assert "fonts-croscore" in refused.value.text.vi


def test_lines_are_broken_within_their_width_and_justified() -> None:
    text = "Căn cứ <b>Luật</b> Tổ chức chính quyền địa phương; số <h so_ky_hieu>12</h>/QĐ-UBND " * 6
    lines = break_lines(text, 900, 13, indent=80)
    assert len(lines) > 3
    for number, line in enumerate(lines[:-1]):
        assert line.width + line.indent == pytest.approx(900)
        assert line.indent == (80 if number == 0 else 0)
    assert lines[-1].width <= 900
    assert " ".join(line.printed for line in lines).count("/QĐ-UBND") == 6
    assert "12" not in " ".join(line.printed for line in lines)


def test_markup_is_no_text() -> None:
    assert line_of("<b>Điều 1.</b> Giao\u00a0cho <i>bà</i>", 14).printed == "Điều 1. Giao cho bà"


def test_strokes_pass_through_their_points_and_differ_by_hand() -> None:
    points = np.array([(0.0, 0.0), (1.0, 2.0), (3.0, 1.0)])
    curve = spline(points, steps=5)
    for point in points:
        assert np.abs(curve - point).sum(axis=1).min() < 1e-9
    assert can_write("0123456789/-")
    assert not can_write("12a")
    one, other = (write("27", 60, np.random.default_rng(seed)) for seed in (1, 2))
    assert one.shape != other.shape or not np.array_equal(one, other)
