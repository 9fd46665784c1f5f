"""The truth of drawn papers names every field of their type that is printed on them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from functools import cache

import pytest

from pipeline.settings import DocumentType, bundled_folder, load
from pipeline.vietnamese import fold
from samples import FORMS, Paper, draw_paper
from samples.forms import composer
from samples.forms.cards import card_kinds
from samples.forms.facts import say
from samples.forms.told import forms_of, told_kinds
from samples.people import months_after
from samples.story import story_of
from samples.truth import PageTruth

PERSONAL = sorted(set(told_kinds()) | set(card_kinds()))
SETTINGS = load(bundled_folder())
ROW = 22
"""Pixels by which the middles of texts on one row may differ."""
OF_ANOTHER = {("giay_chung_nhan_dang_ky_doanh_nghiep", "ma_so"): "a number of the time before codes of enterprises"}
"""Fields whose label stands on some papers without being theirs, and what stands there."""


@cache
def variants(kind: str) -> list[Paper]:
    """Papers of ``kind``: in the form of all seeds below the varied ones, and in each of the others."""
    forms = forms_of(kind) if kind in told_kinds() else ()
    drawn = [draw_paper(kind, seed) for seed in (1, 2, *range(1000, 1006 if kind in card_kinds() else 1003))]
    return drawn + [composer.compose(story_of(seed), form) for form in forms for seed in range(1100, 1104)]


def rows_of(page: PageTruth) -> list[str]:
    """Folded rows from top to bottom, with what the hand wrote in its place."""
    texts = [(line.box, line.text) for line in page.lines]
    texts += [(mark.box, mark.text) for mark in page.marks if mark.kind == "handwriting"]
    rows: list[tuple[float, list[tuple[float, str]]]] = []
    for box, text in sorted(texts, key=lambda one: one[0][1] + one[0][3]):
        middle = (box[1] + box[3]) / 2
        row = next((row for row in rows if abs(row[0] - middle) < ROW), None)
        if row is None:
            rows.append(row := (middle, []))
        row[1].append((box[0], text))
    return [fold(" ".join(text for _, text in sorted(row))) for _, row in rows]


def labelled(kind: DocumentType, rows: list[str]) -> Counter[tuple[str, ...]]:
    """How often labels stand before values, by the own fields that bear them; the longest label that stands there."""
    bearers: dict[str, list[str]] = {}
    for key, spec in kind.fields.items():
        for label in spec.labels:
            bearers.setdefault(fold(label), []).append(key)
    if not bearers:
        return Counter()
    every = "|".join(map(re.escape, sorted(bearers, key=len, reverse=True)))
    pattern = re.compile(rf"(?<!\w)({every})\s*:\s*(?=[^\s.:])")
    return Counter(tuple(bearers[found.group(1)]) for row in rows for found in pattern.finditer(row))


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_what_stands_behind_a_label_is_in_the_truth(kind: str) -> None:
    told = SETTINGS.type(kind)
    assert told is not None
    for paper in variants(kind):
        rows = [row for page in paper.truth.pages for row in rows_of(page)]
        for keys, times in labelled(told, rows).items():
            known = [key for key in keys if key in paper.truth.fields or (kind, key) in OF_ANOTHER]
            assert len(known) >= min(times, len(keys)), (kind, keys, known)


@pytest.mark.parametrize("kind", PERSONAL)
def test_an_own_field_says_the_same_as_the_legal_field_it_fills(kind: str) -> None:
    told = SETTINGS.type(kind)
    assert told is not None
    for paper in variants(kind):
        fields = paper.truth.fields
        for key, spec in told.fields.items():
            legal = [fields.get(filled) for filled in spec.fills if filled in ("so_ky_hieu", "thoi_han_hieu_luc")]
            assert key not in fields or all(value == fields[key] for value in legal), (kind, key)


def test_validity_follows_from_what_the_paper_says() -> None:
    said = {"06 tháng kể từ ngày cấp": 6, "30 ngày kể từ ngày cấp": 0, "12 tháng kể từ ngày cấp": 12}
    met = set()
    for kind in ("so_ho_khau", "giay_phep_xay_dung"):
        for paper in variants(kind):
            fields, text = paper.truth.fields, fold(paper.truth.text()).replace("\n", " ")
            found = [words for words in said if fold(words) in text]
            met.update(found)
            issued = date.fromisoformat(fields["ngay_cap"])
            if found and said[found[0]]:
                assert fields["thoi_han_hieu_luc"] == months_after(issued, said[found[0]]).isoformat()
            elif found:
                assert (date.fromisoformat(fields["thoi_han_hieu_luc"]) - issued).days == 30
            else:
                assert "thoi_han_hieu_luc" not in fields
    assert met == set(said)


def test_months_end_where_the_month_does() -> None:
    assert months_after(date(2024, 8, 31), 6) == date(2025, 2, 28)
    assert months_after(date(2024, 12, 5), 12) == date(2025, 12, 5)


def test_bodies_are_named_with_all_rows_of_their_block() -> None:
    old = forms_of("xac_nhan_tinh_trang_hon_nhan")[1]
    school = forms_of("bang_tot_nghiep")[2]
    for seed in range(1000, 1004):
        place = story_of(seed).place
        rows = {"commune": place.commune, "district": place.district, "region": place.region}
        body = composer.compose(story_of(seed), old).truth.fields["co_quan_cap"]
        assert body == say("ỦY BAN NHÂN DÂN {commune:u} {district:u}", rows)
        office = composer.compose(story_of(seed), school).truth.fields["co_quan_cap"]
        assert office == say("SỞ GIÁO DỤC VÀ ĐÀO TẠO {region:u}", rows)
    assert draw_paper("ho_chieu", 1001).truth.fields["co_quan_cap"] == "Cục Quản lý xuất nhập cảnh"
