"""Everything done to a good record that verification has to find, each with the reasons that count as finding it.

Some is done to the bytes of the sealed file, some written below a signature, some prepared before officer and agency
sign in good faith, some done by others than they say they are.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from asn1crypto import cms

from benchmarks.records.attack_bytes import containers, doubled, hidden, ranges, turned
from benchmarks.records.attack_edits import EDITS, PREPARATIONS, empty_store
from benchmarks.records.attack_tools import (
    Attack,
    New,
    Target,
    contents,
    forge,
    prepare,
    put,
    stamp_over,
    update,
    written,
)
from pipeline.packaging import AGENCY_FIELD, OFFICER_FIELD, Expected

_GROWN = frozenset({"extra_revision", "not_covered", "altered", "metadata_changed", "unreadable"})
_SHAPE = frozenset({"shape", "hidden_bytes", "unreadable", "pdfa:pikepdf:embedded-file"})


def attacks(target: Target, folder: Path, kinds: Collection[str] = ()) -> Iterator[Attack]:
    """Do everything to the record of ``target``, one file in ``folder`` after the other.

    ``kinds`` are those of :data:`KINDS` to be tried; default: all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = count(1)

    def file() -> Path:
        return folder / f"attack-{next(numbers):03}.pdf"

    for kind in kinds or KINDS:
        yield from KINDS[kind](target, file)


def _edits(target: Target, file: New) -> Iterator[Attack]:
    """Revisions below the seal, and between officer and seal."""
    for name, edit in EDITS.items():
        yield Attack(f"after the seal: {name}", update(target.sealed, file(), edit), None, _GROWN)
        between = update(target.officer, file(), edit)
        sealed = forge(between, file(), target.agency_key, AGENCY_FIELD, tsa=target.tsa)
        yield Attack(f"before the seal: {name}", sealed, None, _GROWN | {"signature_missing"})


def _prepared(target: Target, file: New) -> Iterator[Attack]:
    """Files prepared before both sign."""
    made = {name: prepare(target.plain, file(), change) for name, change in PREPARATIONS.items()}
    made["bytes of no object"] = hidden(target.plain, file())
    made["one object twice"] = doubled(target.plain, file())
    for name, plain in made.items():
        yield Attack(f"shadow: {name}", _both(target, plain, file), None, _SHAPE)


def _both(target: Target, plain: Path, file: New) -> Path:
    officer = forge(plain, file(), target.officer_key, OFFICER_FIELD, tsa=target.tsa)
    return forge(officer, file(), target.agency_key, AGENCY_FIELD, tsa=target.tsa)


_REASONS = {"impostor": "untrusted", "expired": "expired", "encryption": "key_usage"}


def _people(target: Target, file: New) -> Iterator[Attack]:
    """Others than those who should have signed, or the same in another way."""
    plain, officer, tsa = target.plain, target.officer, target.tsa
    for name, key in target.others.items():
        rule = frozenset({_REASONS[name]})
        first = forge(plain, file(), key, OFFICER_FIELD, tsa=tsa)
        both = forge(first, file(), target.agency_key, AGENCY_FIELD, tsa=tsa)
        yield Attack(f"officer: {name}", both, None, rule)
        yield Attack(f"agency: {name}", forge(officer, file(), key, AGENCY_FIELD, tsa=tsa), None, rule)
    first = forge(plain, file(), target.agency_key, AGENCY_FIELD, tsa=tsa)
    wrong = forge(first, file(), target.officer_key, OFFICER_FIELD, tsa=tsa)
    yield Attack("wrong order", wrong, None, frozenset({"signature_order"}))
    same = forge(officer, file(), target.officer_key, AGENCY_FIELD, tsa=tsa)
    yield Attack("one signer twice", same, None, frozenset({"same_signer"}))
    third = forge(target.sealed, file(), target.agency_key, "Khac", tsa=tsa)
    yield Attack("a signature more", third, None, frozenset({"signature_order", "extra_revision"}))
    known = Expected(certificates=("0" * 64, "1" * 64))
    yield Attack("other certificates on record", target.sealed, known, frozenset({"other_signer"}))
    early = datetime.now(UTC) - timedelta(days=400)
    before = forge(plain, file(), target.officer_key, OFFICER_FIELD, when=early)
    both = forge(before, file(), target.agency_key, AGENCY_FIELD, tsa=tsa)
    yield Attack("signed before the certificate", both, None, frozenset({"time_order"}))


def _time(target: Target, file: New) -> Iterator[Attack]:
    """Time stamps swapped, taken away, added; nothing where there are none."""
    if not target.tsa:
        return
    data = target.sealed.read_bytes()
    spans = contents(data)[:2]
    infos = [cms.ContentInfo.load(bytes.fromhex(data[start + 1 : end - 1].decode())) for start, end in spans]
    signers = [info["content"]["signer_infos"][0] for info in infos]
    stamps = [signer["unsigned_attrs"] for signer in signers]
    signers[0]["unsigned_attrs"] = stamps[1].copy()
    swapped = _with(data, spans[0], infos[0])
    rules = frozenset({"altered", "cms_coding", "cms_content"})
    yield Attack("time stamp of the other signature", written(file, swapped), None, rules)
    signers[1]["unsigned_attrs"] = cms.CMSAttributes([])
    bare = _with(data, spans[1], infos[1])
    known = Expected(level=target.level)
    yield Attack("time stamp taken away", written(file, bare), known, rules | {"downgraded"})
    emptied = update(target.sealed, file(), empty_store)
    yield Attack("validation data taken away", emptied, None, _GROWN | {"downgraded"})
    over = stamp_over(update(target.sealed, file(), EDITS["object overridden"]), file(), target.tsa)
    yield Attack("archive time stamp over a change", over, None, _GROWN)
    if target.level == "B-LTA":
        mark = b"%%EOF\n"
        ends = [at + len(mark) for at in range(len(data)) if data.startswith(mark, at)]
        cut = data[: ends[-2]]
        yield Attack("archive time stamp cut off", written(file, cut), known, frozenset({"downgraded"}))


def _with(data: bytes, span: tuple[int, int], info: cms.ContentInfo) -> bytes:
    start, end = span
    digits = info.dump(force=True).hex().encode()[: end - start - 2]
    return put(data, start + 1, digits.ljust(end - start - 2, b"0"))


KINDS: dict[str, Callable[[Target, New], Iterator[Attack]]] = {
    "bytes": turned,
    "containers": containers,
    "ranges": ranges,
    "edits": _edits,
    "prepared": _prepared,
    "people": _people,
    "time": _time,
}
