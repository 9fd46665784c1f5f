"""From what stands behind a label to the value: leaders and notes off, one normal form for each kind of value."""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.classify import dates, patterns
from pipeline.classify.identity import personal_id, valid_tax_code
from pipeline.classify.matching import without_leaders
from pipeline.settings import OwnField
from pipeline.vietnamese import fold, nfc

_DOTS = re.compile(r"(?:[.…_‥·]\s?){3,}|(?:\.\s){2,}")
_NOTE = re.compile(r"^\s*(?:\([^)]*\)|/[^:]*(?=:))")
"""What belongs to the label: ``(ghi bằng chữ in hoa)``, its translation."""
_FOOTNOTE = re.compile(r"\s*\(\d{1,2}\)")
_TITLE = re.compile(r"^(?:hộ\s+)?(?:ông|bà|anh|chị|cháu|ông/bà|ông \(bà\))\s*:?\s+(?=[A-ZĐÀ-Ỹ])", re.IGNORECASE)
_COMPANY = re.compile(
    r"(?:công ty|doanh nghiệp|tổng công ty|tập đoàn|hợp tác xã|htx|ngân hàng|chi nhánh|trường|bệnh viện|trung tâm|"
    r"ủy ban|ubnd|sở|phòng|ban|chi cục|cục|hội|văn phòng)\b",
    re.IGNORECASE,
)
"""An organisation: its name has small words, figures and ``và`` in it."""
_AUTHORITY = re.compile(r"(?:TM|KT|TL|TUQ|Q)\s?\.")
_PLACE_AND_DATE = re.compile(r"[^,;:]{2,40},\s*ngày(?:\s?/\s?[a-z]+)?\s[^,;]{0,12}\btháng\b", re.IGNORECASE)
"""``Thí Điểm, ngày 01 tháng 02 năm 2020`` beside a heading for a signature: no person is called that."""
_IN_ENGLISH = re.compile(r"\b(ngày|tháng|năm)\s*/\s*[a-z]{3,6}\b", re.IGNORECASE)
"""``ngày/date 10 tháng/month 12 năm/year 2025``, whatever letter of the English word was misread."""
_BLANK_IN_CODE = re.compile(r"(?<=[\dA-Z])\s?([.\-])\s?(?=\d)")
"""Readers see blanks behind the dots and strokes of a code: ``H53. 15-170330-0843``."""
_COMPANY_ENDS = re.compile(r"[;:(|]|,\s")
_NAME_ENDS = re.compile(
    r"\s{2,}|[;,:(|]|\s\d|\s[-–]\s"
    r"|\s(?:sinh|năm|ngày|giới|dân|quốc|số|chức|địa|là|và|cùng|cấp|hiện|thường|cư|trú|có|CCCD|CMND|CMTND|đại)(?=\s|$)"
)
_ID = re.compile(r"(?<!\d)(?:(?:\d[ .|]{0,3}){11}|(?:\d[ .|]{0,3}){8})\d(?![ .|]{0,3}\d)")
_TICKED, _BLANK = "☒☑✓✔✗✘■▣●◉", "☐□○◯▢"
_IN_BRACKETS = re.compile(r"[\[(]\s*([xXvV✓✔]?)\s*[\])]")
_ENDLESS = ("khong thoi han", "vo thoi han", "khong xac dinh thoi han", "khong gioi han", "vinh vien")


def clean(text: str) -> str:
    """``text`` without the notes of the label, footnote marks, dotted and ruled lines of a blank form, trimmed."""
    text = _FOOTNOTE.sub(" ", _NOTE.sub("", nfc(text)))
    return without_leaders(_DOTS.sub("  ", text))


def normalise(value: str, kind: str, permanent: str = "") -> str:
    """The value in its normal form, or empty where it is no such thing. ``kind`` as in ``OwnField.kind``.

    An id with too many or too few figures stays as it was read, for :func:`valid` to refuse: nothing is cut off it.
    ``permanent`` is the word for papers without an end, or empty where the value cannot be that.
    """
    text = clean(value)
    if kind == "date":
        text = _IN_ENGLISH.sub(r"\1", text)
        endless = permanent and any(words in fold(text) for words in _ENDLESS)
        begun = f"ngày {text}" if re.match(r"\d{1,2}\s+tháng", text) else text
        return dates.first(begun) or (permanent if endless else "")
    if kind == "personal_id":
        return _figures(text)
    if kind == "tax_code":
        digits = re.search(r"(?<!\d)\d{10}(?:-?\d{3})?(?!\d)|(?<!\d)\d{12}(?!\d)", text)
        return digits.group() if digits else ""
    if kind == "number":
        digits = re.search(r"\d[\d.,]*", text)
        return digits.group().rstrip(".,") if digits else ""
    if kind == "name":
        return _name(text)
    return text if re.search(r"\w", text) else ""


def _figures(text: str) -> str:
    """The 12 or 9 figures of an id, else the run of figures that should have been one, else nothing."""
    whole = _ID.search(text)
    if whole:
        return re.sub(r"\D", "", whole.group())
    broken = re.search(r"(?<![\d/])\d(?:[ .]?\d){7,13}(?![\d/])", text)
    return re.sub(r"\D", "", broken.group()) if broken else ""


def _name(text: str) -> str:
    if not re.search(r"[^\W\d_]{2}", text) or place_and_date(text):
        return ""
    bare = _TITLE.sub("", text.lstrip(" -–:;.*|\"'"))
    if not bare[:1].isupper() or _AUTHORITY.match(bare):
        return ""
    ends = _COMPANY_ENDS if _COMPANY.match(bare) else _NAME_ENDS
    name = ends.split(bare)[0].strip(" .-–*\"'")
    return name if " " in name else ""


def place_and_date(text: str) -> bool:
    """Whether ``text`` begins with a place and a date, as the row over a signature does: nobody's name, no expiry."""
    return bool(_PLACE_AND_DATE.match(text))


def valid(value: str, kind: str) -> bool:
    """Whether a normalised value passes the check of its kind (length, check digit)."""
    if kind == "tax_code":
        return valid_tax_code(value)
    return kind != "personal_id" or bool(re.fullmatch(r"\d{9}", value)) or personal_id(value) is not None


def value_of(text: str, spec: OwnField, permanent: str = "") -> str:
    """What ``text``, all that stands behind the label of a field, says of it; empty if nothing or not clearly."""
    chosen = _chosen(clean(text))
    if spec.pattern:
        chosen = _fitting(chosen, spec.pattern) or _fitting(_BLANK_IN_CODE.sub(r"\1", chosen), spec.pattern)
    endless = permanent if "thoi_han_hieu_luc" in spec.fills else ""
    return normalise(chosen, spec.kind, endless)


def _fitting(text: str, pattern: str) -> str:
    """What fits the pattern. All the choices of a form, none of them ticked (``Nam/Nữ``), say nothing."""
    hits = patterns.finditer(pattern, text)
    if not hits:
        return ""
    found = [hit.group(hit.lastindex or 0) for hit in hits]
    choices = [hit.group(hit.lastindex or 0) for hit in patterns.finditer(f"(?i){pattern}", text)]
    only_words = all(one.replace(" ", "").isalpha() for one in choices)
    return "" if only_words and len({fold(one) for one in choices}) > 1 else found[0]


def _chosen(text: str) -> str:
    """Of choices with boxes the one that is ticked; a text without boxes as it stands.

    The box stands before its word (``☐ Nam ☒ Nữ``) or, when a word opens the row, behind it (``Nam ☐ Nữ ☒``).
    """
    marked = _IN_BRACKETS.sub(lambda match: "☒" if match.group(1) else "☐", text)
    marks = [at for at, char in enumerate(marked) if char in _TICKED + _BLANK]
    if len(marks) < 2 and not (marks and marks[0] == 0):
        return "" if marks and not re.search(r"\w", marked) else marked.strip(_TICKED + _BLANK + " ")
    before = marks[0] == 0
    edges = [*marks, len(marked)] if before else [-1, *marks]
    pieces = [marked[a + 1 : b].strip(" ,;/") for a, b in pairwise(edges)]
    ticked = [piece for at, piece in zip(marks, pieces, strict=True) if marked[at] in _TICKED and piece]
    return ticked[0] if len(ticked) == 1 else ""
