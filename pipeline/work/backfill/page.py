"""The page of the report: what is told in which section, drawn with ``charts`` and laid out by the template."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.dossier import Text
from pipeline.work.backfill import charts, quality
from pipeline.work.backfill.facts import Facts, working_seconds
from pipeline.work.backfill.sections import Told, clock, interval, moment, pages, sections
from pipeline.work.backfill.statistics import Verdict
from pipeline.work.backfill.wording import JOB_STATES, duration, number, percent, plain
from pipeline.work.ledger import UNFINISHED, ItemState

_TEMPLATES = Path(__file__).parent / "templates"


def render(told: Told) -> str:
    """The page, complete in itself: no script, nothing fetched, both languages in it."""
    shares = list(_shares(told.facts))
    return (
        _environment()
        .get_template("report.html")
        .render(
            language=told.terms.language,
            style=Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
            title=Text(f"Báo cáo số hóa: {told.job.name}", f"Digitisation report: {told.job.name}"),
            lead=_lead(told),
            summary=list(_summary(told)),
            shares=shares,
            shares_said=Text("; ".join(said.vi for _, _, said in shares), "; ".join(said.en for _, _, said in shares)),
            sections=[section for section in sections(told) if section is not None],
            last_series=charts.SERIES - 1,
            foot=_foot(),
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    made.filters.update(both=charts.both, prose=charts.prose, shown=_shown, plain=plain)
    return made


def _shown(value: Text | Markup) -> Markup:
    return value if isinstance(value, Markup) else charts.both(value)


# -- head --------------------------------------------------------------------------------------------------------


def _lead(told: Told) -> Text:
    state, facts = JOB_STATES[told.job.state], told.facts
    made = moment(told.terms.now)
    span = f" · {clock(told, facts.first)} – {clock(told, facts.last)}" if facts.first else ""
    return Text(f"Đợt {state.vi}{span} · lập lúc {made}", f"Job {state.en}{span} · written {made}")


def _summary(told: Told) -> Iterator[tuple[Text, Text, Text | None, str]]:
    facts = told.facts
    stored, waiting, parked = (facts.pile(state) for state in (ItemState.STORED, ItemState.WAITING, ItemState.PARKED))
    underway = facts.pile(*UNFINISHED)
    documents = facts.documents["stored"]
    many = number(stored.pages)
    yield (
        Text("Giấy tờ đã lưu", "Documents stored"),
        number(documents),
        Text(
            f"từ {number(stored.items).vi} tệp, {many.vi} trang",
            f"of {number(stored.items).en} files, {many.en} pages",
        ),
        "good",
    )
    yield (
        Text("Tệp chờ người xác nhận", "Files that wait for a person"),
        number(waiting.items),
        pages(waiting.pages),
        "open" if waiting.items else "",
    )
    yield (
        Text("Tệp để riêng", "Files parked"),
        number(parked.items),
        pages(parked.pages),
        "bad" if parked.items else "",
    )
    if underway.items:
        yield Text("Tệp còn đang làm", "Files still on their way"), number(underway.items), None, ""
    total = quality.overall(told.standings, told.terms.rules.confidence)
    if total.looked:
        rejected = sum(one.verdict in (Verdict.REJECTED, Verdict.GONE_THROUGH) for one in told.standings)
        tone = "bad" if rejected else "good"
        yield Text("Tỷ lệ sai trong mẫu", "Wrong in the sample"), percent(total.share), interval(total), tone
    seconds = working_seconds(facts.minutes)
    if seconds:
        finished = sum(pile.pages for pile in facts.minutes.values())
        said = duration(seconds)
        remark = Text(f"trong {said.vi} làm việc", f"in {said.en} of work")
        yield Text("Trang mỗi giờ", "Pages per hour"), number(finished * 3600 / seconds), remark, ""


def _shares(facts: Facts) -> Iterator[tuple[str, int, Text]]:
    rows = (
        ("stored", (ItemState.STORED,), Text("đã lưu", "stored")),
        ("waiting", (ItemState.WAITING,), Text("chờ người xác nhận", "wait for a person")),
        ("parked", (ItemState.PARKED,), Text("để riêng", "parked")),
        ("underway", UNFINISHED, Text("còn đang làm", "still on their way")),
    )
    total = facts.all.items
    for name, states, said in rows:
        count = facts.pile(*states).items
        if count:
            share, items = percent(count / total), number(count)
            yield (
                name,
                count,
                Text(f"{said.vi}: {items.vi} tệp ({share.vi})", f"{said.en}: {items.en} files ({share.en})"),
            )


def _foot() -> Text:
    files = "items.csv, documents.csv, batches.csv, throughput.csv"
    return Text(
        f"Danh sách đầy đủ ở các tệp {files} bên cạnh. Tên tệp có thể là dữ liệu cá nhân: chỉ chia sẻ với người có "
        "trách nhiệm.",
        f"The complete lists are in {files} beside this page. File names may be personal data: share them only with "
        "those in charge.",
    )
