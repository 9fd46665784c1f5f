"""Outside programs: one way to run them, with limits on time and memory and one error type."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import ProgramFailed, ProgramMissing, TooSlow

_PACKAGES = {
    "tesseract": "tesseract-ocr tesseract-ocr-vie",
    "pdftoppm": "poppler-utils",
    "pdfinfo": "poppler-utils",
    "pdftotext": "poppler-utils",
    "pdffonts": "poppler-utils",
    "pdfsig": "poppler-utils",
    "scanimage": "sane-utils",
}


def install_hint(program: str) -> str:
    """The command that installs ``program`` on Debian or Ubuntu."""
    return f"sudo apt-get install {_PACKAGES.get(program, program)}"


def find(program: str) -> Path:
    """Path of ``program``.

    Raises:
        ProgramMissing: it is not on PATH.
    """
    path = shutil.which(program)
    if path is None:
        raise ProgramMissing(program=program, fix=install_hint(program))
    return Path(path)


def run(
    command: Sequence[str | Path], *, name: str, seconds: float, megabytes: int = 4096, stdin: bytes | None = None
) -> bytes:
    """Run ``command`` and return its standard output.

    Args:
        command: program and arguments; the program is looked up on PATH.
        name: the file worked on, for messages.
        seconds: wall-clock limit.
        megabytes: limit on the program's address space.
        stdin: bytes handed to the program.

    Raises:
        ProgramMissing: not installed.
        TooSlow: over ``seconds``.
        ProgramFailed: exit status other than 0 (the last line it wrote is quoted).
    """
    program = find(str(command[0]))
    limit = megabytes * 1024 * 1024

    def confine() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    try:
        done = subprocess.run(  # noqa: S603 - arguments are ours, no shell
            [str(program), *map(str, command[1:])],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=seconds,
            check=False,
            preexec_fn=confine,
            env={**os.environ, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as late:
        raise TooSlow(name=name, limit=int(seconds)) from late
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise ProgramFailed(program=program.name, what=last[0][:200])
    return done.stdout


def version(program: str, flag: str = "--version") -> str:
    """First line that ``program`` prints about its version; empty when it is not installed."""
    try:
        path = find(program)
    except ProgramMissing:
        return ""
    done = subprocess.run([str(path), flag], capture_output=True, timeout=20, check=False)  # noqa: S603
    lines = (done.stdout or done.stderr).decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "?"
