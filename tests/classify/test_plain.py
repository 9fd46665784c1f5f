"""Plain texts laid out as pages, and decisions explained."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import Knowledge, plain
from pipeline.classify.explain import explain
from pipeline.settings import Settings

NOTICE = """ỦY BAN NHÂN DÂN\tCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
PHƯỜNG THÍ ĐIỂM\tĐộc lập - Tự do - Hạnh phúc
Số: 15/TB-UBND\tThí Điểm, ngày 05 tháng 3 năm 2024
                              THÔNG BÁO
                    Về việc nghỉ lễ
Phường thông báo lịch nghỉ lễ như sau."""


@given(st.text(alphabet="ab \t\n\f", max_size=400))
def test_every_word_is_on_a_page_once_and_inside_it(text: str) -> None:
    words = [word for page in plain.pages(text) for line in page.lines for word in line.words]
    assert [word.text for word in words] == text.split()
    assert all(0 <= word.box[0] < plain.WIDTH and word.box[3] <= plain.HEIGHT for word in words)


def test_columns_indents_and_page_breaks_are_kept() -> None:
    first, second = plain.pages(NOTICE + "\fNơi nhận:")
    assert second.number == 2
    left, right = first.lines[0], first.lines[1]
    assert left.box[2] < right.box[0]
    title = next(line for line in first.lines if line.text == "THÔNG BÁO")
    assert title.box[0] > left.box[0]


def test_a_decision_is_explained_by_its_evidence_and_the_runner_up(bundled: Settings) -> None:
    found = explain(plain.pages(NOTICE.replace("15/TB", "15/KH")), Knowledge(bundled))
    assert found.pages == (1,)
    assert [one.type.key for one in found.standings[:2]] == ["thong_bao", "ke_hoach"]
    assert [(one.kind, one.what) for one in found.standings[0].evidence] == [("title", "THÔNG BÁO")]
    assert [(one.kind, one.what) for one in found.standings[1].evidence] == [("symbol", "/KH-UBND")]
    missed = {marks.type.key: marks for marks in found.missed}
    assert missed["thong_bao"].suffixes == ("TB",)
    assert missed["ke_hoach"].titles == ("KẾ HOẠCH",)


class Sure:
    """A model with one opinion."""

    def chances(self, text: str) -> dict[str, float]:
        return {"hop_dong": 1.0 if "hợp tác" in text else 0.0}


def test_the_learned_model_is_asked_and_named(bundled: Settings) -> None:
    pages = plain.pages("Hai bên thống nhất hợp tác\nnhư sau")
    assert explain(pages, Knowledge(bundled)).match.key == "unknown"
    found = explain(pages, Knowledge(bundled, model=Sure()))
    assert found.match.key == "hop_dong"
    assert [one.kind for one in found.standings[0].evidence] == ["model"]
