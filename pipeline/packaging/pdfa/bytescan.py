"""The bytes of a PDF that a reader hides: rules of PDF/A about how a file is written (ISO 19005-2, 6.1.2 to 6.1.9).

The file is walked from stream to stream by their lengths, so that what is in the streams costs nothing; what lies
between them, the skeleton, is small and is looked at as a whole, every revision of it.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.packaging.mapped import TOGETHER, forget

_HEADER = re.compile(rb"%PDF-1\.[0-7](\r\n|\r|\n)%([\x80-\xff]{4})")
_STREAM = re.compile(rb">>[\0\t\n\f\r ]*stream(\r\n|\n|\r|)")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?:\s+(\d+)\s+R\b)?")
_AFTER = re.compile(rb"(\r\n|\n|\r)endstream")
_END = re.compile(rb"%%EOF(\r\n|\r|\n)?\Z")
_XREF = re.compile(rb"(?<=[\r\n])xref(\r\n|\r|\n)(\d+ \d+) *[\r\n]")
_ANY_XREF = re.compile(rb"(?<=[\r\n])xref\b")
_OBJECT = re.compile(rb"(?<=[\r\n])\d+[\0\t\f ]\d+[\0\t\f ]obj[\t ]*(?=[\r\n])")
_ANY_OBJECT = re.compile(rb"\b\d+\s+\d+\s+obj\b")
_ENDOBJ = re.compile(rb"(?<=[\r\n])endobj(?=[\r\n])")
_ANY_ENDOBJ = re.compile(rb"\bendobj\b")
_TRAILER = re.compile(rb"(?<=[\r\n])trailer\b|/Type\s*/XRef\b")
_ID = re.compile(rb"/ID\s*\[\s*(<[0-9A-Fa-f\s]*>|\((?:\\.|[^\\()])*\))", re.DOTALL)
_TOKEN = re.compile(rb"\(|%[^\r\n]*|<<|<([^<>]*)>")
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f\0\t\n\f\r ]")
_SPACE = re.compile(rb"[\0\t\n\f\r ]+")
_LONGEST_STRING = 32767


@dataclass(frozen=True, slots=True)
class Flaw:
    """A rule that the bytes break: its number in ISO 19005-2, the place, and what is wrong in both languages."""

    rule: str
    where: str
    vi: str
    en: str


def flaws(pdf: Path, integer: Callable[[int, int], int | None]) -> Iterator[Flaw]:
    """Everything that is wrong with the bytes of ``pdf``.

    Args:
        pdf: the file.
        integer: value of the indirect object of that number and generation, for lengths that are not written out.
    """
    with pdf.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if not _HEADER.match(data):
            yield Flaw("6.1.2-1", "byte 0", "phần đầu tệp sai", "header or its binary comment is wrong")
        if not _END.search(data[-2048:]):
            yield Flaw("6.1.3-3", "cuối tệp / end", "có dữ liệu sau %%EOF", "data after the last %%EOF")
        parts: list[bytes] = []
        yield from _streams(data, integer, parts)
        yield from _skeleton(b"".join(parts))


def _streams(data: mmap.mmap, integer: Callable[[int, int], int | None], parts: list[bytes]) -> Iterator[Flaw]:
    """Ends of lines round ``stream`` and ``endstream``, and ``/Length`` (6.1.7.1); what lies between goes to ``parts``.

    A length that is wrong does not hide what follows: the walk then goes on at the next ``endstream``.
    """
    at = 0
    while (start := _STREAM.search(data, at)) is not None:
        parts.append(data[at : start.end()])
        if len(parts) % TOGETHER == 0:
            forget(data)
        # The dictionary begins behind the last object begun; the part holds no other stream.
        dictionary = parts[-1][parts[-1].rfind(b" obj") :]
        length = _length(dictionary, integer)
        where = f"byte {start.start()}"
        if start.group(1) not in (b"\r\n", b"\n"):
            yield Flaw("6.1.7.1-2", where, "sau stream không xuống dòng", "no end of line after stream")
        at = start.end() + (length or 0)
        if length is None or _AFTER.match(data[at : at + 11]) is None:
            yield Flaw("6.1.7.1-1", where, "/Length sai", "/Length is wrong or no end of line before endstream")
            at = max(data.find(b"endstream", start.end()), start.end())
    parts.append(data[at:])


def _length(dictionary: bytes, integer: Callable[[int, int], int | None]) -> int | None:
    found = list(_LENGTH.finditer(dictionary))
    if not found:
        return None
    number, generation = found[-1].groups()
    return int(number) if generation is None else integer(int(number), int(generation))


def _skeleton(text: bytes) -> Iterator[Flaw]:
    text = text.replace(b"\0", b" ") if b"\0" in text else text
    plain, strings = _without_strings(text)
    if len(_ANY_XREF.findall(plain)) != len(_XREF.findall(plain)):
        yield Flaw("6.1.4-2", "xref", "bảng xref sai dạng", "spacing of a cross-reference section is wrong")
    if len(_ANY_OBJECT.findall(plain)) != len(_OBJECT.findall(plain)) or len(_ANY_ENDOBJ.findall(plain)) != len(
        _ENDOBJ.findall(plain)
    ):
        yield Flaw("6.1.9-1", "obj", "obj/endobj sai dạng", "spacing round obj or endobj is wrong")
    identities = [_ID.search(part) for part in _trailers(text)]
    if not identities or None in identities:
        yield Flaw("6.1.3-1", "trailer", "thiếu /ID", "no /ID")
    elif len({_SPACE.sub(b"", found.group(1)).lower() for found in identities if found}) > 1:
        yield Flaw("6.1.3-1", "trailer", "/ID thay đổi giữa các phiên bản", "the first part of /ID changes")
    for digits in strings:
        if _NOT_HEX.search(digits):
            yield Flaw("6.1.6-2", "<…>", "chuỗi hex sai", "a hexadecimal string holds something else")
        elif (size := len(_SPACE.sub(b"", digits))) % 2:
            yield Flaw("6.1.6-1", "<…>", "chuỗi hex lẻ", "a hexadecimal string has an odd number of digits")
        elif size > 2 * _LONGEST_STRING:
            yield Flaw("6.1.13-3", "<…>", "chuỗi quá dài", "a string is longer than 32767 bytes")


def _trailers(text: bytes) -> list[bytes]:
    """The trailers of all revisions: dictionaries behind ``trailer``, and those of cross-reference streams."""
    found = []
    for start in _TRAILER.finditer(text):
        begin = start.end() if start.group() == b"trailer" else text.rfind(b" obj", 0, start.start())
        ends = [end for end in (text.find(word, begin) for word in (b"startxref", b"stream")) if end > 0]
        found.append(text[begin : min(ends, default=len(text))])
    return found


def _without_strings(text: bytes) -> tuple[bytes, list[bytes]]:
    """``text`` without what stands in its strings, and the digits of its hexadecimal strings."""
    kept, digits = [], []
    at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        kept.append(text[at : token.start()])
        at = token.end()
        if token.group() == b"(":
            at = _end_of_string(text, at)
        elif token.group(1) is not None:
            digits.append(token.group(1))
    kept.append(text[at:])
    return b"".join(kept), digits


def _end_of_string(text: bytes, at: int) -> int:
    depth = 1
    while depth and (token := _IN_STRING.search(text, at)) is not None:
        depth += {b"(": 1, b")": -1}.get(token.group(), 0)
        at = token.end()
    return at if depth == 0 else len(text)
