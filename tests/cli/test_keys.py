"""``sohoa keys check``: would signing work, with real tokens, services and authorities."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import KeyMissing, KeyRevoked, KeyUnusable, SigningDown
from pipeline.settings import bundled_folder
from pki import Pki
from tests.fixtures.office import Installation
from tests.fixtures.service import PIN as SERVICE_PIN
from tests.fixtures.service import Service
from tests.fixtures.token import PIN, Tokens

Configure = Callable[..., Installation]


@pytest.fixture
def configure(pki: Pki, tmp_path: Path) -> Configure:
    """An installation whose keys are those given, level B-T."""

    def configure(**keys: Any) -> Installation:
        made = Installation(tmp_path / "office")
        shutil.copytree(bundled_folder(), made.folder / "config")
        path = made.folder / "config" / "site.yaml"
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        own = {"trust": [str(pki.root)], "level": "B-T", "timestamp_urls": [pki.tsa()], "revocation": "hard"}
        roles = {
            role: {"p12": str(pki.p12(role)), "passphrase_file": str(pki.passphrase)} for role in ("officer", "agency")
        }
        data["keys"] = {**own, **roles, **keys}
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        return made

    return configure


def _on(cards: Tokens, certificate: str) -> dict[str, Any]:
    return {"token": {"library": str(cards.library), "label": "sohoa", "certificate": certificate}}


def _checks(done: Any) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(done.stdout)}


def test_everything_in_order(configure: Configure, pki: Pki) -> None:
    checks = configure().sohoa("keys", "check")
    assert "không bị thu hồi" in checks.stdout
    assert "PAdES B-T" in checks.stdout
    assert "dấu thời gian 127.0.0.1" in checks.stdout


def test_what_would_be_refused(configure: Configure, pki: Pki) -> None:
    revoked = {"p12": str(pki.p12("revoked")), "passphrase_file": str(pki.passphrase)}
    made = configure(officer=revoked, timestamp_urls=[pki.tsa(), pki.tsa("tsa-later")])
    pki.down.add("tsa/tsa")
    checks = _checks(made.sohoa("keys", "check", "--json", status=KeyRevoked.exit_code))
    assert checks["khóa cán bộ"]["level"] == "bad"
    assert checks["khóa cơ quan"]["level"] == "warning"  # of the test infrastructure, so a demo
    levels = [check["level"] for name, check in checks.items() if "dấu thời gian" in name]
    assert levels == ["bad", "ok"]


def test_one_pin_for_two_keys_of_a_token(configure: Configure, tokens: Tokens) -> None:
    made = configure(officer=_on(tokens, "officer"), agency=_on(tokens, "agency"))
    for pins, status in ((PIN, 0), ("987123", KeyUnusable.exit_code), ("", KeyUnusable.exit_code)):
        done = _with_pins(made, pins, status)
        assert "987123" not in done.stdout + done.stderr
    done = made.sohoa("keys", "check", status=KeyUnusable.exit_code, stdin=subprocess.DEVNULL)
    assert "--pin-fd" in done.stdout
    assert "không bị thu hồi" in made.sohoa("doctor", status=None).stdout  # without any PIN
    for _ in range(2):
        made.configure("label: sohoa", "label: away")
    assert "away" in made.sohoa("keys", "check", status=KeyMissing.exit_code).stdout


def test_a_pin_typed_is_not_shown(configure: Configure, tokens: Tokens) -> None:
    made = configure(officer=_on(tokens, "officer"))
    process, terminal = pty.fork()
    if process == 0:
        os.execv(made.command()[0], made.command("keys", "check"))
    shown = b""
    try:
        while b"PIN" not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, PIN.encode() + b"\n")
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:  # how a terminal ends
        pass
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert PIN.encode() not in shown


def test_a_key_at_a_service(configure: Configure, service: Service) -> None:
    remote = service.source("agency").remote
    assert remote is not None
    made = configure(agency={"remote": json.loads(remote.model_dump_json())})
    done = _with_pins(made, SERVICE_PIN, 0)
    assert "không bị thu hồi" in done.stdout
    service.fault["credentials/info"] = 503
    assert "503" in _with_pins(made, SERVICE_PIN, SigningDown.exit_code).stdout


def _with_pins(made: Installation, pins: str, status: int) -> Any:
    reading, writing = os.pipe()
    os.write(writing, f"{pins}\n".encode())
    os.close(writing)
    try:
        return made.sohoa("keys", "check", "--pin-fd", reading, status=status, pass_fds=(reading,))
    finally:
        os.close(reading)
