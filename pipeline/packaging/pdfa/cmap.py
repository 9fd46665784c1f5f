"""ToUnicode: the map that gives the letters of a font's codes back (ISO 32000-1, 9.10.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

_BLOCK = 100
"""Entries a block may hold."""


def to_unicode(kind: Literal["bfchar", "bfrange"], entries: Sequence[str], codes: str) -> bytes:
    """A ToUnicode CMap with ``entries`` (``<41> <0110>`` …) of one kind for the code space ``codes``, ``<00> <FF>``."""
    blocks = [entries[start : start + _BLOCK] for start in range(0, len(entries), _BLOCK)]
    body = "\n".join(f"{len(block)} begin{kind}\n" + "\n".join(block) + f"\nend{kind}" for block in blocks)
    return f"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
{codes}
endcodespacerange
{body}
endcmap
CMapName currentdict /CMap defineresource pop
end
end""".encode("ascii")
