"""Worker processes that open files from outside for the planner, within limits of time and memory."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from pipeline.errors import SohoaError, TooMuchMemory, TooSlow
from pipeline.work.crew import confine

_MEGABYTES = 2048
"""Hashing a file and counting its pages needs far less; a file that needs more is no scan."""


class Confined:
    """A pool of such processes; use as a context manager. ``processes`` 0: one a processor."""

    def __init__(self, processes: int = 0) -> None:
        self.processes = processes or self.usual()
        self._pool = ProcessPool(
            max_workers=self.processes,
            initializer=confine,
            initargs=(os.getpid(), _MEGABYTES),
            context=multiprocessing.get_context("spawn"),
        )

    @staticmethod
    def usual() -> int:
        """One a processor."""
        return len(os.sched_getaffinity(0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._pool.close()  # type: ignore[no-untyped-call]
        else:
            self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def start(self, task: Callable[..., Any], *args: object, seconds: float) -> ProcessFuture[Any]:
        """Have ``task`` done; ask :meth:`result` for what became of it."""
        return self._pool.schedule(task, args, timeout=seconds)

    def result(self, future: ProcessFuture[Any], name: str, seconds: float) -> Any:
        """What the task gave back.

        Raises:
            TooSlow, TooMuchMemory: it was ended, or its process died; ``name`` is for the message.
            SohoaError: whatever else it raised.
        """
        try:
            return future.result()
        except TimeoutError as late:
            raise TooSlow(name=name, limit=int(seconds)) from late
        except (MemoryError, ProcessExpired) as gone:
            raise TooMuchMemory(name=name, limit=_MEGABYTES) from gone
        except SohoaError:
            raise
        except Exception as error:
            raise SohoaError(what=f"{type(error).__name__}, backfill") from error
