"""The nouns: what the digitising procedure works on.

Everything here is frozen and free of input and output. The stages (``capture``, ``ocr``, ``classify``,
``packaging``, ``storage``) are functions from these nouns to these nouns; ``recipe`` puts them in order.

Coordinates: unless said otherwise a box is ``(x0, y0, x1, y1)`` in pixels of the page as shown upright,
origin at the top left, x to the right, y down, ``x0 <= x1`` and ``y0 <= y1``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people, in Vietnamese and in English."""

    vi: str
    en: str

    def say(self, language: str) -> str:
        """Return the sentence in ``language`` (``vi`` or ``en``)."""
        return self.en if language == "en" else self.vi


class Severity(StrEnum):
    """How much a finding weighs: only ``BLOCK`` stops a document."""

    INFO = "info"
    WARNING = "warning"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed: ``rule`` is a stable id, ``where`` a place (``page 3``, ``field so_ky_hieu``)."""

    rule: str
    where: str
    message: Text
    severity: Severity = Severity.WARNING


class Kind(StrEnum):
    """What a paper is in its dossier: a component handed in, or the result given out."""

    COMPONENT = "component"
    RESULT = "result"


class State(StrEnum):
    """The way of a document (see ``recipe``); ``PARKED`` waits for a person, with a reason."""

    RECEIVED = "received"
    READ = "read"
    PACKAGED = "packaged"
    OFFICER_SIGNED = "officer_signed"
    CONFIRMED = "confirmed"
    CODED = "coded"
    SEALED = "sealed"
    STORED = "stored"
    PARKED = "parked"


class Coding(StrEnum):
    """How the archived picture of a page is coded in its carrier file."""

    JPEG = "jpeg"
    """The scanner's JPEG, byte for byte; the carrier is that JPEG file."""
    G4 = "g4"
    """Bilevel CCITT group 4; the carrier is a single-page TIFF."""
    LOSSLESS = "lossless"
    """Anything else, pixel for pixel; the carrier is a PNG file."""
    COMPOSED = "composed"
    """A scan of several pictures side by side, or coded as no file is: the page itself is in the source PDF, the
    carrier is a PNG rendering, without loss."""
    VECTOR = "vector"
    """A born-digital page: the carrier is a PNG rendering for reading; the page itself is in the source PDF."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """The procedure's file a paper belongs to (requirements: Circular 01/2023/TT-VPCP art. 9, 10).

    ``owner`` is the identity of the organisation or person (12-digit personal id, tax code, agency id), or empty.
    """

    code: str
    procedure: str
    owner: str = ""
    kind: Kind = Kind.COMPONENT


@dataclass(frozen=True, slots=True)
class Source:
    """One file taken in. ``copy`` is our own copy in the work area; the source itself is never touched."""

    name: str
    copy: Path
    sha256: str
    size: int
    media_type: str
    signed: bool = False
    """The file carries a digital signature: it is kept byte for byte and never rewritten."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a PDF page shows on top of its scan (stamps and captions of earlier signatures).

    ``image`` is an RGBA PNG to be painted at ``box``, in pixels of the *carrier* (before turning).
    """

    image: Path
    box: Box


@dataclass(frozen=True, slots=True)
class Page:
    """One captured page.

    ``width`` and ``height`` are pixels of the carrier as stored, ``dpi_x`` and ``dpi_y`` its resolution,
    ``rotation`` the clockwise turn in degrees (0, 90, 180, 270) that brings the carrier upright.
    ``skew`` is the angle in degrees by which the text lines of the upright page rise (positive: the picture
    has to be turned clockwise to be level); it is recorded and never applied to the archived picture.
    """

    number: int
    """Ordinal in the source, from 1."""
    carrier: Path
    coding: Coding
    width: int
    height: int
    dpi_x: float
    dpi_y: float
    rotation: int = 0
    skew: float = 0.0
    overlay: Overlay | None = None
    printed: tuple[Word, ...] = ()
    """Words of a trusted text layer of a born-digital page, boxes as on the upright page."""
    turn_doubtful: bool = False
    """Nothing on the page tells which side is up; ``rotation`` is what the file said."""

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height in pixels as shown upright."""
        return (self.height, self.width) if self.rotation in (90, 270) else (self.width, self.height)

    @property
    def upright_dpi(self) -> tuple[float, float]:
        """Resolution along x and y as shown upright."""
        return (self.dpi_y, self.dpi_x) if self.rotation in (90, 270) else (self.dpi_x, self.dpi_y)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as read, NFC. ``confidence`` is 0..1.

    ``agreed`` says whether the readings agree: two readers read the same, or they differ in marks alone and the main
    reader is sure of a word that is no name (see ``ocr.fuse``); ``None`` when only one reader looked. ``raw`` is what
    was read where ``text`` was corrected by the closed vocabulary of head and signature block; else it is empty.
    """

    text: str
    box: Box
    confidence: float
    agreed: bool | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one printed line, left to right. ``zone`` names the part of the page, empty if unknown.

    Zones: ``head_left``, ``head_right``, ``title``, ``body``, ``foot_left``, ``foot_right`` (Decree 30/2020 layout).
    """

    words: tuple[Word, ...]
    box: Box
    zone: str = ""

    @property
    def text(self) -> str:
        """The words joined by single blanks."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Barcode:
    """A bar code or QR code: ``format`` as zxing names it (``QRCode``, ``Code128`` …)."""

    text: str
    format: str
    box: Box


@dataclass(frozen=True, slots=True)
class Region:
    """A place worth showing: ``kind`` is ``stamp``, ``handwriting`` or ``unread`` (ink nobody could read)."""

    kind: str
    box: Box


@dataclass(frozen=True, slots=True)
class PageReading:
    """What was read on one page; lines are in reading order. Sizes are pixels of the upright page."""

    number: int
    width: int
    height: int
    dpi: float
    rotation: int
    skew: float
    lines: tuple[Line, ...]
    barcodes: tuple[Barcode, ...] = ()
    regions: tuple[Region, ...] = ()
    mode: str = "lines"
    """``lines`` (fused line by line), ``page`` (one reader, whole page) or ``text-layer`` (born digital)."""
    readers: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def text(self) -> str:
        """The page's text, one printed line a line."""
        return "\n".join(line.text for line in self.lines)

    @property
    def search_text(self) -> str:
        """The page's text with words that the end of a line broke put together; see :func:`unbroken`."""
        rows = [[word.text for word in line.words] for line in self.lines]
        for (above, upper), (below, lower) in pairwise(zip(self.lines, rows, strict=True)):
            whole = unbroken(upper[-1], lower[0]) if upper and lower and above.zone == below.zone else ""
            if whole:
                upper.pop()
                lower[0] = whole
        return "\n".join(" ".join(row) for row in rows)

    def words(self) -> Iterator[Word]:
        """Every word in reading order."""
        for line in self.lines:
            yield from line.words


_HYPHENS = "-\u2010\u2011\u00ad"
_SYLLABLE_BEGUN = re.compile(rf"(?P<before>[^\w\s]*)(?P<begun>[^\W\d_]+)[{_HYPHENS}]")
_SYLLABLE_ENDED = re.compile(r"(?P<ended>[^\W\d_]+)(?P<behind>[^\w\s]*)")
_ONE_SYLLABLE = re.compile(r"[^aeiouy]*[aeiouy]+[^aeiouy]*")
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def unbroken(upper: str, lower: str) -> str:
    """The word of which ``upper`` ends a line and ``lower`` begins the next one, or nothing if they are two words.

    A syllable loses its hyphen (``nghi-``, ``ên``); codes, web and mail addresses keep theirs (``15/2023/NĐ-``,
    ``CP``). A dash between names or before an item of a list breaks no word.
    """
    begun, ended = _SYLLABLE_BEGUN.fullmatch(upper), _SYLLABLE_ENDED.fullmatch(lower)
    if begun and ended and _is_syllable(begun["begun"], ended["ended"]):
        return f"{begun['before']}{begun['begun']}{ended['ended']}{ended['behind']}"
    return upper + lower if _is_code(upper, lower) or _is_address(upper, lower) else ""


def _is_code(upper: str, lower: str) -> bool:
    """Whether a number or sign is broken behind one of its hyphens; between words in capitals it may be a dash."""
    last, first = upper[-2:-1], lower[:1]
    figures = last.isdecimal() and first.isdecimal()
    sign = "/" in upper and last.isalnum() and (first.isupper() or first.isdecimal())
    return upper[-1:] in tuple(_HYPHENS) and (figures or sign)


def _is_address(upper: str, lower: str) -> bool:
    hyphen = upper[-1:] in tuple(_HYPHENS) and upper[-2:-1].isalnum()
    begun = "://" in upper or "@" in upper or upper.lower().startswith("www.") or (hyphen and "@" in lower)
    goes_on = lower.isascii() and (lower[:1].islower() or lower[:1].isdecimal())
    # A full stop or a stroke may also end the address; what follows must look like more of it.
    sure = hyphen or upper[-1:] in ("@", "_", "=") or (upper[-1:] in ("/", ".") and "." in lower.rstrip("."))
    return begun and goes_on and sure


def _is_syllable(begun: str, ended: str) -> bool:
    """Whether the parts in small letters make one run of vowels with at most one tone: ``ki-lô`` is two syllables."""
    marks = unicodedata.normalize("NFD", begun + ended)
    plain = "".join(letter for letter in marks if not unicodedata.combining(letter))
    small = ended.islower() and begun[1:] == begun[1:].lower()
    return small and sum(map(marks.count, _TONES)) <= 1 and bool(_ONE_SYLLABLE.fullmatch(plain.lower()))


@dataclass(frozen=True, slots=True)
class Capture:
    """A source with its pages, and what was noticed while taking it in."""

    source: Source
    pages: tuple[Page, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One extracted datum (Circular 01/2023/TT-VPCP art. 9(2)).

    ``value`` is normalised (dates ISO 8601, or the word configured for permanent validity), ``raw`` as read.
    ``source`` is ``qr``, ``mrz``, ``label``, ``zone``, ``suffix``, ``rule``, ``given`` or ``typed`` (by the officer).
    A value that was not read stays empty. ``box`` is where to look, also when the value is empty.
    """

    key: str
    value: str = ""
    raw: str = ""
    confidence: float = 0.0
    page: int | None = None
    box: Box | None = None
    source: str = ""
    needs_review: bool = False
    reason: str = ""
    agreed: bool | None = None
    """Whether the readers agree on every word of it; ``None`` where only one of them, or none, looked."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """One document found in a source: which pages (ordinals in the source), which type, what it says."""

    pages: tuple[int, ...]
    type: str
    type_confidence: float
    title: str = ""
    fields: tuple[FieldValue, ...] = ()
    findings: tuple[Finding, ...] = ()

    def field(self, key: str) -> FieldValue:
        """The field of that key, or an empty one."""
        return next((found for found in self.fields if found.key == key), FieldValue(key))

    @property
    def doubtful(self) -> tuple[FieldValue, ...]:
        """Fields that a person has to look at."""
        return tuple(found for found in self.fields if found.needs_review)


@dataclass(frozen=True, slots=True)
class Correction:
    """A field as the officer left it at the gate: kept for audit and for learning (requirement R6)."""

    key: str
    read: str
    final: str
    editor: str
    at: str
    source: str = ""
    """Where the value read came from (as in :class:`FieldValue`), how sure it was, and why it was to be looked at."""
    confidence: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One step in the life of a document: ISO 8601 time with offset, state reached, who, remark."""

    at: str
    state: State
    by: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the signatures of a sealed record are, told apart from the file: it must go on showing just these.

    ``certificates`` are the SHA-256 (hex) of the signers' certificates in the order of signing, ``xmp_sha256`` that of
    the metadata packet; ``level`` is the PAdES baseline level. ``renew_by`` is the day (ISO 8601) until which what
    proves the signatures can be checked by itself; empty where nothing is known of it.
    """

    certificates: tuple[str, ...] = ()
    xmp_sha256: str = ""
    level: str = ""
    renew_by: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One paper on its way through the procedure; everything ``recipe`` needs to go on from ``state``."""

    id: str
    dossier: Dossier
    source: Source
    pages: tuple[Page, ...]
    readings: tuple[PageReading, ...]
    extraction: Extraction
    state: State = State.READ
    code: str = ""
    record: Path | None = None
    """The PDF as far as it has come (packaged, officer-signed, sealed)."""
    corrections: tuple[Correction, ...] = ()
    history: tuple[Event, ...] = ()
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    """Why it is parked or waiting."""
    resume: State | None = None
    """The state a parked document had, from which it goes on."""
    override: str = field(default="")
    """Recorded reason for going on although a finding blocks."""
    proof: Proof = field(default_factory=Proof)
    """Of the sealed record."""
