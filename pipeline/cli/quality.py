"""``jobs check``, ``jobs follow``, ``jobs report``: a second look at what policy accepted; how a job goes, and went."""

from __future__ import annotations

import getpass
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from pipeline.cli import base
from pipeline.cli.base import Site, echo_json, err, headed, json_option, out, pass_site, t, tell
from pipeline.dossier import Text
from pipeline.errors import BadValue, NotFound, SohoaError, UnknownRecord, from_os_error
from pipeline.settings import Settings
from pipeline.storage.manifest import Manifest
from pipeline.work.backfill import progress, quality, sheet
from pipeline.work.backfill.quality import OTHER_FAULTS, Standing
from pipeline.work.backfill.report import PAGE
from pipeline.work.backfill.report import report as write_report
from pipeline.work.backfill.statistics import Verdict
from pipeline.work.backfill.wording import Terms, percent, plain
from pipeline.work.ledger import Job
from pipeline.work.ledger.quality import Judgement, Paper, QualityBook

_RIGHT_WORDS = ("ok", "d", "đ")
_LATER = "s"
_MOST_PICTURES = 20
_PICTURE_DPI = 120
_TONES = {Verdict.REJECTED: "red", Verdict.GONE_THROUGH: "red", Verdict.OPEN: "yellow", Verdict.ACCEPTED: "green"}

name_argument = click.argument("name", metavar=t("TÊN", "NAME"))
_file = click.Path(path_type=Path, dir_okay=False)


@click.command(
    help=t(
        "Kiểm tra lần hai: xem lại một phần ngẫu nhiên giấy tờ được tự động chấp nhận, mỗi lô đạt hay không đạt.",
        "Second round of quality control: look again at a random share of what policy accepted, batch by batch.",
    )
)
@name_argument
@click.argument("document", required=False, metavar=t("[GIẤY TỜ]", "[DOCUMENT]"))
@click.option("--ok", "right", is_flag=True, help=t("Giấy tờ đó đúng.", "That document is right."))
@click.option(
    "--wrong",
    "wrong",
    multiple=True,
    metavar="FIELD",
    help=t("Trường bị sai (lặp lại được); ngoài ra có: ", "A field that is wrong (may be repeated); besides: ")
    + ", ".join(OTHER_FAULTS),
)
@click.option("--note", default="", help=t("Ghi chú.", "A note."))
@click.option("--by", "who", default="", help=t("Người kiểm.", "Who looked."))
@click.option("--list", "only_list", is_flag=True, help=t("Chỉ xem các lô.", "Only show the batches."))
@click.option(
    "--export", "export", type=_file, metavar="FILE.CSV", help=t("Xuất để kiểm bằng bảng tính.", "For a sheet.")
)
@click.option(
    "--import", "taken", type=_file, metavar="FILE.CSV", help=t("Nhận kết quả từ bảng tính.", "Take a sheet.")
)
@json_option
@pass_site
def check(
    site: Site,
    name: str,
    document: str | None,
    right: bool,
    wrong: tuple[str, ...],
    note: str,
    who: str,
    only_list: bool,
    export: Path | None,
    taken: Path | None,
    as_json: bool,
) -> None:
    """Draw, look, and take down what is said; the records themselves stay as they are."""
    room = _Room(site, site.ledger.job(name), who or _user())
    quality.draw(room.book, room.job.id, site.settings.site.backfill.sample)
    if document or right or wrong:
        room.say(document or "", right, wrong, note)
    elif taken:
        room.take(taken)
    elif export:
        room.hand_out(export)
    elif not only_list and not as_json:
        room.ask()
    standings = room.standings()
    if as_json:
        echo_json(_shape(room, standings))
    else:
        _show(standings)


@click.command(
    help=t("Theo dõi một đợt việc đang chạy (Ctrl-C chỉ dừng xem).", "Watch a job go on (Ctrl-C only stops that).")
)
@name_argument
@pass_site
def follow(site: Site, name: str) -> None:
    """Show how a job goes on until it is done, paused or stopped."""
    job = site.ledger.job(name)
    try:
        progress.follow(site.ledger, job, out, site.settings.site.backfill, language=base.language)
    except KeyboardInterrupt:
        err.print(t("Đợt việc vẫn chạy.", "The job goes on."))


@click.command(
    help=t("Báo cáo của một đợt việc: một trang HTML và các bảng CSV.", "Report on a job: an HTML page and CSV tables.")
)
@name_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=t("Thư mục ghi báo cáo (có dữ liệu cá nhân).", "Folder for the report (it holds personal data)."),
)
@json_option
@pass_site
def report(site: Site, name: str, output: Path | None, as_json: bool) -> None:
    """Write the report of a job as it stands now."""
    job = site.ledger.job(name)
    folder = output or site.settings.site.data / "reports" / re.sub(r"[^0-9A-Za-z_-]", "_", job.id)
    settings = site.settings
    types = {kind.key: kind.name.text for kind in settings.types}
    terms = Terms(settings.site.backfill, types, _every_field(settings), site.now(), base.language)
    files = write_report(site.ledger, job, folder, terms)
    if as_json:
        echo_json({"job": job.id, "page": str(folder / PAGE), "files": [str(path) for path in files]})
        return
    out.print(escape(t("Báo cáo: ", "Report: ") + str(folder / PAGE)), soft_wrap=True)


# -- looking -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Room:
    """Where a person looks at the documents of one job."""

    site: Site
    job: Job
    who: str

    @property
    def book(self) -> QualityBook:
        return QualityBook(self.site.ledger)

    def standings(self) -> list[Standing]:
        return quality.standings(self.book, self.job.id, self.site.settings.site.backfill)

    def waiting(self) -> list[Paper]:
        return list(quality.to_look_at(self.book, self.job.id, self.site.settings.site.backfill))

    def say(self, document: str, right: bool, wrong: Sequence[str], note: str) -> None:
        """Take down one judgement without asking."""
        if not document:
            raise BadValue(field="--ok/--wrong", what=t("thiếu mã giấy tờ", "which document?"))
        if right == bool(wrong):
            raise BadValue(field="--ok/--wrong", what=t("cần đúng một trong hai", "just one of the two"))
        one = quality.find(self.book, self.job.id, document)
        fields = _fields(self.site.settings, one.found.type)
        faults = tuple(dict.fromkeys(key for said in wrong for key in sheet.keys(said, fields)))
        quality.say(self.book, self.job.id, Judgement(one.found.id, right, self.who, faults, note), fields)

    def take(self, path: Path) -> None:
        """Take a spreadsheet in: all of it, or nothing where a row cannot be meant."""
        types = {one.found.id: one.found.type for one in self.book.accepted(self.job.id)}
        said = sheet.read(path, lambda id: _fields(self.site.settings, types.get(id, "")), self.who)
        strange = next((one.document for one in said if one.document not in types), None)
        if strange is not None:
            raise UnknownRecord(id=plain(strange, 64))
        before = {_without_time(one) for one in self.book.judgements(self.job.id)}
        new = [one for one in said if one not in before]
        for one in new:
            self.book.judge(self.job.id, one)
        wrong = sum(not one.right for one in new)
        err.print(t(f"Nhận {len(new)} kết quả mới, {wrong} sai.", f"{len(new)} new judgements, {wrong} wrong."))

    def hand_out(self, path: Path) -> None:
        """Write a spreadsheet of what is to be looked at, and the records beside it as PDF."""
        settings = self.site.settings
        pictures = path.with_name(f"{path.stem}-pdf")
        waiting = self.waiting()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            pictures.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise from_os_error(error, path.name) from error

        def rows() -> Iterator[sheet.Shown]:
            for one in waiting:
                manifest = self.site.repository.read_manifest(one.found.id)
                picture = pictures / f"{one.found.id}.pdf"
                if not picture.exists():
                    self.site.repository.fetch(one.found.id, "record", picture)
                    picture.chmod(0o600)
                where = f"{pictures.name}/{picture.name}"
                yield sheet.Shown(
                    one.found.id, where, one.batch, one.name, one.dossier, _type(manifest, settings),
                    len(manifest.pages), {entry.key: entry.value for entry in manifest.fields},
                )  # fmt: skip

        legal = {key: rule.label.text for key, rule in settings.legal.fields.items()}
        sheet.write(path, rows(), legal, base.language)
        said = t(f"{len(waiting)} giấy tờ cần xem", f"{len(waiting)} documents to look at")
        err.print(escape(f"{said}: {path}, {pictures}/"), soft_wrap=True)

    # -- one after the other --------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Show what is to be looked at, document by document, and take down what the person says."""
        waiting = self.waiting()
        if not waiting:
            out.print(t("Không còn giấy tờ nào cần xem.", "Nothing is left to be looked at."))
            return
        said = t(
            "ok: đúng · số hoặc khóa của trường sai, cách nhau bằng dấu phẩy · s: để sau · Ctrl-C: dừng",
            "ok: right · number or key of the fields that are wrong, by commas · s: later · Ctrl-C: stop",
        )
        out.print(said, style="dim")
        out.print(" · ".join(f"{key}: {text.say(base.language)}" for key, text in OTHER_FAULTS.items()), style="dim")
        for place, one in enumerate(waiting, 1):
            try:
                manifest = self.site.repository.read_manifest(one.found.id)
                with self._pictures(one) as folder:
                    out.print(f"\n[dim]{place}/{len(waiting)}[/]", end=" ")
                    self._ask_one(one, manifest, folder)
            except (UnknownRecord, NotFound) as error:  # gone meanwhile: the others are looked at all the same
                tell(error)

    def _ask_one(self, one: Paper, manifest: Manifest, folder: Path) -> None:
        settings = self.site.settings
        batch = f" · {t('lô', 'batch')} {escape(plain(one.batch))}" if one.batch else ""
        out.print(f"[bold]{escape(_type(manifest, settings))}[/]{batch} · {escape(plain(one.name))} · {one.found.id}")
        keys = [entry.key for entry in manifest.fields if entry.value]
        labels = _fields(settings, manifest.type)
        for number, key in enumerate(keys, 1):
            value = escape(plain(manifest.value(key)))
            out.print(f"  {number:>2}. {labels.get(key, Text(key, key)).say(base.language)}: [bold]{value}[/]")
        out.print(f"  {t('ảnh', 'pictures')}: {folder}", style="dim", soft_wrap=True)
        while True:
            said = str(click.prompt(t("  đúng hay sai", "  right or wrong"))).strip()
            if said.casefold() == _LATER:
                return
            try:
                quality.say(self.book, self.job.id, self._meant(one, said, keys, labels), labels)
            except BadValue as error:
                tell(error)
            else:
                return

    def _meant(self, one: Paper, said: str, keys: Sequence[str], labels: Mapping[str, Text]) -> Judgement:
        if said.casefold() in _RIGHT_WORDS:
            return Judgement(one.found.id, right=True, who=self.who)
        named = sheet.keys(said, labels)
        fields = tuple(_by_number(key, keys) for key in named)
        quality.check(Judgement(one.found.id, right=False, who=self.who, fields=fields), labels)
        note = str(click.prompt(t("  ghi chú", "  note"), default="", show_default=False)).strip()
        return Judgement(one.found.id, right=False, who=self.who, fields=fields, note=note)

    @contextmanager
    def _pictures(self, one: Paper) -> Iterator[Path]:
        """A folder with the record and pictures of its pages; gone when the person has looked."""
        folder = self.site.settings.site.data / "check" / one.found.id
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            record = folder / "record.pdf"
            self.site.repository.fetch(one.found.id, "record", record)
            _draw(record, folder)
            yield folder
        except OSError as error:
            raise from_os_error(error, folder.name) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _draw(record: Path, folder: Path) -> None:
    """Pictures of the first pages; what the store gave has just been compared with its hash."""
    import pypdfium2  # noqa: PLC0415 - heavy, and only needed here

    try:
        with pypdfium2.PdfDocument(record) as pdf:
            for number, page in enumerate(islice(pdf, _MOST_PICTURES), 1):
                page.render(scale=_PICTURE_DPI / 72).to_pil().save(folder / f"{number:03d}.jpg", quality=85)
    except pypdfium2.PdfiumError as error:
        raise SohoaError(what=f"pdfium: {record.parent.name}") from error


def _by_number(said: str, keys: Sequence[str]) -> str:
    return keys[int(said) - 1] if said.isascii() and said.isdecimal() and 1 <= int(said) <= len(keys) else said


def _without_time(said: Judgement) -> Judgement:
    return Judgement(said.document, said.right, said.who, said.fields, said.note)


# -- what is shown -----------------------------------------------------------------------------------------------


def _show(standings: Sequence[Standing]) -> None:
    """The batches, and what there is left to do."""
    judged = [one for one in standings if one.tally.documents or one.tally.growing]
    if not judged:
        out.print(t("Chưa có giấy tờ nào được tự động chấp nhận.", "No document was accepted by policy so far."))
        return
    table = headed(
        "Lô|Tự động chấp nhận|Lấy mẫu|Đã kiểm|Sai|Tỷ lệ sai|Khoảng|Kết luận",
        "Batch|Paper by policy|Drawn|Looked at|Wrong|Share wrong|Interval|Verdict",
    )
    for one in judged:
        tally, rate = one.tally, one.rate
        shares = ("–", "–")
        if tally.looked:
            low, high = (percent(share).say(base.language) for share in (rate.low, rate.high))
            shares = (percent(rate.share).say(base.language), f"{low} – {high}")
        counts = (str(count) for count in (tally.documents, tally.drawn, tally.looked, tally.wrong))
        verdict = one.verdict.text.say(base.language)
        tone = _TONES.get(one.verdict, "dim")
        table.add_row(escape(plain(one.batch or "–", 60)), *counts, *shares, f"[{tone}]{verdict}[/]")
    out.print(table)
    rejected = [one for one in judged if one.verdict is Verdict.REJECTED]
    if rejected:
        left = sum(one.tally.unseen for one in rejected)
        out.print(
            t(
                f"{len(rejected)} lô không đạt: còn {left} giấy tờ của các lô này phải xem hết.",
                f"{len(rejected)} batches are rejected: all of their documents are to be looked at, {left} are left.",
            )
        )


def _shape(room: _Room, standings: Sequence[Standing]) -> dict[str, Any]:
    waiting = room.waiting()
    return {
        "job": room.job.id,
        "batches": [
            {
                "batch": one.batch,
                "documents": one.tally.documents,
                "drawn": one.tally.drawn,
                "looked_at": one.tally.looked,
                "wrong": one.tally.wrong,
                "share": one.rate.share,
                "low": one.rate.low,
                "high": one.rate.high,
                "verdict": one.verdict.value,
                "wrong_fields": dict(one.faults),
            }
            for one in standings
        ],
        "to_look_at": [{"document": one.found.id, "batch": one.batch, "type": one.found.type} for one in waiting],
    }


def _every_field(settings: Settings) -> dict[str, Text]:
    """What the fields are called, those of the law before those of any type."""
    fields = _fields(settings, "")
    for kind in settings.types:
        fields = {**_fields(settings, kind.key), **fields}
    return fields


def _fields(settings: Settings, type: str) -> dict[str, Text]:
    """What the fields of papers of a type are called, those of the law before its own."""
    legal = {key: rule.label.text for key, rule in settings.legal.fields.items()}
    kind = settings.type(type)
    own = {key: field.label.text for key, field in kind.fields.items()} if kind else {}
    return {**legal, **{key: text for key, text in own.items() if key not in legal}}


def _type(manifest: Manifest, settings: Settings) -> str:
    kind = settings.type(manifest.type)
    return kind.name.text.say(base.language) if kind else manifest.title or t("chưa rõ loại", "type unknown")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in containers
        return "?"
