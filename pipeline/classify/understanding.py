"""From the readings of one document to its type and its fields (Circular 01/2023/TT-VPCP art. 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipeline.classify import (
    acts,
    behind,
    bodies,
    checks,
    dates,
    flags,
    foot,
    kinds,
    later,
    naming,
    own,
    persons,
    values,
)
from pipeline.classify.acts import Head
from pipeline.classify.kinds import Match
from pipeline.classify.knowledge import Given, TypeModel
from pipeline.classify.layout import Row, Sheet, sheet
from pipeline.classify.values import Found, field_value
from pipeline.dossier import Dossier, Extraction, FieldValue, Finding, PageReading, Severity, Text
from pipeline.settings import DocumentType, Settings
from pipeline.vietnamese import fold

_NOTHING = Given()
_EXTRACT = re.compile(r"\W*(?:ban sao )?trich luc\b")


def understand(
    readings: Sequence[PageReading],
    dossier: Dossier,
    settings: Settings,
    *,
    today: date | None = None,
    model: TypeModel | None = None,
    given: Given = _NOTHING,
) -> Extraction:
    """Type, legal fields (all of ``legal.yaml``, in its order), the type's own fields, and what was noticed.

    ``readings`` are the pages of one document. A value that was not read stays empty; whatever may be wrong is marked
    ``needs_review`` with its reason and its place. ``today`` is the day on which dates are judged (without it none is
    in the future); ``model`` guesses the type from the text, to be weighed with what stands on the paper; ``given`` is
    what is known beside the text.
    """
    sheets = [sheet(reading) for reading in readings]
    match = _classified(sheets, settings, model, given.type)
    review_below = settings.site.reading.review_below
    head = acts.read_head(sheets, match, review_below, today)
    parts = later.changes(sheets)
    mine: dict[str, Found] = {}
    told: tuple[Finding, ...] = ()
    if match.type:
        paper = behind.form(parts.issued, match.type, _all_labels(settings.types), settings.legal.permanent)
        mine, told = own.read(paper, head)
        mine = later.newest(mine, parts, match.type)
        mine = _of_extract(mine, head, match)
        mine = {key: acts.by_pen(found, sheets) for key, found in mine.items()}
    legal, chosen = _legal(_Paper(parts.issued, match, head, mine, dossier, settings, today))
    own_fields = tuple(
        field_value(key, mine.get(key), review_below, spec.required)
        for key, spec in (match.type.fields.items() if match.type else ())
    )
    fields, conflicts = checks.check((*legal, *own_fields), match.type, settings, today)
    until = next((one.value for one in fields if one.key == "thoi_han_hieu_luc"), "")
    return Extraction(
        tuple(reading.number for reading in readings),
        match.key,
        match.confidence,
        match.printed,
        fields,
        (
            *_type_findings(match, review_below),
            *told,
            *chosen,
            *conflicts,
            *flags.find(
                sheets,
                settings.legal.flags,
                kind=match.type,
                dossier=dossier,
                valid_until=until,
                today=today,
                colour=given.colour,
                signed=given.signed,
            ),
        ),
    )


def _classified(sheets: Sequence[Sheet], settings: Settings, model: TypeModel | None, type_key: str) -> Match:
    """The type; where a person has said it, with the evidence for it alone."""
    said = settings.type(type_key)
    if said is not None:
        return replace(kinds.classify(sheets, (said,)), type=said, confidence=1.0, rivals=())
    chances = model.chances("\n".join(page.reading.text for page in sheets)) if model else None
    return kinds.classify(sheets, settings.types, chances)


def _all_labels(types: Sequence[DocumentType]) -> tuple[str, ...]:
    return tuple(sorted({label for kind in types for spec in kind.fields.values() for label in spec.labels}))


@dataclass(frozen=True)
class _Paper:
    """What is known of a paper when its legal fields are put together."""

    sheets: tuple[Sheet, ...]
    match: Match
    head: Head
    mine: Mapping[str, Found]
    dossier: Dossier
    settings: Settings
    today: date | None


def _legal(paper: _Paper) -> tuple[tuple[FieldValue, ...], tuple[Finding, ...]]:
    match, settings = paper.match, paper.settings
    review_below = settings.site.reading.review_below
    found = _gathered(paper)
    chosen = _choose_owner(found, paper.mine, match.type, paper.dossier) if match.type else ()
    required = _required(match.type)
    fields = {key: field_value(key, found.get(key), review_below, key in required) for key in settings.legal.fields}
    fields["ma_loai_giay_to"] = naming.code(match, review_below)
    fields["ten_giay_to"] = naming.name(paper.sheets, match, review_below)
    owner = paper.dossier.owner
    if owner:
        fields["ma_dinh_danh"] = FieldValue("ma_dinh_danh", owner, owner, 1.0, source="given")
    if not fields["thoi_han_hieu_luc"].value:
        fields["thoi_han_hieu_luc"] = _validity(match.type, fields["ngay_cap"], settings.legal.permanent)
    return tuple(fields[key] for key in settings.legal.fields), chosen


def _choose_owner(
    found: dict[str, Found], mine: Mapping[str, Found], kind: DocumentType, dossier: Dossier
) -> tuple[Finding, ...]:
    """Put the id of whose paper it is among the legal fields; a choice between several is told, by role."""
    said = {key: one.value for key, one in mine.items()}
    person = persons.owner(kind, said, dossier.owner)
    if person is None:
        return ()
    found.pop("ma_dinh_danh", None)
    if person.id in mine:
        found["ma_dinh_danh"] = mine[person.id]
    others = [one for one in persons.persons(kind) if one.role in kind.owner and said.get(one.id)]
    if len(others) < 2 or not person.id:
        return ()
    name = kind.fields[person.name or person.id].label
    message = Text(
        f"giấy có nhiều người; mã định danh lấy theo: {name.vi}",
        f"several persons on the paper; the owner id is taken from: {name.en}",
    )
    return (Finding("owner_chosen", "field ma_dinh_danh", message, Severity.INFO),)


def _gathered(paper: _Paper) -> dict[str, Found]:
    """What fills the legal fields: own fields that say so go first, then the head, then the signature block."""
    sheets, match, head, mine = paper.sheets, paper.match, paper.head, paper.mine
    review_below = paper.settings.site.reading.review_below
    found: dict[str, Found] = {}
    extract = _extract(match)
    if extract or (head.date is not None and head.place is not None and head.symbol is not None):
        # What stands in the head is of whoever issued this very paper: of an extract, not of what it extracts.
        found = {key: one for key, one in (("ngay_cap", head.date), ("co_quan_cap", head.agency)) if one is not None}
    for key, spec in match.type.fields.items() if match.type else ():
        for legal in spec.fills:
            if key in mine and not (extract and legal in ("ngay_cap", "co_quan_cap")):
                found.setdefault(legal, mine[key])
    act = match.type is None or match.type.act
    rest = {
        "so_ky_hieu": head.number,
        "ngay_cap": head.date or (None if act else foot.date_over_signature(sheets, review_below, paper.today)),
        "co_quan_cap": head.agency or (None if act else foot.signing_agency(sheets)),
        "trich_yeu": head.subject,
    }
    for key, one in rest.items():
        if one is None or key in found or (key == "ngay_cap" and _of_another(one, mine, match.type)):
            continue
        labelled = match.type is not None and any(key in spec.fills for spec in match.type.fields.values())
        # A paper with a label for it should have said so there: what stands elsewhere may be something else.
        found[key] = replace(one, doubts=(*one.doubts, values.ELSEWHERE)) if labelled and not extract else one
    if "co_quan_cap" in found:
        found["co_quan_cap"] = bodies.completed(found["co_quan_cap"], sheets)
    return found


def _extract(match: Match) -> bool:
    """Whether the paper is an extract of a register entry (``TRÍCH LỤC …``) that tells when and where that was made."""
    told = match.type is not None and any(
        "ngay_cap" in spec.fills and spec.labels for spec in match.type.fields.values()
    )
    return told and bool(_EXTRACT.match(fold(match.printed)))


def _of_extract(mine: Mapping[str, Found], head: Head, match: Match) -> dict[str, Found]:
    """The own fields of an extract: its number is that of its head, and never the one of the entry told in its text."""
    if match.type is None or not _extract(match):
        return dict(mine)
    numbers = [key for key, spec in match.type.fields.items() if "so_ky_hieu" in spec.fills]
    title = match.title[0]
    done = {key: one for key, one in mine.items() if key not in numbers or _above(one, title)}
    if head.number is not None and (head.number.value or not done.keys() & set(numbers)):
        done |= dict.fromkeys(numbers, head.number)
    return done


def _above(found: Found, row: Row) -> bool:
    return found.page == row.page and all(word.box[3] <= row.box[1] for word in found.words)


def _of_another(date_read: Found, mine: Mapping[str, Found], kind: DocumentType | None) -> bool:
    """Whether these words were read as another date of the paper: somebody's birth is not the day of issue."""
    others = [mine[key] for key, spec in kind.fields.items() if key in mine and not spec.fills] if kind else []
    boxes = {word.box for one in others if one.value[:4].isdecimal() for word in one.words}
    return any(word.box in boxes for word in date_read.words if re.search(r"\d", word.text))


def _required(kind: DocumentType | None) -> set[str]:
    """Fields that a paper of this type has: its date, those its own fields fill, and the head of an act."""
    if kind is None:
        return set()
    filled = {key for spec in kind.fields.values() for key in spec.fills}
    head = {"so_ky_hieu", "co_quan_cap"} if kind.act else set()
    return {"ngay_cap", *kind.required} | head | (filled - {"ma_dinh_danh", "thoi_han_hieu_luc"})


def _validity(kind: DocumentType | None, issued: FieldValue, permanent: str) -> FieldValue:
    """The type's rule: without end, or so many months (``6m``) from the date of issue."""
    key = "thoi_han_hieu_luc"
    rule = kind.validity if kind else ""
    if rule == permanent and rule:
        return FieldValue(key, permanent, confidence=1.0, source="rule")
    months = re.fullmatch(r"(\d+)m", rule)
    if not months or not issued.value:
        return FieldValue(key)
    return FieldValue(
        key,
        dates.add_months(issued.value, int(months.group(1))),
        confidence=issued.confidence,
        page=issued.page,
        box=issued.box,
        source="rule",
        needs_review=issued.needs_review,
        reason=issued.reason,
    )


def _type_findings(match: Match, review_below: float) -> tuple[Finding, ...]:
    if match.type is None:
        text = Text("chưa nhận ra loại giấy tờ; hãy chọn loại", "the type was not recognised; choose it")
        return (Finding("unknown_type", "document", text, Severity.WARNING),)
    if match.rivals and match.confidence < review_below:
        others = ", ".join(match.rivals)
        text = Text(f"cũng có dấu hiệu của: {others}", f"there are also signs of: {others}")
        return (Finding("ambiguous_type", "document", text, Severity.WARNING),)
    return ()
