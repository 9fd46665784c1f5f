"""Keys at a remote signing service."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.errors import KeyMissing, KeyUnusable, SigningFailed, SohoaError
from pipeline.packaging import SigningKey, open_key, sign_officer, verify
from pipeline.settings import Keys, Legal, Remote
from tests.fixtures.service import BEARER, PIN, Service
from tests.packaging.conftest import Made

NOW = datetime.now(UTC)


@pytest.fixture
def key(service: Service) -> Iterator[SigningKey]:
    with open_key("officer", service.source(), NOW, lambda _: PIN) as opened:
        service.asked.clear()
        yield opened


def _sign(key: SigningKey, made: Made, legal: Legal, keys: Keys, out: Path) -> None:
    assert sign_officer(made.plain, out, key, legal, NOW, keys) == ()
    facts = verify(out, keys.trust).signatures[0]
    assert (facts.intact, facts.trusted) == (True, True)


@pytest.mark.parametrize(
    ("details", "authorised", "asked"),
    [
        ({}, [10], 1),
        ({"several": 2}, [2, 2], 2),
        ({"several": 1}, [1, 1, 1], 3),
        ({"pinned": True}, [1, 1, 1], 3),
        ({"pinned": True, "extends": True}, [10], 1),
        ({"extends": True}, [10], 1),
        ({"single_use": True}, [10, 10, 10], 3),
    ],
    ids=["at once", "by twos", "one by one", "hashes", "hashes extended", "extended", "single use"],
)
def test_one_authorisation_for_as_many_as_the_service_allows(
    details: dict[str, Any], authorised: list[int], asked: int, service: Service, pki_keys: Keys, made: Made,
    legal: Legal, tmp_path: Path,
) -> None:  # fmt: skip
    for name, value in details.items():
        setattr(service, name, value)
    questions = []
    with open_key("officer", service.source(), NOW, lambda question: questions.append(question) or PIN) as key:
        for number in range(3):
            _sign(key, made, legal, pki_keys, tmp_path / f"{number}.pdf")
    assert len(questions) == 1
    assert service.authorised == authorised
    assert service.asked.count("credentials/authorize") == asked
    assert service.asked.count("credentials/extendTransaction") == (2 if service.extends else 0)


def test_a_wrong_pin_is_sent_once(
    service: Service, pki_keys: Keys, made: Made, legal: Legal, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    key = open_key("officer", service.source(), NOW, lambda _: "987123")
    for _ in range(2):
        with pytest.raises(KeyUnusable) as raised:
            sign_officer(made.plain, tmp_path / "out.pdf", key, legal, NOW, pki_keys)
        assert "PIN" in raised.value.text.vi
    assert service.asked.count("credentials/authorize") == 1
    told = " ".join([*capfd.readouterr(), caplog.text, repr(key), repr(key.signer), str(raised.value)])
    assert "987123" not in told
    assert BEARER not in told + repr(key.signer.auth_manager.csc_session_info)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("endpoint", ["credentials/authorize", "signatures/signHash"])
@pytest.mark.parametrize(
    ("fault", "told"),
    [(503, "503"), (400, "từ chối"), (307, "307"), (b"<html>", "CSC"), (b"[]", "CSC"), (b"{}", "CSC")],
    ids=["down", "refuses", "elsewhere", "rubbish", "list", "empty"],
)
def test_faults_while_signing(
    endpoint: str, fault: int | bytes, told: str, key: SigningKey, service: Service, pki_keys: Keys, made: Made,
    legal: Legal, tmp_path: Path,
) -> None:  # fmt: skip
    service.fault[endpoint] = fault
    with pytest.raises(SigningFailed) as raised:
        sign_officer(made.plain, tmp_path / "out.pdf", key, legal, NOW, pki_keys)
    assert told in raised.value.text.vi
    assert raised.value.retryable
    assert "/elsewhere" not in service.asked
    assert list(tmp_path.iterdir()) == []


def test_a_slow_service(service: Service, pki_keys: Keys, made: Made, legal: Legal, tmp_path: Path) -> None:
    with open_key("officer", service.source(seconds=0.5), NOW, lambda _: PIN) as key:
        service.slow = 5
        with pytest.raises(SigningFailed, match=r"0\.5"):
            sign_officer(made.plain, tmp_path / "out.pdf", key, legal, NOW, pki_keys)
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_went_away(service: Service, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SigningFailed, match="no connection"):
            open_key("officer", service.source(url=url), NOW, lambda _: PIN)


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"bearer": "khac"}, KeyUnusable, "token_file"),
        ({"token_file": Path("/none")}, KeyMissing, "none"),
        ({"credential": "nobody"}, SigningFailed, "404"),
    ],
)
def test_refused_at_the_door(given: dict[str, Any], error: type[SohoaError], told: str, service: Service) -> None:
    with pytest.raises(error) as raised:
        open_key("officer", service.source(**given), NOW, lambda _: PIN)
    assert told in raised.value.text.vi
    assert "khac" not in raised.value.text.vi


@pytest.mark.parametrize(
    ("credential", "told"),
    [
        ({"authMode": "oauth2code"}, "OTP"),
        ({"OTP": {"presence": "true", "type": "online"}}, "OTP"),
        ({"key": {"status": "disabled", "algo": ["1.2.840.113549.1.1.11"]}}, "khóa"),
    ],
)
def test_credentials_that_cannot_be_used_here(credential: dict[str, Any], told: str, service: Service) -> None:
    service.credential = credential
    with pytest.raises(KeyUnusable) as raised:
        open_key("officer", service.source(), NOW, lambda _: PIN)
    assert told in raised.value.text.vi


def test_without_anybody_to_ask(service: Service) -> None:
    with pytest.raises(KeyUnusable, match="PIN"):
        open_key("officer", service.source(), NOW)
    with open_key("officer", service.source(pin=False), NOW) as key:
        assert key.name == "Nguyễn Thị Thử"


def test_pin_and_token_go_nowhere_unencrypted() -> None:
    with pytest.raises(ValidationError, match="https"):
        Remote(url="http://ky.example.vn", credential="x")
    assert Remote(url="https://ky.example.vn/csc/v1", credential="x").seconds == 30
