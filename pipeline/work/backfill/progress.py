"""Watching a job: pages a second, time left, what is doubtful, who works on it. Only reads the ledger.

On a terminal the picture stays in place and changes; elsewhere a line is printed now and then.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text as Line
from sqlalchemy import func, select

from pipeline.dossier import Text
from pipeline.errors import DatabaseDown
from pipeline.settings import Backfill
from pipeline.work.backfill import quality
from pipeline.work.backfill.quality import Standing
from pipeline.work.backfill.statistics import Verdict
from pipeline.work.backfill.wording import JOB_STATES, duration, number, percent, plain
from pipeline.work.ledger import UNFINISHED, Beat, ItemState, Job, JobState, Ledger
from pipeline.work.ledger.quality import QualityBook
from pipeline.work.ledger.tables import ITEMS

_WINDOW = 120.0
"""Seconds over which the speed is averaged."""
_BATCHES_EVERY = 15.0
"""Seconds between two looks at the batches: they are many, and change slowly."""
_LINE_EVERY = 10.0
_PICTURE_EVERY = 1.0
"""Seconds between two lines, or two pictures."""
_NOTHING = Text("", "")
_BATCHES_SHOWN = 5
_WORKERS_SHOWN = 24
_SILENT = 60.0
"""A worker that has not been heard of for so many seconds is not shown any more."""
_PATIENCE = 300.0
"""For so many seconds a ledger that does not answer is asked again."""
_TONES = {Verdict.REJECTED: "red", Verdict.GONE_THROUGH: "red", Verdict.OPEN: "yellow", Verdict.ACCEPTED: "green"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a job stands at a moment; times are seconds since 1970 by the ledger's clock."""

    job: Job
    at: float
    items: Mapping[ItemState, int]
    pages_done: int
    pages_known: int
    uncounted: int = 0
    """Sources whose pages nobody has counted yet."""
    documents: int = 0
    doubtful: int = 0
    beats: Sequence[Beat] = ()
    batches: Sequence[Standing] = ()
    speed: float = 0.0
    """Pages a second."""
    silent: bool = False
    """The ledger did not answer: this is how things stood before."""

    @property
    def total(self) -> int:
        """All sources."""
        return sum(self.items.values())

    @property
    def finished(self) -> int:
        """Sources the engine has nothing left to do with."""
        return self.total - sum(self.items.get(state, 0) for state in UNFINISHED)

    @property
    def seconds_left(self) -> float | None:
        """How long it still takes at this speed; None where that is not known."""
        if self.finished == self.total:
            return 0.0
        counted = self.total - self.uncounted
        expected = self.uncounted * max(self.pages_known / counted, 1) if counted else 0
        return max(self.pages_known + expected - self.pages_done, 1) / self.speed if self.speed > 0 else None


@dataclass(slots=True)
class Speed:
    """Pages a second, averaged over the last ``window`` seconds."""

    window: float = _WINDOW
    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def tell(self, at: float, pages: int) -> float:
        """``pages`` were done at ``at``, seconds; the speed since the window began. 0 until there are two moments."""
        if self._seen and (at < self._seen[-1][0] or pages < self._seen[-1][1]):
            self._seen.clear()  # the clock was set back, or what was done is to be done again
        self._seen.append((at, pages))
        while len(self._seen) > 2 and self._seen[1][0] <= at - self.window:
            self._seen.popleft()
        begin, before = self._seen[0]
        return (pages - before) / (at - begin) if at > begin else 0.0


def look(ledger: Ledger, job: str, before: Snapshot | None = None, rules: Backfill | None = None) -> Snapshot:
    """How the job stands now; the batches are looked at anew where ``rules`` are given.

    Raises:
        UnknownJob: there is none of that id.
        DatabaseDown: the ledger does not answer.
    """
    documents = ledger.documents_counts(job).values()
    done, known = ledger.pages_counts(job)
    batches = before.batches if before else ()
    uncounted = select(func.count()).where(ITEMS.c.job == job, ITEMS.c.pages == 0, ITEMS.c.state.in_(UNFINISHED))
    with ledger.transaction() as connection:
        now = float(connection.execute(select(ledger.now)).scalar_one())
        unknown = connection.execute(uncounted).scalar_one()
    return Snapshot(
        job=ledger.job(job),
        at=now,
        items=ledger.counts(job),
        pages_done=done,
        pages_known=known,
        uncounted=unknown,
        documents=sum(total for total, _ in documents),
        doubtful=sum(doubtful for _, doubtful in documents),
        beats=[beat for beat in ledger.beats() if beat.seen_at > now - _SILENT],
        batches=quality.standings(QualityBook(ledger), job, rules) if rules else batches,
    )


class Display:
    """Shows how a job goes on, for as long as the context lasts; whoever does the work calls :meth:`show` now and then.

    Args:
        ledger: which is read, and nothing else.
        job: to be watched, by its id.
        console: where to.
        rules: by which batches are judged.
        language: ``vi`` or ``en``.
    """

    def __init__(self, ledger: Ledger, job: str, console: Console, rules: Backfill, language: str = "vi") -> None:
        self._watcher = _Watcher(ledger, job, rules)
        self._console, self._language = console, language
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._every = _PICTURE_EVERY if self._live else _LINE_EVERY
        self._shown_at, self._remark = float("-inf"), _NOTHING

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, remark: Text = _NOTHING) -> None:
        """Look and show how things stand, unless that was done a moment ago.

        ``remark`` is said beside it (what is waited for); a new one is shown at once.

        Raises:
            UnknownJob: there is no such job.
            DatabaseDown: the ledger has not answered for five minutes, or not even once.
        """
        if self._due(remark):
            self._paint(self._watcher.look(), remark)

    def follow(self, wait: Callable[[float], None] = time.sleep) -> Snapshot:
        """Show how things go until the job is done, paused or stopped; how they stand then. ``wait`` lets time pass.

        Raises:
            UnknownJob, DatabaseDown: see :meth:`show`.
        """
        silent = False
        while True:
            found = self._watcher.look()
            over = found.job.state is not JobState.RUNNING
            if over or self._live or found.silent != silent or self._due(_NOTHING):
                self._paint(found, _NOTHING)
            if over:
                return found
            silent = found.silent
            wait(_PICTURE_EVERY)

    def _due(self, remark: Text) -> bool:
        return remark != self._remark or time.monotonic() - self._shown_at >= self._every

    def _paint(self, found: Snapshot, remark: Text) -> None:
        if self._live:
            self._live.update(picture(found, self._language, remark), refresh=True)
        else:
            self._console.print(line(found, remark).say(self._language), soft_wrap=True, markup=False)
        self._shown_at, self._remark = time.monotonic(), remark


def follow(
    ledger: Ledger,
    job: Job,
    console: Console,
    rules: Backfill,
    *,
    language: str = "vi",
    wait: Callable[[float], None] = time.sleep,
) -> Snapshot:
    """Show how a job goes on until it is done, paused or stopped; how it stands then.

    Stopping to watch (Ctrl-C) leaves the job alone. See :class:`Display` for the arguments and what it raises.
    """
    with Display(ledger, job.id, console, rules, language) as display:
        return display.follow(wait)


class _Watcher:
    """Looks again and again, and bears with a ledger that does not answer for a while."""

    def __init__(self, ledger: Ledger, job: str, rules: Backfill) -> None:
        self._ledger, self._job, self._rules = ledger, job, rules
        self._speed = Speed()
        self._last: Snapshot | None = None
        self._batches_at = float("-inf")
        self._answered = time.monotonic()

    def look(self) -> Snapshot:
        now = time.monotonic()
        due = now - self._batches_at >= _BATCHES_EVERY
        try:
            found = look(self._ledger, self._job, self._last, self._rules if due else None)
            if found.job.state is not JobState.RUNNING and not due:  # the end is told as it is
                found = look(self._ledger, self._job, found, self._rules)
        except DatabaseDown:
            if self._last is None or now - self._answered > _PATIENCE:
                raise
            return replace(self._last, silent=True)
        self._answered = now
        if due:
            self._batches_at = now
        self._last = replace(found, speed=self._speed.tell(found.at, found.pages_done))
        return self._last


# -- what is shown -----------------------------------------------------------------------------------------------


def line(found: Snapshot, remark: Text = _NOTHING) -> Text:
    """The whole in one line, for logs."""
    parts = [*_sums(found), *_tail(found)]
    said = [Text(f"{name.vi} {value.vi}", f"{name.en} {value.en}") for name, value in parts]
    state = _state(found, remark)
    name = plain(found.job.name, 60)
    return Text(
        f"{name} ({state.vi}): " + " · ".join(text.vi for text in said),
        f"{name} ({state.en}): " + " · ".join(text.en for text in said),
    )


def picture(found: Snapshot, language: str = "vi", remark: Text = _NOTHING) -> RenderableType:
    """All of it, for a terminal."""
    tone = "red" if found.silent else ""
    head = Line.assemble((plain(found.job.name, 60), "bold"), "  ", (_state(found, remark).say(language), tone))
    sums = Table.grid(padding=(0, 2))
    for name, value in [*_sums(found), *_tail(found)]:
        sums.add_row(Line(name.say(language), style="dim"), value.say(language))
    bar = Table.grid()
    bar.add_row(ProgressBar(total=max(found.pages_known, 1), completed=found.pages_done, width=60))
    parts: list[RenderableType] = [head, bar, sums]
    if found.beats:
        parts.append(_workers(found, language))
    if any(one.tally.drawn for one in found.batches):
        parts.append(_batches(found, language))
    return Group(*parts)


def _state(found: Snapshot, remark: Text) -> Text:
    if found.silent:
        return Text("sổ việc không trả lời, đang thử lại…", "the ledger does not answer, trying again…")
    return remark if remark.vi else JOB_STATES[found.job.state]


def _sums(found: Snapshot) -> list[tuple[Text, Text]]:
    speed = number(found.speed, 2)
    left = found.seconds_left
    return [
        (Text("tệp", "files"), _of(found.finished, found.total)),
        (Text("trang", "pages"), _of(found.pages_done, found.pages_known)),
        (Text("tốc độ", "speed"), Text(f"{speed.vi} trang/giây", f"{speed.en} pages/s")),
        (Text("còn lại", "left"), Text("chưa rõ", "not known") if left is None else duration(left)),
    ]


def _tail(found: Snapshot) -> list[tuple[Text, Text]]:
    doubt = percent(found.doubtful / found.documents) if found.documents else Text("–", "–")
    tail = [
        (Text("đã lưu", "stored"), number(found.items.get(ItemState.STORED, 0))),
        (Text("chờ người", "waiting"), number(found.items.get(ItemState.WAITING, 0))),
        (Text("để riêng", "parked"), number(found.items.get(ItemState.PARKED, 0))),
        (Text("nghi ngờ", "doubtful"), doubt),
    ]
    rejected = sum(one.verdict is Verdict.REJECTED for one in found.batches)
    if any(one.tally.looked for one in found.batches):
        wrong = sum(one.tally.wrong for one in found.batches)
        looked = sum(one.tally.looked for one in found.batches)
        share = percent(wrong / looked)
        said = Text(f"{share.vi} ({rejected} lô không đạt)", f"{share.en} ({rejected} batches rejected)")
        tail.append((Text("sai trong mẫu", "wrong in sample"), said))
    return tail


def _listing(heads: Text, language: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for head in heads.say(language).split("|"):
        table.add_column(head)
    return table


def _workers(found: Snapshot, language: str) -> Table:
    heads = Text("Tiến trình|Máy|Đang làm|Trang/phút|Trang|Nghe thấy", "Worker|Host|Doing|Pages/min|Pages|Heard")
    table = _listing(heads, language)
    for beat in found.beats[:_WORKERS_SHOWN]:
        doing = beat.doing or Text("rảnh", "idle").say(language)
        table.add_row(
            escape(plain(beat.name, 32)),
            escape(plain(beat.host, 24)),
            escape(plain(doing, 32)),
            number(beat.pages_per_minute, 1).say(language),
            number(beat.pages).say(language),
            duration(found.at - beat.seen_at).say(language),
        )
    if len(found.beats) > _WORKERS_SHOWN:
        table.add_row(f"… +{len(found.beats) - _WORKERS_SHOWN}")
    return table


def _batches(found: Snapshot, language: str) -> Table:
    """The batches with the most wrong documents."""
    heads = Text("Lô|Lấy mẫu|Đã kiểm|Sai|Khoảng|Kết luận", "Batch|Drawn|Looked at|Wrong|Interval|Verdict")
    table = _listing(heads, language)
    worst = sorted((one for one in found.batches if one.tally.drawn), key=lambda one: (-one.rate.share, one.batch))
    for one in worst[:_BATCHES_SHOWN]:
        tally, low, high = one.tally, percent(one.rate.low), percent(one.rate.high)
        interval = Text(f"{low.vi}–{high.vi}", f"{low.en}–{high.en}").say(language) if tally.looked else "–"
        verdict = Line(one.verdict.text.say(language), style=_TONES.get(one.verdict, ""))
        batch = escape(plain(one.batch or "–", 32))
        table.add_row(batch, str(tally.drawn), str(tally.looked), str(tally.wrong), interval, verdict)
    return table


def _of(done: int, known: int) -> Text:
    first, second = number(done), number(known)
    return Text(f"{first.vi}/{second.vi}", f"{first.en}/{second.en}")
