"""Attacks on the bytes of a sealed record: turned, added, cut off, put into the gap that a signature leaves."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import cms

from benchmarks.records.attack_tools import Attack, New, Target, contents, flip, put, written
from pipeline.packaging import Expected

_CUT = frozenset({"signature_missing", "downgraded", "not_covered", "hash", "unreadable"})
_TORN = frozenset({"altered", "unreadable", "not_covered", "hidden_bytes", "byte_range", "byte_range_gap"})
_CONTAINER = frozenset({"altered", "cms_coding", "cms_padding", "cms_content", "byte_range_gap", "untrusted"})


def turned(target: Target, file: New) -> Iterator[Attack]:
    """Bytes turned, added, cut off."""
    data = target.sealed.read_bytes()
    image = data.index(b"/Subtype /Image")
    for name, at in {
        "byte flip in the picture": data.index(b"stream", image) + 2000,
        "byte flip in the header": 7,
        "byte flip in the metadata": data.rindex(b"rdf:RDF"),
        "byte flip in the last cross-reference": data.rindex(b"endstream") - 10,
        "byte flip in the byte range": data.rindex(b"/ByteRange") + 13,
        "byte flip in the trailer": data.rindex(b"startxref") + 11,
    }.items():
        yield Attack(name, written(file, flip(data, at)), None, _TORN | {"shape"})
    for name, tail in {"newline": b"\n", "letter": b"x", "comment": b"%x\n", "second end": b"\n%%EOF\n"}.items():
        yield Attack(f"appended: {name}", written(file, data + tail), None, _TORN)
    yield Attack("appended: another file", written(file, data + target.plain.read_bytes()), Expected(), _TORN | _CUT)
    yield Attack("put before: a line", written(file, b"\n" + data), None, _TORN)
    middle = data.index(b"endobj", len(data) // 2)
    yield Attack("inserted: a blank", written(file, data[:middle] + b" " + data[middle:]), None, _TORN | _CUT)
    seal = target.officer.stat().st_size
    yield Attack("seal cut off", written(file, data[:seal]), None, _CUT)
    yield Attack("both signatures cut off", written(file, data[: target.plain.stat().st_size]), Expected(), _CUT)
    yield Attack("end cut off", written(file, data[:-700]), Expected(), _CUT | _TORN)
    known = Expected(sha256=hashlib.sha256(data).hexdigest())
    yield Attack("another record in its place", target.second, known, frozenset({"hash"}))
    yield Attack("metadata of another record", target.second, Expected(xmp_sha256="0" * 64), frozenset({"xmp_hash"}))


def containers(target: Target, file: New) -> Iterator[Attack]:
    """The values of the signatures, which no signature covers."""
    data = target.sealed.read_bytes()
    spans = contents(data)
    officer, agency = spans[0], spans[1]
    last = spans[-1]
    value = bytes.fromhex(data[last[0] + 1 : last[1] - 1].decode())
    end = last[0] + 1 + 2 * _length(value)
    certificate = data.find(b"30820", last[0] + 200)
    for name, changed in {
        "digit of the signature value": put(data, end - 40 if not target.tsa else last[0] + 2000, b"0f"),
        "digit of a certificate": put(data, certificate + 200, b"0f"),
        "data in the padding": put(data, end + 20, b"abcdef") if end + 40 < last[1] else put(data, end - 4, b"0f"),
        "digits of both cases": put(data, last[0] + 40, data[last[0] + 40 : last[0] + 400].swapcase()),
        "blank among the digits": put(data, last[1] - 9, b" "),
        "zeros": put(data, officer[0] + 1, b"0" * (officer[1] - officer[0] - 2)),
        "no signature": put(data, officer[0] + 1, b"3000".ljust(officer[1] - officer[0] - 2, b"0")),
    }.items():
        yield Attack(f"/Contents: {name}", written(file, changed), None, _CONTAINER | _TORN)
    for name, span, source in (("other signature", officer, agency), ("of another record", agency, None)):
        other = data if source is not None else target.second.read_bytes()
        place = source or contents(other)[1]
        value_there = other[place[0] + 1 : place[1] - 1]
        room = span[1] - span[0] - 2
        digits = value_there.rstrip(b"0")[: room - room % 2].ljust(room, b"0")
        yield Attack(f"/Contents: {name}", written(file, put(data, span[0] + 1, digits)), None, _CONTAINER | _TORN)
    yield Attack("CMS: a certificate more", _rebuilt(target, file, _certificate_more), None, _CONTAINER | _TORN)
    yield Attack("CMS: an unsigned attribute", _rebuilt(target, file, _attribute_more), None, _CONTAINER | _TORN)


def _length(value: bytes) -> int:
    return len(cms.ContentInfo.load(value).dump())


def _rebuilt(target: Target, file: New, change: Callable[[Target, cms.ContentInfo], None]) -> Path:
    """The sealed file with the container of the agency's signature changed where its signature does not reach."""
    data = target.sealed.read_bytes()
    start, end = contents(data)[1]
    info = cms.ContentInfo.load(bytes.fromhex(data[start + 1 : end - 1].decode()))
    change(target, info)
    digits = info.dump(force=True).hex().encode()
    if len(digits) > end - start - 2:
        # No room: the file is rebuilt as if it had been signed with more; what is after it does not fit any more.
        return written(file, data[: start + 1] + digits + data[end - 1 :])
    return written(file, put(data, start + 1, digits.ljust(end - start - 2, b"0")))


def _certificate_more(target: Target, info: cms.ContentInfo) -> None:
    other = next(iter(target.others.values())).signer.signing_cert
    info["content"]["certificates"].append(cms.CertificateChoices("certificate", other))


def _attribute_more(target: Target, info: cms.ContentInfo) -> None:  # noqa: ARG001
    signer = info["content"]["signer_infos"][0]
    kept = list(signer["unsigned_attrs"]) if isinstance(signer["unsigned_attrs"], cms.CMSAttributes) else []
    time = cms.Time({"utc_time": datetime(2026, 1, 1, tzinfo=UTC)})
    signer["unsigned_attrs"] = cms.CMSAttributes([*kept, cms.CMSAttribute({"type": "signing_time", "values": [time]})])


_RANGE = re.compile(rb"/ByteRange \[([0-9 ]+)\]")


def ranges(target: Target, file: New) -> Iterator[Attack]:
    """The range of signed bytes widened, moved, laid over another."""
    data = target.sealed.read_bytes()
    found = list(_RANGE.finditer(data))[-1]
    numbers = [int(number) for number in found.group(1).split()]
    _, first, second, length = numbers
    for name, wrong in {
        "gap wider before": [0, first - 40, second, length],
        "gap wider behind": [0, first, second + 40, length - 40],
        "gap narrower": [0, first + 2, second - 2, length + 2],
        "begins later": [8, first - 8, second, length],
        "ends earlier": [0, first, second, length - 20],
        "beyond the end": [0, first, second, length + 20],
        "overlapping": [0, second, first, length],
        "no gap": [0, second, second, length],
        "negative": [0, first, second, -1],
        "empty": [0, 0, 0, 0],
    }.items():
        digits = b" ".join(b"%d" % number for number in wrong)
        if len(digits) <= len(found.group(1)):
            changed = put(data, found.start(1), digits.ljust(len(found.group(1))))
            yield Attack(f"ByteRange: {name}", written(file, changed), None, _TORN)


def hidden(plain: Path, out: Path) -> Path:
    """An object that no cross-reference names, before the last one of ``plain``, to be brought to light later."""
    data = plain.read_bytes()
    mark = data.rindex(b"startxref")
    place = int(data[mark:].split()[1])
    object_ = b"9999 0 obj\n<< /Type /Pages /Count 0 /Kids [] >>\nendobj\n"
    changed = data[:place] + object_ + data[place:mark]
    out.write_bytes(changed + b"startxref\n%d\n%%%%EOF\n" % (place + len(object_)))
    return out


def doubled(plain: Path, out: Path) -> Path:
    """One object of ``plain`` there twice, in one revision: readers may take either."""
    data = plain.read_bytes()
    mark = data.rindex(b"startxref")
    place = int(data[mark:].split()[1])
    number = re.findall(rb"\n(\d+) 0 obj", data)[2]
    object_ = number + b" 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n"
    changed = data[:place] + object_ + data[place:mark]
    out.write_bytes(changed + b"startxref\n%d\n%%%%EOF\n" % (place + len(object_)))
    return out
