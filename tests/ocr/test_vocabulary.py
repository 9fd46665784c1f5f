"""The closed vocabulary spells known terms right, keeps what was read, and touches nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Line, Word
from pipeline.ocr.context import Context, bare
from pipeline.ocr.vocabulary import Terms
from pipeline.settings import Vocabulary, bundled_folder, load
from pipeline.vietnamese import fold

TERMS = Terms(
    Vocabulary(
        head=("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "SỞ Y TẾ", "ỦY BAN NHÂN DÂN"),
        titles=("QUYẾT ĐỊNH", "ĐƠN"),
        signature=("GIÁM ĐỐC", "KT. GIÁM ĐỐC", "CHỦ TỊCH"),
    )
)

OURS = load(bundled_folder()).vocabulary
OUR_TERMS, OUR_PHRASES = Terms(OURS), Context.of_phrases(OURS.phrases)


def line(text: str, zone: str, agreed: bool | None = True) -> Line:
    words = tuple(Word(part, (60.0 * i, 0, 60.0 * i + 50, 30), 0.9, agreed) for i, part in enumerate(text.split()))
    return Line(words, (0, 0, 60.0 * len(words), 30), zone)


def corrected(text: str, zone: str, agreed: bool | None = True) -> str:
    return TERMS.correct([line(text, zone, agreed)])[0].text


@pytest.mark.parametrize(
    ("read", "zone", "right"),
    [
        ("GIÁM ĐÓC", "foot_right", "GIÁM ĐỐC"),
        ("KT. GIÁM ĐÓC", "foot_right", "KT. GIÁM ĐỐC"),
        ("SỞ Y TÉ", "head_left", "SỞ Y TẾ"),
        ("QUYÉT ĐỊNH:", "title", "QUYẾT ĐỊNH:"),
        ("ỦY BAN NHẬN DÂN PHƯỜNG THÍ ĐIỂM", "head_left", "ỦY BAN NHÂN DÂN PHƯỜNG THÍ ĐIỂM"),
        ("Độc lập – Tự đo - Hạnh phúc", "head_right", "Độc lập - Tự do - Hạnh phúc"),
    ],
)
def test_marks_are_set_right_and_what_was_read_is_kept(read, zone, right):
    (done,) = TERMS.correct([line(read, zone)])
    assert done.text.replace("–", "-") == right
    changed = [word for word in done.words if word.raw]
    assert changed
    assert all(fold(word.raw) == fold(word.text) and word.raw in read for word in changed)


@pytest.mark.parametrize(
    ("read", "zone"),
    [
        ("GIÁM ĐÓC", "body"),  # nothing is corrected in the text itself
        ("ĐỒN", "title"),  # one word says too little
        ("- Chủ tịch", "foot_left"),
        ("Trần Đình Đốc", "foot_right"),
        ("PHƯỜNG THÍ ĐIẾM", "head_left"),
        ("CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", "head_right"),  # the other way to place the mark
    ],
)
def test_other_words_are_left_alone(read, zone):
    assert corrected(read, zone) == read


def test_a_wrong_letter_is_only_set_right_where_it_was_doubted():
    assert corrected("GIẢM ĐỒC", "foot_right") == "GIÁM ĐỐC"  # marks alone
    read, right = "CỘNG HÒA XÃ HỘI CHỦ NGHĨE VIỆT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert corrected(read, "head_right", agreed=False) == right
    assert corrected(read, "head_right", agreed=True) == read


def test_a_number_glued_to_its_label_is_parted():
    (done,) = TERMS.correct([line("Số:15/QĐ-UBND", "head_left")])
    assert [word.text for word in done.words] == ["Số:", "15/QĐ-UBND"]
    assert done.words[0].box[2] == done.words[1].box[0]
    assert corrected("ngày15 tháng 01", "head_right") == "ngày 15 tháng 01"
    assert corrected("ngày15", "body") == "ngày15"


@pytest.mark.parametrize("read", ["quyết).l.", "quyết).I.", "quyết).1.", "quyết)./", "quyết)/."])
def test_the_sign_that_closes_the_text(read):
    lines = (line("xem xét, " + read, "body"), line("2", "body"), line("GIÁM ĐỐC", "foot_right"))
    done = TERMS.correct(lines)
    assert done[0].text == "xem xét, quyết)./."
    assert done[0].words[-1].raw == read


@pytest.mark.parametrize("sign", ["./.", "/.", "./", ".l."])
def test_the_sign_read_as_a_word_of_its_own(sign):
    (done,) = TERMS.correct([line(f"hằng tháng {sign}", "body")])
    assert done.text == "hằng tháng./."
    assert done.words[-1].box == (60.0, 0, 170.0, 30)
    assert done.words[-1].raw == ("" if sign == "./." else f"tháng{sign}")
    far = line(f"tháng {sign}", "body")
    apart = replace(far, words=(far.words[0], replace(far.words[1], box=(300.0, 0, 330.0, 30))))
    assert len(TERMS.correct([apart])[0].words) == 2


@pytest.mark.parametrize("read", ["2021.", "3.1.", "quyết./.", "khác.", "VT.", "15/01."])
def test_what_only_looks_like_it_stays(read):
    assert corrected(read, "body") == read


def test_a_recipient_that_does_not_end_as_prescribed_is_doubted():
    texts = ("- Như trên:", "- Như trên;", "- Lưu: VT.", "Nơi nhận:")
    done = TERMS.correct([line(text, "foot_left") for text in texts])
    assert [part.text for part in done] == list(texts)
    assert [part.words[-1].agreed for part in done] == [False, True, True, True]


@given(st.lists(st.sampled_from("GIÁM ĐÓC ĐỐC KT. QUYÉT ĐỊNH, Số:15 a. x./ 2.1.".split()), min_size=1, max_size=6))
def test_whatever_is_changed_is_kept_beside_it(texts):
    for zone in ("title", "foot_right", "body"):
        (done,) = TERMS.correct([line(" ".join(texts), zone)])
        assert "".join(word.raw or word.text for word in done.words) == "".join(texts)
        assert all(word.raw != word.text for word in done.words)


def spelt(texts, zone, agreed=True):
    return [done.text for done in OUR_TERMS.correct([line(text, zone, agreed) for text in texts])]


@pytest.mark.parametrize("agreed", [True, False])
def test_a_term_read_as_it_is_stays_itself(agreed):
    for zone, terms in (
        ("head_left", OURS.head),
        ("title", OURS.titles),
        ("foot_left", OURS.signature),
        ("foot_right", (*OURS.signature, *OURS.head)),
    ):
        assert [term for term in terms if spelt([term], zone, agreed) != [term]] == []


def test_a_term_that_lost_all_its_marks_gets_them_back():
    capitals = [term for term in OURS.head if term.isupper()]
    assert len(capitals) > 500
    assert [term for term in capitals if spelt([fold(term).upper()], "head_left") != [term]] == []


@pytest.mark.parametrize("agreed", [True, False])
@pytest.mark.parametrize(
    ("texts", "zone"),
    [
        (["ỦY BAN NHÂN DÂN", "XÃ THẠNH PHÚ"], "head_left"),
        (["CÔNG AN XÃ KHÁNH AN"], "foot_right"),  # as long as "CHÁNH ÁN"
        (["ỦY BAN NHÂN DÂN", "PHƯỜNG CHÁNH PHÚ HÒA"], "head_left"),
        (["UBND XÃ TÔ HIỆU", "TRƯỜNG TIỂU HỌC TÔ HIỆU"], "foot_right"),  # no "HIỆU TRƯỞNG"
        (["UBND PHƯỜNG AN HỘI ĐÔNG", "TRƯỜNG TIỂU HỌC AN HỘI ĐÔNG"], "foot_right"),  # no "HỘI ĐỒNG TRƯỜNG"
        (["TRUNG TÂM Y TẾ HƯƠNG SƠN"], "head_left"),
        (["TRUNG TÂM Y TẾ PHƯƠNG LIỆT"], "head_left"),
        (["HỘI ĐỒNG NHÂN DÂN NINH BÌNH"], "head_left"),
        (["GIÁM ĐỐC", "NGUYỄN VĂN PHONG"], "foot_right"),
        (["CHỦ TỊCH", "TRẦN THỊ TRÂN"], "foot_right"),
        (["THỦ TRƯỞNG"], "foot_right"),  # nor "THỨ TRƯỞNG"
        (["T/M BAN THƯỜNG VỤ"], "foot_right"),
        (["TỈNH LIÊN GIANG"], "head_left"),  # as near to Kiên Giang as to Tiền Giang
    ],
)
def test_names_that_are_like_terms_stay(texts, zone, agreed):
    assert spelt(texts, zone, agreed) == texts


@pytest.mark.parametrize(
    ("read", "right"),
    [
        (["TRUNG TÂM KIÊM SOÁT", "BÊNH TẬT"], ["TRUNG TÂM KIỂM SOÁT", "BỆNH TẬT"]),
        (["CÔNG AN", "TÌNH LÂM ĐÔNG"], ["CÔNG AN", "TỈNH LÂM ĐỒNG"]),
        (["SỞ VĂN HÓA, THẾ THAO", "VÀ DU LICH"], ["SỞ VĂN HÓA, THỂ THAO", "VÀ DU LỊCH"]),
        (["SỞ LAO ĐÔNG-THƯƠNG BINH", "VÀ XÃ HÔI"], ["SỞ LAO ĐỘNG-THƯƠNG BINH", "VÀ XÃ HỘI"]),
        (["CÔNG TY CỐ PHÂN GÓI THẾ"], ["CÔNG TY CỔ PHẦN GÓI THẾ"]),
    ],
)
def test_long_names_of_agencies_are_broken_over_lines(read, right):
    assert spelt(read, "head_left") == right


@pytest.mark.parametrize(
    ("read", "right"),
    [
        (
            ["BÁO CÁO", "Tống kết thực hành tiết kiêm,", "chống lãng phí"],
            ["BÁO CÁO", "Tổng kết thực hành tiết kiệm,", "chống lãng phí"],
        ),
        (["Sửa đối, bố sung một số điều"], ["Sửa đổi, bổ sung một số điều"]),
        (["VỀ VIỆC TÌM KIÊM CỨU NẠN"], ["VỀ VIỆC TÌM KIẾM CỨU NẠN"]),
        (["Về việc thu chỉ ngân sách"], ["Về việc thu chỉ ngân sách"]),  # no comma: not the term
    ],
)
def test_abstracts_keep_their_capitals(read, right):
    assert spelt(read, "title") == right


def test_a_tone_stays_where_the_paper_places_it():
    assert spelt(["UỲ BAN NHÂN DÂN", "TỈNH KHÁNH HOÁ"], "head_left") == ["UỶ BAN NHÂN DÂN", "TỈNH KHÁNH HOÀ"]
    assert spelt(["ÙY BAN NHÂN DÂN", "TỈNH KHÁNH HÓA"], "head_left") == ["ỦY BAN NHÂN DÂN", "TỈNH KHÁNH HÒA"]


def test_a_word_that_stands_right_in_a_term_is_no_longer_doubted():
    (done,) = OUR_TERMS.correct([line("SỞ TƯ PHÁP GÓI", "head_left", agreed=False)])
    assert [word.agreed for word in done.words] == [True, True, True, False]
    assert not any(word.raw for word in done.words)
    (done,) = OUR_TERMS.correct([line("SỞ TƯ PHÁP.", "head_left", agreed=False)])
    assert [word.agreed for word in done.words] == [True, True, False]  # a speck, perhaps
    assert spelt(["Độc lập ~ Tự do – Hạnh phúc"], "head_right") == ["Độc lập - Tự do – Hạnh phúc"]


def test_no_phrase_contradicts_another():
    for phrase in OURS.phrases:
        words = ["", *phrase.split(), ""]
        for before, word, after in zip(words, words[1:], words[2:], strict=False):
            assert not OUR_PHRASES.contradicts(word, (before, after)), phrase


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("thay đối bố sung", "đối bố"),
        ("Tố chức thực hiên", "tố hiên"),
        ("tìm kiêm cứu nạn", "kiêm"),
        ("chỉ ngân sách nhà nước", "chỉ"),
        ("Công bố thông tin về thực hiện", ""),
        ("Bộ Công an, Bộ Công Thương", ""),
        ("Uỷ ban nhân dân; Toà án nhân dân; văn hoá", ""),
        ("kỳ họp thứ hai; ký hợp đồng", ""),
    ],
)
def test_phrases_doubt_what_is_spelt_otherwise_and_nothing_else(text, wrong):
    words = ["", *text.split(), ""]
    beside = zip(words, words[1:], words[2:], strict=False)
    assert (
        " ".join(bare(word) for before, word, after in beside if OUR_PHRASES.contradicts(word, (before, after)))
        == wrong
    )
