from __future__ import annotations

import pytest

from pipeline.classify.layout import headed, is_body, is_motto, is_nation, sheet
from tests.classify.paper import Print, centred, line, page


def rows(*texts: str) -> list[str]:
    """Rows of a page on which each text is a printed line of its own."""
    return [row.text for row in sheet(page([Print(text, 200, 200 + 60 * at) for at, text in enumerate(texts)])).rows]


def across(left: str, right: str, gap: float) -> list[str]:
    """Rows of one reader's line with a blank of ``gap`` pixels in it."""
    first = line(Print(left, 150, 200))
    words = (*first.words, *line(Print(right, first.box[2] + gap, 200)).words)
    return [row.text for row in sheet(page([Print("", 0, 0, words=words)])).rows]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("BẢO HIỂM XÃ HỘI VIỆT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("BỘ THỬ - BỘ MẪU -", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("UBND TỈNH THÍ ĐIỂM", "Độc lập - Tự do - Hạnh phúc"),
        ("TỈNH ỦY THÍ ĐIỂM", "ĐẢNG CỘNG SẢN VIỆT NAM"),
        ("Số: 15/BC - STC", "Thí Điểm, ngày 05 tháng 3 năm 2024"),
        ("Số: 15/QĐ-UBND", "Bà Thử - Vũng Mẫu, ngày 05 tháng 3 năm 2024"),
    ],
)
@pytest.mark.parametrize("gap", [14, 120])
def test_columns_are_told_apart_by_words_or_by_the_blank(left: str, right: str, gap: float) -> None:
    assert across(left, right, gap) == [left, right]


@pytest.mark.parametrize("left", ["UBND TỈNH HÀ NAM", "BAN CHUYỂN ĐỔI SỐ", "Tỉnh Quảng Nam"])
@pytest.mark.parametrize("right", ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"])
def test_a_column_whose_name_ends_as_an_open_date_or_number_is_not_torn(left: str, right: str) -> None:
    rows_of_both = [line(Print(left, 300, 200)), line(Print(right, 700, 200))]
    one = sheet(page([Print("", 0, 0, words=both.words) for both in rows_of_both]))
    assert [row.text for row in one.rows] == [left, right]


@pytest.mark.parametrize("end", ["", " khóa XI,"])
@pytest.mark.parametrize("parted", [False, True], ids=["one line", "parted by the reader"])
def test_the_national_name_in_a_sentence_is_no_head(parted: bool, end: str) -> None:
    first = line(Print("Luật này được Quốc hội nước", 200, 200))
    rest = line(Print(f"Cộng hòa xã hội chủ nghĩa Việt Nam{end}", first.box[2] + 14, 200))
    words = [first.words, rest.words] if parted else [(*first.words, *rest.words)]
    one = sheet(page([Print("", 0, 0, words=some) for some in words]))
    assert [row.text for row in one.rows] == [f"Luật này được Quốc hội nước Cộng hòa xã hội chủ nghĩa Việt Nam{end}"]
    assert one.nation is None
    assert not headed(one)


def test_a_row_of_text_may_begin_with_the_national_name() -> None:
    assert not headed(sheet(page([Print("Cộng hòa xã hội chủ nghĩa Việt Nam khóa XI, kỳ họp thứ 9", 200, 200)])))


@pytest.mark.parametrize(
    "text", ["V/v báo cáo việc trình biến động đất đai, ngày trả kết quả", "Số 12/QĐ-UBND và tờ trình, ngày ký"]
)
def test_prose_is_one_row(text: str) -> None:
    assert rows(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "CONG HOA XA HOI CHU NGHIA VIET NAM",
        "CỘNG HÒA XÃ HỘI",
        "CHỦ NGHĨA VIỆT NAM",
        "CÔNG HÒA XÃ HÔI CHỦ NGHĨA VIỆT NAN",
    ],
)
def test_the_national_name(text: str) -> None:
    page_sheet = sheet(page([centred(text, 100)]))
    assert is_nation(page_sheet.rows[0])
    assert headed(page_sheet)


@pytest.mark.parametrize(
    "text", ["chủ nghĩa Việt Nam", "BẢO HIỂM XÃ HỘI VIỆT NAM", "CỘNG TÁC XÃ HỘI", "NGHĨA VỤ QUÂN SỰ"]
)
def test_what_is_not_the_national_name(text: str) -> None:
    assert not is_nation(sheet(page([centred(text, 100)])).rows[0])


@pytest.mark.parametrize("text", ["ĐẢNG CỘNG SẢN VIỆT NAM", "DANG CONG SAN VIET NAM", "ĐOÀN TNCS HỒ CHÍ MINH"])
def test_names_in_its_place(text: str) -> None:
    top, low = sheet(page([centred(text, 100)])), sheet(page([centred(text, 1800)]))
    assert is_body(top.rows[0])
    assert headed(top)
    assert not headed(low)
    assert not is_body(sheet(page([centred(text.title(), 100)])).rows[0])


def test_the_right_column_begins_at_the_national_name_or_over_the_motto() -> None:
    nation, motto = (
        Print("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 800, 160),
        Print("Độc lập - Tự do - Hạnh phúc", 870, 206),
    )
    left = Print("SỞ TƯ PHÁP", 250, 160)
    both, alone = sheet(page([left, nation, motto])), sheet(page([left, motto]))
    assert is_motto(both.rows[-1])
    assert both.boundary == pytest.approx(alone.boundary, abs=0.06)
    assert sheet(page([centred(nation.text, 160), centred(motto.text, 206)])).boundary < 1.0
    assert sheet(page([Print(nation.text, 100, 160)])).boundary == 1.0


@pytest.mark.parametrize(
    ("parts", "row"),
    [
        (["Số:", "15", "/QĐ-UBND"], "Số: 15 /QĐ-UBND"),
        (["Thử, ngày", "05", "tháng 3 năm 2024"], "Thử, ngày 05 tháng 3 năm 2024"),
    ],
)
def test_what_a_pen_has_torn_is_put_together(parts: list[str], row: str) -> None:
    x, prints = 200.0, []
    for part in parts:
        prints.append(Print(part, x, 300))
        x = line(prints[-1]).box[2] + 70
    assert [one.text for one in sheet(page(prints)).rows] == [row]


def test_a_name_that_ends_in_nam_is_not_torn() -> None:
    prints = [Print("NGÂN HÀNG NHÀ NƯỚC VIỆT NAM", 150, 160), Print("KHÁC", 700, 160)]
    assert [one.text for one in sheet(page(prints)).rows] == ["NGÂN HÀNG NHÀ NƯỚC VIỆT NAM", "KHÁC"]
