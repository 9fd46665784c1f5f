"""Two readings of a line become one, and nothing is invented."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Word
from pipeline.ocr.align import key
from pipeline.ocr.context import EDGES, Context
from pipeline.ocr.fuse import fuse, in_doubt, likeness, well_formed
from pipeline.vietnamese import fold

texts = st.sampled_from(
    "số điều của Luật Tổ chức Chính phủ 19/6/2015; 15/QĐ-UBND Nguyễn, (KTTH); - … “Điều” 1.846 5,3% ./. A B".split()
)
confidences = st.floats(0, 1)


def words(*pairs: tuple[str, float]) -> tuple[Word, ...]:
    return tuple(Word(text, (100.0 * i, 0.0, 100.0 * i + 90, 40.0), c) for i, (text, c) in enumerate(pairs))


readings = st.lists(st.tuples(texts, confidences), max_size=12).map(lambda pairs: words(*pairs))


def said(fused):
    return " ".join(word.text for word in fused)


def letters(line) -> str:
    return "".join(key(word.text) for word in line)


@given(readings)
def test_equal_readings_change_nothing(line):
    fused = fuse(line, line)
    assert [(word.text, word.box, word.agreed) for word in fused] == [(word.text, word.box, True) for word in line]
    assert all(
        0.9 * old.confidence - 1e-9 <= new.confidence <= old.confidence for new, old in zip(fused, line, strict=True)
    )


@given(readings, readings)
def test_every_word_was_read_by_one_of_the_two(first, second):
    fused = fuse(first, second)
    whole = letters(first), letters(second)
    assert all(any(key(word.text) in reading for reading in whole) for word in fused)


@given(readings, readings)
def test_no_word_is_added_and_none_reordered(first, second):
    fused = fuse(first, second)
    assert len(fused) <= max(len(first), len(second)) + min(len(first), len(second))
    assert [word.box[0] for word in fused] == sorted(word.box[0] for word in fused)
    assert all(word.agreed is not None and 0 <= word.confidence <= 1 for word in fused)


@given(readings, readings)
def test_agreed_words_have_the_letters_of_both_readings(first, second):
    whole = fold(letters(first)), fold(letters(second))
    for word in fuse(first, second):
        if word.agreed:
            assert all(fold(key(word.text)).strip(EDGES) in reading for reading in whole)


@given(readings, readings, readings)
def test_another_look_invents_nothing(first, second, again):
    fused = fuse(first, second, again=again)
    whole = letters(first), letters(second)
    assert all(any(key(word.text) in reading for reading in whole) for word in fused)
    assert [word.box[0] for word in fused] == sorted(word.box[0] for word in fused)


@given(readings, readings)
def test_likeness_is_a_share(first, second):
    assert 0 <= likeness(first, second) <= 1
    assert likeness(first, first) == 1


def test_a_difference_is_marked_and_lowers_the_confidence():
    (word,) = fuse(words(("Quảng", 0.94)), words(("Quâng", 0.9)))
    assert (word.text, word.agreed) == ("Quảng", False)
    assert word.confidence < 0.5


def test_a_sure_reader_stands_against_other_marks_but_not_against_other_figures():
    assert fuse(words(("điều", 0.96)), words(("diều", 0.9)))[0].agreed is True
    assert fuse(words(("điều", 0.96)), words(("diều", 0.98)))[0].agreed is False
    assert fuse(words(("31", 0.97)), words(("37", 0.6)))[0].agreed is False
    assert in_doubt(words(("điều", 0.96)), words(("diều", 0.9))) == ()
    assert in_doubt(words(("31", 0.97)), words(("37", 0.6))) == (0,)


def test_a_name_is_never_settled_by_how_sure_one_reader_is():
    first, second = words(("Trần", 0.97), ("Định", 0.97)), words(("Trân", 0.7), ("Đình", 0.7))
    assert [(word.text, word.agreed) for word in fuse(first, second)] == [("Trần", False), ("Định", False)]
    assert fuse(first, second, again=first)[0].agreed is False
    phrase = Context.of_phrases(["ủy ban"])
    fused = fuse(words(("Ủy", 0.97), ("ban", 0.97)), words(("Uỷ", 0.7), ("ban", 0.97)), phrase)
    assert fused[0].agreed is True


def test_two_of_three_decide():
    first, second = words(("đôi", 0.91)), words(("đổi", 0.96))
    (word,) = fuse(first, second, again=words(("đổi", 0.93)))
    assert (word.text, word.agreed) == ("đổi", True)
    (word,) = fuse(first, second, again=words(("đổi", 0.7)))
    assert (word.text, word.agreed) == ("đổi", False)
    (word,) = fuse(first, words(("đổi", 0.9)), again=words(("đôi", 0.95)))
    assert (word.text, word.agreed) == ("đôi", True)


def test_an_agreed_word_is_as_sure_as_its_less_sure_reader_unless_a_phrase_confirms_it():
    first, second = words(("tổ", 0.95), ("chức", 0.96)), words(("tổ", 0.7), ("chức", 0.9))
    assert [word.confidence for word in fuse(first, second)] == pytest.approx([0.7, 0.9])
    phrases = Context.of_phrases(["tổ chức"])
    assert [word.confidence for word in fuse(first, second, phrases)] == pytest.approx([0.95, 0.96])


def test_a_hook_that_may_have_been_taken_for_an_acute_makes_unsure():
    line = words(("tố", 0.94))
    assert fuse(line, line)[0].confidence == pytest.approx(0.846)


def test_words_of_a_phrase_run_together_are_parted_and_others_doubted():
    phrases = Context.of_phrases(["kính gửi"])
    line = words(("-Kínhgửi:", 0.96))
    parted = fuse(line, line, phrases)
    assert [word.text for word in parted] == ["-Kính", "gửi:"]
    assert parted[0].box[2] == parted[1].box[0]
    assert fuse(line, line)[0].confidence < 0.8
    assert fuse(words(("HĐND", 0.96)), words(("HĐND", 0.96)))[0].confidence > 0.9


def test_an_agreed_word_that_looks_different_the_second_time_is_marked():
    line = words(("biến", 0.9))
    assert fuse(line, line, again=words(("biển", 0.9)))[0].agreed is False


def test_a_known_phrase_with_other_marks_is_doubted_and_not_rewritten():
    phrases = Context.of_phrases(["tổ chức", "chi nhánh"])
    line = words(("tố", 0.97), ("chức", 0.97))
    assert [(word.text, word.agreed) for word in fuse(line, line, phrases)] == [("tố", False), ("chức", True)]
    assert all(word.agreed for word in fuse(line, line, Context()))
    known = words(("Chi", 0.97), ("nhánh,", 0.97))
    assert all(word.agreed for word in fuse(known, known, phrases))


def test_of_two_readings_the_known_phrase_is_taken():
    phrases = Context.of_phrases(["chi nhánh"])
    fused = fuse(words(("chỉ", 0.97), ("nhánh", 0.9)), words(("chi", 0.8), ("nhánh", 0.9)), phrases)
    assert said(fused) == "chi nhánh"
    assert fused[0].agreed is False


def test_words_that_a_speck_has_joined_are_parted():
    fused = fuse(words(("khai:sinh", 0.4)), words(("khai", 0.99), ("sinh", 0.99)))
    assert [word.text for word in fused] == ["khai", "sinh"]
    assert fused[0].box[2] < fused[1].box[0]
    assert (fused[0].box[0], fused[1].box[2]) == (0.0, 90.0)


def test_a_dash_that_only_the_first_saw_is_a_speck():
    assert said(fuse(words(("-", 0.9), ("XÃ", 0.9)), words(("XÃ", 0.9)))) == "XÃ"
    assert said(fuse(words(("-", 0.9), ("XÃ", 0.9)), words(("-", 0.5), ("XÃ", 0.9)))) == "- XÃ"


def test_a_speck_is_no_quote():
    assert said(fuse(words(('"hoàn', 0.7)), words(("hoàn", 0.99)))) == "hoàn"
    assert said(fuse(words(('"hoàn', 0.95)), words(("hoàn", 0.99)))) == '"hoàn'


def test_a_date_that_both_tore_is_put_together_and_marked():
    torn = words(("ngày", 0.97), ("14/1", 0.97), ("1/2024", 0.97))
    fused = fuse(torn, torn)
    assert said(fused) == "ngày 14/11/2024"
    assert (fused[1].agreed, fused[1].box) == (False, (100.0, 0.0, 290.0, 40.0))


def test_blanks_are_no_difference():
    fused = fuse(words(("Ngãi,", 0.9), ("nhiệm", 0.9), ("kỳ", 0.9)), words(("Ngãi,nhiệm", 0.9), ("kỳ", 0.9)))
    assert said(fused) == "Ngãi, nhiệm kỳ"
    assert all(word.agreed for word in fused)


def test_a_torn_date_is_mended():
    fused = fuse(
        words(("ngày", 0.9), ("14/1", 0.9), ("1/2024", 0.9), ("của", 0.9)),
        words(("ngày", 1), ("14/11/2024", 1), ("của", 1)),
    )
    assert said(fused) == "ngày 14/11/2024 của"
    assert fused[1].box == (100.0, 0.0, 290.0, 40.0)
    assert all(word.agreed for word in fused)


def test_a_torn_date_with_a_wrong_digit_is_mended_and_marked():
    fused = fuse(words(("19/6/20", 0.97), ("|", 0.8), ("5;", 0.8)), words(("19/6/2015;", 1)))
    assert said(fused) == "19/6/2015;"
    assert fused[0].agreed is False


def test_two_words_are_not_run_together():
    fused = fuse(words(("Tỉnh", 0.97), ("ủy;", 0.96)), words(("Tỉnhủy;", 0.95)))
    assert said(fused) == "Tỉnh ủy;"


def test_a_good_syllable_takes_the_place_of_a_bad_one():
    (word,) = fuse(words(("quyêt", 0.9)), words(("quyết", 0.9)))
    assert (word.text, word.agreed) == ("quyết", False)


def test_an_abbreviation_does_not_give_way_to_a_word():
    (word,) = fuse(words(("HĐND", 0.9)), words(("hôn", 0.9)))
    assert word.text == "HĐND"


def test_capitals_between_small_letters():
    fused = fuse(words(("định", 0.97), ("SỐ", 0.97), ("của", 0.97)), words(("định", 1), ("số", 1), ("của", 1)))
    assert said(fused) == "định số của"


def test_what_the_page_says_elsewhere_decides_between_marks():
    seen = words(("Ủy", 0.9), ("ban", 0.9))
    context = Context().with_page([(seen, seen)])
    line = words(("Úy", 0.9), ("ban", 0.9)), words(("Ủy", 0.9), ("ban", 0.9))
    assert said(fuse(*line, context)) == "Ủy ban"
    assert said(fuse(*line)) == "Úy ban"


def test_words_only_the_second_saw_are_left_out_unless_the_first_saw_nothing():
    assert said(fuse(words(("Số:", 0.9)), words(("Số:", 0.9), ("ngày", 0.9)))) == "Số:"
    assert said(fuse((), words(("ngày", 0.9)))) == "ngày"
    assert fuse((), words(("ngày", 0.9)))[0].agreed is False
    assert fuse((), ()) == ()


def test_text_is_composed():
    decomposed = replace(words(("Điều", 0.9))[0], text="Điều".replace("ề", "ê\u0300"))
    assert fuse((decomposed,), words(("Điều", 0.9)))[0].text == "Điều"
    assert fuse((decomposed,), words(("Điều", 0.9)))[0].agreed is True


def test_what_counts_as_well_formed():
    assert all(map(well_formed, ("Nguyễn,", "(giai", "1.846", "5,3%", "19/6/2015;", "31", "02/2024")))
    assert not any(map(well_formed, ("3I", "|", "quyêt", "QĐ-UBND", "19/6/20|", "./.", "")))
