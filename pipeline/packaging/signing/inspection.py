"""Would signing work now? Keys, their certificates' state and the time-stamping authorities, each tried."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import x509
from pyhanko.sign.timestamps.common_utils import dummy_digest

from pipeline.errors import SohoaError
from pipeline.packaging.signing import standing, timestamps
from pipeline.packaging.signing.keys import Ask, Role, is_demo, open_key, read_certificate
from pipeline.packaging.verifying.signature import quiet
from pipeline.settings import Keys

_ROLES: tuple[Role, ...] = ("officer", "agency")


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key that may sign.

    ``known``: whether somebody told that its certificate is not revoked; ``None`` when nobody was asked, since it names
    nobody or ``keys.revocation`` is ``off``.
    """

    demo: bool
    not_after: datetime
    known: bool | None
    chain: tuple[x509.Certificate, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AuthorityState:
    """A time-stamping authority: how many ``seconds`` it took, and why it cannot be used if so."""

    address: str
    seconds: float
    error: SohoaError | None


def key_states(keys: Keys, now: datetime, ask: Ask | None = None) -> tuple[tuple[Role, KeyState | SohoaError], ...]:
    """How the keys of officer and agency stand at ``now``, or the error that signing would end with.

    With ``ask`` they are opened, both at the same time: two keys on one token ask for one PIN, as when signing. Without
    it nobody is asked.
    """
    standing.forget()
    with ExitStack() as opened:
        return tuple((role, _key(role, keys, now, ask, opened)) for role in _ROLES)


def _key(role: Role, keys: Keys, now: datetime, ask: Ask | None, opened: ExitStack) -> KeyState | SohoaError:
    source = keys.officer if role == "officer" else keys.agency
    try:
        if ask is None:
            certificate, others = read_certificate(role, source, now)
        else:
            key = opened.enter_context(open_key(role, source, now, ask))
            certificate, others = key.certificate, tuple(key.signer.cert_registry)
        with quiet():
            found = asyncio.run(standing.standing(certificate, others, f"keys.{role}", keys, now))
    except SohoaError as error:
        return error
    asked = keys.revocation != "off" and bool(found.ocsps or found.crls or not found.known)
    return KeyState(
        demo=is_demo(certificate),
        not_after=certificate.not_valid_after,
        known=found.known if asked else None,
        chain=found.certificates,
    )


def authority_states(keys: Keys, now: datetime, others: Iterable[x509.Certificate] = ()) -> tuple[AuthorityState, ...]:
    """Ask every authority of ``keys.timestamp_urls`` for a time stamp, one after the other.

    ``others`` are certificates that their chains may go through, besides those they send.
    """
    timestamps.forget()
    chain = tuple(others)
    found = [_authority(keys, url, now, chain) for url in keys.timestamp_urls]
    timestamps.forget()
    return tuple(found)


def _authority(keys: Keys, url: str, now: datetime, others: tuple[x509.Certificate, ...]) -> AuthorityState:
    alone = keys.model_copy(update={"timestamp_urls": (url,)})
    began = time.monotonic()
    error = None
    try:
        with quiet():
            authorities = timestamps.Authorities(alone, now, others)
            asyncio.run(authorities.async_timestamp(dummy_digest("sha256"), "sha256"))
    except SohoaError as failed:
        error = failed
    return AuthorityState(timestamps.shown(url), time.monotonic() - began, error)
