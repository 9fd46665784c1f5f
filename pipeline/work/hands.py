"""The hands of a worker: claim a piece of work from the ledger, do it, tell the ledger what became of it.

One piece is a source on its way to the gate (captured, read, cut, packaged, signed by the officer), a source past it
(compared with its dossier, confirmed, coded, sealed, stored), or a page of a source that another worker reads. What is
done is kept page by page and put back where any machine goes on from it; nothing is told before it is so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from pipeline import recipe
from pipeline.dossier import Capture, Document, Page, State
from pipeline.errors import (
    DiskFull,
    InputError,
    InWork,
    ProgramFailed,
    RecordInvalid,
    SigningDown,
    SigningFailed,
    SohoaError,
    from_os_error,
)
from pipeline.recipe import Office
from pipeline.work import logs
from pipeline.work.crew import Crew
from pipeline.work.desks import Desks
from pipeline.work.holding import Hold, LetGo
from pipeline.work.ledger import UNFINISHED, Found, Item, ItemState, Lease, LeaseLost, Ledger, PageLease

_PAUSE = 0.1
"""Seconds between two looks at pages that others are reading."""
_TWIN_SECONDS, _TWIN_SPREAD = 5.0, 5
"""How long a source waits for another with the same content; more for some, or two could wait for each other."""

_ITS_OWN = (InputError, RecordInvalid, SigningFailed, ProgramFailed, InWork)
"""Faults that a paper may be to blame for. All others (store, database, disk, keys, configuration) are shared by all
papers: then the work is put back and no attempt of it is used up."""

log = logs.logger("work")


def is_shared(error: SohoaError) -> bool:
    """Whether any other paper would meet the fault, too: it is better to wait than to go on."""
    if isinstance(error, SigningDown):
        return True
    return not isinstance(error, _ITS_OWN) and type(error) is not SohoaError


@dataclass
class Hands:
    """What a worker process works with. ``office`` has to keep documents in the journal of ``desks``."""

    name: str
    ledger: Ledger
    desks: Desks
    crew: Crew
    office: Office
    stopping: Callable[[], bool] = field(default=lambda: False)
    """Asked between two pages and two documents: whether to let go of what is in hand."""
    pages: int = 0
    documents: int = 0
    """What these hands have done so far."""
    doing: str = ""

    def work_once(self) -> bool:
        """Do the most urgent piece of work there is; ``False`` when there is none.

        Raises:
            StoreDown, DatabaseDown, DiskFull, KeyExpired …: no paper is to blame (:func:`is_shared`); what was in hand
                was let go of.
        """
        unit = self.ledger.claim(self.name)
        if unit is None:
            return False
        try:
            seconds = self.office.settings.site.work.lease_seconds
            with logs.about(unit.item), Hold(self.ledger, unit, seconds, self.stopping) as hold:
                onward: Lease | PageLease | None = unit
                while onward is not None:
                    onward = self._do(onward, hold)
        except LeaseLost:
            log.warning("lease_lost", item=unit.item.id)
        finally:
            self.doing = ""
        if self.crew.recycle(self.office.settings.site.work.megabytes):
            log.info("readers_recycled", why="memory")
        return True

    def close(self) -> None:
        """End the processes that read, and let go of the keys."""
        self.crew.stop()
        self.office.officer.close()
        self.office.agency.close()

    def _do(self, unit: Lease | PageLease, hold: Hold) -> Lease | None:
        """Do a piece of work; returns the lease under which these hands are to go on with it at once."""
        try:
            with _full_disks():
                if isinstance(unit, PageLease):
                    self._help(unit, hold)
                elif unit.item.state is ItemState.READING:
                    return self._read(unit, hold)
                else:
                    self._file(unit, hold)
        except LetGo as done:
            self._give_back(unit, done.wait)
        except LeaseLost:
            raise
        except SohoaError as error:
            if is_shared(error):
                with suppress(SohoaError):  # what is down may be the ledger itself: then the lease runs out
                    self._give_back(unit, self.office.settings.site.work.retry_seconds, error)
                raise
            self._failed(unit, error)
        return None

    def _give_back(self, unit: Lease | PageLease, wait: float, error: SohoaError | None = None) -> None:
        if isinstance(unit, PageLease):
            self.ledger.page_back(unit)
        else:
            self.ledger.let_go(unit, error, wait=wait, blame=False)

    def _failed(self, unit: Lease | PageLease, error: SohoaError) -> None:
        if isinstance(unit, PageLease):  # the owner of the source comes to this page, too, and answers for it
            self.ledger.page_back(unit, error)
            log.warning("page_failed", item=unit.item.id, page=unit.page, rule=error.rule)
            return
        became = self.ledger.let_go(unit, error)
        log.warning("item_failed", item=unit.item.id, rule=error.rule, state=became.value)

    # -- to the gate ------------------------------------------------------------------------------------------------

    def _read(self, lease: Lease, hold: Hold) -> Lease | None:
        item, spent = lease.item, _Watch()
        if self._is_stored(item):
            self.ledger.finish(lease, ItemState.STORED, (), {})
            return None
        if self._is_read_by_another(item):
            self.ledger.set_read(lease, (), item.pages, {})
            return None
        hold.doing = self.doing = "capture"
        taken = self.desks.settle(item, self.crew)
        spent.lap("capture")
        if not self.desks.journal.has_documents(item.sha256):
            self._pages(lease, taken, hold)
            spent.lap("read")
            hold.doing = self.doing = "understand"
            self._cut(item, taken)
            spent.lap("understand")
        hold.doing = self.doing = "package"
        for document in self.desks.journal.documents(item.sha256):
            hold.check()
            if (document.resume or document.state) in recipe.BEFORE_GATE:
                self._advance(document, item, until=State.OFFICER_SIGNED)
        spent.lap("package")
        found = [_found(one) for one in self.desks.journal.outlines(item.sha256)]
        log.info("item_read", item=item.id, pages=len(taken.pages), documents=len(found))
        if len(self.ledger.siblings(item)) == 1:  # nobody else needs to see it
            return self.ledger.go_on(lease, found, len(taken.pages), spent.seconds)
        self.desks.put_back(item.sha256)
        self.ledger.set_read(lease, found, len(taken.pages), spent.seconds)
        return None

    def _advance(self, document: Document, item: Item, until: State = State.STORED) -> SohoaError | None:
        """Take a document forward under the terms of its job; what parks it is returned, and told past the gate."""
        document, office = self._on_terms(document, item)
        try:
            recipe.advance(document, office, until)
        except SohoaError as error:
            if is_shared(error):
                raise
            return error
        return None

    def _on_terms(self, document: Document, item: Item) -> tuple[Document, Office]:
        """The document under the dossier that it was handed in with, and the office that goes by its job's options."""
        options = self.ledger.job_by_id(item.job).options
        override = str(options.get("override", "")) or document.override
        office = replace(self.office, accept=bool(options.get("accept")))
        return replace(document, dossier=item.dossier, override=override), office

    def _is_stored(self, item: Item) -> bool:
        """Whether the repository had the source before we began with it."""
        return bool(self.office.index.by_source(item.sha256)) and not self.desks.journal.has_documents(item.sha256)

    def _is_read_by_another(self, item: Item) -> bool:
        """Whether the very same file was handed in elsewhere and is further on: two must not have the same papers.

        Raises:
            LetGo: it is being read at this moment.
        """
        states = [twin.state for twin in self.ledger.known(item.sha256) if twin.id != item.id]
        if ItemState.READING in states:
            raise LetGo(_TWIN_SECONDS + item.id % _TWIN_SPREAD)
        return any(state not in (ItemState.PLANNED, ItemState.READY, ItemState.STORED) for state in states)

    def _follow(self, lease: Lease) -> None:
        """Past the gate with a source whose papers another one has: it ends as that one does.

        Raises:
            LetGo: that one is not finished.
            InWork: it waits for a person.
        """
        item = lease.item
        if self._is_stored(item):
            self.ledger.finish(lease, ItemState.STORED, (), {})
            return
        if any(twin.state in UNFINISHED for twin in self.ledger.known(item.sha256) if twin.id != item.id):
            raise LetGo(_TWIN_SECONDS)
        raise InWork(name=item.name)

    def _cut(self, item: Item, taken: Capture) -> None:
        """Cut the source into its documents; done again it gives the same."""
        journal = self.desks.journal
        for page in taken.pages:  # all were told as read; if one is not here after all, no document without it
            self._have_page(item, page)
        kept = [journal.page(item.sha256, page.number) for page in taken.pages]
        read = [page for page in kept if page is not None]
        journal.keep_cut(item.sha256, list(recipe.documents(taken, read, item.dossier, self.office.knowledge)))

    def _pages(self, lease: Lease, taken: Capture, hold: Hold) -> None:
        """Have all pages read and here, together with whoever is free."""
        journal, sha256 = self.desks.journal, lease.item.sha256
        pages = {page.number: page for page in taken.pages}
        missing = sorted(pages.keys() - journal.pages_kept(sha256))
        self.ledger.offer_pages(lease, missing)
        while missing:
            hold.check(between_pages=True)
            turn = self.ledger.take_page(lease)
            if turn is not None:
                hold.doing = self.doing = f"page {turn.page}"
                self._have_page(lease.item, pages[turn.page])
                self.ledger.page_done(turn)
            elif any(self.ledger.pages_left(lease)):
                time.sleep(_PAUSE)
            else:
                break
        if pages.keys() - journal.pages_kept(sha256):
            self.desks.fetch_pages(sha256)

    def _help(self, lease: PageLease, hold: Hold) -> None:
        hold.doing = self.doing = f"page {lease.page}"
        taken = self.desks.settle(lease.item, self.crew)
        self._have_page(lease.item, next(page for page in taken.pages if page.number == lease.page))
        self.ledger.page_done(lease)

    def _have_page(self, item: Item, page: Page) -> None:
        """Have a page read; one that was read here before, and could not be told as read, is not read again."""
        if not self.desks.journal.has_page(item.sha256, page.number):
            self._read_page(item, page)

    def _read_page(self, item: Item, page: Page) -> None:
        for done, reading in self.crew.read(item.name, [page]):
            self.desks.keep_page(item.sha256, done, reading)
        self.pages += 1
        log.info("page_read", item=item.id, page=page.number)

    # -- past the gate ----------------------------------------------------------------------------------------------

    def _file(self, lease: Lease, hold: Hold) -> None:
        item, spent = lease.item, _Watch()
        if not self.ledger.documents(item.id):
            self._follow(lease)
            return
        taken = self.desks.settle(item, self.crew)
        if not self.desks.journal.has_documents(item.sha256):  # its worker was killed before it put anything back
            self._cut(item, taken)
        hold.doing = self.doing = "compare"
        siblings = self.ledger.siblings(lease.item)
        self._compare(item, siblings)
        hold.doing = self.doing = "record"
        problem: SohoaError | None = None
        for document in self.desks.journal.documents(item.sha256):
            hold.check()
            error = self._advance(document, item)
            problem = error if error is not None and (problem is None or error.retryable) else problem
        spent.lap("record")
        self.conclude(lease, siblings, spent.seconds, problem)

    def conclude(
        self, lease: Lease, siblings: Sequence[Item], seconds: dict[str, float], problem: SohoaError | None = None
    ) -> ItemState:
        """Tell the ledger what became of a source past the gate, after its papers are where they belong."""
        item = lease.item
        documents = self.desks.journal.outlines(item.sha256)
        states = {document.state for document in documents}
        if states != {State.STORED}:
            self.desks.put_back(item.sha256)
        if problem is not None and problem.retryable:
            return self.ledger.let_go(lease, problem)
        became = ItemState.STORED
        if states != {State.STORED}:
            became = ItemState.PARKED if problem is not None else ItemState.WAITING
        self.ledger.finish(lease, became, [_found(one) for one in documents], seconds, problem)
        if became is ItemState.STORED:
            self.documents += len(documents)
            self._clear(item, siblings)
        log.info("item_done", item=item.id, state=became.value, documents=len(documents))
        return became

    def _compare(self, item: Item, siblings: Sequence[Item]) -> None:
        """Check the papers against the others of their dossier; only ours are changed, those look at us in turn."""
        journal = self.desks.journal
        papers = [self._on_terms(one, item)[0] for one in journal.outlines(item.sha256)]
        for other in siblings:
            if other.id != item.id and other.sha256 and other.sha256 != item.sha256:
                papers.extend(self.desks.outlines(other.sha256))

        def keep(document: Document) -> None:
            if document.source.sha256 == item.sha256:
                journal.keep(document)

        recipe.compare(papers, replace(self.office, keep=keep))

    def _clear(self, item: Item, siblings: Sequence[Item]) -> None:
        """Take the papers off the desk; what others of the dossier are compared with stays until they are done."""
        others = [one for one in siblings if one.id != item.id]
        unfinished = any(one.state is not ItemState.STORED for one in others)
        self.desks.clear(item.sha256, but_outline=unfinished)
        if not unfinished:
            for other in others:
                self.desks.area.remove(other.sha256)


@contextmanager
def _full_disks() -> Iterator[None]:
    """Make one of our errors of a disk that is full; what else the operating system may say is a fault of ours."""
    try:
        yield
    except OSError as error:
        ours = from_os_error(error, "desks")
        if isinstance(ours, DiskFull):
            raise ours from error
        raise


@dataclass
class _Watch:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    def lap(self, stage: str) -> None:
        now = time.monotonic()
        self.seconds[stage] = now - self._since
        self._since = now


def _found(document: Document) -> Found:
    passed = next((event for event in document.history if event.state is State.CONFIRMED), None)
    accepted = "" if passed is None else "policy" if passed.by == "sohoa" else "person"
    doubted = {field.key for field in document.extraction.doubtful} | {made.key for made in document.corrections}
    size = document.record.stat().st_size if document.record is not None and document.record.is_file() else 0
    return Found(
        document.id,
        document.state.value,
        document.extraction.type,
        len(document.extraction.pages),
        len(doubted),
        accepted,
        document.history[-1].remark if document.state is State.PARKED and document.history else "",
        size,
    )
