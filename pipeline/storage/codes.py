"""Step 3, cấp mã: a unique code for every digitised paper (Circular 01/2023/TT-VPCP art. 10).

Templates and patterns are configuration (``codes.yaml``). Patterns only warn: codes of other systems and other years
must not be refused at the counter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from string import Formatter

from stdnum.vn import mst

from pipeline.dossier import Document, Dossier, Finding, Kind, Text
from pipeline.errors import ConfigError
from pipeline.settings import Codes, Procedures, Settings
from pipeline.storage.repository import Repository
from pipeline.vietnamese import nfc

_PERSONAL_ID = re.compile(r"\d{12}")
_TAX_CODE = re.compile(r"\d{10}(-?\d{3})?")


# -- issuing ----------------------------------------------------------------------------------------------------


def issue(document: Document, settings: Settings, repository: Repository) -> str:
    """Give ``document`` its code; asked again it answers the same one.

    The template is that of a component or of a result; what is not known (an owner without id, a paper without
    number) is left out together with its separator. When another document holds the code, ``-2``, ``-3`` … is
    added, or ``{n}`` counts up where the template has it.

    Raises:
        ConfigError: the template names something unknown.
        StoreDown, StoreDenied, StoreFailed: see :class:`~pipeline.storage.objects.ObjectStore`.
    """
    known = repository.code_of(document.id)
    if known:
        return known
    template = settings.codes.result if document.dossier.kind is Kind.RESULT else settings.codes.component
    values = _values(document, settings)
    ordinal = 1
    while not repository.reserve(code := render(template, values, ordinal), document.id):
        ordinal = _next_free(template, values, ordinal, repository)
    return repository.keep_code(document.id, code)


def render(template: str, values: dict[str, str], ordinal: int) -> str:
    """Fill ``template``; an empty value is left out together with the separator that would set it off.

    Raises:
        ConfigError: the template names something unknown, or is no template.
    """
    counted = {**values, "n": str(ordinal)}
    text, filled, counts = "", False, False
    for place, (literal, name) in enumerate(_parts(template)):
        if name is not None and name not in counted:
            raise _refused(f"{{{name}}}?")
        value = "" if name is None else counted[name]
        if place == 0 or name is None or (value and filled):
            text += literal
        if value:
            text, filled = text + value, True
        counts = counts or name == "n"
    return text if counts or ordinal == 1 else f"{text}-{ordinal}"


def _parts(template: str) -> list[tuple[str, str | None]]:
    try:
        return [(literal, name) for literal, name, _, _ in Formatter().parse(template)]
    except ValueError as error:
        raise _refused(str(error)) from error


def _refused(what: str) -> ConfigError:
    known = "{owner} {procedure} {dossier} {type} {number} {n}"
    return ConfigError(file="codes.yaml", line=0, what=what, hint=known)


def _values(document: Document, settings: Settings) -> dict[str, str]:
    extraction, dossier = document.extraction, document.dossier
    kind = settings.type(extraction.type)
    found = extraction.field("ma_dinh_danh")
    values = {
        # The paper's own owner goes before the dossier's (a parent hands in the child's paper), once it is sure.
        "owner": found.value if found.value and not found.needs_review else dossier.owner,
        "procedure": dossier.procedure,
        "dossier": dossier.code,
        "type": (kind.code or kind.key) if kind else extraction.type,
        "number": extraction.field("so_ky_hieu").value,
    }
    return {key: " ".join(nfc(value).split()) for key, value in values.items()}


def _next_free(template: str, values: dict[str, str], taken: int, repository: Repository) -> int:
    """A free ordinal after ``taken``, in steps that double: thousands of papers may share one code without number."""
    low, step = taken, 1
    while repository.taken(render(template, values, low + step)):
        low, step = low + step, 2 * step
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if repository.taken(render(template, values, middle)) else (low, middle)
    return high


# -- checking ---------------------------------------------------------------------------------------------------


def check_dossier(dossier: Dossier, codes: Codes, procedures: Procedures, today: date | None = None) -> list[Finding]:
    """Compare the codes of a dossier with what such codes look like; every finding is a warning.

    The findings name no value, because an owner's id is personal data.
    """
    return [*_check_codes(dossier, codes, procedures), *_check_owner(dossier.owner, codes, today or date.today())]


def _check_codes(dossier: Dossier, codes: Codes, procedures: Procedures) -> Iterator[Finding]:
    if not _matches(dossier.code, codes.dossier_patterns):
        yield _warning(
            "dossier_code",
            "dossier",
            "mã hồ sơ không theo dạng đã biết",
            "the dossier code has no known form",
        )
    if not _matches(dossier.procedure, codes.procedure_patterns):
        yield _warning(
            "procedure_code",
            "procedure",
            "mã thủ tục không theo dạng đã biết",
            "the procedure code has no known form",
        )
    elif not _known_procedure(dossier.procedure, procedures):
        yield _warning(
            "procedure_unknown",
            "procedure",
            "thủ tục không có trong procedures.yaml",
            "the procedure is not in procedures.yaml",
        )


def _known_procedure(code: str, procedures: Procedures) -> bool:
    """Whether it is listed, itself or as the national one of a local form (``2.001458.000.00.00.H40``)."""
    return code in procedures.procedures or ".".join(code.split(".")[:2]) in procedures.procedures


def _check_owner(owner: str, codes: Codes, today: date) -> Iterator[Finding]:
    if not owner:
        return
    if not _matches(owner, codes.owner_patterns):
        yield _warning("owner_id", "owner", "mã định danh không theo dạng đã biết", "the owner's id has no known form")
    elif _PERSONAL_ID.fullmatch(owner):
        yield from _check_personal_id(owner, codes, today)
    elif _TAX_CODE.fullmatch(owner) and not mst.is_valid(owner):
        yield _warning("tax_code", "owner", "mã số thuế sai số kiểm tra", "the tax code's check digit is wrong")


def _check_personal_id(owner: str, codes: Codes, today: date) -> Iterator[Finding]:
    """Twelve digits: three of the province, one of century and sex (0, 1: 1900s; 2, 3: 2000s …), two of the year."""
    if owner[:3] not in codes.provinces:
        yield _warning(
            "owner_province",
            "owner",
            "ba số đầu của số định danh không phải mã tỉnh đã biết",
            "the id's first three digits are no known province",
        )
    if 1900 + 100 * (int(owner[3]) // 2) + int(owner[4:6]) > today.year:
        yield _warning(
            "owner_birth_year",
            "owner",
            "năm sinh trong số định danh ở tương lai",
            "the year of birth in the id lies in the future",
        )


def _matches(code: str, patterns: Sequence[str]) -> bool:
    return any(re.fullmatch(pattern, code) for pattern in patterns)


def _warning(rule: str, where: str, vi: str, en: str) -> Finding:
    return Finding(rule, where, Text(vi, en))
