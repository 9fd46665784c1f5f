"""The desk: a source's papers on this machine, in step with what the work area has of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.dossier import Capture, Document, Page, PageReading
from pipeline.work.area import Area
from pipeline.work.crew import Crew
from pipeline.work.journal import Journal, outlines_in
from pipeline.work.ledger.nouns import Item

_LONGEST_NAME = 255


class Desks:
    """Papers in progress at this machine: a journal of its own, filled from the work area and put back there.

    What lies here and in the area under the same number is the same or further on: a worker that was cut off goes on
    from its own papers, another machine from those that were put back last and from the pages read since.
    """

    def __init__(self, journal: Journal, area: Area) -> None:
        self.journal = journal
        self.area = area

    def settle(self, item: Item, crew: Crew) -> Capture:
        """Have the source, the pages read so far and the documents of ``item`` here, and pages read here there.

        Raises:
            InputError: the source cannot be captured.
            StoreDown, StoreDenied, StoreFailed, IntegrityError: the work area.
        """
        journal, sha256 = self.journal, item.sha256
        with journal.lock(sha256):
            taken = journal.capture(sha256) or self._take(item, crew)
            pages, desks = self.area.held(sha256)
            self._share_pages(sha256, pages)
            if desks and desks[-1] != journal.desk_number(sha256):
                journal.unpack(sha256, desks[-1], self.area.desk(sha256, desks[-1]))
        return taken

    def _take(self, item: Item, crew: Crew) -> Capture:
        folder = self.journal.begin(item.sha256)
        incoming = folder / "incoming"
        incoming.mkdir(exist_ok=True, mode=0o700)
        try:
            path = incoming / _file_name(item.name)
            self.area.fetch_source(item.sha256, path)
            taken = crew.take(path, folder)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        self.journal.keep_capture(taken)
        return taken

    def keep_page(self, sha256: str, page: Page, reading: PageReading) -> None:
        """Keep a page that was read, here and in the area."""
        self.journal.keep_page(sha256, page, reading)
        self.area.put_page(sha256, page.number, self.journal.page_data(sha256, page.number))

    def fetch_pages(self, sha256: str) -> None:
        """Fetch the pages that others have read meanwhile."""
        self._share_pages(sha256, self.area.held(sha256)[0])

    def _share_pages(self, sha256: str, there: frozenset[int]) -> None:
        here = self.journal.pages_kept(sha256)
        for number in there - here:
            self.journal.take_page_data(sha256, number, self.area.page(sha256, number))
        for number in here - there:  # the store was away when they were read
            self.area.put_page(sha256, number, self.journal.page_data(sha256, number))

    def put_back(self, sha256: str) -> None:
        """Put the documents into the area as they are now; any machine may go on from there."""
        before = self.area.held(sha256)[1]
        number = max((self.journal.desk_number(sha256), *before)) + 1
        self.area.put_desk(sha256, number, self.journal.pack(sha256), before)
        self.area.put_outline(sha256, self.journal.outline_data(sha256))
        self.journal.packed(sha256, number)

    def outlines(self, sha256: str) -> list[Document]:
        """The documents of another source of the dossier, without pages; none when it was never cut."""
        return outlines_in(self.area.outline(sha256))

    def clear(self, sha256: str, *, but_outline: bool = False) -> None:
        """Forget a source whose every document is in the repository."""
        self.area.remove(sha256, but_outline=but_outline)
        self.journal.release(sha256)


def _file_name(name: str) -> str:
    """``name`` as a file can be called; only its ending matters, and what people are told."""
    plain = Path(name.replace("\0", "")).name.encode("utf-8", "replace").decode() or "source"
    while len(plain.encode()) > _LONGEST_NAME:
        plain = plain[1:]
    return plain
