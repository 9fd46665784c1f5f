"""Is a file PDF/A, before and after signing?

pikepdf's validator is an allow-list: what it approves is PDF/A, what it does not know it refuses. It knows neither
signatures nor level U, so such files are looked at in memory without them, and these are checked here, as are rules
about the bytes of the file, which a reader hides. Numbers are clauses of ISO 19005-2 (part 3 has the same).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pikepdf.pdfa
from pikepdf import AccessMode, Array, Name, Stream

from pipeline.dossier import Finding, Severity, Text
from pipeline.errors import RecordInvalid
from pipeline.packaging.pdfa.bytescan import Flaw, flaws
from pipeline.packaging.pdfa.forms import form_flaws, has_forms, without_forms
from pipeline.packaging.pdfa.lettering import letter_flaws

_DEFAULT = "2b"
_CLAIM = re.compile(rb"pdfaid:(part|conformance)(?:\s*=\s*[\"']|\s*>\s*)([0-9A-Za-z])")
_FILTERS = {
    "/FlateDecode", "/DCTDecode", "/CCITTFaxDecode", "/JBIG2Decode", "/JPXDecode", "/ASCIIHexDecode",
    "/ASCII85Decode", "/RunLengthDecode",
}  # fmt: skip


_PARSED = "pikepdf:"
"""What rules of the validator begin with that are about reading a file at all."""
_TRIES = 3


def check(pdf: Path) -> list[Finding]:
    """Everything that keeps ``pdf`` from being the PDF/A that it says it is; an empty list for a good file.

    Parts 1 to 3 at level B and parts 2 and 3 at level U are known, with and without signatures; a file that makes no
    claim is taken as PDF/A-2b.
    """
    try:
        with pikepdf.open(pdf, inherit_page_attributes=False, access_mode=AccessMode.stream) as opened:
            found = [_finding(flaw) for flaw in flaws(pdf, lambda *number: _integer(opened, number))]
            part, level = claim(opened)
            found += map(_finding, _own_findings(opened, pdf, level))
            flavour = f"{part}b" if f"{part}b" in {"1b", "2b", "3b"} and level in "BU" else _DEFAULT
            if has_forms(opened) or level == "U":
                without_forms(opened)
                _as_level_b(opened, level)
                report = _settled(lambda: pikepdf.pdfa.check(opened, flavour))
            else:
                report = _settled(lambda: pikepdf.pdfa.validate_written(pdf, flavour))
    except (pikepdf.PdfError, OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        why = type(error).__name__
        return [_finding(Flaw("unreadable", "tệp / file", "không đọc được như PDF", f"not readable as PDF: {why}"))]
    for item in report.findings:
        found.append(_finding(Flaw(item.rule, item.where, f"không đạt PDF/A: {item.message}", item.message)))
    return found


def refuse_flawed(findings: list[Finding], name: str) -> None:
    """Raise :class:`RecordInvalid` for the file called ``name`` when there are findings."""
    if findings:
        raise RecordInvalid(name=name, what="; ".join(f"{found.rule} {found.where}" for found in findings[:5]))


def _settled(look: Callable[[], pikepdf.pdfa.Report]) -> pikepdf.pdfa.Report:
    """What ``look`` finds, looked at again where something could not be parsed.

    The validator takes any warning of the process for one about the content it parses, also that of another thread;
    such a one is not there the next time.
    """
    report = look()
    for _ in range(_TRIES):
        if any(item.rule.startswith(_PARSED) for item in report.findings):
            report = look()
    return report


def claim(pdf: pikepdf.Pdf) -> tuple[str, str]:
    """Part (``1`` …) and level (``A``, ``B``, ``U``) of PDF/A as the metadata have them; ``2`` and ``B`` without."""
    metadata = pdf.Root.get(Name.Metadata)
    packet = metadata.read_bytes() if isinstance(metadata, Stream) else b""
    said = {key.decode(): value.decode() for key, value in _CLAIM.findall(packet)}
    return said.get("part", "2"), said.get("conformance", "B")


def with_level(packet: bytes, old: str, new: str) -> bytes:
    """The metadata ``packet`` with level ``new`` (``B``, ``U``) where it names ``old``."""
    pattern = rb"(pdfaid:conformance(?:\s*=\s*[\"']|\s*>\s*))" + old.encode("ascii")
    return re.sub(pattern, rb"\g<1>" + new.encode("ascii"), packet)


def _own_findings(pdf: pikepdf.Pdf, file: Path, level: str) -> Iterator[Flaw]:
    yield from _filter_flaws(pdf)
    if has_forms(pdf):
        yield from form_flaws(pdf, file)
    if level == "U":
        yield from letter_flaws(pdf)


def _filter_flaws(pdf: pikepdf.Pdf) -> Iterator[Flaw]:
    """Filters that are not allowed, of every stream: the validator is told of those that a new file would have."""
    for item in pdf.objects:
        if not isinstance(item, Stream):
            continue
        used = item.get(Name.Filter, ())
        names = {str(name) for name in (used if isinstance(used, Array | tuple) else (used,))}
        if names - _FILTERS:
            where = f"{item.objgen[0]} {item.objgen[1]} R"
            yield Flaw("6.1.7.2-1", where, "bộ lọc không cho phép", "a filter that is not allowed")


def _as_level_b(pdf: pikepdf.Pdf, level: str) -> None:
    if level == "U":
        pdf.Root.Metadata.write(with_level(pdf.Root.Metadata.read_bytes(), "U", "B"))


def _integer(pdf: pikepdf.Pdf, number: tuple[int, int]) -> int | None:
    found = pdf.get_object(number)
    return int(found) if isinstance(found, int) else None


def _finding(flaw: Flaw) -> Finding:
    return Finding(f"pdfa:{flaw.rule}", flaw.where, Text(flaw.vi, flaw.en), Severity.BLOCK)
