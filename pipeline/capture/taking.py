"""Taking one source in: our own copy with its hash, its format, its pages."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from pikepdf.exceptions import PikepdfError
from PIL import Image

from pipeline.capture import formats
from pipeline.capture.gathering import readable
from pipeline.capture.pdfs import capture as capture_pdf
from pipeline.capture.pictures import capture as capture_picture
from pipeline.dossier import Capture, Source
from pipeline.errors import (
    Damaged,
    EmptyFile,
    SohoaError,
    SymbolicLink,
    TooManyBytes,
    from_os_error,
)
from pipeline.settings import Limits

_CHUNK = 1 << 20


def take(path: Path, work: Path, limits: Limits) -> Capture:
    """Copy the source at ``path`` into ``work`` and make its pages there; the source itself is only read.

    Raises:
        NotFound, SymbolicLink, EmptyFile, TooManyBytes, NotADocument, WrongExtension, Encrypted, XfaForm,
        TooManyPages, TooManyPixels, Damaged, TooSlow: the file, each for its own reason.
        DiskFull: no room in ``work``.
    """
    name = readable(path.name)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise SymbolicLink(name=name)
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded
    try:
        copy, sha256, size = _copied(path, work, name, limits)
        found = formats.recognise(copy, name)
        source = Source(name, copy, sha256, size, found.media_type)
        return (capture_pdf if found is formats.PDF else capture_picture)(source, work, limits)
    except SohoaError:
        raise
    except MemoryError:
        raise
    except OSError as error:
        if error.errno is not None:
            raise from_os_error(error, name) from error
        raise Damaged(name=name, what=_reason(error)) from error  # Pillow's word for a broken picture
    except PikepdfError as error:
        raise Damaged(name=name, what="PDF") from error
    except Exception as error:  # whatever a library says of hostile bytes, it is the file that is broken
        raise Damaged(name=name, what=_reason(error)) from error


def _reason(error: Exception) -> str:
    return type(error).__name__


def _copied(path: Path, work: Path, name: str, limits: Limits) -> tuple[Path, str, int]:
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile(name=name)
    if size > limits.megabytes << 20:
        raise TooManyBytes(name=name, size=size >> 20, limit=limits.megabytes)
    copy, digest, done = work / "source", hashlib.sha256(), 0
    draft = work / f"source.{os.getpid()}.part"
    try:
        with path.open("rb") as origin, draft.open("wb") as target:
            while chunk := origin.read(_CHUNK):
                done += len(chunk)
                if done > limits.megabytes << 20:  # it grows while we read
                    raise TooManyBytes(name=name, size=done >> 20, limit=limits.megabytes)
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(copy)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    with suppress(OSError):
        shutil.copystat(path, copy)
    copy.chmod(0o600)
    return copy, digest.hexdigest(), done
