"""Which watched folder is which: a hidden file in the folder names its job.

By that file two machines that reach a folder by different paths know it for the same, and an empty mount point is not
taken for the share that ought to be there.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
from pathlib import Path

from pipeline.errors import ConfigError, NotFound, UnknownJob, from_os_error
from pipeline.work.ledger import Job, JobState, Ledger, Urgency

KIND = "watch"
_MARK = ".sohoa-watch"
_ID = re.compile(r"watch-[0-9a-f]{16}")


def job_of(folder: Path, ledger: Ledger, *, anew: bool = False) -> Job:
    """The job that takes the files of a watched folder; it is made when the folder is watched for the first time.

    Args:
        folder: the watched folder, absolute.
        ledger: of this installation.
        anew: take the folder over from whoever watched it before.

    Raises:
        NotFound: the folder is not there, or the share that used to be there is not mounted.
        ConfigError: another installation watches it.
    """
    mark = folder / _MARK
    name = None if anew else _read(mark)
    if name is not None:
        return _known(name, ledger)
    if not folder.is_dir():
        raise NotFound(name=folder.name, what="thư mục không còn / the folder is gone")
    where = {"folder": str(folder), "host": socket.gethostname()}
    if not anew and _has_taken(where, ledger):
        what = f"ổ chia sẻ chưa được gắn; nếu thư mục là mới: sohoa watch --anew / not mounted, or new ({_MARK})"
        raise NotFound(name=folder.name, what=what)
    job = Job(f"watch-{secrets.token_hex(8)}", KIND, folder.name, Urgency.WATCHED, options=where)
    ledger.open_job(job)  # before the mark: a mark without a job is another installation's
    return _known(_write(mark, job.id, anew=anew), ledger, instead_of=job.id)


def _has_taken(where: dict[str, str], ledger: Ledger) -> bool:
    """Whether files were taken from a folder that lay there: then it bore a mark."""
    known = (job for job in ledger.jobs() if job.kind == KIND and dict(job.options) == where)
    return any(sum(ledger.counts(job.id).values()) for job in known)


def _known(name: str, ledger: Ledger, instead_of: str = "") -> Job:
    if instead_of and name != instead_of:  # another was faster
        ledger.set_job(instead_of, JobState.DONE)
    try:
        return ledger.job(name)
    except UnknownJob as error:
        what = "watch: thư mục đang do nơi cài đặt khác theo dõi / another installation watches the folder"
        hint = "database.url chung cho các máy, hoặc / one database.url for all machines, or: sohoa watch --anew"
        raise ConfigError(file="site.yaml", line=0, what=what, hint=hint) from error


def _read(mark: Path) -> str | None:
    try:
        with mark.open("rb") as file:
            said = file.read(64).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise from_os_error(error, mark.parent.name) from error
    return said if _ID.fullmatch(said) else "?"


def _write(mark: Path, name: str, *, anew: bool) -> str:
    """Mark the folder unless it is marked; the name that stands there afterwards."""
    draft = mark.with_name(f"{_MARK}.{name}")
    try:
        with draft.open("xb") as file:
            file.write(name.encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            if anew:
                draft.replace(mark)
            else:
                _move_if_free(draft, mark)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise from_os_error(error, mark.parent.name) from error
    return _read(mark) or "?"


def _move_if_free(draft: Path, mark: Path) -> None:
    try:
        mark.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:  # shares often have no hard links
        try:
            with mark.open("xb") as file:
                file.write(draft.read_bytes())
        except FileExistsError:
            return
