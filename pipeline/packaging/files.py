"""Files that appear whole or not at all."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from pipeline.errors import from_os_error


@contextmanager
def written(out: Path) -> Iterator[Path]:
    """A path beside ``out`` to write to; it takes the name ``out`` when the block ends well, else it is removed.

    Raises:
        DiskFull: no room.
        NotFound: the folder cannot be written.
    """
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    _sweep(out)
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        raise from_os_error(error, out.name) from error
    finally:
        part.unlink(missing_ok=True)


def _sweep(out: Path) -> None:
    """Remove what processes that are no more were writing when they were killed."""
    for left in out.parent.glob(f".{glob.escape(out.name)}.*.part"):
        writer = left.name.split(".")[-2]
        if writer.isdecimal() and not psutil.pid_exists(int(writer)):
            left.unlink(missing_ok=True)
