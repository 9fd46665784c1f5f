"""``sohoa verify``: is a file, or a stored record, what it should be?"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.progress import track

from pipeline.cli import copies, shapes
from pipeline.cli.base import Site, echo_json, err, exit_status, json_option, out, pass_site, t, tell
from pipeline.dossier import Finding, Text
from pipeline.errors import (
    IndexUnusable,
    NotFound,
    NotOurRecord,
    NotProven,
    SohoaError,
    VerificationFailed,
)

if TYPE_CHECKING:
    from pipeline.packaging import Expected, Verdict
    from pipeline.storage import Manifest

Result = dict[str, Any]

_FAILURES = {"invalid": VerificationFailed, "indeterminate": NotProven, "foreign": NotOurRecord}


@dataclass(frozen=True, slots=True)
class _Check:
    """How to check: ``at`` is the time of checking, ``online`` asks for revocation."""

    site: Site
    at: datetime | None
    online: bool

    def verdict(self, path: Path, expected: Expected | None = None) -> Verdict:
        """The verdict on a file."""
        from pipeline import packaging  # noqa: PLC0415 - heavy, and only needed here

        return packaging.verify(path, self.site.settings.site.keys.trust, expected, now=self.at, online=self.online)


@click.command(
    help=t(
        "Kiểm tra tệp, thư mục hoặc bản ghi: chữ ký, dấu thời gian, thu hồi, thay đổi, PDF/A, mã băm theo kho.",
        "Verify files, folders or records: signatures, time stamps, revocation, changes, PDF/A, hash on record.",
    )
)
@click.argument("what", nargs=-1, metavar="FILE|FOLDER|ID…")
@click.option("--all", "everything", is_flag=True, help=t("Mọi bản ghi trong kho.", "Every record of the repository."))
@click.option(
    "--online", is_flag=True, help=t("Hỏi nơi cấp xem chứng thư bị thu hồi chưa.", "Ask the issuers about revocation.")
)
@click.option(
    "--at",
    metavar="TIME",
    default="",
    help=t("Kiểm tra như ở thời điểm đó (ISO 8601).", "Check as of that time (ISO 8601)."),
)
@json_option
@pass_site
def verify(site: Site, what: tuple[str, ...], everything: bool, online: bool, at: str, as_json: bool) -> int:
    """Verify; the exit code is 0 only when everything holds."""
    if not what and not everything:
        raise click.UsageError(t("Cho tệp, thư mục, id, hoặc --all.", "Give a file, a folder, an id, or --all."))
    check = _Check(site, _moment(at, site), online)
    results: list[Result] = []
    problems: list[SohoaError] = []
    names = [*_spread(what), *(site.repository.ids() if everything else ())]
    with tempfile.TemporaryDirectory(prefix="sohoa-") as scratch:
        for name in track(names, description="", console=err, transient=True, disable=not err.is_terminal):
            try:
                results.extend(_verified(name, check, Path(scratch)))
            except SohoaError as error:
                problems.append(error)
                results.append({"file": name, "ok": False, "level": "invalid", "error": shapes.error_shape(error)})
    if as_json:
        echo_json(results)
    else:
        for result in results:
            _show(result)
    for problem in problems:
        tell(problem)
    for result in results:
        if not result["ok"] and "error" not in result:
            reasons = "; ".join(dict.fromkeys(found["message"] for found in result["findings"])) or result["level"]
            problems.append(_FAILURES[result["level"]](name=result["file"], what=reasons))
            tell(problems[-1])
    return exit_status(problems)


def _moment(at: str, site: Site) -> datetime | None:
    """The time asked for; without an offset it is the one configured."""
    if not at:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise click.BadParameter(at, param_hint="--at") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=site.now().tzinfo)


def _spread(what: tuple[str, ...]) -> Iterator[str]:
    """What was named, folders as the PDFs below them; links are not followed."""
    for name in what:
        folder = Path(name)
        if not folder.is_dir() or folder.is_symlink():
            yield name
            continue
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() == ".pdf" and path.is_file() and not path.is_symlink():
                yield str(path)


def _verified(name: str, check: _Check, scratch: Path) -> Iterator[Result]:
    """Verdicts on a file, or on the files of a stored record (fetching checks the hash against the manifest)."""
    path = Path(name)
    if path.is_file():
        yield _file(name, path, check)
        return
    if path.exists():
        raise NotFound(name=name, what=t("không phải tệp thường", "not a regular file"))
    repository = check.site.repository
    id = repository.find(name)
    manifest = repository.read_manifest(id)
    for entry in manifest.files:
        if entry.role == "reading":
            repository.readings(manifest)
        elif entry.media_type == "application/pdf":
            local = scratch / f"{id}-{entry.role}"
            repository.fetch(id, entry.role, local)
            yield _stored(manifest, entry.role, check.verdict(local, _expected(manifest, entry.role)))
            local.unlink()


def _file(name: str, path: Path, check: _Check) -> Result:
    """The verdict on a file, laid beside the manifest of the record that it is, or begins as, if one is known."""
    copy = copies.origin(path, check.site)
    if copy is not None:
        return _copy(name, path, check, copy)
    verdict = check.verdict(path)
    digests = _digests(path, verdict)
    id = _known(digests, check.site)
    version = None
    if id is not None:
        try:
            manifest = _version(digests[0], check.site.repository.read_manifest(id), check.site)
            verdict, version = check.verdict(path, _expected(manifest, "record")), manifest.version
        except SohoaError as error:
            # The file can be judged without the store, just not against it.
            tell(error)
    return {**shapes.verdict(name, verdict), "record": id, "version": version}


def _version(digest: str, newest: Manifest, site: Site) -> Manifest:
    """The manifest of the version that has that hash: a record that was renewed since is still that record."""
    if digest not in newest.earlier:
        return newest
    return site.repository.read_manifest(newest.id, version=newest.earlier.index(digest) + 1)


def _copy(name: str, path: Path, check: _Check, copy: Result) -> Result:
    """The verdict on a copy for handing out: signed by the agency alone, of a record that the repository has."""
    from pipeline import packaging  # noqa: PLC0415

    shape = shapes.verdict(name, check.verdict(path, packaging.Expected(fields=(packaging.COPY_FIELD,))))
    if shape["ok"] and copy["known"] is False:
        words = Text("bản ghi gốc không có trong kho này", "the record copied is not in this repository")
        shape.update(ok=False, level="indeterminate")
        shape["findings"].append(shapes.finding_shape(Finding("copy_source", copy["id"], words)))
    return {**shape, "record": None, "copy": copy}


def _expected(manifest: Manifest, role: str) -> Expected | None:
    """What the manifest knows of its record; of other files nothing but their hash, which fetching has checked."""
    from pipeline.vouched import expected  # noqa: PLC0415

    return expected(manifest) if role == "record" else None


def _stored(manifest: Manifest, role: str, verdict: Verdict) -> Result:
    shape = {**shapes.verdict(f"{manifest.id} {role}", verdict), "record": manifest.id}
    if role != "record":  # signed elsewhere, or a plain copy: its hash is ours to vouch for, its signers are not
        shape["ok"] = verdict.level != "invalid"
    return shape


def _digests(path: Path, verdict: Verdict) -> list[str]:
    """SHA-256 (hex) of the file, then of its beginnings up to the end of each revision, the longest first."""
    data = memoryview(path.read_bytes())
    running, at, found = hashlib.sha256(), 0, []
    for end in sorted({min(revision.end, len(data)) for revision in verdict.revisions} | {len(data)}):
        running.update(data[at:end])
        found.append(running.hexdigest())
        at = end
    return found[::-1]


def _known(digests: Iterable[str], site: Site) -> str | None:
    """Id of the record that the file is, byte for byte, or that it was before something was added to it."""
    try:
        for digest in digests:
            for hit in site.index.by_record(digest):
                return hit.id
    except IndexUnusable:
        return None
    return None


# -- for people -------------------------------------------------------------------------------------------------------


def _show(result: Result) -> None:
    mark = {True: "[green]✓[/]", False: "[red]✗[/]"}[result["ok"]]
    out.print(f"{mark} {escape(result['file'])}  {_level(result['level'])}", end="")
    if "error" in result:
        out.print(f"  {escape(result['error']['message'])}")
        return
    version = f" ({t('phiên bản', 'version')} {result['version']})" if result.get("version") else ""
    out.print(f"  [dim]{t('bản ghi', 'record')} {result['record']}{version}[/]" if result.get("record") else "")
    if result.get("copy"):
        _show_origin(result["copy"])
    for signature in result["signatures"]:
        _show_signature(signature)
    for revision in result["revisions"]:
        words = escape(revision["what"])
        out.print(f"    [dim]{t('phiên bản', 'revision')} {revision['number']}: {words} · {revision['end']} byte[/]")
    for finding in result["findings"]:
        place = f"{finding['where']}: " if finding["where"] else ""
        out.print(
            f"    [red]•[/] {escape(place)}{escape(finding['message'])} [dim]({finding['rule']})[/]", soft_wrap=True
        )
    for note in result["notes"]:
        out.print(f"    [dim]· {escape(note['where'])}: {escape(note['message'])}[/]")


def _show_origin(copy: Result) -> None:
    known = {
        True: t("khớp mã băm trong kho", "its hash is the one in the repository"),
        False: t("[red]kho không có bản ghi như vậy[/]", "[red]the repository has no such record[/]"),
        None: t("[yellow]không hỏi được kho[/]", "[yellow]the repository could not be asked[/]"),
    }[copy["known"]]
    said = t(
        f"{copy['label']} của bản ghi {copy['id']}, trang {copy['pages']}",
        f"{copy['label']} of record {copy['id']}, pages {copy['pages']}",
    )
    out.print(f"    {escape(said)} · {known}")


def _show_signature(signature: Result) -> None:
    demo = t(" [yellow]khóa thử nghiệm[/]", " [yellow]demo key[/]") if signature["demo"] else ""
    stamped = t("dấu thời gian", "time stamp") if signature["time_proven"] else t("tự khai", "as stated")
    level = f" · {signature['level']}" if signature["level"] else ""
    out.print(
        f"    {escape(signature['field'])}: {escape(signature['signer'])} · {signature['time']} ({stamped}){level}"
        f" · {escape(signature['reason'])}{demo}",
        soft_wrap=True,
    )


def _level(level: str) -> str:
    return {
        "valid": t("[green]HỢP LỆ[/]", "[green]VALID[/]"),
        "indeterminate": t("[yellow]CHƯA ĐỦ CĂN CỨ[/]", "[yellow]NOT PROVEN[/]"),
        "invalid": t("[red]KHÔNG HỢP LỆ[/]", "[red]NOT VALID[/]"),
        "foreign": t("[yellow]ký ở nơi khác[/]", "[yellow]signed elsewhere[/]"),
    }[level]
