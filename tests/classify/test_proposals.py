"""Label variants found by what officers typed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.classify.proposals import Proposal, Typed, propose
from pipeline.settings import DocumentType
from tests.classify.paper import form

KIND = DocumentType.model_validate(
    {
        "key": "giay_thu",
        "name": {"vi": "Giấy thử", "en": "Trial paper"},
        "titles": ["GIẤY THỬ"],
        "fields": {
            "ho_ten": {"label": {"vi": "Họ tên", "en": "Name"}, "labels": ["Họ và tên"], "kind": "name"},
            "noi_o": {"label": {"vi": "Nơi ở", "en": "Residence"}, "labels": ["Nơi cư trú"]},
            "cap_ngay": {
                "label": {"vi": "Ngày", "en": "Day"},
                "labels": ["Ngày cấp"],
                "kind": "date",
                "fills": "ngay_cap",
            },
        },
    }
)
PEOPLE = ("Lý Thử Nghiệm", "Trần Thị Ví Dụ", "Phạm Giả Định")


def typed(rows: Sequence[str], owner: str, **fields: tuple[str, str]) -> Typed:
    return Typed("giay_thu", owner, (form("GIẤY THỬ", rows),), fields)


def proposed(papers: Sequence[Typed]) -> list[tuple[str, str, int]]:
    return [(one.field, one.label, one.papers) for one in propose(papers, [KIND])]


def test_the_words_before_a_typed_value_are_proposed_once_two_papers_have_them() -> None:
    papers = [typed([f"1. Tên người thụ hưởng: {name}"], name, ho_ten=("", name)) for name in PEOPLE]
    assert propose(papers, [KIND]) == [Proposal("giay_thu", "ho_ten", "Tên người thụ hưởng", 3, ("Họ và tên",))]
    assert proposed(papers[:1]) == []


def test_a_label_over_its_value_is_found() -> None:
    papers = [typed(["Người thụ hưởng trợ cấp", name], name, ho_ten=("", name)) for name in PEOPLE]
    assert proposed(papers) == [("ho_ten", "Người thụ hưởng trợ cấp", 3)]


def test_marks_lost_in_reading_and_dates_in_figures_do_not_hide_the_value() -> None:
    papers = [
        typed([f"Lập tại sổ ngày: {day:02}/03/2024"], str(day), cap_ngay=("", f"2024-03-{day:02}")) for day in (4, 15)
    ]
    assert proposed(papers) == [("cap_ngay", "Lập tại sổ ngày", 2)]
    worn = [typed(["Noi ngu cu: Xa Thi Diem", "x"], str(at), noi_o=("", f"Xã Thí Điểm{' ' * at}")) for at in (1, 2)]
    assert proposed(worn) == [("noi_o", "Noi ngu cu", 2)]


def test_a_legal_field_goes_to_the_own_field_that_fills_it() -> None:
    papers = [typed([f"Lập sổ ngày: {day}/03/2024"], str(day), ngay_cap=("", f"2024-03-{day}")) for day in (14, 15)]
    assert proposed(papers) == [("cap_ngay", "Lập sổ ngày", 2)]


@pytest.mark.parametrize(
    "row",
    [
        "Họ và tên: {name}",  # known
        "GIẤY THỬ: {name}",  # the title
        "Ngô Mẫu Văn, vợ là {name}",  # a person's name
        "Số 12 {name}",  # figures
        "{name}",
    ],
)
def test_what_is_no_new_label_is_not_proposed(row: str) -> None:
    assert proposed([typed([row.format(name=name)], name, ho_ten=("", name)) for name in PEOPLE]) == []


def test_one_owner_or_one_value_many_times_is_no_proof() -> None:
    same = [typed([f"Tên cháu: {PEOPLE[0]}"], owner, ho_ten=("", PEOPLE[0])) for owner in "ab"]
    assert proposed(same) == []
    assert proposed([typed([f"Tên cháu: {name}"], "a", ho_ten=("", name)) for name in PEOPLE]) == []


def test_values_of_other_fields_are_no_part_of_a_label() -> None:
    papers = [
        typed([f"Chủ hộ {name} hiện ở tại: Xã Mẫu {at}"], name, ho_ten=("", name), noi_o=("", f"Xã Mẫu {at}"))
        for at, name in enumerate(PEOPLE)
    ]
    assert ("noi_o", "hiện ở tại", 3) in proposed(papers)
    assert not any(name.split()[-1] in label for name in PEOPLE for _, label, _ in proposed(papers))


def test_confirmed_values_that_were_read_right_teach_nothing() -> None:
    assert proposed([typed([f"Tên cháu: {name}"], name, ho_ten=(name, name)) for name in PEOPLE]) == []
