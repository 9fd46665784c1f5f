"""An installation on real servers whose every part can be killed and started again."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psutil
import yaml

from benchmarks.engine import papers, reader
from pipeline import services
from pipeline.dossier import Dossier
from pipeline.settings import Settings, load
from pipeline.storage import Repository, open_store
from pipeline.work.area import Area, open_area
from pipeline.work.bell import Bell
from pipeline.work.handing import bring_in
from pipeline.work.ledger import UNFINISHED, Job, Ledger, NewItem, Urgency
from tests.fixtures.brokers import RabbitMQ, Redis, Server, Valkey
from tests.fixtures.postgres import PostgresServer

BROKERS: Mapping[str, type[Server]] = {"valkey": Valkey, "redis": Redis, "rabbitmq": RabbitMQ}
_GRACE_SECONDS = 30


@dataclass
class House:
    """Configuration, servers and processes below ``folder``."""

    folder: Path
    broker: Server
    database: PostgresServer | None
    installed: reader.Installed
    name: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    paper: int = 0
    page: int = 1

    @cached_property
    def settings(self) -> Settings:
        """The configuration. Loading it is dear, and whoever looks on must not slow down what it looks at."""
        return load(self.folder / "config")

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, opened by this process."""
        return Ledger(self.settings.site)

    # -- parts ------------------------------------------------------------------------------------------------------

    def command(self, *words: str) -> list[str]:
        """The command line of ``sohoa`` here."""
        return [sys.executable, "-m", "pipeline.cli", "--config", str(self.folder), *words]

    def sohoa(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end."""
        return subprocess.run(self.command(*words), env=self.environment, capture_output=True, check=check)

    @property
    def environment(self) -> dict[str, str]:
        """For processes that read."""
        return {**os.environ, **self.installed.environment, "OMP_THREAD_LIMIT": "1"}

    def start(self, part: str, *words: str) -> None:
        """Start ``store``, ``broker``, ``database``, ``worker`` or ``sweeper``."""
        if part == "store":
            services.up(self.settings.site)
        elif part == "broker":
            self.broker.start()
        elif part == "database" and self.database is not None:
            self.database.start()
        else:
            with (self.folder / f"{part}.log").open("ab") as log:
                self.running[part] = subprocess.Popen(
                    self.command(part, *words), env=self.environment, stdout=log, stderr=log, start_new_session=True
                )

    def kill(self, part: str) -> None:
        """End a part at once; ``child`` is one process of the worker, which the worker replaces by itself."""
        if part == "store":
            pid = services.status(self.settings.site).pid
            if pid is not None:
                psutil.Process(pid).kill()
        elif part == "broker":
            self.broker.kill()
        elif part == "database" and self.database is not None:
            self.database.kill()
        elif part == "child":
            children = self.children()
            if children:
                random.choice(children).kill()
        else:
            self.running[part].kill()
            self.running[part].wait()

    def children(self) -> list[psutil.Process]:
        """The processes of the worker that work (not those that read for them)."""
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.running["worker"].pid).children()
        return []

    def stop(self) -> None:
        """End everything."""
        for process in self.running.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        if (pid := services.status(self.settings.site).pid) is not None:
            psutil.Process(pid).kill()
        services.down(self.settings.site)
        self.broker.stop()
        if self.database is not None:
            self.database.kill()

    # -- papers -----------------------------------------------------------------------------------------------------

    def job(self, name: str, urgency: Urgency = Urgency.BACKFILL) -> Job:
        """A job whose papers pass the gate unseen."""
        return self.ledger.open_job(Job(name, "backfill", name, urgency, options={"accept": True}))

    def draw(self, pages: int, harm: str = "none") -> Path:
        """A paper with pages that no other has; ``harm`` is done by its last one."""
        self.paper += 1
        numbers = range(self.page, self.page + pages)
        self.page += pages
        return papers.paper(self.folder / "papers" / f"{self.paper:05}.pdf", numbers, harm)

    def hand_in(self, job: Job, path: Path, area: Area | None = None) -> int:
        """Hand in a paper of a dossier of its own; may be done again. Returns its number in the ledger."""
        sha256, size = bring_in(area or open_area(self.settings.site), path, 100)
        ledger, dossier = self.ledger, Dossier(f"H00.01-260305-{path.stem}", "1.001193")
        ledger.plan(job.id, [NewItem(path.name, path.name, dossier, size, sha256=sha256)])
        item = next(one for one in ledger.known(sha256) if one.job == job.id)
        ledger.feed(item.id, sha256, size)
        return item.id

    def ring(self, times: int) -> None:
        """Wake workers."""
        Bell(self.settings.site).ring(times)

    def unfinished(self) -> int:
        """Papers that are not stored, parked or waiting."""
        counts = self.ledger.counts()
        return sum(counts.get(state, 0) for state in UNFINISHED)

    def await_end(self, seconds: float) -> float:
        """Seconds until nothing is unfinished, at most ``seconds``."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            if not self.unfinished():
                break
            time.sleep(0.2)
        return time.monotonic() - begun

    def records(self) -> int:
        """Records in the repository."""
        return sum(1 for _ in Repository(open_store(self.settings.site)).ids())


def spent_by(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    """Wait for a process to end; what it and all that it waited for have used."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used


@contextmanager
def house(
    folder: Path,
    broker: str,
    *,
    database: bool,
    seconds: float,
    readers: tuple[str, ...] = (reader.NAME,),
    **parts: object,
) -> Iterator[House]:
    """An installation with store, broker and (``database``) PostgreSQL up, and keys; no worker yet.

    Args:
        folder: empty.
        broker: one of :data:`BROKERS`.
        database: PostgreSQL; else SQLite files.
        seconds: what a tiny page takes.
        readers: who reads.
        parts: changes of ``site.yaml``.
    """
    (folder / "broker").mkdir(parents=True)
    server = BROKERS[broker](folder / "broker")
    made = House(folder, server, None, reader.install(folder, seconds), broker)
    server.start()
    made.sohoa("init", str(folder))
    path = folder / "config" / "site.yaml"
    site = yaml.safe_load(path.read_text(encoding="utf-8"))
    site["broker"] = {"url": server.url}
    site["reading"] = {"readers": list(readers)}
    site.update(parts)
    if database:
        (folder / "database").mkdir()
        made.database = PostgresServer(folder / "database")
        made.database.make()
        with made.database.connect() as connection:
            connection.execute("CREATE DATABASE sohoa")
        site["database"] = {"url": f"{made.database.url}/sohoa", "password_file": str(made.database.password_file)}
    path.write_text(yaml.safe_dump(site, allow_unicode=True), encoding="utf-8")
    try:
        made.sohoa("keys", "demo")
        made.start("store")
        yield made
    finally:
        made.stop()
