"""Verification: a good record, and what was done to it."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pipeline.errors import NotFound, SigningFailed
from pipeline.packaging import (
    OFFICER_FIELD,
    Expected,
    check,
    make_demo_keys,
    open_key,
    seal_agency,
    sign_officer,
    verify,
    xmp_sha256,
)
from tests.fixtures.keys import keys_in
from tests.packaging.conftest import AGENCY, Authority, Desk, Made


def _rules(pdf: Path, desk: Desk, expected: Expected | None = None) -> set[str]:
    verdict = verify(pdf, desk.keys.trust, expected)
    assert not verdict.ok
    assert verdict.findings
    return {found.rule for found in verdict.findings}


def _altered(made: Made, folder: Path, change: Callable[[bytes], bytes]) -> Path:
    out = folder / "altered.pdf"
    out.write_bytes(change(made.sealed.read_bytes()))
    return out


def test_good_record(made: Made, desk: Desk) -> None:
    first = verify(made.sealed, desk.keys.trust)
    assert (first.ok, first.level, first.findings) == (True, "valid", ())
    officer, agency = first.signatures
    assert (officer.field, officer.signer) == ("CanBoSoHoa", desk.officer.name)
    assert (agency.field, agency.signer) == ("CoQuan", desk.agency.name)
    assert all(facts.intact and facts.trusted and facts.demo and not facts.modified for facts in first.signatures)
    assert (officer.covers_whole_file, agency.covers_whole_file) == (False, True)
    assert officer.time == desk.when.replace(microsecond=0)
    known = Expected(
        sha256=hashlib.sha256(made.sealed.read_bytes()).hexdigest(),
        xmp_sha256=xmp_sha256(made.sealed),
        certificates=(officer.certificate, agency.certificate),
        at=desk.when,
    )
    assert verify(made.sealed, desk.keys.trust, known).ok


def test_officers_stage_is_good_when_nothing_more_is_expected(made: Made, desk: Desk) -> None:
    assert verify(made.officer, desk.keys.trust, Expected(fields=(OFFICER_FIELD,))).ok
    assert "signature_order" in _rules(made.sealed, desk, Expected(fields=(OFFICER_FIELD,)))


def test_byte_flipped(made: Made, desk: Desk, tmp_path: Path) -> None:
    with pikepdf.open(made.plain) as pdf:
        image = pdf.pages[0].Resources.XObject["/P0"].read_raw_bytes()
    at = made.sealed.read_bytes().index(image) + len(image) // 2

    def flip(data: bytes) -> bytes:
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    pdf = _altered(made, tmp_path, flip)
    assert "altered" in _rules(pdf, desk)
    assert [facts.intact for facts in verify(pdf, desk.keys.trust).signatures] == [False, False]


@pytest.mark.parametrize("tail", [b"\n", b"x", b"%thua\n", b"\n%%EOF\n"])
def test_bytes_appended(tail: bytes, made: Made, desk: Desk, tmp_path: Path) -> None:
    assert {"not_covered", "unreadable"} & _rules(_altered(made, tmp_path, lambda data: data + tail), desk)


def test_seal_cut_off(made: Made, desk: Desk, tmp_path: Path) -> None:
    size = made.officer.stat().st_size
    assert "signature_missing" in _rules(_altered(made, tmp_path, lambda data: data[:size]), desk)
    stripped = _altered(made, tmp_path, lambda data: data[: made.plain.stat().st_size])
    assert "signature_missing" in _rules(stripped, desk, Expected())
    assert verify(stripped, desk.keys.trust).level == "foreign"


def test_truncated_or_no_pdf_at_all(made: Made, desk: Desk, tmp_path: Path) -> None:
    for cut in (0, 5, 1000, made.sealed.stat().st_size - 700):
        pdf = _altered(made, tmp_path, lambda data, cut=cut: data[:cut])  # type: ignore[misc]
        verdict = verify(pdf, desk.keys.trust, Expected())
        assert verdict.level == "invalid"


def _updated(pdf: Path, out: Path, change: Callable[[IncrementalPdfFileWriter], None]) -> Path:
    writer = IncrementalPdfFileWriter(BytesIO(pdf.read_bytes()))
    change(writer)
    with out.open("wb") as target:
        writer.write(target)
    return out


def _note(writer: IncrementalPdfFileWriter) -> None:
    """A white rectangle laid over the page as an annotation."""
    page = writer.root["/Pages"]["/Kids"][0]
    look = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 300, 60))),
        },
        stream_data=b"1 g 0 0 300 60 re f",
    )
    annotation = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Stamp"),
            pdf_name("/F"): generic.NumberObject(4),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (60, 700, 360, 760))),
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): writer.add_object(look)}),
        }
    )
    page["/Annots"].append(writer.add_object(annotation))
    writer.update_container(page["/Annots"])


def _metadata(writer: IncrementalPdfFileWriter) -> None:
    """Another title in the metadata."""
    stream = writer.root["/Metadata"]
    stream._data = stream.data.replace(b"15/Q", b"99/Q")
    stream._encoded_data = None
    writer.update_container(stream)


def _nothing(writer: IncrementalPdfFileWriter) -> None:
    writer.update_root()


@pytest.mark.parametrize("change", [_note, _metadata, _nothing])
def test_added_after_the_seal(
    change: Callable[[IncrementalPdfFileWriter], None], made: Made, desk: Desk, tmp_path: Path
) -> None:
    pdf = _updated(made.sealed, tmp_path / "altered.pdf", change)
    assert {"not_covered", "extra_revision"} <= _rules(pdf, desk)


@pytest.mark.parametrize("change", [_note, _metadata])
def test_changed_between_officer_and_seal(
    change: Callable[[IncrementalPdfFileWriter], None], made: Made, desk: Desk, tmp_path: Path
) -> None:
    pdf = _updated(made.officer, tmp_path / "altered.pdf", change)
    sealed = tmp_path / "sealed.pdf"
    seal_agency(pdf, sealed, desk.agency, AGENCY, desk.legal, desk.when, desk.keys)
    rules = _rules(sealed, desk)
    assert "extra_revision" in rules
    assert ("metadata_changed" in rules) == (change is _metadata)


def test_impostor_with_the_same_names(made: Made, desk: Desk, tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "keys", desk.officer.name, desk.agency.name)
    keys = keys_in(tmp_path / "keys")
    officer, sealed = tmp_path / "officer.pdf", tmp_path / "sealed.pdf"
    sign_officer(made.plain, officer, open_key("officer", keys.officer, desk.when), desk.legal, desk.when, keys)
    seal_agency(officer, sealed, open_key("agency", keys.agency, desk.when), AGENCY, desk.legal, desk.when, keys)
    assert verify(sealed, keys.trust).ok
    assert _rules(sealed, desk) == {"untrusted"}
    assert [facts.intact for facts in verify(sealed, desk.keys.trust).signatures] == [True, True]
    half = tmp_path / "half.pdf"
    seal_agency(made.officer, half, open_key("agency", keys.agency, desk.when), AGENCY, desk.legal, desk.when, keys)
    assert _rules(half, desk) == {"untrusted"}


def test_wrong_order_and_wrong_hands(made: Made, desk: Desk, tmp_path: Path) -> None:
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    seal_agency(made.plain, first, desk.agency, AGENCY, desk.legal, desk.when, desk.keys)
    sign_officer(first, second, desk.officer, desk.legal, desk.when, desk.keys)
    assert _rules(second, desk) == {"signature_order"}
    twice = tmp_path / "twice.pdf"
    seal_agency(made.officer, twice, replace(desk.officer, role="agency"), AGENCY, desk.legal, desk.when, desk.keys)
    assert _rules(twice, desk) == {"same_signer"}


def test_stamp_that_names_another(made: Made, desk: Desk, tmp_path: Path) -> None:
    officer, sealed = tmp_path / "officer.pdf", tmp_path / "sealed.pdf"
    sign_officer(made.plain, officer, replace(desk.officer, name="Nguyễn Văn Khác"), desk.legal, desk.when, desk.keys)
    seal_agency(officer, sealed, desk.agency, AGENCY, desk.legal, desk.when, desk.keys)
    assert _rules(sealed, desk) == {"stamp"}


def test_stamp_that_tells_another_time(made: Made, desk: Desk, tmp_path: Path) -> None:
    officer, sealed = tmp_path / "officer.pdf", tmp_path / "sealed.pdf"
    stamp = desk.legal.officer_stamp.model_copy(update={"lines": ("{name}", "Thời gian: 2020-01-01T00:00:00+07:00")})
    legal = desk.legal.model_copy(update={"officer_stamp": stamp})
    sign_officer(made.plain, officer, desk.officer, legal, desk.when, desk.keys)
    seal_agency(officer, sealed, desk.agency, AGENCY, desk.legal, desk.when, desk.keys)
    assert _rules(sealed, desk) == {"stamp"}


def test_repository_vouches_for_what_the_file_no_longer_proves(made: Made, desk: Desk) -> None:
    late = desk.when + timedelta(days=800)
    assert verify(made.sealed, desk.keys.trust, now=late).level == "indeterminate"
    vouched = verify(made.sealed, desk.keys.trust, Expected(at=desk.when), now=late)
    assert vouched.ok
    assert "vouched" in {note.rule for note in vouched.notes}


def test_not_what_is_on_record(made: Made, desk: Desk) -> None:
    assert _rules(made.sealed, desk, Expected(sha256="0" * 64)) == {"hash"}
    assert _rules(made.sealed, desk, Expected(xmp_sha256="0" * 64)) == {"xmp_hash"}
    assert _rules(made.sealed, desk, Expected(certificates=("0" * 64, "1" * 64))) == {"other_signer"}


def test_certificate_past_its_validity(made: Made, desk: Desk) -> None:
    verdict = verify(made.sealed, desk.keys.trust, Expected(at=desk.when + timedelta(days=800)))
    assert not verdict.ok
    assert all(facts.intact and not facts.trusted for facts in verdict.signatures)
    assert "hết hiệu lực" in verdict.findings[0].message.vi


def test_time_stamp_outlives_the_certificate(made: Made, desk: Desk, tmp_path: Path, authority: Authority) -> None:
    """PAdES B-T: the signatures stay trusted when the signers' certificates have expired."""
    trust = (*desk.keys.trust, authority.certificate)
    keys = desk.keys.model_copy(update={"level": "B-T", "timestamp_urls": (authority.url,), "trust": trust})
    officer, sealed = tmp_path / "officer.pdf", tmp_path / "sealed.pdf"
    sign_officer(made.plain, officer, desk.officer, desk.legal, desk.when, keys)
    seal_agency(officer, sealed, desk.agency, AGENCY, desk.legal, desk.when, keys)
    assert check(sealed) == []
    late = Expected(at=desk.when + timedelta(days=800))
    verdict = verify(sealed, [*desk.keys.trust, authority.certificate], late)
    assert verdict.ok
    assert all(facts.time_proven for facts in verdict.signatures)
    assert not verify(sealed, desk.keys.trust, late).ok
    today = verify(sealed, desk.keys.trust)
    assert today.ok
    assert not any(facts.time_proven for facts in today.signatures)


def test_silent_time_stamping_authority_leaves_no_file(made: Made, desk: Desk, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        keys = desk.keys.model_copy(
            update={"level": "B-T", "timestamp_urls": (f"http://127.0.0.1:{taken.getsockname()[1]}/",)}
        )
        with pytest.raises(SigningFailed):
            sign_officer(made.plain, tmp_path / "out.pdf", desk.officer, desk.legal, desk.when, keys)
    assert list(tmp_path.iterdir()) == []


def test_without_trust_nothing_is_trusted(made: Made) -> None:
    verdict = verify(made.sealed, ())
    assert verdict.level == "invalid"
    assert not any(facts.trusted for facts in verdict.signatures)


def test_unsigned_file_is_foreign(made: Made, desk: Desk) -> None:
    verdict = verify(made.plain, desk.keys.trust)
    assert (verdict.ok, verdict.level, verdict.signatures) == (False, "foreign", ())


def test_missing_file(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        verify(tmp_path / "none.pdf", desk.keys.trust)


def test_other_programs_agree(made: Made) -> None:
    from pipeline.programs import run

    shown = run(["pdfsig", "-nocert", made.sealed], name="record", seconds=30).decode()
    assert shown.count("Signature is Valid") == 2
    assert "Total document signed" in shown


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda data: b"\n" + data, "pdfa:6.1.2-1"),
        (lambda data: data.replace(b"\n%", b"\n% ", 1), "pdfa:6.1.2-1"),
        (lambda data: data + b"tail", "pdfa:6.1.3-3"),
        (lambda data: data.replace(b"\nendstream", b" endstream", 1), "pdfa:6.1.7.1-1"),
        (lambda data: data.replace(b"/ID [", b"/IX [", 1), "pdfa:6.1.3-1"),
    ],
)
def test_check_sees_the_bytes(change: Callable[[bytes], bytes], rule: str, made: Made, tmp_path: Path) -> None:
    pdf = tmp_path / "altered.pdf"
    data = made.plain.read_bytes()
    pdf.write_bytes(change(data))
    assert pdf.read_bytes() != data
    assert rule in {found.rule for found in check(pdf)}


def test_check_sees_what_a_signature_hides(made: Made, tmp_path: Path) -> None:
    """A font that is not embedded in the look of a signature's field is found."""
    out = tmp_path / "altered.pdf"
    with pikepdf.open(made.sealed) as pdf:
        font = pdf.pages[0].Annots[0].AP.N.Resources.Font["/F"]
        del font.FontDescriptor.FontFile3
        pdf.save(out)
    assert any("font" in found.rule or "6.2.11" in found.rule for found in check(out))
    assert check(tmp_path / "none.pdf")[0].rule == "pdfa:unreadable"
