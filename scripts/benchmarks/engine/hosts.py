"""Two hosts that share a job: network namespaces with a cable between them, which is pulled and put back.

The first host has store, broker, database, sweeper and a worker; the second has a worker and three addresses.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml
from rich.console import Console

from benchmarks.engine.house import House, house
from pipeline.storage import bundled
from pipeline.work.area import open_area

_SERVER, _STATION = "sohoa-server", "sohoa-station"
_ADDRESS, _OTHER = "10.77.45.1", "10.77.45.2"
_CUT_SECONDS = 45
"""Longer than a lease: what the second host had in hand goes to the first."""
_MOST_SECONDS = 300


@dataclass(frozen=True)
class Hosts:
    """What came of it; ``by_host``: papers stored by each worker's machine."""

    papers: int
    stored: int
    pages: int
    read_twice: int
    before: int
    during: int
    after: int
    """Pages read by the second host before the cable was pulled, while it was out, and afterwards."""
    seconds: float

    @property
    def held(self) -> bool:
        """Done, and exactly once; the page in flight may be read again."""
        return self.stored == self.papers and self.read_twice <= 1 and bool(self.before and self.after)


def run(folder: Path, papers: int, console: Console) -> Hosts:
    """Needs root: namespaces are made and removed."""
    with _cable():
        command = [sys.executable, "-m", __name__, str(folder), str(papers)]
        scripts = str(Path(__file__).resolve().parents[2])
        done = subprocess.run(
            [
                "ip",
                "netns",
                "exec",
                _SERVER,
                "env",
                f"PYTHONPATH={scripts}:{Path(scripts).parent}",
                "OMP_THREAD_LIMIT=1",
                *command,
            ],
            capture_output=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-2000:])
    found = Hosts(**yaml.safe_load(done.stdout.decode().splitlines()[-1]))
    console.print(f"  {found}", soft_wrap=True)
    return found


@contextmanager
def _cable() -> Iterator[None]:
    """Two namespaces, joined."""
    try:
        for name in (_SERVER, _STATION):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", _SERVER, "link", "add", "cable0", "type", "veth", "peer", "name", "cable1", "netns", _STATION)
        for name, end, address in ((_SERVER, "cable0", _ADDRESS), (_STATION, "cable1", _OTHER)):
            _ip("-n", name, "addr", "add", f"{address}/24", "dev", end)
            _ip("-n", name, "link", "set", end, "up")
        yield
    finally:
        for name in (_SERVER, _STATION):
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


# -- on the first host ----------------------------------------------------------------------------------------------


def _served(folder: Path, papers: int) -> Hosts:
    with house(folder, "redis", database=True, seconds=0.4) as made:
        made.ledger.ensure()
        _forward(made)
        station = _station(made)
        job, area = made.job("hai máy"), open_area(made.settings.site)
        for index in range(papers):
            made.hand_in(job, made.draw(1 + index % 4), area)
        made.start("worker", "--processes", "1")
        made.start("sweeper")
        begun = time.monotonic()
        with (folder / "station.log").open("ab") as log:
            command = ["ip", "netns", "exec", _STATION, *made.command("worker", "--processes", "1")]
            command[command.index(str(folder))] = str(station)
            away = subprocess.Popen(
                command, env=made.environment | {"SOHOA_TINY_LOG": str(folder / "away.log")}, stdout=log, stderr=log
            )
        try:
            made.ring(8)
            while made.ledger.counts().get("stored", 0) < papers // 4:
                time.sleep(0.2)
            before = _lines(folder / "away.log")
            _ip("link", "set", "cable0", "down")
            time.sleep(_CUT_SECONDS)
            during = _lines(folder / "away.log") - before
            _ip("link", "set", "cable0", "up")
            made.await_end(_MOST_SECONDS)
            seconds = time.monotonic() - begun
        finally:
            away.terminate()
            away.wait(60)
        reads = made.installed.reads() + Counter(_numbers(folder / "away.log"))
        after = _lines(folder / "away.log") - before - during
        twice = sum(count - 1 for count in reads.values())
        return Hosts(papers, made.records(), made.page - 1, twice, before, during, after, seconds)


def _station(made: House) -> Path:
    """The configuration of the second host: three addresses, and folders of its own."""
    folder = made.folder / "station"
    shutil.copytree(made.folder / "config", folder / "config")
    path = folder / "config" / "site.yaml"
    site = yaml.safe_load(path.read_text(encoding="utf-8"))
    key = bundled.read_key(made.settings.site.data)
    if key is None:
        raise RuntimeError("no key of the store")
    files = [folder / name for name in ("access", "secret")]
    for file, text in zip(files, key, strict=True):
        file.write_text(text)
    site["store"] = {
        "endpoint": f"{_ADDRESS}:9000",
        "secure": False,
        "access_key_file": str(files[0]),
        "secret_key_file": str(files[1]),
    }
    site["broker"] = {"url": f"redis://{_ADDRESS}:6400/0"}
    site["database"]["url"] = f"postgresql://sohoa@{_ADDRESS}:5400/sohoa"
    home = made.settings.site.keys
    site["keys"] = {
        role: {"p12": str(source.p12), "passphrase_file": str(source.passphrase_file)}
        for role, source in (("officer", home.officer), ("agency", home.agency))
    } | {"trust": [str(one) for one in home.trust]}
    path.write_text(yaml.safe_dump(site, allow_unicode=True), encoding="utf-8")
    return folder


def _forward(made: House) -> None:
    """Let the second host reach what listens on the loopback of the first."""
    state = bundled.read_state(made.settings.site.data)
    if state is None or made.database is None:
        raise RuntimeError("servers are not up")
    ports = ((9000, state.ports["s3"]), (6400, made.broker.port), (5400, made.database.port))  # type: ignore[attr-defined]
    ready = threading.Event()

    async def serve() -> None:
        for outer, inner in ports:
            await asyncio.start_server(lambda r, w, inner=inner: _pump(r, w, inner), _ADDRESS, outer)
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    ready.wait()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    there, back = await asyncio.open_connection("127.0.0.1", port)

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(1 << 16):
                target.write(data)
                await target.drain()
        target.close()

    await asyncio.gather(copy(reader, back), copy(there, writer))


def _numbers(path: Path) -> list[int]:
    return [int(line.split()[0]) for line in path.read_text().splitlines()] if path.exists() else []


def _lines(path: Path) -> int:
    return len(_numbers(path))


def main(words: Sequence[str]) -> None:
    """On the first host: ``FOLDER PAPERS``."""
    print(yaml.safe_dump(asdict(_served(Path(words[0]), int(words[1]))), default_flow_style=True, width=1000).strip())


if __name__ == "__main__":
    main(sys.argv[1:])
