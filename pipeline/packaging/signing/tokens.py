"""Signing keys on PKCS#11 tokens and smart cards.

The PIN is asked for once, handed to the token and forgotten; the login lasts until the key is closed. A PIN is never
tried twice by itself: cards lock after a few wrong ones.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import pkcs11
from asn1crypto import x509
from pkcs11 import Attribute, Mechanism, ObjectClass, PKCS11Error, TokenFlag
from pyhanko.sign.pkcs11 import PKCS11Signer

from pipeline.dossier import Text
from pipeline.errors import KeyMissing, KeyUnusable, SigningDown
from pipeline.packaging.signing.keys import Ask
from pipeline.settings import Token

_WRONG = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange)
_HASHING = {"rsa": Mechanism.SHA256_RSA_PKCS, "ec": Mechanism.ECDSA_SHA256}
"""What a token signs with when it hashes by itself; one that does not is given the hash."""


class TokenSigner(PKCS11Signer):
    """Signs on the token; one that was pulled out is an error of ours, and nothing is signed."""

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature over ``data``.

        Raises:
            SigningFailed: the token does not answer any more.
        """
        try:
            signature: bytes = await super().async_sign_raw(data, digest_algorithm, dry_run)
        except PKCS11Error as error:
            raise _silent(error) from error
        return signature


def open_token(where: str, token: Token, ask: Ask | None) -> tuple[TokenSigner, Callable[[], None]]:
    """Log in to a token and find certificate and key on it.

    Two keys on one token share its login: the PIN is asked for once, and closing either ends both.

    Args:
        where: named in errors.
        token: which token, certificate and key.
        ask: asks for the PIN; a token with a keypad of its own needs none.

    Returns:
        The signer, and what logs out.

    Raises:
        KeyMissing: the library cannot be loaded, or no such token is plugged in.
        KeyUnusable: several such tokens, wrong or locked PIN, no such certificate or key on it.
        SigningFailed: the token was pulled out meanwhile.
    """
    found = _found(where, token)
    try:
        session = found.open()
        if found.flags & TokenFlag.LOGIN_REQUIRED and not _keys(session, {}):
            session.close()
            session = _logged_in(where, found, ask)
    except PKCS11Error as error:
        raise _silent(error) from error
    try:
        signer = _signer(where, token, found, session)
    except PKCS11Error as error:
        _closing(session)()
        raise _silent(error) from error
    except KeyUnusable:
        _closing(session)()
        raise
    return signer, _closing(session)


def read_token(where: str, token: Token) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The certificate of the key and the others on the token, which need no PIN.

    Raises:
        KeyMissing, KeyUnusable, SigningFailed: as for :func:`open_token`.
    """
    try:
        session = _found(where, token).open()
        certificates = _certificates(session)
        session.close()
    except PKCS11Error as error:
        raise _silent(error) from error
    mine, _ = _labelled(where, token, certificates)[0]
    return mine, tuple(other for _, _, other in certificates)


def _found(where: str, token: Token) -> Any:
    try:
        slots = pkcs11.lib(str(token.library)).get_slots(token_present=True)
    except PKCS11Error as error:
        what = f"{token.library}: không nạp được thư viện / the library cannot be loaded"
        raise KeyMissing(role=where, where=what) from error
    there = []
    for slot in slots:
        try:
            one = slot.get_token()
        except PKCS11Error:  # pulled out between the two calls
            continue
        serial = one.serial.decode("ascii", "replace").strip()
        wanted = token.label in ("", one.label) and token.serial in ("", serial)
        if wanted and one.flags & TokenFlag.TOKEN_INITIALIZED:
            there.append(one)
    name = token.label or token.serial or str(token.library.name)
    if not there:
        raise KeyMissing(role=where, where=f"token {name}: chưa cắm thiết bị / not plugged in")
    if len(there) > 1:
        what = f"có {len(there)} thiết bị như nhau, hãy ghi label hoặc serial / several tokens, give label or serial"
        raise KeyUnusable(role=where, what=what)
    return there[0]


def _logged_in(where: str, token: Any, ask: Ask | None) -> Any:
    if token.flags & TokenFlag.USER_PIN_LOCKED:
        raise _locked(where)
    if token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH:
        pin: Any = pkcs11.PROTECTED_AUTH
    elif ask is None:
        raise KeyUnusable(role=where, what="cần PIN của thiết bị ký / the PIN of the token is needed")
    else:
        pin = ask(_question(where, token))
    try:
        return token.open(user_pin=pin)
    except _WRONG:
        # The cause is left out: whatever is told of it must not lead to the PIN.
        raise KeyUnusable(role=where, what=_wrong(token)) from None
    except (pkcs11.PinLocked, pkcs11.PinExpired):
        raise _locked(where) from None
    finally:
        del pin


def _question(where: str, token: Any) -> Text:
    vi, en = f"PIN của thiết bị ký {token.label} ({where})", f"PIN of the token {token.label} ({where})"
    if token.flags & TokenFlag.USER_PIN_FINAL_TRY:
        return Text(f"{vi}; CHỈ CÒN MỘT LẦN THỬ, sai nữa là khóa", f"{en}; LAST TRY, another wrong one locks it")
    return Text(vi, en)


def _wrong(token: Any) -> str:
    """What is known of the tries left: tokens tell no number, only how near the end is (PKCS#11, CK_TOKEN_INFO)."""
    flags = token.slot.get_token().flags
    if flags & TokenFlag.USER_PIN_LOCKED:
        return "sai PIN, thiết bị đã bị khóa / wrong PIN, the token is locked now"
    if flags & TokenFlag.USER_PIN_FINAL_TRY:
        return "sai PIN, CHỈ CÒN MỘT LẦN THỬ trước khi khóa / wrong PIN, ONE TRY LEFT before the token locks"
    return (
        "sai PIN, sai vài lần liên tiếp thì thiết bị bị khóa (thường là 3)"
        " / wrong PIN, the token locks after a few in a row (mostly 3)"
    )


def _locked(where: str) -> KeyUnusable:
    what = "PIN bị khóa hoặc phải đổi, hãy dùng phần mềm của thiết bị / the PIN is locked or has to be changed"
    return KeyUnusable(role=where, what=what)


def _signer(where: str, token: Token, found: Any, session: Any) -> TokenSigner:
    """Certificate and key by their labels; of several certificates with one label the newest that has a key."""
    certificates = _certificates(session)
    for certificate, id in _labelled(where, token, certificates):
        # Labels of keys are often left empty; what ties a key to its certificate is the id (PKCS#11, 4.6).
        by_id: dict[Attribute, Any] = {Attribute.ID: id} if id and not token.key else {}
        wanted = by_id or {Attribute.LABEL: token.key or token.certificate}
        if len(_keys(session, wanted)) == 1:
            chain = [other for _, _, other in certificates if other.self_signed == "no"]
            return _signing_by(certificate, chain, wanted, session, found.slot.get_mechanisms())
    what = "không có đúng một khóa cho chứng thư đó / not just one key for that certificate"
    raise KeyUnusable(role=where, what=what)


def _labelled(
    where: str, token: Token, certificates: list[tuple[str, bytes, x509.Certificate]]
) -> list[tuple[x509.Certificate, bytes]]:
    """The certificates of the configured label with their ids, the newest first."""
    mine = [(certificate, id) for label, id, certificate in certificates if label == token.certificate]
    if not mine:
        raise KeyUnusable(role=where, what="không có chứng thư mang nhãn đã ghi / no certificate of that label")
    return sorted(mine, key=lambda entry: entry[0].not_valid_before, reverse=True)


def _signing_by(
    certificate: x509.Certificate,
    chain: list[x509.Certificate],
    wanted: dict[Attribute, Any],
    session: Any,
    mechanisms: Container[Mechanism],
) -> TokenSigner:
    signer = TokenSigner(
        session,
        signing_cert=certificate,
        ca_chain=chain,
        key_label=wanted.get(Attribute.LABEL),
        key_id=wanted.get(Attribute.ID),
        use_raw_mechanism=_HASHING.get(certificate.public_key.algorithm) not in mechanisms,
    )
    _ = signer.signing_cert  # finds the key now, so that a fault shows before there is anything to sign
    return signer


def _certificates(session: Any) -> list[tuple[str, bytes, x509.Certificate]]:
    """Label, id and content of every certificate on the token that can be read."""
    found = []
    for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            certificate = x509.Certificate.load(one[Attribute.VALUE])
            found.append((one[Attribute.LABEL], one[Attribute.ID], certificate))
        except (PKCS11Error, ValueError):
            continue
    return found


def _keys(session: Any, wanted: dict[Attribute, Any]) -> list[Any]:
    return list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, **wanted}))


def _closing(session: Any) -> Callable[[], None]:
    open_sessions: list[Any] = [session]

    def close() -> None:
        while open_sessions:
            try:
                open_sessions.pop().close()
            except PKCS11Error:  # pulled out: the login is gone with it
                continue

    return close


def _silent(error: PKCS11Error) -> SigningDown:
    kind = type(error).__name__
    what = "thiết bị ký không trả lời, hãy cắm lại rồi chạy lại / the token does not answer, plug it in and run again"
    return SigningDown(what=f"{what}: {kind}")
