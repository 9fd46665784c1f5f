"""The papers, one drawing function a kind: from a story to a :class:`samples.paper.Paper`."""

from __future__ import annotations

from collections.abc import Callable

from samples.forms import acts, card, counter, enterprise, land, registry
from samples.paper import Paper
from samples.story import Story

FORMS: dict[str, Callable[[Story], Paper]] = {
    "giay_tiep_nhan_va_hen_tra": counter.receipt,
    "don": counter.application,
    "can_cuoc_cong_dan": card.identity_card,
    "giay_khai_sinh": registry.birth_certificate,
    "quyet_dinh": acts.decision,
    "cong_van": acts.letter,
    "to_trinh": acts.submission,
    "thong_bao": acts.announcement,
    "giay_chung_nhan_quyen_su_dung_dat": land.land_certificate,
    "giay_chung_nhan_dang_ky_doanh_nghiep": enterprise.enterprise_certificate,
}
"""Drawing functions by type key."""
