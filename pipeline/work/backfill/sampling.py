"""Which documents are looked at a second time: a share of each batch, by chance that can be played back.

Chance comes from a hash of job and document: whoever draws again draws the same, in whatever order the documents
came and however often the drawing was interrupted. A document's chance cannot be known before it has been read, as
its id is a hash of the source.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

_BYTES = 6
"""Few enough that dividing them never rounds up to 1."""


def chance(job: str, document: str) -> float:
    """A number in 0 ≤ x < 1, evenly spread over documents, the same whenever it is asked for."""
    digest = sha256(f"{job}\0{document}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:_BYTES], "big") / (1 << (8 * _BYTES))


def falls_on(job: str, document: str, share: float) -> bool:
    """Whether the document is in the sample of that share; a greater share draws all that a smaller one does."""
    return share >= 1 or chance(job, document) < share


def first_of(job: str, documents: Iterable[str]) -> str | None:
    """The document that stands for a batch which chance has left out: the one nearest to being drawn."""
    return min(documents, key=lambda document: (chance(job, document), document), default=None)
