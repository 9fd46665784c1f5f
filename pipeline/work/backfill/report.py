"""The final report of a job: tables for spreadsheets (CSV) and one page to read and print (HTML).

File names are personal data: the folder is made for its owner alone (0700), and so are the files (0600).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.dossier import Text
from pipeline.errors import from_os_error
from pipeline.work.backfill import page, quality
from pipeline.work.backfill.facts import Facts
from pipeline.work.backfill.files import write_private, write_table
from pipeline.work.backfill.quality import Standing
from pipeline.work.backfill.sections import Told
from pipeline.work.backfill.wording import STATES, Terms
from pipeline.work.ledger import Job, Ledger
from pipeline.work.ledger.quality import Judgement, Paper, QualityBook

PAGE = "report.html"
_Row = Sequence[object]


def report(ledger: Ledger, job: Job, folder: Path, terms: Terms) -> list[Path]:
    """Write the report of a job into ``folder``; the files written, the page to read first.

    What is there from an earlier report is replaced, each file as a whole; other files are left alone.

    Raises:
        DiskFull: no room.
        NotFound: the folder cannot be made or written to.
        DatabaseDown: the ledger does not answer.
    """
    book = QualityBook(ledger)
    quality.draw(book, job.id, terms.rules.sample)
    standings = quality.standings(book, job.id, terms.rules)
    said = {judgement.document: judgement for judgement in book.judgements(job.id)}
    facts = Facts()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = [
            write_table(folder / "items.csv", _ITEMS.say(terms.language).split("|"), _items(book, job, facts, terms)),
            write_table(
                folder / "documents.csv",
                _DOCUMENTS.say(terms.language).split("|"),
                _documents(book, job, facts, said, terms),
            ),
            write_table(folder / "batches.csv", _BATCHES.say(terms.language).split("|"), _batches(standings, terms)),
            write_table(folder / "throughput.csv", _MINUTES.say(terms.language).split("|"), _throughput(facts, terms)),
        ]
        text = page.render(Told(job, facts, standings, list(said.values()), terms))
        return [write_private(folder / PAGE, [text]), *files]
    except OSError as error:
        raise from_os_error(error, folder.name) from error


# -- rows --------------------------------------------------------------------------------------------------------

_ITEMS = Text(
    "tệp|nguồn|hồ sơ|lô|trạng thái|mã lý do|lý do|trang|byte|số lần thử|tiến trình|giây|lúc|sha256",
    "file|origin|dossier|batch|state|reason|reason told|pages|bytes|attempts|worker|seconds|at|sha256",
)
_DOCUMENTS = Text(
    "giấy tờ|tệp|hồ sơ|lô|loại|tên loại|trạng thái|trang|trường nghi ngờ|ai chấp nhận|lý do|byte|"
    "lấy mẫu|kết quả kiểm|trường sai|ghi chú|người kiểm|kiểm lúc",
    "document|file|dossier|batch|type|type name|state|pages|doubtful fields|accepted by|reason|bytes|"
    "drawn|verdict|wrong fields|note|checked by|checked at",
)
_BATCHES = Text(
    "lô|giấy tờ tự động chấp nhận|lấy mẫu|đã kiểm|sai|tỷ lệ sai|từ|đến|kết luận|còn tệp đang xử lý",
    "batch|documents accepted by policy|drawn|looked at|wrong|share wrong|from|to|verdict|still growing",
)
_MINUTES = Text("lúc|tiến trình|tệp|trang|byte", "at|worker|files|pages|bytes")


def _items(book: QualityBook, job: Job, facts: Facts, terms: Terms) -> Iterator[_Row]:
    """Rows of sources; on the way they are added up."""
    for item in book.items(job.id):
        facts.item(item)
        yield (
            item.name,
            item.origin,
            item.dossier.code,
            item.batch,
            STATES[item.state].say(terms.language),
            item.reason,
            item.reason_text.say(terms.language),
            item.pages,
            item.size,
            item.attempts,
            item.worker,
            round(sum(item.timings.values()), 2),
            terms.time(item.changed_at),
            item.sha256,
        )


def _documents(
    book: QualityBook, job: Job, facts: Facts, said: Mapping[str, Judgement], terms: Terms
) -> Iterator[_Row]:
    """Rows of documents; on the way they are added up."""
    drawn = book.draws(job.id)
    for paper in book.documents(job.id):
        id = paper.found.id
        facts.document(paper.found)
        yield (*_document(paper, terms), *_checked(id in drawn, said.get(id), terms))


def _document(paper: Paper, terms: Terms) -> _Row:
    found = paper.found
    return (
        found.id,
        paper.name,
        paper.dossier,
        paper.batch,
        found.type,
        terms.type(found.type).say(terms.language),
        found.state,
        found.pages,
        found.doubtful,
        found.accepted_by,
        found.reason,
        found.bytes,
    )


def _checked(drawn: bool, said: Judgement | None, terms: Terms) -> _Row:
    sample = "x" if drawn else ""
    if said is None:
        return (sample, "", "", "", "", "")
    verdict = Text("đúng", "right") if said.right else Text("sai", "wrong")
    return (sample, verdict.say(terms.language), ", ".join(said.fields), said.note, said.who, terms.time(said.at))


def _batches(standings: Iterable[Standing], terms: Terms) -> Iterator[_Row]:
    for one in standings:
        tally, rate = one.tally, one.rate
        shares = (round(rate.share, 5), round(rate.low, 5), round(rate.high, 5)) if tally.looked else ("", "", "")
        verdict = one.verdict.text.say(terms.language)
        growing = "x" if tally.growing else ""
        yield (one.batch, tally.documents, tally.drawn, tally.looked, tally.wrong, *shares, verdict, growing)


def _throughput(facts: Facts, terms: Terms) -> Iterator[_Row]:
    for (minute, worker), pile in sorted(facts.minutes.items()):
        yield (terms.time(minute * 60), worker, pile.items, pile.pages, pile.bytes)
