"""The watched folder meets the ledger: files dropped by scanners become items, and are moved aside when they are done.

A file is copied and looked at, its intent goes into the ledger, the copy into the work area, then workers get it. The
file itself stays where it is until the ledger says what became of it. Whoever is killed on the way is done with again:
every step finds what the one before left, by the file's place, size, time and hash.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from pipeline.capture import shelving
from pipeline.capture.gathering import readable
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
from pipeline.work.inspecting import Seen, said
from pipeline.work.ledger import UNFINISHED, Item, ItemState, Job, JobState, Ledger, NewItem, Urgency
from pipeline.work.notes import note, stamp
from pipeline.work.watched import job_of

_MAY_BECOME_WHOLE = (Damaged, NotADocument, EmptyFile, NotFound, TooSlow, TooMuchMemory, ProgramFailed)
"""What is wrong with a file that is still being written, or held by the program that writes it."""
_IN_WORK = tuple(state for state in UNFINISHED if state is not ItemState.PLANNED)
_SETTLED = (ItemState.STORED, ItemState.WAITING, ItemState.PARKED)
_AHEAD = 256
"""Files in the hands of workers at a time: the others are safe where they lie."""
_OF_A_DOSSIER = 64
"""Papers of a dossier go on when all of it are read, so a dossier that never ends is taken in parts."""
_AT_ONCE, _LOOKED_AT, _PAGE = 32, 500, 1000
_LONGEST_PAUSE = 2.0


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
    _job: Job | None = None
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
            else:
                self._well()
                total = Round(total.taken + result.taken, total.moved + result.moved, result.waiting, result.held)
                if once and not result.waiting:
                    break
            stop.wait(self.pause)
        return total

    def round(self) -> Round:
        """Look at the folder once: move what is done, take what is still.

        Raises:
            NotFound: the folder is away.
            StoreDown, DatabaseDown, DiskFull …: nothing can be taken now; what was taken is safe.
        """
        job = self._open()
        try:
            here = {one.path: one for one in survey(self.folder, self._no_entry)}
        except OSError as error:
            self._still.forget()
            raise from_os_error(error, self.folder.name) from error
        self._held = {path: held for path, held in self._held.items() if here.get(path) == held.sight}
        moved, self._taken = self._settle(), 0
        self._abandon(job, here)
        now = self.clock()
        fresh = [one for one in here.values() if one.path not in self._held]
        ready = self._still.look(fresh, now)
        if job.state in (JobState.RUNNING, JobState.DONE):
            for one in ready[: max(0, min(_AT_ONCE, _AHEAD - len(self._held)))]:
                self._take(job, one, now)
        blocked = job.state in (JobState.PAUSED, JobState.STOPPED) or len(self._held) >= _AHEAD
        waiting = 0 if blocked else sum(not self._still.tried(one) for one in fresh if one.path not in self._held)
        return Round(self._taken, moved, waiting, len(self._held))

    # -- the folder and its job -----------------------------------------------------------------------------------

    def _open(self) -> Job:
        try:
            job = job_of(self.folder, self.means.ledger, anew=self.anew)
        except SohoaError:
            self._still.forget()
            raise
        self.anew = False
        if self._job is None or job.id != self._job.id:
            self.means.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(OSError):
                shelving.tidy(self.folder)
            self._held = self._recall(job)
        self._job = job
        return job

    def _recall(self, job: Job) -> dict[Path, _Held]:
        """Files that workers have, as the ledger knows them: they need not be looked at again after a restart."""
        held: dict[Path, _Held] = {}
        offset = 0
        while items := self.means.ledger.items(job.id, *_IN_WORK, limit=_PAGE, offset=offset):
            offset += len(items)
            for item in items:
                path = self.folder / item.origin.rsplit("|", 4)[0]
                seen = sight(path)
                if seen is not None and _place(self.folder, seen) == item.origin.rsplit("|", 2)[0]:
                    held[path] = _Held(seen, item.id, item.dossier.code)
        return held

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
            if item.state not in _SETTLED or not self._shelved(held, item):
                self._held[path] = held  # at the end: the next ones get their turn
            else:
                moved += 1
        self._draining &= {held.code for held in self._held.values()}
        return moved

    def _shelved(self, held: _Held, item: Item) -> bool:
        shelf = FAILED if item.state is ItemState.PARKED else DONE
        records = [one.id for one in self.means.ledger.documents(item.id)]
        words = note(item, records, twin=held.twin)
        try:
            shelving.shelve(self.folder, held.sight, shelf, words)
        except OSError as error:
            self._trouble(f"below:{shelf}", from_os_error(error, shelf).text)
            return False
        return True

    def _abandon(self, job: Job, here: dict[Path, Sight]) -> None:
        """Give up items whose file went away before it was taken."""
        there = {_place(self.folder, one) for one in here.values()}
        planned = {
            item.id: item
            for item in self.means.ledger.planned(job.id, _PAGE)
            if item.origin.rsplit("|", 2)[0] not in there
        }
        now = self.clock()
        self._absent = {id: self._absent.get(id, now) for id in planned}
        for id, since in list(self._absent.items()):
            if now - since >= self.settings.give_up_seconds:
                what = "biến mất trước khi được nhận / it went away before it was taken"
                self.means.ledger.refuse(id, NotFound(name=planned[id].name, what=what))

    # -- what is new ----------------------------------------------------------------------------------------------

    def _take(self, job: Job, one: Sight, now: float) -> None:
        name = readable(one.path.name)
        if not _is_text(str(one.path.relative_to(self.folder))):
            self._refuse(job, one, BadName(name=name))
            return
        with tempfile.TemporaryDirectory(dir=self.means.scratch, prefix="watch-") as scratch:
            try:
                seen = self.means.inspector.look(one.path, Path(scratch), cover="cover" in self.settings.dossier_from)
            except (InputError, ProgramFailed) as error:
                self._unreadable(job, one, error, now)
                return
            if sight(one.path) != one or seen.taken.source.size != one.size:
                return  # it was written to meanwhile
            dossier = self._dossier(one, seen.codes)
            if dossier is None:
                self._refuse(job, one, NoDossier(name=name), seen.taken.source.sha256)
            elif dossier.code in self._draining:
                self._still.not_yet(one, now)
            else:
                self._enter(job, one, seen, dossier)

    def _unreadable(self, job: Job, one: Sight, error: SohoaError, now: float) -> None:
        if sight(one.path) != one:
            return
        if not isinstance(error, _MAY_BECOME_WHOLE) or self._still.still_for(one, now) >= self.settings.give_up_seconds:
            self._refuse(job, one, error)
        else:
            self._still.not_yet(one, now)

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

    def _refuse(self, job: Job, one: Sight, error: SohoaError, sha256: str = "") -> None:
        """Note down why a file is not taken; it is moved when the ledger says so."""
        digest = sha256 or _digest(one.path, self.means.megabytes)
        if not digest:
            if sight(one.path) == one:
                text = "có tệp không đọc được / a file cannot be read"
                self._trouble("below:unreadable", NotFound(name=self.folder.name, what=text).text)
            return
        item = self._planned(job, one, digest, Dossier("", ""), self._own(job, one, digest))
        if item is not None:
            self.means.ledger.refuse(item.id, error)
            self._held[one.path] = _Held(one, item.id)

    def _enter(self, job: Job, one: Sight, seen: Seen, dossier: Dossier) -> None:
        """Have a file that is whole in the ledger and in the work area."""
        source, ledger = seen.taken.source, self.means.ledger
        own, others = self._own(job, one, source.sha256), self._twins(source.sha256)
        if own is None and others:
            self._held[one.path] = _Held(one, others[0].id, twin=True)
            return
        item = self._planned(job, one, source.sha256, dossier, own)
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

    def _planned(self, job: Job, one: Sight, sha256: str, dossier: Dossier, own: Item | None) -> Item | None:
        """The item of a file: that which is there, taken up again if a person put the file back, or a new one."""
        ledger, turn = self.means.ledger, 1
        if own is not None:
            back = own.state is ItemState.PARKED and shelving.has_note(self.folder, FAILED, one.path, stamp(own))
            refused = back and not own.dossier.code
            if own.state is ItemState.PLANNED and own.dossier != dossier:  # the folder's settings have changed
                refused = True
                ledger.refuse(own.id, NoDossier(name=own.name))
            if back and not refused:
                ledger.retry(job.id, own.id)
            if not refused:
                return ledger.item(own.id)
            turn = int(own.origin.rpartition("|")[2]) + 1
        origin = f"{_place(self.folder, one)}|{sha256}|{turn}"
        batch = readable(str(one.path.relative_to(self.folder).parent))
        new = NewItem(origin, readable(one.path.name), dossier, one.size, sha256=sha256, batch=batch)
        ledger.plan(job.id, [new])
        return self._own(job, one, sha256)

    def _own(self, job: Job, one: Sight, sha256: str) -> Item | None:
        """The newest item of this very file."""
        origin = f"{_place(self.folder, one)}|{sha256}"
        mine = (item for item in self.means.ledger.known(sha256) if item.job == job.id)
        return max(
            (item for item in mine if item.origin.rpartition("|")[0] == origin), key=lambda i: i.id, default=None
        )

    def _twins(self, sha256: str) -> list[Item]:
        """Items with the same content from elsewhere that are done, or will be before long."""
        ended = (ItemState.STORED, ItemState.WAITING)
        return [
            item
            for item in self.means.ledger.known(sha256)
            if item.state in ended or (item.state in _IN_WORK and item.urgency <= Urgency.WATCHED)
        ]


def _place(folder: Path, one: Sight) -> str:
    """Where a file lies, and its size and time: the same for the same file, whatever path leads to the folder."""
    below = os.fsencode(one.path.relative_to(folder)).decode("utf-8", "backslashreplace")
    return f"{below}|{one.size}|{one.changed}"


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return name.isprintable()


def _digest(path: Path, megabytes: int) -> str:
    """SHA-256 of a file that is not taken, of one that is too big only of its beginning; empty when it is gone."""
    left, digest = (megabytes << 20) + 1, hashlib.sha256()
    try:
        with path.open("rb") as file:
            while left > 0 and (chunk := file.read(min(left, 1 << 20))):
                digest.update(chunk)
                left -= len(chunk)
    except OSError:
        return ""
    return digest.hexdigest()
