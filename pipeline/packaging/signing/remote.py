"""Signing keys at a remote service (Cloud Signature Consortium API 1.0.4).

What leaves this machine is the hash of what is to be signed. PIN, bearer token and signature activation data (SAD) are
kept in memory while the key is open and appear in no log, message or ``repr``.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from asn1crypto import x509
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCCredentialInfo,
    CSCServiceSessionInfo,
    CSCSigner,
    fetch_certs_in_csc_credential,
)

from pipeline.dossier import Text
from pipeline.errors import KeyMissing, KeyUnusable, SigningDown, SohoaError
from pipeline.packaging.signing.keys import Ask
from pipeline.settings import Remote

_EXTEND = "credentials/extendTransaction"
_SPARE = timedelta(seconds=10)
"""An authorisation this near its end is not used again: the request takes its time."""
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")
"""Error codes of the protocol (CSC API 1.0.4, 7.5); nothing else of a refusal is shown."""


class _Refused(Exception):
    """The service understood and refused; ``code`` is that of the protocol, empty when it gave none."""

    def __init__(self, endpoint: str, status: int, code: str) -> None:
        super().__init__(f"{endpoint}: HTTP {status} {code}".strip())
        self.endpoint = endpoint
        self.status = status
        self.code = code


class _SessionInfo(CSCServiceSessionInfo):
    """Address and bearer token of the service; the token is not shown."""

    def __repr__(self) -> str:
        return "_SessionInfo()"


class _Service:
    """Requests to the service, each with a time limit and each fault told in our words."""

    def __init__(self, where: str, remote: Remote, bearer: str | None) -> None:
        self.where = where
        self.seconds = remote.seconds
        base = remote.url.rstrip("/").removesuffix("/csc/v1")
        self.session_info = _SessionInfo(base, remote.credential, bearer)

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A session whose faults come out as our errors."""
        limit = aiohttp.ClientTimeout(total=self.seconds)
        try:
            async with (
                asyncio.timeout(self.seconds),
                aiohttp.ClientSession(timeout=limit, middlewares=(_refusals,)) as session,
            ):
                yield session
        except _Refused as error:
            raise self._refused(error) from error
        except TimeoutError as error:
            within = f"{self.seconds:g}"
            raise self._failed(f"không trả lời trong {within} giây / no answer within {within} seconds") from error
        except (aiohttp.ClientConnectionError, OSError) as error:
            raise self._failed("không kết nối được / no connection") from error
        except (aiohttp.ClientError, SigningError, ValueError, KeyError, TypeError) as error:
            what = f"trả lời không đúng giao thức CSC / its answer is not CSC: {type(error).__name__}"
            raise self._failed(what) from error

    async def post(self, session: aiohttp.ClientSession, endpoint: str, request: dict[str, Any]) -> dict[str, Any]:
        """Ask one endpoint; the answer is a JSON object."""
        url, headers = self.session_info.endpoint_url(endpoint), self.session_info.auth_headers
        async with session.post(url, headers=headers, json=request) as response:
            answer = await response.json()
        if not isinstance(answer, dict):
            raise TypeError(type(answer).__name__)
        return answer

    def _refused(self, error: _Refused) -> SohoaError:
        if error.code == "invalid_pin":
            what = "dịch vụ ký nói sai PIN, không tự thử lại / the signing service says wrong PIN, not tried again"
            return KeyUnusable(role=self.where, what=what)
        if error.status in (401, 403):
            what = "dịch vụ ký từ chối truy cập, xem token_file / the signing service denies access, see token_file"
            return KeyUnusable(role=self.where, what=f"{what}: {error}")
        if error.status >= 500:
            return self._failed(f"đang lỗi / is out of order: {error}")
        return self._failed(f"từ chối / refuses: {error}")

    def _failed(self, what: str) -> SigningDown:
        return SigningDown(what=f"{self.where}: dịch vụ ký / signing service: {what}")


async def _refusals(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    response = await handler(request)
    if response.status >= 300:  # a redirection too: PIN and token are for the configured address alone
        try:
            told = str((await response.json(content_type=None))["error"])
        except (ValueError, TypeError, KeyError):
            told = ""
        code = told if _ERROR_CODE.fullmatch(told) else ""
        raise _Refused(request.url.path.rpartition("/csc/v1/")[2], response.status, code)
    return response


class _Authorisations(CSCAuthorizationManager):
    """Gets signature activation data, for as many signatures at once as the service allows (``multisign``).

    A later signature of one authorisation needs new data from the old (``extendTransaction``, CSC API 1.0.4, 11.7)
    where the service knows that, else the same again; where data are bound to hashes (SCAL 2) and cannot be extended,
    each signature is authorised by itself. The PIN comes from this session, nobody is asked again. A PIN that was
    refused once is never sent again.
    """

    def __init__(self, service: _Service, credential: CSCCredentialInfo, pin: str | None, *, extends: bool) -> None:
        super().__init__(service.session_info, credential)
        self.session: aiohttp.ClientSession
        self._service = service
        self._pin = pin
        self._extends = extends
        self._current: CSCAuthorizationInfo | None = None
        self._left = 0
        self._refused = False
        self.reused = False

    def forget(self) -> None:
        """Drop what was authorised."""
        self._current = None

    def close(self) -> None:
        """Forget the PIN too."""
        self.forget()
        self._pin = None
        self._refused = True

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        """Data that activate signatures over these hashes."""
        pinned = self.credential_info.hash_pinning_required
        self.reused = self._usable(len(hash_b64s)) and (self._extends or not pinned)
        if self.reused and self._extends:
            await self._extend(hash_b64s)
        elif not self.reused:
            await self._authorise(hash_b64s, pinned=pinned)
        self._left -= len(hash_b64s)
        if self._current is None:
            raise SigningError("no authorisation")
        return self._current

    def _usable(self, wanted: int) -> bool:
        current = self._current
        if current is None or self._left < wanted:
            return False
        return current.expires_at is None or datetime.now(UTC) + _SPARE < current.expires_at

    async def _authorise(self, hashes: list[str], *, pinned: bool) -> None:
        if self._refused:
            what = "PIN không còn dùng được trong phiên này / the PIN is of no use in this session any more"
            raise KeyUnusable(role=self._service.where, what=what)
        several = self._extends or not pinned
        self._left = max(len(hashes), self.credential_info.max_batch_size if several else 1)
        request = self.format_csc_auth_request(pin=self._pin, hash_b64s=hashes if pinned else None)
        request["numSignatures"] = self._left
        try:
            answer = await self._service.post(self.session, "credentials/authorize", request)
        except _Refused as error:
            # Whatever the service calls it: a second try with the same PIN may lock the credential.
            self._refused = self._pin is not None and error.status < 500
            raise
        self._current = self.parse_csc_auth_response(answer)

    async def _extend(self, hashes: list[str]) -> None:
        request = {
            "credentialID": self.csc_session_info.credential_id,
            "SAD": self._current.sad if self._current else "",
        }
        pinned = {"hash": hashes} if self.credential_info.hash_pinning_required else {}
        self._current = self.parse_csc_auth_response(
            await self._service.post(self.session, _EXTEND, {**request, **pinned})
        )


class RemoteSigner(CSCSigner):
    """Signs at the service, with a connection of its own for every signature."""

    def __init__(self, service: _Service, authorisations: _Authorisations) -> None:
        super().__init__(None, authorisations, sign_timeout=math.ceil(service.seconds))  # type: ignore[arg-type]
        self._service = service
        self._authorisations = authorisations

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature over ``data``.

        Raises:
            SigningFailed: the service is down, slow or refuses.
            KeyUnusable: it refuses the PIN or the access.
        """
        signature: bytes
        if dry_run:
            signature = await super().async_sign_raw(data, digest_algorithm, dry_run=True)
            return signature
        async with self._service.asked() as session:
            self.session = self._authorisations.session = session
            try:
                signature = await super().async_sign_raw(data, digest_algorithm)
            except _Refused:
                if not self._authorisations.reused:
                    raise
                # Some services take activation data for one request only, whatever they say of several.
                self._authorisations.forget()
                signature = await super().async_sign_raw(data, digest_algorithm)
        return signature

    async def commit(self) -> None:
        """Ask for the signature; the library would only log what went wrong."""
        try:
            await super().commit()
        except SigningError as error:
            cause = error.__cause__
            raise cause if isinstance(cause, Exception) else ValueError(str(error)) from error


def open_remote(where: str, remote: Remote, ask: Ask | None) -> tuple[RemoteSigner, Callable[[], None]]:
    """Ask the service for the certificate, and a person for the PIN.

    Args:
        where: named in errors.
        remote: the service and the credential at it.
        ask: asks for the PIN.

    Returns:
        The signer, and what forgets PIN and authorisation.

    Raises:
        KeyMissing: the file with the bearer token cannot be read.
        KeyUnusable: no PIN, a disabled credential, one that wants what cannot be given here, denied access.
        SigningFailed: the service is down, slow, or answers rubbish.
    """
    service, credential, extends = _reached(where, remote)
    pin = None
    if remote.pin:
        if ask is None:
            raise KeyUnusable(role=where, what="cần PIN của dịch vụ ký / the PIN of the signing service is needed")
        pin = ask(Text(f"PIN của dịch vụ ký ({where})", f"PIN of the signing service ({where})"))
    authorisations = _Authorisations(service, credential, pin, extends=extends)
    return RemoteSigner(service, authorisations), authorisations.close


def read_remote(where: str, remote: Remote) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The certificate of the credential and its chain, which need no PIN.

    Raises:
        KeyMissing, KeyUnusable, SigningFailed: as for :func:`open_remote`.
    """
    _, credential, _ = _reached(where, remote)
    return credential.signing_cert, tuple(credential.chain)


def _reached(where: str, remote: Remote) -> tuple[_Service, CSCCredentialInfo, bool]:
    """The service, the credential at it, and whether it extends authorisations."""
    bearer = None
    if remote.token_file is not None:
        try:
            bearer = remote.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyMissing(role=where, where=remote.token_file) from error
    service = _Service(where, remote, bearer)
    credential, extends = asyncio.run(_described(service))
    _check(where, credential)
    return service, credential, extends


async def _described(service: _Service) -> tuple[CSCCredentialInfo, bool]:
    async with service.asked() as session:
        methods = (await service.post(session, "info", {})).get("methods", [])
        seconds = math.ceil(service.seconds)
        try:
            credential = await fetch_certs_in_csc_credential(session, service.session_info, seconds)
        except SigningError as error:
            cause = error.__cause__
            raise cause if isinstance(cause, Exception) else ValueError(str(error)) from error
    return credential, _EXTEND in methods


def _check(where: str, credential: CSCCredentialInfo) -> None:
    told = credential.response_data
    mode, otp = str(told.get("authMode", "")), told.get("OTP")
    if str(told.get("key", {}).get("status", "")) == "disabled":
        raise KeyUnusable(role=where, what="dịch vụ ký đã khóa khóa này / the signing service has disabled the key")
    if mode == "oauth2code" or (isinstance(otp, dict) and str(otp.get("presence", "")).lower() == "true"):
        what = (
            "dịch vụ ký đòi OTP hoặc đăng nhập từng lần, ở đây chỉ có PIN"
            " / the signing service wants a one-time password or a login each time, and only a PIN can be given here"
        )
        raise KeyUnusable(role=where, what=what)
