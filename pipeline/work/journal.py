"""The journal: every document in progress as a file, so that any run goes on where another was cut off.

A folder for each source, named by the first half of its SHA-256::

    capture.json       the source and its pages as captured
    page-0001.json     a page brought upright, and its reading
    documents.json     how it is cut: the ids of its documents, in order
    ID.json            a document with its state, without its pages
    ID/                its files: packaged.pdf, officer.pdf, sealed.pdf
    source, *.jpg …    our copy of the source and the carriers of its pages

Files are written beside their place and renamed, so one that is there is whole.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
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

_converter = make_converter()
_converter.register_unstructure_hook(Path, str)
_converter.register_structure_hook(Path, lambda value, _: Path(value))


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

    def files(self, document: Document) -> Path:
        """The folder of a document's own files; made when it is not there."""
        folder = self.source_folder(document.source.sha256) / document.id
        folder.mkdir(exist_ok=True)
        return folder

    def release(self, sha256: str) -> None:
        """Forget a source whose every document is in the repository."""
        shutil.rmtree(self.source_folder(sha256), ignore_errors=True)


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


def _write(path: Path, noun: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(_converter.unstructure(noun), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return _converter.structure(json.loads(path.read_bytes()), kind)
    except FileNotFoundError:
        return None
