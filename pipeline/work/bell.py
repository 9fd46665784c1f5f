"""The doorbell: messages in the broker that carry nothing and only wake a worker; what there is to do, the ledger says.

A bell too many makes a worker look for nothing, a bell lost is rung again by the sweeper. So a bell need not outlive
its broker: the queue is a plain one, messages are not written to disk, and none is ever handed out twice on purpose.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import quote, urlsplit

from celery import Celery, signals
from kombu.entity import Exchange, Queue

from pipeline.errors import BrokerDown, ConfigError
from pipeline.settings import Site
from pipeline.storage import bundled

QUEUE: Final = "sohoa.work"
"""Name of the queue, and of the one task there is."""
_CONNECT_SECONDS = 2
_ANSWER_SECONDS = 2
"""A try with the connection that is there and one with a new one: so long does it take to know the broker is down."""
_LIBRARIES = frozenset({"amqp", "celery", "kombu", "redis"})
_HEARTBEAT = 20
_AWAY_SECONDS = 300
"""Redis and Valkey hand out a bell again when its worker has been silent for so long."""
_RESTORE_SECONDS = 10


def make_app(site: Site, turn: Callable[[], None] | None = None) -> Celery:
    """The Celery application: one queue, one task without arguments or result.

    A bell is acknowledged when its turn is over, so that a worker whose processes are all busy takes no bell that
    another worker could answer. What a killed process leaves is not handed out again: its lease has to run out first,
    and then the sweeper rings.

    Args:
        site: names the broker.
        turn: what a bell makes a worker do; only workers need it.

    Raises:
        ConfigError: the password file of the broker cannot be read.
    """
    url = broker_url(site)
    app = Celery("sohoa", broker=url, set_as_current=False)
    app.conf.update(
        task_queues=[Queue(QUEUE, Exchange(""), routing_key=QUEUE)],  # type: ignore[no-untyped-call]
        task_default_queue=QUEUE,
        task_create_missing_queues=False,
        task_default_delivery_mode="transient",
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        broker_use_ssl=_encryption(url),
        broker_heartbeat=_HEARTBEAT,
        broker_connection_timeout=_CONNECT_SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        broker_transport_options=_options(url),
        worker_prefetch_multiplier=1,
        worker_detect_quorum_queues=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_lost_wait=1,
        worker_proc_alive_timeout=60,
        worker_max_memory_per_child=site.work.megabytes * 1024,
    )

    @app.task(name=QUEUE)  # type: ignore[untyped-decorator]
    def work() -> None:
        if turn is not None:
            turn()

    # Without a receiver Celery would set up logging as it likes.
    signals.setup_logging.connect(_leave_logging, dispatch_uid=QUEUE)
    return app


def broker_url(site: Site) -> str:
    """Address of the broker with its password, as Celery takes it.

    Raises:
        ConfigError: the password file cannot be read.
    """
    if not site.broker.url:
        return bundled.broker_url(site.data)
    if site.broker.password_file is None:
        return site.broker.url
    try:
        password = quote(site.broker.password_file.read_text(encoding="utf-8").strip(), safe="")
    except (OSError, UnicodeDecodeError) as error:
        what = f"broker.password_file: {site.broker.password_file}"
        raise ConfigError(file="site.yaml", line=0, what=what, hint="") from error
    parts = urlsplit(site.broker.url)
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:{password}@{host}").geturl()


def where(site: Site) -> str:
    """The broker as it is named in messages: without user and password."""
    if not site.broker.url:
        return str(bundled.broker_socket(site.data))
    parts = urlsplit(site.broker.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2] or parts.path}"


class Bell:
    """Wakes workers. Keeps its connection, makes another after a fork, and may be used by several threads."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._process = 0
        self._app: Celery | None = None
        self._connection: Any = None
        self._channel: Any = None
        self._abandoned: list[object] = []
        """Connections of the process that this one was forked from: closing them would end them there."""

    def ring(self, count: int = 1) -> None:
        """Wake as many workers, if so many sleep. Some may have been woken when this fails.

        Raises:
            BrokerDown: the broker does not take it within seconds.
            ConfigError: see :func:`broker_url`.
        """

        def publish(app: Celery, channel: Any) -> None:
            producer = app.amqp.Producer(channel)
            for _ in range(count):
                app.send_task(
                    QUEUE, producer=producer, retry=False, ignore_result=True, confirm_timeout=_ANSWER_SECONDS
                )

        self._try(publish)

    def depth(self) -> int:
        """How many bells wait in the queue; those that a worker has already are not counted.

        Raises:
            BrokerDown: the broker does not answer within seconds.
            ConfigError: see :func:`broker_url`.
        """
        return int(self._try(lambda app, channel: app.amqp.queues[QUEUE](channel).queue_declare().message_count))

    def close(self) -> None:
        """Let go of the connection; the next use makes another."""
        with self._lock:
            self._drop()

    def _try(self, use: Callable[[Celery, Any], Any]) -> Any:
        """Use the connection; one that the broker has ended since it was used last is made anew, once."""
        with self._lock:
            if self._process != os.getpid():
                self._abandoned += [self._connection, self._channel]
                self._connection, self._channel, self._app, self._process = None, None, None, os.getpid()
            if self._app is None:
                self._app = make_app(self._site)
            if self._channel is not None:
                with self._errors(last=False):
                    return use(self._app, self._channel)
            with self._errors(last=True):
                return use(self._app, self._open(self._app))

    def _open(self, app: Celery) -> Any:
        # Whoever rings waits for the answer, whereas workers read from their connection when something comes.
        options = {**app.conf.broker_transport_options, "read_timeout": _ANSWER_SECONDS}
        self._connection = app.connection_for_write(heartbeat=0, transport_options=options)
        self._connection.ensure_connection(max_retries=1, interval_start=0, timeout=_CONNECT_SECONDS)
        self._channel = self._connection.channel()
        app.amqp.queues[QUEUE](self._channel).declare()
        return self._channel

    @contextmanager
    def _errors(self, *, last: bool) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._drop()
            if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] not in _LIBRARIES:
                raise
            if last:
                raise BrokerDown(where=where(self._site)) from error

    def _drop(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and self._process == os.getpid():
            with suppress(Exception):  # it is of no use any more
                connection.collect(socket_timeout=_ANSWER_SECONDS)


def _options(url: str) -> dict[str, object]:
    if url.startswith("amqp"):
        return {"confirm_publish": True, "write_timeout": _ANSWER_SECONDS}
    return {
        "visibility_timeout": _AWAY_SECONDS,
        "unacked_restore_interval": _RESTORE_SECONDS,
        "unacked_restore_throttle": 1,
        "socket_timeout": _ANSWER_SECONDS,
        "socket_connect_timeout": _CONNECT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "global_keyprefix": "sohoa:",
    }


def _encryption(url: str) -> dict[str, object] | None:
    """The server has to have a certificate for its name; left alone, the AMQP library would take any."""
    if url.startswith("amqps:"):
        authorities, host = ssl.get_default_verify_paths().cafile, urlsplit(url).hostname
        return {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": authorities, "server_hostname": host}
    if url.startswith("rediss:"):
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    return None


def _leave_logging(**_: object) -> None:
    """Celery logs through the handlers there are."""
