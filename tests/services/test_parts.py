"""All parts together: brought up in order, killed, brought up again, stopped in reverse; nothing started twice."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import services
from pipeline.errors import BrokerDown, DatabaseDown, ServiceFailed, SohoaError
from pipeline.services import process, workers
from pipeline.services.standing import Status, bare
from pipeline.services.workers import Hand, heard_of
from pipeline.settings import Broker, Database, Site
from pipeline.storage import bundled, open_store
from pipeline.work.ledger import Beat, Ledger
from tests.fixtures.store import site_in

HERE = ("store", "broker", "worker", "sweeper")
"""Parts of an installation without a database server."""


def hands(site: Site, manner: str = "good", **options: float) -> list[Hand]:
    """Worker and sweeper as stand-ins."""
    program = (sys.executable, str(Path(__file__).with_name("stand_in.py")), manner, str(site.data))
    return [Hand(name, name, partial(works, name), program, **options) for name in ("worker", "sweeper")]


def works(name: str, site: Site, process: psutil.Process) -> bool:
    """Whether a stand-in said that it works."""
    said = site.data / f"{name}.works"
    return said.exists() and said.read_text() in {str(child.pid) for child in process.children()}


def up(site: Site, names: tuple[str, ...] = HERE, manner: str = "good") -> list[Status]:
    return list(services.up_all(site, site.data.parent, names, hands(site, manner)))


def down(site: Site, names: tuple[str, ...] = HERE, manner: str = "good") -> list[Status]:
    return list(services.down_all(site, site.data.parent, names, hands(site, manner, stop_seconds=1)))


def status(site: Site, names: tuple[str, ...] = services.PARTS) -> list[Status]:
    return list(services.status_all(site, site.data.parent, names, hands(site)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation whose parts these tests may start, stop and kill."""
    site = site_in(tmp_path_factory.mktemp("parts"))
    try:
        yield site
    finally:
        down(site)


@pytest.fixture
def hand_site(tmp_path: Path) -> Iterator[Site]:
    """An installation of which only worker and sweeper are started."""
    site = site_in(tmp_path)
    site.data.mkdir()
    try:
        yield site
    finally:
        down(site, ("worker", "sweeper"))


def of(mark: str) -> list[int]:
    """Processes that have ``mark`` in their command line, children too."""
    found = [each for each in psutil.process_iter(["cmdline"]) if mark in " ".join(each.info["cmdline"] or [])]
    return [each.pid for each in found if not gone([each.pid])]


def kill(pid: int) -> None:
    """End a process as a power cut would, and wait until it is gone."""
    process = psutil.Process(pid)
    process.kill()
    process.wait(20)


def gone(pids: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)


# -- all together -----------------------------------------------------------------------------------------------


def test_they_go_up_come_back_after_any_kill_and_stop(made: Site) -> None:
    """One long way through, since each start and stop of all takes seconds."""
    with ThreadPoolExecutor(3) as pool:
        first, *others = pool.map(up, [made] * 3)
    assert others == [first] * 2
    assert [part.name for part in first] == list(HERE)
    assert all(part.well and part.bundled and part.pid for part in first)
    assert status(made) == first
    open_store(made).put_bytes("kept", b"here")

    before = {part.name: part.pid for part in first}
    for name in HERE:
        kill(before[name])
        assert [part.name for part in status(made) if not part.well] == [name]
        after = {part.name: part.pid for part in up(made)}
        assert after[name] != before[name]
        assert {**after, name: 0} == {**before, name: 0}, "the others stay"
        before = after
    for pid in before.values():
        kill(pid)
    last = up(made)
    assert all(part.well for part in last)
    assert open_store(made).get("kept") == b"here"

    assert [part.name for part in down(made)] == list(reversed(HERE))
    assert gone([part.pid for part in last])
    assert not any(part.running for part in status(made))
    assert not any(part.running for part in down(made))


def test_only_the_parts_named(made: Site) -> None:
    assert [part.name for part in up(made, ("broker",))] == ["broker"]
    assert [part.name for part in status(made) if part.running] == ["broker"]
    down(made, ("store", "worker"))
    assert [part.name for part in status(made) if part.running] == ["broker"]
    down(made)


# -- worker and sweeper -----------------------------------------------------------------------------------------


def test_a_worker_lets_go_when_asked(hand_site: Site) -> None:
    (found,) = up(hand_site, ("worker",))
    family = of(str(hand_site.data))
    assert len(family) == 2
    down(hand_site, ("worker",))
    assert (hand_site.data / "worker.let-go").read_text() == str(found.pid)
    assert gone(family)


def test_one_that_does_not_end_is_ended_with_its_children(hand_site: Site) -> None:
    up(hand_site, ("worker",), "stubborn")
    family = of(str(hand_site.data))
    assert not down(hand_site, ("worker",), "stubborn")[0].running
    assert gone(family)


def test_children_left_behind_are_ended_by_the_next_start_and_by_down(hand_site: Site) -> None:
    for act in (up, down):
        (found,) = up(hand_site, ("worker",))
        (child,) = psutil.Process(found.pid).children()
        kill(found.pid)
        assert psutil.pid_exists(child.pid)
        assert not status(hand_site, ("worker",))[0].running, "a child is no worker"
        act(hand_site, ("worker",))
        assert gone([child.pid])


def test_a_worker_started_by_others_is_found(hand_site: Site) -> None:
    (hand, _) = hands(hand_site)
    command = [*hand.program, "--config", str(hand_site.data.parent), "worker"]
    with psutil.Popen(command, start_new_session=True) as started:
        deadline = time.monotonic() + 60
        while not status(hand_site, ("worker",))[0].well and time.monotonic() < deadline:
            time.sleep(0.1)
        assert up(hand_site, ("worker",))[0].pid == started.pid
        assert not down(hand_site, ("worker",))[0].running


def test_one_that_refuses_is_quoted(hand_site: Site) -> None:
    with pytest.raises(ServiceFailed, match=": no threads for me") as caught:
        up(hand_site, ("worker",), "refuses")
    assert "worker.log" in caught.value.text.vi


def test_one_that_is_never_heard_of_is_reported(hand_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_START_SECONDS", 1)
    with pytest.raises(ServiceFailed, match="no answer"):
        up(hand_site, ("sweeper",), "silent")
    (found,) = status(hand_site, ("sweeper",))
    assert (found.running, found.well) == (True, False)
    assert [finding.rule for finding in found.findings] == ["sweeper_silent"]


def test_a_worker_is_heard_of_in_the_ledger(hand_site: Site) -> None:
    us = psutil.Process()

    def beat(seconds_ago: float = 0, **changes: object) -> bool:
        said = {"name": "one", "host": socket.gethostname(), "pid": us.pid, **changes}
        Ledger(hand_site, lambda: time.time() - seconds_ago).beat(Beat(**said))
        return heard_of(hand_site, us)

    assert not heard_of(hand_site, us)
    assert beat()
    assert not beat(seconds_ago=1000)
    assert not beat(host="another")
    assert not beat(pid=1)
    with psutil.Popen(["sleep", "60"]) as child:
        assert beat(pid=child.pid)
        child.kill()


def test_a_program_that_is_not_there(hand_site: Site) -> None:
    gone = [Hand("worker", "worker", heard_of, ("/nowhere/sohoa",))]
    with pytest.raises(ServiceFailed, match="/nowhere/sohoa"):
        list(services.up_all(hand_site, hand_site.data, ("worker",), gone))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    site = site_in(tmp_path)
    for part in HERE:
        with pytest.raises(ServiceFailed, match="services"):
            up(site, (part,))


def test_what_has_not_ended_at_once_has_settled(hand_site: Site) -> None:
    assert workers.settled(hand_site, psutil.Process(os.getppid()))
    with psutil.Popen(["sleep", "60"]) as young:
        assert not workers.settled(hand_site, young)
        young.kill()


# -- elsewhere --------------------------------------------------------------------------------------------------


def test_what_is_elsewhere_is_only_asked(tmp_path: Path) -> None:
    nowhere = Database(url="postgresql://sohoa@127.0.0.1:1/sohoa", seconds=1)
    site = site_in(tmp_path).model_copy(update={"database": nowhere, "broker": Broker(url="redis://127.0.0.1:1/0")})
    for name, error in {"database": DatabaseDown, "broker": BrokerDown}.items():
        with pytest.raises(error):
            up(site, (name,))
        (found,) = status(site, (name,))
        assert (found.bundled, found.running, found.pid) == (False, False, None)
        assert [finding.rule for finding in found.findings] == [f"{name}_{error.__name__}"]
        assert not down(site, (name,))[0].running
    assert not isinstance(found, SohoaError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", ""),
        ("redis://:word@host:6379/0", "redis://@host:6379/0"),
        ("amqps://user:pa:ss@host//?heartbeat=3", "amqps://user@host//"),
        ("redis://a:b@one/0?x=y;redis://c:d@two/1", "redis://a@one/0;redis://c@two/1"),
        ("postgresql://sohoa@host/db?password=word", "postgresql://sohoa@host/db"),
        ("redis://host:6379/0", "redis://host:6379/0"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    assert bare(url) == shown


@given(st.text("abXY09:/?;%-_.~", min_size=1).map(lambda word: f"<{word}>"), st.sampled_from(["", "sohoa"]))
def test_no_password_is_shown_whatever_it_is(password: str, user: str) -> None:
    quoted = quote(password, safe="")
    assert quoted not in bare(f"rediss://{user}:{quoted}@host:6379/0;amqp://{user}:{quoted}@other//?x={quoted}")


# -- logs -------------------------------------------------------------------------------------------------------


def test_a_long_log_is_put_aside_while_it_is_written_to(hand_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "LOG_BYTES", 10)
    folder = bundled.folder(hand_site.data)
    folder.mkdir()
    log = folder / "worker.log"
    with log.open("ab", buffering=0) as writer:
        for word in (b"first line\n", b"second line\n"):
            writer.write(word)
            bundled.turn_logs(hand_site.data)
            writer.write(b"after\n")
            assert log.read_bytes() == b"after\n"
            assert log.with_suffix(".log.1").read_bytes().endswith(word)
            assert log.with_suffix(".log.1").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("mark", "command", "found"),
    [
        (("a", "b"), ["x", "a", "b"], True),
        (("a", "b"), ["a", "x", "b"], False),
        (("a", "b"), ["b", "a"], False),
        (("a",), [], False),
        (("--config", "/c", "worker"), ["sohoa", "--config", "/c", "services", "up", "--only", "worker"], False),
    ],
)
def test_a_mark_is_words_in_a_row(mark: tuple[str, ...], command: list[str], found: bool) -> None:
    assert process._follow(mark, command) is found
