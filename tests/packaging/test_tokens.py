"""Keys on tokens: found, asked for, refused, pulled out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.dossier import Text
from pipeline.errors import KeyExpired, KeyMissing, KeyUnusable, SigningFailed
from pipeline.packaging import SigningKey, open_key, sign_officer, verify
from pipeline.settings import Keys, KeySource, Legal, Token
from tests.fixtures.token import PIN, Tokens
from tests.packaging.conftest import Made

NOW = datetime.now(UTC)


class Person:
    """Who is asked for PINs; remembers the questions."""

    def __init__(self, *pins: str) -> None:
        self.pins = list(pins)
        self.questions: list[Text] = []

    def __call__(self, question: Text) -> str:
        self.questions.append(question)
        return self.pins.pop(0)


def test_many_documents_with_one_pin(tokens: Tokens, pki_keys: Keys, made: Made, legal: Legal, tmp_path: Path) -> None:
    person = Person(PIN)
    with open_key("officer", tokens.source("officer"), NOW, person) as key:
        assert key.name == "Nguyễn Thị Thử"
        for number in range(3):
            out = tmp_path / f"{number}.pdf"
            assert sign_officer(made.plain, out, key, legal, NOW, pki_keys) == ()
            facts = verify(out, pki_keys.trust).signatures[0]
            assert (facts.intact, facts.trusted) == (True, True)
    assert len(person.questions) == 1
    assert "sohoa" in person.questions[0].vi


def test_the_chain_comes_from_the_token(tokens: Tokens) -> None:
    with open_key("officer", tokens.source("officer"), NOW, Person(PIN)) as key:
        names = [one.subject.native["common_name"] for one in key.signer.cert_registry]
    assert "Chứng thực thử nghiệm" in names


@pytest.mark.parametrize("certificate", ["officer", "curve"])
def test_a_key_without_label_is_found_by_its_id(certificate: str, tokens: Tokens) -> None:
    with open_key("officer", tokens.source(certificate, "spare"), NOW, Person(PIN)) as key:
        assert key.certificate.public_key.algorithm == ("ec" if certificate == "curve" else "rsa")


def test_an_elliptic_curve_key_signs(tokens: Tokens, pki_keys: Keys, made: Made, legal: Legal, tmp_path: Path) -> None:
    out = tmp_path / "signed.pdf"
    with open_key("officer", tokens.source("curve"), NOW, Person(PIN)) as key:
        own = tmp_path / "own.der"
        own.write_bytes(key.certificate.dump())
        keys = pki_keys.model_copy(update={"trust": (*pki_keys.trust, own), "revocation": "soft"})
        sign_officer(made.plain, out, key, legal, NOW, keys)
    facts = verify(out, keys.trust).signatures[0]
    assert (facts.intact, facts.trusted) == (True, True)


def test_two_keys_of_one_token_ask_once(tokens: Tokens) -> None:
    person = Person(PIN)
    with (
        open_key("officer", tokens.source("officer"), NOW, person),
        open_key("agency", tokens.source("agency"), NOW, person) as agency,
    ):
        assert agency.name == "Bộ phận Một cửa phường Thí Điểm"
    assert len(person.questions) == 1


def test_a_wrong_pin_is_tried_once_and_never_told(
    tokens: Tokens, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    person = Person("987123", PIN)
    with pytest.raises(KeyUnusable) as raised:
        open_key("officer", tokens.source("officer"), NOW, person)
    assert len(person.questions) == 1
    assert "sai PIN" in raised.value.text.vi
    told = [
        *capfd.readouterr(),
        caplog.text,
        str(raised.value),
        repr(raised.value.details),
        repr(raised.value.__cause__),
    ]
    assert not any("987123" in words for words in told)
    with open_key("officer", tokens.source("officer"), NOW, Person(PIN)) as key:
        assert PIN not in repr(key) + repr(key.signer) + repr(vars(key.signer))


def test_without_anybody_to_ask(tokens: Tokens) -> None:
    with pytest.raises(KeyUnusable, match="PIN"):
        open_key("officer", tokens.source("officer"), NOW)


@pytest.mark.parametrize(
    ("source", "error", "told"),
    [
        (lambda tokens: tokens.source("officer", "elsewhere"), KeyMissing, "elsewhere"),
        (lambda tokens: tokens.source("officer", "twin"), KeyUnusable, "2"),
        (lambda tokens: tokens.source("officer", "sohoa", serial="ffff"), KeyMissing, "sohoa"),
        (lambda tokens: tokens.source("nobody"), KeyUnusable, "nhãn"),
        (lambda tokens: tokens.source("keyless"), KeyUnusable, "khóa"),
        (lambda tokens: tokens.source("officer", key="nothing"), KeyUnusable, "khóa"),
        (lambda tokens: tokens.source("expired"), KeyExpired, "–"),
        (lambda tokens: tokens.source("encryption"), KeyUnusable, "ký"),
        (lambda _: KeySource(token=Token(library=Path("/none.so"), certificate="x")), KeyMissing, "none.so"),
    ],
    ids=["not there", "two alike", "serial", "certificate", "keyless", "key", "expired", "use", "library"],
)
def test_what_is_not_to_be_had(
    source: Callable[[Tokens], KeySource], error: type[Exception], told: str, tokens: Tokens
) -> None:
    with pytest.raises(error) as raised:
        open_key("officer", source(tokens), NOW, Person(PIN))
    assert told in raised.value.text.vi
    # The card is logged out again: the next one who opens it is asked.
    person = Person(PIN)
    open_key("officer", tokens.source("officer"), NOW, person).close()
    assert len(person.questions) == 1


def test_by_serial_number(tokens: Tokens) -> None:
    serial = tokens.card("sohoa").serial.decode()
    with open_key("officer", tokens.source("officer", "", serial=serial), NOW, Person(PIN)) as key:
        assert not key.fixed_size


def test_a_closed_key_does_not_sign(tokens: Tokens, pki_keys: Keys, made: Made, legal: Legal, tmp_path: Path) -> None:
    key = open_key("officer", tokens.source("officer"), NOW, Person(PIN))
    key.close()
    key.close()
    _fails(key, pki_keys, made, legal, tmp_path)


def test_a_token_pulled_out(tokens: Tokens, pki_keys: Keys, made: Made, legal: Legal, tmp_path: Path) -> None:
    with open_key("officer", tokens.source("officer", "spare"), NOW, Person(PIN)) as key:
        sign_officer(made.plain, tmp_path / "before.pdf", key, legal, NOW, pki_keys)
        tokens.pull("spare")
        _fails(key, pki_keys, made, legal, tmp_path)


def _fails(key: SigningKey, keys: Keys, made: Made, legal: Legal, folder: Path) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(SigningFailed) as raised:
        sign_officer(made.plain, folder / "after.pdf", key, legal, NOW, keys)
    assert raised.value.retryable
    assert "thiết bị" in raised.value.text.vi
    assert sorted(folder.iterdir()) == before
