"""The crew: worker processes that open files from outside and read pages, each within limits of time and memory.

A worker that takes too long, needs too much or dies is replaced; the caller gets one of our errors, the others go on.
Readers are loaded once a process. ``OMP_THREAD_LIMIT=1`` is set before any worker starts: without it two readers on two
processors are four times slower.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import psutil
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from pipeline import capture, recipe
from pipeline.dossier import Capture, Page, PageReading
from pipeline.errors import SohoaError, TooMuchMemory, TooSlow, from_os_error
from pipeline.ocr import Desk, open_desk
from pipeline.settings import Limits, Reading, Vocabulary

T = TypeVar("T")

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG: a crew never outlives the run, also when that is killed


class _Pool(ProcessPool):
    """A pool that ends its workers before it takes away what they are handed.

    Pebble closes the channels first: a worker that is still starting then finds its locks gone and says so on stderr.
    """

    def _stop_pool(self) -> None:
        if self._pool_manager_loop is not None:
            self._pool_manager_loop.join()
        self._pool_manager.worker_manager.force_stop_workers()  # type: ignore[no-untyped-call]
        super()._stop_pool()  # type: ignore[no-untyped-call]

    def megabytes(self) -> Iterator[float]:
        """Memory that each worker holds for itself."""
        for number in tuple(self._pool_manager.worker_manager.workers):
            with contextlib.suppress(psutil.Error):
                yield psutil.Process(number).memory_info().rss / (1 << 20)


class Crew:
    """Worker processes; use as a context manager.

    Args:
        reading: which readers to load.
        limits: on every file from outside.
        jobs: number of processes; 0 means one a processor.
        vocabulary: what helps reading marks right.
    """

    def __init__(self, reading: Reading, limits: Limits, jobs: int = 0, vocabulary: Vocabulary | None = None) -> None:
        os.environ["OMP_THREAD_LIMIT"] = "1"
        self.limits = limits
        self._orders = _Orders(reading, limits, vocabulary or Vocabulary())
        self._workers = jobs or len(os.sched_getaffinity(0))
        self._window = 2 * self._workers  # enough to keep everybody busy; a book of pages is not queued at once
        self._pool = self._begun()

    def _begun(self) -> _Pool:
        return _Pool(
            max_workers=self._workers,
            initializer=_begin,
            initargs=(self._orders, os.getpid()),
            context=multiprocessing.get_context("spawn"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the processes."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def recycle(self, megabytes: float) -> bool:
        """Start the processes anew if one of them holds more than that, while nothing is asked of them."""
        if all(size <= megabytes for size in self._pool.megabytes()):
            return False
        self.stop()
        self._pool = self._begun()
        return True

    def take(self, path: Path, folder: Path) -> Capture:
        """Capture one source (see ``capture.take``)."""
        return self.call(_take, (path, folder, self.limits), path.name, self.limits.seconds_file)

    def call(self, function: Callable[..., T], arguments: Sequence[object], name: str, seconds: float) -> T:
        """Have ``function`` of a module called in a worker, within ``seconds``; ``name`` is for messages.

        Raises:
            TooSlow, TooMuchMemory: it was stopped; and what ``function`` raises.
        """
        return self._wait(self._pool.schedule(function, args=tuple(arguments), timeout=seconds), name, seconds)

    def read(self, name: str, pages: Iterable[Page]) -> Iterator[tuple[Page, PageReading]]:
        """Read pages side by side; results come in the order of ``pages``. ``name`` is for messages."""
        limit = self.limits.seconds_page
        ahead: deque[tuple[Page, ProcessFuture[tuple[Page, PageReading]]]] = deque()
        try:
            for page in pages:
                ahead.append((page, self._pool.schedule(_read, (page,), timeout=limit)))
                if len(ahead) >= self._window:
                    yield self._next(name, ahead)
            while ahead:
                yield self._next(name, ahead)
        finally:
            for _, future in ahead:
                future.cancel()  # type: ignore[no-untyped-call]

    def _next(
        self, name: str, ahead: deque[tuple[Page, ProcessFuture[tuple[Page, PageReading]]]]
    ) -> tuple[Page, PageReading]:
        page, future = ahead.popleft()
        return self._wait(future, f"{name}, trang/page {page.number}", self.limits.seconds_page)

    def _wait(self, future: ProcessFuture[T], name: str, seconds: float) -> T:
        try:
            return future.result()
        except TimeoutError as late:
            raise TooSlow(name=name, limit=int(seconds)) from late
        except (MemoryError, ProcessExpired) as gone:
            raise TooMuchMemory(name=name, limit=self.limits.memory_megabytes) from gone


@dataclass(frozen=True)
class _Orders:
    reading: Reading
    limits: Limits
    vocabulary: Vocabulary


_orders: _Orders | None = None


def _begin(orders: _Orders, parent: int) -> None:
    """Prepare a worker."""
    global _orders  # noqa: PLW0603 - a worker process has one set of orders for its life
    confine(parent, orders.limits.memory_megabytes)
    _orders = orders


def confine(parent: int, megabytes: int) -> None:
    """Confine this process: little memory, deaf to Ctrl-C (the parent decides), gone when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20,) * 2)


@lru_cache(maxsize=1)
def _desk(orders: _Orders) -> Desk:
    return open_desk(orders.reading, orders.limits, orders.vocabulary)


def _take(path: Path, folder: Path, limits: Limits) -> Capture:
    with _only_our_errors():
        return capture.take(path, folder, limits)


def _read(page: Page) -> tuple[Page, PageReading]:
    with _only_our_errors():
        if _orders is None:
            raise SohoaError(what="worker without orders")
        return recipe.read_page(page, _desk(_orders), _orders.limits)


@contextlib.contextmanager
def _only_our_errors() -> Iterator[None]:
    """Let our errors and a want of memory pass; anything else must not take a run down, nor show a traceback."""
    try:
        yield
    except (SohoaError, MemoryError):
        raise
    except OSError as error:
        raise from_os_error(error, Path(error.filename or "").name) from error
    except Exception as error:
        if "memory" in str(error).lower() or "alloc" in str(error).lower():  # OpenCV's and onnxruntime's words
            raise MemoryError from error
        raise SohoaError(what=f"{type(error).__name__} in {_place(error)}") from error


def _place(error: BaseException) -> str:
    """File and line where ``error`` arose: enough to find it, without the data it was about."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
