"""The journal: every document in progress as a file, so that any run goes on where another was cut off.

A folder for each source, named by the first half of its SHA-256::

    capture.json       the source and its pages as captured
    page-0001.json     a page brought upright, and its reading
    documents.json     how it is cut: the ids of its documents, in order
    ID.json            a document with its state, without its pages
    ID/                its files: packaged.pdf, officer.pdf, sealed.pdf
    source, *.jpg …    our copy of the source and the carriers of its pages

Files are written beside their place and renamed, so one that is there is whole. Paths in them are relative to the
source's folder: it may be moved, and goes on at another machine (see ``area``).
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter
from filelock import FileLock

from pipeline.dossier import Capture, Document, Page, PageReading, State

T = TypeVar("T")

_CUT = "documents.json"
_ID = re.compile(r"[a-z2-7]{20}")
"""Names of documents' files and folders (see ``recipe.document_id``); no other name in the folder looks like it."""
_PACKED = re.compile(rf"{re.escape(_CUT)}|[a-z2-7]{{20}}(\.json|/[a-z]+\.pdf)")
"""Names in a packed desk."""

_DESK = "desk"
"""Holds the number of the desk in the work area that is as what lies here."""

_home: ContextVar[Path] = ContextVar("home")
"""The folder that paths are written relative to; those elsewhere stay as they are."""


def _written(path: Path) -> str:
    return str(path.relative_to(_home.get()) if path.is_relative_to(_home.get()) else path)


_converter = make_converter()
_converter.register_unstructure_hook(Path, _written)
_converter.register_structure_hook(Path, lambda value, _: _home.get() / value)


class Journal:
    """The documents in progress below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def source_folder(self, sha256: str) -> Path:
        """The folder of the source with that hash; it need not be there."""
        return self.folder / sha256[:32]

    def lock(self, sha256: str) -> FileLock:
        """A lock that lets one run at a time work on a source.

        Sources share 256 lock files, which stay: removing one that somebody waits for would let two in.
        """
        locks = self.folder / "locks"
        locks.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FileLock(locks / f"{sha256[:2]}.lock")

    def begin(self, sha256: str) -> Path:
        """Make the folder of a source."""
        folder = self.source_folder(sha256)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    # -- a source and its pages ---------------------------------------------------------------------------------

    def keep_capture(self, taken: Capture) -> None:
        """Keep a source with its pages."""
        _write(self.source_folder(taken.source.sha256) / "capture.json", taken)

    def capture(self, sha256: str) -> Capture | None:
        """The source as captured, if it was."""
        return _read(self.source_folder(sha256) / "capture.json", Capture)

    def keep_page(self, sha256: str, page: Page, reading: PageReading) -> None:
        """Keep a page that has been read."""
        _write(self._page(sha256, page.number), (page, reading))

    def page(self, sha256: str, number: int) -> tuple[Page, PageReading] | None:
        """A page that has been read, if it was."""
        return _read(self._page(sha256, number), tuple[Page, PageReading])

    def has_page(self, sha256: str, number: int) -> bool:
        """Whether a page has been read."""
        return self._page(sha256, number).exists()

    def pages_kept(self, sha256: str) -> frozenset[int]:
        """The numbers of the pages that have been read."""
        names = (path.stem.removeprefix("page-") for path in self.source_folder(sha256).glob("page-*.json"))
        return frozenset(int(name) for name in names if name.isdecimal())

    def _page(self, sha256: str, number: int) -> Path:
        return self.source_folder(sha256) / f"page-{number:04}.json"

    # -- documents ----------------------------------------------------------------------------------------------

    def keep_cut(self, sha256: str, documents: list[Document]) -> None:
        """Keep the documents of a source whose pages are kept; only then is it known how many there are.

        A source that was cut before is cut anew: documents with the same pages stay as they are given here, the others
        are forgotten with their files. The list of documents is written in one go, after the new documents and before
        anything of the old cut is touched; whoever is killed in between leaves the old cut or the new one, whole. What
        lies about then is cleared away the next time.
        """
        folder = self.source_folder(sha256)
        before = set(_read(folder / _CUT, list[str]) or [])
        _clear(folder, before)
        for document in documents:
            if document.id not in before:
                self.keep(document)
        _write(folder / _CUT, [document.id for document in documents])
        for document in documents:
            if document.id in before:
                self.keep(document)
        _clear(folder, {document.id for document in documents})

    def keep(self, document: Document) -> None:
        """Keep a document as it is now; its pages and readings do not change any more and are kept by themselves."""
        slim = replace(document, pages=(), readings=())
        _write(self.source_folder(document.source.sha256) / f"{document.id}.json", slim)

    def documents(self, sha256: str) -> list[Document]:
        """The documents of a source that was cut, in order; empty when it was not."""
        return list(self._cut(self.source_folder(sha256)))

    def outlines(self, sha256: str) -> list[Document]:
        """The documents of a source that was cut, in order, without their pages and readings."""
        return list(self._slim(self.source_folder(sha256)))

    def of_dossier(self, code: str) -> set[str]:
        """Hashes of the sources with papers of the dossier of that code that are in progress; none without a code."""
        cuts = self.folder.glob(f"*/{_CUT}") if code else ()
        return {one.source.sha256 for cut in cuts for one in self._slim(cut.parent) if one.dossier.code == code}

    def has_documents(self, sha256: str) -> bool:
        """Whether the source was cut."""
        return next(self._slim(self.source_folder(sha256)), None) is not None

    def is_finished(self, sha256: str) -> bool:
        """Whether the source was cut and every document of it is stored."""
        return self.has_documents(sha256) and all(
            document.state is State.STORED for document in self._slim(self.source_folder(sha256))
        )

    def _slim(self, folder: Path) -> Iterator[Document]:
        """The documents of a source as they are kept, without their pages."""
        for name in _read(folder / _CUT, list[str]) or []:
            document = _read(folder / f"{name}.json", Document)
            if document is not None:
                yield document

    def _cut(self, folder: Path) -> Iterator[Document]:
        for document in self._slim(folder):
            pages = [self.page(document.source.sha256, number) for number in document.extraction.pages]
            read = [page for page in pages if page is not None]
            yield replace(document, pages=tuple(p for p, _ in read), readings=tuple(r for _, r in read))

    def everything(self) -> Iterator[Document]:
        """Every document in progress, oldest source first."""
        cuts = self.folder.glob(f"*/{_CUT}")
        for cut in sorted(cuts, key=lambda path: path.stat().st_mtime):
            yield from self._cut(cut.parent)

    def sources(self) -> Iterator[str]:
        """SHA-256 of every source that was captured."""
        for path in list(self.folder.glob("*/capture.json")):
            taken = _read(path, Capture)
            if taken is not None:
                yield taken.source.sha256

    def files(self, document: Document) -> Path:
        """The folder of a document's own files; made when it is not there."""
        folder = self.source_folder(document.source.sha256) / document.id
        folder.mkdir(exist_ok=True)
        return folder

    def release(self, sha256: str) -> None:
        """Forget a source whose every document is in the repository."""
        shutil.rmtree(self.source_folder(sha256), ignore_errors=True)

    # -- to and from other machines -------------------------------------------------------------------------------

    def page_data(self, sha256: str, number: int) -> bytes:
        """A page that is kept here, as :meth:`take_page_data` takes it."""
        return self._page(sha256, number).read_bytes()

    def take_page_data(self, sha256: str, number: int, data: bytes) -> None:
        """Keep a page that was read elsewhere."""
        _put(self._page(sha256, number), data)

    def outline_data(self, sha256: str) -> bytes:
        """The documents of a source without pages, for :func:`outlines_in`."""
        folder = self.source_folder(sha256)
        return _dump([replace(one, record=None) for one in self._slim(folder)], folder)

    def desk_number(self, sha256: str) -> int:
        """Which desk of the work area is as what lies here; 0: none."""
        return _read(self.source_folder(sha256) / _DESK, int) or 0

    def pack(self, sha256: str) -> bytes:
        """The documents of a source and their records as a ZIP."""
        folder, packed = self.source_folder(sha256), io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:  # records are compressed already
            for document in self._slim(folder):
                file.write(folder / f"{document.id}.json", f"{document.id}.json")
                if document.record is not None and document.record.is_relative_to(folder):
                    file.write(document.record, str(document.record.relative_to(folder)))
            file.write(folder / _CUT, _CUT)
        return packed.getvalue()

    def packed(self, sha256: str, number: int) -> None:
        """Note that the desk of that number is as what lies here."""
        _write(self.source_folder(sha256) / _DESK, number)

    def unpack(self, sha256: str, number: int, data: bytes) -> None:
        """Put the documents of the desk of that number in the place of what lies here."""
        folder = self.begin(sha256)
        (folder / _DESK).unlink(missing_ok=True)
        _clear(folder, set())
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            for name in file.namelist():
                if _PACKED.fullmatch(name):
                    (folder / name).parent.mkdir(exist_ok=True, mode=0o700)
                    _put(folder / name, file.read(name))
        self.packed(sha256, number)


def outlines_in(data: bytes) -> list[Document]:
    """Documents without pages, from :meth:`Journal.outline_data`."""
    return _load(data, list[Document], Path())


def _clear(folder: Path, ids: set[str]) -> None:
    """Remove files and folders of documents that the source is not cut into any more."""
    for path in folder.iterdir() if folder.is_dir() else ():
        name = path.name.removesuffix(".json")
        if not _ID.fullmatch(name) or name in ids:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _dump(noun: Any, home: Path) -> bytes:
    token = _home.set(home)
    try:
        return json.dumps(_converter.unstructure(noun), ensure_ascii=False).encode()
    finally:
        _home.reset(token)


def _load(data: bytes, kind: type[T], home: Path) -> T:
    token = _home.set(home)
    try:
        return _converter.structure(json.loads(data), kind)
    finally:
        _home.reset(token)


def _write(path: Path, noun: Any) -> None:
    _put(path, _dump(noun, path.parent))


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return _load(path.read_bytes(), kind, path.parent)
    except FileNotFoundError:
        return None
