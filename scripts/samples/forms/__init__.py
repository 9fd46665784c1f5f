"""The papers, one drawing function a kind: from a story to a :class:`samples.paper.Paper`."""

from __future__ import annotations

from collections.abc import Callable

from samples.forms import acts, card, cards, composer, counter, enterprise, land, registry, varied
from samples.forms.told import told_kinds
from samples.paper import Paper
from samples.story import Story

FORMS: dict[str, Callable[[Story], Paper]] = {
    **{kind: varied.told(kind) for kind in varied.ACT_KINDS},
    **{kind: composer.told(kind) for kind in told_kinds()},
    **{kind: cards.told(kind) for kind in cards.card_kinds()},
    "giay_tiep_nhan_va_hen_tra": composer.varied("giay_tiep_nhan_va_hen_tra", counter.receipt),
    "don": composer.varied("don", counter.application),
    "can_cuoc_cong_dan": cards.told("can_cuoc_cong_dan", card.identity_card),
    "giay_khai_sinh": composer.varied("giay_khai_sinh", registry.birth_certificate),
    "quyet_dinh": acts.decision,
    "cong_van": acts.letter,
    "to_trinh": acts.submission,
    "thong_bao": acts.announcement,
    "giay_chung_nhan_quyen_su_dung_dat": composer.varied("giay_chung_nhan_quyen_su_dung_dat", land.land_certificate),
    "giay_chung_nhan_dang_ky_doanh_nghiep": composer.varied(
        "giay_chung_nhan_dang_ky_doanh_nghiep", enterprise.enterprise_certificate
    ),
}
"""Drawing functions by type key. Below seed 1000 a kind has one form; from there on it may be any of the forms told for
it in ``personal/`` and ``cards/``, old or new, in print or filled in by hand."""
