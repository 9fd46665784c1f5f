"""Records: PDF/A-2b with two layers, visible signatures, verification.

``build`` writes a record from a document, ``check`` says whether a file is PDF/A-2b (signed or not),
``compare`` whether it still shows and says what was scanned and read. ``sign_officer`` and ``seal_agency`` sign,
``verify`` judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.lazy import parts

if TYPE_CHECKING:
    from pipeline.packaging.building import build
    from pipeline.packaging.comparison import compare
    from pipeline.packaging.conformity import check
    from pipeline.packaging.copying import COPY_FIELD, CopySource, copied_from, copy_record
    from pipeline.packaging.demo_keys import make_demo_keys
    from pipeline.packaging.keys import SigningKey, open_key
    from pipeline.packaging.light import light_copy
    from pipeline.packaging.renewing import digests, renew
    from pipeline.packaging.signature import SignatureFacts
    from pipeline.packaging.signing import AGENCY_FIELD, OFFICER_FIELD, seal_agency, sign_officer
    from pipeline.packaging.stampfont import stamp_font
    from pipeline.packaging.verifying import Expected, Verdict, proof, verify, xmp_sha256
else:
    __getattr__ = parts(
        __name__,
        {
            "building": ("build",),
            "comparison": ("compare",),
            "conformity": ("check",),
            "demo_keys": ("make_demo_keys",),
            "keys": (
                "SigningKey",
                "open_key",
            ),
            "copying": ("COPY_FIELD", "CopySource", "copied_from", "copy_record"),
            "light": ("light_copy",),
            "renewing": ("digests", "renew"),
            "signature": ("SignatureFacts",),
            "signing": (
                "AGENCY_FIELD",
                "OFFICER_FIELD",
                "seal_agency",
                "sign_officer",
            ),
            "stampfont": ("stamp_font",),
            "verifying": (
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
