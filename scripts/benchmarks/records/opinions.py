"""What others say of a signed file: pyHanko by itself, poppler's pdfsig, openssl, and veraPDF where it is installed."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import x509
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

from pipeline import programs
from pipeline.errors import ProgramFailed, SohoaError
from pipeline.packaging.verifying.signature import quiet

_SECONDS = 60
_STAMP = "/DocTimeStamp"
_VERDICT = re.compile(r"- Signature Validation: (.+)")
_GOOD = "Signature is Valid."
_NOT_ASKED = "Signature has not yet been verified."
"""What pdfsig 22.12 says of every time stamp over the file."""
_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14"


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether something speaks against a file, and what."""

    against: bool
    what: str


def pyhanko(pdf: Path, chain: Sequence[Path]) -> Opinion:
    """Every signature by pyHanko's own validation, status of certificates asked for on line; no rules of ours.

    ``chain``: certificates (PEM), the trusted root first, then what stands between: time stamps do not bring it along.
    """
    root, *between = load_certs_from_pemder(chain)
    with quiet():
        try:
            reader = PdfFileReader(io.BytesIO(pdf.read_bytes()))
            found = list(reader.embedded_signatures)
            wrong = []
            for signature in found:
                if signature.sig_object_type == _STAMP:
                    stamp = validate_pdf_timestamp(signature, _context(root, between))
                    accepted, intact = stamp.intact and stamp.valid and stamp.trusted, stamp.intact
                else:
                    status = validate_pdf_signature(signature, _context(root, between), _context(root, between))
                    accepted, intact = status.bottom_line, status.intact
                if not accepted:
                    wrong.append(f"{signature.field_name}: {'not accepted' if intact else 'altered'}")
        except Exception as error:  # whatever it raises at a file that was tampered with speaks against the file
            return Opinion(True, type(error).__name__)
    return Opinion(bool(wrong) or not found, "; ".join(wrong) if found else "no signature")


def _context(root: x509.Certificate, between: Sequence[x509.Certificate]) -> ValidationContext:
    return ValidationContext(trust_roots=[root], other_certs=between, allow_fetching=True, revocation_mode="hard-fail")


def pdfsig(pdf: Path) -> Opinion:
    """Poppler's answer. It looks at no archive time stamps, nor here at certificates: it needs a store for them."""
    try:
        said = programs.run(["pdfsig", "-nocert", pdf], name=pdf.name, seconds=_SECONDS).decode("utf-8", "replace")
    except SohoaError as error:
        return Opinion(True, error.text.en)
    told = [part for part in re.split(r"^Signature #\d+:", said, flags=re.MULTILINE)[1:] if _NOT_ASKED not in part]
    bad = [found.group(1) for part in told if (found := _VERDICT.search(part)) and found.group(1) != _GOOD]
    if bad or not told:
        return Opinion(True, "; ".join(bad) or "no signature")
    return Opinion(
        False, "valid, not total document signed" if "Not total document" in said.splitlines()[-1] else "valid"
    )


@dataclass(frozen=True, slots=True)
class Proofs:
    """How many signatures and time stamps of a file openssl looked at, and those that it did not accept."""

    count: int = 0
    refused: tuple[str, ...] = ()


def openssl(pdf: Path, chain: Sequence[Path]) -> Proofs:
    """``openssl cms -verify`` on every signature of ``pdf``, ``openssl ts -verify`` on every time stamp.

    ``chain``: certificates (PEM), root first, then what stands between.
    """
    data = pdf.read_bytes()
    count = 0
    refused: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sohoa-bench-") as held:
        folder = Path(held)
        trusted = folder / "chain.pem"
        trusted.write_bytes(b"".join(path.read_bytes() for path in chain))
        for signature in PdfFileReader(io.BytesIO(data), strict=False).embedded_signatures:
            first, length, second, rest = (int(number) for number in signature.byte_range)
            covered, cms = folder / "covered", folder / "cms"
            covered.write_bytes(data[first : first + length] + data[second : second + rest])
            cms.write_bytes(_trimmed(signature.pkcs7_content))
            count += 1
            if signature.sig_object_type == _STAMP:
                refused += _stamp(signature.field_name, cms, covered, trusted)
                continue
            wanted: list[str | Path] = [
                "openssl",
                "cms",
                "-cades",
                "-verify",
                "-binary",
                "-inform",
                "DER",
                "-purpose",
                "any",
            ]
            refused += _refusal(
                signature.field_name,
                [*wanted, "-in", cms, "-content", covered, "-CAfile", trusted, "-out", "/dev/null"],
            )
            for attribute in signature.signer_info["unsigned_attrs"] or ():
                if attribute["type"].dotted == _STAMP_TOKEN:
                    cms.write_bytes(attribute["values"][0].dump())
                    covered.write_bytes(signature.signer_info["signature"].native)
                    count += 1
                    refused += _stamp(signature.field_name, cms, covered, trusted)
    return Proofs(count, tuple(refused))


def _trimmed(padded: bytes) -> bytes:
    """One DER value without the zeros that fill its place in the file."""
    return bytes(x509.Any.load(padded, strict=False).dump())


def _stamp(field: str, token: Path, data: Path, trusted: Path) -> list[str]:
    command: list[str | Path] = [
        "openssl",
        "ts",
        "-verify",
        "-token_in",
        "-in",
        token,
        "-data",
        data,
        "-CAfile",
        trusted,
    ]
    return _refusal(f"{field} (time stamp)", command)


def _refusal(what: str, command: Sequence[str | Path]) -> list[str]:
    try:
        programs.run(command, name=what, seconds=_SECONDS)
    except ProgramFailed as failed:
        return [f"{what}: {failed.text.en}"]
    return []


def has_verapdf() -> bool:
    """Whether the program ``verapdf`` is on PATH."""
    return shutil.which("verapdf") is not None


def verapdf(pdf: Path, flavour: str) -> bool:
    """Whether veraPDF finds ``pdf`` to be of that flavour."""
    command: list[str | Path] = ["verapdf", "--flavour", flavour, "--format", "text", pdf]
    try:
        said = programs.run(command, name=pdf.name, seconds=_SECONDS, megabytes=16384)
    except ProgramFailed:
        return False
    return said.startswith(b"PASS")
