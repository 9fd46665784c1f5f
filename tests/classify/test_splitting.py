from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import Cut, split
from pipeline.dossier import Finding, PageReading, Severity, Text
from pipeline.settings import Settings, Splitting
from tests.classify.paper import BODY, FOOT, Print, act, blank, centred, form, head, numbered, page, running, stacked

ID_QR = "051090000120||Lý Thử Nghiệm|17051990|Nam|Thôn Thử, xã Nghiệm|05032024"


def cuts(stack: Sequence[PageReading], settings: Settings) -> tuple[tuple[int, ...], ...]:
    return tuple(cut.pages for cut in split(stack, settings.types, settings.site.splitting))


def appendix() -> PageReading:
    return page(
        [centred("PHỤ LỤC", 150), centred("(Kèm theo Quyết định số 15/QĐ-UBND)", 200), *stacked(BODY, 200, 300)]
    )


def attached_rules(of: str = "của Ủy ban nhân dân") -> PageReading:
    note = centred(f"(Ban hành kèm theo Quyết định {of})", 400)
    return page([*head(["ỦY BAN NHÂN DÂN"], "", ""), centred("QUY CHẾ", 350), note, *stacked(BODY, 200, 500)])


def draft() -> PageReading:
    return act("NGHỊ QUYẾT", "Số:      /NQ-HĐND", "Thí Điểm, ngày      tháng      năm 2024")


def form_in_appendix(number: int) -> PageReading:
    reading = form("ĐƠN ĐỀ NGHỊ", ["Họ và tên: ………"])
    return page([centred(str(number), 60), *page_rows(reading)], number)


def page_rows(reading: PageReading) -> list:
    return [Print("", 0, 0, words=line.words) for line in reading.lines]


def back_of_card() -> PageReading:
    return page(stacked(["Đặc điểm nhận dạng: nốt ruồi", "IDVNM0850001338038085000133<<5"], 300, 900))


STARTS = {
    "act": act,
    "letter": lambda: act(title="", number="Số: 7/UBND-VX", extra=[centred("Kính gửi: Phòng Thử", 560)]),
    "form": lambda: form("ĐƠN ĐỀ NGHỊ CẤP LẠI", ["Họ và tên: Lý Thử Nghiệm"]),
    "certificate": lambda: form("GIẤY KHAI SINH", ["Họ, chữ đệm, tên: LÝ THỬ"], number="Số: 12/2024"),
    "card by its code": lambda: page(stacked(["Họ và tên: LÝ THỬ NGHIỆM"], 300, 900), barcodes=[(ID_QR, "QRCode")]),
    "card by its title": lambda: form("CĂN CƯỚC CÔNG DÂN", ["Số: 051190000121"]),
    "receipt": lambda: form("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", ["Mã hồ sơ: H00.12-240305-0001"]),
}
FOLLOWS = {
    "running page": lambda: running(2),
    "blank": blank,
    "appendix": appendix,
    "rules attached": attached_rules,
    "draft attached": draft,
    "form in the appendix": lambda: form_in_appendix(2),
    "back of a card": back_of_card,
    "unnumbered page": lambda: page(stacked(BODY, 200, 150)),
}


@pytest.mark.parametrize("start", STARTS)
def test_each_kind_of_first_page_begins_a_document(bundled: Settings, start: str) -> None:
    stack = [act(), numbered(STARTS[start](), 2)]
    assert cuts(stack, bundled) == ((1,), (2,))


@pytest.mark.parametrize("follow", FOLLOWS)
def test_each_kind_of_following_page_stays(bundled: Settings, follow: str) -> None:
    stack = [act(), numbered(FOLLOWS[follow](), 2), numbered(running(3), 3)]
    assert cuts(stack, bundled) == ((1, 2, 3),)


@pytest.mark.parametrize(("printed", "expected"), [("2", ((1, 2),)), ("- 2 -", ((1, 2),)), ("8", ((1,), (2,)))])
def test_only_a_page_number_that_can_be_speaks_against_a_new_paper(bundled: Settings, printed: str, expected) -> None:
    second = page([centred(printed, 60), *page_rows(act())], 2)
    assert cuts([act(), second], bundled) == expected


SENDERS = ("act", "letter")
"""Papers that drafts are sent with."""


def papers(start: str) -> st.SearchStrategy[tuple[str, list[str]]]:
    behind = [follow for follow in sorted(FOLLOWS) if start in SENDERS or follow != "draft attached"]
    return st.tuples(st.just(start), st.lists(st.sampled_from(behind), max_size=3))


PILES = st.lists(st.sampled_from(sorted(STARTS)).flatmap(papers), max_size=5)


@pytest.mark.parametrize("start", ["receipt", "form", "certificate"])
def test_a_draft_behind_a_paper_that_sends_none_is_cut_off_and_shown(bundled: Settings, start: str) -> None:
    first, second = split([STARTS[start](), numbered(draft(), 2)], bundled.types, bundled.site.splitting)
    assert (first.pages, second.pages) == ((1,), (2,))
    assert "doubtful_cut" in [finding.rule for finding in second.findings]


@given(PILES, st.integers(0, 2))
def test_a_pile_is_cut_where_its_documents_begin(bundled: Settings, pile, before: int) -> None:
    """Whatever lies on whatever: the cuts are at the first pages, blank sheets on top go with the first paper."""
    pages: list[PageReading] = [blank() for _ in range(before if pile else 0)]
    expected: list[list[int]] = []
    for start, follows in pile:
        for order, make in enumerate([STARTS[start], *(FOLLOWS[follow] for follow in follows)]):
            pages.append(make())
            if order == 0:
                expected.append([])
            expected[-1].append(len(pages))
    if expected:
        expected[0] = [*range(1, before + 1), *expected[0]]
    stack = [numbered(reading, at) for at, reading in enumerate(pages, 1)]
    assert cuts(stack, bundled) == tuple(tuple(document) for document in expected)


ANY = st.sampled_from([*STARTS.values(), *FOLLOWS.values()])


@given(st.lists(ANY, max_size=8), st.integers(1, 40))
def test_every_page_is_in_exactly_one_document_in_order(bundled: Settings, makers, first: int) -> None:
    stack = [numbered(make(), first + 2 * at) for at, make in enumerate(makers)]
    found = cuts(stack, bundled)
    assert [number for cut in found for number in cut] == [reading.number for reading in stack]
    assert all(found)


# -- papers of other houses -------------------------------------------------------------------------------------


def party(number: int = 1) -> PageReading:
    """A decision of the Party: its name instead of the national name, a dash in the symbol."""
    left = [*stacked(["TỈNH ỦY THÍ ĐIỂM", "BAN TỔ CHỨC"], 220, 150), Print("Số 12-QĐ/BTC", 260, 270)]
    right = [Print("ĐẢNG CỘNG SẢN VIỆT NAM", 950, 150), Print("Thí Điểm, ngày 05 tháng 3 năm 2024", 860, 230)]
    return page([*left, *right, centred("QUYẾT ĐỊNH", 400), *stacked(BODY, 200, 560), *FOOT], number)


def court(number: int = 1) -> PageReading:
    rows = head(["TÒA ÁN NHÂN DÂN", "HUYỆN NGHIỆM"], "Bản án số: 12/2024/HNGĐ-ST", "")
    rows += [centred("NHÂN DANH", 420), centred("NƯỚC CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 470)]
    return page([*rows, *stacked(BODY, 200, 640)], number)


def company(number: int = 1) -> PageReading:
    """A letter under a letterhead, without national name."""
    top = [centred("CÔNG TY CỔ PHẦN THỬ NGHIỆM", 90), centred("Địa chỉ: Số 1 đường Thử; Điện thoại: 0900 000 000", 136)]
    rows = [Print("Số: 45/CV-TN", 220, 230), Print("Thí Điểm, ngày 05 tháng 3 năm 2024", 860, 230)]
    return page(
        [*top, *rows, centred("Kính gửi: Ủy ban nhân dân phường Thí Điểm", 380), *stacked(BODY, 200, 480)], number
    )


def receipt_slip(number: int = 1) -> PageReading:
    """A paper with a letterhead and a title that is no known type."""
    top = [Print("CÔNG TY TNHH NGHIỆM", 200, 90), Print("Tel: 0900 000 000, Email: a@thu.example", 200, 136)]
    return page(
        [*top, centred("BIÊN LAI THU TIỀN", 300), *stacked(["Họ tên: Lý Thử", "Số tiền: 100.000"], 200, 420)], number
    )


def english(number: int = 1) -> PageReading:
    rows = ["This is to certify that the person named above has completed the course of training in full."] * 8
    return page([centred("CERTIFICATE OF COMPLETION", 220), *stacked(rows, 200, 400)], number)


def diploma(number: int = 1) -> PageReading:
    left = stacked(["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "BẰNG CỬ NHÂN"], 860, 150)
    right = stacked(
        ["SOCIALIST REPUBLIC OF VIET NAM", "Independence - Freedom - Happiness", "THE DEGREE OF BACHELOR"], 120, 150
    )
    return page([*right, *left, *stacked(["Cho: Lý Thử Nghiệm", "Ngày sinh: 17/05/1990"], 860, 400)], number)


def prescribed_form(number: int = 1) -> PageReading:
    """A form handed in that names, above the national name, the circular that prescribes it."""
    note = [Print("Phụ lục I-1", 1200, 60), Print("(Ban hành kèm theo Thông tư số 01/2021/TT-BKH)", 900, 100)]
    rows = page_rows(form("GIẤY ĐỀ NGHỊ ĐĂNG KÝ DOANH NGHIỆP", ["Kính gửi: Phòng Đăng ký kinh doanh"]))
    return page([*note, *rows], number)


def contract(number: int = 1) -> PageReading:
    return form(
        "HỢP ĐỒNG ỦY QUYỀN", ["Bên A: Lý Thử", "Bên B: Trần Nghiệm", "Điều 1. Phạm vi ủy quyền", "Điều 2. Thời hạn"]
    )


def passport_cover(number: int = 1) -> PageReading:
    return page([centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 300), centred("HỘ CHIẾU / PASSPORT", 500)], number)


def slip_of(number: int, total: int) -> PageReading:
    rows = [centred("PHIẾU XÁC NHẬN KẾT QUẢ ĐO", 200)] if number == 1 else []
    return page([*rows, *stacked(BODY, 200, 500), Print(f"Trang {number}/{total}", 1300, 2260)], number)


FIRST_PAGES = {
    "party": party,
    "court": court,
    "company": company,
    "slip under a letterhead": receipt_slip,
    "English": english,
    "diploma in two languages": diploma,
    "form that names its circular": prescribed_form,
    "contract": contract,
    "passport": passport_cover,
    "numbered 1/3": lambda: slip_of(1, 3),
}
ATTENDANTS = {
    "notary's words": lambda: page([centred("LỜI CHỨNG CỦA CÔNG CHỨNG VIÊN", 200), *stacked(BODY, 200, 320)]),
    "additional page": lambda: page([centred("TRANG BỔ SUNG GIẤY CHỨNG NHẬN", 200), *stacked(BODY, 200, 320)]),
    "sentence that goes on": lambda: page(stacked(["và các đơn vị có liên quan chịu trách nhiệm.", *BODY], 200, 160)),
    "next article": lambda: page(stacked(["Điều 3. Chánh Văn phòng chịu trách nhiệm thi hành.", *BODY[1:]], 200, 160)),
    "order in the preamble": lambda: page(
        [centred("QUYẾT ĐỊNH:", 150), *stacked(["Điều 1. Công nhận", *BODY], 200, 260)]
    ),
    "list with a note": lambda: page(
        [centred("DANH SÁCH", 150), centred("(Kèm theo Tờ trình)", 200), *stacked(BODY, 200, 320)]
    ),
    "national name in a sentence": lambda: page(
        stacked(
            ["Luật này được Quốc hội nước", "Cộng hòa xã hội chủ nghĩa Việt Nam khóa XV thông qua.", *BODY], 200, 160
        )
    ),
}


@pytest.mark.parametrize("before", ["act", "form"])
@pytest.mark.parametrize("first", FIRST_PAGES)
def test_papers_of_all_houses_begin_documents(bundled: Settings, first: str, before: str) -> None:
    stack = [STARTS[before](), numbered(FIRST_PAGES[first](), 2)]
    assert cuts(stack, bundled) == ((1,), (2,))


@pytest.mark.parametrize("follow", ATTENDANTS)
@pytest.mark.parametrize("first", ["contract", "company", "party", "court"])
def test_pages_that_belong_to_others_stay(bundled: Settings, first: str, follow: str) -> None:
    stack = [FIRST_PAGES[first](), numbered(ATTENDANTS[follow](), 2)]
    assert cuts(stack, bundled) == ((1, 2),)


def test_an_annex_to_the_paper_before_stays_and_a_prescribed_form_does_not(bundled: Settings) -> None:
    note = [Print("Mẫu số 02", 1200, 60), Print("(Ban hành kèm theo Quyết định số 15/QĐ-UBND)", 900, 100)]
    annexed = page([*note, *page_rows(form("TỜ KHAI", ["Họ và tên: ………"]))], 2)
    assert cuts([act(), annexed], bundled) == ((1, 2),)
    assert cuts([act(number="Số: 7/QĐ-STP"), annexed], bundled) == ((1,), (2,))


def test_rules_stay_with_the_decision_they_name(bundled: Settings) -> None:
    """Behind another decision it is the page numbers that tell, and a person is asked."""
    own, other = (numbered(attached_rules(of), 2) for of in ("số 15/QĐ-UBND", "số 330/QĐ-HĐND"))
    assert cuts([act(), own], bundled) == ((1, 2),)
    assert cuts([act(), other, running(3)], bundled) == ((1, 2, 3),)
    found = verdicts([act(), other, numbered(running(2), 3)], bundled)
    assert [cut.pages for cut in found] == [(1,), (2, 3)]
    assert all("doubtful_cut" in {each.rule for each in cut.findings} for cut in found)


# -- two sides, totals, other pages near by ---------------------------------------------------------------------


def front(number: str, code: bool = False) -> PageReading:
    names = [
        centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 300),
        centred("CĂN CƯỚC", 400),
        centred("IDENTITY CARD", 446),
    ]
    text = f"{number}||Lý Thử|17051990|Nam|Thôn Thử|05032024"
    return page([*names, Print(f"Số / No.: {number}", 500, 520)], barcodes=[(text, "QRCode")] if code else [])


def back(number: str, code: bool = False) -> PageReading:
    """The back of a card: machine-readable zone, and on those of 2024 the code too."""
    text = f"{number}||Lý Thử|17051990|Nam|Thôn Thử|05032024"
    zone = [f"IDVNM0{number[3:]}3{number}<<5", "9005177M3005175VNM<<<<<<<<<<<4", "LY<<THU<NGHIEM<<<<<<<<<<<<<<<<"]
    rows = stacked(["Nơi cư trú / Place of residence", "BỘ CÔNG AN", *zone], 300, 300)
    return page(rows, barcodes=[(text, "QRCode")] if code else [])


@pytest.mark.parametrize("code_on_back", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_two_sides_of_a_card_belong_together(bundled: Settings, code_on_back: bool, turned: bool) -> None:
    cards = []
    for number in ("051090000120", "051190000121"):
        sides = [front(number, not code_on_back), back(number, code_on_back)]
        cards += sides[::-1] if turned else sides
    stack = [numbered(reading, at) for at, reading in enumerate([act(), *cards, act()], 1)]
    assert cuts(stack, bundled) == ((1,), (2, 3), (4, 5), (6,))


def test_a_paper_that_repeats_the_number_of_a_card_is_not_its_other_side(bundled: Settings) -> None:
    request = form("ĐƠN ĐỀ NGHỊ", ["Họ và tên: Lý Thử", "Số định danh cá nhân: 051090000120"])
    stack = [front("051090000120"), numbered(request, 2)]
    assert cuts(stack, bundled) == ((1,), (2,))


def test_another_card_of_the_same_person_is_not_the_other_side(bundled: Settings) -> None:
    licence = form("GIẤY PHÉP LÁI XE / DRIVER'S LICENSE", ["Số/No: 051090000120", "Họ tên: Lý Thử"])
    stack = [front("051090000120"), numbered(licence, 2), numbered(back("051190000121"), 3)]
    assert cuts(stack, bundled)[0] == (1,)


def test_the_page_with_the_data_belongs_to_the_cover_of_the_passport(bundled: Settings) -> None:
    data = [
        centred("HỘ CHIẾU / PASSPORT", 200),
        *stacked(["Số hộ chiếu: B1234567", "P<VNMLY<<THU<NGHIEM<<<<<<<<"], 300, 300),
    ]
    stack = [act(), numbered(passport_cover(), 2), page(data, 3), numbered(act(), 4)]
    assert cuts(stack, bundled) == ((1,), (2, 3), (4,))


def test_totals_of_pages_hold_a_paper_together(bundled: Settings) -> None:
    slips = [slip_of(1, 3), slip_of(2, 3), slip_of(3, 3), slip_of(1, 2), slip_of(2, 2)]
    stack = [numbered(reading, at) for at, reading in enumerate(slips, 1)]
    assert cuts(stack, bundled) == ((1, 2, 3), (4, 5))


def test_blank_pages_in_the_middle_end_nothing_and_are_told_once(bundled: Settings) -> None:
    said = replace(blank(2), findings=(Finding("blank_page", "page 2", Text("", ""), Severity.INFO),))
    stack = [act(), said, running(3), blank(4)]
    (found,) = split(stack, bundled.types, bundled.site.splitting)
    assert found.pages == (1, 2, 3, 4)
    assert [(each.rule, each.where) for each in found.findings] == [("blank_back", "page 4")]


# -- how sure ---------------------------------------------------------------------------------------------------


def verdicts(stack: Sequence[PageReading], settings: Settings, sure: float = 0.9) -> tuple[Cut, ...]:
    return split(stack, settings.types, Splitting(sure=sure))


def test_plain_starts_are_sure_and_say_why(bundled: Settings) -> None:
    first, second = verdicts([act(), numbered(act(), 2)], bundled)
    assert (first.start, first.confidence) == ("first", 1.0)
    assert second.start == "recognised"
    assert second.confidence > 0.9
    assert "Quốc hiệu" in second.why.vi
    assert "national name" in second.why.en
    assert first.findings == second.findings == ()


def test_a_cover_sheet_says_that_it_is_one(bundled: Settings) -> None:
    _, receipt = verdicts([act(), numbered(STARTS["receipt"](), 2)], bundled)
    assert receipt.start == "cover"


DOUBTFUL = page([centred("DANH SÁCH HỘ GIA ĐÌNH", 200), *stacked(["Nguyễn Thử", "Trần Nghiệm"], 240, 400)], 2)


def test_a_doubtful_place_is_told_with_reasons_in_both_languages(bundled: Settings) -> None:
    (found,) = verdicts([act(), DOUBTFUL], bundled)
    (said,) = found.findings
    assert (said.rule, said.where, said.severity) == ("doubtful_cut", "page 2", "warning")
    assert "tiêu đề ở giữa" in said.message.vi
    assert "a title in the middle" in said.message.en


def test_a_doubtful_cut_is_told_on_both_sides(bundled: Settings) -> None:
    bare = page([centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 120), *stacked(BODY, 200, 400)], 2)
    first, second = verdicts([act(), bare], bundled)
    assert first.findings == second.findings != ()


def test_how_sure_a_cut_has_to_be_is_configured(bundled: Settings) -> None:
    assert [cut.findings for cut in verdicts([act(), DOUBTFUL], bundled, sure=0.5)] == [()]
    assert all(cut.findings for cut in verdicts([act(), numbered(act(), 2)], bundled, sure=1.0))
