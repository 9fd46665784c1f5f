"""What planning has to know of a file: its hash, how many pages, whether it opens. Runs in a confined process.

Nothing is decoded: a picture's header, a TIFF's directories, a PDF's page tree, and whether the end of the file is
there, which files that were copied in part lack.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pikepdf
from PIL import Image

from pipeline.capture.formats import recognise
from pipeline.errors import (
    Damaged,
    EmptyFile,
    Encrypted,
    SohoaError,
    SymbolicLink,
    TooManyBytes,
    TooManyPages,
    TooManyPixels,
    from_os_error,
)
from pipeline.settings import Limits

_TAIL = 1 << 16
_CUT_SHORT = "thiếu phần cuối / the end is missing"
_STRIPS = ((273, 279), (324, 325))  # tags of a TIFF: where its strips or tiles lie, how many bytes each


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a file: hash and pages, or the error met by name and details (see ``errors``)."""

    sha256: str = ""
    size: int = 0
    pages: int = 0
    rule: str = ""
    details: dict[str, str] = field(default_factory=dict)


def look(files: Sequence[tuple[Path, str]], limits: Limits) -> list[Sight]:
    """Look at files; each with the name it goes by in messages."""
    return [_look(path, name, limits) for path, name in files]


def unseen(error: SohoaError) -> Sight:
    """What is known of a file that could not be looked at."""
    return Sight(rule=error.rule, details={key: str(value) for key, value in error.details.items()})


def _look(path: Path, name: str, limits: Limits) -> Sight:
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked, and nothing is decoded
    try:
        sha256, size = _hashed(path, name, limits)
        return Sight(sha256, size, _pages(path, name, size, limits))
    except SohoaError as error:
        return unseen(error)
    except MemoryError:
        raise
    except OSError as error:
        return unseen(from_os_error(error, name) if error.errno else Damaged(name=name, what=type(error).__name__))
    except Exception as error:  # whatever a library says of hostile bytes, it is the file that is broken
        return unseen(Damaged(name=name, what=type(error).__name__))


def _hashed(path: Path, name: str, limits: Limits) -> tuple[str, int]:
    """SHA-256 and size of a file that does not change while it is read."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise SymbolicLink(name=name)
        if before.st_size == 0:
            raise EmptyFile(name=name)
        if before.st_size > limits.megabytes << 20:
            raise TooManyBytes(name=name, size=before.st_size >> 20, limit=limits.megabytes)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Damaged(name=name, what="đang được chép / still being copied")
    return sha256, before.st_size


def _pages(path: Path, name: str, size: int, limits: Limits) -> int:
    found = recognise(path, name)
    pages = _of_pdf(path, name) if found.name == "PDF" else _of_picture(path, name, size, limits)
    if pages > limits.pages:
        raise TooManyPages(name=name, pages=pages, limit=limits.pages)
    if pages == 0:
        raise Damaged(name=name, what="0 trang / pages")
    return pages


def _of_pdf(path: Path, name: str) -> int:
    with path.open("rb") as file:
        tail = _tail(file)
    if b"startxref" not in tail and b"%%EOF" not in tail:
        raise Damaged(name=name, what=_CUT_SHORT)
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise Encrypted(name=name)
            return len(pdf.pages)
    except pikepdf.PasswordError as error:
        raise Encrypted(name=name) from error


def _of_picture(path: Path, name: str, size: int, limits: Limits) -> int:
    with path.open("rb") as file:
        tail = _tail(file)
        file.seek(0)
        head = file.read(16)
    with Image.open(path) as picture:
        kind, pages = picture.format or "", int(getattr(picture, "n_frames", 1))
        for number in range(min(pages, limits.pages)):
            if number:
                picture.seek(number)
            width, height = picture.size
            if width * height > limits.megapixels * 1e6:
                raise TooManyPixels(name=name, width=width, height=height, limit=f"{limits.megapixels:g}")
            if kind == "TIFF" and _strips_end(picture) > size:
                raise Damaged(name=name, what=_CUT_SHORT)
    if not _is_whole(kind, head, tail, size):
        raise Damaged(name=name, what=_CUT_SHORT)
    return pages


def _is_whole(kind: str, head: bytes, tail: bytes, size: int) -> bool:
    """Whether the end of a picture is there, told without decoding it."""
    if kind in ("JPEG", "MPO"):
        return b"\xff\xd9" in tail
    if kind == "PNG":
        return b"IEND" in tail
    if kind == "WEBP":
        return bool(struct.unpack("<I", head[4:8])[0] + 8 <= size)
    return True


def _strips_end(picture: Image.Image) -> int:
    """Where the last strip or tile of a TIFF's current page ends, in bytes from the start of the file."""
    tags = getattr(picture, "tag_v2", {})
    ends = [0]
    for at, length in _STRIPS:
        if at in tags and length in tags:
            ends += [start + count for start, count in zip(tags[at], tags[length], strict=False)]
    return max(ends)


def _tail(file: BinaryIO) -> bytes:
    """The last bytes of a file but for zeros that a disk or a gateway filled up with."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - _TAIL)
        file.seek(start)
        tail = file.read(end - start)
        if tail.strip(b"\0\r\n\t "):
            return tail
        end = start
    return b""
