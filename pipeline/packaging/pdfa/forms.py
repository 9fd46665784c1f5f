"""Signatures in a PDF/A: what the standard says of forms and signatures (ISO 19005-2, 6.1.12, 6.4), and taking them
away in memory, so that the rest can be looked at by a validator that knows none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf
from asn1crypto import cms
from pikepdf import Array, Dictionary, Name

from pipeline.packaging.pdfa.bytescan import Flaw

_KEYS = ("/AcroForm", "/DSS", "/Extensions", "/Perms")
_LOOK = {"/Type", "/Rect", "/AP"}
_DIGESTS = ("/DigestLocation", "/DigestMethod", "/DigestValue")
_DEEPEST = 16
_END = re.compile(rb"%%EOF(\r\n|\r|\n)?\Z")


def has_forms(pdf: pikepdf.Pdf) -> bool:
    """Whether there is anything of signatures or forms in ``pdf``."""
    return any(key in pdf.Root for key in _KEYS)


def form_flaws(pdf: pikepdf.Pdf, file: Path) -> Iterator[Flaw]:
    """What is wrong with the form, its fields and their signatures; ``file`` is where ``pdf`` was read from."""
    form = pdf.Root.get(Name.AcroForm, Dictionary())
    if form.get(Name.NeedAppearances, False):
        yield Flaw("6.4.1-3", "AcroForm", "NeedAppearances", "NeedAppearances is set")
    if Name.XFA in form:
        yield Flaw("6.4.2-1", "AcroForm", "biểu mẫu XFA", "an XFA form")
    yield from _permission_flaws(pdf.Root.get(Name.Perms, Dictionary()))
    for name, field in _fields(form.get(Name.Fields, ())):
        if Name.A in field or Name.AA in field:
            yield Flaw("6.4.1-2", name, "trường có hành động", "a field with an action")
        value = field.get(Name.V)
        if isinstance(value, Dictionary) and Name.ByteRange in value:
            yield from _signature_flaws(name, value, file)
    for number, page in enumerate(pdf.pages, start=1):
        for annotation in page.get("/Annots", ()):
            if annotation.get(Name.Subtype) == Name.Widget and (Name.A in annotation or Name.AA in annotation):
                yield Flaw("6.4.1-1", f"trang / page {number}", "ô có hành động", "a widget with an action")


def without_forms(pdf: pikepdf.Pdf) -> None:
    """Take the signatures away and leave what they show, as annotations that the validator knows."""
    for key in _KEYS:
        if key in pdf.Root:
            del pdf.Root[key]
    for page in pdf.pages:
        for annotation in page.get("/Annots", ()):
            if annotation.get(Name.Subtype) == Name.Widget:
                _make_stamp(annotation, page)


def _make_stamp(widget: pikepdf.Object, page: pikepdf.Page) -> None:
    flags = int(widget.get(Name.F, 0))
    for key in set(widget.keys()) - _LOOK:
        del widget[key]
    widget.Subtype = Name.Stamp
    widget.F = flags
    widget.P = page.obj


def _permission_flaws(permissions: pikepdf.Object) -> Iterator[Flaw]:
    if set(permissions.keys()) - {"/UR3", "/DocMDP"}:
        yield Flaw("6.1.12-1", "Perms", "quyền không cho phép", "a permission that is not allowed")
    for reference in permissions.get(Name.DocMDP, Dictionary()).get(Name.Reference, ()):
        if any(key in reference for key in _DIGESTS):
            yield Flaw("6.1.12-2", "Perms", "DocMDP có mã băm riêng", "DocMDP with a digest of its own")


def _fields(fields: object, depth: int = 0) -> Iterator[tuple[str, pikepdf.Object]]:
    if depth > _DEEPEST or not isinstance(fields, Array | tuple):
        return
    for field in fields:
        yield f"trường / field {str(field.get(Name.T, ''))[:40]}", field
        yield from _fields(field.get(Name.Kids, ()), depth + 1)


def _signature_flaws(name: str, value: pikepdf.Object, file: Path) -> Iterator[Flaw]:
    covered = [int(number) for number in value.ByteRange]
    if not _is_whole_revision(covered, file):
        yield Flaw("6.4.3-1", name, "chữ ký không phủ hết tệp", "a signature that does not cover its whole revision")
    try:
        data = cms.ContentInfo.load(bytes(value.Contents))["content"]
        signers, certificates = len(data["signer_infos"]), len(data["certificates"])
    except (ValueError, TypeError, KeyError, AttributeError):
        yield Flaw("6.4.3-2", name, "chữ ký không phải PKCS#7", "a signature that is no PKCS#7 object")
        return
    if certificates == 0:
        yield Flaw("6.4.3-2", name, "chữ ký không kèm chứng thư", "a signature without its certificate")
    if signers != 1:
        yield Flaw("6.4.3-3", name, "không phải một người ký", "a signature of not just one signer")


def _is_whole_revision(covered: list[int], file: Path) -> bool:
    """Whether a byte range is all of a revision, from byte 0 to behind an ``%%EOF``, but for its contents ``<…>``."""
    if len(covered) != 4 or covered[0] != 0 or min(covered) < 0:
        return False
    _, first, second, length = covered
    with file.open("rb") as data:
        data.seek(first)
        gap = data.read(max(second - first, 0))
        data.seek(max(second + length - 16, 0))
        tail = data.read(16)
    return gap[:1] == b"<" and gap[-1:] == b">" and b"<" not in gap[1:] and _END.search(tail) is not None
