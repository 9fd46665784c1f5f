from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import split
from pipeline.dossier import PageReading
from pipeline.settings import Settings
from tests.classify.paper import BODY, act, blank, centred, form, head, numbered, page, running, stacked

ID_QR = "051090000120||Lý Thử Nghiệm|17051990|Nam|Thôn Thử, xã Nghiệm|05032024"


def cuts(stack: Sequence[PageReading], settings: Settings) -> tuple[tuple[int, ...], ...]:
    return tuple(cut.pages for cut in split(stack, settings.types, settings.site.splitting))


def appendix() -> PageReading:
    return page(
        [centred("PHỤ LỤC", 150), centred("(Kèm theo Quyết định số 15/QĐ-UBND)", 200), *stacked(BODY, 200, 300)]
    )


def attached_rules() -> PageReading:
    note = centred("(Ban hành kèm theo Quyết định số 15/QĐ-UBND)", 400)
    return page([*head(["ỦY BAN NHÂN DÂN"], "", ""), centred("QUY CHẾ", 350), note, *stacked(BODY, 200, 500)])


def draft() -> PageReading:
    return act("NGHỊ QUYẾT", "Số:      /NQ-HĐND", "Thí Điểm, ngày      tháng      năm 2024")


def form_in_appendix(number: int) -> PageReading:
    reading = form("ĐƠN ĐỀ NGHỊ", ["Họ và tên: ………"])
    return page([centred(str(number), 60), *page_rows(reading)], number)


def page_rows(reading: PageReading) -> list:
    from tests.classify.paper import Print

    return [Print("", 0, 0, words=line.words) for line in reading.lines]


def back_of_card() -> PageReading:
    return page(stacked(["Đặc điểm nhận dạng: nốt ruồi", "IDVNM0900001208051090000120<<5"], 300, 900))


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


PILES = st.lists(
    st.tuples(st.sampled_from(sorted(STARTS)), st.lists(st.sampled_from(sorted(FOLLOWS)), max_size=3)), max_size=5
)


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
