from __future__ import annotations

import re
from collections import Counter

import pytest

from pipeline import settings
from pipeline.settings import Settings
from pipeline.vietnamese import fold

DECREE_30 = """nghi_quyet quyet_dinh chi_thi quy_che quy_dinh thong_cao thong_bao huong_dan chuong_trinh ke_hoach
phuong_an de_an du_an bao_cao bien_ban to_trinh hop_dong cong_van cong_dien ban_ghi_nho ban_thoa_thuan giay_uy_quyen
giay_moi giay_gioi_thieu giay_nghi_phep phieu_gui phieu_chuyen phieu_bao thu_cong""".split()
PERSONAL = """can_cuoc_cong_dan can_cuoc chung_minh_nhan_dan ho_chieu giay_khai_sinh giay_chung_sinh
giay_chung_nhan_ket_hon xac_nhan_tinh_trang_hon_nhan trich_luc_khai_tu so_ho_khau giay_chung_nhan_quyen_su_dung_dat
giay_chung_nhan_dang_ky_doanh_nghiep giay_chung_nhan_dang_ky_ho_kinh_doanh giay_phep_xay_dung giay_phep_lai_xe
phieu_ly_lich_tu_phap bang_tot_nghiep to_khai don giay_tiep_nhan_va_hen_tra phieu_kiem_soat phieu_yeu_cau_bo_sung
phieu_tu_choi van_ban_xin_loi thong_bao_dung luat nghi_dinh thong_tu""".split()
FILES = sorted((settings.bundled_folder() / "document_types").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_named_for_its_key(path, bundled: Settings) -> None:
    assert bundled.type(path.stem) is not None


def test_every_type_asked_for_is_there(bundled: Settings) -> None:
    assert len(DECREE_30) == 29
    assert {*DECREE_30, *PERSONAL} <= {kind.key for kind in bundled.types}


def test_no_two_types_share_their_titles(bundled: Settings) -> None:
    sets = Counter(frozenset(fold(title) for title in kind.titles) for kind in bundled.types)
    assert max(sets.values()) == 1
    titles = Counter(fold(title) for kind in bundled.types for title in {*kind.titles})
    assert [title for title, times in titles.items() if times > 1] == []


def test_no_two_types_share_an_abbreviation(bundled: Settings) -> None:
    suffixes = Counter(suffix for kind in bundled.types for suffix in kind.suffixes)
    assert [suffix for suffix, times in suffixes.items() if times > 1] == []


def test_the_29_types_have_their_archive_code(bundled: Settings) -> None:
    codes = [kind.archive_type for kind in bundled.types if kind.key in DECREE_30]
    assert sorted(codes) == [f"{n:02d}" for n in range(1, 30)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_patterns_compile_and_fill_known_fields(path, bundled: Settings) -> None:
    kind = bundled.type(path.stem)
    assert kind is not None
    assert set(re.compile(kind.barcode).groupindex) <= set(kind.fields)
    for key, spec in kind.fields.items():
        re.compile(spec.pattern)
        assert key not in bundled.legal.fields
        assert set(spec.fills) <= set(bundled.legal.fields)
    assert kind.validity in ("", bundled.legal.permanent) or re.fullmatch(r"\d+m", kind.validity)
