"""Who is who in the infrastructure, as certomancer wants it told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

KEYS = (
    "root", "ca", "ocsp", "ocsp-root", "tsa", "tsa-later",
    "officer", "agency", "expired", "revoked", "encryption", "later-officer", "later-agency",
    "impostor-root", "impostor",
)  # fmt: skip
_NAMES = {
    "root": "Gốc thử nghiệm",
    "ca": "Chứng thực thử nghiệm",
    "ocsp": "Trạng thái chứng thư",
    "ocsp-root": "Trạng thái chứng thư gốc",
    "tsa": "Dấu thời gian thử nghiệm",
    "tsa-later": "Dấu thời gian thử nghiệm 2",
    "officer": "Nguyễn Thị Thử",
    "agency": "Bộ phận Một cửa phường Thí Điểm",
    "expired": "Trần Văn Hết Hạn",
    "revoked": "Lê Thị Thu Hồi",
    "encryption": "Phạm Văn Mã Hóa",
    "later-officer": "Nguyễn Thị Thử",
    "later-agency": "Bộ phận Một cửa phường Thí Điểm",
    "impostor-root": "Gốc thử nghiệm",
    "impostor": "Nguyễn Thị Thử",
}
_YEAR = timedelta(days=365)
_SIGNING = ["digital_signature", "non_repudiation"]


def config(arch: str, prefix: str, now: datetime) -> dict[str, Any]:
    """The infrastructure as of ``now``: signers valid for a year, the TSA for three, the second TSA for fifteen."""
    recently = now - timedelta(days=30)
    signing = _extensions(uses=_SIGNING)
    return {
        "external-url-prefix": prefix,
        "keysets": {arch: {"path-prefix": ".", "keys": {name: {"path": f"{name}.key.pem"} for name in KEYS}}},
        "pki-architectures": {
            arch: {
                "keyset": arch,
                "entity-defaults": {"country-name": "VN", "organization-name": "DEMO - không có giá trị pháp lý"},
                "entities": {name: {"common-name": common} for name, common in _NAMES.items()},
                "certs": {
                    "root": _certificate("root", "root", recently, 30 * _YEAR, _authority(2)),
                    "ca": _certificate("ca", "root", recently, 20 * _YEAR, [*_authority(0), *_status("root")]),
                    "ocsp": _certificate("ocsp", "ca", recently, 19 * _YEAR, _responder()),
                    "ocsp-root": _certificate("ocsp-root", "root", recently, 19 * _YEAR, _responder()),
                    "tsa": _certificate("tsa", "ca", recently, 3 * _YEAR, _stamping()),
                    "tsa-later": _certificate("tsa-later", "ca", recently, 15 * _YEAR, _stamping()),
                    "officer": _certificate("officer", "ca", recently, _YEAR, signing),
                    "agency": _certificate("agency", "ca", recently, _YEAR, signing),
                    "expired": _certificate("expired", "ca", now - 2 * _YEAR, _YEAR, signing),
                    "revoked": {
                        **_certificate("revoked", "ca", recently, _YEAR, signing),
                        "revocation": {"revoked-since": _when(now - timedelta(days=2)), "reason": "key_compromise"},
                    },
                    "encryption": _certificate("encryption", "ca", recently, _YEAR, _extensions(["key_encipherment"])),
                    "later-officer": _certificate("later-officer", "ca", recently, 10 * _YEAR, signing),
                    "later-agency": _certificate("later-agency", "ca", recently, 10 * _YEAR, signing),
                    "impostor-root": _certificate("impostor-root", "impostor-root", recently, 9 * _YEAR, _authority(0)),
                    "impostor": _certificate("impostor", "impostor-root", recently, _YEAR, _extensions(_SIGNING, None)),
                },
                "services": {
                    "ocsp": {
                        "ca": {"for-issuer": "ca", "responder-cert": "ocsp", "signing-key": "ocsp"},
                        "root": {"for-issuer": "root", "responder-cert": "ocsp-root", "signing-key": "ocsp-root"},
                    },
                    "crl-repo": {
                        name: {"for-issuer": name, "signing-key": name, "simulated-update-schedule": "P30D"}
                        for name in ("ca", "root")
                    },
                    "time-stamping": {
                        name: {"signing-key": name, "signing-cert": name} for name in ("tsa", "tsa-later")
                    },
                },
            }
        },
    }


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def _certificate(
    name: str, issuer: str, start: datetime, valid: timedelta, extensions: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "subject": name,
        "subject-key": name,
        "issuer": issuer,
        "authority-key": issuer,
        "validity": {"valid-from": _when(start), "valid-to": _when(start + valid)},
        "extensions": extensions,
    }


def _usage(uses: list[str]) -> dict[str, Any]:
    return {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": uses}}


def _status(issuer: str) -> list[dict[str, Any]]:
    """Where the status of a certificate is told: CRL and OCSP."""
    return [
        {
            "id": "crl_distribution_points",
            "smart-value": {"schema": "crl-dist-url", "params": {"crl-repo-names": [issuer]}},
        },
        {
            "id": "authority_information_access",
            "smart-value": {"schema": "aia-urls", "params": {"ocsp-responder-names": [issuer]}},
        },
    ]


def _extensions(uses: list[str], issuer: str | None = "ca") -> list[dict[str, Any]]:
    return [_usage(uses), *(_status(issuer) if issuer else [])]


def _authority(below: int) -> list[dict[str, Any]]:
    limits = {"ca": True, "path_len_constraint": below}
    return [{"id": "basic_constraints", "critical": True, "value": limits}, _usage(["key_cert_sign", "crl_sign"])]


def _responder() -> list[dict[str, Any]]:
    return [
        _usage(["digital_signature"]),
        {"id": "extended_key_usage", "critical": True, "value": ["ocsp_signing"]},
        {"id": "ocsp_no_check"},
    ]


def _stamping() -> list[dict[str, Any]]:
    return [
        _usage(["digital_signature"]),
        {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]},
        *_status("ca"),
    ]
