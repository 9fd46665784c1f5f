"""``document_types/*.yaml`` and ``vocabulary.yaml``: what papers look like and what stands on them."""

from __future__ import annotations

from typing import Annotated, Literal

import regex
from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.settings.base import Label, Model

Zone = Literal["", "anywhere", "head", "head_left", "head_right", "title", "body", "foot", "foot_left", "foot_right"]
"""A part of the page in the layout of Decree 30/2020/NĐ-CP; ``head`` and ``foot`` are both of their columns."""


def _pattern(text: str) -> str:
    """Refuse what is no regular expression, with the place where it breaks."""
    try:
        regex.compile(text)
    except regex.error as error:
        raise ValueError(f"biểu thức chính quy sai / bad regular expression: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
"""A regular expression of the package ``regex``; wherever it is used the time is bounded."""


def _words(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


Keys = Annotated[tuple[str, ...], BeforeValidator(_words)]
"""Keys; in the file a list, or separated by blanks."""


class Anchor(Model):
    """Words that speak for a type where they stand in ``zone``."""

    text: str
    zone: Zone = "anywhere"


def _by_zone(value: object) -> object:
    """``[V/v, …]`` stands for anywhere; ``{head: [V/v], foot: […]}`` names zones."""
    if isinstance(value, dict):
        return tuple({"text": text, "zone": zone} for zone, texts in value.items() for text in texts)
    return tuple({"text": text} for text in value) if isinstance(value, list) else value


class OwnField(Model):
    """A type's own field: where it stands (behind labels, in the layout, by its pattern) and what it must be."""

    label: Label
    labels: tuple[str, ...] = ()
    """Label variants as printed, the usual one first."""
    pattern: Pattern = ""
    kind: Literal["text", "date", "personal_id", "tax_code", "number", "name"] = "text"
    """Form and validator of the value."""
    zone: Zone = ""
    part: Literal["", "symbol", "place", "superior", "signer", "recipients"] = ""
    """Part of the layout of an act that holds the value."""
    fills: Keys = ()
    """Keys of the legal fields that take the same value (``so_ky_hieu``, ``ngay_cap``, ``ma_dinh_danh`` …)."""
    person: str = ""
    """Whose value it is, on papers with several persons: values of one person are checked against each other."""
    required: bool = False
    """Every filled-in paper of the type has it: a missing one is shown to a person."""
    sensitive: bool = False
    """Sensitive personal data (Law 91/2025/QH15)."""


class Digitise(Model):
    """Whether a paper of the type is to be digitised (Circular 01/2023/TT-VPCP art. 4), and why not."""

    rule: Literal["yes", "ask", "no"] = "yes"
    basis: str = ""
    why: Label = Label(vi="", en="")


class DocumentType(Model):
    """``document_types/KEY.yaml``: how a paper is recognised and what is taken from it."""

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    name: Label
    code: str = ""
    """Code of the paper type (``KQ.G15.000031``); empty: the key stands for it."""
    titles: tuple[str, ...]
    title_zone: Literal["title", "head", "anywhere"] = "title"
    anchors: Annotated[tuple[Anchor, ...], BeforeValidator(_by_zone)] = ()
    negative: tuple[str, ...] = ()
    """Words whose presence in the head speaks against the type."""
    suffixes: tuple[str, ...] = ()
    """Abbreviation in the number: ``QĐ`` in ``15/QĐ-UBND``."""
    barcode: Pattern = ""
    """Pattern of a QR code or bar code that proves the type."""
    act: bool = False
    """An administrative document of Decree 30/2020/NĐ-CP: number, date, agency and abstract in its head."""
    fields: dict[str, OwnField] = Field(default_factory=dict)
    required: Keys = ()
    """Legal fields that every paper of the type has, beside those that ``act`` and ``fills`` imply."""
    owner: Keys = ()
    """Persons (:attr:`OwnField.person`) of a paper with several, the one whose paper it is first."""
    validity: str = ""
    """Default of ``thoi_han_hieu_luc``: the permanent word, a number of months (``6m``) or empty."""
    sealed: bool = False
    """Valid only with seal or signature."""
    sensitive: bool = False
    digitise: Digitise = Digitise()
    archive_type: str = Field(default="32", pattern=r"^\d{2}$")
    """typeName of Circular 05/2025/TT-BNV."""


def _semicolons(value: object) -> object:
    return tuple(part.strip() for part in value.split(";")) if isinstance(value, str) else value


class Vocabulary(Model):
    """``vocabulary.yaml``: the closed vocabulary of administrative papers, spelt with all marks."""

    head: tuple[str, ...] = ()
    """National title and motto, agencies."""
    titles: tuple[str, ...] = ()
    """Names of papers; those of the document types are added to them."""
    signature: tuple[str, ...] = ()
    """Authorities and offices, as above a name."""
    phrases: Annotated[tuple[str, ...], BeforeValidator(_semicolons)] = ()
    """Words that stand beside each other; in the file separated by semicolons."""
