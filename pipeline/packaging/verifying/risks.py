"""Files from elsewhere: how much of one is looked at, and what in it can deceive its reader."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Stream
from pikepdf.exceptions import PikepdfError

from pipeline.dossier import Finding, Severity, Text
from pipeline.packaging.mapped import windows

_MOST_BYTES = 2 << 30
_MOST_REVISIONS = 300
MOST_SIGNATURES = 50
"""Each is laid beside all that came after it."""
_MOST_OBJECTS = 200_000
_FEATURES = {
    "/JavaScript": Text("mã lệnh JavaScript", "JavaScript"),
    "/JS": Text("mã lệnh JavaScript", "JavaScript"),
    "/OpenAction": Text("hành động khi mở tệp", "an action on opening"),
    "/AA": Text("hành động tự động", "automatic actions"),
    "/Launch": Text("lệnh chạy chương trình", "starting programs"),
    "/OCProperties": Text("lớp nội dung bật tắt được", "layers that can be switched"),
    "/XFA": Text("biểu mẫu XFA", "an XFA form"),
    "/EmbeddedFiles": Text("tệp đính kèm", "attachments"),
    "/RichMedia": Text("nội dung đa phương tiện", "rich media"),
    "/Alternates": Text("hình thay thế", "alternate pictures"),
    "/Ref": Text("nội dung lấy từ tệp khác", "content of another file"),
}


def too_much(data: mmap.mmap) -> Finding | None:
    """Whether a file is bigger, or has more revisions or signatures, than anything that is looked at here.

    The readers walk revisions one within the other; a file made of them alone takes hours.
    """
    counts = (
        (len(data), _MOST_BYTES, "byte"),
        (_count(data, b"startxref", _MOST_REVISIONS), _MOST_REVISIONS, "startxref"),
        (_count(data, b"/ByteRange", MOST_SIGNATURES), MOST_SIGNATURES, "ByteRange"),
    )
    for found, most, what in counts:
        if found > most:
            text = Text(f"tệp vượt giới hạn: hơn {most} {what}", f"beyond the limits: more than {most} {what}")
            return Finding("unreadable", "tệp / file", text, Severity.BLOCK)
    return None


def _count(data: mmap.mmap, mark: bytes, most: int) -> int:
    """How often ``mark`` is in ``data``, as far as it matters."""
    count = 0
    for piece in windows(data, overlap=len(mark) - 1):
        count += bytes(piece).count(mark)
        if count > most:
            break
    return count


def risks(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    """What in a file from elsewhere may act by itself, or show something else than was signed."""
    found: dict[str, Text] = {}
    seen: set[tuple[int, int]] = set()
    waiting: list[pikepdf.Object] = [pdf.trailer]
    try:
        while waiting and len(seen) < _MOST_OBJECTS:
            value = waiting.pop()
            if value.is_indirect:
                if value.objgen in seen:
                    continue
                seen.add(value.objgen)
            if isinstance(value, (Dictionary, Stream)):
                for key in value.keys() & _FEATURES.keys():
                    found[_FEATURES[key].en] = _FEATURES[key]
                waiting += [item for item in value.values() if isinstance(item, (Dictionary, Stream, Array))]
            elif isinstance(value, Array):
                waiting += [item for item in value if isinstance(item, (Dictionary, Stream, Array))]
    except (PikepdfError, ValueError, TypeError, LookupError, RecursionError):
        found["damaged"] = Text("một phần tệp hỏng", "a part of the file is damaged")
    for text in found.values():
        words = Text(f"tệp có {text.vi}", f"the file has {text.en}")
        yield Finding("risky", "tệp / file", words, Severity.WARNING)
