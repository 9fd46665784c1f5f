"""How much a deflated stream unpacks to, known without holding it: a few kilobytes can stand for gigabytes."""

from __future__ import annotations

import zlib

import pikepdf
from pikepdf import Name

_PIECE = 1 << 20
_DEFLATED = ("/FlateDecode", "/Fl")


def filters(stream: pikepdf.Object) -> list[str]:
    """Names of the filters of ``stream``, outermost first."""
    found = stream.get(Name.Filter, pikepdf.Array())
    return [str(item) for item in (found if isinstance(found, pikepdf.Array) else [found])]


def swells(stream: pikepdf.Stream, most: int) -> bool:
    """Whether ``stream`` unpacks to more than ``most`` bytes; deflated twice over counts as such."""
    used = filters(stream)
    deflated = sum(name in _DEFLATED for name in used)
    if deflated == 0 or used[0] not in _DEFLATED:
        return False
    if deflated > 1:
        return True
    unpacker, waiting, total = zlib.decompressobj(), stream.read_raw_bytes(), 0
    try:
        while waiting and not unpacker.eof:
            total += len(unpacker.decompress(waiting, _PIECE))
            waiting = unpacker.unconsumed_tail
            if total > most:
                return True
    except zlib.error:  # that it is broken, the reader of the stream will find
        return False
    return False
