"""How a value found on paper becomes a :class:`FieldValue`: confidence, place, and why a person should look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from pipeline.classify.layout import Row, union
from pipeline.dossier import FieldValue, Word
from pipeline.vietnamese import is_syllable

HANDWRITTEN = "có thể viết tay / may be handwritten"
EMPTY = "bắt buộc nhưng chưa đọc được / required but not read"
UNSURE = "độ tin cậy thấp / low confidence"
DIFFER = "hai bộ đọc khác nhau / the readers differ"
INVALID = "không qua kiểm tra / failed a check"
TOO_LONG = "quá độ dài cho phép / too long"
UNKNOWN_TYPE = "chưa rõ loại giấy tờ / type not certain"
NOT_A_DATE = "chưa đọc đủ ngày, tháng, năm / day, month and year not all read"
CHANGED = "giấy có thay đổi sau khi cấp / changes were entered after the issue"
CODE_DIFFERS = "chữ in khác mã / print and code differ"
PLACE = "không đúng tên đơn vị hành chính nào, gần đúng một tên / no place of that name, but one nearly so"
OTHER_PAPER = "khác giấy tờ khác trong hồ sơ / another paper of the dossier says otherwise"
ELSEWHERE = "không đọc được ở chỗ có nhãn / not read where its label stands"
NAMELESS = "thiếu tên riêng của cơ quan / the body's own name is missing"
CUT = "có thể còn ở dòng sau / may go on in the next row"
SENTENCE = "có thể gồm cả câu sau / may include the next sentence"
ODD_WORD = "có từ lạ / an unusual word"
SECOND_LOOK = 0.93
"""Figures seen by one reader only have to reach this, wherever a wrong one would be taken for certain."""


@dataclass(frozen=True)
class Found:
    """Something read: ``value`` normalised, ``raw`` as printed, ``words`` it was read from (all on ``page``)."""

    value: str
    raw: str
    page: int
    words: tuple[Word, ...]
    source: str
    weight: float = 1.0
    """What the rule that found it is worth, 0..1; multiplies the confidence of the words."""
    doubts: tuple[str, ...] = field(default=())


def from_row(row: Row, start: int, end: int, value: str, source: str, weight: float = 1.0) -> Found:
    """A value read from the characters ``start`` to ``end`` of ``row``."""
    return Found(value, row.text[start:end].strip(), row.page, row.span(start, end), source, weight)


def field_value(key: str, found: Found | None, review_below: float, required: bool = False) -> FieldValue:
    """The field as it is handed on. Nothing found gives an empty field, for review only when it is required."""
    if found is None:
        return FieldValue(key, needs_review=required, reason=EMPTY if required else "")
    confidence = min((word.confidence for word in found.words), default=1.0) * found.weight
    reasons = list(found.doubts)
    if not found.value and required and not reasons:
        reasons.append(EMPTY)
    if found.value and confidence < review_below:
        reasons.append(UNSURE)
    if any(word.agreed is False for word in found.words):
        reasons.append(DIFFER)
    return FieldValue(
        key,
        found.value,
        found.raw,
        round(confidence, 4),
        found.page,
        union(word.box for word in found.words) if found.words else None,
        found.source,
        bool(reasons),
        "; ".join(dict.fromkeys(reasons)),
        _agreed(found.words),
    )


def _agreed(words: Sequence[Word]) -> bool | None:
    """Whether the readers agree on all of ``words``; ``None`` where one of them was read by one reader only."""
    said = {word.agreed for word in words}
    return False if False in said else True if said == {True} else None


def doubt(value: FieldValue, reason: str) -> FieldValue:
    """The same value, to be looked at for one more reason."""
    reasons = [part for part in value.reason.split("; ") if part]
    return replace(value, needs_review=True, reason="; ".join(dict.fromkeys([*reasons, reason])))


def sure(words: Sequence[Word], review_below: float) -> bool:
    """Whether figures in ``words`` may be shown as certain.

    Two readers that agree, or one that is very sure; a word they read differently never.
    """
    return all(
        word.agreed is not False and word.confidence >= (review_below if word.agreed else SECOND_LOOK) for word in words
    )


def tall(words: Iterable[Word], beside: Iterable[Word]) -> bool:
    """Whether ``words`` stand more than a quarter taller than the print ``beside`` them: pen strokes mostly do."""
    heights = [word.box[3] - word.box[1] for word in words]
    usual = [word.box[3] - word.box[1] for word in beside]
    return bool(heights and usual) and max(heights) > 1.25 * median(usual)


def odd(word: str) -> bool:
    """Whether a word with Vietnamese (or stranger) letters is no Vietnamese syllable: mostly a misreading.

    Plain ASCII words may be foreign, and capitals without marks abbreviations (HĐND): neither is odd.
    """
    for part in re.findall(r"[^\W\d_]+", word):
        marked = any(not char.isascii() and char not in "đĐ" for char in part)
        if marked and not is_syllable(part):
            return True
    return False
