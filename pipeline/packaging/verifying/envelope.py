"""The bytes of one signature: what it covers, where it lies, and whether its CMS container is just what was written.

A signature leaves its own value out of what it signs, and a CMS container has parts that nothing protects. What is in
that gap is therefore held to one form: the value alone, strict DER, filled up with zeros (ISO 32000-2, 12.8.1;
ETSI EN 319 142-1, 5.2).
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import mmap
import re
from collections.abc import Iterator

from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.dossier import Finding
from pipeline.packaging.verifying.findings import block

Buffer = bytes | memoryview

_CONTENTS = re.compile(rb"/Contents[ \t\r\n]*\Z")
_LOWER_HEX = re.compile(rb"<(?:[0-9a-f]{2})*>|<(?:[0-9A-F]{2})*>")
_SUBFILTERS = {"/Sig": "/ETSI.CAdES.detached", "/DocTimeStamp": "/ETSI.RFC3161"}
_SIGNED_DATA_VERSIONS = {"v1", "v3"}
_TIME_STAMP = "signature_time_stamp_token"
_DEEPEST = 60


def byte_range(signature: EmbeddedPdfSignature) -> tuple[int, int, int] | None:
    """``(gap start, gap end, end)`` of what ``signature`` covers from the first byte on; ``None`` for another form."""
    numbers = signature.byte_range
    if not isinstance(numbers, generic.ArrayObject) or len(numbers) != 4:
        return None
    if not all(isinstance(number, int) for number in numbers):
        return None
    zero, first, second, length = map(int, numbers)
    if zero != 0 or first <= 0 or second <= first + 2 or length <= 0:
        return None
    return first, second, second + length


def gap_findings(signature: EmbeddedPdfSignature, data: mmap.mmap) -> Iterator[Finding]:
    """What is wrong with the part of the file that ``signature`` leaves out: it must be its own value and no more."""
    where = signature.field_name
    found = byte_range(signature)
    if found is None or found[2] > len(data):
        yield block("byte_range", "vùng ký (ByteRange) sai dạng", "the range of signed bytes is malformed", where)
        return
    start, end, _ = found
    gap = data[start:end]
    if _LOWER_HEX.fullmatch(gap) is None:
        vi, en = "chỗ không ký chứa thứ khác ngoài chữ ký", "the part left unsigned holds more than the signature"
        yield block("byte_range_gap", vi, en, where)
        return
    own = bytes.fromhex(gap[1:-1].decode("ascii")) == signature.pkcs7_content
    if not own or _CONTENTS.search(data[max(start - 64, 0) : start]) is None:
        vi, en = "chỗ không ký không phải giá trị của chữ ký này", "the part left unsigned is not this signature"
        yield block("byte_range_gap", vi, en, where)


def container_findings(signature: EmbeddedPdfSignature) -> Iterator[Finding]:
    """Where the CMS container is not strict: its coding, its padding, its parts that no signature protects."""
    where = signature.field_name
    contents = signature.pkcs7_content
    length = _tlv_length(contents)
    if length is None or not _strict(contents[:length], 0):
        vi, en = "chữ ký không mã hóa DER chặt chẽ", "the signature is not in strict DER"
        yield block("cms_coding", vi, en, where)
        return
    if any(contents[length:]):
        vi, en = "có dữ liệu giấu sau chữ ký, trong phần đệm", "data are hidden behind the signature, in its padding"
        yield block("cms_padding", vi, en, where)
    kind = str(signature.sig_object_type)
    if str(signature.sig_object.get("/SubFilter", "")) != _SUBFILTERS.get(kind):
        yield block("cms_kind", "loại chữ ký không phải PAdES", "the kind of signature is not PAdES", where)
    info = signature.signer_info
    signed = signature.signed_data
    for vi, en in (*_unprotected(signed, info, kind), *(_stamp_faults(info) if kind == "/Sig" else ())):
        yield block("cms_content", vi, en, where)


def tokens(info: cms.SignerInfo) -> list[cms.SignedData]:
    """Time stamps over the signature of ``info``."""
    found = []
    unsigned = info["unsigned_attrs"]
    for attribute in unsigned if isinstance(unsigned, cms.CMSAttributes) else ():
        if attribute["type"].native == _TIME_STAMP:
            found += [value["content"] for value in attribute["values"]]
    return found


def _unprotected(signed: cms.SignedData, info: cms.SignerInfo, kind: str) -> Iterator[tuple[str, str]]:
    """Parts of the container that its signature does not cover must say what the signature says."""
    digests = [one["algorithm"].native for one in signed["digest_algorithms"]]
    if digests != [info["digest_algorithm"]["algorithm"].native] or signed["version"].native not in (
        _SIGNED_DATA_VERSIONS
    ):
        yield "phần đầu chữ ký không khớp nội dung", "the head of the signature does not match what it holds"
    if signed["crls"].native:
        yield "chữ ký kèm danh sách thu hồi lạ", "the signature carries revocation lists of its own"
    names = {attribute["type"].native for attribute in info["signed_attrs"]}
    if len(names) != len(info["signed_attrs"]) or not names & {"signing_certificate_v2", "signing_certificate"}:
        yield "chữ ký không ràng buộc chứng thư người ký", "the signature is not bound to its signer's certificate"
    unsigned = info["unsigned_attrs"]
    extra = [one["type"].native for one in unsigned] if isinstance(unsigned, cms.CMSAttributes) else []
    if extra and (extra != [_TIME_STAMP] or kind != "/Sig"):
        yield "chữ ký kèm thuộc tính không được ký", "the signature carries attributes that are not signed"


def _stamp_faults(info: cms.SignerInfo) -> Iterator[tuple[str, str]]:
    found = tokens(info)
    if len(found) > 1:
        yield "nhiều dấu thời gian trên một chữ ký", "several time stamps on one signature"
    for token in found:
        for inner in token["signer_infos"]:
            if isinstance(inner["unsigned_attrs"], cms.CMSAttributes) and len(inner["unsigned_attrs"]):
                yield "dấu thời gian kèm thuộc tính không được ký", "the time stamp carries attributes not signed"
        digests = {one["algorithm"].native for one in token["digest_algorithms"]}
        if digests != {inner["digest_algorithm"]["algorithm"].native for inner in token["signer_infos"]}:
            yield "phần đầu dấu thời gian không khớp nội dung", "the head of the time stamp does not match it"


def _tlv_length(data: bytes) -> int | None:
    """Length in bytes of the DER value that ``data`` begins with; ``None`` when it is none."""
    header = _header(data, 0, len(data))
    return None if header is None else header[1] + header[2]


def _header(data: bytes, at: int, end: int) -> tuple[int, int, int] | None:
    """Tag, start of content and its length of the value at ``at``; ``None`` where it is not DER."""
    if at + 2 > end or data[at] & 0x1F == 0x1F:
        return None
    tag, first = data[at], data[at + 1]
    if first < 0x80:
        start, length = at + 2, first
    else:
        octets = first & 0x7F
        start = at + 2 + octets
        if not 1 <= octets <= 4 or start > end:
            return None
        length = int.from_bytes(data[at + 2 : start], "big")
        if length < 0x80 or data[at + 2] == 0:
            return None
    return (tag, start, length) if start + length <= end else None


def _strict(data: bytes, depth: int) -> bool:
    """Whether ``data`` is a run of DER values: definite lengths, as short as can be, nothing left over.

    Attributes that are not signed (a time stamp by others, who may code as BER allows) are left out.
    """
    at = 0
    while at < len(data):
        header = _header(data, at, len(data))
        if header is None or depth > _DEEPEST:
            return False
        tag, start, length = header
        content = data[start : start + length]
        at = start + length
        if depth == 5 and tag == 0xA1:
            continue
        if tag & 0x20:
            if not _strict(content, depth + 1):
                return False
        elif not _canonical(tag, content):
            return False
    return True


def _canonical(tag: int, content: bytes) -> bool:
    """Whether a primitive value of a universal tag has the one form that DER allows."""
    if tag == 0x01:
        return content in (b"\x00", b"\xff")
    if tag == 0x02:
        extra = len(content) > 1 and (content[0], content[1] >> 7) in ((0x00, 0), (0xFF, 1))
        return bool(content) and not extra
    return content == b"" if tag == 0x05 else True
