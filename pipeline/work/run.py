"""A run over the papers of one dossier: every source is captured, read, cut, and its documents taken forward.

While one source's documents are packaged and signed, the next source is already being read. A bad source does not stop
the others; a source seen before is taken up where it was left, or recognised as stored.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline import capture, recipe
from pipeline.dossier import Capture, Document, Dossier, Page, PageReading, State
from pipeline.errors import SohoaError, TooManyBytes, from_os_error
from pipeline.recipe import Office
from pipeline.storage import Hit
from pipeline.work.crew import Crew
from pipeline.work.journal import Journal

Report = Callable[[str, str, int, int], None]
"""Told of progress: stage, name of the file, done, total."""

_OPEN_DOSSIER = (State.READ, State.PACKAGED, State.OFFICER_SIGNED, State.CONFIRMED)


@dataclass(frozen=True)
class Outcome:
    """What became of one source: its documents, or those the repository had already, or the error."""

    name: str
    documents: tuple[Document, ...] = ()
    stored_before: tuple[Hit, ...] = ()
    error: SohoaError | None = None
    seconds: float = 0.0
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Bytes of the documents' records, by id."""


@dataclass(frozen=True)
class _Read:
    """A source that has been read and cut (its documents are in the journal), or the error met."""

    name: str
    sha256: str = ""
    error: SohoaError | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Run:
    """The order for a run and the hands that do it."""

    dossier: Dossier
    office: Office
    journal: Journal
    crew: Crew
    override: str = ""
    report: Report = field(default=lambda _stage, _name, _done, _total: None)
    shared: bool = False
    """Other machines work on these papers, too: they stay in the journal until the ledger knows what became of them."""

    def over(self, paths: Iterable[Path]) -> Iterator[Outcome]:
        """Digitise the papers at ``paths`` (files and folders); yields an outcome for each file, bad ones first.

        While one source is read, the one before is packaged and signed; no paper passes the gate before all were read
        and compared with each other.
        """
        files, refused = capture.gather(list(paths))
        for error in refused:
            yield Outcome(str(error.details.get("name", "?")), error=error)
        done: list[_Read] = []
        with ThreadPoolExecutor(1, thread_name_prefix="reading") as ahead:
            coming = [ahead.submit(self._read, path) for path in files]
            try:
                for future in coming:
                    done.append(self._to_the_gate(future.result()))
            finally:
                for future in coming:
                    future.cancel()
        self._compare({read.sha256 for read in done if read.sha256})
        for read in done:
            yield self._forward(read)

    def resume(self, document: Document) -> Outcome:
        """Take one document forward (after its confirmation, say) and tidy up when its source is done."""
        start = time.monotonic()
        name, sha256 = document.source.name, document.source.sha256
        error: SohoaError | None = None
        with self.journal.lock(sha256):
            try:
                document = recipe.advance(document, self.office)
            except SohoaError as problem:
                error, document = problem, self._as_kept(document, problem)
            sizes = _sizes([document])
            self._tidy(sha256)
        return Outcome(name, (document,), error=error, seconds=time.monotonic() - start, sizes=sizes)

    # -- reading, ahead of the rest -----------------------------------------------------------------------------

    def _read(self, path: Path) -> _Read:
        start = time.monotonic()
        try:
            sha256 = fingerprint(path, self.office.settings.site.limits.megabytes)
            with self.journal.lock(sha256):
                self._prepare(path, sha256)
        except SohoaError as error:
            return _Read(path.name, error=error, seconds=time.monotonic() - start)
        except OSError as error:
            return _Read(path.name, error=from_os_error(error, path.name), seconds=time.monotonic() - start)
        return _Read(path.name, sha256, seconds=time.monotonic() - start)

    def _prepare(self, path: Path, sha256: str) -> None:
        """Have the documents of a source in the journal, unless all of them are stored."""
        if self.journal.has_documents(sha256) or self.office.index.by_source(sha256):
            return
        taken = self.journal.capture(sha256) or self._take(path, sha256)
        read = self._pages(path.name, sha256, taken.pages)
        self.journal.keep_cut(sha256, list(recipe.documents(taken, read, self.dossier, self.office.knowledge)))

    def _take(self, path: Path, sha256: str) -> Capture:
        self.report("capture", path.name, 0, 1)
        try:
            taken = self.crew.take(path, self.journal.begin(sha256))
        except SohoaError:
            self.journal.release(sha256)  # nothing of it is worth keeping; the source is where it was
            raise
        self.journal.keep_capture(taken)
        return taken

    def _pages(self, name: str, sha256: str, pages: Iterable[Page]) -> list[tuple[Page, PageReading]]:
        pages = list(pages)
        kept = {page.number: done for page in pages if (done := self.journal.page(sha256, page.number))}
        waiting = [page for page in pages if page.number not in kept]
        self.report("read", name, len(kept), len(pages))
        for page, reading in self.crew.read(name, waiting):
            self.journal.keep_page(sha256, page, reading)
            kept[page.number] = (page, reading)
            self.report("read", name, len(kept), len(pages))
        return [kept[page.number] for page in pages]

    def _reordered(self, document: Document) -> Document:
        """Put a document under this run's dossier (unless it has its code already) and override."""
        state = document.resume or document.state
        dossier = self.dossier if state in _OPEN_DOSSIER else document.dossier
        return replace(document, dossier=dossier, override=self.override or document.override)

    # -- forward ------------------------------------------------------------------------------------------------

    def _to_the_gate(self, read: _Read) -> _Read:
        """Package and sign what a source holds. What goes wrong is kept, and told when its turn to go on comes."""
        if read.error:
            return read
        start = time.monotonic()
        with self.journal.lock(read.sha256):
            for document in self.journal.documents(read.sha256):
                if (document.resume or document.state) in recipe.BEFORE_GATE:
                    with suppress(SohoaError):
                        recipe.advance(self._reordered(document), self.office, until=State.OFFICER_SIGNED)
        return replace(read, seconds=read.seconds + time.monotonic() - start)

    def _compare(self, sources: set[str]) -> None:
        """Check the papers in these sources, and others of the dossier that are in progress, against each other."""
        together = sorted(sources | self.journal.of_dossier(self.dossier.code))
        with ExitStack() as locks:
            for sha256 in {source[:2]: source for source in together}.values():
                locks.enter_context(self.journal.lock(sha256))
            papers = [one for sha256 in together for one in self.journal.outlines(sha256)]
            ours = [self._reordered(one) if one.source.sha256 in sources else one for one in papers]
            recipe.compare(ours, self.office)

    def _forward(self, read: _Read) -> Outcome:
        start = time.monotonic()
        if read.error:
            return Outcome(read.name, error=read.error, seconds=read.seconds)
        done: list[Document] = []
        problem: SohoaError | None = None
        with self.journal.lock(read.sha256):
            known = self.journal.documents(read.sha256)
            if not known:
                stored = tuple(self.office.index.by_source(read.sha256))
                return Outcome(read.name, stored_before=stored, seconds=read.seconds)
            for number, document in enumerate(known, 1):
                self.report("record", read.name, number - 1, len(known))
                try:
                    done.append(recipe.advance(self._reordered(document), self.office))
                except SohoaError as error:
                    problem = problem or error
                    done.append(self._as_kept(document, error))
            sizes = _sizes(done)
            self._tidy(read.sha256)
        self.report("record", read.name, len(known), len(known))
        seconds = read.seconds + time.monotonic() - start
        return Outcome(read.name, tuple(done), error=problem, seconds=seconds, sizes=sizes)

    def _as_kept(self, document: Document, error: SohoaError) -> Document:
        kept = next((d for d in self.journal.documents(document.source.sha256) if d.id == document.id), document)
        return replace(kept, reason=error.text.say(self.office.settings.site.language))

    def _tidy(self, sha256: str) -> None:
        if not self.shared and self.journal.is_finished(sha256):
            self.journal.release(sha256)


def _sizes(documents: Iterable[Document]) -> dict[str, int]:
    return {d.id: d.record.stat().st_size for d in documents if d.record is not None and d.record.is_file()}


def fingerprint(path: Path, megabytes: int) -> str:
    """SHA-256 of the file at ``path`` in lower-case hex.

    Raises:
        TooManyBytes: it is bigger than ``megabytes``.
        NotFound: it cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > megabytes << 20:
            raise TooManyBytes(name=path.name, size=size >> 20, limit=megabytes)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise from_os_error(error, path.name) from error
