"""Commands about the installation, as a new user meets them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from pipeline import __version__
from pipeline.errors import ConfigError, KeyExpired, KeyMissing, KeyUnusable, LanguageMissing, StoreDown
from tests.fixtures.office import Installation, begin


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Installation:
    return begin(tmp_path_factory.mktemp("office") / "so hóa")  # a blank and a Vietnamese letter in the path


def test_help_speaks_vietnamese_and_english(office):
    assert "Cách dùng:" in office.sohoa("--help").stdout
    assert "Usage:" in office.sohoa("--lang", "en", "--help").stdout
    assert "Số hóa giấy tờ" in office.sohoa("run", "--help").stdout
    assert __version__ in office.sohoa("--version").stdout


@pytest.mark.parametrize("words", [("frob",), ("run", "x"), ("search", "--limit", "nhiều"), ("verify",)])
def test_a_wrong_command_line_ends_with_2_and_says_what_is_wrong(office, words):
    done = office.sohoa(*words, status=2)
    assert "Lỗi:" in done.stderr


def test_init_does_not_write_over_a_configuration(office):
    done = office.sohoa("init", office.folder, status=ConfigError.exit_code)
    assert "đã có" in done.stderr


def test_demo_keys_are_private_and_not_replaced_unasked(office):
    keys = office.folder / "var" / "keys"
    for name in ("officer.p12", "officer.pass", "agency.p12", "agency.pass"):
        assert stat.S_IMODE((keys / name).stat().st_mode) == 0o600
    before = (keys / "officer.p12").read_bytes()
    office.sohoa("keys", "demo", status=KeyUnusable.exit_code)
    assert (keys / "officer.p12").read_bytes() == before
    office.sohoa("keys", "demo", "--replace")
    assert (keys / "officer.p12").read_bytes() != before


def test_the_doctor_tells_demo_keys_and_a_store_that_is_down(office):
    done = office.sohoa("doctor", "--json", status=StoreDown.exit_code)
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert checks["khóa cán bộ"]["level"] == "warning"
    assert "THỬ NGHIỆM" in checks["khóa cán bộ"]["detail"]
    assert checks["kho"]["level"] == "bad"
    assert "sohoa services up" in checks["kho"]["error"]["message"]
    assert checks["tesseract"]["level"] == "ok"


def test_the_doctor_finds_everything_in_order(installation):
    done = installation.sohoa("doctor")
    assert "✗" not in done.stdout


def test_the_doctor_misses_programs_and_data(office, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    lame = Installation(office.folder, {"TESSDATA_PREFIX": str(tmp_path / "empty")})
    said = json.loads(lame.sohoa("doctor", "--json", status=LanguageMissing.exit_code).stdout)
    assert any("tesseract-ocr-vie" in check["error"]["message"] for check in said if check["level"] == "bad")


def test_the_doctor_names_missing_keys(tmp_path: Path):
    made = Installation(tmp_path / "office")
    made.sohoa("init", made.folder)
    done = made.sohoa("doctor", status=KeyMissing.exit_code)
    assert "sohoa keys demo" in done.stdout


def test_an_expired_key_is_named_before_any_work(installation, expired_keys, tmp_path: Path):
    made = begin(tmp_path / "office")
    for role in ("officer", "agency"):
        for suffix in ("p12", "pass"):
            (made.folder / "var" / "keys" / f"{role}.{suffix}").write_bytes(
                (expired_keys / f"{role}.{suffix}").read_bytes()
            )
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    order = ("--dossier", "H00.01-261122-0001", "--procedure", "1.001193")
    made.sohoa("run", tmp_path / "a.pdf", *order, status=KeyExpired.exit_code)


def test_services_go_up_and_down_and_say_so(tmp_path: Path):
    made = begin(tmp_path / "office")
    made.sohoa("services", "status", "--only", "store", status=StoreDown.exit_code)
    try:
        first = made.sohoa("services", "up", "--only", "store").stdout
        assert made.sohoa("services", "up", "--only", "store").stdout == first
        assert made.sohoa("services", "status", "--only", "store").stdout == first
        assert "Không tìm thấy" in made.sohoa("search", "gì cũng được").stdout
        assert made.json("verify", "--all") == []
    finally:
        made.sohoa("services", "down", "--only", "store")
    made.sohoa("services", "status", "--only", "store", status=StoreDown.exit_code)
