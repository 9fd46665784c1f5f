"""A reader of signatures that does not hold the pictures of hundreds of pages."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyhanko.pdf_utils.generic import Reference, StreamObject
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

_BIG = 1 << 16
"""Streams of more bytes are pictures; nothing that is looked at by pyHanko is so big."""


class LeanReader(PdfFileReader):
    """A reader that keeps no big streams: pyHanko walks every object and keeps all it has read."""

    def _read_object(
        self, ref: Reference, marker: Any, never_decrypt: bool = False, as_metadata_stream: bool = False
    ) -> Any:
        def read() -> Any:
            return super(LeanReader, self)._read_object(ref, marker, never_decrypt, as_metadata_stream)

        found = read()
        if type(found) is not StreamObject or len(found.encoded_data) <= _BIG:
            return found
        lean = _Lean(found, lambda: bytes(read().encoded_data))
        lean.container_ref = found.container_ref
        return lean

    def get_historical_resolver(self, revision: int) -> HistoricalResolver:
        """The file as it was at a revision, of which no big streams are kept either."""
        return self._historical_resolver_cache.setdefault(revision, _LeanResolver(self, revision))


class _LeanResolver(HistoricalResolver):
    def _subsume_object(self, obj: Any) -> Any:
        if not isinstance(obj, _Lean):
            return super()._subsume_object(obj)
        place = obj.get_container_ref()
        lean = _Lean({key: self._subsume_object(value) for key, value in obj.items()}, obj.again)
        if isinstance(place, Reference):
            lean.container_ref = Reference(place.idnum, place.generation, self)
        return lean


class _Lean(StreamObject):
    """A stream whose bytes are read anew each time they are asked for."""

    def __init__(self, entries: Mapping[Any, Any], again: Callable[[], bytes]) -> None:
        self.again = again
        super().__init__(dict(entries))

    @property
    def _encoded_data(self) -> bytes:
        return self.again()

    @_encoded_data.setter
    def _encoded_data(self, data: bytes | None) -> None:
        """What is in the file stays there."""
