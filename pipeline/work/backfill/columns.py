"""``columns.yaml``: what the folders, file names and columns of a delivered archive mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Literal

import regex
from pydantic import AfterValidator, Field

from pipeline.dossier import Kind
from pipeline.errors import BadValue, PlanRefused
from pipeline.settings.base import Model
from pipeline.vietnamese import fold, nfc

_REGEX_SECONDS = 2.0
"""How long a pattern may look at one path: patterns that never end exist."""
_LONGEST = 200
_PLACES = ("code", "owner", "procedure", "kind", "box", "_")
_PLACE = re.compile(r"\{([^{}]*)\}|(\*\*/)|(\*\*)|(\*)")
_POWER = re.compile(r"[0-9]([.,][0-9]+)?[Ee]\+?[0-9]+")
_COMPONENT = ("thanh phan", "component")
_RESULT = ("ket qua", "result")

_GUESSES: dict[str, list[str]] = {
    "path": (
        "duong dan|duong dan tep|duong dan file|duong dan tap tin|ten tep|ten file|ten tap tin|tep|file|tap tin|path"
        "|file path|filepath|file name|filename|vi tri tep|tep quet|file scan|ten file scan|duong dan luu|link file"
    ).split("|"),
    "code": (
        "ma ho so|ma so ho so|so ho so|ma hs|so hs|mahoso|ma ho so tthc|so bien nhan|ma bien nhan|dossier|dossier code"
        "|code|case"
    ).split("|"),
    "owner": (
        "so dinh danh|so dinh danh ca nhan|ma dinh danh|cccd|so cccd|cmnd|so cmnd|cccd cmnd|cmnd cccd|so cccd cmnd"
        "|so cmnd cccd|ma so thue|mst|so dinh danh chu ho so|dinh danh chu ho so|owner|owner id"
    ).split("|"),
    "procedure": (
        "ma thu tuc|ma thu tuc hanh chinh|ma tthc|tthc|thu tuc|thu tuc hanh chinh|procedure|procedure code"
    ).split("|"),
    "kind": "thanh phan ket qua|thanh phan hay ket qua|loai thanh phan|kind|component result".split("|"),
    "box": "hop|hop so|so hop|ma hop|cap|cap so|so cap|box|box number|hop luu tru".split("|"),
}
"""Headings as archives write them, folded to plain small letters; the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a row or a path says of a file, as text; empty where it says nothing."""

    code: str = ""
    owner: str = ""
    procedure: str = ""
    kind: str = ""
    box: str = ""
    place: str = ""
    """The path down to where the code stands, if it was the path that gave the code."""

    def over(self, other: Given) -> Given:
        """This, and ``other`` where this says nothing."""
        values = {field.name: getattr(self, field.name) or getattr(other, field.name) for field in fields(self)}
        return replace(self, **{**values, "place": ""}) if self.code else replace(self, **values)


NOTHING = Given()


class Headings(Model):
    """Which column holds what: the heading as it stands in the sheet; empty: there is none, or it is guessed."""

    path: str = ""
    code: str = ""
    owner: str = ""
    procedure: str = ""
    kind: str = ""
    box: str = ""


def _compiled(template: str) -> str:
    compile_template(template)
    return template


def _pattern(pattern: str) -> str:
    try:
        names = regex.compile(pattern).groupindex
    except regex.error as error:
        raise ValueError(f"biểu thức chính quy sai / bad regular expression: {error}") from error
    _check_places(list(names), pattern)
    return pattern


class Columns(Model):
    """``columns.yaml``. All of it may be left out; what it does not say is guessed, and the guess is shown."""

    columns: Headings = Headings()
    paths: tuple[Annotated[str, AfterValidator(_compiled)], ...] = ()
    """Templates of paths, ``{box}/{code}/*``; the first that fits counts (see :func:`compile_template`)."""
    expressions: tuple[Annotated[str, AfterValidator(_pattern)], ...] = ()
    """Regular expressions with named groups, tried after ``paths``; each has to fit the whole path."""
    sheet: str = ""
    """Name of the worksheet; empty: the first."""
    heading_row: int = Field(default=0, ge=0)
    """Row of the headings, from 1; 0: it is looked for."""
    separator: Literal["", ",", ";", "\t", "|"] = ""
    encoding: Literal["", "utf-8", "utf-16", "windows-1258", "tcvn3"] = ""
    kinds: dict[str, Kind] = Field(default_factory=dict)
    """Words of the archive for ``component`` and ``result``."""
    procedure: str = ""
    """Where no column and no path gives one."""
    kind: Kind = Kind.COMPONENT

    @property
    def patterns(self) -> tuple[regex.Pattern[str], ...]:
        """All patterns of paths in their order."""
        return _patterns(self.paths, self.expressions)

    def from_path(self, origin: str) -> Given:
        """What the path of a file (below the source, with ``/``) says of it.

        Raises:
            PlanRefused: one of the regular expressions takes for ever.
        """
        path = nfc(origin)
        for pattern in self.patterns:
            try:
                found = pattern.fullmatch(path, timeout=_REGEX_SECONDS)
            except TimeoutError as late:
                what = f"biểu thức quá chậm / a regular expression that takes for ever: {pattern.pattern}"
                raise PlanRefused(name="columns.yaml", what=what) from late
            if found:
                said = {name: (value or "").strip() for name, value in found.groupdict().items() if name != "_"}
                depth = path.count("/", 0, found.end("code")) + 1 if said.get("code") else 0
                return Given(**said, place="/".join(origin.split("/")[:depth]))
        return NOTHING

    def as_kind(self, said: str, name: str) -> Kind:
        """What a paper is, in the archive's words or in ours; nothing said: as configured.

        Raises:
            BadValue: a word for neither.
        """
        words = _plain(said)
        if not words:
            return self.kind
        own = {_plain(word): kind for word, kind in self.kinds.items()}
        if words in own:
            return own[words]
        if words.startswith(_RESULT):
            return Kind.RESULT
        if words.startswith(_COMPONENT):
            return Kind.COMPONENT
        raise BadValue(field=f"kind, {name}", what="component / result, columns.yaml: kinds")


@lru_cache
def _patterns(templates: tuple[str, ...], expressions: tuple[str, ...]) -> tuple[regex.Pattern[str], ...]:
    own = [*map(compile_template, templates), *map(regex.compile, expressions)]
    return tuple(own) or (compile_template("**/{box}/{code}/*"), compile_template("{code}/*"))


def compile_template(template: str) -> regex.Pattern[str]:
    """A template of paths as a pattern for whole paths; case does not matter.

    ``{code} {owner} {procedure} {kind} {box} {_}`` stand for a piece of a name, as short as can be; ``*`` for any piece
    of a name or none, ``**/`` for any folders or none, ``**`` at the end for anything.

    Raises:
        ValueError: something else stands in braces, or the same twice.
    """
    parts, end, names = [], 0, []
    text = nfc(template).strip("/")
    for found in _PLACE.finditer(text):
        parts.append(regex.escape(text[end : found.start()], special_only=True))
        end = found.end()
        name, folders, rest, _ = found.groups()
        if name is not None:
            names.append(name)
            parts.append("[^/]+?" if name == "_" else f"(?P<{name}>[^/]+?)")
        else:
            parts.append("(?:[^/]+/)*" if folders else "(?s:.*)" if rest else "[^/]*?")
    _check_places(names, template)
    parts.append(regex.escape(text[end:], special_only=True))
    return regex.compile("".join(parts), flags=regex.IGNORECASE)


def _check_places(names: Sequence[str], template: str) -> None:
    for name in names:
        if name not in _PLACES:
            near = get_close_matches(name, _PLACES, n=1, cutoff=0.5)
            hint = f", ý bạn là / did you mean {{{near[0]}}}?" if near else ""
            raise ValueError(f"không có / no such place {{{name}}}{hint}")
        if name != "_" and list(names).count(name) > 1:
            raise ValueError(f"{{{name}}} × 2: {template}")


# -- columns of a sheet -----------------------------------------------------------------------------------------


def find_headings(row: Sequence[str], columns: Columns) -> dict[str, int] | None:
    """Which column (from 0) of a sheet holds what, if ``row`` is its row of headings; ``None`` when it is not.

    It is when it has every heading named in ``columns``, or, where none is named, one that is known for the path.
    """
    plain = [_plain(heading) for heading in row]
    found: dict[str, int] = {}
    for name, wanted in columns.columns.model_dump().items():
        if wanted:
            if _plain(wanted) not in plain:
                return None
            found[name] = plain.index(_plain(wanted))
    for name, guesses in _GUESSES.items():
        if name not in found:
            at = next((plain.index(guess) for guess in guesses if guess in plain), None)
            if at is not None and at not in found.values():
                found[name] = at
    return found if "path" in found else None


def explain_headings(rows: Sequence[Sequence[str]], columns: Columns) -> str:
    """Why none of ``rows`` is the row of headings: the headings there are, and the nearest to those wanted."""
    widest = max(rows, key=lambda row: sum(bool(cell.strip()) for cell in row), default=())
    there = [cell.strip() for cell in widest if cell.strip()]
    listed = ", ".join(f"'{cell[:40]}'" for cell in there[:20]) or "∅"
    for name, wanted in columns.columns.model_dump().items():
        if wanted and _plain(wanted) not in [_plain(cell) for cell in there]:
            by_plain = {_plain(cell): cell for cell in there}
            near = get_close_matches(_plain(wanted), list(by_plain), n=1, cutoff=0.5)
            hint = f"; ý bạn là / did you mean '{by_plain[near[0]][:40]}'?" if near else ""
            return f"không có cột / no column '{wanted}' (columns.{name}){hint} [{listed}]"
    known = [(guess, cell) for cell in there for guess in get_close_matches(_plain(cell), _GUESSES["path"], 1, 0.6)]
    hint = f"; có phải cột / is it '{known[0][1][:40]}'?" if known else ""
    return f"không thấy cột đường dẫn, hãy dùng --map / no column of paths, use --map: columns.path{hint} [{listed}]"


# -- values -----------------------------------------------------------------------------------------------------


def clean(value: str) -> str:
    """A code as typed: NFC, without line breaks and blanks too many."""
    return " ".join(nfc(value).split())


def as_code(value: str, field: str) -> str:
    """A code that can be one.

    Raises:
        BadValue: too long, holds what nobody sees, or a spreadsheet turned it into a rounded number.
    """
    code = clean(value)
    if len(code) > _LONGEST or any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") for letter in code):
        raise BadValue(field=field, what=f"> {_LONGEST} ký tự hoặc có ký tự ẩn / characters, or unseen ones")
    if _POWER.fullmatch(code):
        raise BadValue(field=field, what=f"{code}: Excel đã làm tròn / rounded by the spreadsheet")
    return code


def as_owner(value: str) -> str | None:
    """An owner's id; ``None`` when it cannot be one, as where a spreadsheet took the zeros at its start away."""
    owner = clean(value)
    digits = owner.replace(" ", "").replace(".", "")
    if digits.isdecimal():
        return digits if len(digits) in (9, 10, 12, 13) else None
    return None if len(owner) > _LONGEST or _POWER.fullmatch(owner) else owner


def _plain(heading: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(heading)))
