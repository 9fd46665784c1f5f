"""Files of a watched folder as the ledger knows them: by place, size, time, hash, and how often they were put back.

The place is told from the watched folder on, so that it is the same on every machine that reaches the folder.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.capture import shelving
from pipeline.capture.gathering import readable
from pipeline.capture.watching import FAILED, Sight, sight
from pipeline.dossier import Dossier
from pipeline.errors import NoDossier
from pipeline.work.ledger import UNFINISHED, Item, ItemState, Ledger, NewItem, Urgency
from pipeline.work.notes import stamp

IN_WORK = tuple(state for state in UNFINISHED if state is not ItemState.PLANNED)
"""States in which the source lies in the work area and the engine has something left to do with it."""
_DONE = (ItemState.STORED, ItemState.WAITING)
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Entries:
    """The items of one watched folder."""

    folder: Path
    job: str
    ledger: Ledger

    def in_work(self) -> Iterator[tuple[Sight, Item]]:
        """Files that workers have and that still lie there: they need not be looked at again after a restart."""
        offset = 0
        while items := self.ledger.items(self.job, *IN_WORK, limit=_PAGE, offset=offset):
            offset += len(items)
            for item in items:
                seen = sight(self.folder / item.origin.rsplit("|", 4)[0])
                if seen is not None and self._place(seen) == item.origin.rsplit("|", 2)[0]:
                    yield seen, item

    def absent(self, here: Collection[Sight]) -> list[Item]:
        """Items that were planned and whose file is not there any more."""
        planned = self.ledger.planned(self.job, _PAGE)
        there = {self._place(one) for one in here} if planned else set()
        return [item for item in planned if item.origin.rsplit("|", 2)[0] not in there]

    def known(self, one: Sight, sha256: str) -> tuple[Item | None, list[Item]]:
        """The newest item of this very file, and items with its content that are done or will be before long."""
        origin = f"{self._place(one)}|{sha256}"
        items = self.ledger.known(sha256)
        own = [item for item in items if item.job == self.job and item.origin.rpartition("|")[0] == origin]
        twins = [
            item for item in items if item.state in _DONE or (item.state in IN_WORK and item.urgency <= Urgency.WATCHED)
        ]
        return (own[-1] if own else None), twins

    def planned(self, one: Sight, sha256: str, dossier: Dossier, own: Item | None) -> Item | None:
        """The item to go on with for a file whose newest item is ``own``.

        It is that one; that one tried again, if it was parked and a person has put the file back; or a new one, if
        there is none or what it was taken for has changed.
        """
        turn = 1
        if own is not None:
            back = own.state is ItemState.PARKED and shelving.has_note(self.folder, FAILED, one.path, stamp(own))
            changed = own.state is ItemState.PLANNED and own.dossier != dossier
            if changed:
                self.ledger.refuse(own.id, NoDossier(name=own.name))
            elif not back:
                return own
            elif own.dossier.code:
                self.ledger.retry(self.job, own.id)
                return self.ledger.item(own.id)
            turn = int(own.origin.rpartition("|")[2]) + 1
        origin = f"{self._place(one)}|{sha256}|{turn}"
        batch = readable(str(one.path.relative_to(self.folder).parent))
        new = NewItem(origin, readable(one.path.name), dossier, one.size, sha256=sha256, batch=batch)
        self.ledger.plan(self.job, [new])
        return self.known(one, sha256)[0]

    def _place(self, one: Sight) -> str:
        below = os.fsencode(one.path.relative_to(self.folder)).decode("utf-8", "backslashreplace")
        return f"{below}|{one.size}|{one.changed}"


def digest(path: Path, megabytes: int) -> str:
    """SHA-256 of a file that is not taken, of one that is too big only of its beginning; empty if it cannot be read."""
    left, sha256 = (megabytes << 20) + 1, hashlib.sha256()
    try:
        with path.open("rb") as file:
            while left > 0 and (chunk := file.read(min(left, 1 << 20))):
                sha256.update(chunk)
                left -= len(chunk)
    except OSError:
        return ""
    return sha256.hexdigest()
