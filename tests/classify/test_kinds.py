from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import settings
from pipeline.classify.evidence import Evidence, score
from pipeline.classify.kinds import UNKNOWN, Match, classify
from pipeline.classify.layout import sheet
from pipeline.dossier import PageReading
from pipeline.settings import Settings
from pipeline.vietnamese import fold
from tests.classify.paper import BODY, Print, act, blank, centred, form, head, page, running, stacked

KINDS = settings.load(settings.bundled_folder()).types
TITLES = [(kind.key, title) for kind in KINDS for title in kind.titles]
ABBREVIATIONS = [(kind.key, suffix) for kind in KINDS for suffix in kind.suffixes if suffix]


def decided(bundled: Settings, *pages: PageReading) -> tuple[str, float]:
    match = classify([sheet(one) for one in pages], bundled.types)
    return match.key, match.confidence


@pytest.mark.parametrize(("key", "title"), TITLES)
def test_each_title_names_its_type(bundled: Settings, key: str, title: str) -> None:
    found, confidence = decided(bundled, form(title, ["Nội dung:", "Ghi chú:"]))
    assert found == key
    assert confidence >= 0.8


@pytest.mark.parametrize(("key", "title"), TITLES)
def test_marks_lost_in_reading_do_not_matter(bundled: Settings, key: str, title: str) -> None:
    assert decided(bundled, form(fold(title).upper(), ["Nội dung:"]))[0] == key


@pytest.mark.parametrize(("key", "title"), [(key, title) for key, title in TITLES if len(title) > 14])
def test_a_title_over_two_rows_is_one_title(bundled: Settings, key: str, title: str) -> None:
    words = title.split()
    rows = [centred(" ".join(words[:2]), 300), centred(" ".join(words[2:]), 346), *stacked(["Nội dung:"], 200, 500)]
    assert decided(bundled, page([*head([], "", ""), *rows]))[0] == key


@pytest.mark.parametrize(("key", "suffix"), ABBREVIATIONS)
def test_the_symbol_names_the_type_where_the_title_was_not_read(bundled: Settings, key: str, suffix: str) -> None:
    assert decided(bundled, act(title="", number=f"Số: 15/{suffix}-UBND"))[0] == key


def test_title_and_symbol_together_are_surer_than_each(bundled: Settings) -> None:
    both = decided(bundled, act())[1]
    assert both > decided(bundled, act(number=""))[1]
    assert both > decided(bundled, act(title=""))[1]
    assert both > 0.95


def test_a_letter_misread_in_the_title_is_forgiven_but_costs(bundled: Settings) -> None:
    key, confidence = decided(bundled, act(title="QUYẾT ĐỊNN", number=""))
    assert key == "quyet_dinh"
    assert confidence < decided(bundled, act(number=""))[1]


def letter(**changes) -> PageReading:
    about = {"subject": (), "title": "", "number": "Số: 123/UBND-VX"} | changes
    rows = [*stacked(["V/v rà soát hồ sơ", "tồn đọng năm 2024"], 230, 340), centred("Kính gửi: Phòng Thử Nghiệm", 520)]
    return act(**about, extra=rows)


def test_an_official_letter_has_no_title_and_no_abbreviation(bundled: Settings) -> None:
    key, confidence = decided(bundled, letter())
    assert key == "cong_van"
    assert confidence >= 0.85


def test_a_title_speaks_against_an_official_letter(bundled: Settings) -> None:
    assert decided(bundled, letter(title="BÁO CÁO"))[0] == "bao_cao"


def test_the_more_special_title_wins(bundled: Settings) -> None:
    assert decided(bundled, form("GIẤY CHỨNG NHẬN KIỂM ĐỊNH", ["Số hiệu:"]))[0] == "giay_chung_nhan"
    assert decided(bundled, form("GIẤY CHỨNG NHẬN KẾT HÔN", ["Số hiệu:"]))[0] == "giay_chung_nhan_ket_hon"


def test_an_application_for_a_card_is_an_application(bundled: Settings) -> None:
    rows = ["Tôi đề nghị cấp lại", "CĂN CƯỚC CÔNG DÂN", "vì bị mất."]
    assert decided(bundled, form("ĐƠN ĐỀ NGHỊ CẤP LẠI THẺ", rows))[0] == "don"


def test_a_title_inside_the_body_is_none(bundled: Settings) -> None:
    permit = form("GIẤY PHÉP KHAI THÁC", ["Căn cứ hồ sơ;", "QUYẾT ĐỊNH:", "Điều 1. Cấp phép."])
    assert decided(bundled, permit)[0] == "giay_phep"


@pytest.mark.parametrize("title", ["ĐƠN VỊ TRỰC THUỘC", "PHIẾUX", "Quyết định của tôi"])
def test_what_only_begins_like_a_title_is_none(bundled: Settings, title: str) -> None:
    assert decided(bundled, page([centred(title, 300), *stacked(["Đoạn văn thường.", "Đoạn nữa."], 200, 400)])) == (
        UNKNOWN,
        pytest.approx(0.0, abs=0.52),
    )


def test_prose_and_blank_pages_are_unknown(bundled: Settings) -> None:
    assert decided(bundled, running(3, BODY))[0] == UNKNOWN
    assert decided(bundled, blank()) == (UNKNOWN, 0.0)
    assert decided(bundled)[0] == UNKNOWN


def test_a_bar_code_proves_the_type(bundled: Settings) -> None:
    cover = page(
        stacked(["Bộ phận Một cửa", "phường Thí Điểm"], 200, 200), barcodes=[("H00.12.3-240305-0001", "QRCode")]
    )
    key, confidence = decided(bundled, cover)
    assert key == "giay_tiep_nhan_va_hen_tra"
    assert confidence > 0.9


MAP_ROWS = ["1. Số thứ tự thửa đất: 125; Tờ bản đồ số: 12", "2. Diện tích: 250,5 m2", "6.1. Sơ đồ thửa đất"]


@pytest.mark.parametrize("title", ["TRÍCH LỤC BẢN ĐỒ ĐỊA CHÍNH", "MẢNH TRÍCH ĐO BẢN ĐỒ ĐỊA CHÍNH SỐ: 15-2024"])
def test_of_extracts_of_maps_the_resolution_of_maps_is_asked(bundled: Settings, title: str) -> None:
    key, confidence = decided(bundled, form(title, MAP_ROWS))
    assert (key, confidence > 0.8) == ("trich_luc_ban_do_dia_chinh", True)
    kind = bundled.type(key)
    assert kind is not None
    assert kind.archive_type in bundled.legal.map_archive_types


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("ĐƠN ĐỀ NGHỊ TRÍCH LỤC BẢN ĐỒ ĐỊA CHÍNH", "don"),
        ("TRÍCH LỤC KHAI TỬ", "trich_luc_khai_tu"),
        ("GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT", "giay_chung_nhan_quyen_su_dung_dat"),
    ],
)
def test_papers_that_speak_of_plots_are_no_maps(bundled: Settings, title: str, key: str) -> None:
    assert decided(bundled, form(title, MAP_ROWS))[0] == key


def found_in(bundled: Settings, page: PageReading, chances: dict[str, float] | None = None) -> Match:
    return classify([sheet(page)], bundled.types, chances)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("QUYẾT ĐNH", "quyet_dinh"),
        ("QYT ĐỊNH", "quyet_dinh"),
        ("THÔNG ÁO", "thong_bao"),
        ("BÁO CA0", "bao_cao"),
        ("KÊ HOẠCN", "ke_hoach"),
        ("BIÊN BAN", "bien_ban"),
        ("| BlÊN BẢN", "bien_ban"),
        ("i. GIẤY CHỨNG NHẬN KẾT HÔN", "giay_chung_nhan_ket_hon"),
    ],
)
def test_letters_lost_under_stamps_and_misread_are_forgiven_where_nothing_else_fits(
    bundled: Settings, title: str, key: str
) -> None:
    suffix = bundled.type(key).suffixes[:1] if bundled.type(key) else ()
    number = f"Số: 15/{suffix[0]}-UBND" if suffix else ""
    match = found_in(bundled, act(title=title, number=number))
    assert match.key == key
    assert match.printed


@pytest.mark.parametrize("title", ["Quyết định", "Giấy khai sinh", "Đơn đề nghị cấp lại giấy phép"])
def test_titles_in_small_letters(bundled: Settings, title: str) -> None:
    capitals = found_in(bundled, form(title.upper(), ["Nội dung:"]))
    small = found_in(bundled, form(title, ["Nội dung:"]))
    assert small.key == capitals.key != UNKNOWN
    assert small.confidence < capitals.confidence


def test_a_sentence_that_begins_with_a_title_is_none(bundled: Settings) -> None:
    rows = ["Quyết định này có hiệu lực kể từ ngày ký ban hành và thay thế các quyết định trước đây của cơ quan."]
    assert found_in(bundled, form("GIẤY PHÉP KHAI THÁC", rows)).key == "giay_phep"


@pytest.mark.parametrize("title", ["BẢNG ĐIỂM CÁ NHÂN", "THỰC ĐƠN TUẦN", "HÓA NGHIỆM MẪU NƯỚC"])
def test_under_a_title_that_nobody_knows_nothing_is_certain(bundled: Settings, title: str) -> None:
    assert found_in(bundled, act(title=title, number="Số: 15/2024/HTX-TD", subject=())).key == UNKNOWN


def test_an_abstract_is_no_title_where_the_title_was_hardly_read(bundled: Settings) -> None:
    match = found_in(bundled, act(title="NGHỊ ĐNH", number="Số: 30/2020/NĐ-CP", subject=("QUY ĐỊNH VỀ PHÍ THƯ VIỆN",)))
    assert match.key == "nghi_dinh"


def test_a_long_title_is_told_from_its_beginning_though_letters_are_wrong(bundled: Settings) -> None:
    card = page([*head([], "", ""), centred("CĂN CƯỚC CONG ĐÀN", 300), *stacked(["Số:", "Họ và tên:"], 200, 400)])
    assert found_in(bundled, card).key == "can_cuoc_cong_dan"


def test_the_stamp_on_incoming_mail_is_no_title(bundled: Settings) -> None:
    stamped = act(title="BÁO CÁO", number="Số: 15/BC-UBND", extra=[centred("CÔNG VĂN ĐẾN", 60)])
    assert found_in(bundled, stamped).key == "bao_cao"


@pytest.mark.parametrize(
    "rows",
    [
        ["UNITED NATIONS", "CERTIFICATE OF ORIGIN", "Exporter:", "Consignee:", "Date of issue:"],
        ["RÉPUBLIQUE FRANÇAISE", "ACTE DE NAISSANCE", "Nom:", "Prénoms:", "Né le:"],
    ],
)
def test_papers_in_other_languages_are_unknown(bundled: Settings, rows: list[str]) -> None:
    assert found_in(bundled, page(stacked(rows, 300, 200))).key == UNKNOWN


def test_anchors_count_in_their_zone_only(bundled: Settings) -> None:
    inside = act(title="", number="", extra=[centred("V/v nghỉ lễ", 1200)])
    above = act(title="", number="", subject=(), extra=[Print("V/v nghỉ lễ", 230, 340)])
    assert [e for e in found_in(bundled, inside).evidence if e.what == "V/v"] == []
    assert [e.where for e in found_in(bundled, above).evidence if e.what == "V/v"] == ["1 head"]


LABELS = ["Họ, chữ đệm, tên người mẹ:", "Họ, chữ đệm, tên người cha:", "Nơi đăng ký khai sinh:"]


def test_labels_of_a_type_speak_for_it_but_alone_prove_nothing(bundled: Settings) -> None:
    lone = found_in(bundled, page(stacked(LABELS, 200, 300)))
    assert any(one.type == "giay_khai_sinh" and one.kind == "label" for one in lone.evidence)
    assert lone.confidence < 0.5


def test_a_learned_opinion_helps_an_unread_title_and_is_never_certain(bundled: Settings) -> None:
    paper = page(stacked(["Nội dung thứ nhất", "Nội dung thứ hai"], 200, 300))
    assert found_in(bundled, paper).key == UNKNOWN
    match = found_in(bundled, paper, {"giay_khai_sinh": 1.0})
    assert match.key == "giay_khai_sinh"
    assert 0.5 < match.confidence < 0.85


def test_a_learned_opinion_never_overturns_a_title_or_a_code(bundled: Settings) -> None:
    wrong = {"hop_dong": 1.0}
    titled = form("GIẤY KHAI SINH", ["Nội dung:"])
    assert found_in(bundled, titled, wrong).key == "giay_khai_sinh"
    assert found_in(bundled, titled, wrong).confidence == found_in(bundled, titled).confidence
    cover = page(stacked(["Một cửa", "phường Thí Điểm"], 200, 200), barcodes=[("H00.12.3-240305-0001", "QRCode")])
    assert found_in(bundled, cover, wrong).key == "giay_tiep_nhan_va_hen_tra"


@given(st.dictionaries(st.sampled_from([kind.key for kind in KINDS]), st.floats(0, 1)), st.floats(0, 1))
def test_confidence_is_a_chance_and_evidence_only_makes_it_surer(chances: dict[str, float], share: float) -> None:
    paper = [sheet(page(stacked(["Nội dung thứ nhất", "Nội dung thứ hai"], 200, 300)))]
    assert 0 <= classify(paper, KINDS, chances).confidence < 1
    one = Evidence("a", "title", "", "1 title", 0.6)
    assert score([one, Evidence("a", "anchor", "", "1 head", share)]) >= score([one])
    assert score([one, Evidence("a", "negative", "", "1 head", -share)]) <= score([one])


def test_no_evidence_holds_what_a_code_says(bundled: Settings) -> None:
    code = "001099000012||Lý Thử Nghiệm|01011999|Nam|Thôn Mẫu|01012022"
    card = page([centred("CĂN CƯỚC CÔNG DÂN", 300), *stacked(["Số:"], 200, 400)], barcodes=[(code, "QRCode")])
    said = " ".join(f"{one.what} {one.where}" for one in found_in(bundled, card).evidence)
    assert "QRCode" in said
    assert "001099000012" not in said
