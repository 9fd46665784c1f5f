"""What an attacker has at hand: keys, a way to write below a signature, a way to prepare a file before it is signed."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession, PdfTimeStamper
from pyhanko.sign.timestamps import HTTPTimeStamper

from pipeline.packaging import Expected

Writer = IncrementalPdfFileWriter
Edit = Callable[[Writer], None]
Preparation = Callable[[pikepdf.Pdf], None]

_CONTENTS = re.compile(rb"/Contents\s*(<[0-9a-fA-F]{2000,}>)")


@dataclass(frozen=True, slots=True)
class Key:
    """A PKCS#12 file and the file of its passphrase."""

    p12: Path
    passphrase: Path

    @property
    def signer(self) -> SimpleSigner:
        """The key, ready to sign whatever it is meant for."""
        signer = SimpleSigner.load_pkcs12(self.p12, passphrase=self.passphrase.read_bytes().strip())
        assert signer is not None
        return signer


class Attack(NamedTuple):
    """A file done something to, what is known of the record it stands for, and the rules that find it (any of them)."""

    name: str
    pdf: Path
    expected: Expected | None
    rules: frozenset[str]


@dataclass(frozen=True)
class Target:
    """A good record at its stages, with the keys of those who signed it, and those of others.

    ``others`` are keys by what is wrong with them: ``impostor``, ``expired``, ``encryption``. ``second``
    is another record sealed by the same hands. ``tsa`` is the address of a time-stamping authority (empty for B-B).
    """

    plain: Path
    officer: Path
    sealed: Path
    second: Path
    officer_key: Key
    agency_key: Key
    others: dict[str, Key] = field(default_factory=dict)
    tsa: str = ""
    level: str = ""


New = Callable[[], Path]
"""The name of the next file to write."""


def written(file: New, data: bytes) -> Path:
    """A new file of ``data``."""
    out = file()
    out.write_bytes(data)
    return out


def forge(pdf: Path, out: Path, key: Key, name: str, *, tsa: str = "", when: datetime | None = None) -> Path:
    """Sign ``pdf`` as PAdES, invisibly, with any key, at any time, without any of the checks of the procedure."""
    metadata = PdfSignatureMetadata(field_name=name, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    signer = _Signer(
        metadata,
        key.signer,
        timestamper=HTTPTimeStamper(tsa) if tsa else None,
        new_field_spec=SigFieldSpec(name, on_page=0),
        when=when,
    )
    with pdf.open("rb") as source, out.open("w+b") as target:
        signer.sign_pdf(IncrementalPdfFileWriter(source), output=target)
    return out


class _Signer(PdfSigner):
    """Signs at a time of its own choice."""

    def __init__(self, *given: Any, when: datetime | None, **named: Any) -> None:
        super().__init__(*given, **named)
        self._when = when

    def init_signing_session(self, *given: Any, **named: Any) -> PdfSigningSession:
        session = super().init_signing_session(*given, **named)
        session.system_time = self._when or session.system_time
        return session


def stamp_over(pdf: Path, out: Path, tsa: str) -> Path:
    """Lay a time stamp over the whole file."""
    with pdf.open("rb") as source, out.open("wb") as target:
        PdfTimeStamper(HTTPTimeStamper(tsa)).timestamp_pdf(IncrementalPdfFileWriter(source), "sha256", output=target)
    return out


def update(pdf: Path, out: Path, edit: Edit) -> Path:
    """Write ``edit`` below the last revision of ``pdf``."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf.read_bytes()))
    edit(writer)
    with out.open("wb") as target:
        writer.write(target)
    return out


def prepare(pdf: Path, out: Path, preparation: Preparation) -> Path:
    """Write ``pdf`` anew, prepared, before anybody signs it."""
    with pikepdf.open(pdf) as opened:
        preparation(opened)
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, preserve_pdfa=True)
    return out


def contents(data: bytes) -> list[tuple[int, int]]:
    """Where the values of the signatures stand, their angle brackets included."""
    return [found.span(1) for found in _CONTENTS.finditer(data)]


def put(data: bytes, at: int, new: bytes) -> bytes:
    """``data`` with ``new`` written over it at ``at``."""
    return data[:at] + new + data[at + len(new) :]


def flip(data: bytes, at: int) -> bytes:
    """``data`` with one bit of one byte turned."""
    return put(data, at, bytes([data[at] ^ 1]))


def dictionary(**entries: object) -> generic.DictionaryObject:
    """A PDF dictionary of plain values."""
    return generic.DictionaryObject({pdf_name(f"/{key}"): _plain(value) for key, value in entries.items()})


def _plain(value: object) -> generic.PdfObject:
    if isinstance(value, generic.PdfObject):
        return value
    if isinstance(value, str):
        return pdf_name(value)
    if isinstance(value, int):
        return generic.NumberObject(value)
    if isinstance(value, (list, tuple)):
        return generic.ArrayObject(map(_plain, value))
    raise TypeError(value)


def white_form(width: int, height: int) -> generic.StreamObject:
    """A white rectangle as form XObject."""
    return generic.StreamObject(
        dictionary(Type="/XObject", Subtype="/Form", BBox=[0, 0, width, height]),
        stream_data=f"1 g 0 0 {width} {height} re f".encode(),
    )


def first_page(writer: Writer) -> generic.DictionaryObject:
    """The dictionary of page 1."""
    page = writer.root["/Pages"]["/Kids"][0]
    assert isinstance(page, generic.DictionaryObject)
    return page


def white_image(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """A white picture of one pixel."""
    return pdf.make_indirect(
        Stream(
            pdf, b"\xff\xff\xff", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1,
            ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
        )
    )  # fmt: skip


def helvetica() -> Dictionary:
    """A font that every viewer has."""
    return Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)


def box(*numbers: float) -> Array:
    """A PDF rectangle."""
    return Array(list(numbers))
