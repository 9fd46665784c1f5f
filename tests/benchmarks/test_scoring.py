"""What counts as found, wrong, flagged and as no print."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.nouns import Gap, ReadPage, ReadWord, Truth, TruthLine
from benchmarks.scoring import Counts, Wrong, score

LINES = ("ỦY BAN NHÂN DÂN", "Số: /QĐ-UBND", "Căn cứ Luật Tổ chức chính quyền địa phương;", "Nơi nhận:")
TRUTH = Truth(LINES[2], tuple(map(TruthLine, LINES)), (Gap("Số:", "/QĐ-UBND"),), ("Ký bởi: Ủy ban",))


def page(*lines: str, flagged: tuple[str, ...] = ()) -> ReadPage:
    words = (tuple(ReadWord(word, None, word in flagged) for word in line.split()) for line in lines)
    return ReadPage(tuple(words), 0.0, 0.0)


def test_a_reading_without_fault() -> None:
    done = score(TRUTH, page(*LINES))
    assert done.counts == Counts(letters=len(LINES[2]), printed=17, found=17, words=17)
    assert done.wrong == ()


def test_letters_marks_and_flags_are_counted() -> None:
    read = page(*LINES[:2], "Căn cứ Luật Tô chức chinh quyền địa phuong,", LINES[3], flagged=("Tô", "địa"))
    counts = score(TRUTH, read).counts
    assert counts == Counts(
        letters=len(LINES[2]),
        letter_errors=5,  # Tổ, chính, ươ, ;
        bare_errors=1,
        printed=17,
        found=14,
        mark_errors=2,
        words=17,
        flagged=2,
        wrong=3,
        caught=1,
    )


def test_wrong_words_are_listed_with_what_is_printed() -> None:
    done = score(TRUTH, page(LINES[0], LINES[1], "Căn cứ Luât Tổ chức quyền địa phương; thừa", LINES[3]))
    assert set(done.wrong) == {
        Wrong("Luât", "Luật", False),
        Wrong("thừa", "", False),
        Wrong("", "chính", None),
    }


@pytest.mark.parametrize("written", ["Số: 15 /QĐ-UBND", "Số: 15/QĐ-UBND", "Số:15/QĐ-UBND", "Số: L5 . /QĐ-UBND"])
def test_writing_in_a_gap_is_no_print(written: str) -> None:
    counts = score(TRUTH, page(LINES[0], written, *LINES[2:])).counts
    assert (counts.found, counts.wrong) == (17, 0)
    assert counts.no_print >= 1


def test_figures_misread_in_the_body_stay_wrong() -> None:
    body = "theo 168/QĐ-UBND ngày"
    truth = Truth(body, (TruthLine("Số: /QĐ-UBND"), TruthLine(body)), (Gap("Số:", "/QĐ-UBND"),))
    counts = score(truth, page("Số: 15/QĐ-UBND", "theo 163/QĐ-UBND ngày")).counts
    assert (counts.found, counts.wrong) == (4, 1)


def test_captions_and_specks_are_no_print() -> None:
    counts = score(TRUTH, page(*LINES, "Ký bởí: Uy ban", ". | -")).counts
    assert (counts.wrong, counts.no_print, counts.words) == (0, 7, 17)


def test_words_where_nothing_is_printed_are_wrong() -> None:
    counts = score(TRUTH, page(*LINES, "gnơưhp aịđ", flagged=("aịđ",))).counts
    assert (counts.wrong, counts.caught, counts.words) == (2, 1, 19)


def test_words_in_a_stamp_that_the_engine_noticed_are_no_print() -> None:
    read = page(*LINES)
    ring = (ReadWord("XYZQ", (100, 100, 160, 130), False), ReadWord("WWV", (400, 100, 460, 130), False))
    read = replace(read, lines=(*read.lines, ring), places=((90, 90, 200, 200),))
    counts = score(TRUTH, read).counts
    assert (counts.wrong, counts.no_print) == (1, 1)


def test_words_at_a_drawn_signature_are_no_print_also_on_a_page_read_at_another_scale_and_angle() -> None:
    texts = [f"dòng số {k} chữ{k} cuối{k}" for k in range(6)]
    lines = tuple(TruthLine(text, (100, 100 + 200 * k, 1100 + 40 * k, 150 + 200 * k)) for k, text in enumerate(texts))
    truth = Truth(" ".join(texts), lines, marks=((700, 1300, 1100, 1500),))

    def moved(x: float, y: float) -> tuple[float, float]:
        return 0.5 * x + 0.02 * y + 30, 0.5 * y - 0.02 * x + 40

    def word(text: str, x0: float, y0: float, x1: float, y1: float) -> ReadWord:
        left, right = moved(x0, (y0 + y1) / 2), moved(x1, (y0 + y1) / 2)
        return ReadWord(text, (left[0], left[1] - 12, right[0], right[1] + 12), False)

    read = []
    for line in lines:
        assert line.box is not None
        x0, y0, x1, y1 = line.box
        first, *inner, last = line.text.split()
        middle = [word(text, x0 + 300, y0, x0 + 400, y1) for text in inner]
        read.append((word(first, x0, y0, x0 + 90, y1), *middle, word(last, x1 - 90, y0, x1, y1)))
    read.append((word("Nguyệch", 800, 1380, 900, 1420), word("Ngoạc", 100, 1380, 200, 1420)))
    counts = score(truth, ReadPage(tuple(read), 0.0, 0.0)).counts
    assert (counts.wrong, counts.no_print) == (1, 1)


def test_nothing_read() -> None:
    done = score(TRUTH, ReadPage((), 0.0, 0.0, error="too_slow"))
    assert done.counts == Counts(
        letters=len(LINES[2]), letter_errors=len(LINES[2]), bare_errors=len(LINES[2]), printed=17
    )
    assert not done.judged


def test_an_engine_that_says_nothing_of_its_doubts_is_not_judged() -> None:
    plain = ReadPage((tuple(ReadWord(word) for line in LINES for word in line.split()),), 0.0, 0.0)
    assert not score(TRUTH, plain).judged
    assert score(TRUTH, page(*LINES)).judged


def test_counts_add_up() -> None:
    one = Counts(letters=3, words=2, wrong=1)
    assert one + Counts(letters=4, words=5, caught=1) == Counts(letters=7, words=7, wrong=1, caught=1)
