"""Papers of one dossier against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.classify.compare import compare, doubted
from pipeline.dossier import Document, Dossier, Extraction, FieldValue, Finding, Kind, Severity, Source
from pipeline.settings import Settings

ONE, OTHER = "051090000120", "051190000122"


def paper(at: int, kind: str, dossier: Dossier | None = None, **fields: str) -> Document:
    values = tuple(FieldValue(key, value, value, 0.99, 1, None, "label") for key, value in fields.items())
    mine = dossier or Dossier("000.00.00.H00-240305-0001", "1.001193")
    source = Source(f"giay-{at}.pdf", Path(f"giay-{at}.pdf"), "0" * 64, 1, "application/pdf")
    return Document(f"d{at}", mine, source, (), (), Extraction((1,), kind, 0.9, "", values))


def card(at: int, number: str = ONE, name: str = "Lý Văn Thử", born: str = "1990-07-06", sex: str = "Nam") -> Document:
    return paper(at, "can_cuoc_cong_dan", so_dinh_danh=number, ho_ten=name, ngay_sinh=born, gioi_tinh=sex)


def form(at: int, number: str = ONE, name: str = "LÝ VĂN THỬ", born: str = "1990-07-06", sex: str = "Nam") -> Document:
    return paper(at, "don", so_dinh_danh=number, nguoi_lam_don=name, ngay_sinh=born, gioi_tinh=sex)


def rules(found: dict[str, tuple[Finding, ...]]) -> dict[str, list[tuple[str, str]]]:
    return {key: [(one.rule, one.where) for one in told] for key, told in found.items()}


def test_papers_that_agree_raise_nothing(bundled: Settings) -> None:
    assert compare([card(1), form(2)], bundled) == {}
    assert compare([], bundled) == {}


@pytest.mark.parametrize(
    ("other", "rule", "fields"),
    [
        (form(2, name="LÝ VĂN MẪU"), "same_id_other_name", ("ho_ten", "nguoi_lam_don")),
        (form(2, born="1990-07-07"), "same_id_other_birth", ("ngay_sinh", "ngay_sinh")),
        (form(2, sex="Nữ"), "same_id_other_sex", ("gioi_tinh", "gioi_tinh")),
        (form(2, number="051090000121"), "same_name_other_id", ("so_dinh_danh", "so_dinh_danh")),
        (form(2, number=OTHER), "same_name_other_id", ("so_dinh_danh", "so_dinh_danh")),
    ],
)
def test_a_contradiction_is_told_on_both_papers(bundled: Settings, other: Document, rule: str, fields) -> None:
    found = compare([card(1), other], bundled)
    assert rules(found) == {"d1": [(rule, f"field {fields[0]}")], "d2": [(rule, f"field {fields[1]}")]}
    told = found["d1"][0]
    assert told.severity is Severity.WARNING
    assert "giay-2.pdf" in told.message.vi
    assert not any(secret in told.message.vi + told.message.en for secret in (ONE, OTHER, "VĂN", "1990"))


def test_namesakes_are_two_people(bundled: Settings) -> None:
    assert compare([card(1), form(2, number="079160000555", born="1960-01-01", sex="Nữ")], bundled) == {}


def test_a_nine_figure_number_contradicts_no_twelve_figure_one(bundled: Settings) -> None:
    assert compare([card(1), form(2, number="212345678")], bundled) == {}


def test_every_person_of_a_paper_is_compared(bundled: Settings) -> None:
    couple = paper(2, "giay_chung_nhan_ket_hon", so_dinh_danh_chong=ONE, ho_ten_chong="LÝ VĂN MẪU")
    assert rules(compare([card(1), couple], bundled))["d2"] == [
        ("same_id_other_name", "field ho_ten_chong"),
    ]


def test_a_paper_of_another_dossier(bundled: Settings) -> None:
    stray = paper(1, "giay_tiep_nhan_va_hen_tra", ma_ho_so="000.00.00.H00-240305-0002")
    right = paper(2, "giay_tiep_nhan_va_hen_tra", ma_ho_so="000.00.00.H00-240305-0001")
    assert rules(compare([stray, right], bundled)) == {"d1": [("other_dossier", "field ma_ho_so")]}


def test_an_owner_whom_no_paper_names(bundled: Settings) -> None:
    dossier = Dossier("x", "y", owner=OTHER)
    papers = [paper(1, "don", dossier, so_dinh_danh=ONE, nguoi_lam_don="Lý Văn Thử")]
    assert rules(compare(papers, bundled)) == {"d1": [("owner_absent", "field ma_dinh_danh")]}
    papers.append(paper(2, "can_cuoc", dossier, so_dinh_danh=OTHER, ho_ten="Hồ Thị Mẫu"))
    assert compare(papers, bundled) == {}


def test_a_result_dated_before_its_receipt(bundled: Settings) -> None:
    given = Dossier("x", "y", kind=Kind.RESULT)
    receipt = paper(1, "giay_tiep_nhan_va_hen_tra", Dossier("x", "y"), ngay_tiep_nhan="2024-03-05")
    early = paper(2, "giay_khai_sinh", given, ngay_cap="2024-03-04")
    late = paper(3, "giay_khai_sinh", given, ngay_cap="2024-03-06")
    assert rules(compare([receipt, early, late], bundled)) == {"d2": [("result_early", "field ngay_cap")]}


def test_the_fields_named_are_doubted_once(bundled: Settings) -> None:
    other = form(2, sex="Nữ")
    told = compare([card(1), other], bundled)["d2"]
    once = doubted(other.extraction, told)
    assert [one.key for one in once.doubtful] == ["gioi_tinh"]
    assert once.findings == told
    assert doubted(once, told) == once
