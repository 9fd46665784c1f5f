"""Number and symbol of a paper: ``Số: 15/QĐ-UBND``, ``Luật số: 01/2025/QH15``, ``Số: 12-CT/TW``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.classify.matching import Folded

_BEGIN = (
    r"^\W{0,3}(?:(?P<named>luat|nghi quyet|phap lenh|lenh|quyet dinh|nghi dinh|thong tu|chi thi|ban an)\s+)?"
    r"s[o06ø](?![^\W\d])\s{0,2}[:;.,]?\s*"
)
_LINE = re.compile(_BEGIN + r"(?P<digits>[^/]{0,14}?)\s*(?P<rest>(?:/|-\s?[a-z]{1,4}/).*)?$")
_OLD = re.compile(_BEGIN + r"(?P<digits>\d{1,5})\s+(?P<rest>[a-z]{1,5}\s?/\s?[a-z].*)$")
"""As until about 2005: ``Số: 15 QĐ/UB``."""
_RUNNING = re.compile(r"^[0-9]{1,6}(?:\.[0-9]{1,3})?[A-Da-d]?$")
_SUFFIX = re.compile(r"^(?: |[/-]\s*(?:\d{4}\s*/\s*)?)[^\W\d_]")
_TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A number line: ``digits`` the running number as read, ``suffix`` what follows: ``/QĐ-UBND``, or after a
    blank in old ones, ``QĐ/UB``.

    ``digits_at`` and ``suffix_at`` are characters of the row's text.
    """

    digits: str
    suffix: str
    digits_at: tuple[int, int]
    suffix_at: tuple[int, int]
    named: str = ""
    """The type where it is named before the number, folded: ``luat`` in ``Luật số: 01/2025/QH15``."""

    @property
    def numbered(self) -> bool:
        """Whether the running number was read as a number."""
        return bool(_RUNNING.match(self.digits))

    @property
    def value(self) -> str:
        """The whole, without blanks around strokes; empty unless the running number was read."""
        return f"{self.digits}{self.suffix}" if self.numbered else ""

    @property
    def kind(self) -> str:
        """First group of letters after the number: the abbreviation of the type, or the agency of a công văn."""
        found = _TOKEN.findall(re.sub(r"^/\s*\d{4}(?=/)", "", self.suffix))
        return found[0] if found else ""

    @property
    def year(self) -> bool:
        """Whether the year belongs to the symbol, as in acts that make law: ``/2025/NĐ-CP``."""
        return bool(re.match(r"/\s*\d{4}(?=/)", self.suffix))

    @property
    def blank(self) -> bool:
        """No running number at all: a draft or a blank form, or a number that was not seen."""
        return not re.search(r"\w", self.digits)


_FRACTION = re.compile(r"(?<=\d)[\u2044\u2215](?=\d)")
"""A stroke between figures that a reader took for that of a fraction; elsewhere it is a pen's."""


def parse(text: str) -> Symbol | None:
    """The number line in ``text`` (one printed row), or ``None``."""
    folded = Folded(_FRACTION.sub("/", text))
    plain = folded.plain.rstrip()
    old = _OLD.match(plain)
    match = old or _LINE.match(plain)
    if not match:
        return None
    named = match.group("named") or ""
    digits_at = match.span("digits")
    digits = folded.text[slice(*digits_at)].strip(" .…_:")
    if match.group("rest") is None:
        numbered = re.search(r"\d", digits)
        return Symbol(digits, "", digits_at, (digits_at[1], digits_at[1]), named) if numbered else None
    suffix_at = match.span("rest")
    suffix = re.sub(r"\s*([/\-–])\s*", lambda found: found.group(1), folded.text[slice(*suffix_at)]).strip(" .,;")
    suffix = f" {suffix}" if old else suffix
    if not _SUFFIX.match(suffix) or len(suffix.split()) > 3:
        return None
    return Symbol(digits, suffix, digits_at, suffix_at, named)
