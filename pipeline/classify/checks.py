"""Do the values of one paper agree with each other and with the rules of their kind?"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.classify import values
from pipeline.classify.identity import id_conflicts
from pipeline.dossier import FieldValue, Finding, Severity, Text
from pipeline.settings import DocumentType, Settings

_MESSAGES = {
    "province": Text("ba số đầu của số định danh không phải mã tỉnh", "the first three digits are no province code"),
    "sex": Text("số định danh không khớp giới tính", "the personal id does not agree with the sex"),
    "birth": Text("số định danh không khớp năm sinh", "the personal id does not agree with the year of birth"),
}


def check(
    fields: tuple[FieldValue, ...], kind: DocumentType | None, settings: Settings
) -> tuple[tuple[FieldValue, ...], tuple[Finding, ...]]:
    """Mark fields that contradict others or exceed their length, and say why."""
    by_key = {one.key: one for one in fields}
    findings: list[Finding] = []
    for key in _too_long(by_key, settings):
        by_key[key] = values.doubt(by_key[key], values.TOO_LONG)
    if kind is not None:
        findings += _identity(by_key, kind, settings.codes.provinces)
        findings += _order(by_key)
    return tuple(by_key[one.key] for one in fields), tuple(findings)


def _too_long(fields: Mapping[str, FieldValue], settings: Settings) -> list[str]:
    limits = {key: rule.limit for key, rule in settings.legal.fields.items() if rule.limit}
    return [key for key, limit in limits.items() if key in fields and len(fields[key].value) > limit]


def _identity(fields: dict[str, FieldValue], kind: DocumentType, provinces: Mapping[str, str]) -> list[Finding]:
    """The id of a person against sex and birth date of the same person, named by the same suffix of the key."""
    findings = []
    for key, spec in kind.fields.items():
        if spec.kind != "personal_id" or not fields[key].value:
            continue
        person = key.removeprefix("so_dinh_danh")
        sex, birth = (fields.get(f"{part}{person}", FieldValue(part)).value for part in ("gioi_tinh", "ngay_sinh"))
        for conflict in id_conflicts(fields[key].value, sex, birth, provinces):
            findings.append(Finding(f"id_{conflict}", f"field {key}", _MESSAGES[conflict], Severity.WARNING))
            same = {one for one in spec.fills if one in fields and fields[one].value == fields[key].value}
            for marked in {key, *same}:
                fields[marked] = values.doubt(fields[marked], values.INVALID)
    return findings


def _order(fields: dict[str, FieldValue]) -> list[Finding]:
    """Born before issued, issued before ended."""
    birth, issued, ends = (fields.get(key, FieldValue(key)) for key in ("ngay_sinh", "ngay_cap", "thoi_han_hieu_luc"))
    findings = []
    for earlier, later in ((birth, issued), (issued, ends), (birth, ends)):
        dated = earlier.value[:1].isdigit() and later.value[:1].isdigit()
        if dated and earlier.value > later.value:
            message = Text(f"{earlier.key} sau {later.key}", f"{earlier.key} is later than {later.key}")
            findings.append(Finding("date_order", f"field {later.key}", message, Severity.WARNING))
            for one in (earlier, later):
                fields[one.key] = values.doubt(fields[one.key], values.INVALID)
    return findings
