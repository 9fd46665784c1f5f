"""Which files to take: those named, and those in the folders named, in the order a person would count them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.capture.formats import SUFFIXES
from pipeline.errors import BadName, ForeignFile, InputError, NotFound, SymbolicLink

_SYSTEM = {"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"}
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload")


def gather(paths: Sequence[Path]) -> tuple[list[Path], list[InputError]]:
    """Find the files to take in ``paths`` (files and folders, searched to the bottom).

    Returns:
        The files, each once, in the order of ``paths`` and in natural order within a folder (page2 before page10),
        and an error for each thing that is not taken: foreign files in a folder, links and special files (never
        followed), names that are no text, missing files. Hidden, system and unfinished files in folders are passed
        over.
    """
    files: dict[Path, None] = {}
    errors: list[InputError] = []
    for path in paths:
        for found in _below(path):
            if isinstance(found, InputError):
                errors.append(found)
            else:
                files.setdefault(Path(os.path.abspath(found)), None)  # noqa: PTH100 - resolve() would follow links
    return list(files), errors


def natural(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Sort key that puts numbers in a name in their order; no two names have the same."""
    parts = re.split(r"([0-9]+)", name)
    ranked = ((0, int(part), part) if part.isdecimal() else (1, 0, part.casefold()) for part in parts if part)
    return tuple(ranked), name


def readable(name: str) -> str:
    """``name`` with what is no text replaced, fit for a message."""
    return os.fsencode(name).decode("utf-8", "replace")


def _below(top: Path) -> Iterator[Path | InputError]:
    waiting = [top]
    while waiting:  # no recursion: folders may be deeper than Python's stack
        path = waiting.pop()
        name = readable(path.name or str(path))
        try:
            if not is_text(path.name):
                yield BadName(name=name)
            elif path.is_symlink():
                yield SymbolicLink(name=name)
            elif path.is_dir():
                waiting += reversed(_inside(path))
            elif not path.exists():
                yield NotFound(name=name, what="không có / no such file or folder")
            elif not path.is_file():
                yield SymbolicLink(name=name)
            elif path != top and path.suffix.lower() not in SUFFIXES:
                yield ForeignFile(name=name)
            else:
                yield path
        except OSError as error:  # no permission, or a name longer than the system allows
            yield NotFound(name=name, what=error.strerror or type(error).__name__)


def _inside(folder: Path) -> list[Path]:
    return sorted((path for path in folder.iterdir() if not _is_chaff(path.name)), key=lambda path: natural(path.name))


def _is_chaff(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _SYSTEM or name.lower().endswith(_UNFINISHED)


def is_text(name: str) -> bool:
    """Whether a file's name is printable text."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return name.isprintable()
