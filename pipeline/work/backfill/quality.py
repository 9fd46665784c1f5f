"""Two rounds of quality control, as the trade does it.

The first round is the gate: what is doubtful goes to a person before it is stored. In the second a person looks at a
random share of what policy let past the gate, and each batch is judged by what is found there. Nothing here ever
changes a record; what a person says is added to what was said before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from pipeline.dossier import Text
from pipeline.errors import BadValue, UnknownRecord
from pipeline.settings import Backfill
from pipeline.work.backfill import sampling
from pipeline.work.backfill.statistics import Rate, Tally, Verdict, judge, rate
from pipeline.work.backfill.wording import plain
from pipeline.work.ledger.quality import BatchCount, Draw, Judgement, Paper, QualityBook

OTHER_FAULTS = {
    "type": Text("sai loại giấy tờ", "wrong type"),
    "pages": Text("thiếu, thừa hoặc lẫn trang", "pages missing, too many or mixed up"),
    "picture": Text("ảnh mờ, lệch, cắt mất chữ", "picture blurred, skewed or cut off"),
    "dossier": Text("sai hồ sơ hoặc chủ sở hữu", "wrong dossier or owner"),
    "other": Text("lỗi khác", "something else"),
}
"""What may be wrong with a record besides its fields."""
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """How a batch stands: what was counted, the share of wrong documents in its sample, the verdict."""

    batch: str
    tally: Tally
    rate: Rate
    verdict: Verdict
    faults: Mapping[str, int] = field(default_factory=dict)
    """How many documents of the sample are wrong in which field."""


def draw(book: QualityBook, job: str, share: float) -> int:
    """Draw from what has been stored since the last time; the number of documents newly drawn.

    A batch that chance leaves out gives one document nevertheless, once none of its sources is on its way any more.
    With a ``share`` of 0 nothing is drawn.
    """
    if share <= 0:
        return 0
    drawn = book.draws(job)
    chosen = (
        Draw(one.found.id, one.batch)
        for one in book.accepted(job)
        if one.found.id not in drawn and sampling.falls_on(job, one.found.id, share)
    )
    new = book.add_draws(job, chosen)
    left_out = [count.batch for count in book.counts(job) if count.documents and not count.drawn and not count.growing]
    return new + (book.add_draws(job, _stand_ins(book, job, left_out)) if left_out else 0)


def _stand_ins(book: QualityBook, job: str, batches: Collection[str]) -> Iterator[Draw]:
    documents: dict[str, list[str]] = defaultdict(list)
    for one in book.accepted(job, batches=batches):
        documents[one.batch].append(one.found.id)
    for batch, ids in documents.items():
        if first := sampling.first_of(job, ids):
            yield Draw(first, batch)


def standings(book: QualityBook, job: str, rules: Backfill) -> list[Standing]:
    """How the batches of a job stand, by name; nothing is drawn or changed by asking."""
    counts = book.counts(job)
    faults = _faults(book, job) if any(count.wrong for count in counts) else {}
    return [_standing(count, rules, faults.get(count.batch, Counter())) for count in counts]


def _standing(count: BatchCount, rules: Backfill, faults: Mapping[str, int]) -> Standing:
    tally = Tally(count.documents, count.drawn, count.looked, count.wrong, count.unseen, count.growing)
    found = rate(count.wrong, count.looked, rules.confidence)
    return Standing(count.batch, tally, found, judge(tally, rules.error_limit), dict(faults))


def overall(standing: Sequence[Standing], confidence: float) -> Rate:
    """The share of wrong documents in the samples of all batches together."""
    return rate(sum(one.tally.wrong for one in standing), sum(one.tally.looked for one in standing), confidence)


def _faults(book: QualityBook, job: str) -> dict[str, Counter[str]]:
    drawn = book.draws(job)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for said in book.judgements(job):
        if not said.right and said.document in drawn:
            counted[drawn[said.document].batch].update(said.fields)
    return counted


def to_look_at(book: QualityBook, job: str, rules: Backfill) -> Iterator[Paper]:
    """What a person is to look at now: the sample, then all of the batches that were rejected for it."""
    rejected = [one.batch for one in standings(book, job, rules) if one.verdict is Verdict.REJECTED]
    return book.to_look_at(job, rejected)


def find(book: QualityBook, job: str, document: str) -> Paper:
    """The document of that id, which may be shortened, among those that policy accepted.

    Raises:
        UnknownRecord: the job has none such, or several.
    """
    found = book.find(job, document) if document else []
    if len(found) != 1:
        raise UnknownRecord(id=plain(document, 64))
    return found[0]


def say(book: QualityBook, job: str, judgement: Judgement, known: Collection[str]) -> None:
    """Keep what a person says of a document.

    Args:
        book: where it is kept.
        job: whose document it is.
        judgement: what the person says, of a document of that very id.
        known: keys of the fields there are.

    Raises:
        BadValue: a wrong document without a field, a right one with fields, an unknown field, or too long a note.
    """
    check(judgement, known)
    book.judge(job, judgement)


def check(judgement: Judgement, known: Collection[str]) -> None:
    """Refuse what cannot be meant; ``known`` are keys of fields.

    Raises:
        BadValue: see :func:`say`.
    """
    wrong = next((name for name in judgement.fields if name not in known and name not in OTHER_FAULTS), None)
    if wrong is not None:
        choices = ", ".join([*get_close_matches(wrong, known, cutoff=0.5), *OTHER_FAULTS])
        what = f"không có trường này; ví dụ / no such field; for instance: {choices}"
        raise BadValue(field=plain(wrong, 40), what=what)
    if judgement.right and judgement.fields:
        raise BadValue(field=judgement.fields[0], what="giấy tờ đúng thì không có trường sai / right, yet wrong in it")
    if not judgement.right and not judgement.fields:
        raise BadValue(field="wrong", what="cho biết trường nào sai / say which field is wrong")
    if len(judgement.note) > LONGEST_NOTE:
        raise BadValue(field="note", what=f"> {LONGEST_NOTE}")
