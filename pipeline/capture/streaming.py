"""An outside program that works for long: what it says is heard line by line, and it is ended when it falls silent."""

from __future__ import annotations

import os
import queue
import re
import resource
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_MEMORY = 4096 << 20
_LINES, _LONGEST = 50, 2000
_SECONDS_TO_END = 10.0
_BREAK = re.compile(rb"[\r\n]")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit status, the last lines it wrote on standard error, whether it was too slow."""

    status: int
    lines: tuple[str, ...]
    late: bool = False


def stream(
    command: Sequence[str],
    folder: Path,
    heard: Callable[[str], bool],
    seconds: float,
    first: float,
    enough: Callable[[], bool] = lambda: False,
) -> Ended:
    """Run ``command`` in ``folder``, telling ``heard`` each line (or part that ends with a return) of standard error.

    Args:
        command: program, with its path, and arguments.
        folder: where it works.
        heard: told of each line; returns whether it is a step forward.
        seconds: how long a step may take.
        first: seconds more for the first step.
        enough: asked after each line whether to end the program.

    Raises:
        OSError: it cannot be started.
    """
    said: queue.Queue[str | None] = queue.Queue()
    lines: deque[str] = deque(maxlen=_LINES)
    late, silent = False, False
    with subprocess.Popen(  # noqa: S603 - no shell; arguments are checked by the caller
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    ) as program:
        with suppress(OSError):  # it may have ended already
            resource.prlimit(program.pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        threading.Thread(target=_hear, args=(program.stderr, said), daemon=True).start()
        deadline = time.monotonic() + seconds + first
        try:
            while (line := said.get(timeout=max(deadline - time.monotonic(), 0.0))) is not None:
                if not line.startswith("Progress:"):
                    lines.append(line)
                if heard(line):
                    deadline = time.monotonic() + seconds
                if enough():
                    break
            else:
                silent = True
        except queue.Empty:
            late = True
        finally:
            _end(program, silent=silent)
    return Ended(program.returncode, tuple(lines), late)


def _hear(pipe: IO[bytes] | None, said: queue.Queue[str | None]) -> None:
    rest = b""
    with suppress(OSError, ValueError):  # closed while it is read: the program was ended
        while pipe is not None and (more := os.read(pipe.fileno(), 4096)):
            *whole, rest = _BREAK.split(rest + more)
            for line in (*whole, *([rest] if len(rest) > _LONGEST else [])):
                if line.strip():
                    said.put(line[:_LONGEST].decode("utf-8", "replace").strip())
            rest = rest if len(rest) <= _LONGEST else b""
    if rest.strip():
        said.put(rest.decode("utf-8", "replace").strip())
    said.put(None)


def _end(program: subprocess.Popen[bytes], *, silent: bool) -> None:
    """Let a program that has closed its mouth end by itself; any other is asked to, and then made to."""
    for ask in (*((lambda: None,) if silent else ()), program.terminate, program.kill):
        ask()
        with suppress(subprocess.TimeoutExpired):
            program.wait(_SECONDS_TO_END)
            return
