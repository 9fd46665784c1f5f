"""What a sample says about the batch that it was drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pipeline.dossier import Text

_ROUNDING = 1e-9


class Verdict(StrEnum):
    """What quality control says of a batch."""

    OPEN = "open"
    """Not enough looked at yet."""
    ACCEPTED = "accepted"
    """All that was drawn was looked at; no greater share is wrong than is allowed."""
    REJECTED = "rejected"
    """A greater share is wrong than is allowed: all that policy accepted is to be looked at."""
    GONE_THROUGH = "gone-through"
    """It was rejected, and every one of its documents has been looked at since."""
    UNTOUCHED = "untouched"
    """Policy accepted nothing in it: there is nothing to look at a second time."""

    @property
    def text(self) -> Text:
        """The verdict for people."""
        return _VERDICTS[self]


_VERDICTS = {
    Verdict.OPEN: Text("chưa kiểm đủ", "not enough looked at"),
    Verdict.ACCEPTED: Text("đạt", "accepted"),
    Verdict.REJECTED: Text("không đạt", "rejected"),
    Verdict.GONE_THROUGH: Text("không đạt, đã xem hết", "rejected, all looked at"),
    Verdict.UNTOUCHED: Text("không có giấy tự động chấp nhận", "nothing accepted by policy"),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """Of ``looked`` documents ``wrong`` were wrong; ``low`` to ``high`` is where the share of the whole may lie."""

    wrong: int
    looked: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share observed; 0 when nothing was looked at."""
        return self.wrong / self.looked if self.looked else 0.0


@lru_cache(maxsize=4096)
def rate(wrong: int, looked: int, confidence: float) -> Rate:
    """The share of wrong documents with its exact (Clopper-Pearson) interval; 0 to 1 when nothing was looked at.

    The interval takes the documents as drawn from endlessly many. Where a good part of a small batch is drawn it is
    therefore wider than it need be, never narrower.

    Raises:
        ValueError: more wrong than looked at, a negative number, or a confidence outside of 0 to 1.
    """
    if not 0 <= wrong <= looked or not 0 < confidence < 1:
        raise ValueError("counts or confidence out of range")
    if not looked:
        return Rate(0, 0, 0.0, 1.0)
    from scipy.stats import binomtest  # noqa: PLC0415 - takes a second to load

    found = binomtest(wrong, looked).proportion_ci(confidence_level=confidence, method="exact")
    return Rate(wrong, looked, float(found.low), float(found.high))


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted in a batch. Documents are those that policy accepted and that are stored."""

    documents: int
    drawn: int
    looked: int
    """Of those drawn."""
    wrong: int
    """Of those drawn and looked at."""
    unseen: int
    """Of all its documents, those that nobody has looked at, drawn or not."""
    growing: bool
    """Whether some of its sources are still on their way."""


def judge(tally: Tally, limit: float) -> Verdict:
    """What the sample says of the batch: rejected when a greater share than ``limit`` is wrong.

    It is rejected as soon as what is still to be looked at cannot bring the share down any more, and accepted only
    when the batch is complete and all that was drawn has been looked at.
    """
    if tally.wrong > limit * tally.drawn + _ROUNDING:
        return Verdict.REJECTED if tally.unseen or tally.growing else Verdict.GONE_THROUGH
    if tally.growing or tally.looked < tally.drawn:
        return Verdict.OPEN
    if not tally.documents:
        return Verdict.UNTOUCHED
    return Verdict.ACCEPTED if tally.drawn else Verdict.OPEN
