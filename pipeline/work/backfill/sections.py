"""The sections of the report's page: what is told in each, with its chart and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from pipeline.dossier import Text
from pipeline.work.backfill import charts
from pipeline.work.backfill.facts import Facts, series, stretches
from pipeline.work.backfill.quality import OTHER_FAULTS, Standing
from pipeline.work.backfill.statistics import Rate, Verdict
from pipeline.work.backfill.wording import Terms, duration, number, percent, plain
from pipeline.work.ledger import Job
from pipeline.work.ledger.quality import Judgement

_MOST_ROWS = 40
"""In a table or chart of the page; the CSV files hold all."""
_TONES = {
    Verdict.OPEN: "open",
    Verdict.ACCEPTED: "good",
    Verdict.REJECTED: "bad",
    Verdict.GONE_THROUGH: "bad",
    Verdict.UNTOUCHED: "plain",
}
_STAGES = {
    "capture": Text("sao chụp", "capture"),
    "read": Text("đọc trang", "read pages"),
    "cut": Text("tách giấy tờ", "cut into documents"),
    "understand": Text("nhận loại, bóc tách", "understand"),
    "package": Text("đóng gói PDF/A", "package as PDF/A"),
    "sign": Text("cán bộ ký", "officer signs"),
    "gate": Text("cửa kiểm", "gate"),
    "compare": Text("đối chiếu hồ sơ", "compare the dossier"),
    "code": Text("cấp mã", "code"),
    "seal": Text("cơ quan ký", "seal"),
    "store": Text("lưu kho", "store"),
    "record": Text("ký, lưu", "sign, store"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the page is about."""

    job: Job
    facts: Facts
    standings: Sequence[Standing]
    judgements: Sequence[Judgement]
    terms: Terms


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a section; ``numbers`` are the places of columns that hold figures."""

    heads: Sequence[Text]
    rows: Sequence[Sequence[Text | Markup]]
    numbers: Sequence[int] = ()
    title: Text | None = None
    remark: Text | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page."""

    title: Text
    paragraphs: Sequence[Text] = ()
    chart: Markup | None = None
    legend: Sequence[Text] = ()
    tables: Sequence[Table] = field(default_factory=tuple)


def sections(told: Told) -> Iterator[Section | None]:
    """All sections in their order; None for one that has nothing to tell."""
    yield _parked(told)
    yield _quality(told)
    yield _throughput(told)
    yield _types(told)
    yield _stages(told)


# -- sections ----------------------------------------------------------------------------------------------------


def _parked(told: Told) -> Section | None:
    reasons = sorted(told.facts.reasons.values(), key=lambda reason: -reason.pile.items)
    title = Text("Để riêng và vì sao", "Parked, and why")
    if not reasons:
        return Section(title, [Text("Không có tệp nào bị để riêng.", "No file was parked.")])
    heads = [
        Text("Lý do và cách xử lý", "Reason and way out"),
        Text("Tệp", "Files"),
        Text("Trang", "Pages"),
        Text("Ví dụ", "For instance"),
    ]
    rows: list[list[Text | Markup]] = [
        [
            charts.prose(reason.text),
            number(reason.pile.items),
            number(reason.pile.pages),
            _same(", ".join(plain(name, 60) for name in reason.examples)),
        ]
        for reason in reasons[:_MOST_ROWS]
    ]
    told_how = Text(
        "Sau khi khắc phục, chạy `sohoa jobs retry` để làm lại các tệp này.",
        "When that is mended, `sohoa jobs retry` takes these files up again.",
    )
    return Section(title, [told_how], tables=[Table(heads, rows, (1, 2))])


def _quality(told: Told) -> Section | None:
    title = Text("Kiểm tra chất lượng lần hai", "Second round of quality control")
    rules = told.terms.rules
    judged = [one for one in told.standings if one.tally.documents]
    sample, limit, sure = percent(rules.sample, 0), percent(rules.error_limit), percent(rules.confidence, 0)
    how = Text(
        "Giấy tờ nghi ngờ đã do người xác nhận trước khi lưu. Trong số giấy tờ được tự động chấp nhận, "
        f"{sample.vi} của mỗi lô (ít nhất một) được chọn ngẫu nhiên để người kiểm lại. Lô có tỷ lệ sai trên {limit.vi} "
        f"thì không đạt. Khoảng ghi kèm là khoảng tin cậy {sure.vi} (Clopper-Pearson).",
        "Doubtful documents were confirmed by a person before they were stored. Of those accepted by policy, "
        f"{sample.en} of each batch (at least one) were drawn at random and looked at again. A batch with more than "
        f"{limit.en} wrong is rejected. Intervals are at {sure.en} confidence (Clopper-Pearson).",
    )
    if not judged:
        nothing = Text("Chưa có giấy tờ nào được tự động chấp nhận.", "No document was accepted by policy so far.")
        return Section(title, [how, nothing])
    # The worst first: rejected ones, then by the share observed, then by what it may be at worst.
    order = [Verdict.REJECTED, Verdict.GONE_THROUGH, Verdict.OPEN, Verdict.ACCEPTED, Verdict.UNTOUCHED]
    judged.sort(key=lambda one: (order.index(one.verdict), -one.rate.share, -one.rate.high, one.batch))
    seen = [one for one in judged if one.tally.looked][:_MOST_ROWS]
    rows = [
        charts.Interval(
            _batch(one.batch), one.rate.share, one.rate.low, one.rate.high, _found(one.rate), _TONES[one.verdict]
        )
        for one in seen
    ]
    name = Text("Tỷ lệ sai theo lô", "Share of wrong documents by batch")
    chart = charts.intervals(rows, rules.error_limit, name) if rows else None
    tables = [_batch_table(judged), *_fault_tables(told, judged)]
    return Section(title, [how, _verdicts(judged)], chart, tables=tables)


def _verdicts(judged: Sequence[Standing]) -> Text:
    counted = Counter(one.verdict for one in judged)
    said = [(verdict.text, count) for verdict, count in sorted(counted.items())]
    return Text(
        f"{number(len(judged)).vi} lô: " + "; ".join(f"{count} {text.vi}" for text, count in said) + ".",
        f"{number(len(judged)).en} batches: " + "; ".join(f"{count} {text.en}" for text, count in said) + ".",
    )


def _batch_table(judged: Sequence[Standing]) -> Table:
    heads = [
        Text("Lô", "Batch"),
        Text("Tự động chấp nhận", "Accepted by policy"),
        Text("Lấy mẫu", "Drawn"),
        Text("Đã kiểm", "Looked at"),
        Text("Sai", "Wrong"),
        Text("Tỷ lệ sai (khoảng)", "Share wrong (interval)"),
        Text("Kết luận", "Verdict"),
    ]
    rows = []
    for one in judged[:_MOST_ROWS]:
        counts = (one.tally.documents, one.tally.drawn, one.tally.looked, one.tally.wrong)
        rows.append([_batch(one.batch), *map(number, counts), _share(one.rate), one.verdict.text])
    return Table(heads, rows, (1, 2, 3, 4, 5), remark=_left_out(len(judged), "batches.csv"))


def _fault_tables(told: Told, judged: Sequence[Standing]) -> Iterator[Table]:
    faults = sum((Counter(one.faults) for one in judged), Counter[str]())
    if faults:
        heads = [Text("Sai ở đâu", "Wrong in"), Text("Giấy tờ trong mẫu", "Documents of the sample")]
        rows = [[_fault(told, key), number(count)] for key, count in faults.most_common(_MOST_ROWS)]
        yield Table(heads, rows, (1,), Text("Sai ở những trường nào", "What was wrong"))
    wrong = [said for said in told.judgements if not said.right]
    if wrong:
        heads = [
            Text("Giấy tờ", "Document"),
            Text("Sai ở", "Wrong in"),
            Text("Ghi chú", "Note"),
            Text("Người kiểm", "Checked by"),
        ]
        rows = [
            [_same(said.document), _faults(told, said.fields), _same(said.note), _same(said.who)]
            for said in wrong[:_MOST_ROWS]
        ]
        yield Table(
            heads,
            rows,
            title=Text("Giấy tờ bị đánh giá sai", "Documents found wrong"),
            remark=_left_out(len(wrong), "documents.csv"),
        )


def _throughput(told: Told) -> Section | None:
    facts = told.facts
    names = list(series(facts, charts.SERIES))
    offset = int((told.terms.now.utcoffset() or (told.terms.now - told.terms.now)).total_seconds())
    found = stretches(facts.minutes, offset, names)
    if not found:
        return None
    columns = [charts.Column(_same(_stretch(told, one.begin, one.seconds)), one.per_hour) for one in found]
    step = duration(found[0].seconds)
    title = Text(f"Trang mỗi giờ, mỗi cột {step.vi}", f"Pages per hour, {step.en} a column")
    heads = [Text("Tiến trình", "Worker"), Text("Tệp", "Files"), Text("Trang", "Pages"), Text("Phần", "Share")]
    total = sum(pile.pages for pile in facts.workers.values()) or 1
    rows = [
        [_same(worker or "?"), number(pile.items), number(pile.pages), percent(pile.pages / total)]
        for worker, pile in list(facts.workers.items())[:_MOST_ROWS]
    ]
    remark = Text(
        "Tính theo lúc đọc xong tệp, cho tiến trình giữ tệp; trang do tiến trình khác đọc giúp cũng tính ở đó.",
        "Counted when a file was read, for the worker that had it; pages that others helped read count there, too.",
    )
    legend = [_same(name or "?") for name in names] if len(names) > 1 else []
    table = Table(heads, rows, (1, 2, 3), remark=remark)
    return Section(Text("Năng suất", "Throughput"), [title], charts.columns(columns, names, title), legend, [table])


def _types(told: Told) -> Section | None:
    counted = sorted(told.facts.types.items(), key=lambda pair: (-pair[1].doubtful / pair[1].documents, pair[0]))
    if not counted:
        return None
    rows = []
    for key, count in counted[:_MOST_ROWS]:
        share = count.doubtful / count.documents
        said = percent(share, 0)
        of = Text(f"{said.vi} của {number(count.documents).vi}", f"{said.en} of {number(count.documents).en}")
        rows.append(charts.Bar(told.terms.type(key), share, of))
    every = sum(count.documents for _, count in counted)
    doubtful = percent(sum(count.doubtful for _, count in counted) / every)
    name = Text("Tỷ lệ giấy tờ có trường nghi ngờ, theo loại", "Share of documents with a doubtful field, by type")
    heads = [
        Text("Loại", "Type"),
        Text("Giấy tờ", "Documents"),
        Text("Nghi ngờ", "Doubtful"),
        Text("Tự động chấp nhận", "Accepted by policy"),
        Text("Người chấp nhận", "Accepted by a person"),
    ]
    largest = sorted(counted, key=lambda pair: -pair[1].documents)
    table = [
        [told.terms.type(key), *map(number, (count.documents, count.doubtful, count.by_policy, count.by_person))]
        for key, count in largest[:_MOST_ROWS]
    ]
    told_all = Text(
        f"{doubtful.vi} giấy tờ có ít nhất một trường cần người xem.",
        f"{doubtful.en} of the documents have a field that a person has to look at.",
    )
    return Section(
        Text("Nghi ngờ theo loại giấy tờ", "Doubt by type"),
        [told_all],
        charts.bars(rows, name),
        tables=[Table(heads, table, (1, 2, 3, 4))],
    )


def _stages(told: Told) -> Section | None:
    pages = sum(pile.pages for pile in told.facts.minutes.values())
    stages = told.facts.stages.most_common(_MOST_ROWS)
    if not stages or not pages:
        return None
    total = sum(seconds for _, seconds in stages)
    rows = []
    for stage, seconds in stages:
        each, share = number(seconds / pages, 2), percent(seconds / total, 0)
        said = Text(f"{each.vi} giây/trang ({share.vi})", f"{each.en} s a page ({share.en})")
        rows.append(charts.Bar(_STAGES.get(stage, _same(stage)), seconds / pages, said))
    name = Text("Giây cho một trang, theo bước", "Seconds a page, by stage")
    return Section(Text("Thời gian từng bước", "Time by stage"), [name], charts.bars(rows, name))


# -- words -------------------------------------------------------------------------------------------------------


def _same(text: str) -> Text:
    return Text(text, text)


def _batch(name: str) -> Text:
    return _same(name) if name else Text("(không chia lô)", "(no batch)")


def pages(count: int) -> Text:
    """So many pages."""
    return Text(f"{number(count).vi} trang", f"{number(count).en} pages")


def interval(rate: Rate) -> Text:
    """Where the share may lie, and on how many documents that rests."""
    low, high = percent(rate.low), percent(rate.high)
    return Text(f"{low.vi} đến {high.vi}; đã kiểm {rate.looked}", f"{low.en} to {high.en}; {rate.looked} looked at")


def _share(rate: Rate) -> Text:
    if not rate.looked:
        return _same("–")
    share, low, high = percent(rate.share), percent(rate.low), percent(rate.high)
    return Text(f"{share.vi} ({low.vi}–{high.vi})", f"{share.en} ({low.en}–{high.en})")


def _found(rate: Rate) -> Text:
    share = percent(rate.share)
    return Text(f"{rate.wrong}/{rate.looked} sai, {share.vi}", f"{rate.wrong}/{rate.looked} wrong, {share.en}")


def _fault(told: Told, key: str) -> Text:
    return OTHER_FAULTS.get(key) or told.terms.fields.get(key) or _same(key)


def _faults(told: Told, keys: Sequence[str]) -> Text:
    said = [_fault(told, key) for key in keys]
    return Text(", ".join(text.vi for text in said), ", ".join(text.en for text in said))


def _left_out(count: int, file: str) -> Text | None:
    if count <= _MOST_ROWS:
        return None
    return Text(f"Hiện {_MOST_ROWS} trong {count}; đủ ở {file}.", f"{_MOST_ROWS} of {count} shown; all are in {file}.")


def moment(when: datetime) -> str:
    """Day and time, as written here."""
    return f"{when:%d/%m/%Y %H:%M}"


def clock(told: Told, seconds: float) -> str:
    """Seconds since 1970 as day and time of the report's zone."""
    return moment(datetime.fromtimestamp(seconds, told.terms.zone))


def _stretch(told: Told, begin: int, seconds: int) -> str:
    when = datetime.fromtimestamp(begin, told.terms.zone)
    if seconds >= 86400:
        return f"{when:%d/%m}"
    return f"{when:%d/%m %H}h" if seconds >= 3600 else f"{when:%H:%M}"
