"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import from_os_error


@contextmanager
def written(out: Path) -> Iterator[Path]:
    """A path beside ``out`` to write to; it takes the name ``out`` when the block ends well, else it is removed.

    Raises:
        DiskFull: no room.
        NotFound: the folder cannot be written.
    """
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        raise from_os_error(error, out.name) from error
    finally:
        part.unlink(missing_ok=True)
