"""Records: PDF/A with two layers, visible signatures, verification.

``pdfa``: ``build`` writes a record from a document, ``check`` says whether a file is the PDF/A it claims to be,
signed or not, ``compare`` whether it still shows and says what was scanned and read. ``signing``: ``sign_officer`` and
``seal_agency`` sign, ``renew`` adds archive time stamps, ``copy_record`` copies. ``verifying``: ``verify`` judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.lazy import parts

if TYPE_CHECKING:
    from pipeline.packaging.pdfa.building import build
    from pipeline.packaging.pdfa.comparison import compare
    from pipeline.packaging.pdfa.conformity import check
    from pipeline.packaging.pdfa.light import light_copy
    from pipeline.packaging.signing.copying import COPY_FIELD, CopySource, copied_from, copy_record
    from pipeline.packaging.signing.demo_keys import make_demo_keys
    from pipeline.packaging.signing.keys import SigningKey, open_key
    from pipeline.packaging.signing.renewing import digests, renew
    from pipeline.packaging.signing.signatures import AGENCY_FIELD, OFFICER_FIELD, seal_agency, sign_officer
    from pipeline.packaging.signing.stampfont import stamp_font
    from pipeline.packaging.verifying.signature import SignatureFacts
    from pipeline.packaging.verifying.verification import Expected, Verdict, proof, verify, xmp_sha256
else:
    __getattr__ = parts(
        __name__,
        {
            "pdfa.building": ("build",),
            "pdfa.comparison": ("compare",),
            "pdfa.conformity": ("check",),
            "signing.demo_keys": ("make_demo_keys",),
            "signing.keys": (
                "SigningKey",
                "open_key",
            ),
            "signing.copying": ("COPY_FIELD", "CopySource", "copied_from", "copy_record"),
            "pdfa.light": ("light_copy",),
            "signing.renewing": ("digests", "renew"),
            "verifying.signature": ("SignatureFacts",),
            "signing.signatures": (
                "AGENCY_FIELD",
                "OFFICER_FIELD",
                "seal_agency",
                "sign_officer",
            ),
            "signing.stampfont": ("stamp_font",),
            "verifying.verification": (
                "Expected",
                "Verdict",
                "proof",
                "verify",
                "xmp_sha256",
            ),
        },
    )

__all__ = [
    "AGENCY_FIELD",
    "COPY_FIELD",
    "OFFICER_FIELD",
    "CopySource",
    "Expected",
    "SignatureFacts",
    "SigningKey",
    "Verdict",
    "build",
    "check",
    "compare",
    "copied_from",
    "copy_record",
    "digests",
    "light_copy",
    "make_demo_keys",
    "open_key",
    "proof",
    "renew",
    "seal_agency",
    "sign_officer",
    "stamp_font",
    "verify",
    "xmp_sha256",
]
