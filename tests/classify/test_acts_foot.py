"""Who signed, in what capacity, and who receives the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.classify import foot
from pipeline.classify.layout import Sheet, sheet
from pipeline.classify.signature import NO_SURNAME, NOT_READ, PARTIES, has_surname
from pipeline.dossier import PageReading, Region
from tests.classify.paper import PITCH, Print, act, centred, head, numbered, page, running, stacked


def block(positions: Sequence[str], name: str, x: float = 1000, y: float = 1500) -> list[Print]:
    """A signature block: positions, room for seal and signature, the name."""
    return [*stacked(positions, x, y), Print(name, x + 20, y + PITCH * len(positions) + 170)]


def listed(texts: Sequence[str], y: float = 1500) -> list[Print]:
    return stacked(texts, 210, y)


def sheets(*pages: PageReading) -> list[Sheet]:
    return [sheet(numbered(one, at)) for at, one in enumerate(pages, 1)]


def last_page(*parts: Sequence[Print]) -> PageReading:
    rows = [*stacked(["các cơ quan, đơn vị có liên quan chịu trách nhiệm thi hành./."], 200, 300)]
    return page(sorted([*rows, *(row for part in parts for row in part)], key=lambda row: (row.y, row.x)))


@pytest.mark.parametrize(
    ("positions", "name", "signer", "capacity"),
    [
        (["CHỦ TỊCH"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", "TM."),
        (["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"], "Trần Mẫu", "Trần Mẫu", "TM. KT."),
        (["TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", "TL."),
        (["TUQ. GIÁM ĐỐC", "TRƯỞNG PHÒNG HÀNH CHÍNH"], "Lý Thử", "Lý Thử", "TUQ."),
        (["Q. GIÁM ĐỐC"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", "Q."),
        (["T/M BAN THƯỜNG VỤ", "BÍ THƯ"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", "TM."),
        (["KT. VIỆN TRƯỞNG", "PHÓ VIỆN TRƯỞNG"], "Đặng Thị Mẫu Thử", "Đặng Thị Mẫu Thử", "KT."),
        (["THẨM PHÁN"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["TỔNG GIÁM ĐỐC"], "LÝ THỬ NGHIỆM", "LÝ THỬ NGHIỆM", ""),
        (["GIÁM ĐỐC"], "Đại tá Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["HIỆU TRƯỞNG"], "PGS. TS. Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["CHỦ TỊCH", "(Đã ký)"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["GIÁM ĐỐC"], "BSCKII. Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["GIÁM ĐỐC"], "BSCKM. Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["GIÁM ĐỐC"], "Thượng tá, ThS. Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["GIÁM ĐỐC"], "lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["GIÁM ĐỐC"], "Bành Thử Nghiệm", "Bành Thử Nghiệm", ""),
        (["GIÁM ĐỐC"], "Ksor H'Mẫu", "Ksor H'Mẫu", ""),
        (["CHỦ TRÌ"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["CHỦ TỌA"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["CHÁNH ÁN"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["KẾ TOÁN TRƯỞNG"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
        (["ĐẠI DIỆN BÊN NHẬN"], "Lý Thử Nghiệm", "Lý Thử Nghiệm", ""),
    ],
)
def test_signers(positions: list[str], name: str, signer: str, capacity: str) -> None:
    paper = sheets(act(), last_page(block(positions, name)))
    found, said, position = foot.signer(paper), foot.capacity(paper), foot.position(paper)
    assert found is not None
    assert position is not None
    assert (found.value, found.page, found.doubts) == (signer, 2, ())
    assert (said.value if said else "") == capacity
    assert position.value == " ".join(text for text in positions if text != "(Đã ký)")


def test_both_signers_of_a_joint_act() -> None:
    left = block(["KT. BỘ TRƯỞNG BỘ THỬ", "THỨ TRƯỞNG"], "Trần Mẫu Thử", x=220, y=900)
    right = block(["KT. BỘ TRƯỞNG BỘ MẪU", "THỨ TRƯỞNG"], "Lý Thử Nghiệm", y=900)
    paper = sheets(act(), last_page(left, right, listed(["Nơi nhận:", "- Như trên;"], 1500)))
    signer, capacity = foot.signer(paper), foot.capacity(paper)
    assert signer is not None
    assert capacity is not None
    assert (signer.value, capacity.value) == ("Trần Mẫu Thử; Lý Thử Nghiệm", "KT.; KT.")


@pytest.mark.parametrize(
    ("left", "right", "signer", "doubts"),
    [
        ("THƯ KÝ", "CHỦ TRÌ", "Lý Thử Nghiệm", ()),
        ("CHỦ TỌA", "NGƯỜI GHI BIÊN BẢN", "Trần Mẫu Thử", ()),
        ("KẾ TOÁN TRƯỞNG", "GIÁM ĐỐC", "Lý Thử Nghiệm", ()),
        ("CHỦ TỊCH", "TỔNG THƯ KÝ", "Trần Mẫu Thử; Lý Thử Nghiệm", ()),
        ("ĐẠI DIỆN BÊN A", "ĐẠI DIỆN BÊN B", "Trần Mẫu Thử", (PARTIES,)),
        ("ĐẠI DIỆN BÊN B", "ĐẠI DIỆN BÊN A", "Lý Thử Nghiệm", (PARTIES,)),
        ("ĐẠI DIỆN BÊN GIAO", "ĐẠI DIỆN BÊN NHẬN", "Lý Thử Nghiệm", (PARTIES,)),
    ],
)
def test_of_two_side_by_side_who_is_in_charge(left: str, right: str, signer: str, doubts: tuple[str, ...]) -> None:
    blocks = block([left], "Trần Mẫu Thử", x=220, y=900), block([right], "Lý Thử Nghiệm", y=900)
    found = foot.signer(sheets(act(), last_page(*blocks)))
    assert found is not None
    assert (found.value, found.doubts) == (signer, doubts)


def test_chapters_are_no_names() -> None:
    assert not foot.is_name("Chương I")


@pytest.mark.parametrize("kind", ["stamp", "handwriting", "unread"])
def test_a_signature_without_a_name_is_shown(kind: str) -> None:
    ink = Region(kind, (1000, 1580, 1300, 1800))
    signed = replace(last_page([Print("GIÁM ĐỐC", 1080, 1500)]), regions=(ink,))
    found = foot.signer(sheets(running(1), signed))
    assert found is not None
    assert (found.value, found.doubts, found.page) == ("", (NOT_READ,), 2)
    assert [one.box for one in found.words] == [ink.box]


@pytest.mark.parametrize("box", [(100, 1580, 300, 1800), (1000, 300, 1300, 500)], ids=["beside", "above"])
def test_ink_elsewhere_is_no_signature(box: tuple[int, int, int, int]) -> None:
    signed = replace(last_page([Print("GIÁM ĐỐC", 1080, 1500)]), regions=(Region("stamp", box),))
    assert foot.signer(sheets(signed)) is None


def test_a_name_whose_family_name_was_hidden_is_for_a_person() -> None:
    found = foot.signer(
        sheets(last_page(block(["CHỦ TỊCH"], "Nghiệm Thụ")), last_page(block(["CHỦ TỊCH"], "Diệu Bích")))
    )
    assert found is not None
    assert (found.value, found.doubts) == ("Diệu Bích", (NO_SURNAME,))


@pytest.mark.parametrize("name", ["Nguyễn Văn Thử", "Hoàng Mẫu", "Đỗ Thử", "Ksor Mẫu", "Vừ A Thử", "Tôn Nữ Thử"])
def test_family_names(name: str) -> None:
    assert has_surname(name)


@pytest.mark.parametrize("name", ["Diệu Bích", "Thử Nghiệm", ""])
def test_given_names_are_no_family_names(name: str) -> None:
    assert not has_surname(name)


def test_the_authority_over_the_text_has_not_signed() -> None:
    paper = act(extra=[centred("CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH", 560)], body=())
    kept = [line for line in paper.lines if line.box[1] < 1000]
    assert foot.signer([sheet(page([Print("", 0, 0, words=line.words) for line in kept]))]) is None


def test_who_certified_a_copy_has_not_signed_the_paper() -> None:
    own = block(["CHỦ TỊCH"], "Lý Thử Nghiệm", y=700)
    copied = [centred("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH", 1500), *block(["PHÓ CHỦ TỊCH"], "Trần Mẫu", y=1600)]
    found = foot.signer(sheets(last_page(own, copied)))
    assert found is not None
    assert found.value == "Lý Thử Nghiệm"


# -- whose page -------------------------------------------------------------------------------------------------

SIGNED = last_page(listed(["Nơi nhận:", "- Như trên;", "- Lưu: VT."]), block(["CHỦ TỊCH"], "Lý Thử Nghiệm"))
OTHER = (listed(["Nơi nhận:", "- Như Điều 3;", "- Lưu: VP."]), block(["CHỦ TỊCH HỘI ĐỒNG"], "Trần Mẫu"))


def draft() -> PageReading:
    rows = head(["HỘI ĐỒNG NHÂN DÂN"], "Số: /NQ-HĐND", "Thí Điểm, ngày    tháng    năm 2024")
    rows += [centred("NGHỊ QUYẾT", 400), *(row for part in OTHER for row in part)]
    return page(sorted(rows, key=lambda row: row.y))


def appendix() -> PageReading:
    rows = [centred("PHỤ LỤC", 120), centred("(Kèm theo Tờ trình số 22/TTr-UBND)", 170)]
    return page([*rows, *sorted((row for part in OTHER for row in part), key=lambda row: row.y)])


@pytest.mark.parametrize("attached", [draft(), appendix()], ids=["draft", "appendix"])
@pytest.mark.parametrize("before", [(), (running(2),)], ids=["one page", "two pages"])
def test_what_is_attached_was_signed_by_others(before: tuple[PageReading, ...], attached: PageReading) -> None:
    paper = sheets(*before, SIGNED, attached, attached)
    signer, recipients = foot.signer(paper), foot.recipients(paper)
    assert signer is not None
    assert recipients is not None
    assert (signer.value, recipients.value) == ("Lý Thử Nghiệm", "Như trên; Lưu: VT")


def test_an_appendix_signed_alone_is_better_than_nothing() -> None:
    found = foot.signer(sheets(running(1), appendix()))
    assert found is not None
    assert found.value == "Trần Mẫu"


# -- recipients -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        (["Nơi nhận:", "- Như Điều 3;", "- Lưu: VT."], "Như Điều 3; Lưu: VT"),
        (
            ["Nơi nhận:", "- Sở Tư pháp, Sở Nội vụ,", "Sở Tài chính;", "- Lưu: VT."],
            "Sở Tư pháp, Sở Nội vụ, Sở Tài chính; Lưu: VT",
        ),
        (["Nơi nhận: - Như trên;", "- Lưu: VT."], "Như trên; Lưu: VT"),
        (["Nơi nhận:", "Như trên;", "Lưu VT."], "Như trên; Lưu VT"),
        (["NƠI NHẬN:", "+ Như trên;", "• Lưu: VT."], "Như trên; Lưu: VT"),
        (["Nơi nhận:", "- Như trên;", "- Lưu: VT.", "Ghi chú của văn thư"], "Như trên; Lưu: VT"),
        (["Nơi nhận:", "- Như trên;", "..........", "- Lưu: VT."], "Như trên; Lưu: VT"),
    ],
)
def test_recipients(rows: list[str], value: str) -> None:
    found = foot.recipients(sheets(act(), last_page(listed(rows), block(["CHỦ TỊCH"], "Lý Thử Nghiệm"))))
    assert found is not None
    assert found.value == value


def test_a_list_of_recipients_may_open_a_page() -> None:
    rows = [
        *stacked(["Nơi nhận:", "- Như trên;", "- Lưu: VT."], 210, 120),
        *block(["CHỦ TỊCH"], "Lý Thử Nghiệm", y=120),
    ]
    found = foot.recipients(sheets(act(), page(sorted(rows, key=lambda row: row.y))))
    assert found is not None
    assert found.value == "Như trên; Lưu: VT"


def test_recipients_end_at_a_wide_blank() -> None:
    far = [Print("- Ghi chú ở chân trang", 210, 2000)]
    found = foot.recipients(sheets(last_page(listed(["Nơi nhận:", "- Như trên;"]), far)))
    assert found is not None
    assert found.value == "Như trên"


# -- date and agency over the signature -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "iso"),
    [
        ("Thí Điểm, ngày 05 tháng 3 năm 2024", "2024-03-05"),
        ("Ngày 05 tháng 3 năm 2024", "2024-03-05"),
        ("theo Nghị định ngày 05 tháng 3 năm 2020 của Chính phủ", ""),
    ],
)
def test_dates_over_signatures(row: str, iso: str) -> None:
    paper = sheets(last_page([Print(row, 900, 1400)], block(["NGƯỜI KÝ GIẤY KHAI SINH"], "Lý Thử Nghiệm")))
    found = foot.date_over_signature(paper, 0.85)
    assert (found.value if found else "") == iso


def test_the_agency_over_the_signature() -> None:
    positions = ["TM. ỦY BAN NHÂN DÂN", "PHƯỜNG THÍ ĐIỂM", "CHỦ TỊCH"]
    found = foot.signing_agency(sheets(last_page(block(positions, "Lý Thử Nghiệm"))))
    assert found is not None
    assert found.value == "ỦY BAN NHÂN DÂN PHƯỜNG THÍ ĐIỂM"


@pytest.mark.parametrize("organ", ["HỘI ĐỒNG QUẢN TRỊ", "HỘI ĐỒNG THÀNH VIÊN", "BAN GIÁM ĐỐC", "BAN CHẤP HÀNH"])
def test_an_organ_that_names_no_agency_is_none(organ: str) -> None:
    assert foot.signing_agency(sheets(last_page(block([f"TM. {organ}", "CHỦ TỊCH"], "Lý Thử Nghiệm")))) is None
