"""Which files to take: those named, and those in the folders named, in the order a person would count them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.capture.formats import SUFFIXES
from pipeline.errors import BadName, ForeignFile, InputError, NotFound, SymbolicLink, from_os_error

_SYSTEM = {"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"}
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload")


def gather(paths: Sequence[Path]) -> tuple[list[Path], list[InputError]]:
    """Find the files to take in ``paths`` (files and folders, searched to the bottom).

    Returns:
        The files in natural order (page2 before page10), each once, and an error for each thing that is not taken:
        foreign files in a folder, links and special files (never followed), names that are no text, missing files.
        Hidden, system and unfinished files in folders are passed over.
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


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key that puts numbers in a name in their order."""
    parts = re.split(r"([0-9]+)", name)
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part.casefold()) for part in parts if part)


def readable(name: str) -> str:
    """``name`` with what is no text replaced, fit for a message."""
    return os.fsencode(name).decode("utf-8", "replace")


def _below(path: Path) -> Iterator[Path | InputError]:
    name = readable(path.name or str(path))
    if not _is_text(path.name):
        yield BadName(name=name)
    elif path.is_symlink():
        yield SymbolicLink(name=name)
    elif path.is_dir():
        yield from _in_folder(path)
    elif not path.exists():
        yield NotFound(name=name, what="không có / no such file or folder")
    elif not path.is_file():
        yield SymbolicLink(name=name)
    else:
        yield path


def _in_folder(folder: Path) -> Iterator[Path | InputError]:
    try:
        inside = sorted(folder.iterdir(), key=lambda path: natural(path.name))
    except OSError as error:
        problem = from_os_error(error, readable(folder.name))
        yield (
            problem if isinstance(problem, InputError) else NotFound(name=readable(folder.name), what=str(error.errno))
        )
        return
    for path in inside:
        name = path.name
        if name.startswith((".", "~$")) or name.lower() in _SYSTEM or name.lower().endswith(_UNFINISHED):
            continue
        plain = path.is_file() and not path.is_symlink()
        if plain and _is_text(name) and path.suffix.lower() not in SUFFIXES:
            yield ForeignFile(name=name)
        else:
            yield from _below(path)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return name.isprintable()
