"""The doorbell on real brokers: rung, counted, gone, frozen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import BrokerDown, ConfigError
from pipeline.settings import Broker
from pipeline.work.bell import Bell, broker_url, where
from tests.fixtures.brokers import Server
from tests.fixtures.store import site_in


@pytest.fixture(autouse=True)
def empty(request: pytest.FixtureRequest):
    """Bells of other tests are of no matter here."""
    if "server" in request.fixturenames:
        server: Server = request.getfixturevalue("server")
        bell = Bell(server.site(Path("/")))
        bell.depth()
        bell._channel.queue_purge("sohoa.work")
        bell.close()


def test_bells_wait_in_the_queue(server: Server, tmp_path: Path):
    bell = Bell(server.site(tmp_path))
    assert bell.depth() == 0
    bell.ring()
    bell.ring(3)
    assert bell.depth() == 4
    assert Bell(server.site(tmp_path)).depth() == 4
    bell.close()
    bell.ring()
    assert bell.depth() == 5


def test_a_forked_process_has_a_connection_of_its_own(server: Server, tmp_path: Path):
    bell = Bell(server.site(tmp_path))
    bell.ring()
    if (pid := os.fork()) == 0:
        try:
            bell.ring(2)
            bell.close()
        finally:
            os._exit(0)
    bell.ring()
    os.waitpid(pid, 0)
    bell.ring()
    assert bell.depth() == 5


def test_a_broker_that_does_not_answer_is_told_of(server: Server, tmp_path: Path):
    bell = Bell(server.site(tmp_path))
    bell.ring()
    server.freeze()
    try:
        with pytest.raises(BrokerDown) as frozen:
            bell.ring()
    finally:
        server.thaw()
    assert "guest" not in frozen.value.text.en
    bell.ring()


def test_a_broker_that_is_gone_is_told_of_at_once(redis_server: Server, tmp_path: Path):
    bell = Bell(redis_server.site(tmp_path))
    bell.ring()
    redis_server.kill()
    try:
        for use in (bell.ring, bell.depth, Bell(redis_server.site(tmp_path)).ring):
            with pytest.raises(BrokerDown):
                use()
    finally:
        redis_server.start()
    bell.ring()
    assert bell.depth() >= 1


def test_passwords_come_from_their_file_and_are_not_told(tmp_path: Path):
    secret = tmp_path / "mat-khau"
    secret.write_text("p@ss/w:rd\n")
    for url, whole, told in (
        ("redis://host:1/0", "redis://:p%40ss%2Fw%3Ard@host:1/0", "redis://host:1"),
        ("amqp://so@host//", "amqp://so:p%40ss%2Fw%3Ard@host//", "amqp://host"),
        ("amqps://so:old@host/x", "amqps://so:p%40ss%2Fw%3Ard@host/x", "amqps://host"),
    ):
        site = site_in(tmp_path).model_copy(update={"broker": Broker(url=url, password_file=secret)})
        assert (broker_url(site), where(site)) == (whole, told)
    lost = site_in(tmp_path).model_copy(update={"broker": Broker(url="redis://host", password_file=tmp_path / "0")})
    with pytest.raises(ConfigError):
        Bell(lost).ring()


def test_the_wrong_password_is_told_of(rabbitmq_server: Server, tmp_path: Path):
    site = rabbitmq_server.site(tmp_path)
    wrong = Broker(url=rabbitmq_server.url.replace("guest:guest", "guest:khac"))
    with pytest.raises(BrokerDown) as caught:
        Bell(site.model_copy(update={"broker": wrong})).ring()
    assert "khac" not in caught.value.text.en
