"""``legal.yaml``, ``codes.yaml`` and ``procedures.yaml``: what the law prescribes, with the basis named beside it."""

from __future__ import annotations

import re
import string
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from pydantic import Field, field_validator

from pipeline.settings.base import Label, Model

_STAMPED = {"name", "time", "form", "agency", "number", "pages"}


class Stamp(Model):
    """A visible signature: lines of text (``{name}``, ``{time}``, ``{form}``, ``{agency}``), place and type size."""

    basis: str
    corner: Literal["top-left", "top-right"]
    lines: tuple[str, ...]
    font_points: float = Field(gt=0)
    min_font_points: float = Field(gt=0)
    width_mm: float = Field(gt=0)
    margin_mm: float = Field(gt=0)

    @field_validator("lines")
    @classmethod
    def _known(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        unknown = {name for line in lines for _, name, _, _ in string.Formatter().parse(line) if name is not None}
        if unknown - _STAMPED:
            raise ValueError(f"{{{'}, {'.join(sorted(unknown - _STAMPED))}}}: {', '.join(sorted(_STAMPED))}")
        return lines


class CopyForm(Model):
    """A form of copy of a stored record (Decree 30/2020/NĐ-CP art. 3, 25)."""

    label: str
    """As printed in the stamp."""
    abbreviation: str
    """As in the number of the copy (App. III)."""
    basis: str
    pages: Literal["all", "some"]
    """Whether the whole record is copied or a part of it."""
    of: Literal["original", "copy"]
    """What it is made of: a bản gốc or bản chính, or itself a copy."""
    from_electronic: bool
    """Whether there is such a copy, in electronic form, of a paper that was electronic from its beginning."""


class Copies(Model):
    """Copies for handing out: forms, stamp (``{form}``, ``{number}``, ``{pages}``, ``{agency}``, ``{time}``), numbers.

    A line of the stamp whose value is empty is left out.
    """

    basis: str
    forms: dict[str, CopyForm]
    stamp: Stamp
    number: str
    """Pattern of the number of a copy; ``{abbreviation}`` is that of its form."""
    copied: tuple[str, ...]
    """Rules of the :class:`Flag` that tell that a paper is itself a copy."""
    withheld: tuple[str, ...]
    """Rules of the :class:`Flag` of papers that are not copied."""

    @field_validator("number")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value.replace("{abbreviation}", "X"))
        except re.error as error:
            raise ValueError(str(error)) from error
        return value

    def numbered(self, number: str, form: CopyForm) -> bool:
        """Whether ``number`` is written as numbers of copies of that form are."""
        pattern = self.number.replace("{abbreviation}", re.escape(form.abbreviation))
        return re.fullmatch(pattern, number) is not None


class FieldRule(Model):
    """One of the nine fields of Circular 01/2023/TT-VPCP art. 9(2), or a type's own field."""

    label: Label
    limit: int | None = None
    kind: Literal["text", "date", "validity"] = "text"


class Flag(Model):
    """A paper that is not to be digitised (Circular 01/2023/TT-VPCP art. 4)."""

    rule: str
    basis: str
    when: Literal["mark", "expired", "unsealed", "not_digitised"] = "mark"
    """What is noticed: a printed mark; validity that has ended; neither seal nor signature on a paper that needs them;
    a type that is not to be digitised."""
    marks: tuple[str, ...] = ()
    zone: Literal["alone", "anywhere"] = "alone"
    severity: Literal["warning", "block"] = "block"
    bracketed: Literal["warning", "block", "off"] = "warning"
    """What a mark in brackets weighs: under a title it mostly says where the paper was issued from."""
    message: Label


class Legal(Model):
    """``legal.yaml``: what the law prescribes, with the basis named beside it."""

    basis: str
    form_of_copy: str
    demo_mark: str
    utc_offset_hours: float
    officer_stamp: Stamp
    agency_stamp: Stamp
    copies: Copies
    algorithm_ends: dict[str, date]
    """Last day on which a digest algorithm is relied on in signatures; those not named have no end yet."""
    fields: dict[str, FieldRule]
    permanent: str
    """The normalised value of ``thoi_han_hieu_luc`` for papers without an end."""
    min_dpi: int
    min_dpi_maps: int
    map_archive_types: tuple[str, ...] = ()
    """Archive types of which :attr:`min_dpi_maps` is asked."""
    min_bits: int = Field(default=1, ge=1)
    """Least bits a pixel."""
    paper_sizes: dict[str, tuple[float, float]] = Field(default_factory=dict)
    """Papers by name: width and height in millimetres, either way round."""
    flags: tuple[Flag, ...] = ()

    def local_time(self, when: datetime) -> datetime:
        """``when`` (with time zone) in the time zone that the law's dates are in, to the second."""
        return when.astimezone(timezone(timedelta(hours=self.utc_offset_hours))).replace(microsecond=0)


class Codes(Model):
    """``codes.yaml``: templates of codes and loose patterns (they warn, they do not refuse)."""

    basis: str
    component: str
    result: str
    dossier_patterns: tuple[str, ...]
    procedure_patterns: tuple[str, ...]
    owner_patterns: tuple[str, ...]
    provinces: dict[str, str]


class Procedure(Model):
    """One administrative procedure."""

    name: str
    field: str = ""
    returns_paper_result: bool = True


class Procedures(Model):
    """``procedures.yaml``: the procedures known at this counter; others are taken with a warning."""

    procedures: dict[str, Procedure] = Field(default_factory=dict)
