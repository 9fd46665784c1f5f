"""The worker: processes that bells wake. Each works from the ledger until there is nothing left, then sleeps.

Celery's main process listens to the broker and looks after the others: one that dies or has grown too big is replaced.
Nothing is opened before the fork. A process ends with the main process, however that ends, and its readers with it.
"""

from __future__ import annotations

import mmap
import multiprocessing.process
import os
import resource
import signal
import socket
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, Protocol
from weakref import WeakSet

import structlog
from celery import bootsteps, signals
from celery.apps.worker import Worker as CeleryWorker
from celery.platforms import SecurityWarning
from celery.worker import state
from celery.worker.consumer import Consumer

from pipeline.errors import BrokerDown, SohoaError, WorkerRefused
from pipeline.settings import Site
from pipeline.work.bell import Bell, make_app
from pipeline.work.ledger import Beat, Ledger

THREADS: Final = "OMP_THREAD_LIMIT"
"""Readers with a thread for each processor are four times slower when there is a reader for each processor, too."""
_TURN_SECONDS = 20.0
"""Then the process takes its next bell; meanwhile Celery can see how big it has grown."""
_HELD_SECONDS = 30.0
"""RabbitMQ closes the channel of a worker that acknowledges nothing for half an hour."""
_BEAT_SECONDS, _BEATS_A_LEASE = 5.0, 3
_RATE_BEATS = 12
"""Beats that the rate of pages is taken over: a minute."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_LOOK_SECONDS = 0.2

log = structlog.get_logger("sohoa.worker")


class Hands(Protocol):
    """What does the work (see ``hands.Hands``)."""

    pages: int
    documents: int
    doing: str

    def work_once(self) -> bool:
        """Claim a piece of work and do it; ``False`` when there was none."""

    def close(self) -> None:
        """Let go of everything, processes included."""


MakeHands = Callable[[], Hands]
"""Called in a worker process when it is woken first."""


def run_worker(site: Site, make_hands: MakeHands, processes: int = 0) -> int:
    """Work until told to end by SIGTERM or SIGINT; whatever is in hand then is let go of at the next page.

    Args:
        site: names broker and ledger, and how big a process may grow.
        make_hands: opens what the work is done with, in the process that does it.
        processes: how many; 0: as ``work.processes`` has it, or one a processor.

    Returns:
        The exit code: 0 when it ended as told.

    Raises:
        WorkerRefused: ``OMP_THREAD_LIMIT`` is not 1.
        ConfigError: the password file of the broker cannot be read.
    """
    if os.environ.get(THREADS) != "1":
        raise WorkerRefused(what=f"{THREADS}=1")
    warnings.simplefilter("ignore", SecurityWarning)  # of pickled messages: ours are JSON, and empty
    _Stop.prepare()
    child = _Child(site, make_hands, os.getpid())
    app = make_app(site, child.turn)
    app.steps["consumer"].add(_Acknowledge)
    signals.worker_process_init.connect(child.begin, weak=False)
    signals.worker_process_shutdown.connect(child.end, weak=False)
    try:
        worker = _Worker(
            app=app,
            hostname=f"sohoa@{socket.gethostname()}",
            concurrency=processes or site.work.processes or len(os.sched_getaffinity(0)),
            consumer_cls=_Consumer,
            loglevel="WARNING",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        log.info("service_started")
        worker.start()
        log.info("service_stopped")
        return int(worker.exitcode or 0)
    finally:
        signals.worker_process_init.disconnect(child.begin)
        signals.worker_process_shutdown.disconnect(child.end)


def worker_name() -> str:
    """This process as ledger and people know it: the machine and the number of the process."""
    return f"{socket.gethostname()}-{os.getpid()}"


def stopping() -> bool:
    """Whether this worker was told to end; hands ask it between two pages."""
    return _Stop.own or (_Stop.all is not None and _Stop.all[0] == 1)


class _Stop:
    """The word to stop: one byte that all processes of a worker see, and a word of its own for each."""

    all: mmap.mmap | None = None
    own = False

    @classmethod
    def prepare(cls) -> None:
        cls.all, cls.own = mmap.mmap(-1, 1), False

    @classmethod
    def everybody(cls, *_: object) -> None:
        if cls.all is not None:
            cls.all[0] = 1
        state.should_stop = 0

    @classmethod
    def this_process(cls, *_: object) -> None:
        cls.own = True


class _Child:
    """A worker process. The object is made before the fork; what it opens, it opens afterwards."""

    def __init__(self, site: Site, make_hands: MakeHands, parent: int) -> None:
        self._site, self._make, self._parent = site, make_hands, parent
        self._main = multiprocessing.process.current_process()
        self._bell = Bell(site)
        self._hands: Hands | None = None
        self._beating: _Beating | None = None

    def begin(self, **_: object) -> None:
        """Called by Celery in the new process."""
        if os.getppid() != self._parent:  # it was killed before this process asked to end with it
            os._exit(1)
        # Celery's processes look to Python like ones that must not start processes; readers are processes of their own.
        multiprocessing.process._current_process = self._main  # type: ignore[attr-defined]
        self._beating = _Beating(self._site)
        log.info("worker_started")

    def end(self, **_: object) -> None:
        """Called by Celery when the process ends in order."""
        if self._beating is not None:
            self._beating.stop()
        self._let_go_of_hands()
        self._bell.close()

    def turn(self) -> None:
        """What a bell makes the process do: work until nothing is left; after a while the bell is handed on."""
        # Celery's own handler, in place since begin(), would break off the work in the middle.
        signal.signal(signal.SIGTERM, _Stop.this_process)
        until, pause = time.monotonic() + _TURN_SECONDS, _FIRST_PAUSE
        while not stopping():
            try:
                if not self._open().work_once():
                    return
                pause = _FIRST_PAUSE
            except SohoaError as error:  # what a paper is to blame for does not come here: store, database or keys
                log.warning("turn_failed", rule=error.rule, seconds=pause)
                pause = self._rest(pause)
            except Exception as error:
                log.warning("turn_broken_off", problem=error, seconds=pause)
                self._let_go_of_hands()
                pause = self._rest(pause)
            if (time.monotonic() > until and self._hand_on()) or self._is_big():
                return
        if _Stop.own:  # it alone is to end: another takes its place
            raise SystemExit(0)

    def _open(self) -> Hands:
        if self._hands is None:
            self._hands = self._make()
            if self._beating is not None:
                self._beating.watch(self._hands)
        return self._hands

    def _let_go_of_hands(self) -> None:
        hands, self._hands = self._hands, None
        if hands is not None:
            with suppress(Exception):  # nothing more can be done for them
                hands.close()

    def _hand_on(self) -> bool:
        """Ring for the work that is left. Without a broker nobody would hear it: then this process goes on."""
        try:
            self._bell.ring()
        except BrokerDown:
            return False
        return True

    def _is_big(self) -> bool:
        """Whether Celery will replace this process after the turn, which is rung for again."""
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss <= self._site.work.megabytes * 1024:
            return False
        self._hand_on()
        log.info("worker_recycled", why="memory")
        return True

    @staticmethod
    def _rest(pause: float) -> float:
        """Wait unless told to end; the next pause is twice as long."""
        until = time.monotonic() + pause
        while time.monotonic() < until and not stopping():
            time.sleep(_LOOK_SECONDS)
        return min(2 * pause, _LONGEST_PAUSE)


class _Beating:
    """Tells the ledger every few seconds that this process lives, what it is at and what it has done."""

    def __init__(self, site: Site) -> None:
        self._ledger = Ledger(site)
        self._every = min(_BEAT_SECONDS, site.work.lease_seconds / _BEATS_A_LEASE)
        self._hands: Hands | None = None
        self._before = (0, 0)
        self._started = time.time()
        self._pages: deque[tuple[float, int]] = deque(maxlen=_RATE_BEATS)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="beat", daemon=True)
        self._thread.start()

    def watch(self, hands: Hands) -> None:
        """Tell of these hands from now on; what was done before still counts."""
        self._before, self._hands = self._done(), hands

    def stop(self) -> None:
        """Wait for the beat under way."""
        self._over.set()
        self._thread.join(_BEAT_SECONDS)
        self._ledger.close()

    def _done(self) -> tuple[int, int]:
        pages, documents = self._before
        return (
            (pages, documents)
            if self._hands is None
            else (pages + self._hands.pages, documents + self._hands.documents)
        )

    def _beat(self) -> None:
        while True:
            with suppress(SohoaError):  # the next one says the same
                self._ledger.beat(self._now())
            if self._over.wait(self._every):
                return

    def _now(self) -> Beat:
        (pages, documents), now = self._done(), time.monotonic()
        self._pages.append((now, pages))
        since, first = self._pages[0]
        return Beat(
            name=worker_name(),
            host=socket.gethostname(),
            pid=os.getpid(),
            doing=self._hands.doing if self._hands is not None else "",
            started_at=self._started,
            pages=pages,
            documents=documents,
            pages_per_minute=60 * (pages - first) / (now - since) if now > since else 0.0,
        )


# -- Celery -----------------------------------------------------------------------------------------------------


class _Worker(CeleryWorker):  # type: ignore[misc]
    """Ends in order at SIGTERM and SIGINT, and takes no other orders by signals."""

    def install_platform_tweaks(self, worker: object) -> None:  # noqa: ARG002 - given by the library
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _Stop.everybody)


class _Consumer(Consumer):  # type: ignore[misc]
    """Looks for a broker that went away every few seconds instead of ever more rarely."""

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(conn.ensure_connection, interval_start=1, interval_step=1, interval_max=3)
        return super().ensure_connected(conn)

    def call_soon_ack(self, p: Callable[..., object], *args: object, **options: object) -> Any:
        """Celery only logs what a broker does not acknowledge; kombu then counts it as held for ever."""
        return super().call_soon_ack(partial(self._acknowledge, p), *args, **options)

    def _acknowledge(self, acknowledge: Any, *args: object, **options: object) -> None:
        acknowledge(*args, **options)
        message = acknowledge.__self__
        if not message.acknowledged and self.task_consumer and message.channel is self.task_consumer.channel:
            raise ConnectionResetError(message.delivery_tag)  # ends the connection: the next one holds nothing


class _Acknowledge(bootsteps.StartStopStep):  # type: ignore[misc]
    """Acknowledges the bells of long turns: a book may take hours, and brokers do not wait so long."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **options: object) -> None:
        super().__init__(parent, **options)
        self._timer: Any = None
        self._seen: WeakSet[Any] = WeakSet()

    def start(self, parent: Any) -> None:
        """Called by Celery when it has a connection."""
        self._timer = parent.timer.call_repeatedly(_HELD_SECONDS, self._look)

    def stop(self, parent: Any) -> None:  # noqa: ARG002 - given by the library
        """Called by Celery when the connection is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        for request in list(state.reserved_requests):
            if request in self._seen:
                request.acknowledge()
            self._seen.add(request)
