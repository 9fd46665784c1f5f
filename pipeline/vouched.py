"""What the repository vouches for of a stored record, to be laid beside the file."""

from __future__ import annotations

from datetime import datetime

from pipeline import packaging
from pipeline.errors import UnknownRecord
from pipeline.storage import Manifest


def expected(manifest: Manifest) -> packaging.Expected:
    """What the record of ``manifest`` has to be: its bytes, metadata and signers, and that it existed when stored.

    Raises:
        UnknownRecord: the manifest names no record.
    """
    record = manifest.file("record")
    if record is None:
        raise UnknownRecord(id=f"{manifest.id} (record)")
    return packaging.Expected(
        sha256=record.sha256,
        xmp_sha256=manifest.proof.xmp_sha256,
        certificates=manifest.proof.certificates,
        at=datetime.fromisoformat(manifest.stored_at),
        level=manifest.proof.level,
    )
