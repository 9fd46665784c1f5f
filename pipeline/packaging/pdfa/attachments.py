"""What a PDF/A-3 record carries inside: the fields as XML, the reading as hOCR (ISO 19005-3, 6.8).

The fields are as they were read when the record was made, before a person confirmed them; the confirmed ones are in the
repository. Both files hold what the record's own text holds, and nothing of the owner beyond the fields.

``du-lieu.xml`` (namespace :data:`NAMESPACE`)::

    <giay_to loai="quyet_dinh" ten="Quyết định" ma_ho_so="…" trang="2" lap_luc="2026-03-05T08:00:00+07:00">
      <truong ma="so_ky_hieu" nguon="zone" do_tin_cay="0.93" can_xem="false">15/QĐ-UBND</truong>
    </giay_to>

``van-ban.hocr`` is hOCR 1.2: ``ocr_page``, ``ocr_line`` and ``ocrx_word`` in reading order, boxes in pixels of the
upright page, ``x_wconf`` 0..100.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

import pikepdf
from pikepdf import Array, AttachedFileSpec, Name

from pipeline.dossier import Box, Document, Line, PageReading
from pipeline.settings import Legal
from pipeline.vietnamese import nfc

NAMESPACE = "urn:x-sohoa:du-lieu:1"
DATA_FILE, READING_FILE = "du-lieu.xml", "van-ban.hocr"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def attach(pdf: pikepdf.Pdf, document: Document, legal: Legal, type_name: str, now: datetime) -> None:
    """Attach the fields and the reading of ``document`` to ``pdf`` as associated files of the whole document.

    Args:
        pdf: the record, to be saved as PDF/A-3.
        document: its extraction and readings.
        legal: names the fields that the law asks for; they come first, also when empty.
        type_name: name of the paper's type in Vietnamese.
        now: time of making, with time zone.
    """
    files = (
        (DATA_FILE, data_xml(document, legal, type_name, now), "application/xml", Name.Data, "Dữ liệu đặc tả"),
        (READING_FILE, hocr(document), "application/xhtml+xml", Name.Supplement, "Văn bản nhận dạng"),
    )
    listed = Array()
    for name, text, mime, relation, description in files:
        spec = AttachedFileSpec(
            pdf,
            text.encode("utf-8"),
            description=description,
            filename=name,
            mime_type=mime,
            creation_date=pikepdf.models.metadata.encode_pdf_date(now),
            mod_date=pikepdf.models.metadata.encode_pdf_date(now),
        )
        spec.relationship = relation
        pdf.attachments[name] = spec
        listed.append(pdf.attachments[name].obj)
    pdf.Root.AF = listed


def data_xml(document: Document, legal: Legal, type_name: str, now: datetime) -> str:
    """The fields of ``document`` as XML, those that the law names first."""
    read = document.extraction
    keys = dict.fromkeys([*legal.fields, *(field.key for field in read.fields)])
    rows = []
    for key in keys:
        field = read.field(key)
        about = _attributes(
            ma=key, nguon=field.source, do_tin_cay=f"{field.confidence:.2f}", can_xem=str(field.needs_review).lower()
        )
        rows.append(f"  <truong {about}>{_text(field.value)}</truong>")
    about = _attributes(
        xmlns=NAMESPACE,
        loai=read.type,
        ten=type_name,
        ma_ho_so=document.dossier.code,
        trang=str(len(read.pages)),
        lap_luc=now.isoformat(),
    )
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f"<giay_to {about}>", *rows, "</giay_to>", ""])


def hocr(document: Document) -> str:
    """The readings of ``document`` as hOCR, page by page as in the record."""
    readings = {reading.number: reading for reading in document.readings}
    body: list[str] = []
    for ordinal, number in enumerate(document.extraction.pages):
        if number in readings:
            body.extend(_page(readings[number], ordinal))
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="vi" lang="vi">',
            '<head><title></title><meta name="ocr-system" content="sohoa"/>',
            '<meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word"/></head>',
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


def _page(reading: PageReading, ordinal: int) -> Iterator[str]:
    around = _box((0, 0, reading.width, reading.height))
    about = f"{around}; ppageno {ordinal}; scan_res {reading.dpi:g} {reading.dpi:g}"
    yield f'<div class="ocr_page" id="page_{ordinal + 1}" title="{about}">'
    for line in reading.lines:
        yield f'<span class="ocr_line" title="{_box(line.box)}">{" ".join(_words(line))}</span>'
    yield "</div>"


def _words(line: Line) -> Iterable[str]:
    for word in line.words:
        about = f"{_box(word.box)}; x_wconf {round(100 * word.confidence)}"
        yield f'<span class="ocrx_word" title="{about}">{_text(word.text)}</span>'


def _box(box: Box) -> str:
    return "bbox " + " ".join(str(max(round(side), 0)) for side in box)


def _attributes(**values: str) -> str:
    return " ".join(f"{key}={quoteattr(_clean(value))}" for key, value in values.items())


def _text(value: str) -> str:
    return escape(_clean(value))


def _clean(value: str) -> str:
    return _NOT_XML.sub("\ufffd", nfc(value))
