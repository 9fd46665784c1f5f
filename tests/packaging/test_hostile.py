"""Files made to break who reads them: always a verdict, never an error, in bounded time."""

from __future__ import annotations

import random
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream, String

from pipeline.packaging import Expected, Verdict, verify
from tests.packaging.conftest import Desk, Made


def _judged(data: bytes, folder: Path, desk: Desk) -> Verdict:
    pdf = folder / "hostile.pdf"
    pdf.write_bytes(data)
    verdict = verify(pdf, desk.keys.trust, Expected())
    assert not verdict.ok
    assert verdict.findings
    assert verify(pdf, desk.keys.trust).level in ("invalid", "foreign")
    return verdict


def _with_objects(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is the catalog."""
    data, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + table + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, trailer, start
    )  # fmt: skip


_FIELD = b"<< /FT /Sig /T (CoQuan) /V 4 0 R >>"
_PAGES = b"<< /Type /Pages /Count 0 /Kids [] >>"
_CATALOG = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [3 0 R] /SigFlags 3 >> >>"
_VALUE = b"<< /Type /Sig /SubFilter /ETSI.CAdES.detached /ByteRange [0 1 2 3] /Contents <%s> >>"

HOSTILE = {
    "nothing": b"",
    "a head": b"%PDF-1.7\n",
    "zeros": bytes(5000),
    "text": b"hello",
    "arrays in arrays": _with_objects([_CATALOG, _PAGES, b"[" * 50_000 + b"]" * 50_000]),
    "dictionaries in dictionaries": _with_objects([_CATALOG, _PAGES, b"<< /A " * 50_000 + b">>" * 50_000]),
    "arrays never closed": _with_objects([_CATALOG, _PAGES, b"[" * 100_000]),
    "fields in a ring": _with_objects([_CATALOG, _PAGES, b"<< /FT /Sig /T (a) /Kids [3 0 R] >>"]),
    "pages in a ring": _with_objects([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] >>"]),
    "references in a ring": _with_objects([_CATALOG, _PAGES, b"4 0 R", b"3 0 R"]),
    "a signature of nothing": _with_objects([_CATALOG, _PAGES, _FIELD, _VALUE % b""]),
    "a signature of zeros": _with_objects([_CATALOG, _PAGES, _FIELD, _VALUE % (b"00" * 4000)]),
    "a signature cut off": _with_objects([_CATALOG, _PAGES, _FIELD, _VALUE % b"308212c506092a864886f70d010702"]),
    "a signature that is a number": _with_objects([_CATALOG, _PAGES, b"<< /FT /Sig /T (CoQuan) /V 7 >>"]),
    "a signature without range": _with_objects([_CATALOG, _PAGES, _FIELD, b"<< /Type /Sig /Contents <00> >>"]),
    "the same file before it": _with_objects([_CATALOG, _PAGES, _FIELD, _VALUE % b"00"], b"/Prev 9"),
    "cross-reference of itself": b"%PDF-1.7\nxref\n0 0\ntrailer\n<< /Prev 9 /Root 1 0 R >>\nstartxref\n9\n%%EOF\n",
    "fields without number": _with_objects(
        [_CATALOG.replace(b"[3 0 R]", b"[" + b"3 0 R " * 20_000 + b"]"), _PAGES, _FIELD, _VALUE % b"00"]
    ),
    "a form that is an array": _with_objects([b"<< /Type /Catalog /Pages 2 0 R /AcroForm [1 2 3] >>", _PAGES]),
    "a store that is a name": _with_objects(
        [_CATALOG.replace(b"/SigFlags 3", b"/SigFlags 3 >> /DSS /X /Y << "), _PAGES, _FIELD, _VALUE % b"00"]
    ),
    "revisions without number": b"%PDF-1.7\n" + b"startxref\n9\n%%EOF\n" * 5000,
    "signatures without number": _with_objects([_CATALOG, _PAGES, b"/ByteRange " * 5000]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_made_to_break(name: str, desk: Desk, tmp_path: Path) -> None:
    _judged(HOSTILE[name], tmp_path, desk)


def test_swollen_stream(desk: Desk, tmp_path: Path) -> None:
    """A few kilobytes that unpack to gigabytes."""
    pdf = tmp_path / "swollen.pdf"
    with pikepdf.new() as made:
        made.add_blank_page()
        made.Root.Metadata = Stream(made, bytes(80 << 20), Type=Name.Metadata, Subtype=Name.XML)
        made.Root.AcroForm = Dictionary(
            Fields=Array([made.make_indirect(Dictionary(FT=Name.Sig, T=String("CoQuan"), V=Dictionary()))])
        )
        made.save(pdf, compress_streams=True, recompress_flate=True)
    assert pdf.stat().st_size < 1 << 20
    assert not verify(pdf, desk.keys.trust).ok


def test_encrypted(made: Made, desk: Desk, tmp_path: Path) -> None:
    for user in ("", "x"):
        pdf = tmp_path / "encrypted.pdf"
        with pikepdf.open(made.sealed) as opened:
            opened.save(pdf, encryption=pikepdf.Encryption(owner="o", user=user))
        verdict = verify(pdf, desk.keys.trust)
        assert verdict.level == "invalid"
        assert {found.rule for found in verdict.findings} == {"unreadable"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), flips=st.integers(1, 40), cut=st.booleans())
def test_torn_at_random(seed: int, flips: int, cut: bool, made: Made, desk: Desk, tmp_path: Path) -> None:
    """Bytes changed all over the structure of a record, and its end cut off."""
    chance = random.Random(seed)
    data = bytearray(made.sealed.read_bytes())
    plain = made.plain.stat().st_size
    for _ in range(flips):
        at = chance.randrange(plain - 4000, len(data)) if chance.random() < 0.8 else chance.randrange(len(data))
        data[at] = chance.randrange(256) if chance.random() < 0.5 else chance.choice(b"0123456789 <>[]()/R\n")
    end = chance.randrange(len(data)) if cut else len(data)
    if bytes(data[:end]) != made.sealed.read_bytes():
        _judged(bytes(data[:end]), tmp_path, desk)
