"""Checking configured types: what cannot work, what cannot be told apart, what may run for ever."""

from __future__ import annotations

import pytest

from pipeline.classify.alike import check_types, too_slow
from pipeline.dossier import Severity
from pipeline.settings import DocumentType, Settings

LEGAL = ("so_ky_hieu", "ngay_cap")


def kind(key: str, **more: object) -> DocumentType:
    return DocumentType.model_validate({"key": key, "name": {"vi": key, "en": key}, "titles": [key.upper()]} | more)


def field(**more: object) -> dict[str, object]:
    return {"label": {"vi": "a", "en": "a"}} | more


def rules(*types: DocumentType) -> set[tuple[str, str, str]]:
    return {(one.rule, one.where, one.severity.value) for one in check_types(types, LEGAL, "vĩnh viễn")}


def test_the_types_that_come_along_can_be_told_apart(bundled: Settings) -> None:
    found = check_types(bundled.types, tuple(bundled.legal.fields), bundled.legal.permanent)
    assert [one for one in found if one.severity is not Severity.INFO] == []


@pytest.mark.parametrize(
    ("more", "rule", "where"),
    [
        ({"titles": []}, "unrecognisable", "thu: titles"),
        ({"validity": "6 tháng"}, "validity", "thu: validity"),
        ({"barcode": r"(?P<so>\d+)"}, "barcode_group", "thu: barcode"),
        ({"owner": "me"}, "no_such_person", "thu: owner"),
        ({"required": "so_hieu"}, "no_legal_field", "thu: required"),
        ({"fields": {"so_ky_hieu": field()}}, "legal_key", "thu: fields.so_ky_hieu"),
        ({"fields": {"so": field(fills="so_hieu")}}, "no_legal_field", "thu: fields.so.fills"),
        ({"fields": {"so": field(pattern="^(?:a|a)*(a+)+$")}}, "slow_pattern", "thu: fields.so.pattern"),
        ({"barcode": "(?:x|xy|y)*z"}, "slow_pattern", "thu: barcode"),
    ],
)
def test_what_cannot_work_is_refused(more: dict[str, object], rule: str, where: str) -> None:
    assert (rule, where, "block") in rules(kind("thu", **more))


def test_a_label_may_not_stand_for_two_things() -> None:
    twice = {"a": field(labels=["Số"], kind="number"), "b": field(labels=["SỐ"], kind="date")}
    assert ("label_twice", "thu: fields.b.labels", "warning") in rules(kind("thu", fields=twice))
    persons = {
        "a": field(labels=["Số"], kind="number", person="me"),
        "b": field(labels=["Số"], kind="date", person="cha"),
    }
    assert rules(kind("thu", fields=persons)) == set()


def test_types_with_the_same_title_or_number_are_refused() -> None:
    one, other = kind("mot", titles=["GIẤY THỬ"], suffixes=["GT"]), kind("hai", titles=["Giay thu"], suffixes=["GT"])
    assert rules(one, other) == {("same_title", "mot: titles", "block"), ("same_suffix", "mot: suffixes", "block")}


def test_a_title_that_begins_another_needs_something_of_its_own() -> None:
    short, longer = kind("mot", titles=["GIẤY THỬ"]), kind("hai", titles=["GIẤY THỬ NGHIỆM"])
    assert rules(short, longer) == {("title_within", "mot: titles", "warning")}
    assert rules(kind("mot", titles=["GIẤY THỬ"], anchors=["Mẫu 1"]), longer) == set()


def test_numbers_alike_without_their_marks_are_told() -> None:
    assert rules(kind("mot", suffixes=["HĐ"]), kind("hai", suffixes=["HD"])) == {
        ("near_suffix", "mot: suffixes", "info")
    }


@pytest.mark.parametrize("pattern", [r"\d{4}", r"^\d+(?:\s?/\s?[\w\-]+)*", r"[\d.,]+\s*(?:đồng|VNĐ)?", ""])
def test_ordinary_patterns_are_quick(pattern: str) -> None:
    assert not too_slow(pattern)
