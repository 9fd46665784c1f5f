"""What an archive delivered: a tree of folders, or a spreadsheet that names files.

Walking is lazy and in a fixed order, follows no link, and says a reason for everything that is passed over. An
``origin`` is the path below the source, with ``/``, exactly as the file system has it.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Protocol

from pipeline.capture.formats import SUFFIXES
from pipeline.capture.gathering import natural
from pipeline.dossier import Text
from pipeline.errors import BadName, ForeignFile, NotFound, SymbolicLink
from pipeline.work.backfill.columns import NOTHING, Given
from pipeline.work.backfill.tables import Table
from pipeline.work.backfill.wording import plain

_SYSTEM = frozenset(
    {
        *("thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r", "__macosx", "@eadir", "$recycle.bin", "#recycle"),
        *("system volume information", "lost+found"),
    }
)
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart")
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".cab", ".iso")
REASONS = {
    "Hidden": Text("tệp hoặc thư mục ẩn", "a hidden file or folder"),
    "SystemFile": Text("do hệ điều hành để lại", "left by an operating system"),
    "Unfinished": Text("đang chép dở: chép xong rồi chạy lại", "not copied to its end: finish copying, run again"),
    "Archive": Text("tệp nén: giải nén rồi chạy lại", "an archive: unpack it and run again"),
    "EmptyFolder": Text("thư mục rỗng", "an empty folder"),
    "EmptyCell": Text("dòng không có đường dẫn tệp", "a row without a path"),
    "Outside": Text("nằm ngoài thư mục của bảng kê", "lies outside the folder of the spreadsheet"),
    "BadKey": Text("khóa đối tượng không phải một đường dẫn", "a key that is no path"),
    "NoCode": Text(
        "không biết mã hồ sơ: đặt trong thư mục mang mã, hoặc dùng --map",
        "no dossier code known: put it into a folder named by it, or use --map",
    ),
    "NoProcedure": Text(
        "không biết mã thủ tục: dùng --procedure hoặc cột trong bảng", "no procedure known: use --procedure or a column"
    ),
    "Again": Text("tệp đã có ở một dòng trên", "named by a row above already"),
}
"""Why something is passed over, where no error says it."""
_SEVERAL = re.compile(r"[;\n]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be a paper. ``stamp`` changes when the file does; ``given`` is what a row says of it."""

    origin: str
    size: int
    stamp: str
    given: Given = NOTHING


@dataclass(frozen=True, slots=True)
class Passed:
    """Something that is not taken: ``rule`` is a stable id of the reason."""

    origin: str
    rule: str
    reason: Text


class Source(Protocol):
    """Where papers come from."""

    @property
    def name(self) -> str:
        """What it is called, for people."""

    def walk(self) -> Iterator[Candidate | Passed]:
        """Everything that is there."""

    def lend(self, origin: str) -> AbstractContextManager[Path]:
        """The file of that origin on this machine, for as long as the context lasts.

        Raises:
            NotFound: it is not there, or cannot be read.
        """

    def at(self, origin: str) -> Candidate:
        """The file of that origin as it is now.

        Raises:
            NotFound, SymbolicLink: it is not there, or no file any more.
        """

    def present(self) -> bool:
        """Whether the source as a whole is there (a share may be away, a disk unplugged)."""


@dataclass(frozen=True)
class FolderSource:
    """A tree of folders below ``root``."""

    root: Path

    @property
    def name(self) -> str:
        """Name of the folder."""
        return plain(self.root.name or str(self.root))

    def walk(self) -> Iterator[Candidate | Passed]:
        """All files below, folder by folder, names in the order a person would count them."""
        return _walk(self.root, "")

    def lend(self, origin: str) -> AbstractContextManager[Path]:
        """The file where it lies."""
        return nullcontext(self.root / origin)

    def at(self, origin: str) -> Candidate:
        """The file as it is now."""
        name = plain(origin.rpartition("/")[2])
        try:
            state = (self.root / origin).lstat()
        except OSError as error:
            raise NotFound(name=name, what=error.strerror or type(error).__name__) from error
        if not stat.S_ISREG(state.st_mode):
            raise SymbolicLink(name=name)
        return Candidate(origin, state.st_size, str(state.st_mtime_ns))

    def present(self) -> bool:
        """Whether the folder is there and not empty: an empty one may be where a share was mounted."""
        try:
            with os.scandir(self.root) as entries:
                return next(entries, None) is not None
        except OSError:
            return False


@dataclass(frozen=True)
class TableSource:
    """The files that a spreadsheet names, relative to its folder ``root``; ``sheet`` is its name."""

    sheet: str
    root: Path
    table: Table

    @property
    def name(self) -> str:
        """Name of the spreadsheet."""
        return plain(self.sheet)

    def walk(self) -> Iterator[Candidate | Passed]:
        """The files named, row by row; a row may name several, parted by semicolons or lines, or a folder."""
        real = Path(os.path.realpath(self.root))
        for number, cells in self.table.rows:
            said = Given(**{name: value for name, value in cells.items() if name != "path"})
            if not cells["path"]:
                yield passed(f"#{number}", "EmptyCell")
            for path in self._paths(cells["path"]):
                for found in self._at(path, real):
                    yield _told(found, said)

    def lend(self, origin: str) -> AbstractContextManager[Path]:
        """The file where it lies."""
        return nullcontext(self.root / origin)

    def at(self, origin: str) -> Candidate:
        """The file as it is now."""
        return FolderSource(self.root).at(origin)

    def present(self) -> bool:
        """Whether the folder of the spreadsheet is there and not empty."""
        return FolderSource(self.root).present()

    def _paths(self, cell: str) -> Iterator[str]:
        if self._existing(cell) is not None:
            yield cell
            return
        yield from (part.strip() for part in _SEVERAL.split(cell) if part.strip())

    def _at(self, path: str, real: Path) -> Iterator[Candidate | Passed]:
        """The file or the files of the folder named ``path``, which has to lie below the spreadsheet's folder."""
        origin = self._existing(path)
        if origin is None:
            error = NotFound(name=plain(path), what="không có / no such file")
            yield Passed(plain(path), error.rule, error.text)
        elif origin == ".":
            yield from _walk(self.root, "")
        elif Path(os.path.realpath((self.root / origin).parent)).is_relative_to(real) and origin[:2] != "..":
            yield from _walk(self.root, origin)
        else:
            yield passed(origin, "Outside")

    def _existing(self, path: str) -> str | None:
        """``path`` as the file system has it: letters composed or not, strokes as Windows writes them."""
        for text in dict.fromkeys((path, path.replace("\\", "/"))):
            for composed in (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)):
                origin = os.path.normpath(composed) if composed else ""
                with suppress(ValueError):  # a NUL in it
                    if origin and not Path(origin).is_absolute() and os.path.lexists(self.root / origin):
                        return origin
        return None


def passed(origin: str, rule: str) -> Passed:
    """``origin`` is not taken, for one of the reasons in ``REASONS``."""
    return Passed(plain(origin), rule, REASONS[rule])


# -- walking ----------------------------------------------------------------------------------------------------


def _walk(root: Path, top: str) -> Iterator[Candidate | Passed]:
    """Everything at and below ``top``, a path below ``root``; empty: the root itself."""
    waiting = [top]
    while waiting:  # no recursion: folders may be deeper than Python's stack
        origin = waiting.pop()
        try:
            found = _look(root, origin)
        except OSError as error:  # no permission, or a path longer than the system allows
            refused = NotFound(name=plain(PurePosixPath(origin).name), what=error.strerror or type(error).__name__)
            found = Passed(plain(origin), refused.rule, refused.text)
        if isinstance(found, list):
            waiting += reversed(found)
        else:
            yield found


def _look(root: Path, origin: str) -> Candidate | Passed | list[str]:
    """One entry; for a folder the origins of what is in it."""
    name = origin.rpartition("/")[2]
    reason = why_not(name)
    if reason is not None:
        return Passed(plain(origin), *reason)
    state = (root / origin).lstat()
    if stat.S_ISDIR(state.st_mode):
        inside = sorted(os.listdir(root / origin), key=natural)  # noqa: PTH208 - names; paths of all would be held
        return [f"{origin}/{one}" if origin else one for one in inside] or passed(origin, "EmptyFolder")
    if not stat.S_ISREG(state.st_mode):
        error = SymbolicLink(name=plain(name))
        return Passed(plain(origin), error.rule, error.text)
    return of_suffix(Candidate(origin, state.st_size, str(state.st_mtime_ns)))


def why_not(name: str) -> tuple[str, Text] | None:
    """Why a file or folder is passed over for its name: hidden, left by a system, not finished, no text."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        error = BadName(name=plain(name))
        return error.rule, error.text
    low = name.lower()
    if low in _SYSTEM:
        rule = "SystemFile"
    elif name.startswith((".", "~$")):
        rule = "Hidden"
    elif low.endswith(_UNFINISHED):
        rule = "Unfinished"
    else:
        return None
    return rule, REASONS[rule]


def of_suffix(found: Candidate) -> Candidate | Passed:
    """``found`` if it is called like a scan."""
    suffix = PurePosixPath(found.origin).suffix.lower()
    if suffix in SUFFIXES:
        return found
    if suffix in _ARCHIVES:
        return passed(found.origin, "Archive")
    error = ForeignFile(name=plain(PurePosixPath(found.origin).name))
    return Passed(plain(found.origin), error.rule, error.text)


def _told(found: Candidate | Passed, given: Given) -> Candidate | Passed:
    return replace(found, given=given) if isinstance(found, Candidate) else found
