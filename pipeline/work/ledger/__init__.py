"""The ledger: what there is to do, who does it, what became of it. It is the truth; the broker is a doorbell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.lazy import parts

if TYPE_CHECKING:
    from pipeline.work.ledger.book import LeaseLost
    from pipeline.work.ledger.ledger import Ledger
    from pipeline.work.ledger.nouns import (
        CLAIMED_AS,
        LEASED,
        TRANSITIONS,
        UNFINISHED,
        UNREAD,
        Beat,
        Found,
        Item,
        ItemState,
        Job,
        JobState,
        Lease,
        NewItem,
        PageLease,
        Urgency,
    )
else:
    __getattr__ = parts(
        __name__,
        {
            "book": ("LeaseLost",),
            "ledger": ("Ledger",),
            "nouns": (
                "CLAIMED_AS",
                "LEASED",
                "TRANSITIONS",
                "UNFINISHED",
                "UNREAD",
                "Beat",
                "Found",
                "Item",
                "ItemState",
                "Job",
                "JobState",
                "Lease",
                "NewItem",
                "PageLease",
                "Urgency",
            ),
        },
    )

__all__ = [
    "CLAIMED_AS",
    "LEASED",
    "TRANSITIONS",
    "UNFINISHED",
    "UNREAD",
    "Beat",
    "Found",
    "Item",
    "ItemState",
    "Job",
    "JobState",
    "Lease",
    "LeaseLost",
    "Ledger",
    "NewItem",
    "PageLease",
    "Urgency",
]
