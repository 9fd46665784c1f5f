from __future__ import annotations

import pytest

from pipeline import settings
from pipeline.classify.kinds import UNKNOWN, classify
from pipeline.classify.layout import sheet
from pipeline.dossier import PageReading
from pipeline.settings import Settings
from pipeline.vietnamese import fold
from tests.classify.paper import BODY, act, blank, centred, form, head, page, running, stacked

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
