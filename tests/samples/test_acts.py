"""Acts of all types: what is printed, over many bodies and years, without drawing a pixel."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import cache

import pytest

from pipeline.settings import bundled_folder, load
from pipeline.vietnamese import fold
from samples import FORMS, Paper, draw_paper
from samples.forms.act import kinds, make_act, told
from samples.forms.varied import ACT_KINDS, VARIED_FROM, draw_act
from samples.sheet import HEIGHT, RIGHT

SEEDS = range(VARIED_FROM, VARIED_FROM + 6)
every_kind = pytest.mark.parametrize("kind", ACT_KINDS)


@cache
def drawn(kind: str) -> tuple[Paper, ...]:
    return tuple(draw_act(kind, seed) for seed in SEEDS)


def letters(text: str) -> str:
    return fold(text).replace(" ", "").replace("\n", "")


@every_kind
def test_lines_lie_within_the_page_and_not_on_one_another(kind: str) -> None:
    for paper in drawn(kind):
        for page in paper.truth.pages:
            boxes = [line.box for line in page.lines]
            for number, (x0, y0, x1, y1) in enumerate(boxes):
                text = page.lines[number].text
                assert 200 <= x0 < x1 <= RIGHT + 30, text
                assert 200 <= y0 < y1 <= HEIGHT - 150, text
                for a0, b0, a1, b1 in boxes[number + 1 :]:
                    across, down = min(x1, a1) - max(x0, a0), min(y1, b1) - max(y0, b0)
                    assert across <= 0 or down <= 0.35 * min(y1 - y0, b1 - b0), text


@every_kind
def test_fields_are_printed_and_known_to_the_type(kind: str) -> None:
    settings = load(bundled_folder())
    configured = settings.type(kind)
    assert configured is not None
    for paper in drawn(kind):
        said = letters(paper.truth.text())
        assert set(paper.truth.fields) <= set(settings.legal.fields) | set(configured.fields)
        for key, value in paper.truth.fields.items():
            assert unicodedata.is_normalized("NFC", value)
            if key in paper.truth.handwritten or re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                continue
            for part in value.split("; ") if key in ("noi_nhan", "bo_sung") else [value]:
                assert letters(part) in said, (key, value)


@every_kind
def test_numbers_and_dates_are_as_their_papers_have_them(kind: str) -> None:
    for seed, paper in zip(SEEDS, drawn(kind), strict=True):
        act, fields = make_act(kind, seed), paper.truth.fields
        if "ngay_cap" in fields:
            assert date.fromisoformat(fields["ngay_cap"]) == act.day
            assert str(act.day.year) in paper.truth.text()
        number = fields.get("so_ky_hieu", "")
        if number:
            assert re.fullmatch(r"\d{1,4}([/-](\d{4}/)?[\w-]+(/[\w-]+)?)?", number), number
        if "so_ky_hieu" in paper.truth.handwritten:
            assert letters(number.lstrip("0123456789")) in letters(paper.truth.text())
            assert not re.search(rf"Số ?:? {number}", paper.truth.text())
        if act.draft:
            assert not {"so_ky_hieu", "ngay_cap"} & set(fields)


@every_kind
def test_a_seed_tells_one_paper(kind: str) -> None:
    again = draw_act(kind, SEEDS[0])
    assert again.truth == drawn(kind)[0].truth
    assert len({paper.truth.text() for paper in drawn(kind)}) == len(SEEDS)


def test_every_type_of_the_layout_of_acts_is_drawn() -> None:
    settings = load(bundled_folder())
    acts = {kind.key for kind in settings.types if kind.act}
    assert acts <= set(ACT_KINDS) <= set(FORMS)


@pytest.mark.parametrize("kind", ["quyet_dinh", "cong_van", "to_trinh", "thong_bao"])
def test_acts_of_a_story_are_varied_from_a_thousand_on(kind: str) -> None:
    assert draw_paper(kind, VARIED_FROM).truth == drawn(kind)[0].truth
    assert draw_paper(kind, 7).truth != draw_act(kind, 7).truth


def test_bodies_years_and_habits_vary() -> None:
    acts = [make_act(kind, seed) for kind in ("quyet_dinh", "bao_cao", "cong_van", "thong_bao") for seed in range(60)]
    assert len({act.issuer.key for act in acts}) > 40
    assert len({act.issuer.group for act in acts}) >= 10
    assert len({act.day.year for act in acts}) > 20
    assert 0.6 < sum(act.style.by_hand for act in acts) / len(acts) < 0.9
    assert {act.style.title_case for act in acts} == {"upper", "capital", "spaced"}
    assert len({act.style.family for act in acts}) == 4
    assert any(act.draft for act in acts)
    assert {bool(act.issuer.superior) for act in acts} == {True, False}


def test_bodies_live_in_their_years() -> None:
    for seed in range(200):
        act = make_act("cong_van", seed)
        body = next(one for one in told("agencies") if one["key"] == act.issuer.key)
        first, last = body.get("years", (0, 9999))
        assert first <= act.day.year <= last


def test_without_a_hand_all_is_printed_and_nothing_sealed() -> None:
    for kind in ("cong_van", "bao_cao"):
        paper = draw_act(kind, VARIED_FROM, by_hand=False)
        assert paper.truth.handwritten == ()
        assert not any(page.marks for page in paper.truth.pages)
        assert paper.truth.fields["so_ky_hieu"] in paper.truth.text()


def test_wordings_have_no_gap_left_open() -> None:
    for kind in ACT_KINDS:
        for paper in drawn(kind):
            assert not re.search(r"[{}<>]", paper.truth.text()), kind


def test_each_type_has_abstracts_or_titles_enough() -> None:
    for kind in kinds().values():
        assert len(kind.abouts) >= 4 or not kind.abouts
