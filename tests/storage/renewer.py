"""A process that puts new versions of records in force, round and round, and says each that the store acknowledged."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from pipeline.dossier import Event, Proof, State
from pipeline.storage import Manifest, ObjectStore, Repository


def renewed(repository: Repository, manifest: Manifest, folder: Path, size: int = 2_000) -> Manifest:
    """The next version of the record, of ``size`` random bytes."""
    record = folder / f"{random.SystemRandom().random()}.pdf"
    record.write_bytes(random.SystemRandom().randbytes(size))
    at = f"2027-11-22T09:00:{manifest.version:02}+07:00"
    event = Event(at, State.STORED, "sohoa", "renewed")
    proof = Proof(level="B-LTA", renew_by="2030-01-01")
    return repository.new_version(manifest, {"record": record}, event, proof, ("sha256",))


def main() -> None:
    """Renew until killed."""
    endpoint, access, secret, bucket, folder = sys.argv[1:]
    repository = Repository(ObjectStore(endpoint, access, secret, bucket, secure=False))
    while True:
        for id in list(repository.ids()):
            made = renewed(repository, repository.read_manifest(id), Path(folder), random.choice((2_000, 18_000_000)))
            print(id, made.version, made.file("record").sha256, flush=True)


if __name__ == "__main__":
    main()
