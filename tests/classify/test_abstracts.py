"""Abstracts, told from the rest of a title and from the text under them by how they are set."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.classify import acts, kinds
from pipeline.classify.abstract import UNSURE
from pipeline.classify.layout import sheet
from pipeline.classify.values import Found
from pipeline.dossier import PageReading
from pipeline.settings import Settings
from tests.classify.paper import FOOT, LETTER, PITCH, WIDTH, Print, act, head, page

LEFT, INDENT = 200, 300
TEXT = (
    "Năm qua các đơn vị đã hoàn thành nhiệm vụ được giao, chất lượng phục vụ được nâng lên rõ rệt so với",
    "năm trước; người dân hài lòng.",
)
PARAGRAPHS = (
    *TEXT,
    "Các đơn vị có khó khăn phản ánh về Văn phòng để tổng hợp, báo cáo lãnh đạo xem xét, giải quyết trong",
    "tháng.",
)


def subject_of(bundled: Settings, one: PageReading) -> Found | None:
    sheets = [sheet(one)]
    return acts.read_head(sheets, kinds.classify(sheets, bundled.types), bundled.site.reading.review_below).subject


def value_of(found: Found | None) -> str:
    return found.value if found else ""


def middle(text: str, y: float) -> Print:
    """A row with its real middle in the middle of the text, not only about there."""
    words = text.split()
    wide = LETTER * (sum(map(len, words)) + 0.7 * (len(words) - 1))
    return Print(text, (LEFT + WIDTH - LEFT) / 2 - wide / 2, y)


def paper(centred: Sequence[str], body: Sequence[str], number: str = "Số: 15/KH-UBND") -> PageReading:
    """Centred rows, and right under them the text: every other row is the first of a paragraph, and indented."""
    rows = head(["ỦY BAN NHÂN DÂN", "PHƯỜNG THÍ ĐIỂM"], number, "Thí Điểm, ngày 05 tháng 3 năm 2024")
    rows += [middle(text, 400 + at * PITCH) for at, text in enumerate(centred)]
    y = 400 + PITCH * len(centred)
    rows += [Print(text, LEFT if at % 2 else INDENT, y + at * PITCH) for at, text in enumerate(body)]
    return page(sorted([*rows, *FOOT], key=lambda row: row.y))


@pytest.mark.parametrize("body", [TEXT, PARAGRAPHS], ids=["one paragraph", "two paragraphs"])
def test_an_indented_row_is_the_text_whatever_it_says(bundled: Settings, body: Sequence[str]) -> None:
    found = subject_of(bundled, paper(["KẾ HOẠCH", "Chuyển đổi số năm 2024"], body))
    assert found is not None
    assert (found.value, found.doubts) == ("Chuyển đổi số năm 2024", ())


@pytest.mark.parametrize(
    "row",
    [
        "Để triển khai công tác năm 2024, Ủy ban nhân dân ban hành kế hoạch",
        "Trên cơ sở kết quả năm 2023, Ủy ban nhân dân ban hành kế hoạch",
        "Nhân dịp đầu năm mới, Ủy ban nhân dân phường thông báo",
        "Ủy ban nhân dân phường Thí Điểm điện",
    ],
)
def test_a_centred_row_that_opens_a_text_is_none_of_the_abstract(bundled: Settings, row: str) -> None:
    assert (
        value_of(subject_of(bundled, paper(["KẾ HOẠCH", "Chuyển đổi số năm 2024", row], [])))
        == "Chuyển đổi số năm 2024"
    )


def test_an_abstract_may_begin_as_texts_do(bundled: Settings) -> None:
    found = subject_of(bundled, paper(["HƯỚNG DẪN", "Thực hiện công tác văn thư"], TEXT, "Số: 15/HD-UBND"))
    assert value_of(found) == "Thực hiện công tác văn thư"


def test_an_abstract_may_name_a_scheme(bundled: Settings) -> None:
    found = subject_of(bundled, paper(["KẾ HOẠCH", "Triển khai giai đoạn hai", "Đề án Chuyển đổi số"], TEXT))
    assert value_of(found) == "Triển khai giai đoạn hai Đề án Chuyển đổi số"


def test_a_year_alone_on_the_last_row_is_kept(bundled: Settings) -> None:
    found = subject_of(bundled, paper(["KẾ HOẠCH", "Chuyển đổi số trong các cơ quan, đơn vị năm", "2024"], TEXT))
    assert value_of(found) == "Chuyển đổi số trong các cơ quan, đơn vị năm 2024"


@pytest.mark.parametrize(
    ("title", "row"),
    [
        ("GIẤY GIỚI THIỆU", "Ủy ban nhân dân phường trân trọng giới thiệu:"),
        ("GIẤY GIỚI THIỆU", "Ủy ban nhân dân phường trân trọng giới thiệu"),
        ("GIẤY MỜI", "Ủy ban nhân dân phường kính mời:"),
        ("CÔNG ĐIỆN", "Chủ tịch phường điện:"),
        ("PHIẾU GỬI HỒ SƠ", "Kính gửi: Sở Thử"),
        ("PHIẾU GỬI H Ồ S Ơ", "Kính gửi: Sở Thử"),
        ("PHIẾU CHUYỂN VĂN BẢN", "Kính gửi: Sở Thử"),
    ],
)
def test_no_abstract_is_made_up(bundled: Settings, title: str, row: str) -> None:
    assert value_of(subject_of(bundled, paper([title, row], TEXT, "Số: 15/PG-UBND"))) == ""


def test_a_sentence_that_opens_a_list_ends_the_abstract(bundled: Settings) -> None:
    rows = ["GIẤY MỜI", "Về việc dự hội nghị tổng kết", "Ủy ban nhân dân phường Thí Điểm", "kính mời:"]
    assert value_of(subject_of(bundled, paper(rows, [], "Số: 15/GM-UBND"))) == "Về việc dự hội nghị tổng kết"


@pytest.mark.parametrize(
    ("rows", "subject"),
    [
        (["CHƯƠNG TRÌNH HÀNH ĐỘNG", "Thực hiện nghị quyết đại hội"], "Thực hiện nghị quyết đại hội"),
        (["CHƯƠNG TRÌNH", "HÀNH ĐỘNG", "Cải cách hành chính năm 2024"], "Cải cách hành chính năm 2024"),
        (["THÔNG CÁO BÁO CHÍ", "Về kết quả kỳ họp thứ 5"], "Về kết quả kỳ họp thứ 5"),
        (["Thông cáo báo chí", "Kết quả kỳ họp thứ 5"], "Kết quả kỳ họp thứ 5"),
        (["CÔNG ĐIỆN KHẨN", "V/v ứng phó với bão số 3"], "V/v ứng phó với bão số 3"),
        (
            ["NGHỊ QUYẾT", "CỦA HỘI ĐỒNG NHÂN DÂN", "PHƯỜNG THÍ ĐIỂM", "Về dự toán ngân sách năm 2024"],
            "Về dự toán ngân sách năm 2024",
        ),
        (["BÁO CÁO TÌNH HÌNH KINH TẾ", "quý I năm 2024"], "TÌNH HÌNH KINH TẾ quý I năm 2024"),
        (["BÁO CÁO", "TỔNG KẾT CÔNG TÁC NĂM 2023"], "TỔNG KẾT CÔNG TÁC NĂM 2023"),
        (["LUẬT", "ĐẤT ĐAI"], "ĐẤT ĐAI"),
    ],
)
def test_the_rest_of_a_title_is_no_abstract(bundled: Settings, rows: Sequence[str], subject: str) -> None:
    assert value_of(subject_of(bundled, paper(rows, TEXT, ""))) == subject


def test_minutes_have_an_abstract_without_its_usual_words(bundled: Settings) -> None:
    found = subject_of(bundled, paper(["BIÊN BẢN", "Bàn giao hồ sơ, tài liệu"], TEXT, "Số: 15/BB-UBND"))
    assert found is not None
    assert (found.value, found.doubts) == ("Bàn giao hồ sơ, tài liệu", ())


def test_what_is_not_set_as_an_abstract_is_for_a_person(bundled: Settings) -> None:
    text = "Bàn giao hồ sơ của bộ phận lưu trữ"
    one = act(title="BIÊN BẢN", number="Số: 15/BB-UBND", subject=(), extra=[Print(text, 420, 450)], body=())
    found = subject_of(bundled, one)
    assert found is not None
    assert (found.value, found.doubts) == (text, (UNSURE,))


def test_a_title_that_a_reader_puts_behind_its_abstract(bundled: Settings) -> None:
    one = paper(["LUẬT", "ĐẤT ĐAI"], TEXT, "Số: 15/2024/QH15")
    at = next(at for at, line in enumerate(one.lines) if line.words[0].text == "LUẬT")
    lines = (*one.lines[:at], one.lines[at + 1], one.lines[at], *one.lines[at + 2 :])
    swapped = page([Print("", 0, 0, words=line.words) for line in lines])
    assert value_of(subject_of(bundled, swapped)) == "ĐẤT ĐAI"
