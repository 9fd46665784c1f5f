"""Planning a backfill: every file is looked at once, told which dossier it belongs to, and nothing is started."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from pebble import ProcessFuture

from pipeline.dossier import Dossier, Kind, Text
from pipeline.errors import BadValue, NotFound, SohoaError, TooMuchMemory, TooSlow, catalogue, from_os_error
from pipeline.settings import Limits
from pipeline.work.backfill.columns import Columns, Given, as_code, as_owner, clean
from pipeline.work.backfill.confined import Confined
from pipeline.work.backfill.counting import Sight, look, unseen
from pipeline.work.backfill.sources import REASONS, Candidate, Passed, Source
from pipeline.work.backfill.survey import Row, RowState, Survey
from pipeline.work.backfill.wording import cell, plain
from pipeline.work.ledger.nouns import NewItem

_CHUNK = 16
"""Files looked at in one go: handing each over by itself costs more than the look."""
_CHUNK_BYTES = 64 << 20
_SECONDS = 30.0
_BYTES_A_SECOND = 4e6
"""Slowest share that files are read from."""
_PASSING = frozenset({TooSlow.__name__, TooMuchMemory.__name__, NotFound.__name__})
"""Errors that may be gone at the next look: the file is looked at again."""
OWNER_DOUBTFUL = "OwnerDoubtful"
NOTES = {
    OWNER_DOUBTFUL: Text(
        "số định danh sai độ dài (bảng tính bỏ số 0 ở đầu?), để trống",
        "an owner id of an impossible length (zeros lost in a spreadsheet?), left empty",
    )
}

Stored = Callable[[Collection[str]], set[str]]
"""Given SHA-256s of sources, says which of them have documents in the repository."""
Report = Callable[[int, int], None]
"""Told how many entries were seen, and how many pages."""


@dataclass(frozen=True)
class Plan:
    """What a delivered archive holds. Sizes are bytes; ``passed`` and ``unreadable`` count by reason."""

    dossiers: int
    files: int
    pages: int
    bytes: int
    stored: int
    duplicates: int
    unreadable: Mapping[str, int]
    passed: Mapping[str, int]
    notes: Mapping[str, int]
    doubled: int
    """Dossier codes found in several folders, or with several owners or procedures."""


@dataclass(frozen=True)
class Planner:
    """What a plan is made with."""

    source: Source
    columns: Columns
    limits: Limits
    survey: Survey
    confined: Confined
    stored: Stored = field(default=lambda _digests: set())
    report: Report = field(default=lambda _files, _pages: None)

    def run(self) -> Plan:
        """Look at everything the source holds; the rows are in the survey afterwards.

        Raises:
            PlanRefused: a spreadsheet that breaks off, a pattern that takes for ever.
            StoreDown, DiskFull, …: a bucket cannot be read; what was seen is kept.
        """
        self.survey.begin()
        entries = pages = 0
        for found, sight, stored in self._seen():
            row = self._row(found, sight, stored=stored)
            self.survey.add(row)
            entries, pages = entries + 1, pages + row.pages
            self.report(entries, pages)
        self.survey.save()
        return self.plan()

    def plan(self) -> Plan:
        """The sums of the rows in the survey."""
        sums = self.survey.sums()
        files, pages, size = sums[RowState.PLANNED]
        return Plan(
            dossiers=self.survey.dossiers(),
            files=files,
            pages=pages,
            bytes=size,
            stored=sums[RowState.STORED][0],
            duplicates=sums[RowState.DUPLICATE][0],
            unreadable=self.survey.reasons(RowState.UNREADABLE),
            passed=self.survey.reasons(RowState.PASSED),
            notes=self.survey.notes(),
            doubled=sum(1 for _ in self.survey.doubled()),
        )

    # -- looking --------------------------------------------------------------------------------------------------

    def _seen(self) -> Iterator[tuple[Candidate | Passed, Sight | None, bool]]:
        """Everything the source holds with what was seen of it, and whether the repository has it, in order.

        Several processes look side by side.
        """
        ahead: deque[_Chunk] = deque()
        walk = self.source.walk()
        try:
            while found := _some(walk):
                ahead.append(self._begin(found))
                if len(ahead) > 2 * self.confined.processes:
                    yield from self._end(ahead.popleft())
            while ahead:
                yield from self._end(ahead.popleft())
        finally:
            for chunk in ahead:
                chunk.lent.close()

    def _begin(self, found: list[Candidate | Passed]) -> _Chunk:
        chunk = _Chunk(found)
        for at, one in enumerate(found):
            if isinstance(one, Candidate):
                known = self.survey.seen(one.origin, one.size, one.stamp)
                if known is not None:
                    chunk.sights[at] = known
                    continue
                try:
                    path = chunk.lent.enter_context(self.source.lend(one.origin))
                except NotFound as error:
                    chunk.sights[at] = unseen(error)
                else:
                    chunk.new.append((at, (path, plain(path_name(one.origin)))))
        if chunk.new:
            chunk.future = self._look([place for _, place in chunk.new], chunk.seconds)
        return chunk

    def _look(self, files: list[tuple[Path, str]], seconds: float) -> ProcessFuture[list[Sight]]:
        return self.confined.start(look, files, self.limits, seconds=seconds)

    def _end(self, chunk: _Chunk) -> Iterator[tuple[Candidate | Passed, Sight | None, bool]]:
        with chunk.lent:
            if chunk.future is not None:
                for (at, _), sight in zip(chunk.new, self._sights(chunk), strict=True):
                    chunk.sights[at] = sight
                    one = chunk.found[at]
                    if isinstance(one, Candidate) and sight.rule not in _PASSING:
                        self.survey.keep(one.origin, one.size, one.stamp, sight)
        stored = self.stored({sight.sha256 for sight in chunk.sights.values() if sight.sha256})
        for at, one in enumerate(chunk.found):
            seen = chunk.sights.get(at)
            yield one, seen, seen is not None and seen.sha256 in stored

    def _sights(self, chunk: _Chunk) -> list[Sight]:
        """What became of a chunk; if its process was ended, each file is looked at alone, to find the one."""
        files = [place for _, place in chunk.new]
        try:
            if chunk.future is None:
                return []
            found: list[Sight] = self.confined.result(chunk.future, files[0][1], chunk.seconds)
        except (TooSlow, TooMuchMemory) as error:
            return [unseen(error)] if len(files) == 1 else [self._alone(file, chunk.seconds) for file in files]
        return found

    def _alone(self, file: tuple[Path, str], seconds: float) -> Sight:
        try:
            found: list[Sight] = self.confined.result(self._look([file], seconds), file[1], seconds)
        except SohoaError as error:
            return unseen(error)
        return found[0]

    # -- rows -----------------------------------------------------------------------------------------------------

    def _row(self, found: Candidate | Passed, sight: Sight | None, *, stored: bool) -> Row:
        name = plain(path_name(found.origin))
        if isinstance(found, Passed):
            return _because(Row(found.origin, name, RowState.PASSED), found.rule, found.reason)
        given = found.given.over(self.columns.from_path(found.origin))
        blank = Row(found.origin, name, RowState.PASSED, size=found.size, folder=given.place)
        try:
            row = self._assigned(blank, given)
        except BadValue as error:
            return _because(blank, error.rule, error.text)
        rule = "NoCode" if not row.code else "NoProcedure" if not row.procedure else ""
        if rule or self.survey.has(found.origin):
            return _because(row, rule or "Again", REASONS[rule or "Again"])
        return self._judged(row, sight or Sight(), stored=stored)

    def _assigned(self, row: Row, given: Given) -> Row:
        owner = as_owner(given.owner)
        return _with(
            row,
            code=as_code(given.code, f"code, {row.name}"),
            owner=owner or "",
            procedure=as_code(given.procedure or self.columns.procedure, f"procedure, {row.name}"),
            kind=self.columns.as_kind(given.kind, row.name).value,
            box=plain(clean(given.box)),
            note=OWNER_DOUBTFUL if owner is None else "",
        )

    def _judged(self, row: Row, sight: Sight, *, stored: bool) -> Row:
        if sight.rule:
            return _because(_with(row, state=RowState.UNREADABLE), sight.rule, rebuilt(sight).text)
        row = _with(row, sha256=sight.sha256, size=sight.size, pages=sight.pages)
        twin = self.survey.twin(sight.sha256)
        if twin is not None:
            text = Text(f"trùng nội dung với {plain(twin)}", f"the same content as {plain(twin)}")
            return _because(_with(row, state=RowState.DUPLICATE), "Duplicate", text)
        if stored:
            text = Text("đã có trong kho", "in the repository already")
            return _because(_with(row, state=RowState.STORED), "Stored", text)
        return _with(row, state=RowState.PLANNED)


@dataclass
class _Chunk:
    """Some entries of a source on their way through a confined process."""

    found: list[Candidate | Passed]
    new: list[tuple[int, tuple[Path, str]]] = field(default_factory=list)
    """Those to be looked at: place in ``found``, where the file is, what it is called."""
    sights: dict[int, Sight] = field(default_factory=dict)
    lent: ExitStack = field(default_factory=ExitStack)
    future: ProcessFuture[list[Sight]] | None = None

    @property
    def seconds(self) -> float:
        """How long looking may take."""
        size = sum(one.size for one in self.found if isinstance(one, Candidate))
        return _SECONDS + size / _BYTES_A_SECOND


def _some(walk: Iterator[Candidate | Passed]) -> list[Candidate | Passed]:
    """The next entries, fewer where they are large: those of a bucket are on this disk while they are looked at."""
    found: list[Candidate | Passed] = []
    size = 0
    while len(found) < _CHUNK and size < _CHUNK_BYTES and (one := next(walk, None)) is not None:
        found.append(one)
        size += one.size if isinstance(one, Candidate) else 0
    return found


def path_name(origin: str) -> str:
    """Last part of an origin."""
    return origin.rpartition("/")[2]


def rebuilt(sight: Sight) -> SohoaError:
    """The error that was met when a file was looked at."""
    kind = next((kind for kind in catalogue() if kind.__name__ == sight.rule), SohoaError)
    return kind(**sight.details)


def new_item(row: Row) -> NewItem:
    """A row of the plan as a source for the ledger."""
    dossier = Dossier(row.code, row.procedure, row.owner, Kind(row.kind))
    return NewItem(row.origin, row.name, dossier, row.size, row.pages, row.sha256, row.box)


def write_csv(survey: Survey, path: Path, language: str) -> None:
    """Write the plan as a CSV file with a row a file (UTF-8 with its mark, so that Excel knows it); mode 0600.

    Raises:
        NotFound, DiskFull: it cannot be written.
    """
    doubled = dict(survey.doubled())
    heading = Text(
        "đường dẫn|mã hồ sơ|định danh|thủ tục|loại|hộp|byte|trang|sha256|trạng thái|mã lý do|lý do|ghi chú",
        "path|code|owner|procedure|kind|box|bytes|pages|sha256|state|rule|reason|note",
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file)
            out.writerow(heading.say(language).split("|"))
            for row in survey.rows():
                notes = [NOTES[row.note].say(language)] if row.note else []
                notes += [f"{row.code}: {doubled[row.code]}"] if row.code in doubled else []
                known = (row.origin, row.code, row.owner, row.procedure, row.kind, row.box)
                reason = (row.state.value, row.rule, Text(row.vi, row.en).say(language), "; ".join(notes))
                texts = [cell(value) for value in (*known, row.size, row.pages, row.sha256, *reason)]
                out.writerow(texts)
    except OSError as error:
        raise from_os_error(error, path.name) from error


def _because(row: Row, rule: str, reason: Text) -> Row:
    return _with(row, rule=rule, vi=reason.vi, en=reason.en)


def _with(row: Row, **values: object) -> Row:

    return replace(row, **values)  # type: ignore[arg-type]
