"""The work area in the object store: papers in progress, so that any machine goes on where another was cut off.

Objects of a source, named by its SHA-256, in a bucket of their own::

    HASH/source             the file as it was handed in
    HASH/page-0001.json     a page that has been read
    HASH/desk-000001.zip    documents and their files, when a worker let go of them; the highest number counts
    HASH/outline.json       the documents without pages, for the other papers of the dossier

All of it goes when the source's documents are in the repository; records are never touched from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from pipeline.errors import IntegrityError
from pipeline.settings import Site
from pipeline.storage import NoSuchObject, ObjectStore, open_store

_PAGE = re.compile(r"page-(\d{4,})\.json")
_DESK = re.compile(r"desk-(\d{6,})\.zip")
_JSON, _ZIP = "application/json", "application/zip"


class Area:
    """Papers in progress in one bucket. Methods raise what :class:`~pipeline.storage.ObjectStore` raises."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    def put_source(self, path: Path, sha256: str) -> None:
        """Have the file at ``path``, which has that hash, in the area; nothing is sent when it is there.

        Raises:
            IntegrityError: the store holds something else, or the file changed.
            NotFound: it cannot be read.
        """
        key = f"{_folder(sha256)}source"
        if self.store.exists(key):
            return
        try:
            sent = self.store.put_file(key, path).sha256
        except IntegrityError:  # it changed while it was sent
            sent = ""
        if sent != sha256:
            self.store.remove([key])
            raise IntegrityError(where=key)

    def fetch_source(self, sha256: str, path: Path) -> None:
        """Write the source to ``path``.

        Raises:
            NoSuchObject: it is not there.
            IntegrityError: it is not what was handed in.
        """
        key = f"{_folder(sha256)}source"
        if self.store.download(key, path).sha256 != sha256:
            raise IntegrityError(where=key)

    def put_page(self, sha256: str, number: int, data: bytes) -> None:
        """Keep a page that has been read (JSON)."""
        self.store.put_bytes(f"{_folder(sha256)}page-{number:04}.json", data, _JSON)

    def page(self, sha256: str, number: int) -> bytes:
        """A page kept before (JSON)."""
        return self.store.get(f"{_folder(sha256)}page-{number:04}.json")

    def put_desk(self, sha256: str, number: int, data: bytes, before: Sequence[int] = ()) -> None:
        """Keep the documents of a source as a ZIP; ``number`` is higher than those ``before``, which go."""
        self.store.put_bytes(f"{_folder(sha256)}desk-{number:06}.zip", data, _ZIP)
        if before:
            self.store.remove(f"{_folder(sha256)}desk-{desk:06}.zip" for desk in before)

    def desk(self, sha256: str, number: int) -> bytes:
        """The documents of a source as a ZIP."""
        return self.store.get(f"{_folder(sha256)}desk-{number:06}.zip")

    def put_outline(self, sha256: str, data: bytes) -> None:
        """Keep the documents of a source without their pages (JSON)."""
        self.store.put_bytes(f"{_folder(sha256)}outline.json", data, _JSON)

    def outline(self, sha256: str) -> bytes:
        """The documents of a source without their pages (JSON); nothing when none are kept."""
        try:
            return self.store.get(f"{_folder(sha256)}outline.json")
        except NoSuchObject:
            return b"[]"

    def held(self, sha256: str) -> tuple[frozenset[int], tuple[int, ...]]:
        """The pages kept of a source, and the numbers of its desks in order; one listing."""
        pages, desks = set(), []
        for key in self.store.list(_folder(sha256)):
            name = key.rpartition("/")[2]
            if found := _PAGE.fullmatch(name):
                pages.add(int(found[1]))
            elif found := _DESK.fullmatch(name):
                desks.append(int(found[1]))
        return frozenset(pages), tuple(sorted(desks))

    def remove(self, sha256: str, *, but_outline: bool = False) -> None:
        """Forget a source; ``but_outline``: what other papers of its dossier are compared with stays."""
        keys = list(self.store.list(_folder(sha256)))
        self.store.remove(key for key in keys if not (but_outline and key.endswith("/outline.json")))

    def sources(self) -> Iterator[tuple[str, bool]]:
        """SHA-256 of every source in the area, and whether nothing but its outline is left."""
        keys = (key.split("/", 1) for key in self.store.list(""))
        for folder, names in groupby((pair for pair in keys if len(pair) == 2), key=lambda pair: pair[0]):
            yield folder, _only_outline(name for _, name in names)


def _only_outline(names: Iterable[str]) -> bool:
    return set(names) == {"outline.json"}


def _folder(sha256: str) -> str:
    return f"{sha256}/"


def open_area(site: Site) -> Area:
    """The work area of this installation; its bucket is made when it is not there.

    Raises:
        StoreDown, StoreDenied, StoreFailed, ConfigError: see :func:`pipeline.storage.open_store`.
    """
    store = open_store(site, site.store.work_bucket or f"{site.store.bucket}-work")
    store.ensure_bucket()
    return Area(store)
