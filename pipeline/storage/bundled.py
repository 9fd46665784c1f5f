"""Where the bundled services of this machine are: object store (ports, key) and broker (socket).

``services`` writes it, those who open store or broker read it. Everything lies in ``DATA/services`` (folder 0700,
files 0600), because whoever reads the key can read the records.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

HOST = "127.0.0.1"
_SOCKET = "broker.sock"
_PLACE = "broker.place"
"""Holds the folder of the socket where ``DATA`` is too long for it."""
_SOCKET_BYTES = 107
"""Longest path of a socket on Linux."""
LOG_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class State:
    """Ports of the object store by service (``master volume filer s3 admin``)."""

    ports: dict[str, int]

    @property
    def endpoint(self) -> str:
        """Host and port of the S3 service."""
        return f"{HOST}:{self.ports['s3']}"


def folder(data: Path) -> Path:
    """Folder of the bundled services below the work area ``data``."""
    return data / "services"


def read_state(data: Path) -> State | None:
    """The state last written, or ``None`` when the store was never started here."""
    try:
        return State(json.loads((folder(data) / "state.json").read_text(encoding="utf-8"))["ports"])
    except FileNotFoundError:
        return None


def write_state(data: Path, state: State) -> None:
    """Keep ``state``; a reader sees the old or the new one, never half of it."""
    write_private(folder(data) / "state.json", json.dumps(asdict(state)))


def read_key(data: Path) -> tuple[str, str] | None:
    """Access key and secret key of the S3 service, or ``None`` when there are none yet."""
    try:
        config = json.loads((folder(data) / "s3.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    pair = config["identities"][0]["credentials"][0]
    return pair["accessKey"], pair["secretKey"]


def write_new_key(data: Path) -> None:
    """Draw an access key and a secret key; without one of them the S3 service refuses everything."""
    pair = {"accessKey": secrets.token_hex(10), "secretKey": secrets.token_urlsafe(32)}
    config = {"identities": [{"name": "sohoa", "credentials": [pair], "actions": ["Admin"]}]}
    write_private(folder(data) / "s3.json", json.dumps(config))


def broker_url(data: Path) -> str:
    """Address of the bundled broker as Celery takes it. It need not be up, and is never down because of this call."""
    return f"redis+socket://{quote(str(broker_socket(data)))}?virtual_host=0"


def broker_socket(data: Path) -> Path:
    """Where the bundled broker listens: in ``DATA/services``, or, when that path is too long, where it says there."""
    here = folder(data).absolute()
    if len(os.fsencode(here / _SOCKET)) <= _SOCKET_BYTES:
        return here / _SOCKET
    try:
        place = Path((here / _PLACE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return here / _SOCKET
    return (place if _is_private(place, here) else here) / _SOCKET


def make_broker_socket(data: Path) -> Path:
    """The same, with a folder drawn for the socket where that is needed. ``DATA/services`` has to be there.

    Not below ``/run/user``, which goes away when the user logs out.
    """
    found = broker_socket(data)
    if len(os.fsencode(found)) <= _SOCKET_BYTES:
        return found
    place = Path(tempfile.mkdtemp(prefix="sohoa-", dir="/tmp"))
    write_private(folder(data) / _PLACE, str(place))
    return place / _SOCKET


def _is_private(place: Path, like: Path) -> bool:
    """Whether ``place`` is a folder that only the owner of ``like`` can enter: ``/tmp`` is open to everybody."""
    try:
        found, owner = place.lstat(), like.stat().st_uid
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and stat.S_IMODE(found.st_mode) == 0o700


def turn_logs(data: Path) -> None:
    """Keep the logs of the services short; may be called at any time, while they write."""
    for log in folder(data).glob("*.log"):
        turn_log(log)


def turn_log(log: Path) -> None:
    """Put a log aside that has grown long, in place of the one put aside before.

    Its service has it open for appending and goes on from the start; what it writes while we copy may be lost.
    """
    with suppress(OSError):  # a service is not to fail for its log
        if log.stat().st_size > LOG_BYTES:
            aside = log.with_suffix(".log.1")
            aside.unlink(missing_ok=True)
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with log.open("rb") as source, os.fdopen(descriptor, "wb") as out:
                shutil.copyfileobj(source, out)
            os.truncate(log, 0)


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)
