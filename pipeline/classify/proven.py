"""Values out of codes that prove themselves, QR code and machine-readable zone, and print compared with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from rapidfuzz import fuzz

from pipeline.classify import normal, patterns, values
from pipeline.classify.identity import Mrz, find_mrz
from pipeline.classify.layout import Row, Sheet, union
from pipeline.classify.values import Found
from pipeline.dossier import Barcode, Finding, Severity, Text, Word
from pipeline.settings import DocumentType, OwnField
from pipeline.vietnamese import fold, nfc

_LIKE = 75.0
"""Per cent: print less like the code than this says something else, however unsure the reader was of a letter."""


def read(sheets: Sequence[Sheet], kind: DocumentType, permanent: str) -> dict[str, Found]:
    """What QR code and MRZ say of the type's own fields, by key; the QR code, which has all marks, goes first."""
    return _from_mrz(sheets, kind, permanent) | _from_barcode(sheets, kind)


def compare(
    coded: Mapping[str, Found], printed: Mapping[str, Found], kind: DocumentType
) -> tuple[dict[str, Found], tuple[Finding, ...]]:
    """``coded`` with doubts where clear print says something else, and what to tell of it. The code stays the value."""
    done, findings = dict(coded), []
    for key, code in coded.items():
        other = printed.get(key)
        if other is None or not _differs(code, other, kind.fields[key]):
            continue
        done[key] = replace(code, doubts=(*code.doubts, values.CODE_DIFFERS))
        name, what = kind.fields[key].label, "QR" if code.source == "qr" else "MRZ"
        message = Text(
            f"{name.vi}: chữ in trên giấy khác mã {what}; đã lấy theo mã",
            f"{name.en}: print and {what} code differ; the code was taken",
        )
        findings.append(Finding(f"{code.source}_differs", f"field {key}", message, Severity.WARNING))
    return done, tuple(findings)


def _differs(code: Found, printed: Found, spec: OwnField) -> bool:
    one, other = fold(code.value), fold(printed.value)
    if one == other:
        return False
    certain = printed.words and all(
        word.agreed is True and word.confidence >= values.SECOND_LOOK for word in printed.words
    )
    if spec.kind == "text" and len(one) > 5:
        return bool(certain) and fuzz.partial_ratio(one, other) < _LIKE
    return bool(certain)


# -- QR code ----------------------------------------------------------------------------------------------------


def _from_barcode(sheets: Sequence[Sheet], kind: DocumentType) -> dict[str, Found]:
    """Named groups of the type's bar code pattern are its own fields."""
    if not kind.barcode:
        return {}
    for page in sheets:
        for code in page.reading.barcodes:
            match = patterns.search(kind.barcode, nfc(code.text))
            if match:
                return {
                    key: one
                    for key, text in match.groupdict().items()
                    if key in kind.fields and (one := _coded(key, text or "", kind, code, page))
                }
    return {}


def _coded(key: str, text: str, kind: DocumentType, code: Barcode, page: Sheet) -> Found | None:
    spec = kind.fields[key]
    compact = spec.kind == "date" and re.fullmatch(r"\d{8}", text)
    value = _compact_date(text) if compact else normal.normalise(text, spec.kind)
    word = Word(text, code.box, 1.0)
    return Found(value, text, page.reading.number, (word,), "qr") if value else None


def _compact_date(text: str) -> str:
    try:
        return datetime.strptime(text, "%d%m%Y").date().isoformat()
    except ValueError:
        return ""


# -- machine-readable zone --------------------------------------------------------------------------------------


def _from_mrz(sheets: Sequence[Sheet], kind: DocumentType, permanent: str) -> dict[str, Found]:
    for page in sheets:
        rows = _zone_rows(page)
        zone = find_mrz([text for _, text in rows])
        if zone is None:
            continue
        words = (Word(zone.document, union(box.box for row, _ in rows for box in row), 1.0),)
        return {
            key: Found(value, value, page.reading.number, words, "mrz")
            for key, value in _mrz_values(zone, permanent).items()
            if key in kind.fields and value
        }
    return {}


def _zone_rows(page: Sheet) -> list[tuple[list[Row], str]]:
    """Rows that may be lines of the zone; what was cut apart on one level is put together."""
    levels: list[list[Row]] = []
    for row in sorted(page.rows, key=lambda one: (one.box[1] + one.box[3]) / 2):
        middle = (row.box[1] + row.box[3]) / 2
        if levels and levels[-1][0].box[1] < middle < levels[-1][0].box[3]:
            levels[-1].append(row)
        else:
            levels.append([row])
    lines = [(level, "".join(one.text for one in sorted(level, key=lambda one: one.box[0]))) for level in levels]
    return [(level, text) for level, text in lines if _like_zone(text)]


def _like_zone(text: str) -> bool:
    bare = re.sub(r"\s", "", text)
    return len(bare) >= 24 and ("<" in bare or "«" in bare or bool(re.match(r"[I1l|]DVN", bare)))


def _mrz_values(zone: Mrz, permanent: str) -> Mapping[str, str]:
    return {
        "so_dinh_danh": zone.personal_id,
        "so_ho_chieu": zone.document if not zone.document.isdecimal() else "",
        "ngay_sinh": zone.birth,
        "gioi_tinh": zone.sex,
        "het_han": zone.expiry or permanent,
    }
