"""The watched folder meets the ledger: files dropped by scanners become items, and are moved aside when they are done.

A file is copied and looked at, its intent goes into the ledger, the copy into the work area, then workers get it. The
file itself stays where it is until the ledger says what became of it. Whoever is killed on the way is done with again:
every step finds what the one before left, by the file's place, size, time and hash.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from pipeline.capture import shelving
from pipeline.capture.gathering import is_text, readable
from pipeline.capture.watching import DONE, FAILED, Sight, Stillness, sight, survey
from pipeline.dossier import Dossier, Text
from pipeline.errors import (
    BadName,
    BrokerDown,
    Damaged,
    EmptyFile,
    InputError,
    NoDossier,
    NotADocument,
    NotFound,
    ProgramFailed,
    SohoaError,
    TooMuchMemory,
    TooSlow,
    from_os_error,
)
from pipeline.settings import Codes, WatchedFolder
from pipeline.work.entries import Entries, digest
from pipeline.work.inspecting import Seen, said
from pipeline.work.ledger import UNFINISHED, Item, ItemState, Job, JobState, Ledger
from pipeline.work.notes import note
from pipeline.work.watched import job_of

_MAY_BECOME_WHOLE = (Damaged, NotADocument, EmptyFile, NotFound, ProgramFailed)
"""What is wrong with a file that is still being written, or held by the program that writes it."""
_MAY_BE_CHANCE = (TooSlow, TooMuchMemory)
"""What may have come from outside; but such a file holds up the others, so it gets one more try."""
_AHEAD = 256
"""Files in the hands of workers at a time: the others are safe where they lie."""
_OF_A_DOSSIER = 64
"""Papers of a dossier go on when all of it are read, so a dossier that never ends is taken in parts."""
_AT_ONCE, _LOOKED_AT = 32, 500
_LONGEST_PAUSE, _AFTER_TROUBLE = 2.0, 5.0


class SourceArea(Protocol):
    """Where sources lie for the workers."""

    def put_source(self, path: Path, sha256: str) -> None:
        """Have the file at ``path``, which has that hash, in the area."""


class Doorbell(Protocol):
    """What wakes workers."""

    def ring(self, count: int = 1) -> None:
        """Ring; raises BrokerDown."""


class Looks(Protocol):
    """Who looks at files before they are taken."""

    def look(self, path: Path, folder: Path, *, cover: bool) -> Seen:
        """Copy the file into ``folder`` and open it there; raises InputError."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a watch works with."""

    ledger: Ledger
    area: SourceArea
    bell: Doorbell
    inspector: Looks
    codes: Codes
    megabytes: int
    """The biggest source that is taken."""
    scratch: Path
    """Folder for copies that are looked at."""
    tell: Callable[[Text], None] = lambda _: None
    """Told of what a person has to know; never a file's name."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at the folder came to. ``waiting``: files not taken yet; ``held``: taken, not settled."""

    taken: int = 0
    moved: int = 0
    waiting: int = 0
    held: int = 0


@dataclass(slots=True)
class _Held:
    """A file in the folder whose content the ledger has."""

    sight: Sight
    item: int
    code: str = ""
    twin: bool = False
    """The item is of another file with the same content."""


@dataclass
class Watch:
    """One watched folder.

    Args:
        settings: which, and what dossier its files belong to.
        means: what to work with.
        clock: seconds, never going back.
    """

    settings: WatchedFolder
    means: Means
    clock: Callable[[], float] = time.monotonic
    anew: bool = False
    """Take the folder over from whoever watched it before; once."""
    _entries: Entries | None = None
    _held: dict[Path, _Held] = field(default_factory=dict)
    _absent: dict[int, float] = field(default_factory=dict)
    _draining: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)
    _taken: int = 0

    def __post_init__(self) -> None:
        # The folder is not resolved: what it leads to may change while the share is away.
        self.folder = Path(os.path.abspath(self.settings.folder))  # noqa: PTH100
        self._still = Stillness(self.settings.still_seconds)

    @property
    def pause(self) -> float:
        """Seconds between two looks."""
        return min(max(self.settings.still_seconds / 4, 0.05), _LONGEST_PAUSE)

    def run(self, stop: threading.Event, *, once: bool = False) -> Round:
        """Watch until ``stop`` is set, or with ``once`` until every file that is there has been looked at.

        Raises:
            SohoaError: one that passes not by itself, such as a wrong configuration.
        """
        total = Round()
        while not stop.is_set():
            try:
                result = self.round()
            except SohoaError as error:
                if once or not (error.retryable or isinstance(error, NotFound)):
                    raise
                self._trouble(error.rule, error.text)
                stop.wait(_AFTER_TROUBLE)
                continue
            self._well()
            last = once and not result.waiting
            moved = result.moved + (self._settle() if last else 0)  # some of what was looked at may have ended before
            total = Round(total.taken + result.taken, total.moved + moved, result.waiting, len(self._held))
            if last:
                break
            stop.wait(0 if result.taken else self.pause)
        return total

    def round(self) -> Round:
        """Look at the folder once: move what is done, take what is still.

        Raises:
            NotFound: the folder is away.
            StoreDown, DatabaseDown, DiskFull …: nothing can be taken now; what was taken is safe.
        """
        job, entries = self._open()
        moved, self._taken = self._settle(), 0
        try:
            here = {one.path: one for one in survey(self.folder, self._no_entry)}
        except OSError as error:
            self._still.forget()
            raise from_os_error(error, self.folder.name) from error
        self._held = {path: held for path, held in self._held.items() if here.get(path) == held.sight}
        self._abandon(entries, here.values())
        now = self.clock()
        fresh = [one for one in here.values() if one.path not in self._held]
        ready = self._still.look(fresh, now)
        if job.state in (JobState.RUNNING, JobState.DONE):
            for one in ready[: max(0, min(_AT_ONCE, _AHEAD - len(self._held)))]:
                self._take(entries, one, now)
        else:
            text = Text("Thư mục theo dõi: đợt việc đang tạm dừng.", "Watched folder: its job is paused.")
            self._trouble(f"below:{job.state}", text)
        blocked = job.state in (JobState.PAUSED, JobState.STOPPED) or len(self._held) >= _AHEAD
        waiting = 0 if blocked else sum(not self._still.tried(one) for one in fresh if one.path not in self._held)
        return Round(self._taken, moved, waiting, len(self._held))

    # -- the folder and its job -----------------------------------------------------------------------------------

    def _open(self) -> tuple[Job, Entries]:
        try:
            job = job_of(self.folder, self.means.ledger, anew=self.anew)
        except SohoaError:
            self._still.forget()
            raise
        self.anew = False
        if self._entries is None or job.id != self._entries.job:
            self.means.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(OSError):
                shelving.tidy(self.folder)
            self._entries = Entries(self.folder, job.id, self.means.ledger)
            found = self._entries.in_work()
            self._held = {seen.path: _Held(seen, item.id, item.dossier.code) for seen, item in found}
        return job, self._entries

    def _no_entry(self, error: OSError) -> None:
        text = from_os_error(error, "thư mục con / a folder below").text
        self._trouble(f"below:{error.filename}", text)

    def _trouble(self, about: str, text: Text) -> None:
        """Say something once, until all is well again."""
        if about not in self._told:
            self._told.add(about)
            self.means.tell(text)

    def _well(self) -> None:
        if any(not about.startswith("below:") for about in self._told):
            self.means.tell(Text("Thư mục theo dõi: hoạt động trở lại.", "Watched folder: at work again."))
            self._told = {about for about in self._told if about.startswith("below:")}

    # -- what is done ---------------------------------------------------------------------------------------------

    def _settle(self) -> int:
        """Move files aside whose items have come to an end; how many those are."""
        moved = 0
        for path in list(islice(self._held, _LOOKED_AT)):
            held = self._held.pop(path)
            item = self.means.ledger.item(held.item)
            if item is None or (held.twin and item.state is ItemState.PARKED):
                continue  # looked at anew
            if item.state in UNFINISHED or not self._shelved(held, item):
                self._held[path] = held  # at the end: the next ones get their turn
            else:
                moved += 1
        self._draining &= {held.code for held in self._held.values()}
        return moved

    def _shelved(self, held: _Held, item: Item) -> bool:
        shelf = FAILED if item.state is ItemState.PARKED else DONE
        told = held.twin or item.state is not ItemState.STORED
        records = [one.id for one in self.means.ledger.documents(item.id)] if told else []
        words = note(item, records, twin=held.twin)
        try:
            shelving.shelve(self.folder, held.sight, shelf, words)
        except OSError as error:
            self._trouble(f"below:{shelf}", from_os_error(error, shelf).text)
            return False
        return True

    def _abandon(self, entries: Entries, here: Collection[Sight]) -> None:
        """Give up items whose file went away before it was taken: they would hold up their dossier."""
        now, gone = self.clock(), entries.absent(here)
        self._absent = {item.id: self._absent.get(item.id, now) for item in gone}
        for item in gone:
            if now - self._absent[item.id] >= self.settings.give_up_seconds:
                what = "biến mất trước khi được nhận / it went away before it was taken"
                self.means.ledger.refuse(item.id, NotFound(name=item.name, what=what))

    # -- what is new ----------------------------------------------------------------------------------------------

    def _take(self, entries: Entries, one: Sight, now: float) -> None:
        name = readable(one.path.name)
        if not is_text(str(one.path.relative_to(self.folder))):
            self._refuse(entries, one, BadName(name=name))
            return
        with tempfile.TemporaryDirectory(dir=self.means.scratch, prefix="watch-") as scratch:
            try:
                seen = self.means.inspector.look(one.path, Path(scratch), cover="cover" in self.settings.dossier_from)
            except (InputError, ProgramFailed) as error:
                self._unreadable(entries, one, error, now)
                return
            if sight(one.path) != one or seen.taken.source.size != one.size:
                return  # it was written to meanwhile
            dossier = self._dossier(one, seen.codes)
            if dossier is None:
                self._refuse(entries, one, NoDossier(name=name), seen.taken.source.sha256)
            elif dossier.code in self._draining:
                self._still.not_yet(one, now)
            else:
                self._enter(entries, one, seen, dossier)

    def _unreadable(self, entries: Entries, one: Sight, error: SohoaError, now: float) -> None:
        if sight(one.path) != one:
            return
        late = self._still.still_for(one, now) >= self.settings.give_up_seconds
        again = not late if isinstance(error, _MAY_BECOME_WHOLE) else not self._still.tried(one)
        if again and isinstance(error, _MAY_BECOME_WHOLE + _MAY_BE_CHANCE):
            self._still.not_yet(one, now)
        else:
            self._refuse(entries, one, error)

    def _dossier(self, one: Sight, codes: Sequence[str]) -> Dossier | None:
        """What dossier a file belongs to; ``None`` when nothing says so."""
        known = self.means.codes
        procedure = said(codes, known.procedure_patterns) or self.settings.procedure
        folders = reversed(one.path.relative_to(self.folder).parent.parts)
        says = {
            "cover": lambda: said(codes, known.dossier_patterns),
            "folder": lambda: said(folders, known.dossier_patterns),
            "default": lambda: self.settings.dossier,
        }
        code = next((code for source in self.settings.dossier_from if (code := says[source]())), "")
        return Dossier(code, procedure) if code else None

    def _refuse(self, entries: Entries, one: Sight, error: SohoaError, sha256: str = "") -> None:
        """Note down why a file is not taken; it is moved when the ledger says so."""
        sha256 = sha256 or digest(one.path, self.means.megabytes)
        if not sha256:
            if sight(one.path) == one:
                text = "có tệp không đọc được / a file cannot be read"
                self._trouble("below:unreadable", NotFound(name=self.folder.name, what=text).text)
            return
        item = entries.planned(one, sha256, Dossier("", ""), entries.known(one, sha256)[0])
        if item is not None:
            self.means.ledger.refuse(item.id, error)
            self._held[one.path] = _Held(one, item.id)

    def _enter(self, entries: Entries, one: Sight, seen: Seen, dossier: Dossier) -> None:
        """Have a file that is whole in the ledger and in the work area."""
        source, ledger = seen.taken.source, self.means.ledger
        own, others = entries.known(one, source.sha256)
        if own is None and others:
            self._held[one.path] = _Held(one, others[0].id, twin=True)
            return
        item = entries.planned(one, source.sha256, dossier, own)
        if item is None:
            return
        if item.state is ItemState.PLANNED:
            self.means.area.put_source(source.copy, source.sha256)
            ledger.feed(item.id, source.sha256, source.size)
            with suppress(BrokerDown):  # the sweeper rings, too
                self.means.bell.ring()
            self._taken += 1
        self._hold(one, item)

    def _hold(self, one: Sight, item: Item) -> None:
        code = item.dossier.code
        self._held[one.path] = _Held(one, item.id, code)
        if Counter(held.code for held in self._held.values())[code] >= _OF_A_DOSSIER:
            self._draining.add(code)
