"""Watched folders: which files lie there, and which of them nobody writes to any more.

Scanners drop files by SMB and FTP, in pieces, and open and close them several times on the way. The folder is looked at
again and again (changes on a share are told to nobody), and a file is believed to be finished when size, time and inode
have stayed the same for a while. That it can be opened is for others to see: some programs set the size first.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

DONE, FAILED = "done", "failed"
"""Folders in a watched folder where files go that have been dealt with."""
REASON = ".reason.txt"
"""What a note is called after the file it is about."""
_PASSED_OVER = {
    DONE,
    FAILED,
    "thumbs.db",
    "desktop.ini",
    "ehthumbs.db",
    "icon\r",
    "$recycle.bin",
    "system volume information",
    "lost+found",
    "@eadir",
}
_BEGINNINGS = (".", "~")
_ENDINGS = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".download",
    ".upload",
    ".swp",
    "~",
    REASON,
)
_LONGEST_WAIT = 60.0
_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Sight:
    """A file as it was seen: two sights that are equal are of a file that nobody has touched in between."""

    path: Path
    size: int
    changed: int
    """Nanoseconds since 1970, by the clock of whoever holds the folder."""
    inode: int


def sight(path: Path) -> Sight | None:
    """The file at ``path`` as it is now; ``None`` when there is no plain file."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return _seen(path, found) if stat.S_ISREG(found.st_mode) else None


def survey(folder: Path, trouble: Callable[[OSError], None]) -> list[Sight]:
    """Every file in ``folder`` and the folders below it that may be one to take.

    Links, pipes and the like, hidden and unfinished files, what systems leave about, and the folders for files that
    have been dealt with are passed over.

    Args:
        folder: the watched folder.
        trouble: told of a folder below it that cannot be looked into.

    Raises:
        OSError: ``folder`` itself cannot be looked into.
    """
    found: list[Sight] = []
    waiting = [(folder, 0)]
    while waiting:
        place, depth = waiting.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    if passed_over(entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting += [(Path(entry.path), depth + 1)] if depth < _DEEPEST else []
                    elif entry.is_file(follow_symlinks=False):
                        found += _still_there(entry)
        except OSError as error:
            if place == folder:
                raise
            trouble(error)
    return found


def passed_over(name: str) -> bool:
    """Whether a file or folder of that name is never taken."""
    lower = name.casefold()
    return lower in _PASSED_OVER or lower.startswith(_BEGINNINGS) or lower.endswith(_ENDINGS)


def _still_there(entry: os.DirEntry[str]) -> list[Sight]:
    try:
        return [_seen(Path(entry.path), entry.stat(follow_symlinks=False))]
    except FileNotFoundError:
        return []


def _seen(path: Path, found: os.stat_result) -> Sight:
    return Sight(path, found.st_size, found.st_mtime_ns, found.st_ino)


@dataclass(slots=True)
class _Waiting:
    sight: Sight
    since: float
    again_at: float
    tries: int = 0


class Stillness:
    """Tells which files have been still for long enough.

    Args:
        seconds: how long nothing about a file may change.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._files: dict[Path, _Waiting] = {}
        self._last = float("-inf")

    def look(self, seen: Iterable[Sight], now: float) -> list[Sight]:
        """Note what is there now, and return the files that have been still for long enough, the oldest first.

        Args:
            seen: all files there are; the others are forgotten.
            now: seconds by a clock that does not go back; should it, all waiting begins anew.
        """
        if now < self._last:
            self._files.clear()
        self._last = now
        before, self._files = self._files, {}
        for one in seen:
            known = before.get(one.path)
            if known is None or known.sight != one:
                known = _Waiting(one, now, now + self.seconds)
            self._files[one.path] = known
        ready = [known.sight for known in self._files.values() if known.again_at <= now]
        return sorted(ready, key=lambda one: (one.changed, os.fsencode(one.path)))

    def still_for(self, one: Sight, now: float) -> float:
        """Seconds since ``one`` changed last, as far as was seen."""
        known = self._files.get(one.path)
        return now - known.since if known is not None and known.sight == one else 0.0

    def tried(self, one: Sight) -> bool:
        """Whether ``one`` was told to be not yet whole since it changed last."""
        known = self._files.get(one.path)
        return known is not None and known.sight == one and known.tries > 0

    def not_yet(self, one: Sight, now: float) -> None:
        """``one`` could not be opened: leave it alone for a while, longer each time, at most a minute."""
        known = self._files.get(one.path)
        if known is not None and known.sight == one:
            known.tries += 1
            known.again_at = now + min(self.seconds * 2.0 ** min(known.tries, 20), max(_LONGEST_WAIT, self.seconds))

    def forget(self) -> None:
        """Begin anew: the folder was away."""
        self._files.clear()
