"""``sohoa copy``: sao y, sao lục and trích sao of a stored record, for handing out; and where a copy comes from."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from pipeline.cli import shapes
from pipeline.cli.base import Site, echo_json, err, json_option, out, pass_site, pin_option, t
from pipeline.dossier import Severity
from pipeline.errors import (
    BadValue,
    CopyRefused,
    NotFound,
    NotProven,
    RecordInvalid,
    SohoaError,
    UnknownRecord,
    VerificationFailed,
    from_os_error,
)
from pipeline.settings.legal import Copies, CopyForm

if TYPE_CHECKING:
    from pipeline.packaging import Verdict
    from pipeline.storage import Manifest


@click.command(
    help=t(
        "Làm bản sao y, sao lục hoặc trích sao của một bản ghi để phát hành: tệp mới, cơ quan ký số.",
        "Make a copy of a record for handing out (sao y, sao lục, trích sao): a new file, signed by the agency.",
    )
)
@click.argument("id")
@click.option(
    "--form",
    required=True,
    metavar="sao_y|sao_luc|trich_sao",
    help=t("Hình thức sao (mục copies của legal.yaml).", "Form of copy (copies in legal.yaml)."),
)
@click.option(
    "--pages", default="", metavar="1,3-4", help=t("Các trang được trích (trích sao).", "Pages taken (extracts).")
)
@click.option("--number", default="", metavar="01/SY-UBND", help=t("Số, ký hiệu bản sao.", "Number of the copy."))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help=t("Ghi vào tệp.", "File to write.")
)
@click.option("--force", is_flag=True, help=t("Ghi đè tệp đã có.", "Overwrite a file that is there."))
@click.option(
    "--override",
    is_flag=True,
    help=t(
        "Vẫn sao dù giấy được đánh dấu là không sao như vậy; người có thẩm quyền sao quyết định.",
        "Copy although the paper is marked as not to be copied so; for whoever has the authority to copy.",
    ),
)
@pin_option
@json_option
@pass_site
def copy(
    site: Site,
    id: str,
    form: str,
    pages: str,
    number: str,
    output: Path,
    force: bool,
    override: bool,
    as_json: bool,
) -> None:
    """Verify a record, copy it, verify the copy."""
    from pipeline.packaging.signing.copying import chosen_pages  # noqa: PLC0415 - heavy, and only needed here

    copies = site.settings.legal.copies
    if form not in copies.forms:
        raise BadValue(field="form", what=", ".join(copies.forms))
    if output.exists() and not force:
        what = t("tệp đã có; dùng --force để ghi đè", "the file exists; --force overwrites it")
        raise NotFound(name=output, what=what)
    manifest = site.repository.read_manifest(site.repository.find(id))
    against = "" if override else _against(manifest, copies, copies.forms[form])
    if against:
        raise CopyRefused(name=manifest.id, what=against)
    chosen = chosen_pages(pages) if pages else None
    try:
        with tempfile.TemporaryDirectory(prefix=".sohoa-", dir=output.parent) as scratch:
            made = _made(site, manifest, copies.forms[form], chosen, number, Path(scratch))
            (Path(scratch) / "copy.pdf").replace(output)
    except OSError as error:
        raise from_os_error(error, output.name) from error
    if as_json:
        echo_json({"file": str(output), **made})
        return
    for finding in made["findings"]:
        err.print(f"[yellow]{escape(finding['message'])}[/]", soft_wrap=True)
    where = t(f"trang {made['pages']}", f"pages {made['pages']}")
    out.print(f"{output}: {made['label']} · {manifest.id} · {where} · sha256 {made['sha256']}", soft_wrap=True)


def _against(manifest: Manifest, copies: Copies, form: CopyForm) -> str:
    """Why this form of copy is not made of that paper; empty when nothing speaks against it.

    Decree 30/2020/NĐ-CP: art. 27(2) for secrets, art. 3(10-12) for what a copy is made of, art. 25 for electronic
    papers.
    """
    rules = {finding.rule for finding in manifest.findings}
    marked = {finding.rule for finding in manifest.findings if finding.severity is Severity.BLOCK}
    despite = t("người có thẩm quyền quyết định thì thêm --override", "whoever has the authority adds --override")
    if rules & set(copies.withheld):
        reason = t("giấy có dấu độ mật", "the paper bears a secrecy mark")
    elif form.of == "original" and marked & set(copies.copied):
        reason = t("giấy đã quét là bản sao, chỉ sao lục được", "the paper is itself a copy: it takes a sao lục")
    elif form.of == "copy" and not rules & set(copies.copied):
        reason = t("chỉ sao lục từ bản sao; giấy này không phải", "this form is of copies, which the paper is not")
    elif manifest.source.signed and not form.from_electronic:
        reason = t(
            "văn bản gốc là văn bản điện tử, hãy giao chính nó bằng `sohoa get ID --original`",
            "the original is electronic: hand it out itself with `sohoa get ID --original`",
        )
    else:
        return ""
    return f"{reason}; {despite}"


def _made(
    site: Site, manifest: Manifest, form: CopyForm, pages: tuple[int, ...] | None, number: str, folder: Path
) -> dict[str, Any]:
    """Write ``copy.pdf`` to ``folder`` and tell what it is."""
    from pipeline import packaging  # noqa: PLC0415 - heavy, and only needed here
    from pipeline.packaging.signing import copying  # noqa: PLC0415
    from pipeline.vouched import expected  # noqa: PLC0415

    keys, name = site.settings.site.keys, manifest.id
    key = packaging.open_key("agency", keys.agency, site.now(), site.pin)
    click.get_current_context().call_on_close(key.close)
    record, made = folder / "record.pdf", folder / "copy.pdf"
    entry = site.repository.fetch(manifest.id, "record", record)
    found = packaging.verify(record, keys.trust, expected(manifest))
    if not found.ok:
        raise (NotProven if found.level == "indeterminate" else VerificationFailed)(name=name, what=_reasons(found))
    source = copying.CopySource(manifest.id, manifest.code, entry.sha256)
    findings = copying.copy_record(
        record,
        made,
        form,
        source=source,
        pages=pages,
        key=key,
        agency=site.settings.site.agency.name,
        legal=site.settings.legal,
        when=site.now(),
        keys=keys,
        number=number,
    )
    checked = packaging.verify(made, keys.trust, packaging.Expected(fields=(copying.COPY_FIELD,)))
    told = copying.copied_from(made)
    if not checked.ok or told is None:
        raise RecordInvalid(name=name, what=_reasons(checked))
    with made.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "id": manifest.id,
        "form": form.abbreviation,
        "label": form.label,
        "number": number,
        "pages": copying.said(told.pages),
        "record_sha256": entry.sha256,
        "sha256": digest,
        "bytes": made.stat().st_size,
        "demo": key.demo,
        "findings": [shapes.finding_shape(finding) for finding in findings],
    }


def origin(path: Path, site: Site) -> dict[str, Any] | None:
    """What the file at ``path`` says it is a copy of, laid beside the repository; ``None`` when it says no such thing.

    ``known`` tells whether that record is, or before it was renewed was, the file that the copy names by its hash:
    ``None`` where the repository cannot be asked. All of it is worth no more than the signature of the copy.
    """
    from pipeline.packaging.signing import copying  # noqa: PLC0415 - heavy, and only needed here

    source = copying.copied_from(path)
    if source is None:
        return None
    known: bool | None
    try:
        manifest = site.repository.read_manifest(source.id)
        record = manifest.file("record")
        known = source.sha256 in (*manifest.earlier, record.sha256 if record is not None else "")
    except UnknownRecord:
        known = False
    except SohoaError:
        known = None
    pages = copying.said(source.pages)
    return {"id": source.id, "label": source.form, "pages": pages, "record_sha256": source.sha256, "known": known}


def _reasons(verdict: Verdict) -> str:
    """What was found, in the language spoken."""
    said = [shapes.finding_shape(finding)["message"] for finding in verdict.findings]
    return "; ".join(dict.fromkeys(said)) or verdict.level
