"""Personal papers told in YAML: every form of every kind, old and new, in print and filled in by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from pipeline.settings import bundled_folder, load
from pipeline.vietnamese import fold
from samples import CONDITIONS, FORMS, Paper, draw_paper, people
from samples.forms import cards, composer, land
from samples.forms.facts import fact, facts_of, say
from samples.forms.told import forms_of, told_kinds
from samples.mrz import check_digit, passport_lines
from samples.plans import plans_of
from samples.script import can_write_words, write_words
from samples.sheet import HEIGHT, RIGHT, WIDTH
from samples.story import VARIED_FROM, story_of

SEEDS = (1003, 1010)
TOLD = [(kind, number, seed) for kind in told_kinds() for number in range(len(forms_of(kind))) for seed in SEEDS]
CARDS = [(kind, seed) for kind in cards.card_kinds() for seed in range(1001, 1005)]
SETTINGS = load(bundled_folder())


def told(kind: str, number: int, seed: int) -> Paper:
    return composer.compose(story_of(seed), forms_of(kind)[number])


def drawn_cases() -> list[Paper]:
    return [told(*case) for case in TOLD] + [draw_paper(*case) for case in CARDS]


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    """Every form at two seeds, and some cards: only told, no pixel drawn."""
    return drawn_cases()


def test_every_form_is_drawn(papers: list[Paper]) -> None:
    assert {paper.kind for paper in papers} == set(told_kinds()) | set(cards.card_kinds())
    assert set(told_kinds()) | set(cards.card_kinds()) <= set(FORMS)


def test_truth_has_only_keys_that_are_configured(papers: list[Paper]) -> None:
    for paper in papers:
        kind = SETTINGS.type(paper.kind)
        assert kind is not None, paper.kind
        assert set(paper.truth.fields) <= set(SETTINGS.legal.fields) | set(kind.fields), paper.kind
        assert set(paper.truth.handwritten) <= set(paper.truth.fields) | {""}


def test_texts_lie_inside_the_page(papers: list[Paper]) -> None:
    for paper in papers:
        for page in paper.truth.pages:
            for line in page.lines:
                x0, y0, x1, y1 = line.box
                assert 200 <= x0 < x1 <= RIGHT + 30, (paper.kind, line.text)
                assert 200 <= y0 < y1 <= HEIGHT - 150, (paper.kind, line.text)


def test_lines_of_print_do_not_lie_on_one_another(papers: list[Paper]) -> None:
    for paper in papers:
        for page in paper.truth.pages:
            boxes = [line.box for line in page.lines]
            for number, (x0, y0, x1, y1) in enumerate(boxes):
                for a0, b0, a1, b1 in boxes[number + 1 :]:
                    across, down = min(x1, a1) - max(x0, a0), min(y1, b1) - max(y0, b0)
                    clear = across <= 0 or down <= 0.4 * min(y1 - y0, b1 - b0)
                    assert clear, (paper.kind, page.lines[number].text)


def test_what_is_not_written_by_hand_is_printed(papers: list[Paper]) -> None:
    for paper in papers:
        said = fold(paper.truth.text()).replace("\n", " ")
        codes = fold("|".join(code for page in paper.truth.pages for code in page.barcodes))
        for key, value in paper.truth.fields.items():
            if key in paper.truth.handwritten or value[4:5] + value[7:8] == "--":
                continue
            words = [word for part in value.split("; ") for word in fold(part).split()]
            assert all(word in said or word in codes for word in words), (paper.kind, key, value)


def test_printed_dates_stand_in_one_of_their_forms(papers: list[Paper]) -> None:
    for paper in papers:
        said = paper.truth.text()
        for key, value in paper.truth.fields.items():
            if value[4:5] + value[7:8] != "--" or key in paper.truth.handwritten:
                continue
            if key == "thoi_han_hieu_luc" and "kể từ ngày cấp" in said.replace("\n", " "):
                continue  # the paper says how long it is valid, not until when
            day = date.fromisoformat(value)
            forms = (say("{d}", {"d": day}), say("{d:l}", {"d": day}))
            on_card = f"{day:%d} tháng/month {day.month:02d}"
            assert any(form in said for form in (*forms, on_card)), (paper.kind, key, value)


def test_dates_do_not_contradict_one_another(papers: list[Paper]) -> None:
    for paper in papers:
        days = {key: value for key, value in paper.truth.fields.items() if value[4:5] + value[7:8] == "--"}
        issued = days.get("ngay_cap", "")
        assert days.get("ngay_sinh", "0") < (issued or "9"), paper.kind
        assert issued < days.get("thoi_han_hieu_luc", "9"), paper.kind
        assert days.get("ngay_chet", "0") <= (issued or "9"), paper.kind


@pytest.mark.parametrize("kind", sorted(set(told_kinds()) | set(cards.card_kinds())))
def test_the_same_seed_draws_the_same_paper(kind: str) -> None:
    one, again = draw_paper(kind, 1007), draw_paper(kind, 1007)
    assert one.truth == again.truth
    assert np.array_equal(np.asarray(one.pages[0]), np.asarray(again.pages[0]))


@pytest.mark.parametrize("kind", ["can_cuoc", "ho_chieu", "giay_phep_lai_xe"])
@pytest.mark.parametrize("seed", [1, 1002])
def test_codes_can_be_read(kind: str, seed: int) -> None:
    paper = draw_paper(kind, seed)
    for page, truth in zip(paper.pages, paper.truth.pages, strict=True):
        assert {code.text for code in zxingcpp.read_barcodes(page)} == set(truth.barcodes)


def test_a_card_of_2024_says_on_its_back_what_stands_on_its_front() -> None:
    paper = draw_paper("can_cuoc", 1)
    fields = paper.truth.fields
    code = paper.truth.pages[0].barcodes[0].split("|")
    assert (code[0], code[1]) == (fields["so_dinh_danh"], fields.get("so_cu", ""))
    assert code[2].upper() == fields["ho_ten"]
    first, second, third = (line.text for line in paper.truth.pages[0].lines[-3:])
    assert first[15:27] == fields["so_dinh_danh"]
    assert second[8:14] == date.fromisoformat(fields["het_han"]).strftime("%y%m%d")
    assert third.startswith(people.in_latin(fields["ho_ten"]).split()[0])


@given(st.integers(0, 10**6))
def test_lines_of_passports_check_out(seed: int) -> None:
    person = story_of(seed).mother
    first, second = passport_lines("C1234567", person.born, person.sex, person.id_expires, person.name, person.id)
    assert (len(first), len(second)) == (44, 44)
    for start, end in ((0, 9), (13, 19), (21, 27), (28, 42)):
        assert second[end] == check_digit(second[start:end])
    assert second[43] == check_digit(second[:10] + second[13:20] + second[21:43])
    assert first[5:].strip("<").replace("<<", " ").replace("<", " ") == people.in_latin(person.name)


def test_the_newest_owner_of_land_is_the_one_in_the_truth() -> None:
    sold = 0
    for seed in range(1001, 1025):
        paper = told("giay_chung_nhan_quyen_su_dung_dat", 0, seed)
        last = paper.truth.pages[-1].text()
        if "Chuyển nhượng cho" in last or "Tặng cho" in last:
            sold += 1
            assert fold(paper.truth.fields["chu_su_dung"]) in fold(last).replace("\n", " ")
            assert fold(paper.truth.fields["chu_su_dung"]) not in fold(paper.truth.pages[0].text()).replace("\n", " ")
    assert sold >= 3


def test_below_the_varied_seeds_a_kind_has_its_one_form() -> None:
    kind = "giay_chung_nhan_quyen_su_dung_dat"
    assert draw_paper(kind, 6).truth == land.land_certificate(story_of(6)).truth
    titles = {draw_paper(kind, seed).truth.fields["so_vao_so"][:2] for seed in range(1000, 1012)}
    assert len(titles) > 2
    assert all(not draw_paper("giay_chung_sinh", seed).truth.handwritten for seed in (1, 2, 3))


def test_forms_are_also_filled_in_by_hand(papers: list[Paper]) -> None:
    by_hand = [paper for paper in papers if len(paper.truth.handwritten) > 5]
    assert len({paper.kind for paper in by_hand}) >= 5


def test_facts_are_said_as_papers_say_them() -> None:
    facts = {"d": date(2025, 3, 5), "n": 1_500_000, "t": "xã An Thử"}
    told = "{d} {d:l} {d:y} {d:six} {n:g} {t:u} {t:c} {t:n}"
    assert say(told, facts) == "05/03/2025 05 tháng 3 năm 2025 2025 250305 1.500.000 XÃ AN THỬ Xã An Thử XA AN THU"
    assert say("{n:w}", facts) == "một triệu năm trăm nghìn"
    assert fact("{d}", facts) == date(2025, 3, 5)


@given(st.integers(VARIED_FROM, 10**5), st.sampled_from(told_kinds()))
def test_a_paper_is_older_than_its_dossier(seed: int, kind: str) -> None:
    story = story_of(seed)
    for form in forms_of(kind)[:2]:
        facts = facts_of(story, kind, form.era, {"d": ["day -30 -3"], "n": ["5..9 x 10"], "code": ["A-###"]})
        assert form.era[0].toordinal() - 3 <= facts["day"].toordinal() < story.received.toordinal()
        assert facts["d"] < facts["day"]
        assert facts["n"] in (50, 60, 70, 80, 90)
        assert facts["code"][2:].isdigit()


def test_words_are_written_by_hand() -> None:
    assert can_write_words("Nguyễn Thị Hồng Đượm, số 12/3 (tổ 5)")
    assert not can_write_words("漢")
    one, other = (write_words("Phường Thử", 60, np.random.default_rng(seed)) for seed in (1, 2))
    assert one.shape[0] == 100
    assert one.shape != other.shape or not np.array_equal(one, other)
    marked, bare = (int((write_words(text, 60, np.random.default_rng(1)) > 128).sum()) for text in ("ộ", "o"))
    assert marked > bare


@pytest.mark.parametrize("first", [VARIED_FROM, VARIED_FROM + 517])
def test_thirty_dossiers_hold_every_kind_thrice_and_every_condition(first: int) -> None:
    plans = [plan for seed in range(first, first + 30) for plan in plans_of(story_of(seed))]
    kinds = Counter(kind for plan in plans for kind in plan.kinds)
    assert set(kinds) == set(FORMS)
    assert min(kinds.values()) >= 3
    assert {name for plan in plans for name in plan.conditions} == set(CONDITIONS)
    for seed in range(first, first + 30):
        story = story_of(seed)
        assert 6 <= sum(len(plan.kinds) for plan in plans_of(story)) <= 9
        assert len({plan.name.rsplit(".", 1)[0] for plan in plans_of(story)}) == len(plans_of(story))


def test_the_page_is_a4() -> None:
    for kind in ("bang_tot_nghiep", "ho_chieu"):
        assert draw_paper(kind, 1001).pages[0].size == (WIDTH, HEIGHT)
