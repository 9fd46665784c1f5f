"""What the standing of a certificate means for what it signed, in words."""

from __future__ import annotations

from datetime import datetime

from asn1crypto import x509

from pipeline.dossier import Finding, Severity, Text
from pipeline.packaging.verifying.evidence import Judged

_REASONS: dict[str, Text] = {
    "": Text("còn nguyên, người ký được tin cậy", "intact, and the signer is trusted"),
    "unknown": Text("còn nguyên nhưng không rõ ai cấp chứng thư", "intact but its issuer is not trusted here"),
    "usage": Text("chứng thư không dùng để ký", "the certificate is not meant for signatures"),
    "weak": Text("chứng thư dùng thuật toán yếu, không được tin cậy", "a certificate by a weak algorithm, not trusted"),
}


def reason(standing: Judged, certificate: x509.Certificate, *, modified: bool) -> Text:
    """How a signature that is intact stands, in one sentence."""
    if modified:
        return Text("tệp đã bị sửa sau chữ ký này", "the file was changed after this signature")
    if standing.trouble == "revoked":
        day = f"{standing.since:%Y-%m-%d}" if standing.since is not None else "?"
        return Text(f"chứng thư đã bị thu hồi từ {day}", f"the certificate was revoked on {day}")
    if standing.trouble in ("expired", "not_yet"):
        span = f"{certificate.not_valid_before:%Y-%m-%d} – {certificate.not_valid_after:%Y-%m-%d}"
        return Text(
            f"còn nguyên nhưng chứng thư hết hiệu lực ({span})", f"intact but the certificate is not valid ({span})"
        )
    return _REASONS[standing.trouble]


def weighed(
    where: str, certificate: x509.Certificate, standing: Judged, said: datetime | None, *, authority: bool
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], tuple[Finding, ...]]:
    """What a certificate's standing means for its signature: findings, doubts, notes.

    Args:
        where: name of the signature's field.
        certificate: of its signer, or of the time-stamping authority.
        standing: how the certificate stood at the moment at which the signature is proven to have existed.
        said: time of signing by a trusted time stamp made with it, else as the signer says.
        authority: whether it is a time stamp.
    """
    trouble = standing.trouble
    if not trouble:
        return (), (), () if standing.revocation == "good" else (_not_looked_at(where),)
    words = reason(standing, certificate, modified=False)
    rule = {"unknown": "untrusted", "weak": "weak_algorithm", "usage": "key_usage", "not_yet": "expired"}.get(
        trouble, str(trouble)
    )
    found = Finding(rule, where, words, Severity.BLOCK)
    if authority:
        return ((), (found,), ()) if trouble in ("unknown", "expired", "revoked") else ((found,), (), ())
    if trouble not in ("expired", "revoked"):
        return (found,), (), ()
    end = standing.since if trouble == "revoked" else standing.until
    # A time after the end speaks against the signature; one before it, without a stamp, is its signer's word alone.
    late = end is None or said is None or said >= end
    return ((found,), (), ()) if late else ((), (found,), ())


def _not_looked_at(where: str) -> Finding:
    vi, en = "chưa xem xét việc thu hồi chứng thư", "revocation not looked at: nothing here tells of it"
    return Finding("revocation_unknown", where, Text(vi, en), Severity.INFO)


def untrusted_stamp(where: str, stamp: Judged) -> Finding:
    """The note on a time stamp that proves nothing here."""
    if stamp.trouble in ("expired", "revoked"):
        vi, en = "dấu thời gian không còn tự chứng minh được", "the time stamp cannot be proven by itself any more"
        return Finding("timestamp_ended", where, Text(vi, en), Severity.WARNING)
    vi, en = "dấu thời gian do nơi chưa được tin cậy cấp", "the time stamp is by an authority not trusted here"
    return Finding("timestamp_untrusted", where, Text(vi, en), Severity.WARNING)
