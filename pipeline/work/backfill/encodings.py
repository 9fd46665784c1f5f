"""How a text file from an archive is encoded: Unicode, Windows-1258 or TCVN3 (ABC)."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from pipeline.vietnamese import syllable_share

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_LONGEST = 16 << 20
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_TCVN = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽ"
    "éẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
"""TCVN 5712:1993 from byte 128 on; the ABC fonts have small letters where this has them."""


class UnknownEncoding(ValueError):
    """The text is in none of the encodings known; ``args[0]`` says where."""


def detect(path: Path) -> str:
    """Name of the encoding of the text file at ``path``: ``utf-8 utf-16-le utf-16-be windows-1258 tcvn3``.

    Bytes that are no UTF-8 are taken for the one of the two old encodings in which more words are Vietnamese syllables.
    """
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    wide = head[:_SAMPLE]
    if wide.count(0) * 4 >= len(wide) > 1:  # UTF-16 without its mark: every other byte of plain letters is zero
        return "utf-16-le" if wide[1::2].count(0) >= wide[::2].count(0) else "utf-16-be"
    if _is_utf8(path):
        return "utf-8"
    sample = _unplain(path)
    return max(("windows-1258", "tcvn3"), key=lambda name: _score(sample, name))


def lines(path: Path, encoding: str) -> Iterator[str]:
    """The text of the file, line by line with its line ends, NFC, without a byte-order mark.

    Raises:
        UnknownEncoding: bytes that mean nothing in that encoding.
    """
    decoder = _decoder(encoding)
    rest, done = "", 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            rest += _decoded(decoder, chunk, encoding, done)
            done += len(chunk)
            whole, mark, rest = rest.rpartition("\n")
            yield from _cut(whole + mark)
            if len(rest) > _LONGEST:
                raise UnknownEncoding(f"{encoding}, > {_LONGEST >> 20} MB không xuống dòng / without a line end")
    yield from _cut(rest + _decoded(decoder, b"", encoding, done, final=True))


def _cut(text: str) -> Iterator[str]:
    """Lines with their ends; only what ends a line in a file, not all that Unicode has for it."""
    return (_normal(found[0]) for found in _LINE.finditer(text))


def decode(data: bytes, encoding: str) -> str:
    """``data`` as text, NFC.

    Raises:
        UnknownEncoding: bytes that mean nothing in that encoding.
    """
    return _normal(_decoded(_decoder(encoding), data, encoding, 0, final=True))


class _Tcvn3(codecs.IncrementalDecoder):
    """One byte, one letter."""

    def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]  # noqa: ARG002
        return data.decode("latin-1").translate({128 + at: letter for at, letter in enumerate(_TCVN)})


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    if encoding == "tcvn3":
        return _Tcvn3()
    name = {"utf-8": "utf-8-sig", "utf-16": "utf-16"}.get(encoding, encoding)
    return codecs.getincrementaldecoder(name)()


def _decoded(decoder: codecs.IncrementalDecoder, data: bytes, encoding: str, at: int, *, final: bool = False) -> str:
    try:
        return decoder.decode(data, final)
    except UnicodeError as error:
        place = at + (error.start if isinstance(error, UnicodeDecodeError) else 0)
        raise UnknownEncoding(f"{encoding}, byte {place}") from error


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).lstrip("\ufeff")


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _unplain(path: Path) -> bytes:
    """Lines that hold more than plain letters, enough of them to judge."""
    sample = b""
    with path.open("rb") as file:
        while len(sample) < _SAMPLE and (line := file.readline(_SAMPLE)):
            if not line.isascii():
                sample += line
    return sample


def _score(sample: bytes, encoding: str) -> float:
    try:
        text = decode(sample, encoding)
    except UnknownEncoding:
        return -1.0
    words = [word for word in text.split() if not word.isascii()]
    return syllable_share(" ".join(words))
