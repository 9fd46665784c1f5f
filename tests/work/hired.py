"""A worker, or a sweeper, in a process of its own: ``python -m tests.work.hired worker|sweeper SITE.json FOLDER``.

Its hands write down what they do in ``FOLDER/done``; what they meet is in the name of the source.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from pipeline.errors import StoreDown
from pipeline.settings import Site
from pipeline.work import worker
from pipeline.work.ledger import ItemState, Lease, Ledger
from pipeline.work.sweeper import run_sweeper
from pipeline.work.worker import run_worker, stopping, worker_name

PAGE_SECONDS = float(os.environ.get("PAGE", "0.02"))
PAGES = 3


class Hands:
    """Hands that work on nothing, page by page."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.pages = self.documents = 0
        self.doing = ""
        self.folder = folder
        self.ledger = Ledger(site)
        self.kept: list[bytes] = []
        self.crew: Any = None

    def work_once(self) -> bool:
        lease = self.ledger.claim(worker_name())
        if lease is None:
            return False
        assert isinstance(lease, Lease)
        meet(self, lease.item.name)
        pages = 10_000 if lease.item.name == "book" else PAGES
        for page in range(pages):
            self.doing = f"page {page + 1}"
            time.sleep(PAGE_SECONDS)
            self.pages += 1
            if stopping():
                self.ledger.let_go(lease)
                return True
        self.ledger.finish(lease, ItemState.STORED, (), {})
        with (self.folder / "done").open("a") as done:
            done.write(f"{lease.item.id} {os.getpid()}\n")
        self.documents += 1
        return True

    def close(self) -> None:
        if self.crew is not None:
            self.crew.__exit__(None, None, None)
        (self.folder / f"closed-{os.getpid()}").touch()


def meet(hands: Hands, name: str) -> None:
    """What befalls the worker of a source with such a name."""
    if name == "crash":
        os.abort()
    if name == "bug":
        raise RuntimeError(name)
    if name == "big":
        hands.kept.append(b"x" * 400_000_000)
    if name == "down" and not (flag := hands.folder / "was-down").exists():
        flag.touch()
        raise StoreDown(where="store")
    if name == "readers":
        from pipeline.settings import Limits, Reading
        from pipeline.work.crew import Crew

        hands.crew = Crew(Reading(), Limits(), 1)
        hands.crew._pool.schedule(os.getpid).result()


def main() -> int:
    kind, site, folder = sys.argv[1], Site.model_validate(json.loads(Path(sys.argv[2]).read_text())), Path(sys.argv[3])
    if kind == "sweeper":
        run_sweeper(site)
        return 0
    worker._HELD_SECONDS = float(os.environ.get("HELD", "30"))
    return run_worker(site, lambda: Hands(site, folder), 2)


if __name__ == "__main__":
    sys.exit(main())
