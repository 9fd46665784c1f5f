"""The pages that are read, and their truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import pages
from benchmarks.nouns import Gap, ReadPage, ReadWord
from benchmarks.pages import KINDS, SETS, drawn_cases, drawn_truth, paper_of, typed_cases, typed_truth
from benchmarks.scoring import score
from pipeline.settings import Limits
from samples import CONDITIONS, Paper, draw_paper

SCANS = pages.folder_of_samples(Path(__file__).resolve().parents[2])


@pytest.fixture(scope="module", params=range(len(KINDS)))
def paper(request: pytest.FixtureRequest) -> Paper:
    return draw_paper(*paper_of(request.param))


def test_every_condition_is_a_set_and_the_hard_ones_are_among_them() -> None:
    assert set(CONDITIONS) < set(SETS)
    assert set(pages.HARD) <= set(SETS)
    assert set(pages.COMBINED) <= set(CONDITIONS)


def test_papers_are_of_all_kinds_and_no_two_alike() -> None:
    drawn = [paper_of(number) for number in range(40)]
    assert {kind for kind, _ in drawn} == set(KINDS)
    assert len({seed for _, seed in drawn}) == 40


def test_gaps_are_the_number_and_the_day(paper: Paper) -> None:
    truth = drawn_truth(paper, ())
    number, day = truth.gaps
    assert number.left == "Số:"
    assert number.right.startswith("/")
    assert day == Gap("ngày", "tháng")
    assert len(truth.body) > 700
    assert all(line.box is not None for line in truth.lines)


def test_the_print_itself_has_no_fault(paper: Paper) -> None:
    truth = drawn_truth(paper, ())
    read = ReadPage(tuple(tuple(ReadWord(word) for word in line.text.split()) for line in truth.lines), 0.0, 0.0)
    counts = score(truth, read).counts
    assert (counts.letter_errors, counts.found, counts.wrong, counts.no_print) == (0, counts.printed, 0, 0)


def test_what_the_hand_wrote_is_found_at_its_place(paper: Paper) -> None:
    truth = drawn_truth(paper, ())
    hands = [mark.box for mark in paper.truth.pages[0].marks if mark.kind == "handwriting"]
    # Every word has its line's box here: for the way back to the drawn page only the ends of lines matter.
    lines = [tuple(ReadWord(word, line.box) for word in line.text.split()) for line in truth.lines]
    read = ReadPage((*lines, tuple(ReadWord("xyz", box) for box in hands)), 0.0, 0.0)
    counts = score(truth, read).counts
    assert (counts.wrong, counts.no_print) == (0, len(hands))


def test_stamps_of_a_condition_are_no_text_of_the_paper() -> None:
    paper = draw_paper("cong_van", 3)
    assert any("CÔNG VĂN ĐẾN" in text for text in drawn_truth(paper, SETS["box_stamp"]).others)
    assert not any("CÔNG VĂN ĐẾN" in text for text in drawn_truth(paper, SETS["clean"]).others)


def test_number_and_day_are_taken_out_of_typed_heads() -> None:
    blocks = {
        "header_left": ["ỦY BAN NHÂN DÂN", "Số: 22 /TTr-UBND"],
        "header_right": ["Quảng Ngãi, ngày 05 tháng 02 năm 2025"],
        "body": ["ngày 19 tháng 6"],
        "stamps_marks_pageno_excluded_from_gt_txt": ["HỎA TỐC"],
    }
    truth = typed_truth(blocks, by_hand=True)
    assert [line.text for line in truth.lines] == [
        "ỦY BAN NHÂN DÂN",
        "Số: /TTr-UBND",
        "Quảng Ngãi, ngày tháng 02 năm 2025",
        "ngày 19 tháng 6",
    ]
    assert truth.gaps == (Gap("Số:", "/TTr-UBND"), Gap("ngày", "tháng"))
    assert truth.others == ("HỎA TỐC",)
    assert typed_truth(blocks, by_hand=False).lines[1].text == "Số: 22 /TTr-UBND"


def test_drawn_cases_are_scans_of_their_condition(tmp_path: Path) -> None:
    clean, fax, photo = drawn_cases(1, ("clean", "fax", "photo"), tmp_path, Limits())
    assert [case.set for case in (clean, fax, photo)] == ["clean", "fax", "photo"]
    assert (round(clean.dpi), round(fax.dpi)) == (300, 200)
    assert (clean.full, fax.full, photo.full) == (True, False, False)
    assert clean.carrier.suffix == ".jpg"
    assert clean.truth.body == fax.truth.body == photo.truth.body


@pytest.mark.shared
@pytest.mark.skipif(SCANS is None, reason="no sample scans beside the checkout")
def test_typed_scans_are_the_scan_alone(tmp_path: Path) -> None:
    assert SCANS is not None
    cases = list(typed_cases(SCANS, tmp_path, Limits()))
    assert cases
    for case in cases:
        assert case.full
        assert len(case.truth.gaps) == 2
        assert len(case.truth.body) > 400
        read = ReadPage((tuple(ReadWord(word) for line in case.truth.lines for word in line.text.split()),), 0.0, 0.0)
        assert score(case.truth, read).counts.letter_errors == 0
