"""A store over the network: encrypted, and only one whose certificate is for its name and by a known authority."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import StoreDown
from pipeline.settings import Site
from pipeline.storage import ObjectStore, bundled
from tests.fixtures.tls import Certificates, issue


@contextlib.contextmanager
def encrypted(endpoint: str, made: Certificates) -> Iterator[int]:
    """A port that takes encrypted connections and passes on what comes to ``endpoint``."""
    host, _, port = endpoint.rpartition(":")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.chain, made.key)
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    ports: list[int] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    async def serve() -> None:
        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await over.wait()
        server.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


def test_a_store_has_to_prove_its_name(bucket_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, key, made = bundled.read_state(bucket_site.data), bundled.read_key(bucket_site.data), issue(tmp_path)
    assert state is not None
    assert key is not None
    with encrypted(state.endpoint, made) as port:

        def store(host: str) -> ObjectStore:
            return ObjectStore(f"{host}:{port}", *key, bucket_site.store.bucket, secure=True, seconds=5)

        with pytest.raises(StoreDown):  # its authority is not known
            store("localhost").ping()
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        store("localhost").put_bytes("a/b", b"x" * 300_000)
        assert store("localhost").get("a/b") == b"x" * 300_000
        with pytest.raises(StoreDown):
            store("127.0.0.1").ping()
