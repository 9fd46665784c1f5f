"""Files of a watched folder that have been dealt with are moved aside: never overwritten, never deleted.

A file goes to ``done/`` or ``failed/`` in the watched folder, with a note beside it if there is something to say. Its
name is held by a hidden file while it is moved, which becomes the note at the end: a note that is there says that its
file has arrived.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from pipeline.capture.watching import DONE, FAILED, REASON, Sight, sight

_HOLDER = ".moving"
_LONGEST = 255
"""Bytes in a file name."""
_STALE_SECONDS = 3600.0


def shelve(root: Path, one: Sight, shelf: str, note: str = "") -> Path | None:
    """Move a file to a shelf of its watched folder.

    Args:
        root: the watched folder.
        one: the file as it was when it was taken.
        shelf: ``done`` or ``failed``.
        note: what to write beside it; nothing when empty.

    Returns:
        Where it is now; ``None`` when it has changed or gone in the meantime, and then it was not touched.

    Raises:
        OSError: it cannot be moved, or the shelf is a link.
    """
    folder = root / shelf / one.path.relative_to(root).parent
    _make(folder, root)
    for name in _numbered(one.path.name):
        target, holder = folder / name, folder / f".{name}{_HOLDER}"
        if not _hold(holder, note):
            continue
        if os.path.lexists(target) or os.path.lexists(_note_of(target)):
            holder.unlink(missing_ok=True)
            continue
        if not _moved(one, target):
            holder.unlink(missing_ok=True)
            return None
        _let_go(holder, target)
        return target
    return None  # numbers do not end


def has_note(root: Path, shelf: str, path: Path, line: str) -> bool:
    """Whether a file called as ``path`` arrived on the shelf with a note that holds ``line``.

    The note may have come back with the file, and lie beside ``path``.
    """
    shelved = root / shelf / path.relative_to(root).parent
    return any(_notes_hold(folder, path.name, line) for folder in (shelved, path.parent))


def _notes_hold(folder: Path, name: str, line: str) -> bool:
    for numbered in _numbered(name):
        note = _note_of(folder / numbered)
        try:
            if line in note.read_text(encoding="utf-8-sig").splitlines():
                return True
        except FileNotFoundError:
            if not os.path.lexists(folder / numbered):
                return False
        except (OSError, UnicodeDecodeError):
            return False
    return False


def tidy(root: Path) -> None:
    """Finish what a move that was cut off left behind."""
    for shelf in (DONE, FAILED):
        for holder in (root / shelf).rglob(f".*{_HOLDER}"):
            with suppress(OSError):
                target = holder.with_name(holder.name[1 : -len(_HOLDER)])
                if os.path.lexists(target):
                    _let_go(holder, target)
                elif abs(time.time() - holder.stat().st_mtime) > _STALE_SECONDS:  # nobody holds a name for so long
                    holder.unlink()


def _make(folder: Path, root: Path) -> None:
    """Make a folder below ``root`` that is reached through no link."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder
    while place != root:
        if place.is_symlink():
            raise NotADirectoryError(20, "liên kết / a link", str(place))
        place = place.parent


def _hold(holder: Path, note: str) -> bool:
    """Take a name; two that move at the same time do not get the same one."""
    try:
        with holder.open("x", encoding="utf-8-sig", newline="\r\n") as file:  # read by Notepad, too
            if note:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
    except FileExistsError:
        return False
    return True


def _moved(one: Sight, target: Path) -> bool:
    """Move the file unless it is another by now; one that came in its place at the last moment is given back."""
    if sight(one.path) != one:
        return False
    try:
        one.path.rename(target)
    except FileNotFoundError:
        return False
    arrived = sight(target)
    if arrived is not None and (arrived.size, arrived.changed, arrived.inode) == (one.size, one.changed, one.inode):
        return True
    back = one.path
    for name in _numbered(one.path.name):
        back = one.path.with_name(name)
        if not os.path.lexists(back):
            break
    target.rename(back)
    return False


def _let_go(holder: Path, target: Path) -> None:
    if holder.stat().st_size > len(b"\xef\xbb\xbf"):
        holder.rename(_note_of(target))
    else:
        holder.unlink(missing_ok=True)


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + REASON)


def _numbered(name: str) -> Iterator[str]:
    """``name``, ``name (2)``, ``name (3)`` … before the extension, with room for what a note is called after."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - the name alone is wanted
    for number in count(1):
        end = (f" ({number})" if number > 1 else "") + suffix
        room = _LONGEST - len(os.fsencode(end)) - len(REASON)
        yield _shortened(stem, max(room, 1)) + end


def _shortened(stem: str, room: int) -> str:
    data = os.fsencode(stem)
    if len(data) <= room:
        return stem
    data = data[:room]
    while data and (data[-1] & 0xC0) == 0x80:  # not within a letter
        data = data[:-1]
    return os.fsdecode(data[:-1] if data and data[-1] >= 0xC0 else data) or "_"
