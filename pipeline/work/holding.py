"""While a worker has something in hand: its lease is renewed beside the work, and it asks whether to let go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from pipeline.errors import SohoaError
from pipeline.work.ledger import Lease, LeaseLost, Ledger, PageLease

_BEATS = 3
"""How often a lease is renewed in its time."""


class LetGo(Exception):
    """No error: the work is put back unfinished and unblamed; nobody takes it for ``wait`` seconds."""

    def __init__(self, wait: float = 0.0) -> None:
        super().__init__(wait)
        self.wait = wait


class Hold:
    """Keeps a lease while the work goes on; use as a context manager.

    Args:
        ledger: that gave the lease.
        unit: the lease.
        seconds: how long it lasts.
        stopping: whether this worker is to end.
    """

    def __init__(self, ledger: Ledger, unit: Lease | PageLease, seconds: float, stopping: Callable[[], bool]) -> None:
        self.doing = ""
        """What is being done; told to the ledger with the next beat."""
        self._ledger, self._unit, self._stopping = ledger, unit, stopping
        self._every = seconds / _BEATS
        self._lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(self._every):
            try:
                self._lost = not self._ledger.renew(self._unit, self.doing)
            except SohoaError:  # the ledger is down: nobody else can take the work meanwhile
                continue
            if self._lost:
                return

    def check(self, *, between_pages: bool = False) -> None:
        """Go on, or not.

        Raises:
            LeaseLost: somebody else has the work now.
            LetGo: this worker is to end, or (``between_pages``) more urgent work waits.
        """
        if self._lost:
            raise LeaseLost
        if self._stopping() or (between_pages and self._ledger.more_urgent(self._unit)):
            raise LetGo
