"""The processes of ours that do the shared work of this machine: the worker and the sweeper."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import select

from pipeline.dossier import Finding, Severity, Text
from pipeline.errors import SohoaError
from pipeline.services.process import Program
from pipeline.services.standing import Status
from pipeline.settings import Site
from pipeline.storage import bundled
from pipeline.work.ledger import Ledger

_START_SECONDS = 60
_SETTLED_SECONDS = 2.0
_LAST_BYTES = 2000
_PYTHON = (sys.executable, "-P", "-m", "pipeline.cli")
_SILENT_LEASES, _SILENT_SECONDS = 3, 20
"""A worker not heard of for so many leases, and so many seconds, is reported: others have its work by now."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A process of ours: ``program --config FOLDER name``.

    ``answers`` says whether it does its work. ``stop_seconds`` is how long it may take to bring its page to an end or
    to let go of it.
    """

    name: str
    title: str
    answers: Callable[[Site, psutil.Process], bool]
    program: tuple[str, ...] = _PYTHON
    stop_seconds: float = 60

    def up(self, site: Site, config: Path) -> Status:
        """Start it unless it runs, and return when it does its work. May be called by several at once.

        Raises:
            ServiceFailed: it did not start, with the last line it wrote.
        """
        program = self._program(site, config)
        with program.alone():
            if not program.is_up():
                program.start()
            self._await_answer(site, program)
        return self.status(site, config)

    def down(self, site: Site, config: Path) -> Status:
        """Stop it; it lets go of what it has begun, and another goes on. Nothing happens when it does not run.

        Raises:
            ServiceFailed: it does not end.
        """
        program = self._program(site, config)
        if program.folder.is_dir():
            with program.alone():
                program.stop()
        return self.status(site, config)

    def status(self, site: Site, config: Path) -> Status:
        """How it stands now; starts and changes nothing."""
        program = self._program(site, config)
        process = program.process()
        if process is None:
            return Status(self.name, True, False, log=program.log)
        found: tuple[Finding, ...] = ()
        try:
            if not self.answers(site, process):
                text = Text("đang chạy nhưng không phản hồi", "runs, but has not been heard of")
                found = (Finding(f"{self.name}_silent", self.name, text, Severity.BLOCK),)
        except SohoaError as error:
            found = (Finding(f"{self.name}_{error.rule}", self.name, error.text, Severity.BLOCK),)
        log = program.log if program.log.exists() else None  # systemd keeps the log of what it started
        return Status(self.name, True, True, "", process.pid, process.create_time(), log, found)

    def _program(self, site: Site, config: Path) -> Program:
        folder, words = bundled.folder(site.data), ("--config", str(config), self.name)
        return Program(
            name=self.name,
            title=self.title,
            folder=folder,
            log=folder / f"{self.name}.log",
            mark=words,
            command=(*self.program, *words),
            environment={**os.environ, "OMP_THREAD_LIMIT": "1"},
            stop_seconds=self.stop_seconds,
        )

    def _await_answer(self, site: Site, program: Program) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            process = program.process()
            if process is None:
                raise program.failed(_last_line(program.log) or "đã tự dừng / it ended by itself")
            with suppress(psutil.NoSuchProcess):
                if self.answers(site, process):
                    return
            if time.monotonic() > deadline:
                raise program.failed(f"không trả lời sau / no answer after {_START_SECONDS} s")
            time.sleep(0.2)


def heard_of(site: Site, process: psutil.Process) -> bool:
    """Whether the ledger has heard of the process or of one of its children lately.

    Raises:
        DatabaseDown: the ledger cannot be asked.
    """
    family = {process.pid, *(child.pid for child in process.children(recursive=True))}
    host = socket.gethostname()
    with closing(Ledger(site)) as ledger:
        with ledger.transaction() as connection:
            now = connection.execute(select(ledger.now)).scalar_one()
        since = now - max(_SILENT_LEASES * site.work.lease_seconds, _SILENT_SECONDS)
        return any(beat.host == host and beat.pid in family and beat.seen_at >= since for beat in ledger.beats())


def settled(_site: Site, process: psutil.Process) -> bool:
    """Whether the process has not ended in its first moments, when it would complain of settings and servers."""
    return time.time() - process.create_time() >= _SETTLED_SECONDS


def _last_line(log: Path) -> str:
    """What a process of ours said when it ended: one line, without names (see ``cli.base.tell``)."""
    try:
        with log.open("rb") as lines:
            lines.seek(max(0, log.stat().st_size - _LAST_BYTES))
            said = lines.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return said[-1].strip().removeprefix("✗ ") if said else ""


HANDS = (Hand("worker", "worker", heard_of), Hand("sweeper", "sweeper", settled))
