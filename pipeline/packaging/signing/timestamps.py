"""Time stamps (RFC 3161) from the first of several authorities that answers as it should.

An authority that is down, slow, refuses, answers rubbish, whose clock differs from ours or whose certificate is not
trusted is passed over for a while, so that a batch does not wait for it again and again.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
from asn1crypto import cms, core, tsp, x509
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import dummy_digest, extract_ts_certs, set_tsp_headers
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pipeline.errors import KeyMissing, SigningDown, SohoaError
from pipeline.packaging.signing.standing import Standing, offline, standing, trusted
from pipeline.settings import Keys

_MOST_BYTES = 1 << 20
"""Of an answer; a time stamp with its certificates has some thousands."""
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError)


@dataclass
class _Memory:
    """What a process knows of the authorities: when each failed, and a token of each, to know how long they are."""

    failed: dict[str, float] = field(default_factory=dict)
    samples: dict[tuple[str, str], cms.ContentInfo] = field(default_factory=dict)


_memory = _Memory()


def forget() -> None:
    """Know nothing of any authority."""
    _memory.failed.clear()
    _memory.samples.clear()


class _Answer(core.Sequence):  # type: ignore[misc]
    """TimeStampResp (RFC 3161, 2.4.2): without a time stamp when it is refused, which the library does not foresee."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012


class Moved(Exception):
    """Another authority than the one prepared for had to be asked: the signature is to be begun again."""


class _Useless(Exception):
    """Why an authority cannot be used."""


class Authorities(TimeStamper):
    """The time-stamping authorities of ``keys.timestamp_urls`` for one signature.

    Args:
        keys: addresses, time limit, clock skew, trust, how revocation is asked for.
        moment: the time of signing by our clock, with time zone.
        others: certificates that the chain of an authority may go through, besides those it sends.
    """

    def __init__(self, keys: Keys, moment: datetime, others: Iterable[x509.Certificate] = ()) -> None:
        super().__init__()
        self._keys = keys
        self._began = time.monotonic()
        self._moment = moment
        self._others = tuple(others)
        self._chosen = ""
        self._roots = trusted(keys.trust)
        self._certified: Standing | None = None

    async def prepare(self, md_algorithm: str) -> Standing:
        """Find the authority that answers; how its certificate stands.

        Raises:
            SigningFailed: none of them can be used; every reason is named.
        """
        for url in self._order():
            sample = _memory.samples.get((url, md_algorithm))
            if sample is not None and url not in _memory.failed:
                try:
                    self._certified = await self._settle(url, sample)
                except _Useless:
                    _memory.samples.pop((url, md_algorithm))
                else:
                    self._chosen = url
                    return self._certified
        await self.async_dummy_response(md_algorithm)
        if self._certified is None:
            raise SigningDown(what="keys.timestamp_urls")
        return self._certified

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """A token as the authority gives them, to know how long they are."""
        if self._chosen and (sample := _memory.samples.get((self._chosen, md_algorithm))) is not None:
            return sample
        return await self.async_timestamp(dummy_digest(md_algorithm), md_algorithm)

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A checked time stamp over ``message_digest``.

        Raises:
            SigningFailed: no authority can be used; every reason is named.
            Moved: another authority answered than the one prepared for.
        """
        reasons = []
        for url in self._order():
            try:
                token = await self._asked(url, message_digest, md_algorithm)
            except _Useless as error:
                _memory.failed[url] = time.monotonic()
                reasons.append(f"{shown(url)}: {error}")
                continue
            _memory.failed.pop(url, None)
            _memory.samples[url, md_algorithm] = token
            if self._chosen not in ("", url):
                raise Moved
            self._chosen = url
            return token
        raise SigningDown(what=f"dấu thời gian / time stamp: {'; '.join(reasons)}")

    async def validation_paths(self, validation_context: ValidationContext) -> AsyncIterator[ValidationPath]:
        """The chain of the authority's certificate, for what is kept in the record."""
        if self._certified is not None:
            validator = CertificateValidator(self._certified.certificates[-1], validation_context=validation_context)
            yield await validator.async_validate_usage(set(), {"time_stamping"})

    def _order(self) -> list[str]:
        """As configured; those that failed a while ago come last, in case nothing else answers."""
        bound = time.monotonic() - self._keys.timestamp_retry_minutes * 60
        late = [url for url in self._keys.timestamp_urls if _memory.failed.get(url, float("-inf")) > bound]
        return [*(url for url in self._keys.timestamp_urls if url not in late), *late]

    def _now(self) -> datetime:
        return self._moment + timedelta(seconds=time.monotonic() - self._began)

    async def _asked(self, url: str, digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        nonce, request = self.request_cms(digest, md_algorithm)
        data = await self._answer(url, request.dump())
        try:
            answer = _Answer.load(data, strict=True)
            if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
                raise _Useless(f"từ chối / refuses ({_reason(answer)})")
            token = answer["time_stamp_token"]
            stamp = token["content"]["encap_content_info"]["content"].parsed
            if stamp["nonce"].native != nonce:
                raise ValueError("nonce")
            told = stamp["gen_time"].native
        except _MALFORMED as error:
            raise _Useless("trả lời không phải dấu thời gian / the answer is no time stamp") from error
        self._same_time(told)
        self._certified = found = await self._settle(url, token)
        context = offline([found], self._roots, self._now(), "none")
        try:
            status = await validate_tst_signed_data(token["content"], context, lambda _: digest)
        except (SignatureValidationError, *_MALFORMED) as error:
            raise _Useless("dấu thời gian hỏng / the time stamp is malformed") from error
        if not (status["intact"] and status["valid"]):
            raise _Useless("dấu thời gian không khớp / the time stamp is not over what was sent")
        return token

    async def _answer(self, url: str, request: bytes) -> bytes:
        seconds = self._keys.timestamp_seconds
        try:
            async with (
                asyncio.timeout(seconds),
                aiohttp.ClientSession() as session,
                session.post(url, data=request, headers=set_tsp_headers({})) as response,
            ):
                if response.status != 200:
                    raise _Useless(f"HTTP {response.status}")
                data = await response.content.read(_MOST_BYTES)
                while not response.content.at_eof() and len(data) < _MOST_BYTES:
                    data += await response.content.read(_MOST_BYTES)
        except TimeoutError as error:
            what = f"không trả lời trong {seconds:g} giây / no answer within {seconds:g} seconds"
            raise _Useless(what) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _Useless("không kết nối được / no connection") from error
        return data

    def _same_time(self, told: datetime) -> None:
        apart = (told - self._now()).total_seconds() / 60
        if abs(apart) > self._keys.clock_skew_minutes:
            raise _Useless(
                f"đồng hồ lệch {apart:+.0f} phút so với máy này, xem đồng hồ nào sai"
                f" / its clock is {apart:+.0f} minutes from ours, see which one is wrong"
            )

    async def _settle(self, url: str, token: cms.ContentInfo) -> Standing:
        """How the certificate stands that ``token`` is signed by."""
        store = SimpleCertificateStore()
        try:
            (certificate, *_) = extract_ts_certs(token, store)
        except _MALFORMED as error:
            raise _Useless("không kèm chứng thư / without its certificate") from error
        try:
            return await standing(
                certificate, [*store, *self._others], shown(url), self._keys, self._now(), "time_stamping"
            )
        except KeyMissing:
            raise
        except SohoaError as error:
            raise _Useless(f"{error.rule}: {error.details.get('what') or error.details.get('when')}") from error


def _reason(answer: _Answer) -> str:
    """The reason that the authority gives by its codes; its own words are not shown."""
    status = answer["status"]
    return ", ".join([str(status["status"].native), *sorted(map(str, status["fail_info"].native or ()))])


def shown(url: str) -> str:
    """The address without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}{parts.path}" if parts.port else f"{parts.hostname}{parts.path}"
