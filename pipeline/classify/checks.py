"""Do the values of one paper agree with each other and with the rules of their kind?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from pipeline.classify import patterns, places, values
from pipeline.classify.identity import id_conflicts
from pipeline.classify.persons import persons
from pipeline.dossier import FieldValue, Finding, Severity, Text
from pipeline.settings import DocumentType, Settings

_MESSAGES = {
    "province": Text("ba số đầu của số định danh không phải mã tỉnh", "the first three digits are no province code"),
    "sex": Text("số định danh không khớp giới tính", "the personal id does not agree with the sex"),
    "birth": Text("số định danh không khớp năm sinh", "the personal id does not agree with the year of birth"),
    "length": Text("số định danh không đủ 12 (hoặc 9) chữ số", "the personal id has not 12 (or 9) digits"),
}
_OLDEST_PERSON, _OLDEST_PAPER = 1875, 1945
"""Years: nobody whose papers are handed in was born earlier, and no paper of the Republic is older."""
_IN_ORDER = (
    ("ngay_sinh", "ngay_cap"),
    ("ngay_cap", "thoi_han_hieu_luc"),
    ("ngay_sinh", "thoi_han_hieu_luc"),
    ("ngay_sinh", "ngay_chet"),
    ("ngay_chet", "ngay_cap"),
    ("ngay_tiep_nhan", "ngay_hen_tra"),
)
"""Beginnings of the keys of dates of which the first is never the later one."""
_AHEAD = ("thoi_han_hieu_luc", "het_han", "ngay_hen", "den_ngay")
"""Beginnings of the keys of dates that lie in the future."""


def check(
    fields: tuple[FieldValue, ...], kind: DocumentType | None, settings: Settings, today: date | None = None
) -> tuple[tuple[FieldValue, ...], tuple[Finding, ...]]:
    """Mark fields that contradict others, their kind or the calendar, and say why; no value is ever changed.

    ``today`` is the day on which a date counts as future; without it none does.
    """
    by_key = {one.key: one for one in fields}
    findings: list[Finding] = []
    for key in _too_long(by_key, settings):
        by_key[key] = values.doubt(by_key[key], values.TOO_LONG)
    if kind is not None:
        findings += _identity(by_key, kind, settings.codes.provinces)
        findings += _dates(by_key, kind, settings, today)
        findings += _dossier_code(by_key, settings)
        findings += _places(by_key, kind, settings)
    return tuple(by_key[one.key] for one in fields), tuple(findings)


def label(key: str, kind: DocumentType | None, settings: Settings) -> Text:
    """What a field is called; the key itself where nobody named it."""
    spec = kind.fields.get(key) if kind else None
    rule = settings.legal.fields.get(key)
    name = spec.label if spec else rule.label if rule else None
    return Text(name.vi, name.en) if name else Text(key, key)


def _too_long(fields: Mapping[str, FieldValue], settings: Settings) -> list[str]:
    limits = {key: rule.limit for key, rule in settings.legal.fields.items() if rule.limit}
    return [key for key, limit in limits.items() if key in fields and len(fields[key].value) > limit]


def _doubt(fields: dict[str, FieldValue], keys: Iterable[str], reason: str) -> None:
    """Doubt these fields, and the others that took over the same value at the same place."""
    doubtful = [fields[key] for key in keys if key in fields]
    for one in doubtful:
        for key, other in fields.items():
            taken_over = one.value and (other.value, other.page, other.box) == (one.value, one.page, one.box)
            if key == one.key or taken_over:
                fields[key] = values.doubt(fields[key], reason)


# -- persons ----------------------------------------------------------------------------------------------------


def _identity(fields: dict[str, FieldValue], kind: DocumentType, provinces: Mapping[str, str]) -> list[Finding]:
    """The id of each person against sex and birth date of the same person."""
    findings = []
    for person in persons(kind):
        number = fields.get(person.id, FieldValue(person.id)).value
        if not number or kind.fields[person.id].kind != "personal_id":
            continue
        sex, birth = (fields.get(key, FieldValue(key)).value for key in (person.sex, person.birth))
        wrong = id_conflicts(number, sex, birth, provinces) if len(number) in (9, 12) else ("length",)
        for conflict in wrong:
            findings.append(Finding(f"id_{conflict}", f"field {person.id}", _MESSAGES[conflict], Severity.WARNING))
            _doubt(fields, (person.id,), values.INVALID)
            beside = {"sex": person.sex, "birth": person.birth}.get(conflict, "")
            _doubt(fields, (beside,), values.INVALID)
    return findings


# -- dates ------------------------------------------------------------------------------------------------------


def _dates(fields: dict[str, FieldValue], kind: DocumentType, settings: Settings, today: date | None) -> list[Finding]:
    dated = {key: one.value for key, one in fields.items() if _is_date(key, one.value, kind, settings)}
    findings = [*_order(fields, dated, kind, settings)]
    for key, value in dated.items():
        oldest = _OLDEST_PERSON if key.startswith("ngay_sinh") else _OLDEST_PAPER
        ahead = key.startswith(_AHEAD)
        future = today is not None and not ahead and value > today.isoformat()
        if not future and oldest <= int(value[:4]) <= (9999 if not ahead else 2200):
            continue
        name = label(key, kind, settings)
        said = ("ở tương lai", "in the future") if future else ("không thể có", "impossible")
        rule = "date_future" if future else "date_absurd"
        message = Text(f"{name.vi}: ngày {said[0]}", f"{name.en}: a date {said[1]}")
        findings.append(Finding(rule, f"field {key}", message, Severity.WARNING))
        _doubt(fields, (key,), values.INVALID)
    return findings


def _is_date(key: str, value: str, kind: DocumentType, settings: Settings) -> bool:
    rule, spec = settings.legal.fields.get(key), kind.fields.get(key)
    form = rule.kind if rule else spec.kind if spec else "text"
    return form in ("date", "validity") and value[:1].isdigit()


def _order(
    fields: dict[str, FieldValue], dated: Mapping[str, str], kind: DocumentType, settings: Settings
) -> list[Finding]:
    """Born before issued, issued before ended; of own and legal fields with the same value one is told."""
    findings: dict[str, Finding] = {}
    for first, then in _IN_ORDER:
        for earlier in (key for key in dated if key.startswith(first)):
            for later in (key for key in dated if key == then or key.startswith(f"{then}_")):
                if dated[earlier] <= dated[later]:
                    continue
                one, other = label(earlier, kind, settings), label(later, kind, settings)
                message = Text(f"{one.vi} sau {other.vi}", f"{one.en} is later than {other.en}")
                findings.setdefault(later, Finding("date_order", f"field {later}", message, Severity.WARNING))
                _doubt(fields, (earlier, later), values.INVALID)
    return list(findings.values())


# -- codes and places -------------------------------------------------------------------------------------------


def _dossier_code(fields: dict[str, FieldValue], settings: Settings) -> list[Finding]:
    """A dossier code that has none of the forms of ``codes.yaml``: told, not refused."""
    code = fields.get("ma_ho_so", FieldValue("ma_ho_so")).value
    if not code or any(patterns.fullmatch(pattern, code) for pattern in settings.codes.dossier_patterns):
        return []
    _doubt(fields, ("ma_ho_so",), values.INVALID)
    message = Text("mã hồ sơ không đúng dạng nào đã khai báo", "the dossier code has none of the configured forms")
    return [Finding("code_form", "field ma_ho_so", message, Severity.WARNING)]


def _places(fields: dict[str, FieldValue], kind: DocumentType, settings: Settings) -> list[Finding]:
    """Names of provinces, districts and communes with a letter or mark wrong (public names, so they may be told)."""
    findings: dict[tuple[str, str], Finding] = {}
    for key, one in tuple(fields.items()):
        spec = kind.fields.get(key)
        if not one.value or (spec is not None and spec.kind != "text") or key == "ten_giay_to" or one.source == "qr":
            continue
        alone = places.misspelt_name(one.value) if spec is not None and spec.part == "place" else None
        for near in (alone,) if alone else places.misspelt(one.value):
            message = Text(
                f"{label(key, kind, settings).vi}: không có địa danh này, có thể là “{near.place}”",
                f"{label(key, kind, settings).en}: no such place, perhaps “{near.place}”",
            )
            findings.setdefault((one.value, near.place), Finding("place_unknown", f"field {key}", message))
            fields[key] = values.doubt(fields[key], values.PLACE)
    return list(findings.values())
