from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import flags
from pipeline.classify.layout import sheet
from pipeline.dossier import PageReading, Region, Severity
from pipeline.settings import Settings
from tests.classify.paper import Print, act, centred, form, page, running, stacked


def found(bundled: Settings, *pages: PageReading) -> list[tuple[str, Severity]]:
    return [(one.rule, one.severity) for one in flags.find([sheet(one) for one in pages], bundled.legal.flags)]


@pytest.mark.parametrize("mark", ["MẬT", "TỐI MẬT", "TUYỆT MẬT", "MÂT", "MAT", "[ MẬT ]", "| TỐI MẬT |"])
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
