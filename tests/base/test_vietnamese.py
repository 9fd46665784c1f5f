import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.vietnamese import fold, is_syllable, nfc, syllable_share


@pytest.mark.parametrize(
    "word", "giếng gì quốc quý quyển Nguyễn ĐẮK nghiệp giấy giữ hoà hòa thuý thúy khuỷu ngoằn ý ở yếu xoong".split()
)
def test_real_syllables_are_syllables(word):
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["UBND", "Plieku", "QUYÉTT", "tốcch", "bàc", "hàt", "zơ", "ngôôn", "a1", ""])
def test_what_cannot_be_spoken_is_none(word):
    assert not is_syllable(word)


@pytest.mark.parametrize(
    ("word", "folded"), [("Đường", "duong"), ("ƯỚC", "uoc"), ("Hòa", "hoa"), ("Hoà", "hoa"), ("Ðắk", "dak")]
)
def test_folding_drops_marks_and_knows_d(word, folded):
    assert fold(word) == folded


def test_nfc_mends_the_icelandic_letter():
    assert nfc("Ðồng\u00a0Nai") == "Đồng Nai"


@given(st.text())
def test_folding_twice_changes_nothing_and_normal_forms_fold_alike(text):
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text())
def test_nfc_is_stable(text):
    assert nfc(nfc(text)) == nfc(text)


@given(st.text())
def test_the_share_is_a_share(text):
    assert 0 <= syllable_share(text) <= 1
