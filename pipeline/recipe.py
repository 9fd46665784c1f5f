"""The procedure, top to bottom: the only file that knows all stages.

A source becomes pages, pages become documents, and each document goes its way

    received → read → packaged → officer_signed → confirmed → coded → sealed → stored

(Circular 01/2023/TT-VPCP art. 7-11: capture and sign, extract, issue a code, store). After every step the document
is kept, so that whoever takes it up again goes on from there; every step may be done twice without harm.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipeline import capture, classify, packaging, storage
from pipeline.dossier import (
    Capture,
    Correction,
    Document,
    Dossier,
    Event,
    Extraction,
    FieldValue,
    Finding,
    Page,
    PageReading,
    Severity,
    Source,
    State,
    Text,
)
from pipeline.errors import (
    CutRefused,
    KeyExpired,
    KeyMissing,
    KeyUnusable,
    RecordInvalid,
    Refused,
    SigningFailed,
    SohoaError,
    from_os_error,
)
from pipeline.ocr import Desk, notices
from pipeline.settings import Limits, Settings

WAITING = Text(
    "chờ người xác nhận: chạy `sohoa review`",
    "waits for a person: run `sohoa review`",
)
UNKNOWN = Text("Giấy tờ chưa rõ loại", "Paper of unknown type")


@dataclass(frozen=True)
class Office:
    """What the steps are handed: settings, keys, the repository and how a document is kept between steps."""

    settings: Settings
    officer: packaging.SigningKey
    agency: packaging.SigningKey
    repository: storage.Repository
    index: storage.Index
    clock: Callable[[], datetime]
    keep: Callable[[Document], None]
    """Called after each step with the document as it is now."""
    folder: Callable[[Document], Path]
    """Where the files of a document in progress lie."""
    model: classify.TypeModel | None = None
    """What was learned about types of papers."""
    accept: bool = False
    """The officer let this run's documents pass the gate unseen (``--accept``)."""

    @property
    def knowledge(self) -> classify.Knowledge:
        """What papers are understood with today."""
        return classify.Knowledge(self.settings, self.clock().date(), self.model)


# -- step 1, sao chụp, and the reading of its pages -------------------------------------------------------------


def read_page(page: Page, desk: Desk, limits: Limits) -> tuple[Page, PageReading]:
    """Bring one page upright, look at its quality and read it.

    Runs in a worker process; touches nothing but its arguments. All that was noticed is in the reading's findings. A
    text layer that is not what is printed is dropped, and the page is measured and read like a scan.
    """
    page = capture.upright(page, limits)
    pixels = capture.pixels(page)
    false = bool(page.printed) and not desk.holds(pixels, page)
    if false:
        page = capture.upright(replace(page, printed=()), limits)
        pixels = capture.pixels(page)
    reading = desk.read(pixels, page)
    if false:
        reading = replace(reading, findings=(*reading.findings, notices.layer_false(f"page {page.number}")))
    return page, replace(reading, findings=capture.look(page, pixels, reading))


def documents(
    taken: Capture,
    read: Sequence[tuple[Page, PageReading]],
    dossier: Dossier,
    knowledge: classify.Knowledge,
    groups: Sequence[Sequence[int]] | None = None,
) -> Iterator[Document]:
    """Cut a source that has been read into its documents and understand each (step 2, bóc tách dữ liệu).

    A digitally signed source is one document: it is kept whole and never cut.

    Args:
        taken: the source as captured.
        read: its pages brought upright, and their readings.
        dossier: the dossier they belong to.
        knowledge: what papers are understood with.
        groups: pages of each document where a person has cut the stack; otherwise it is cut by what is on the pages.

    Raises:
        CutRefused: ``groups`` do not hold every page once, the source is signed, or there are only separator sheets.
    """
    settings, name = knowledge.settings, taken.source.name
    pages = {page.number: page for page, _ in read}
    readings = {reading.number: reading for _, reading in read}
    ordered = [readings[number] for number in sorted(readings)]
    again = capture.repeated([pages[reading.number] for reading in ordered], ordered)
    noticed = (*taken.findings, *again)
    known = storage.check_dossier(dossier, settings.codes, settings.procedures) if dossier.code else ()
    for cut in _cuts(ordered, groups, settings, name, signed=taken.source.signed):
        own = tuple(readings[number] for number in cut.pages)
        sheets = tuple(pages[number] for number in cut.pages)
        extraction = _understood(own, sheets, taken.source, dossier, knowledge)
        document = Document(
            id=document_id(taken.source.sha256, cut.pages),
            dossier=dossier,
            source=taken.source,
            pages=sheets,
            readings=own,
            extraction=extraction,
        )
        kind = settings.type(extraction.type)
        quality = capture.inspect(document.pages, own, noticed, kind, settings.legal, settings.site.quality)
        yield replace(document, findings=(*quality, *cut.findings, *known))


def _understood(
    readings: Sequence[PageReading],
    pages: Sequence[Page],
    source: Source,
    dossier: Dossier,
    knowledge: classify.Knowledge,
    type_key: str = "",
) -> Extraction:
    settings = knowledge.settings
    given = classify.Given(type_key, capture.in_colour(pages, settings.legal), source.signed)
    return classify.understand(readings, dossier, settings, today=knowledge.today, model=knowledge.model, given=given)


def _cuts(
    readings: Sequence[PageReading],
    groups: Sequence[Sequence[int]] | None,
    settings: Settings,
    name: str,
    *,
    signed: bool,
) -> Sequence[classify.Cut]:
    if signed and groups is not None:
        raise CutRefused(name=name, what="tệp đã ký số, giữ nguyên / a digitally signed file is kept whole")
    if signed:
        return (classify.whole(readings),)
    if groups is not None:
        return classify.settle(readings, groups, settings.site.splitting, name)
    cuts = classify.split(readings, settings.types, settings.site.splitting)
    if not cuts:
        raise CutRefused(name=name, what="chỉ có tờ phân cách / nothing but separator sheets")
    return cuts


def document_id(sha256: str, pages: Sequence[int]) -> str:
    """Id of the document on ``pages`` of the source with that hash: 20 letters that say nothing of its content.

    The same scan always gets the same id, so a second run finds the record of the first.
    """
    digest = hashlib.sha256(f"{sha256}:{','.join(map(str, pages))}".encode()).digest()
    return base64.b32encode(digest)[:20].decode().lower()


# -- the way of one document ------------------------------------------------------------------------------------


def compare(documents: Sequence[Document], office: Office) -> None:
    """Check the papers of one dossier against each other; those that contradict others wait for a person.

    Papers that have passed the gate are compared with, and stay as they are.
    """
    told = classify.compare(documents, office.settings)
    for document in documents:
        if document.id in told and (document.resume or document.state) in BEFORE_GATE:
            office.keep(replace(document, extraction=classify.doubted(document.extraction, told[document.id])))


def advance(document: Document, office: Office, until: State = State.STORED) -> Document:
    """Take a document through the steps that are still before it, as far as it may go, at most to ``until``.

    Returns it there, stored, or waiting at the gate (``confirmed`` not reached, ``reason`` says why).

    Raises:
        SohoaError: a step failed and the document is kept as it was before that step; one of :data:`PARKING` parks it
            with the reason, and it goes on from there when it is taken up again.
    """
    document = unpark(document)
    while document.state in STEPS and document.state is not until:
        before = document.state
        try:
            document = STEPS[before](document, office)
        except PARKING as refusal:
            office.keep(park(document, refusal, office))
            raise
        except OSError as error:
            raise from_os_error(error, "var") from error
        office.keep(document)
        if document.state is before:
            break
    return document


def package(document: Document, office: Office) -> Document:
    """PDF/A with the scan and its text, rendered and compared with the scan.

    Papers the law keeps out stop here, and scans whose quality was configured to block.
    """
    language = office.settings.site.language
    noticed = (*document.extraction.findings, *document.findings)
    blocking = dict.fromkeys(_said(finding, language) for finding in noticed if finding.severity is Severity.BLOCK)
    if blocking and not document.override:
        raise Refused(name=document.source.name, what="; ".join(blocking))
    record = office.folder(document) / "packaged.pdf"
    settings = office.settings
    packaging.build(document, record, settings.legal, type_name(document, settings), settings.site.record)
    return _reached(document, State.PACKAGED, office, record=record)


def _said(finding: Finding, language: str) -> str:
    where = finding.where if language == "en" else finding.where.replace("page", "trang")
    return f"{where}: {finding.message.say(language)}"


def officer_sign(document: Document, office: Office) -> Document:
    """The officer's visible signature with name and scan time, top left (Circular 01/2023/TT-VPCP art. 8)."""
    record = office.folder(document) / "officer.pdf"
    found = packaging.sign_officer(
        _record(document), record, office.officer, office.settings.legal, office.clock(), office.settings.site.keys
    )
    document = replace(document, findings=(*document.findings, *found))
    return _reached(document, State.OFFICER_SIGNED, office, record=record)


def confirm(document: Document, office: Office) -> Document:
    """The human gate: nothing is sealed unconfirmed unless the accept policy says so (requirement R6)."""
    if office.accept:
        remark = "accepted unseen by order of the run"
    elif office.settings.site.accept.policy == "agreed" and _agreed(document):
        remark = "accepted by policy: all fields read alike by both readers and valid"
    else:
        return replace(document, reason=WAITING.say(office.settings.site.language))
    return _reached(document, State.CONFIRMED, office, remark=remark)


def unsettled(document: Document) -> tuple[Finding, ...]:
    """What a person has to decide before the document goes on: where it begins or ends, what speaks against it."""
    cuts = (found for found in document.findings if found.rule == classify.DOUBTFUL)
    against = (found for found in document.extraction.findings if found.severity is not Severity.INFO)
    return (*cuts, *against)


def _agreed(document: Document) -> bool:
    """Whether nothing is left to a person: the type is known, no field and no finding is doubtful."""
    extraction = document.extraction
    return extraction.type != "unknown" and not extraction.doubtful and not unsettled(document)


def code(document: Document, office: Office) -> Document:
    """Cấp mã (art. 10): a unique code from the configured template."""
    issued = storage.issue(document, office.settings, office.repository)
    return _reached(replace(document, code=issued), State.CODED, office)


def seal(document: Document, office: Office) -> Document:
    """The agency's visible signature, top right, as an incremental update; then everything is verified.

    What the signatures are is noted down, for the manifest to vouch for.
    """
    site = office.settings.site
    record = office.folder(document) / "sealed.pdf"
    found = packaging.seal_agency(
        _record(document), record, office.agency, site.agency.name, office.settings.legal, office.clock(), site.keys
    )
    verdict = packaging.verify(record, site.keys.trust)
    if not verdict.ok:
        raise RecordInvalid(name=document.source.name, what="; ".join(f.rule for f in verdict.findings) or "signatures")
    proof = packaging.proof(record, verdict, site.keys.renew_before_days)
    document = replace(document, findings=(*document.findings, *found), proof=proof)
    return _reached(document, State.SEALED, office, record=record)


def store(document: Document, office: Office) -> Document:
    """Lưu kho (art. 11): objects, then the manifest, which is the commit; then the index, which can be rebuilt."""
    document = _reached(document, State.STORED, office)
    files = {"record": _record(document)}
    name, settings = type_name(document, office.settings), office.settings
    if document.source.signed:
        files["original"] = document.source.copy
    if settings.site.record.light_copy:
        files["light"] = office.folder(document) / "light.pdf"
        packaging.light_copy(document, files["record"], files["light"], settings.legal, name)
    manifest = office.repository.commit(document, files, name, packaging.digests(files["record"]))
    office.index.add(manifest, document.readings)
    return document


STEPS: dict[State, Callable[[Document, Office], Document]] = {
    State.READ: package,
    State.PACKAGED: officer_sign,
    State.OFFICER_SIGNED: confirm,
    State.CONFIRMED: code,
    State.CODED: seal,
    State.SEALED: store,
}
"""What is done next to a document in each state; ``stored`` and ``parked`` have no next step."""
PARKING = (Refused, RecordInvalid, SigningFailed, KeyMissing, KeyExpired, KeyUnusable)
"""What sets a document aside for a person: a step refused it, or it could not be signed."""
BEFORE_GATE = (State.RECEIVED, State.READ, State.PACKAGED, State.OFFICER_SIGNED)
"""States of documents that nobody has confirmed yet."""


# -- the human gate and the parking place -----------------------------------------------------------------------


def retype(document: Document, office: Office, editor: str, type_key: str) -> Document:
    """The document as one of the type that a person says it is: its fields are read anew, as that type has them."""
    read = document.extraction
    if type_key == read.type:
        return document
    said = _understood(document.readings, document.pages, document.source, document.dossier, office.knowledge, type_key)
    made = Correction("type", read.type, type_key, editor, _now(office), confidence=read.type_confidence)
    return replace(document, extraction=said, corrections=(*document.corrections, made))


def confirm_by(document: Document, office: Office, editor: str, changes: Mapping[str, str]) -> Document:
    """A person confirms a document, with corrected field values.

    Fields that were not read may be added. The value read with all that was known of it, the final value, the editor
    and the time are kept of every field that was doubtful or changed.

    Raises:
        BadValue: a value is not of its field's form.
    """
    at = _now(office)
    kind = document.extraction.type
    changes = {key: classify.typed(key, value, kind, office.settings) for key, value in changes.items()}
    final = {field.key: field for field in document.extraction.fields}
    corrections = []
    for key in changes.keys() - final.keys():
        final[key] = FieldValue(key, needs_review=True)
    for key, field in final.items():
        value = changes.get(key, field.value)
        if field.needs_review or value != field.value:
            made = Correction(key, field.value, value, editor, at, field.source, field.confidence, field.reason)
            corrections.append(made)
        source = "typed" if value != field.value else field.source
        final[key] = replace(field, value=value, source=source, needs_review=False, reason="")
    extraction = replace(document.extraction, fields=tuple(final.values()))
    document = replace(document, extraction=extraction, corrections=(*document.corrections, *corrections))
    document = _reached(document, State.CONFIRMED, office, by=editor, remark=f"{len(corrections)} fields looked at")
    office.keep(document)
    return document


def park(document: Document, error: SohoaError, office: Office) -> Document:
    """Set a document aside with a reason that a person can act on."""
    event = Event(_now(office), State.PARKED, "sohoa", error.rule)
    return replace(
        document,
        state=State.PARKED,
        resume=document.state,
        reason=error.text.say(office.settings.site.language),
        history=(*document.history, event),
    )


def unpark(document: Document) -> Document:
    """Take a parked document up again where it was."""
    if document.state is State.PARKED and document.resume is not None:
        return replace(document, state=document.resume, resume=None, reason="")
    return document


def type_name(document: Document, settings: Settings) -> str:
    """The type's name in Vietnamese; when the type is unknown the title as printed, or that there is none."""
    found = settings.type(document.extraction.type)
    return found.name.vi if found else document.extraction.title or UNKNOWN.vi


def _reached(
    document: Document, state: State, office: Office, *, record: Path | None = None, by: str = "sohoa", remark: str = ""
) -> Document:
    event = Event(_now(office), state, by, remark)
    return replace(
        document, state=state, record=record or document.record, reason="", history=(*document.history, event)
    )


def _now(office: Office) -> str:
    return office.clock().isoformat(timespec="seconds")


def _record(document: Document) -> Path:
    if document.record is None:
        raise RecordInvalid(name=document.source.name, what="no record yet")
    return document.record
