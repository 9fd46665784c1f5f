"""Heads of agencies of every kind: what they say is read, and read without doubt unless there is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import acts, kinds, understand
from pipeline.classify.acts import Head
from pipeline.classify.layout import sheet
from pipeline.dossier import Dossier, FieldValue, PageReading, Region
from pipeline.settings import Settings
from pipeline.vietnamese import fold
from tests.classify.heads import CASES, STATE, HeadCase, reading
from tests.classify.paper import Print, act, centred, page, stacked, word

BY_NAME = {case.name: case for case in CASES}


def head_of(bundled: Settings, one: PageReading, today: date | None = None) -> Head:
    sheets = [sheet(one)]
    return acts.read_head(sheets, kinds.classify(sheets, bundled.types), bundled.site.reading.review_below, today)


def expected(case: HeadCase) -> dict[str, str]:
    return {
        "so_ky_hieu": case.number,
        "ngay_cap": case.date,
        "co_quan_cap": case.agency,
        "co_quan_chu_quan": case.superior,
        "dia_danh": case.place,
        "trich_yeu": case.subject,
    }


@pytest.mark.parametrize("across", [False, True], ids=["columns", "across"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_head_says(bundled: Settings, dossier: Dossier, case: HeadCase, across: bool) -> None:
    found = understand([reading(case, across)], dossier, bundled)
    wanted = expected(case)
    assert {key: found.field(key).value for key in wanted} == wanted
    doubted = {key for key in wanted if found.field(key).needs_review and key in found_keys(found.fields)}
    assert doubted == set(case.doubtful)


def found_keys(fields: tuple[FieldValue, ...]) -> set[str]:
    return {one.key for one in fields}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_marks_lost_in_reading_cost_no_row_and_no_column(bundled: Settings, dossier: Dossier, case: HeadCase) -> None:
    """A reader without Vietnamese: names, number and date are the same but for their marks."""
    plain = replace(
        case,
        left=tuple(_bare(text) for text in case.left),
        right=tuple(_bare(text) for text in case.right),
        title=tuple(_bare(text) for text in case.title),
        below=tuple(_bare(text) for text in case.below),
        body=tuple(_bare(text) for text in case.body),
    )
    found = understand([reading(plain)], dossier, bundled)
    for key in ("co_quan_cap", "co_quan_chu_quan", "ngay_cap"):
        assert fold(found.field(key).value) == fold(expected(case)[key]), key


def _bare(text: str) -> str:
    plain = fold(text)
    return "".join(b.upper() if a.isupper() else b for a, b in zip(text, plain, strict=True))


@given(st.data())
def test_letters_misread_in_a_head_never_break_it(bundled: Settings, data: st.DataObject) -> None:
    """Any rows lost or spoilt: whatever is found, each part is from this page."""
    case = data.draw(st.sampled_from(CASES))
    one = reading(case, data.draw(st.booleans()))
    kept = [line for line in one.lines if data.draw(st.booleans())]
    head = head_of(bundled, replace(one, lines=tuple(kept)))
    said = {word for line in kept for word in line.words}
    for found in (head.number, head.date, head.agency, head.superior, head.place, head.subject):
        assert found is None or set(found.words) <= said


# -- number -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "number", "symbol"),
    [
        ("Số: 15/QĐ-UBND", "15/QĐ-UBND", "QĐ-UBND"),
        ("Số 15/2024/QĐ-UBND", "15/2024/QĐ-UBND", "QĐ-UBND"),
        ("Số:15/QĐ - UBND", "15/QĐ-UBND", "QĐ-UBND"),
        ("SỐ: 15/QĐ-UBND.", "15/QĐ-UBND", "QĐ-UBND"),
        ("Số/No.: 15/QĐ-TN", "15/QĐ-TN", "QĐ-TN"),
        ("Số: 15a/QĐ-UBND", "15a/QĐ-UBND", "QĐ-UBND"),
        ("Số: 15/QĐ-UBND ngày 05 tháng 3 năm 2024", "15/QĐ-UBND", "QĐ-UBND"),
        ("Số: 15/QD-UBND", "15/QĐ-UBND", "QĐ-UBND"),
        ("Số: 15/OĐ-UBND", "15/QĐ-UBND", "QĐ-UBND"),
        ("Số: 15/QĐ-UBNĐ", "15/QĐ-UBND", "QĐ-UBND"),
        ("Số: 15/QĐ-XYĐ", "15/QĐ-XYĐ", "QĐ-XYĐ"),
        ("Số: 15/QĐ-VPDK", "15/QĐ-VPDK", "QĐ-VPDK"),
        ("Số: 15/QĐ-HDND", "15/QĐ-HĐND", "QĐ-HĐND"),
    ],
)
def test_printed_number_lines(bundled: Settings, row: str, number: str, symbol: str) -> None:
    head = head_of(bundled, act(number=row))
    assert head.number is not None
    assert head.symbol is not None
    assert (head.number.value, head.symbol.value, head.number.doubts) == (number, symbol, ())
    assert head.number.raw in row


def test_the_number_of_an_arrival_stamp_is_not_the_papers(bundled: Settings) -> None:
    stamped = stacked(["CÔNG VĂN ĐẾN", "Số: 4321", "Ngày: 07/3/2024", "Chuyển: VP"], 260, 330)
    head = head_of(bundled, act(number="", extra=stamped))
    assert head.date is not None
    assert head.date.value == "2024-03-05"
    assert head.number is None or head.number.value != "4321/QĐ-UBND"


def test_a_handwritten_number_leaves_its_symbol_certain(bundled: Settings) -> None:
    words = (word("Số:", 270, 290), word("4l", 380, 290, 0.4, False, 52), word("/QĐ-UBND", 470, 290))
    head = head_of(bundled, act(number="", extra=[Print("", 0, 0, words=words)]))
    assert head.number is not None
    assert head.symbol is not None
    assert (head.number.value, head.symbol.value) == ("", "QĐ-UBND")
    assert head.number.doubts
    assert head.number.words
    assert head.symbol.doubts == ()


def test_years_of_number_and_date_agree(bundled: Settings) -> None:
    same, other = (head_of(bundled, act(number=f"Số: 15/{year}/QĐ-UBND")) for year in (2024, 2021))
    assert same.number is not None
    assert same.number.doubts == ()
    for found in (other.number, other.date):
        assert found is not None
        assert acts.YEARS_DIFFER in found.doubts


# -- date -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "iso", "doubt"),
    [
        ("Thí Điểm, ngày 05 tháng 3 năm 2024", "2024-03-05", False),
        ("Thí Điểm,ngày 05 tháng 3 năm 2024", "2024-03-05", False),
        ("Thí Điểm, Ngày 5-3-2024", "2024-03-05", False),
        ("Thí Điểm, ngày 05 tháng III năm 2024", "2024-03-05", False),
        ("Thí Điểm, ngày 05 tháng II năm 2024", "", True),
        ("Thí Điểm, ngày mùng năm tháng ba năm hai nghìn không trăm hai mươi tư", "2024-03-05", False),
        ("Thí Điểm, ngày năm tháng ba năm hai nghìn không trăm hai mươi tư", "2024-03-05", False),
        ("Thí Điểm, ngày 31 tháng 6 năm 2024", "", True),
        ("Thí Điểm, ngày 05 tháng 3 năm 1924", "1924-03-05", True),
        ("Thí Điểm, ngày 06 tháng 3 năm 2024", "2024-03-06", True),
        ("Thí Điểm, tháng 3 năm 2024", "", True),
    ],
)
def test_dates_of_heads(bundled: Settings, row: str, iso: str, doubt: bool) -> None:
    found = head_of(bundled, act(date=row), today=date(2024, 3, 5)).date
    assert found is not None
    assert found.value == iso
    assert bool(found.doubts) == doubt
    assert found.raw


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("TP. Thí Điểm, ngày 05 tháng 3 năm 2024", "TP. Thí Điểm"),
        ("Thị xã Thí Điểm, ngày 05 tháng 3 năm 2024", "Thị xã Thí Điểm"),
        ("Phường 3, ngày 05 tháng 3 năm 2024", "Phường 3"),
        ("(Thí Điểm, ngày 05 tháng 3 năm 2024)", "Thí Điểm"),
        ("Bà Thử - Vũng Mẫu, ngày 05 tháng 3 năm 2024", "Bà Thử - Vũng Mẫu"),
        ("ngày 05 tháng 3 năm 2024", ""),
    ],
)
def test_places(bundled: Settings, row: str, place: str) -> None:
    head = head_of(bundled, act(date=row))
    assert (head.place.value if head.place else "") == place
    assert head.date is not None
    assert head.date.value == "2024-03-05"


def test_a_date_cited_in_the_abstract_is_not_the_papers(bundled: Settings) -> None:
    paper = act(
        date="", subject=("Về việc bãi bỏ Quyết định số 12/QĐ-UBND", "ngày 02 tháng 01 năm 2020 của Ủy ban nhân dân")
    )
    assert head_of(bundled, paper).date is None


# -- agency -----------------------------------------------------------------------------------------------------


def test_names_inside_the_frame_of_an_arrival_stamp_are_not_the_agency(bundled: Settings) -> None:
    stamped = stacked(["UBND XÃ KHÁC", "CÔNG VĂN ĐẾN", "Số: 77"], 290, 200)
    rows = [Print("SỞ NỘI VỤ", 250, 150), *stamped, Print("Số: 15/SNV-VP", 270, 360)]
    rows += [Print(text, 850, 150 + 46 * at) for at, text in enumerate((*STATE, "Thí Điểm, ngày 05 tháng 3 năm 2024"))]
    frame = Region("stamp", (270, 190, 620, 345))
    head = head_of(bundled, page(sorted(rows, key=lambda row: row.y), regions=[frame]))
    assert head.agency is not None
    assert (head.agency.value, head.superior) == ("SỞ NỘI VỤ", None)


def test_without_the_national_name_the_motto_parts_the_columns(bundled: Settings) -> None:
    case = BY_NAME["commune under its district"]
    one = reading(replace(case, right=("", *case.right[1:])))
    head = head_of(bundled, one)
    assert head.agency is not None
    assert head.superior is not None
    assert (head.agency.value, head.superior.value) == (case.agency, case.superior)


# -- abstract ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "subject"),
    [
        (["V/v báo cáo kết quả", "số hóa hồ sơ"], "V/v báo cáo kết quả số hóa hồ sơ"),
        (["v/v: báo cáo kết quả"], "v/v: báo cáo kết quả"),
        (["Về việc báo cáo kết quả"], "Về việc báo cáo kết quả"),
        (["V/v báo cáo kết quả", "Kính gửi: Sở Thử"], "V/v báo cáo kết quả"),
    ],
)
def test_the_abstract_of_a_letter(bundled: Settings, rows: list[str], subject: str) -> None:
    head = head_of(bundled, act(title="", subject=(), number="Số: 123/UBND-VX", extra=stacked(rows, 230, 340)))
    assert head.subject is not None
    assert head.subject.value == subject


def test_side_text_is_no_part_of_the_abstract(bundled: Settings) -> None:
    beside = [Print("ĐẾN Số: 12", 60, 455), Print("Lưu hồ sơ", 1450, 470)]
    paper = act(subject=("Về việc công nhận tổ dân phố", "đạt chuẩn năm 2024"), extra=beside)
    subject = head_of(bundled, paper).subject
    assert subject is not None
    assert subject.value == "Về việc công nhận tổ dân phố đạt chuẩn năm 2024"


@pytest.mark.parametrize(
    "body",
    [
        "Căn cứ Luật Thử nghiệm;",
        "Thực hiện Kế hoạch số 12/KH-UBND;",
        "Kính gửi: Hội đồng nhân dân tỉnh",
        "Điều 1. Ban hành kèm theo",
        "I. MỤC ĐÍCH, YÊU CẦU",
        "1. Mục đích",
        "CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH",
        "THỦ TRƯỞNG CƠ QUAN",
    ],
)
def test_the_abstract_ends_where_the_text_begins(bundled: Settings, body: str) -> None:
    paper = act(subject=("Về việc công nhận tổ dân phố",), extra=[centred(body, 496)], body=())
    subject = head_of(bundled, paper).subject
    assert subject is not None
    assert subject.value == "Về việc công nhận tổ dân phố"


@pytest.mark.parametrize(
    "row", ["thực hiện Nghị quyết số 12/NQ-CP", "số 15/2020/QĐ-TTg của Thủ tướng", "theo quy định"]
)
def test_an_abstract_goes_on_in_small_letters(bundled: Settings, row: str) -> None:
    subject = head_of(bundled, act(subject=("Về việc công nhận tổ dân phố và", row))).subject
    assert subject is not None
    assert subject.value == f"Về việc công nhận tổ dân phố và {row}"


def test_an_abstract_on_the_row_of_the_title(bundled: Settings) -> None:
    head = head_of(bundled, act(title="BÁO CÁO KẾT QUẢ SỐ HÓA", subject=("quý I năm 2024",), number="Số: 15/BC-UBND"))
    assert head.subject is not None
    assert head.subject.value == "KẾT QUẢ SỐ HÓA quý I năm 2024"


# -- what text and figures say of date and number -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "iso"),
    [
        (["Hôm nay, hồi 7 giờ 15 phút, ngày 22 tháng 7 năm 2024, tại trụ sở,", "chúng tôi gồm có:"], "2024-07-22"),
        (
            ["Hôm nay, tại trụ sở Ủy ban nhân dân phường Thí Điểm,", "ngày 22 tháng 7 năm 2024, chúng tôi gồm:"],
            "2024-07-22",
        ),
        (["Hôm nay chúng tôi gồm có:"], ""),
    ],
)
def test_minutes_without_a_date_in_their_head_say_it_in_their_text(
    bundled: Settings, body: list[str], iso: str
) -> None:
    found = head_of(bundled, act(title="BIÊN BẢN", number="", date="", body=body)).date
    assert (found.value if found else "") == iso
    assert found is None or found.doubts == ()


@pytest.mark.parametrize(
    ("title", "number", "act_name", "doubts"),
    [
        ("LUẬT", "Luật số: 15/2024/QH15", "Luật", ()),
        ("BỘ LUẬT", "Số: 15/2024/QH15", "Bộ luật", ()),
        ("PHÁP LỆNH", "Số: 15/2024/UBTVQH15", "Pháp lệnh", ()),
        ("NGHỊ QUYẾT", "Số: 15/2024/NQ-HĐND", "Nghị quyết", (acts.ELSEWHERE,)),
    ],
)
def test_a_law_without_a_date_in_its_head_was_issued_when_it_was_passed(
    bundled: Settings, title: str, number: str, act_name: str, doubts: tuple[str, ...]
) -> None:
    body = [
        "Điều 2. Có hiệu lực thi hành từ ngày 01 tháng 7 năm 2024.",
        f"{act_name} này được Quốc hội nước Cộng hòa xã hội chủ nghĩa Việt Nam khóa XV,",
        "kỳ họp thứ 7 thông qua ngày 18 tháng 01 năm 2024.",
    ]
    found = head_of(bundled, act(title=title, number=number, date="", subject=("ĐẤT ĐAI",), body=body)).date
    assert found is not None
    assert (found.value, found.doubts) == ("2024-01-18", doubts)


@pytest.mark.parametrize(
    ("agreed", "confidence", "number"), [(True, 0.3, "15/HD-BHXH"), (None, 0.6, "15/HD-BHXH"), (None, 0.3, "")]
)
def test_printed_figures_on_which_readers_agree_are_kept(
    bundled: Settings, agreed: bool | None, confidence: float, number: str
) -> None:
    words = (word("Số:", 270, 290), word("15/HD-BHXH", 330, 290, confidence, agreed))
    found = head_of(bundled, act(title="HƯỚNG DẪN", number="", extra=[Print("", 0, 0, words=words)])).number
    assert found is not None
    assert found.value == number
    assert found.doubts


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("ỦY BAN NHÂN DÂN 'TỈNH THỬ NGHIỆM", "ỦY BAN NHÂN DÂN TỈNH THỬ NGHIỆM"),
        ("CHI CỤC THUẾ. QUẬN THỬ NGHIỆM", "CHI CỤC THUẾ QUẬN THỬ NGHIỆM"),
        ("UBND TP. THỬ NGHIỆM", "UBND TP. THỬ NGHIỆM"),
    ],
)
def test_dirt_between_the_words_of_a_name_goes(bundled: Settings, read: str, printed: str) -> None:
    found = head_of(bundled, act(agencies=[read])).agency
    assert found is not None
    assert (found.value, found.raw) == (printed, read)


@pytest.mark.parametrize(
    ("read", "number"),
    [
        ("Số: 12/2004/UBTVQHII", "12/2004/UBTVQH11"),
        ("Số: 54/2024/QHI5", "54/2024/QH15"),
        ("Số: 3\u20442000/NQ-HĐND", "3/2000/NQ-HĐND"),
    ],
)
def test_terms_and_strokes_are_figures_and_strokes(bundled: Settings, read: str, number: str) -> None:
    found = head_of(bundled, act("NGHỊ QUYẾT", read)).number
    assert found is not None
    assert found.value == number


@pytest.mark.parametrize(("agreed", "value"), [(True, "15/QĐ-UBND"), (False, "")])
def test_a_number_that_may_be_by_hand_is_shown_where_the_readers_agree(
    bundled: Settings, agreed: bool, value: str
) -> None:
    row = (word("Số:", 270, 290), word("15", 420, 290, 0.4, agreed), word("/QĐ-UBND", 520, 290))
    found = head_of(bundled, act(number="", extra=[Print("", 270, 290, words=row)])).number
    assert found is not None
    assert found.value == value
    assert found.doubts


def test_a_place_may_be_said_to_be_where_a_paper_was_made(bundled: Settings) -> None:
    found = head_of(bundled, act(date="Làm tại: Thí Điểm, ngày 09 tháng 8 năm 2022"))
    assert found.date is not None
    assert found.place is not None
    assert (found.date.value, found.place.value) == ("2022-08-09", "Thí Điểm")
