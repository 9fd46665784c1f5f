"""Is a record PDF/A-2b, before and after signing?

pikepdf's validator is an allow-list: what it approves is PDF/A, what it does not know it refuses. It knows no
signatures, so a signed file is looked at without them, in memory. Rules about the bytes of the file, which a reader
hides, are checked here (numbers are clauses of ISO 19005-2).
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pikepdf.pdfa
from pikepdf import Name

from pipeline.dossier import Finding, Severity, Text

_FLAVOUR = "2b"
_SIGNED_KEYS = ("/AcroForm", "/DSS", "/Extensions", "/Perms")
_HEADER = re.compile(rb"%PDF-1\.[0-7](\r\n|\r|\n)%([\x80-\xff]{4})")
_STREAM = re.compile(rb">>\s*stream(\r\n|\n|\r|)")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?:\s+(\d+)\s+R)?")
_XREF = re.compile(rb"(?<=[\r\n])xref(\r\n|\r|\n)(\d+ \d+) *[\r\n]")
_ANY_XREF = re.compile(rb"(?<=[\r\n])xref\b")


def check(pdf: Path) -> list[Finding]:
    """Everything that keeps ``pdf`` from being PDF/A-2b; an empty list for a good file, signed or not."""
    try:
        found = list(_byte_findings(pdf))
        with pikepdf.open(pdf, inherit_page_attributes=False) as opened:
            if len(opened.trailer.get("/ID", ())) != 2:
                found.append(_finding("6.1.3-1", "trailer", "thiếu /ID", "no /ID"))
            signed = any(key in opened.Root for key in _SIGNED_KEYS)
            if signed:
                _without_signatures(opened)
                report = pikepdf.pdfa.check(opened, _FLAVOUR)
        if not signed:
            report = pikepdf.pdfa.validate_written(pdf, _FLAVOUR)
    except (pikepdf.PdfError, OSError, ValueError) as error:
        return [_finding("unreadable", "tệp / file", "không đọc được như PDF", f"not readable as PDF: {error}")]
    found.extend(
        _finding(item.rule, item.where, f"không đạt PDF/A: {item.message}", item.message) for item in report.findings
    )
    return found


def _finding(rule: str, where: str, vi: str, en: str) -> Finding:
    return Finding(f"pdfa:{rule}", where, Text(vi, en), Severity.BLOCK)


def _without_signatures(pdf: pikepdf.Pdf) -> None:
    """Take the signatures away and leave what they show, as annotations that the validator knows."""
    for key in _SIGNED_KEYS:
        if key in pdf.Root:
            del pdf.Root[key]
    for page in pdf.pages:
        for annotation in page.get("/Annots", ()):
            if annotation.get("/Subtype") == Name.Widget:
                _make_stamp(annotation, page)


def _make_stamp(widget: pikepdf.Object, page: pikepdf.Page) -> None:
    flags = int(widget.get("/F", 0))
    for key in set(widget.keys()) - {"/Type", "/Rect", "/AP"}:
        del widget[key]
    widget.Subtype = Name.Stamp
    widget.F = flags
    widget.P = page.obj


def _byte_findings(pdf: Path) -> Iterator[Finding]:
    with pdf.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if not _HEADER.match(data):
            yield _finding("6.1.2-1", "byte 0", "phần đầu tệp sai", "header or its binary comment is wrong")
        tail = data[-2048:]
        if not re.search(rb"%%EOF(\r\n|\r|\n)?\Z", tail):
            yield _finding("6.1.3-3", "cuối tệp / end", "có dữ liệu sau %%EOF", "data after the last %%EOF")
        if len(_ANY_XREF.findall(data)) != len(_XREF.findall(data)):
            yield _finding("6.1.4-2", "xref", "bảng xref sai dạng", "spacing of a cross-reference section is wrong")
        yield from _stream_findings(data)


def _stream_findings(data: mmap.mmap) -> Iterator[Finding]:
    """Ends of lines round ``stream`` and ``endstream``, and ``/Length`` (6.1.7.1), from the first object on."""
    at = 0
    while (start := _STREAM.search(data, at)) is not None:
        opened = data.rfind(b" obj", 0, start.start())
        length = _last_length(data[max(opened, at) : start.start() + 2], data)
        where = f"byte {start.start()}"
        if start.group(1) not in (b"\r\n", b"\n"):
            yield _finding("6.1.7.1-2", where, "sau stream không xuống dòng", "no end of line after stream")
        if length is None:
            yield _finding("6.1.7.1-1", where, "không có /Length", "a stream without a /Length that can be found")
            at = start.end()
            continue
        at = start.end() + length
        after = data[at : at + 11]
        if re.match(rb"(\r\n|\n|\r)endstream", after) is None:
            yield _finding("6.1.7.1-1", where, "/Length sai", "/Length is wrong or no end of line before endstream")
            at = start.end()


def _last_length(dictionary: bytes, data: mmap.mmap) -> int | None:
    found = list(_LENGTH.finditer(dictionary))
    if not found:
        return None
    number, generation = found[-1].groups()
    if generation is None:
        return int(number)
    # An indirect length: the last object of that number counts, as in a file with incremental updates.
    objects = list(re.finditer(rb"(?<![0-9])%s %s obj\s+(\d+)\s" % (number, generation), data))
    return int(objects[-1].group(1)) if objects else None
