"""Every byte of a file accounted for: what no cross-reference names is where content is hidden for later."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Sequence

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionType

from pipeline.dossier import Finding
from pipeline.packaging.mapped import TOGETHER, forget
from pipeline.packaging.verifying.findings import block
from pipeline.packaging.verifying.revisions import Revision

_HEADER = re.compile(rb"%PDF-1\.[0-7](?:\r\n|\r|\n)%[\x80-\xff]{4,}(?:\r\n|\r|\n)")
_OBJECT = re.compile(rb"(\d+) (\d+) obj\b")
_STREAM = re.compile(rb">>\s*stream(\r\n|\n)")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?!\s+\d+\s+R)")
_AFTER_DATA = re.compile(rb"\s*endstream\s+endobj\s*")
_TABLE = re.compile(rb"xref\s+(?:\d+ \d+\s+(?:\d{10} \d{5} [nf]\s*)+)+trailer\s*<<")
_END = re.compile(rb"\s*startxref\s+(\d+)\s+%%EOF(\r\n|\n|\r)?")
_HEAD_BYTES = 16_384
"""The dictionary of a stream is not longer: pictures need not be searched for their end."""


def hidden_bytes(reader: PdfFileReader, data: mmap.mmap, found: Sequence[Revision]) -> Iterator[Finding]:
    """Bytes that belong to no object which the cross-references name, and cross-references read in two ways."""
    if reader.xrefs.hybrid_xrefs_present:
        yield _hidden("xref", "hai bảng tham chiếu cho cùng một phiên bản", "two cross-references for one revision")
    if found and found[-1].end != len(data):
        yield _hidden(f"byte {found[-1].end}", "có dữ liệu sau cuối tệp", "data behind the end of the file")
    for revision in found:
        at = _unaccounted(reader, data, revision)
        if at is not None:
            vi, en = "có byte không thuộc đối tượng nào", "bytes that belong to no object"
            yield _hidden(f"byte {at}", vi, en)


def _hidden(where: str, vi: str, en: str) -> Finding:
    return block("hidden_bytes", vi, en, where)


def _unaccounted(reader: PdfFileReader, data: mmap.mmap, revision: Revision) -> int | None:
    """The first byte of ``revision`` that nothing accounts for."""
    xrefs = reader.xrefs
    places: dict[int, tuple[int, int]] = {}
    for ref in xrefs.explicit_refs_in_revision(revision.number):
        place = xrefs.get_historical_ref(ref, revision.number)
        if isinstance(place, int):
            places[place] = (ref.idnum, ref.generation)
    at = revision.start
    if revision.number == 0:
        header = _HEADER.match(data)
        if header is None:
            return 0
        at = header.end()
    container = xrefs.get_xref_container_info(revision.number)
    for order, place in enumerate(sorted(places)):
        if order % TOGETHER == 0:
            forget(data)
        if data[at:place].strip() or not revision.start <= place < revision.end:
            return at
        end = _object_end(data, place, places[place], revision.end)
        if end is None:
            return place
        at = end
    if container.xref_section_type is XRefSectionType.STANDARD:
        table = _TABLE.match(data, container.start_location)
        if table is None or data[at : container.start_location].strip():
            return at
        at = container.end_location
    end_mark = _END.match(data, at)
    good = end_mark is not None and end_mark.end() == revision.end
    good = good and end_mark is not None and int(end_mark.group(1)) == container.start_location
    return None if good else at


def _object_end(data: mmap.mmap, place: int, number: tuple[int, int], limit: int) -> int | None:
    """Where the object at ``place`` ends, blanks behind it included; ``None`` when it is not that object."""
    head = _OBJECT.match(data, place)
    if head is None or (int(head.group(1)), int(head.group(2))) != number:
        return None
    near = min(place + _HEAD_BYTES, limit)
    close = data.find(b"endobj", place, near)
    stream = _STREAM.search(data, place, close if close >= 0 else near)
    if close < 0 and stream is None:
        close = data.find(b"endobj", near - len(b"endobj"), limit)
    if stream is not None:
        lengths = _LENGTH.findall(data, place, stream.start() + 2)
        if len(lengths) != 1:
            return None
        after = _AFTER_DATA.match(data, stream.end() + int(lengths[0]))
        return None if after is None else after.end()
    if close < 0:
        return None
    end = close + len(b"endobj")
    while end < limit and data[end : end + 1] in b" \t\r\n\f\0" and data[end : end + 1]:
        end += 1
    return end
