"""The services of an installation: object store, broker, database, worker, sweeper; started, found again, stopped."""

from pipeline.services.status import Status
from pipeline.services.store import down, status, up, weed

__all__ = ["Status", "down", "status", "up", "weed"]
