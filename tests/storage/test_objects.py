"""The object store: what is put is what is there; every way to fail has its own error."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
import urllib3

from pipeline.errors import ConfigError, IntegrityError, NotFound, SohoaError, StoreDenied, StoreDown, StoreFailed
from pipeline.settings import Site
from pipeline.storage import NoSuchObject, ObjectStore, Repository, bundled, open_store
from tests.fixtures.store import client, site_in

CALLS: dict[str, Callable[[ObjectStore], object]] = {
    "put_bytes": lambda store: store.put_bytes("k", b"1"),
    "put_file": lambda store: store.put_file("k", Path(__file__)),
    "put_if_absent": lambda store: store.put_if_absent("k", b"1"),
    "get": lambda store: store.get("k"),
    "download": lambda store: store.download("k", Path(os.devnull)),
    "held": lambda store: store.held("k", ""),
    "exists": lambda store: store.exists("k"),
    "list": lambda store: list(store.list("")),
    "ping": lambda store: store.ping(),
    "ensure_bucket": lambda store: store.ensure_bucket(),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def connect(site: Site, **change: object) -> ObjectStore:
    """The bundled store with something about the connection changed."""
    state, key = bundled.read_state(site.data), bundled.read_key(site.data)
    given = {"endpoint": state.endpoint, "access": key[0], "secret": key[1], "bucket": site.store.bucket}
    return ObjectStore(**(given | {"secure": False} | change))


# -- the real store ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 300_000, 40_000_000])
def test_a_file_comes_back(store: ObjectStore, tmp_path: Path, size: int) -> None:
    path = tmp_path / "in"
    path.write_bytes(os.urandom(size))
    stored = store.put_file("a/b", path, "application/pdf")
    back = store.download("a/b", tmp_path / "out")
    assert back == stored
    assert (stored.key, stored.size) == ("a/b", size)
    assert (tmp_path / "out").read_bytes() == path.read_bytes() == store.get("a/b")
    assert store.held("a/b", stored.sha256) == stored
    assert store.held("a/b", "0" * 64) is None


def test_of_many_that_put_if_absent_one_wins(store: ObjectStore) -> None:
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda n: store.put_if_absent("a/c", str(n).encode()), range(16)))
    assert sum(won) == 1
    assert store.get("a/c") == str(won.index(True)).encode()
    assert not store.put_if_absent("a/c", b"late")


def test_keys_are_listed_sorted_and_by_folder(store: ObjectStore) -> None:
    for key in ("b/2/x", "b/1/x", "b/1/y", "c"):
        store.put_bytes(key, b"1")
    assert list(store.list("")) == ["b/1/x", "b/1/y", "b/2/x", "c"]
    assert list(store.list("b/", recursive=False)) == ["b/1/", "b/2/"]
    assert list(store.list("b/1")) == ["b/1/x", "b/1/y"]
    assert list(store.list("none")) == []


def test_no_such_object(store: ObjectStore, tmp_path: Path) -> None:
    assert not store.exists("none")
    assert store.held("none", "") is None
    with pytest.raises(NoSuchObject):
        store.get("none")
    with pytest.raises(NoSuchObject):
        store.download("none", tmp_path / "out")


def test_no_such_file(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        store.put_file("k", tmp_path / "none")
    assert not store.exists("k")


@every_call
def test_wrong_secret(bundled_site: Site, call: Callable[[ObjectStore], object]) -> None:
    with pytest.raises(StoreDenied):
        call(connect(bundled_site, secret="wrong"))


@every_call
def test_wrong_bucket(bundled_site: Site, call: Callable[[ObjectStore], object]) -> None:
    absent = connect(bundled_site, bucket="no-such-bucket")
    if call is CALLS["ensure_bucket"]:
        call(absent)
        client(bundled_site).remove_bucket("no-such-bucket")
        return
    if call is CALLS["exists"]:
        assert not call(absent)
        return
    with pytest.raises(StoreFailed) as caught:
        call(absent)
    assert "no-such-bucket" in caught.value.text.vi
    assert not isinstance(caught.value, NoSuchObject)


# -- stores that are down, slow, or lie -------------------------------------------------------------------------


@every_call
def test_nobody_listens(call: Callable[[ObjectStore], object]) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with pytest.raises(StoreDown) as caught:
            call(ObjectStore(f"127.0.0.1:{port}", "a", "b", "bucket", secure=False))
    assert str(port) in caught.value.text.en
    assert caught.value.retryable


@every_call
def test_somebody_listens_and_never_answers(call: Callable[[ObjectStore], object]) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(StoreDown):
            call(ObjectStore(f"127.0.0.1:{mute.getsockname()[1]}", "a", "b", "bucket", secure=False, seconds=0.2))


class Pretender(BaseHTTPRequestHandler):
    """Takes everything and remembers nothing; every GET is answered with ``body``."""

    protocol_version = "HTTP/1.1"
    body: ClassVar[bytes] = b"something else"
    refusals: ClassVar[list[int]] = []

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        status = self.refusals.pop() if self.refusals else 200
        self._say(status, b"")

    def do_GET(self) -> None:
        self._say(200, self.body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Sun, 22 Nov 2026 02:23:16 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def pretender() -> Iterator[ObjectStore]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pretender) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield ObjectStore(f"127.0.0.1:{server.server_port}", "a", "b", "bucket", secure=False)
        server.shutdown()


def test_a_store_that_holds_something_else_is_found_out(pretender: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "record.pdf"
    path.write_bytes(b"%PDF")
    for put in (
        lambda: pretender.put_file("k", path),
        lambda: pretender.put_bytes("k", b"%PDF"),
        lambda: pretender.put_if_absent("k", b"%PDF"),
    ):
        with pytest.raises(IntegrityError) as caught:
            put()
        assert "KHÔNG xóa nguồn" in caught.value.text.vi


def test_a_store_that_ignores_if_none_match_is_found_out(
    pretender: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pretender, "body", b"5a" * 32)
    monkeypatch.setattr("pipeline.storage.repository.secrets.token_hex", lambda size: "5a" * size)
    with pytest.raises(StoreFailed, match="If-None-Match"):
        Repository(pretender).reserve("code", "0123456789abcdef")


def test_a_store_that_is_busy_for_a_moment_is_asked_again(
    pretender: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pretender, "body", b"%PDF")
    monkeypatch.setattr(Pretender, "refusals", [503, 500])
    assert pretender.put_bytes("k", b"%PDF").size == 4
    monkeypatch.setattr(Pretender, "refusals", [503, 500])
    assert pretender.put_if_absent("k", b"%PDF")


def test_what_is_no_object_store_is_said_so(pretender: ObjectStore) -> None:
    with pytest.raises(StoreFailed):
        list(pretender.list(""))


# -- settings ---------------------------------------------------------------------------------------------------


def test_bundled_store_that_was_never_started(tmp_path: Path) -> None:
    with pytest.raises(StoreDown, match="services up"):
        open_store(site_in(tmp_path))


@pytest.mark.parametrize(
    "change",
    [
        {"access_key_file": None},
        {"secret_key_file": "none"},
        {"secret_key_file": "empty"},
        {"endpoint": "https://example.org/path"},
    ],
)
def test_settings_that_cannot_work(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / "key").write_text("key\n")
    (tmp_path / "empty").write_text("\n")
    given: dict[str, object] = {
        "endpoint": "store.example.org:9000",
        "access_key_file": "key",
        "secret_key_file": "key",
    }
    given |= change
    files = {key: tmp_path / str(value) for key, value in given.items() if key.endswith("_file") and value}
    with pytest.raises(ConfigError, match=r"site\.yaml"):
        open_store(site_in(tmp_path, **(given | files)))


def test_another_store_by_settings(bundled_site: Site, tmp_path: Path) -> None:
    state, key = bundled.read_state(bundled_site.data), bundled.read_key(bundled_site.data)
    for name, value in zip(("access", "secret"), key, strict=True):
        (tmp_path / name).write_text(f"{value}\n")
    files = {"access_key_file": tmp_path / "access", "secret_key_file": tmp_path / "secret"}
    other = site_in(tmp_path, endpoint=state.endpoint, secure=False, bucket=bundled_site.store.bucket, **files)
    open_store(other).ping()


# -- who else gets in -------------------------------------------------------------------------------------------


def test_without_a_key_nothing_is_seen_and_nothing_changes(bucket_site: Site, store: ObjectStore) -> None:
    store.put_bytes("a", b"1")
    state = bundled.read_state(bucket_site.data)
    plain = urllib3.PoolManager(retries=False)
    for method in ("GET", "PUT", "DELETE"):
        answer = plain.request(method, f"http://{state.endpoint}/{bucket_site.store.bucket}/a")
        assert answer.status == 403
    assert plain.request("GET", f"http://{state.endpoint}/").status == 403
    assert store.get("a") == b"1"


def test_errors_have_two_languages(bundled_site: Site) -> None:
    with pytest.raises(SohoaError) as caught:
        connect(bundled_site, secret="wrong").ping()
    assert caught.value.text.vi != caught.value.text.en
    assert "wrong" not in caught.value.text.en
