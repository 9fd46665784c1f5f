"""The services of an installation: object store, broker, database, worker, sweeper; started, found again, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.lazy import parts
from pipeline.services.standing import Status
from pipeline.services.store import down, status, up, weed

if TYPE_CHECKING:
    from pipeline.services.parts import PARTS, down_all, status_all, up_all
else:
    __getattr__ = parts(__name__, {"parts": ("PARTS", "down_all", "status_all", "up_all")})

__all__ = ["PARTS", "Status", "down", "down_all", "status", "status_all", "up", "up_all", "weed"]
