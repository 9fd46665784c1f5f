"""PDF/A level U: has every letter that a file shows its Unicode value (ISO 19005-2, 6.2.11.7)?

What is asked is asked of the codes that are shown, in whatever rendering mode, on pages, in what they draw and in the
appearances of annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import pikepdf
from fontTools import agl  # type: ignore[import-untyped]
from pikepdf import Array, Dictionary, Name, Stream
from pikepdf.exceptions import PikepdfError

from pipeline.packaging.pdfa.bytescan import Flaw

_TOLD = "Tf gs q Q Tj TJ ' \""
_SHOWS = ("Tj", "TJ", "'", '"')
_CODECS = {"/WinAnsiEncoding": "cp1252", "/MacRomanEncoding": "mac_roman"}
_BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_ITEM = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
_FORBIDDEN = {"\0", "\ufeff", "\ufffe"}
_BROKEN = (PikepdfError, pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError)


def letter_flaws(pdf: pikepdf.Pdf) -> Iterator[Flaw]:
    """A flaw for every font of which a code is shown that has no Unicode value, or one that is forbidden."""
    shown: dict[int, tuple[pikepdf.Object, set[int]]] = {}
    try:
        for scope in pdf.content_scopes():
            _gather(scope.content, scope.resources or Dictionary(), shown)
    except _BROKEN as error:
        vi, en = "không đọc được nội dung", f"a content stream cannot be read: {type(error).__name__}"
        yield Flaw("6.2.11.7.2-1", "nội dung / content", vi, en)
        return
    for font, codes in shown.values():
        where = f"phông / font {str(font.get(Name.BaseFont, '/-'))[1:]}"
        try:
            letters = _Letters(font)
            values = [letters.of(code) for code in codes]
        except _BROKEN:
            values = [None]
        if not all(values):
            vi, en = "có mã chữ không có giá trị Unicode", "a code that is shown has no Unicode value"
            yield Flaw("6.2.11.7.2-1", where, vi, en)
        elif any(_FORBIDDEN & set(value or "") for value in values):
            yield Flaw("6.2.11.7.2-2", where, "giá trị Unicode bị cấm", "a forbidden Unicode value")


def _gather(
    content: pikepdf.Object, resources: pikepdf.Object, shown: dict[int, tuple[pikepdf.Object, set[int]]]
) -> None:
    """Add the codes that ``content`` shows to those of their fonts."""
    font: pikepdf.Object | None = None
    kept: list[pikepdf.Object | None] = []
    for instruction in pikepdf.parse_content_stream(content, _TOLD):
        operands, what = instruction.operands, str(instruction.operator)
        if what == "q":
            kept.append(font)
        elif what == "Q":
            font = kept.pop() if kept else None
        elif what == "Tf":
            font = resources.Font[str(operands[0])]
        elif what == "gs":
            font = resources.ExtGState[str(operands[0])].get(Name.Font, [font])[0]
        elif what in _SHOWS:
            strings = [part for part in _parts(operands[-1]) if isinstance(part, pikepdf.String) and bytes(part)]
            for string in strings:
                if font is None:
                    raise ValueError("no font")
                key = hash(font.objgen) if font.is_indirect else id(font)
                shown.setdefault(key, (font, set()))[1].update(_codes(font, bytes(string)))


def _parts(shown: pikepdf.Object) -> Iterable[object]:
    return shown if isinstance(shown, Array) else (shown,)


def _codes(font: pikepdf.Object, data: bytes) -> Iterator[int]:
    if font.get(Name.Subtype) != Name.Type0:
        return iter(data)
    return (int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))


class _Letters:
    """What the codes of one font stand for: by its own map, else by what its encoding says of them."""

    def __init__(self, font: pikepdf.Object) -> None:
        to_unicode = font.get(Name.ToUnicode)
        self._map = _mapped(to_unicode.read_bytes()) if isinstance(to_unicode, Stream) else {}
        encoding = font.get(Name.Encoding)
        self._simple = font.get(Name.Subtype) != Name.Type0
        self._names = _names(encoding)
        base = encoding.get(Name.BaseEncoding) if isinstance(encoding, Dictionary) else encoding
        self._codec = _CODECS.get(str(base))
        if not self._simple and str(encoding) not in ("/Identity-H", "/Identity-V"):
            raise ValueError("codes of another length")

    def of(self, code: int) -> str | None:
        if (found := self._map.get(code)) is not None:
            return found
        if not self._simple:
            return None
        if code in self._names:
            return str(agl.toUnicode(self._names[code])) or None
        return bytes([code]).decode(self._codec, "ignore") or None if self._codec else None


def _names(encoding: object) -> dict[int, str]:
    """Glyph names by code, of an encoding with differences."""
    names: dict[int, str] = {}
    code = 0
    for item in encoding.get(Name.Differences, ()) if isinstance(encoding, Dictionary) else ():
        if isinstance(item, Name):
            names[code] = str(item)[1:]
            code += 1
        else:
            code = int(item)
    return names


@lru_cache(maxsize=8)
def _mapped(cmap: bytes) -> dict[int, str]:
    """The map of a ToUnicode CMap. Ranges go no further than their last byte does (ISO 32000-1, 9.10.3)."""
    found: dict[int, str] = {}
    for kind, block in _BLOCK.findall(cmap):
        items = list(_items(block))
        if kind == b"bfchar":
            pairs = zip(items[::2], items[1::2], strict=False)
            found |= {int.from_bytes(code, "big"): _text(value) for code, value in pairs}
            continue
        for low, high, values in zip(items[::3], items[1::3], items[2::3], strict=False):
            first, last = int.from_bytes(low, "big"), int.from_bytes(high, "big")
            if isinstance(values, list):
                found |= {first + index: _text(value) for index, value in enumerate(values)}
                continue
            room = 0xFF - values[-1]
            for index in range(min(last - first, room) + 1):
                found[first + index] = _text(values[:-1] + bytes([values[-1] + index]))
    return found


def _items(block: bytes) -> Iterator[Any]:
    """Hexadecimal strings as bytes, arrays of them as lists."""
    array: list[bytes] | None = None
    for digits, opens, closes in _ITEM.findall(block):
        if opens:
            array = []
        elif closes:
            yield array or []
            array = None
        elif array is not None:
            array.append(bytes.fromhex(digits.decode("ascii")))
        else:
            yield bytes.fromhex(digits.decode("ascii"))


def _text(value: bytes) -> str:
    return value.decode("utf-16-be")
