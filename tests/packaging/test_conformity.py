"""Files that are no PDF/A, by their bytes or by their forms: each is refused with its rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from pipeline.packaging import check
from tests.packaging.conftest import Made


def rules(pdf: Path) -> set[str]:
    return {found.rule.removeprefix("pdfa:") for found in check(pdf)}


def _update(data: bytes, objects: str, identity: str | None = None, xref: str = "xref\n{0} 1\n") -> bytes:
    """``data`` with an incremental update of one object ``9000``, table and trailer written by hand."""
    start = len(data)
    previous = re.findall(rb"startxref\s+(\d+)", data)[-1].decode()
    root = re.findall(rb"/Root (\d+ 0 R)", data)[-1].decode()
    if identity is None:
        identity = re.findall(rb"/ID ?(\[ ?<[0-9a-fA-F]+> ?<[0-9a-fA-F]+> ?\])", data)[-1].decode()
    body = f"{objects}\n"
    table = xref.format(9000) + f"{start:010} 00000 n \n"
    trailer = f"trailer\n<< /Size 9001 /Root {root} /Prev {previous} /ID {identity} >>\n"
    return data + f"{body}{table}{trailer}startxref\n{start + len(body)}\n%%EOF\n".encode()


BYTES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "header not at the start": ("6.1.2-1", lambda data: b"\n" + data),
    "no binary comment": ("6.1.2-1", lambda data: re.sub(rb"%[\x80-\xff]{4}", b"%abcd", data, count=1)),
    "bytes behind the end": ("6.1.3-3", lambda data: data + b"\n\nmore"),
    "wrong length": ("6.1.7.1-1", lambda data: re.sub(rb"/Length (\d)", rb"/Length 1\1", data, count=1)),
    "nothing before stream": ("6.1.7.1-2", lambda data: data.replace(b">>\nstream\n", b">>\nstream \n", 1)),
    "odd hexadecimal string": ("6.1.6-1", lambda data: _update(data, "9000 0 obj\n<ABC>\nendobj")),
    "letters in a hexadecimal string": ("6.1.6-2", lambda data: _update(data, "9000 0 obj\n<ABxy>\nendobj")),
    "long string": ("6.1.13-3", lambda data: _update(data, f"9000 0 obj\n<{'00' * 32768}>\nendobj")),
    "blanks between numbers": ("6.1.9-1", lambda data: _update(data, "9000  0 obj\n1\nendobj")),
    "endobj behind something": ("6.1.9-1", lambda data: _update(data, "9000 0 obj\n1 endobj")),
    "another identity": ("6.1.3-1", lambda data: _update(data, "9000 0 obj\n1\nendobj", "[<00><00>]")),
    "table out of shape": ("6.1.4-2", lambda data: _update(data, "9000 0 obj\n1\nendobj", xref="xref \n{0}  1\n")),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_break_a_rule(name: str, made: Made, tmp_path: Path) -> None:
    rule, change = BYTES[name]
    for stage in (made.plain, made.sealed):
        file = tmp_path / stage.name
        file.write_bytes(change(stage.read_bytes()))
        assert rule in rules(file)


def test_a_harmless_update_is_no_flaw(made: Made, tmp_path: Path) -> None:
    file = tmp_path / "updated.pdf"
    file.write_bytes(_update(made.plain.read_bytes(), "9000 0 obj\n(a string: <A, 50% \\) 1 0 obj endobj)\nendobj"))
    assert check(file) == []


def _needs_appearances(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm.NeedAppearances = True


def _xfa(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm.XFA = pikepdf.String("x")


def _acting_field(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm.Fields[0].AA = Dictionary(K=Dictionary(S=Name.JavaScript, JS=pikepdf.String("1")))


def _hidden_widget(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Annots[0].F = 2


def _no_look(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].Annots[0].AP


def _foreign_permission(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Perms = Dictionary(Other=Dictionary())


def _forms_xobject_lzw(pdf: pikepdf.Pdf) -> None:
    stream = pikepdf.Stream(pdf, b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01")
    stream.Filter = Name.LZWDecode
    pdf.Root.DSS = Dictionary(Certs=Array([pdf.make_indirect(stream)]))


FORMS = {
    _needs_appearances: "6.4.1-3",
    _xfa: "6.4.2-1",
    _acting_field: "6.4.1-2",
    _hidden_widget: "6.3.2",
    _no_look: "6.3.3",
    _foreign_permission: "6.1.12-1",
    _forms_xobject_lzw: "6.1.7.2-1",
}


@pytest.mark.parametrize("change", FORMS, ids=lambda change: change.__name__)
def test_forms_that_break_a_rule(change: Callable[[pikepdf.Pdf], None], made: Made, tmp_path: Path) -> None:
    file = tmp_path / "changed.pdf"
    with pikepdf.open(made.sealed) as pdf:
        change(pdf)
        pdf.save(file, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    found = rules(file)
    assert any(FORMS[change] in rule for rule in found), found


def test_a_signature_over_less_than_its_revision(made: Made, tmp_path: Path) -> None:
    file = tmp_path / "changed.pdf"
    data = made.sealed.read_bytes()
    first, *_ = re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+) *\]", data)
    changed = data.replace(b" %s %s " % first[:2], b" %s %s " % (first[0], b"1" * len(first[1])), 1)
    file.write_bytes(changed)
    assert "6.4.3-1" in rules(file)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=6))
def test_no_file_breaks_the_checker(made: Made, tmp_path: Path, at: int, noise: bytes) -> None:
    data = bytearray(made.sealed.read_bytes())
    at %= len(data)
    data[at : at + len(noise)] = noise
    file = tmp_path / "noise.pdf"
    file.write_bytes(data)
    assert isinstance(check(file), list)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Length 5>>stream\n"])
def test_what_is_no_pdf_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "none.pdf"
    file.write_bytes(data)
    assert "unreadable" in {rule.rpartition(":")[2] for rule in rules(file)}
