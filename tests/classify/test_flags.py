from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import flags
from pipeline.classify.layout import sheet
from pipeline.dossier import Dossier, Finding, Kind, PageReading, Region, Severity, Text
from pipeline.settings import DocumentType, Settings
from tests.classify.paper import Print, act, centred, form, head, line, page, running, stacked


def found(bundled: Settings, *pages: PageReading) -> list[tuple[str, Severity]]:
    return [(one.rule, one.severity) for one in flags.find([sheet(one) for one in pages], bundled.legal.flags)]


@pytest.mark.parametrize(
    "mark", ["MẬT", "TỐI MẬT", "TUYỆT MẬT", "MÂT", "MAT", "[ MẬT ]", "| TỐI MẬT |", "M Ậ T", "TỐIMẬT", "(MẬT)"]
)
def test_a_secrecy_mark_alone_blocks(bundled: Settings, mark: str) -> None:
    assert found(bundled, act(extra=[Print(mark, 260, 340)])) == [("secret", Severity.BLOCK)]


@pytest.mark.parametrize("mark", ["BẢN SAO", "BAN SAO", "BẢN PHÔ TÔ"])
def test_a_photocopy_mark_alone_blocks(bundled: Settings, mark: str) -> None:
    assert found(bundled, act(extra=[Print(mark, 1300, 60)])) == [("photocopy", Severity.BLOCK)]


@pytest.mark.parametrize(
    "rows",
    [
        ["CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH"],
        ["CHỨNG THỰC BẢN SAO", "ĐÚNG VỚI BẢN CHÍNH"],
        ["CHUNG THUC BAN SAO DUNG VOI BAN CHINH"],
        ["SAO Y BẢN CHÍNH"],
        ["CHỨNG THỰC BÀN SAO ĐÚNG VỚI BẢN CHINH", "Số chứng thực 0123 Quyển số 01"],
    ],
)
def test_a_certification_stamp_anywhere_blocks(bundled: Settings, rows: list[str]) -> None:
    stamped = running(4, ["Các bên cam kết thực hiện."])
    stamped = page([*[Print("", 0, 0, words=line.words) for line in stamped.lines], *stacked(rows, 500, 1900)])
    assert ("certified_copy", Severity.BLOCK) in found(bundled, act(), stamped)


@pytest.mark.parametrize(
    "text",
    [
        "MẶT",
        "MẬT KHẨU",
        "MẬT ONG",
        "BÍ MẬT",
        "Mật",
        "mật",
        "BẢN SAO KÊ",
        "Bản sao",
        "BẢN SAO: 02",
        "BẢN GIAO",
        "- Bản sao chứng thực căn cước công dân;",
        "1. Bản sao y bản chính hợp đồng",
        "Nộp chứng thực bản sao đúng với bản chính",
        "MÁT",
    ],
)
def test_words_are_no_marks(bundled: Settings, text: str) -> None:
    assert found(bundled, act(body=[text, text], extra=[Print(text, 260, 340)])) == []


def test_a_mark_in_a_list_of_the_body_is_none(bundled: Settings) -> None:
    assert found(bundled, page([*stacked(["Loại giấy tờ", "Số lượng"], 200, 1000), Print("BẢN SAO", 700, 1300)])) == []


def test_a_mark_lower_down_counts_inside_a_stamp(bundled: Settings) -> None:
    stamp = Region("stamp", (600, 1250, 900, 1400))
    assert found(bundled, page([Print("BẢN SAO", 700, 1300)], regions=[stamp])) == [("photocopy", Severity.BLOCK)]


def test_a_copy_from_the_register_is_only_pointed_out(bundled: Settings) -> None:
    copy = form("TRÍCH LỤC KHAI SINH", ["Họ, chữ đệm, tên: LÝ THỬ"])
    copy = page([*[Print("", 0, 0, words=line.words) for line in copy.lines], centred("(BẢN SAO)", 350)])
    assert found(bundled, copy) == [("photocopy", Severity.WARNING)]


def test_a_mark_on_several_pages_is_said_once(bundled: Settings) -> None:
    marked = act(extra=[Print("MẬT", 260, 340)])
    assert found(bundled, marked, marked) == [("secret", Severity.BLOCK)]


WORDS = st.lists(st.sampled_from("mật bản sao chứng thực tối tuyệt chính đúng với y phô tô và của".split()), min_size=1)


@given(WORDS)
def test_running_text_never_raises_a_flag(bundled: Settings, words: list[str]) -> None:
    text = " ".join(words[:12])
    assert found(bundled, running(2, [text, f"{text}.", f"Nộp {text}"])) == []


# -- marks beside other print -----------------------------------------------------------------------------------


def beside(left: str, right: str, gap: float) -> Print:
    """Two prints on one row of the reader, ``gap`` pixels apart."""
    first = line(Print(left, 260, 290))
    second = line(Print(right, first.box[2] + gap, 290))
    return Print("", 0, 0, words=(*first.words, *second.words))


@pytest.mark.parametrize("row", [beside("Số: 15/BC-CA", "MẬT", 45), beside("[MẬT]", "Số: 15/BC-CA", 12)])
def test_a_secrecy_mark_beside_the_number_blocks(bundled: Settings, row: Print) -> None:
    paper = page([*head(["CÔNG AN TỈNH THÍ ĐIỂM"], "", ""), row, centred("BÁO CÁO", 400)])
    assert found(bundled, paper) == [("secret", Severity.BLOCK)]


def test_words_stamped_into_a_row_are_a_mark(bundled: Settings) -> None:
    row = beside("Nội dung báo cáo như sau:", "TỐI MẬT", 12)
    stamp = Region("stamp", (row.words[-2].box[0] - 5, 280, row.words[-1].box[2] + 5, 330))
    assert found(bundled, page([row], regions=[stamp])) == [("secret", Severity.BLOCK)]
    assert found(bundled, page([row])) == []


def test_the_head_of_a_table_is_no_mark(bundled: Settings) -> None:
    rows = [Print(text, x, 500) for text, x in (("TÊN GIẤY TỜ", 200), ("BẢN CHÍNH", 800), ("BẢN SAO", 1200))]
    assert found(bundled, page(rows)) == []
    assert found(bundled, page(rows[2:])) == [("photocopy", Severity.BLOCK)]


@pytest.mark.parametrize(
    ("mark", "rule"),
    [("SAO Y", "administrative_copy"), ("TRÍCH SAO", "administrative_copy"), ("CHỈ XUẤT TRÌNH", "present_only")],
)
def test_other_marks(bundled: Settings, mark: str, rule: str) -> None:
    assert found(bundled, act(extra=[Print(mark, 1200, 60)])) == [(rule, Severity.BLOCK)]
    assert found(bundled, act(body=[f"Nộp {mark.lower()} giấy tờ.", mark.capitalize()])) == []


def test_a_mark_outright_goes_before_one_in_brackets(bundled: Settings) -> None:
    pages = [page([centred("(BẢN SAO)", 350)]), page([Print("BẢN SAO", 1300, 60)])]
    assert found(bundled, *pages) == [("photocopy", Severity.BLOCK)]


def test_brackets_weigh_as_configured(bundled: Settings) -> None:
    paper = sheet(page([centred("(BẢN SAO)", 350)]))
    rules = [flag for flag in bundled.legal.flags if flag.rule == "photocopy"]
    for weight, expected in (("off", []), ("warning", [Severity.WARNING]), ("block", [Severity.BLOCK])):
        weighed = [flag.model_copy(update={"bracketed": weight}) for flag in rules]
        assert [one.severity for one in flags.find([paper], weighed)] == expected


# -- flags without a mark ---------------------------------------------------------------------------------------

RESULT = Dossier("000.00.00.H00-240305-0001", "1.001193", kind=Kind.RESULT)
COMPONENT = replace(RESULT, kind=Kind.COMPONENT)


def typed(bundled: Settings, **changes: object) -> DocumentType:
    return bundled.types[0].model_copy(update={"sealed": False, **changes})


def said(bundled: Settings, reading: PageReading, **given) -> list[Finding]:
    return list(flags.find([sheet(reading)], bundled.legal.flags, **given))


@pytest.mark.parametrize(
    ("valid_until", "rules"),
    [("2024-03-04", ["expired"]), ("2024-03-05", []), ("2030-01-01", []), ("vĩnh viễn", []), ("", [])],
)
def test_a_paper_whose_validity_has_ended(bundled: Settings, valid_until: str, rules: list[str]) -> None:
    noticed = said(bundled, act(), valid_until=valid_until, today=date(2024, 3, 5))
    assert [one.rule for one in noticed] == rules
    assert all(one.severity is Severity.BLOCK and "04/03/2024" in one.message.vi for one in noticed)
    assert said(bundled, act(), valid_until=valid_until) == []


@pytest.mark.parametrize(("rule", "severity"), [("no", Severity.BLOCK), ("ask", Severity.WARNING), ("yes", None)])
def test_a_type_that_is_not_digitised(bundled: Settings, rule: str, severity: Severity | None) -> None:
    digitise = bundled.types[0].digitise.model_copy(update={"rule": rule, "basis": "Luật Thử nghiệm"})
    noticed = said(bundled, act(), kind=typed(bundled, digitise=digitise))
    assert [one.severity for one in noticed] == ([severity] if severity else [])
    assert all("Luật Thử nghiệm" in one.message.vi for one in noticed)


SEAL, PEN, HIGH_PEN = (
    Region("stamp", (1000, 1500, 1300, 1800)),
    Region("handwriting", (1000, 1560, 1400, 1700)),
    Region("handwriting", (320, 280, 420, 330)),
)


@pytest.mark.parametrize(
    ("dossier", "colour", "severity"),
    [
        (RESULT, True, Severity.BLOCK),
        (RESULT, None, Severity.WARNING),
        (RESULT, False, Severity.INFO),
        (COMPONENT, True, Severity.WARNING),
        (None, True, Severity.WARNING),
    ],
)
def test_neither_seal_nor_signature(bundled: Settings, dossier, colour, severity: Severity) -> None:
    sealed = typed(bundled, sealed=True)
    given = {"kind": sealed, "dossier": dossier, "colour": colour}
    bare = replace(act(), regions=(HIGH_PEN,))
    assert [(one.rule, one.severity) for one in said(bundled, bare, **given)] == [("unsealed", severity)]
    for region in (SEAL, PEN):
        assert said(bundled, replace(act(), regions=(region,)), **given) == []
    assert said(bundled, bare, **{**given, "kind": typed(bundled)}) == []
    assert said(bundled, bare, **given, signed=True) == []
    assert said(bundled, act(mode="text-layer"), **given) == []
    caption = act(extra=[Print("Ký bởi: Sở Thử nghiệm", 900, 60)])
    assert said(bundled, caption, **given) == []


def test_a_pale_page_is_never_blocked_for_a_seal_that_cannot_be_seen(bundled: Settings) -> None:
    pale = Finding("not_colour", "page 1", Text("ảnh xám", "grey"), Severity.WARNING)
    given = {"kind": typed(bundled, sealed=True), "dossier": RESULT, "colour": True}
    noticed = said(bundled, replace(act(), findings=(pale,)), **given)
    assert [one.severity for one in noticed] == [Severity.INFO]


def test_every_flag_names_its_legal_basis(bundled: Settings) -> None:
    for flag in bundled.legal.flags:
        assert flag.basis
        marked = page([Print(flag.marks[0], 700, 100)]) if flag.marks else page([])
        for one in flags.find([sheet(marked)], [flag]):
            assert flag.basis in one.message.vi
            assert flag.basis in one.message.en
