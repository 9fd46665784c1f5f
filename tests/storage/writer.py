"""A process that stores one document after the other and says the id of each that the store has acknowledged."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

from pipeline.dossier import Document
from pipeline.storage import ObjectStore, Repository
from tests.storage.documents import document


def written(folder: Path, seed: int) -> Document:
    """The document number ``seed``; its record has a size that makes one or several parts of it."""
    made = document(folder, seed)
    record = folder / f"{seed}.pdf"
    if not record.exists():
        dice = random.Random(seed)
        partial = record.with_name(f"{seed}.{random.SystemRandom().random()}")
        partial.write_bytes(dice.randbytes(dice.choice((2_000, 300_000, 18_000_000))))
        partial.replace(record)
    return replace(made, record=record)


def main() -> None:
    """Write until killed."""
    endpoint, access, secret, bucket, folder = sys.argv[1:]
    repository = Repository(ObjectStore(endpoint, access, secret, bucket, secure=False))
    seed = 0
    while True:
        made = written(Path(folder), seed)
        repository.commit(made, {"record": made.record})
        print(made.id, flush=True)
        seed += 1


if __name__ == "__main__":
    main()
