"""Figures of a run, and the bars that understanding is held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.bars import Bar, least, most
from benchmarks.fields import judging
from benchmarks.fields.judging import NUMBER_AND_DAY, PRINTED, Starts, Typed
from benchmarks.fields.nouns import Judged, Understood, Verdict
from pipeline.settings import DocumentType

_BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 0.99, 1.0)
DRAWN = ("dossiers", "stacks")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a run measured."""

    results: tuple[Understood, ...]
    typed: tuple[Typed, ...]
    starts: tuple[Starts, ...]
    fields: tuple[Judged, ...]

    @property
    def cpu(self) -> float | None:
        """CPU seconds a page of cutting and understanding, over papers that were read from pictures."""
        read = [one for one in self.results if one.source.path is not None]
        pages = sum(one.pages for one in read)
        return sum(one.cpu for one in read) / pages if pages else None


def outcome_of(results: Sequence[Understood]) -> Outcome:
    """Judge what a run found."""
    return Outcome(
        tuple(results),
        tuple(judging.types(results)),
        tuple(judging.starts(one) for one in results if one.source.set == "stacks"),
        tuple(_judged(results)),
    )


def _judged(results: Sequence[Understood]) -> Iterator[Judged]:
    """Verdicts; a value that is not in the truth counts only where the truth of other papers of the type has it."""
    told = {(wanted.type, key) for one in results for wanted in one.source.wanted for key in wanted.fields}
    for one in results:
        for judged in judging.fields(one):
            if judged.verdict is not Verdict.EXTRA or (judged.type, judged.key) in told:
                yield judged


def share(part: float, whole: float) -> float | None:
    """Per cent, or ``None`` of nothing."""
    return 100 * part / whole if whole else None


def right_types(typed: Iterable[Typed]) -> float | None:
    """Per cent of documents whose type is right."""
    typed = list(typed)
    return share(sum(one.right for one in typed), len(typed))


def precision_recall(starts: Iterable[Starts]) -> tuple[float | None, float | None]:
    """Per cent of cuts that are right, and of starts that were found."""
    starts = list(starts)
    right = sum(len(one.right) for one in starts)
    return (
        share(right, sum(len(one.found) for one in starts)),
        share(right, sum(len(one.wanted) for one in starts)),
    )


def counted(fields: Iterable[Judged]) -> Counter[Verdict]:
    """How often each verdict was given."""
    return Counter(one.verdict for one in fields)


def exact(fields: Iterable[Judged]) -> float | None:
    """Per cent of the fields on the papers that were read exactly."""
    verdicts = counted(fields)
    return share(verdicts[Verdict.EXACT], sum(verdicts.values()) - verdicts[Verdict.EXTRA])


def escaped(fields: Iterable[Judged]) -> float | None:
    """Per cent of the fields that are wrong, or not on the paper, and not flagged."""
    verdicts = counted(fields)
    return share(verdicts[Verdict.ESCAPED] + verdicts[Verdict.EXTRA], sum(verdicts.values()))


def reliability(typed: Sequence[Typed]) -> list[tuple[float, float, int, float, float]]:
    """How sure and how right, by bins of confidence: from, to, documents, mean confidence, share right (0..1)."""
    rows = []
    for low, high in pairwise(_BINS):
        inside = [one for one in typed if low <= one.confidence < high or (high == 1.0 == one.confidence)]
        if inside:
            sure = sum(one.confidence for one in inside) / len(inside)
            rows.append((low, high, len(inside), sure, sum(one.right for one in inside) / len(inside)))
    return rows


def from_codes(outcome: Outcome, kinds: Sequence[DocumentType]) -> list[Judged]:
    """Fields that a QR code holds, on papers whose code was read."""
    held = {kind.key: [key for key in kind.fields if f"(?P<{key}>" in kind.barcode] for kind in kinds if kind.barcode}
    coded = {
        (id(one.source), wanted.type)
        for one in outcome.results
        for document, wanted in judging.pairs(one)
        if one.coded.intersection(document.pages)
    }
    return [
        one for one in outcome.fields
        if (id(one.source), one.type) in coded and one.key in held.get(one.type, ()) and one.verdict != Verdict.EXTRA
    ]  # fmt: skip


def bars_of(outcome: Outcome, kinds: Sequence[DocumentType]) -> list[Bar]:
    """All bars, in the order of the requirements."""
    typed = _by_set(outcome.typed)
    whole = [one for one in outcome.starts if not one.source.separated]
    precision, recall = precision_recall(whole)
    printed = [one for one in outcome.fields if one.key in PRINTED and not one.by_hand]
    hand = [one for one in outcome.fields if one.by_hand and one.key in NUMBER_AND_DAY]
    codes = from_codes(outcome, kinds)
    return [
        least("type, sample scans", right_types(typed("samples")), 100, " %"),
        least("type, drawn papers", right_types(typed(*DRAWN)), 99, " %"),
        least("type, texts of law and forms", right_types(typed("texts")), 97, " %"),
        least("starts in stacks without separators, precision", precision, 98, " %"),
        least("starts in stacks without separators, recall", recall, 98, " %"),
        *(
            least(f"printed {key}, {name}", exact(one for one in group if one.key == key), 97, " %")
            for name, group in (("samples", _of(printed, "samples")), ("drawn", _of(printed, *DRAWN)))
            for key in PRINTED
        ),
        most(
            "handwritten number or day certain though wrong",
            sum(one.verdict is Verdict.ESCAPED for one in hand) if hand else None,
            0,
            "",
        ),
        most("fields wrong and not flagged", escaped(outcome.fields), 0.5, " %"),
        least("fields of a readable QR code", exact(codes), 100, " %"),
        most("CPU-s a page on top of reading", outcome.cpu, 0.15, " s"),
    ]


def _by_set(typed: Sequence[Typed]) -> Callable[..., list[Typed]]:
    return lambda *names: [one for one in typed if one.source.set in names]


def _of(fields: Iterable[Judged], *names: str) -> list[Judged]:
    return [one for one in fields if one.source.set in names]
