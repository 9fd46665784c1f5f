"""A service of this machine as a process: started apart from us, found again, stopped.

What is kept of it in ``DATA/services``: ``NAME.pid`` (its number, and on the second line its start in seconds since
1970), ``NAME.lock`` (one start or stop at a time). systemd reads the first line of ``NAME.pid`` (``PIDFile=``).
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from filelock import FileLock

from pipeline.dossier import Finding, Severity, Text
from pipeline.errors import ProgramMissing, ServiceFailed
from pipeline.storage import bundled

_SAME_START_SECONDS = 2.0
_KILL_SECONDS = 20
_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Program:
    """How a service is run, and by what its process is told from others.

    ``mark`` are words that follow each other in its command line and in that of no other process. ``stop_seconds`` is
    how long it may take to end by itself when asked to.
    """

    name: str
    title: str
    folder: Path
    log: Path
    mark: tuple[str, ...]
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 20

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One start or stop at a time, in a folder that nobody else can enter.

        Raises:
            ServiceFailed: the folder cannot be made or written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            with FileLock(self.folder / f"{self.name}.lock", mode=0o600):
                yield
        except OSError as error:
            raise self.failed(f"{self.folder}: {error.strerror or type(error).__name__}") from error

    def process(self) -> psutil.Process | None:
        """Our running process: by number and start, or, when its start was cut off before they were kept, by mark."""
        for process in self._candidates():
            with suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    return process
                with suppress(psutil.TimeoutExpired):
                    process.wait(timeout=0)
        return None

    def is_up(self) -> bool:
        """Whether it runs; one found by its mark is noted, so that next time it is found by its number."""
        process = self.process()
        if process is None:
            return False
        with suppress(psutil.NoSuchProcess):
            self._keep(process)
        return True

    def start(self) -> None:
        """Start it, apart from us: it outlives us and the terminal.

        Raises:
            ServiceFailed: the program cannot be run.
        """
        self._end_left_behind()
        bundled.turn_log(self.log)
        try:
            with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
                started = subprocess.Popen(  # noqa: S603 - arguments are ours, no shell
                    self.command,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    umask=0o077,
                    env=dict(self.environment),
                )
        except OSError as error:
            raise self.failed(f"{self.command[0]}: {error.strerror}") from error
        try:
            self._keep(psutil.Process(started.pid))
        except psutil.NoSuchProcess as error:
            raise self.failed("đã tự dừng / it ended by itself") from error

    def stop(self) -> None:
        """Ask it to end, and end it and its children when it does not; nothing happens when it does not run.

        Raises:
            ServiceFailed: it does not end.
        """
        process = self.process()
        if process is not None:
            with suppress(psutil.NoSuchProcess):
                _end(process, self.stop_seconds)
            if _is_running(process):
                raise self.failed(f"pid {process.pid} không dừng / does not end")
        self._end_left_behind()
        self._note.unlink(missing_ok=True)

    def failed(self, what: str) -> ServiceFailed:
        """The error that names this service and its log."""
        return ServiceFailed(service=self.title, what=what, log=self.log)

    @property
    def _note(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def _keep(self, process: psutil.Process) -> None:
        bundled.write_private(self._note, f"{process.pid}\n{process.create_time()!r}\n")

    def _candidates(self) -> Iterator[psutil.Process]:
        try:
            pid, started = self._note.read_text(encoding="utf-8").split()
            process = psutil.Process(int(pid))
            if abs(process.create_time() - float(started)) < _SAME_START_SECONDS:
                yield process
        except (OSError, ValueError, psutil.NoSuchProcess):
            pass
        # What was started as a service leads a session of its own; its children have the same command line.
        yield from (process for process in self._marked() if _session(process) == process.pid)

    def _marked(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter(["cmdline"]):
            if _follow(self.mark, process.info["cmdline"] or []):
                yield process

    def _end_left_behind(self) -> None:
        """End children whose parent was killed: nobody could ask them to stop any more."""
        for process in self._marked():
            session = _session(process)
            if session not in (0, process.pid) and not psutil.pid_exists(session):
                with suppress(psutil.NoSuchProcess):
                    _end(process, self.stop_seconds)


def of_wheel(distribution: str, program: str) -> Path:
    """The program that an installed wheel brings along.

    Raises:
        ProgramMissing: the wheel is not installed, or has none for this machine.
    """
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        path = Path(str(file.locate()))
        if file.name == program and path.is_file():
            return path.resolve()
    raise ProgramMissing(program=program, fix=f"pip install {distribution}")


def exposed(process: psutil.Process) -> Iterator[Finding]:
    """Ports of a service that others than this machine can reach: there must be none."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        for found in process.net_connections(kind="inet"):
            if found.status == psutil.CONN_LISTEN and not found.laddr.ip.startswith("127."):
                place = f"{found.laddr.ip}:{found.laddr.port}"
                yield Finding(
                    "service_exposed",
                    place,
                    Text(f"dịch vụ mở cổng ra mạng tại {place}", f"the service listens to the network at {place}"),
                    Severity.BLOCK,
                )


def _end(process: psutil.Process, seconds: float) -> None:
    family = [process, *process.children(recursive=True)]
    process.terminate()
    _await_end([process], seconds)
    left = [one for one in family if _is_running(one)]
    for one in left:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    _await_end(left, _KILL_SECONDS)


def _await_end(family: Sequence[psutil.Process], seconds: float) -> None:
    """Wait until none of them runs. Only of our own children do we take note that they ended; of others init does."""
    deadline = time.monotonic() + seconds
    while any(_is_running(one) for one in family) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    for one in family:
        with suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
            one.wait(timeout=0)


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except OSError:
        return 0


def _follow(mark: Sequence[str], command: Sequence[str]) -> bool:
    """Whether the words of ``mark`` stand one after the other in ``command``."""
    places = range(len(command) - len(mark) + 1)
    return any(tuple(command[place : place + len(mark)]) == tuple(mark) for place in places)
