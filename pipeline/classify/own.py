"""A type's own fields: what stands behind a label, what a pattern finds, what a QR code or MRZ says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pipeline.classify import dates, foot, values
from pipeline.classify.acts import Head
from pipeline.classify.identity import Mrz, find_mrz, personal_id, valid_tax_code
from pipeline.classify.layout import Row, Sheet, union
from pipeline.classify.matching import without_leaders
from pipeline.classify.values import Found
from pipeline.dossier import Barcode, Word
from pipeline.settings import DocumentType, OwnField
from pipeline.vietnamese import fold, nfc

_LABEL_WEIGHT, _PATTERN_WEIGHT = 0.97, 0.95
_LONGER = re.compile(r"(?:[a-zà-ỹđ]+\s+){0,3}[a-zà-ỹđ]+\s*:")
"""Small words up to a colon belong to the label: ``Địa chỉ thường trú:`` is another one than ``Địa chỉ``."""
_MOST_ROWS = 12
"""Rows that a value may run on for."""
_NEAR = 2.2
"""A value under its label starts not further than this many row heights below it."""


def read(
    sheets: Sequence[Sheet], kind: DocumentType, head: Head, permanent: str, labels: Sequence[str]
) -> dict[str, Found]:
    """What was found for each of the type's own fields, by key; a key without a value is absent.

    ``permanent`` is the word for papers without an end; ``labels`` are those of all types: a value ends before one.
    QR code and MRZ, which prove themselves, go before print.
    """
    found: dict[str, Found] = {}
    for source in (_from_barcode(sheets, kind), _from_mrz(sheets, kind, permanent)):
        found = source | found
    built = _from_layout(sheets, kind, head)
    for key, spec in kind.fields.items():
        if key in found:
            continue
        read_there = built.get(key) or behind_label(sheets, spec, kind, labels) or _from_pattern(sheets, spec)
        if read_there is not None and read_there.value:
            found[key] = read_there
    return found


def normalise(value: str, kind: str) -> str:
    """The value in its normal form, or empty where it is no such thing. ``kind`` as in ``OwnField.kind``."""
    text = without_leaders(nfc(value))
    if kind == "date":
        return dates.first(text)
    if kind == "personal_id":
        digits = re.search(r"(?<!\d)(?:\d[ .]?){11}\d(?!\d)|(?<!\d)(?:\d[ .]?){8}\d(?!\d)", text)
        return re.sub(r"\D", "", digits.group()) if digits else ""
    if kind == "tax_code":
        digits = re.search(r"(?<!\d)\d{10}(?:-?\d{3})?(?!\d)|(?<!\d)\d{12}(?!\d)", text)
        return digits.group() if digits else ""
    if kind == "number":
        digits = re.search(r"\d[\d.,]*", text)
        return digits.group().rstrip(".,") if digits else ""
    if kind == "name":
        return re.split(r"\s{2,}|[;,:(]|\s\d", text)[0].strip() if re.search(r"[^\W\d_]{2}", text) else ""
    return text if re.search(r"\w", text) else ""


def valid(value: str, kind: str) -> bool:
    """Whether a normalised value passes the check of its kind (length, check digit)."""
    if kind == "tax_code":
        return valid_tax_code(value)
    return kind != "personal_id" or len(value) == 9 or personal_id(value) is not None


# -- codes that prove themselves --------------------------------------------------------------------------------


def _from_barcode(sheets: Sequence[Sheet], kind: DocumentType) -> dict[str, Found]:
    """Named groups of the type's bar code pattern are its own fields."""
    if not kind.barcode:
        return {}
    for page in sheets:
        for code in page.reading.barcodes:
            match = re.search(kind.barcode, nfc(code.text))
            if match:
                return {
                    key: one
                    for key, text in match.groupdict().items()
                    if key in kind.fields and (one := _coded(key, text or "", kind, code, page))
                }
    return {}


def _coded(key: str, text: str, kind: DocumentType, code: Barcode, page: Sheet) -> Found | None:
    spec = kind.fields[key]
    value = _compact_date(text) if spec.kind == "date" and re.fullmatch(r"\d{8}", text) else normalise(text, spec.kind)
    word = Word(text, code.box, 1.0)
    return Found(value, text, page.reading.number, (word,), "qr") if value else None


def _compact_date(text: str) -> str:
    try:
        return datetime.strptime(text, "%d%m%Y").date().isoformat()
    except ValueError:
        return ""


def _from_mrz(sheets: Sequence[Sheet], kind: DocumentType, permanent: str) -> dict[str, Found]:
    for page in sheets:
        rows = [row for row in page.rows if "<" in row.text or row.text.startswith("IDVNM")]
        zone = find_mrz([row.text for row in rows])
        if zone is None:
            continue
        words = (Word(zone.document, union(row.box for row in rows), 1.0),)
        return {
            key: Found(value, value, page.reading.number, words, "mrz")
            for key, value in _mrz_values(zone, permanent).items()
            if key in kind.fields and value
        }
    return {}


def _mrz_values(zone: Mrz, permanent: str) -> Mapping[str, str]:
    return {
        "so_dinh_danh": zone.personal_id,
        "so_ho_chieu": zone.document if not zone.document.isdecimal() else "",
        "ngay_sinh": zone.birth,
        "gioi_tinh": zone.sex,
        "het_han": zone.expiry or permanent,
    }


# -- from the layout of an act ----------------------------------------------------------------------------------


def _from_layout(sheets: Sequence[Sheet], kind: DocumentType, head: Head) -> dict[str, Found]:
    """Fields that stand at a place of the layout and behind no label."""
    parts = {spec.part for spec in kind.fields.values()}
    found = {
        "symbol": head.symbol,
        "place": head.place,
        "superior": head.superior,
        "signer": foot.signer(sheets) if "signer" in parts else None,
        "recipients": foot.recipients(sheets) if "recipients" in parts else None,
    }
    return {key: one for key, spec in kind.fields.items() if (one := found.get(spec.part)) is not None}


# -- behind a label ---------------------------------------------------------------------------------------------


def behind_label(sheets: Sequence[Sheet], spec: OwnField, kind: DocumentType, labels: Sequence[str]) -> Found | None:
    """The first label, in the order of the configuration, that has a value of the right kind behind it."""
    others = [label for own in kind.fields.values() for label in own.labels]
    for label in spec.labels:
        for page in sheets:
            for at, row in enumerate(page.rows):
                place = _label_at(row, label, others)
                if place is None:
                    continue
                for candidate in _behind(page.rows, at, place, labels):
                    found = _taken(candidate, spec)
                    if found is not None:
                        return found
    return None


def _label_at(row: Row, label: str, others: Sequence[str]) -> tuple[int, int] | None:
    """Where ``label`` stands as a label: at the start of the row or after a break, and not inside a longer label."""
    place = row.folded.find(label)
    if place is None:
        return None
    before = row.text[: place[0]].rstrip()
    if before and not re.search(r"(?:[;:.,)\]*•\-–|\d]|\s{2,})$|^\W*$", before) and not _ends_a_value(row, place[0]):
        return None
    after = row.text[place[1] :].lstrip()
    if _LONGER.match(after):
        return None
    if len(label) <= 3 and not after.startswith((":", ".", "/")) and not re.match(r"^\d", after):
        return None
    longer = [other for other in others if len(other) > len(label)]
    for other in longer:
        wider = row.folded.find(other)
        if wider and wider[0] <= place[0] and place[1] <= wider[1] and wider != place:
            return None
    return place


def _ends_a_value(row: Row, start: int) -> bool:
    """A label in the middle of a row (``Giới tính: Nam Dân tộc: Kinh``): it is followed by a colon."""
    colon = row.text.find(":", start)
    return 0 < colon - start < 45


def _behind(
    rows: Sequence[Row], at: int, place: tuple[int, int], labels: Sequence[str]
) -> Iterator[list[tuple[Row, int, int]]]:
    """Candidates: the rest of the row (with the rows that go on), the row to the right, the row below."""
    row = rows[at]
    start = place[1]
    end = _next_label(row, start, labels)
    if re.search(r"\w", row.text[start:end]):
        parts = [(row, start, end)]
        for below in rows[at + 1 : at + 1 + _MOST_ROWS] if end == len(row.text) else ():
            indented = len(parts) > 1 and below.box[0] - parts[1][0].box[0] > below.box[3] - below.box[1]
            if indented or not _goes_on(parts[-1][0], below, labels):
                break
            parts.append((below, 0, len(below.text)))
        yield parts
        yield parts[:1]
        return
    for other in (*_right_of(row, rows), *_below(row, rows)):
        if _next_label(other, 0, labels) > 0:
            yield [(other, 0, _next_label(other, 0, labels))]


def _next_label(row: Row, start: int, labels: Sequence[str]) -> int:
    """Where the next label in the row begins, or its end. A label counts when a colon or a figure follows."""
    best = len(row.text)
    for label in labels:
        rest = row.folded.plain[start:]
        for match in re.finditer(rf"(?<!\w){re.escape(fold(nfc(label)))}\s*(?:\([^)]*\)\s*)?:", rest):
            best = min(best, start + match.start())
    return best


def _goes_on(row: Row, below: Row, labels: Sequence[str]) -> bool:
    """The value runs on: the row reaches the right margin and the next one is neither label nor new item."""
    reaches = row.box[2] > 0.8 * row.width
    near = 0 < below.box[1] - row.box[1] < _NEAR * (row.box[3] - row.box[1])
    fresh = re.match(r"^\s*(?:[-–•*]|\d{1,2}\s?[.)]|[IVX]+\s?\.|[a-zđ]\))", below.text) or ":" in below.text
    return reaches and near and not fresh and not any(_starts(below, label) for label in labels if len(label) > 4)


def _starts(row: Row, label: str) -> bool:
    """A label without a colon begins its row with a capital; elsewhere it is text: ``do chuyển địa chỉ``."""
    return row.text.lstrip(" -*")[:1].isupper() and row.folded.plain.lstrip(" -*").startswith(fold(nfc(label)))


def _right_of(row: Row, rows: Sequence[Row]) -> list[Row]:
    level = [
        other
        for other in rows
        if other.page == row.page
        and other.box[0] >= row.box[2]
        and min(other.box[3], row.box[3]) - max(other.box[1], row.box[1]) > 0.4 * (row.box[3] - row.box[1])
    ]
    return sorted(level, key=lambda other: other.box[0])[:1]


def _below(row: Row, rows: Sequence[Row]) -> list[Row]:
    height = row.box[3] - row.box[1]
    under = [
        other
        for other in rows
        if other.page == row.page
        and 0 < other.box[1] - row.box[1] <= _NEAR * height
        and other.box[0] < row.box[2]
        and other.box[2] > row.box[0]
    ]
    return sorted(under, key=lambda other: other.box[1])[:1]


def _taken(parts: Sequence[tuple[Row, int, int]], spec: OwnField) -> Found | None:
    text = " ".join(row.text[start:end] for row, start, end in parts)
    clean = without_leaders(re.sub(r"^\s*(?:\([^)]*\)|/[^:]*(?=:))", "", text))
    if spec.pattern:
        match = re.search(spec.pattern, clean)
        if match is None:
            return None
        clean = match.group(match.lastindex or 0)
    value = normalise(clean, spec.kind)
    if not value:
        return None
    words = tuple(word for row, start, end in parts for word in row.span(start, end))
    found = Found(value, text.strip(), parts[0][0].page, words, "label", _LABEL_WEIGHT)
    return found if valid(value, spec.kind) else replace(found, doubts=(values.INVALID,))


def _from_pattern(sheets: Sequence[Sheet], spec: OwnField) -> Found | None:
    """A pattern without labels is looked for anywhere on the paper."""
    if not spec.pattern or spec.labels:
        return None
    for page in sheets:
        for row in page.rows:
            match = re.search(spec.pattern, row.text)
            if match and (not spec.zone or row.zone in ("", spec.zone)):
                group = match.lastindex or 0
                value = normalise(match.group(group), spec.kind)
                return values.from_row(row, *match.span(group), value, "label", _PATTERN_WEIGHT)
    return None
