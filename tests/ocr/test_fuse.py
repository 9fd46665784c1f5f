"""Two readings of a line become one, and nothing is invented."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Word
from pipeline.ocr.fuse import Context, fuse, key, likeness, well_formed

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
    assert all(new.confidence >= old.confidence for new, old in zip(fused, line, strict=True))


@given(readings, readings)
def test_every_word_was_read_by_one_of_the_two(first, second):
    fused = fuse(first, second)
    whole = letters(first), letters(second)
    assert all(any(key(word.text) in reading for reading in whole) for word in fused)


@given(readings, readings)
def test_no_word_is_added_and_none_reordered(first, second):
    fused = fuse(first, second)
    assert len(fused) <= len(first or second)
    assert [word.box[0] for word in fused] == sorted(word.box[0] for word in fused)
    assert all(word.agreed is not None and 0 <= word.confidence <= 1 for word in fused)


@given(readings, readings)
def test_agreed_words_stand_in_both_readings(first, second):
    whole = letters(first), letters(second)
    for word in fuse(first, second):
        if word.agreed:
            assert key(word.text) in whole[0]
            assert key(word.text) in whole[1]


@given(readings, readings)
def test_likeness_is_a_share(first, second):
    assert 0 <= likeness(first, second) <= 1
    assert likeness(first, first) == 1


def test_a_difference_is_marked_and_lowers_the_confidence():
    (word,) = fuse(words(("Quảng", 0.97)), words(("Quâng", 0.9)))
    assert (word.text, word.agreed) == ("Quảng", False)
    assert word.confidence < 0.5


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
    context = Context.of([(seen, seen)])
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
