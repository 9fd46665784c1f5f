"""Whether the configured types can be told apart, and whether what they say of themselves holds together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from pipeline.classify import patterns
from pipeline.classify.matching import skeleton
from pipeline.dossier import Finding, Severity, Text
from pipeline.settings import DocumentType
from pipeline.vietnamese import fold, nfc

_ATOM = re.compile(r"\\.|\[\^?\]?[^\]]*\]|[^\\\[\](){}|*+?^$.]")
_SAMPLES = {r"\d": "1", r"\w": "a", r"\s": " ", r"\b": "", r"\D": "a", r"\S": "a", r"\W": "-", "[^": "x"}
_TIMES = (48, 600)
"""A part is said so often: a pattern that branches at each does not end; one value may be some rows long."""


def check_types(types: Sequence[DocumentType], legal: Sequence[str], permanent: str) -> tuple[Finding, ...]:
    """What is wrong or doubtful in the configured types.

    Args:
        types: as loaded; each is valid by itself.
        legal: keys of the legal fields.
        permanent: the word for papers that never expire.

    Returns:
        Findings whose ``where`` is ``KEY: top.level.key``; ``BLOCK`` says that the configuration cannot work as meant,
        ``WARNING`` that papers of two types may be confused.
    """
    alone = [finding for kind in types for finding in (*_itself(kind, legal, permanent), *_slow(kind))]
    apart = [finding for one, other in combinations(types, 2) for finding in _apart(one, other)]
    return (*alone, *apart)


def _itself(kind: DocumentType, legal: Sequence[str], permanent: str) -> Iterator[Finding]:
    if not kind.titles and not any(kind.suffixes) and not kind.barcode:
        yield _block(kind, "titles", "unrecognisable", "không có gì để nhận ra", "nothing to recognise it by")
    if kind.validity not in ("", permanent) and not re.fullmatch(r"\d+m", kind.validity):
        yield _block(
            kind, "validity", "validity", "phải là số tháng (6m) hoặc từ vĩnh viễn", "months (6m) or permanent"
        )
    for group in patterns.names(kind.barcode):
        if group not in kind.fields:
            yield _block(kind, "barcode", "barcode_group", f"nhóm {group} không là trường", f"{group} is no field")
    persons = {spec.person for spec in kind.fields.values()}
    for person in kind.owner:
        if person not in persons:
            yield _block(kind, "owner", "no_such_person", f"không trường nào của {person}", f"no field is {person}'s")
    for key in kind.required:
        if key not in legal:
            yield _block(kind, "required", "no_legal_field", f"{key} không là trường luật định", f"{key} is not legal")
    yield from _fields(kind, legal)


def _fields(kind: DocumentType, legal: Sequence[str]) -> Iterator[Finding]:
    labels: dict[str, tuple[str, str, str, str]] = {}
    for key, spec in kind.fields.items():
        if key in legal:
            yield _block(kind, f"fields.{key}", "legal_key", "trùng khóa của trường luật định", "key of a legal field")
        for fill in spec.fills:
            if fill not in legal:
                yield _block(
                    kind, f"fields.{key}.fills", "no_legal_field", f"không có trường {fill}", f"no field {fill}"
                )
        for label in spec.labels:
            own = (key, spec.kind, spec.zone, spec.pattern)
            before = labels.setdefault(f"{spec.person}|{fold(nfc(label))}", own)
            if before[0] != key and before[1] != spec.kind and before[2:] == own[2:]:
                vi, en = f"nhãn '{label}' cũng ở {before[0]}", f"label '{label}' is also one of {before[0]}"
                yield _doubt(kind, f"fields.{key}.labels", "label_twice", vi, en)


def _slow(kind: DocumentType) -> Iterator[Finding]:
    found = {"barcode": kind.barcode} | {f"fields.{key}.pattern": spec.pattern for key, spec in kind.fields.items()}
    for where, pattern in found.items():
        if pattern and too_slow(pattern):
            yield _block(kind, where, "slow_pattern", "biểu thức có thể chạy mãi", "the pattern may run for ever")


def too_slow(pattern: str) -> bool:
    """Whether some unlucky text makes ``pattern`` take too long: made of what it asks for, one part said many times."""
    parts = [_SAMPLES.get(atom, _SAMPLES.get(atom[:2], atom.strip("[]\\")[:1])) for atom in _ATOM.findall(pattern)]
    whole = "".join(parts)
    for at in range(len(parts)):
        for pumped in {parts[at], "".join(parts[at : at + 2]), "".join(parts[at : at + 3])}:
            for start in ("".join(parts[:at]), ""):
                texts = (start + pumped * times + end for times in _TIMES for end in ("\0", "\0" + whole))
                if any(patterns.too_slow(pattern, text) for text in texts):
                    return True
    return False


def _apart(one: DocumentType, other: DocumentType) -> Iterator[Finding]:
    mine, theirs = ({skeleton(title): title for title in kind.titles} for kind in (one, other))
    for shared in mine.keys() & theirs.keys():
        vi, en = f"tên '{mine[shared]}' cũng là của {other.key}", f"title '{mine[shared]}' is {other.key}'s too"
        yield _block(one, "titles", "same_title", vi, en)
    if not _otherwise_told(one, other):
        yield from _within(one, other, mine, theirs)
        yield from _within(other, one, theirs, mine)
    for suffix in {*filter(None, one.suffixes)} & {*other.suffixes}:
        yield _block(
            one, "suffixes", "same_suffix", f"{suffix} cũng là của {other.key}", f"{suffix} is {other.key}'s too"
        )
    folded = {fold(nfc(suffix)) for suffix in other.suffixes if suffix and suffix not in one.suffixes}
    for suffix in one.suffixes:
        if suffix and suffix not in other.suffixes and fold(nfc(suffix)) in folded:
            vi, en = f"{suffix} mất dấu thì như của {other.key}", f"{suffix} without its marks is like {other.key}'s"
            yield _doubt(one, "suffixes", "near_suffix", vi, en, Severity.INFO)


def _within(
    one: DocumentType, other: DocumentType, mine: Mapping[str, str], theirs: Mapping[str, str]
) -> Iterator[Finding]:
    for short, title in mine.items():
        longer = next((theirs[text] for text in theirs if text.startswith(short) and text != short), None)
        if longer:
            vi = f"'{title}' mở đầu '{longer}' của {other.key} và không có gì khác để phân biệt"
            en = f"'{title}' begins '{longer}' of {other.key}, and nothing else tells them apart"
            yield _doubt(one, "titles", "title_within", vi, en)


def _otherwise_told(one: DocumentType, other: DocumentType) -> bool:
    """Number, anchors or own labels that one of the two has and the other has not."""
    if {*one.suffixes} != {*other.suffixes} or {*one.anchors} != {*other.anchors}:
        return True
    mine, theirs = ({label for spec in kind.fields.values() for label in spec.labels} for kind in (one, other))
    return mine != theirs


def _block(kind: DocumentType, key: str, rule: str, vi: str, en: str) -> Finding:
    return _doubt(kind, key, rule, vi, en, Severity.BLOCK)


def _doubt(kind: DocumentType, key: str, rule: str, vi: str, en: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(rule, f"{kind.key}: {key}", Text(vi, en), severity)
