"""Reading order and the parts of a page."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Line, Word
from pipeline.ocr.layout import arrange
from pipeline.ocr.printed import printed_lines
from tests.ocr import drawing

SIZE = (1654, 2339)


def line(text: str, x: float, y: float, *, centred: bool = False, letter: float = 18, tall: float = 36) -> Line:
    width = letter * len(text)
    left = x - width / 2 if centred else x
    words, at = [], left
    for part in text.split():
        words.append(Word(part, (at, y, at + letter * len(part), y + tall), 0.9, True))
        at += letter * (len(part) + 1)
    return Line(tuple(words), (left, y, left + width, y + tall))


def decision(body: int = 8) -> list[Line]:
    lines = [line(text, 430, 120 + 44 * i, centred=True) for i, text in enumerate(drawing.HEAD_LEFT)]
    lines += [line(text, 1110, 120 + 44 * i, centred=True, letter=16) for i, text in enumerate(drawing.HEAD_RIGHT)]
    lines += [line(text, 827, 340 + 46 * i, centred=True) for i, text in enumerate(drawing.TITLE)]
    lines += [
        line("Theo đề nghị của công chức địa chính phường tại tờ trình kèm theo,", 240, 500 + 60 * i)
        for i in range(body)
    ]
    below = 500 + 60 * body
    lines += [line(text, 240, below + 60 + 40 * i, letter=13, tall=28) for i, text in enumerate(drawing.FOOT_LEFT)]
    lines += [line(text, 1250, below + 60 + 200 * i, centred=True) for i, text in enumerate(drawing.FOOT_RIGHT)]
    return lines


def texts(lines, zone):
    return [found.text for found in lines if found.zone == zone]


def test_the_parts_of_a_decision_are_told_apart():
    lines = arrange(decision(), SIZE)
    assert texts(lines, "head_left") == drawing.HEAD_LEFT
    assert texts(lines, "head_right") == drawing.HEAD_RIGHT
    assert texts(lines, "title") == drawing.TITLE
    assert len(texts(lines, "body")) == 8
    assert texts(lines, "foot_left") == drawing.FOOT_LEFT
    assert texts(lines, "foot_right") == drawing.FOOT_RIGHT


@given(st.permutations(range(len(decision()))))
def test_the_order_found_does_not_hang_on_the_order_given(order):
    lines = decision()
    assert arrange([lines[i] for i in order], SIZE) == arrange(lines, SIZE)


boxes = st.tuples(st.integers(0, 1500), st.integers(0, 2200), st.integers(1, 60), st.integers(8, 60))


@given(st.lists(boxes, max_size=30))
def test_every_word_is_kept_once(places):
    lines = [line("chữ " * (w // 20 + 1), x, y, tall=h) for x, y, w, h in places]
    arranged = arrange(lines, SIZE)
    before = sorted(word.box for found in lines for word in found.words)
    after = sorted(word.box for found in arranged for word in found.words)
    assert before == after


def test_a_line_drawn_through_both_columns_of_the_head_is_cut():
    lines = decision()
    left, right = lines[0], lines[3]
    merged = Line(left.words + right.words, (left.box[0], left.box[1], right.box[2], right.box[3]))
    arranged = arrange([merged, *lines[1:3], *lines[4:]], SIZE)
    assert texts(arranged, "head_left") == drawing.HEAD_LEFT
    assert texts(arranged, "head_right") == drawing.HEAD_RIGHT


def test_without_the_national_title_two_columns_at_the_top_are_still_a_head():
    lines = [
        found for found in decision() if found.text != drawing.HEAD_RIGHT[0] and found.text != drawing.HEAD_RIGHT[1]
    ]
    lines.insert(3, line("C0NB H0A XẤ HÔ! GHU NGHA", 1110, 120, centred=True, letter=16))
    lines.insert(4, line("Bôc Iâp Tụ đọ Hqnn", 1110, 164, centred=True, letter=16))
    arranged = arrange(lines, SIZE)
    assert texts(arranged, "head_left") == drawing.HEAD_LEFT
    assert texts(arranged, "title") == drawing.TITLE


def test_a_national_title_in_the_middle_has_no_left_column():
    lines = [line(text, 827, 120 + 50 * i, centred=True) for i, text in enumerate(drawing.HEAD_RIGHT[:2])]
    lines += [
        line("ĐƠN ĐỀ NGHỊ", 827, 300, centred=True),
        line("Kính gửi: Ủy ban nhân dân phường", 827, 400, centred=True),
    ]
    lines += [
        line("Tôi tên là Nguyễn Văn Thử, sinh năm 1980, cư trú tại phường này,", 240, 500 + 60 * i) for i in range(4)
    ]
    lines += [line("Thí Điểm, ngày 05 tháng 3 năm 2024", 1200, 800, centred=True, letter=14)]
    lines += [line("NGƯỜI LÀM ĐƠN", 1200, 850, centred=True), line("Nguyễn Văn Thử", 1200, 1000, centred=True)]
    arranged = arrange(lines, SIZE)
    assert texts(arranged, "head_right") == drawing.HEAD_RIGHT[:2]
    assert texts(arranged, "title") == ["ĐƠN ĐỀ NGHỊ"]
    assert texts(arranged, "foot_right") == ["Thí Điểm, ngày 05 tháng 3 năm 2024", "NGƯỜI LÀM ĐƠN", "Nguyễn Văn Thử"]
    assert texts(arranged, "head_left") == []


def test_a_page_that_goes_on_has_no_head_and_no_title():
    lines = [
        line("Điều này có hiệu lực kể từ ngày ký; các ông bà có tên trên thi hành.", 240, 100 + 60 * i)
        for i in range(10)
    ]
    arranged = arrange(lines, SIZE)
    assert {found.zone for found in arranged} == {""}
    assert [found.box for found in arranged] == [found.box for found in lines]


def test_two_columns_of_prose_are_read_one_after_the_other():
    left = [line("chữ bên trái chạy hết cột này rồi", 100, 100 + 60 * i) for i in range(12)]
    right = [line("chữ bên phải chạy hết cột này rồi", 900, 110 + 60 * i) for i in range(12)]
    arranged = arrange([*left, *right], SIZE)
    assert [found.text.split()[2] for found in arranged] == ["trái"] * 12 + ["phải"] * 12


def test_rows_of_a_table_are_read_row_by_row():
    cells = [line(f"{name} {row}", x, 100 + 60 * row) for row in range(12) for name, x in (("tên", 100), ("số", 900))]
    arranged = arrange(cells, SIZE)
    assert [found.text for found in arranged] == [found.text for found in cells]


def test_nothing_stays_nothing():
    assert arrange([], SIZE) == ()


def test_words_of_a_text_layer_become_lines_and_columns_stay_apart():
    words = [word for found in decision() for word in found.words]
    lines = printed_lines(words[::-1])
    assert {found.text for found in lines} == {found.text for found in decision()}
    assert all(word.confidence == 1 and word.agreed is None for found in lines for word in found.words)


def test_a_foot_without_a_signature_is_known_by_its_recipients():
    lines = [
        line("Quyết định này có hiệu lực kể từ ngày ký; các ông bà thi hành.", 240, 100 + 60 * i) for i in range(4)
    ]
    lines += [line(text, 240, 500 + 40 * i, letter=13, tall=28) for i, text in enumerate(drawing.FOOT_LEFT)]
    arranged = arrange(lines, SIZE)
    assert texts(arranged, "foot_left") == drawing.FOOT_LEFT
    assert len(texts(arranged, "body")) == 4


def test_capitals_below_the_abstract_belong_to_the_text():
    lines = [found for found in decision() if found.text not in drawing.TITLE]
    titles = [*drawing.TITLE, "CHỦ TỊCH ỦY BAN NHÂN DÂN PHƯỜNG"]
    lines += [line(text, 827, 340 + 46 * i, centred=True) for i, text in enumerate(titles)]
    arranged = arrange(lines, SIZE)
    assert texts(arranged, "title") == drawing.TITLE
    assert texts(arranged, "body")[0] == titles[2]
