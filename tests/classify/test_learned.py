"""The learned type model: what it sees, how it is kept, what it says of papers and of what is no paper."""

from __future__ import annotations

import hashlib
import json
import random
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import corpus, training
from pipeline.classify.corpus import Example, Paper
from pipeline.classify.features import count, text_of, weigh
from pipeline.classify.learned import BUNDLED, Facts, Learned, current, from_bytes, load
from pipeline.classify.training import Figures, judge, train, worse
from pipeline.errors import ConfigError
from pipeline.settings import Settings, bundled_folder
from tests.classify.paper import act, form, numbered, running

TITLES = {"don": "ĐƠN ĐỀ NGHỊ", "bao_cao": "BÁO CÁO", "giay_moi": "GIẤY MỜI"}
WORDS = {
    "don": ("Tôi tên là", "Kính đề nghị quý cơ quan xem xét giải quyết", "Tôi xin cam đoan lời khai trên là đúng"),
    "bao_cao": ("Kết quả thực hiện nhiệm vụ trong kỳ", "Tồn tại, hạn chế và nguyên nhân", "Phương hướng kỳ tới"),
    "giay_moi": ("Trân trọng kính mời", "Thời gian bắt đầu lúc", "Rất mong quý vị đến dự đúng giờ"),
}


def some_papers(number: int, lot: random.Random) -> list[Example]:
    """Papers of three types with words of their own and words of all."""
    made = []
    for kind, title in TITLES.items():
        for at in range(number):
            shared = [f"việc số {lot.randint(1, 999)} của thôn {lot.choice('ABCDEG')}" for _ in range(6)]
            rows = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", title, *lot.sample(WORDS[kind], 2), *shared]
            made.append(Example("\n".join(rows), kind, f"{kind}/{at}"))
    return made


@pytest.fixture(scope="module")
def small() -> Learned:
    return train(some_papers(12, random.Random(1)), Facts(trained_at="2026-11-22T09:00:00+07:00"))


@pytest.fixture(scope="module")
def shipped() -> Learned:
    return load(bundled_folder() / BUNDLED)


def best(model: Learned, text: str) -> tuple[str, float]:
    return next(iter(model.chances(text).items()), ("", 0.0))


# -- what is seen -----------------------------------------------------------------------------------------------


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=100))
def test_any_text_is_counted_alike_however_its_marks_are_coded(text: str) -> None:
    assert count(unicodedata.normalize("NFD", text)) == count(unicodedata.normalize("NFC", text))


@given(st.text(alphabet="ĐƠN ĐỀ NGHỊ đơn đề nghị\n0123456789.:/", max_size=400))
def test_of_any_text_chances_are_probabilities_the_greatest_first(shipped: Learned, text: str) -> None:
    chances = list(shipped.chances(text).values())
    assert all(0.01 <= chance <= 1 for chance in chances)
    assert sum(chances) <= 1.000001
    assert chances == sorted(chances, reverse=True)


def test_marks_and_figures_do_not_matter_capitals_of_a_row_do() -> None:
    assert count("Báo cáo số 12 ngày 03") == count("BAO cao so 99 ngay 17".capitalize())
    assert count("BÁO CÁO") != count("Báo cáo")
    assert count("số 123456789012") != count("số 12")


def test_weights_of_the_parts_have_their_length_and_strange_words_take_from_it() -> None:
    text = "MỘT HAI BA\n" * 30
    hashes = np.array(sorted({feature for block in count(text) for feature in block}), np.uint32)
    places, weights = weigh(count(text), hashes, np.ones(len(hashes), np.float32), 1.0)
    assert len(places) == len(hashes)
    assert float(np.square(weights).sum()) == pytest.approx(1 + 1 + 0.4**2, rel=1e-4)
    half = np.sort(hashes)[::2].copy()
    _, fewer = weigh(count(text), half, np.ones(len(half), np.float32), 1.0)
    assert float(np.square(fewer).sum()) < float(np.square(weights).sum())


def test_the_first_pages_are_looked_at_until_there_are_rows_enough() -> None:
    stack = [act(), *(numbered(running(at), at) for at in range(2, 60))]
    rows = text_of(stack).splitlines()
    assert rows[0] == act().lines[0].text
    assert len(rows) == 70


def test_training_and_applying_see_the_same(small: Learned) -> None:
    """The probabilities of the model as kept are those of scikit-learn's on the same papers, but for rounding."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    papers = some_papers(12, random.Random(1))
    rows = [weigh(count(paper.text), small.vocabulary, small.rarity, small.foreign) for paper in papers]
    ends = np.cumsum([0, *(len(places) for places, _ in rows)])
    matrix = csr_matrix(
        (np.concatenate([w for _, w in rows]), np.concatenate([p for p, _ in rows]), ends),
        (len(rows), len(small.vocabulary)),
    )
    fit = LogisticRegression(C=50, class_weight="balanced", max_iter=300, fit_intercept=False)
    fit.fit(matrix, [paper.type for paper in papers])
    expected = matrix @ fit.coef_.T
    found = np.array([small.scores(count(paper.text)) for paper in papers])
    assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max()


# -- what is said -----------------------------------------------------------------------------------------------


def test_papers_never_seen_are_told_apart_and_nothing_is_likely_of_other_texts(small: Learned) -> None:
    figures = judge(small, some_papers(6, random.Random(2)))
    assert figures.accuracy == 1
    for text in ("", "\n\n", "The quick brown fox\njumps over the lazy dog\n" * 10):
        assert best(small, text)[1] < 0.5


def test_the_model_that_comes_along_knows_every_configured_type(shipped: Learned, bundled: Settings) -> None:
    assert set(shipped.types) >= {kind.key for kind in bundled.types}


def test_the_model_that_comes_along_knows_acts_and_forms_with_a_misread_or_lost_title(shipped: Learned) -> None:
    assert best(shipped, text_of([act()]))[0] == "quyet_dinh"
    report = act(title="BAO CAO", number="Số: 15/BC-UBND", subject=("Kết quả công tác quý III",))
    assert best(shipped, text_of([report]))[0] == "bao_cao"
    rows = ["Họ, chữ đệm, tên: Lý Thử", "Ngày, tháng, năm sinh: 01/02/2020", "Giới tính: Nữ", "Dân tộc: Kinh"]
    rows += ["Nơi sinh: Trạm y tế", "Họ, chữ đệm, tên người mẹ: Lý Mẫu", "Họ, chữ đệm, tên người cha: Hồ Thử"]
    rows += ["Nơi đăng ký khai sinh: UBND xã Thí Điểm", "Họ, chữ đệm, tên người đi khai sinh: Lý Mẫu"]
    assert best(shipped, text_of([form("TRANG", rows)]))[0] == "giay_khai_sinh"


def test_the_model_that_comes_along_thinks_nothing_of_foreign_texts(shipped: Learned) -> None:
    for text in ("", "Lorem ipsum dolor sit amet\nconsectetur adipiscing elit\n" * 12, "12 345 678\n" * 20):
        assert best(shipped, text)[1] < 0.4


# -- how it is kept ---------------------------------------------------------------------------------------------


def test_a_model_comes_back_as_it_was_saved(small: Learned, tmp_path: Path) -> None:
    small.save(tmp_path / "m.npz")
    again = load(tmp_path / "m.npz")
    assert again.to_bytes() == small.to_bytes()
    assert again.facts == small.facts
    paper = some_papers(1, random.Random(3))[0]
    assert again.chances(paper.text) == small.chances(paper.text)


def test_training_again_gives_the_same_model(small: Learned) -> None:
    assert train(some_papers(12, random.Random(1)), small.facts).to_bytes() == small.to_bytes()


def damages(data: bytes) -> Sequence[bytes]:
    return (b"", b"PK\x03\x04", data[: len(data) // 2], b"not a model at all", json.dumps({"format": 1}).encode())


def test_damaged_and_foreign_files_are_refused(small: Learned, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    for data in damages(small.to_bytes()):
        path.write_bytes(data)
        with pytest.raises(ConfigError, match=r"m\.npz"):
            load(path)
    np.savez(path, a=np.arange(3))
    with pytest.raises(ConfigError):
        load(path)
    np.savez(path, header=np.array([{"pickled": 1}], dtype=object))
    with pytest.raises(ConfigError):
        load(path)
    with pytest.raises(ConfigError):
        load(tmp_path / "none.npz")


@pytest.mark.parametrize(
    "change",
    [
        {"facts": Facts(features=0)},
        {"types": ("a", "b")},
        {"foreign": 0.0},
        {"sharpness": float("nan")},
        {"vocabulary": np.zeros(4, np.uint32)},
        {"scale": np.array([1, np.inf, 1], np.float32)},
    ],
)
def test_parts_that_do_not_go_together_are_refused(small: Learned, change: dict) -> None:
    with pytest.raises(ConfigError):
        from_bytes(replace(small, **change).to_bytes(), Path("m.npz"))


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_a_flipped_byte_never_gets_out_as_another_error(at: int, value: int) -> None:
    data = bytearray((bundled_folder() / BUNDLED).read_bytes())
    data[at % len(data)] = value
    with suppress(ConfigError):
        from_bytes(bytes(data), Path("m.npz")).chances("ĐƠN ĐỀ NGHỊ")


# -- which one is used ------------------------------------------------------------------------------------------


def cached(folder: Path, data: bytes, digest: str | None = None) -> None:
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models" / "0001.npz").write_bytes(data)
    told = {"version": 1, "sha256": digest or hashlib.sha256(data).hexdigest(), "file": "0001.npz"}
    (folder / "models" / "current.json").write_text(json.dumps(told))


def test_the_cached_model_goes_before_the_bundled_one(small: Learned, tmp_path: Path) -> None:
    assert current(tmp_path, tmp_path) is None
    bundled = current(tmp_path, bundled_folder())
    assert bundled is not None
    assert len(bundled.types) > 3
    cached(tmp_path, small.to_bytes())
    found = current(tmp_path, bundled_folder())
    assert found is not None
    assert found.types == small.types


@pytest.mark.parametrize("pointer", ["", "[]", "{}", '{"file": "../../x", "sha256": ""}', '{"file": 1, "sha256": 2}'])
def test_a_cache_that_cannot_be_trusted_is_passed_over(small: Learned, tmp_path: Path, pointer: str) -> None:
    cached(tmp_path, small.to_bytes(), digest="0" * 64)
    found = current(tmp_path, bundled_folder())
    assert found is not None
    assert found.types != small.types
    (tmp_path / "models" / "current.json").write_text(pointer)
    assert current(tmp_path, bundled_folder()) is not None


def test_a_cached_model_of_another_program_version_is_passed_over(small: Learned, tmp_path: Path) -> None:
    cached(tmp_path, replace(small, facts=Facts(features=99)).to_bytes())
    found = current(tmp_path, bundled_folder())
    assert found is not None
    assert len(found.types) > 3


# -- what it learns from ----------------------------------------------------------------------------------------


def test_copies_are_the_same_for_a_seed_and_held_papers_are_another_matter(bundled: Settings) -> None:
    papers = [Paper("CỘNG HÒA\nĐƠN XIN PHÉP\nTôi tên là", "don", "1"), Paper("x", "not configured", "2")]
    made = training.examples(papers, bundled.types, bundled.vocabulary, seed="s", invent=1)
    assert made == training.examples(papers, bundled.types, bundled.vocabulary, seed="s", invent=1)
    assert made != training.examples(papers, bundled.types, bundled.vocabulary, seed="t", invent=1)
    assert {example.type for example in made} == {kind.key for kind in bundled.types}


def test_titles_are_taken_away_whole_and_broken(bundled: Settings) -> None:
    kind = bundled.type("giay_khai_sinh")
    assert kind is not None
    rows = ["UBND XÃ", "GIAY KHAI SINH", "GIẤY", "Họ tên", "Nơi đăng ký khai sinh"]
    assert corpus.untitled(rows, kind) == ["UBND XÃ", "GIẤY", "Họ tên", "Nơi đăng ký khai sinh"]
    assert "GIẤY KHAI" not in corpus.untitled(["GIẤY KHAI", "SINH"], kind)


def test_texts_come_back_as_they_were_saved_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    papers = (Paper("ĐƠN\nĐề nghị", "don", "1"), Paper("x", "bao_cao", "2", held=True))
    corpus.save(papers, tmp_path / "texts.xz")
    assert corpus.load(tmp_path / "texts.xz") == papers
    for data in (b"", b"nonsense", (tmp_path / "texts.xz").read_bytes()[:-20]):
        (tmp_path / "texts.xz").write_bytes(data)
        with pytest.raises(ConfigError):
            corpus.load(tmp_path / "texts.xz")


# -- judging ----------------------------------------------------------------------------------------------------


LOSSES = (0.1, 0.2, 0.1, 0.4, 0.2)
OLD = Figures(10, 0.9, 0.2, {"a": 5, "b": 4}, {"a": 5, "b": 5}, LOSSES * 2)


def new(accuracy: float = 0.9, more: Sequence[float] = (0.0,) * 5, **right: int) -> Figures:
    losses = [loss + added for loss, added in zip(LOSSES, more, strict=True)] * 2
    return Figures(10, accuracy, sum(losses) / 10, right, {"a": 5, "b": 5}, tuple(losses))


def test_a_model_that_is_nowhere_worse_may_follow() -> None:
    assert worse(OLD, OLD) == []
    assert worse(OLD, new(1.0, a=5, b=5)) == []
    assert worse(OLD, new(more=(0.1, -0.1, 0.1, -0.1, 0.05), a=5, b=4)) == []  # no more than luck


def test_a_model_is_worse_wherever_it_is() -> None:
    slipped = worse(OLD, new(more=(0.01,) * 5, a=5, b=4))
    assert [text.en for text in slipped] == ["log-loss grows from 0.200 to 0.210"]
    assert [text.en for text in worse(OLD, new(a=4, b=5))] == ["type a: right 5/5, now 4/5"]
    assert worse(OLD, new(more=(0.01,) * 5, a=5, b=4), slack=0.1) == []
    assert len(worse(OLD, new(0.5, (9.0, 8.0, 9.0, 8.0, 9.0), b=5))) == 3


def test_worn_papers_may_lose_a_copy_of_a_type_and_a_share_of_all() -> None:
    assert worse(OLD, new(a=4, b=5), spare=1) == []
    assert worse(OLD, new(0.8, a=4, b=4), spare=1) == []
    assert len(worse(OLD, new(0.7, a=4, b=3), spare=1)) == 1
    assert worse(OLD, new(0.7, a=4, b=3), spare=1, share=0.2) == []


def test_a_type_the_model_does_not_know_counts_as_not_recognised(small: Learned) -> None:
    figures = judge(small, [Example("ĐƠN ĐỀ NGHỊ", "don", "1"), Example("HỘ CHIẾU", "ho_chieu", "2")])
    assert figures.right == {"don": 1, "ho_chieu": 0}
    assert figures.loss > 5
