"""Copies of a record for handing out: sao y, sao lục, trích sao (Decree 30/2020/NĐ-CP art. 25, App. I part II).

A copy is a new file. Its pages are the record's: the same pictures byte for byte, the same text layer. What the
signatures of the record show stays visible and becomes part of the page, for they themselves cannot go along: they hold
for the record's bytes alone. The agency that copies signs the copy, at the top right of its first page.

Which record it is a copy of stands in ``dc:source`` of its metadata, a property that PDF/A knows (other namespaces are
refused, ISO 19005-2, 6.6.2.3): ``sohoa:ID?sha256=HEX&form=SAO%20Y&pages=1,3-4``.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name, Stream

from pipeline.dossier import Finding
from pipeline.errors import BadValue, RecordInvalid
from pipeline.packaging.files import written
from pipeline.packaging.pdfa.building import describe, reading_pdf, save
from pipeline.packaging.pdfa.comparison import difference
from pipeline.packaging.pdfa.conformity import check, refuse_flawed
from pipeline.packaging.pdfa.geometry import POINTS_PER_INCH
from pipeline.packaging.signing import signatures
from pipeline.packaging.signing.keys import SigningKey
from pipeline.settings import Keys, Legal
from pipeline.settings.legal import CopyForm
from pipeline.vietnamese import nfc

Picture = npt.NDArray[np.uint8]

COPY_FIELD = "BanSao"
"""Signature field of the agency on a copy."""

_SCHEME = "sohoa"
_RECORD_ID = re.compile(r"[0-9a-z]{16,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")
_PERSONAL_NUMBER = re.compile(r"\d{9}")
_MOST_METADATA = 1 << 20
_MOST_PAGES = 100_000
_DPI = 72
"""Resolution at which a copy is laid beside its record."""
_AT_ONCE = 8
"""Pages compared before both files are opened anew."""
_TOLERATED = 0.0005
_TOLERATED_TILE = 6
"""The same streams are drawn alike: a share of unlike samples and a mean of a small square that leave no doubt."""


@dataclass(frozen=True, slots=True)
class CopySource:
    """The record that a copy was made of.

    ``id`` and ``code`` are the document's in the repository, ``sha256`` (hex) is that of the record file; ``form`` is
    the form of copy as printed; ``pages`` are the record's pages in the copy (ordinals from 1), in their order.
    """

    id: str
    code: str
    sha256: str
    form: str = ""
    pages: tuple[int, ...] = ()


def copy_record(
    record: Path,
    out: Path,
    form: CopyForm,
    *,
    source: CopySource,
    pages: Sequence[int] | None,
    key: SigningKey,
    agency: str,
    legal: Legal,
    when: datetime,
    keys: Keys,
    number: str = "",
) -> tuple[Finding, ...]:
    """Write a copy of ``record`` to ``out``: PDF/A-2b, compared with the record, then signed by the agency.

    Args:
        record: the stored record; whoever calls has verified it.
        out: the copy; it appears whole or not at all.
        form: what kind of copy (``legal.copies.forms``).
        source: which record this is; ``form`` and ``pages`` of it are filled in here.
        pages: ordinals from 1, ascending, for a form that takes some pages; ``None`` for all.
        key: the agency's key.
        agency: its name as set in the stamp.
        legal: stamp of copies, time zone.
        when: time of signing, with time zone.
        keys: level of the signature, time-stamping authorities.
        number: number and symbol of the copy, such as ``01/SY-UBND``; may be empty.

    Returns:
        A finding when page 1 has no room for the stamp: the signature is then invisible.

    Raises:
        BadValue: pages or number are not what that form of copy asks for.
        Encrypted: the record is locked.
        RecordInvalid: the copy fails a check (PDF/A, looks).
        SigningFailed: signing broke off.
        DiskFull: no room for the file.
    """
    if number and not legal.copies.numbered(number, form):
        raise BadValue(field="number", what=f"…/{form.abbreviation}-…")
    local = legal.local_time(when)
    part = out.with_name(f".{out.name}.unsigned")
    try:
        chosen = _copy_pages(record, part, form, source, pages, local, number)
        values = {
            "form": form.label,
            "number": number,
            "pages": said(chosen) if form.pages == "some" else "",
            "agency": agency,
            "name": key.name,
            "time": local.isoformat(),
        }
        stamp = legal.copies.stamp
        lines = [*_lines(stamp.lines, values), *([nfc(legal.demo_mark)] if key.demo else [])]
        return signatures.sign(part, out, key, COPY_FIELD, stamp, lines, local, keys)
    finally:
        part.unlink(missing_ok=True)


def copied_from(pdf: Path) -> CopySource | None:
    """The record that ``pdf`` says it is a copy of; ``None`` when it says no such thing.

    What it says is worth as much as its signature: verify that first, and lay ``sha256`` beside the repository's.
    """
    try:
        with pikepdf.open(pdf) as opened:
            packet = opened.Root.get(Name.Metadata)
            if not isinstance(packet, Stream) or len(packet.read_raw_bytes()) > _MOST_METADATA:
                return None
            if Name.Filter in packet:  # PDF/A has it in plain; one packed small may grow without end
                return None
            with opened.open_metadata(update_docinfo=False) as meta:
                link, codes = str(meta.get("dc:source", "")), meta.get("dc:relation", ())
        return _parsed(link, str(next(iter(codes), "")))
    except (pikepdf.PdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def chosen_pages(text: str) -> tuple[int, ...]:
    """Ordinals in ``text``, such as ``1,3-4``, ascending and each once.

    Raises:
        BadValue: it is not written like that.
    """
    found: set[int] = set()
    for piece in text.replace(" ", "").split(","):
        match = _RANGE.fullmatch(piece)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= _MOST_PAGES:
            raise BadValue(field="pages", what="1,3-4")
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def said(pages: Sequence[int]) -> str:
    """Ascending ordinals the short way: ``1,3-5``."""
    starts = [page for before, page in pairwise((-1, *pages)) if page != before + 1]
    ends = [page for page, after in pairwise((*pages, -1)) if after != page + 1]
    return ",".join(f"{start}" if start == end else f"{start}-{end}" for start, end in zip(starts, ends, strict=True))


# -- the pages --------------------------------------------------------------------------------------------------


def _copy_pages(
    record: Path,
    out: Path,
    form: CopyForm,
    source: CopySource,
    pages: Sequence[int] | None,
    when: datetime,
    number: str,
) -> tuple[int, ...]:
    """Write the unsigned copy; returns the pages it holds."""
    with written(out) as part:
        with reading_pdf(record.name), pikepdf.open(record) as opened, pikepdf.new() as copy:
            chosen = _chosen(pages, form, len(opened.pages))
            opened.flatten_annotations("print")
            for ordinal in chosen:
                _add(copy, opened.pages[ordinal - 1])
            with opened.open_metadata(update_docinfo=False) as meta:
                title = str(meta.get("dc:title", "")) or form.label
            _describe(copy, title, form, source, chosen, when, number)
            save(copy, part, "2b")
        refuse_flawed(check(part), record.name)
        _compare(record, part, chosen)
    return chosen


def _add(copy: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Add ``page``, annotations drawn into it, as one picture that fills a page: a record's page shows nothing else.

    A form XObject holds it, scaled to the unit square as pictures are.
    """
    form = copy.copy_foreign(page.as_form_xobject())
    x0, y0, x1, y1 = (float(side) for side in form.BBox.as_list())
    width, height = x1 - x0, y1 - y0
    unit = f"q {1 / width:.12f} 0 0 {1 / height:.12f} {-x0 / width:.12f} {-y0 / height:.12f} cm\n"
    form.write(unit.encode("ascii") + form.read_bytes() + b"\nQ")
    form.BBox = Array([0, 0, 1, 1])
    added = copy.add_blank_page(page_size=(width, height))
    added.Resources = Dictionary(XObject=Dictionary(P0=form))
    added.Contents = Stream(copy, f"q {width:.6f} 0 0 {height:.6f} 0 0 cm /P0 Do Q".encode("ascii"))


def _chosen(pages: Sequence[int] | None, form: CopyForm, count: int) -> tuple[int, ...]:
    """The pages to copy of a record with ``count`` pages."""
    everything = tuple(range(1, count + 1))
    if pages is None and form.pages == "all":
        return everything
    asked = tuple(pages or ())
    outside = not set(asked) <= set(everything) or list(asked) != sorted(set(asked))
    if outside or not asked or (asked == everything) is not (form.pages == "all"):
        which = f"1-{count}" if form.pages == "all" else f"một phần của / some of 1-{count}"
        raise BadValue(field="pages", what=f"{form.label}: {which}")
    return asked


def _describe(
    copy: pikepdf.Pdf,
    title: str,
    form: CopyForm,
    source: CopySource,
    pages: tuple[int, ...],
    when: datetime,
    number: str,
) -> None:
    query = urlencode({"sha256": source.sha256, "form": form.label, "pages": said(pages)}, quote_via=quote, safe=",")
    kind = " ".join(filter(None, (form.label, number)))
    subject = f"{kind}: bản sao của bản ghi {source.id}, trang {said(pages)}"
    describe(copy, when, title=title, subject=subject, source=f"{_SCHEME}:{source.id}?{query}")
    if source.code and not _PERSONAL_NUMBER.search(source.code):
        with copy.open_metadata(set_pikepdf_as_editor=False) as meta:
            meta["dc:relation"] = {source.code}


def _lines(lines: Sequence[str], values: dict[str, str]) -> list[str]:
    """The lines of the stamp, but for those whose value is empty."""
    names = {line: [name for _, name, _, _ in string.Formatter().parse(line) if name] for line in lines}
    return [nfc(line.format(**values)) for line in lines if all(values[name] for name in names[line])]


def _parsed(link: str, code: str) -> CopySource | None:
    parts = urlsplit(link)
    query = {name: values[0] for name, values in parse_qs(parts.query, max_num_fields=10).items()}
    sha256 = query.get("sha256", "")
    if parts.scheme != _SCHEME or not _RECORD_ID.fullmatch(parts.path) or not _SHA256.fullmatch(sha256):
        return None
    try:
        pages = chosen_pages(query.get("pages", ""))
    except BadValue:
        return None
    return CopySource(parts.path, code, sha256, query.get("form", ""), pages)


# -- the looks --------------------------------------------------------------------------------------------------


def _compare(record: Path, copy: Path, pages: Sequence[int]) -> None:
    """Every page of ``copy`` must look as its page of ``record`` does, stamps included.

    Raises:
        RecordInvalid: one does not.
    """
    try:
        for start in range(0, len(pages), _AT_ONCE):  # pdfium keeps what it has read until a file is closed
            with pdfium.PdfDocument(record) as original, pdfium.PdfDocument(copy) as made:
                original.init_forms()  # else it leaves out what signatures show
                if len(made) != len(pages):
                    raise RecordInvalid(name=record.name, what=f"{len(made)} ≠ {len(pages)} trang / pages")
                for index, ordinal in enumerate(pages[start : start + _AT_ONCE], start):
                    _compare_page(_shown(made, index), _shown(original, ordinal - 1), f"{record.name} ({ordinal})")
    except pdfium.PdfiumError as error:
        raise RecordInvalid(name=record.name, what=f"pdfium: {error}") from error


def _compare_page(shown: Picture, expected: Picture, name: str) -> None:
    if shown.shape != expected.shape:
        raise RecordInvalid(name=name, what="khổ giấy / page box")
    share, tile = difference(shown, expected)
    if share > _TOLERATED or tile > _TOLERATED_TILE:
        raise RecordInvalid(name=name, what=f"hình khác bản ghi / looks unlike the record: {100 * share:.2f} %")


def _shown(pdf: pdfium.PdfDocument, index: int) -> Picture:
    """A page as RGB picture with everything that it shows."""
    page = pdf[index]
    bitmap = page.render(scale=_DPI / POINTS_PER_INCH, may_draw_forms=True, draw_annots=True)
    try:
        return np.array(bitmap.to_pil().convert("RGB"))
    finally:
        bitmap.close()
        page.close()
