"""Do the papers of one dossier agree on who the people are, and do they belong to it at all?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from rapidfuzz.distance import Levenshtein

from pipeline.classify import values
from pipeline.classify.matching import compact
from pipeline.classify.persons import persons
from pipeline.dossier import Document, Extraction, FieldValue, Finding, Kind, Severity, Text
from pipeline.settings import Settings

_CODE = "ma_ho_so"
_SAME = 2
"""Names that differ in at most so many letters (marks apart) are one person's, read or written differently."""


@dataclass(frozen=True)
class _Said:
    """What one paper says of one person; ``keys`` name the fields: id, name, birth, sex."""

    paper: Document
    id: FieldValue
    name: FieldValue
    birth: FieldValue
    sex: FieldValue


def compare(documents: Sequence[Document], settings: Settings) -> dict[str, tuple[Finding, ...]]:
    """What the papers of one dossier contradict each other in, by document id; papers without conflict are absent.

    The same personal id with another name, birth date or sex; nearly the same name and birth date with another id; a
    dossier's owner whom no paper names; a paper with another dossier's code; a result dated before the papers it rests
    on. A finding names the field (``where``) and the other paper's file, never a value.
    """
    found: dict[str, list[Finding]] = {}
    people = [one for paper in documents for one in _people(paper, settings)]
    for one, other in combinations(people, 2):
        if one.paper.id != other.paper.id:
            for key, its, rule, message in _conflicts(one, other):
                _tell(found, one.paper, key, rule, _about(message, other.paper))
                _tell(found, other.paper, its, rule, _about(message, one.paper))
    for paper in documents:
        if _stray(paper):
            message = Text("mã hồ sơ trên giấy khác mã hồ sơ này", "the paper bears the code of another dossier")
            _tell(found, paper, _CODE, "other_dossier", message)
    for paper in _without_owner(documents, people):
        message = Text("không giấy tờ nào trong hồ sơ có mã định danh của chủ hồ sơ", "no paper names the owner's id")
        _tell(found, paper, "ma_dinh_danh", "owner_absent", message)
    for result, base in _too_early(documents):
        message = Text("kết quả có ngày trước giấy tiếp nhận", "the result is dated before the receipt")
        _tell(found, result, "ngay_cap", "result_early", _about(message, base))
    return {key: tuple(dict.fromkeys(told)) for key, told in found.items()}


def doubted(extraction: Extraction, findings: Sequence[Finding]) -> Extraction:
    """``extraction`` with these findings of :func:`compare`, and the fields that they name doubted."""
    named = {one.where.removeprefix("field ") for one in findings}
    fields = tuple(values.doubt(one, values.OTHER_PAPER) if one.key in named else one for one in extraction.fields)
    new = tuple(one for one in findings if one not in extraction.findings)
    return replace(extraction, fields=fields, findings=(*extraction.findings, *new))


def _tell(found: dict[str, list[Finding]], paper: Document, key: str, rule: str, message: Text) -> None:
    found.setdefault(paper.id, []).append(Finding(rule, f"field {key}", message, Severity.WARNING))


def _about(message: Text, other: Document) -> Text:
    return Text(f"{message.vi}: {other.source.name}", f"{message.en}: {other.source.name}")


def _people(paper: Document, settings: Settings) -> Iterator[_Said]:
    kind = settings.type(paper.extraction.type)
    for person in persons(kind) if kind else ():
        field = paper.extraction.field
        said = _Said(paper, field(person.id), field(person.name), field(person.birth), field(person.sex))
        if said.id.value or said.name.value:
            yield said


def _conflicts(one: _Said, other: _Said) -> Iterator[tuple[str, str, str, Text]]:
    """Keys of the two fields that contradict each other, the rule and what to say."""
    if one.id.value and one.id.value == other.id.value:
        if _differ(compact(one.name.value), compact(other.name.value)):
            yield (
                one.name.key,
                other.name.key,
                "same_id_other_name",
                Text("cùng số định danh nhưng khác họ tên", "the same personal id with another name"),
            )
        if _differ(one.birth.value[:4], other.birth.value[:4]) or _other_day(one.birth.value, other.birth.value):
            yield (
                one.birth.key,
                other.birth.key,
                "same_id_other_birth",
                Text("cùng số định danh nhưng khác ngày sinh", "the same personal id with another birth date"),
            )
        if _differ(compact(one.sex.value), compact(other.sex.value)):
            yield (
                one.sex.key,
                other.sex.key,
                "same_id_other_sex",
                Text("cùng số định danh nhưng khác giới tính", "the same personal id with another sex"),
            )
    elif _same_person(one, other) and len(one.id.value) == len(other.id.value) and one.id.value:
        yield (
            one.id.key,
            other.id.key,
            "same_name_other_id",
            Text("cùng họ tên nhưng khác số định danh", "the same name with another personal id"),
        )


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _other_day(one: str, other: str) -> bool:
    """Both are whole dates and not the same one; a year alone says nothing about the day."""
    return len(one) == len(other) == 10 and one != other


def _same_person(one: _Said, other: _Said) -> bool:
    """Nearly the same name, and the same birth date, or ids that differ in no more than two figures.

    Namesakes are many: a name alone makes nobody the same person.
    """
    names = compact(one.name.value), compact(other.name.value)
    if not all(names) or Levenshtein.distance(*names) > (_SAME if min(map(len, names)) > 9 else 0):
        return False
    born = one.birth.value and one.birth.value == other.birth.value
    return bool(born) or Levenshtein.distance(one.id.value, other.id.value) <= _SAME


def _stray(paper: Document) -> bool:
    code = paper.extraction.field(_CODE).value
    return bool(code and paper.dossier.code) and compact(code) != compact(paper.dossier.code)


def _without_owner(documents: Sequence[Document], people: Sequence[_Said]) -> tuple[Document, ...]:
    """All papers, when the dossier has an owner and papers that name people, but none of them is the owner."""
    owners = {paper.dossier.owner for paper in documents if paper.dossier.owner}
    ids = {one.id.value for one in people if one.id.value}
    return tuple(documents) if len(owners) == 1 and ids and not owners & ids else ()


def _too_early(documents: Sequence[Document]) -> Iterator[tuple[Document, Document]]:
    """Results of the procedure that bear an earlier date than the receipt of the dossier."""
    for base in documents:
        received = base.extraction.field("ngay_tiep_nhan").value
        for paper in documents if received else ():
            issued = paper.extraction.field("ngay_cap").value
            if paper.dossier.kind is Kind.RESULT and issued and issued < received and paper.id != base.id:
                yield paper, base
