"""``sohoa services`` as people and programs meet it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result

from pipeline.cli.base import Site
from pipeline.cli.services import services
from pipeline.errors import BrokerDown, ServiceFailed, SohoaError, StoreDown
from pipeline.settings import bundled_folder


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of an installation whose broker may be started and stopped."""
    folder = tmp_path_factory.mktemp("office") / "so hóa"
    shutil.copytree(bundled_folder(), folder / "config", ignore=shutil.ignore_patterns("*.npz", "*.xz"))
    try:
        yield folder
    finally:
        order(folder, "down", "--only", "broker")


def order(office: Path, *words: str) -> Result:
    return CliRunner().invoke(services, words, obj=Site(office / "config"), standalone_mode=False)


def status_of(done: Result) -> int:
    """The exit code of an order that raised nothing."""
    assert done.exception is None, done.exception
    return done.return_value or 0


def shapes(office: Path, *words: str) -> list[dict[str, Any]]:
    return json.loads(order(office, *words, "--json").stdout)


def test_up_status_and_down(office: Path) -> None:
    only = ("--only", "broker")
    assert status_of(order(office, "status", *only)) == BrokerDown.exit_code
    up = order(office, "up", *only)
    assert status_of(up) == 0
    assert "hàng đợi" in up.stdout
    assert "chạy" in up.stdout
    assert "kho" not in up.stdout
    for again in ("up", "status"):
        assert order(office, again, *only).stdout == up.stdout
    down = order(office, "down", *only)
    assert status_of(down) == 0
    assert "không chạy" in down.stdout


def test_programs_read_json(office: Path) -> None:
    (up,) = shapes(office, "up", "--only", "broker")
    assert psutil.pid_exists(up["pid"])
    assert {**up, "pid": 0, "since": "", "endpoint": "", "log": ""} == {
        "name": "broker", "bundled": True, "running": True, "well": True, "pid": 0, "since": "", "endpoint": "",
        "log": "", "findings": [],
    }  # fmt: skip
    assert up["endpoint"].endswith("broker.sock")
    assert up["since"].startswith("20")
    (down,) = shapes(office, "down", "--only", "broker")
    assert (down["running"], down["pid"], down["since"]) == (False, None, None)


def test_all_parts_are_told_of_and_the_first_that_is_not_well_gives_the_exit_code(office: Path) -> None:
    found = order(office, "status", "--json")
    assert [part["name"] for part in json.loads(found.stdout)] == ["store", "broker", "worker", "sweeper"]
    assert status_of(found) == StoreDown.exit_code
    assert status_of(order(office, "status", "--only", "worker")) == ServiceFailed.exit_code


def test_a_failure_is_one_of_our_errors_and_the_parts_before_it_are_shown(office: Path) -> None:
    site = office / "config" / "site.yaml"
    before = site.read_text(encoding="utf-8")
    site.write_text(before.replace("endpoint: bundled", "endpoint: 127.0.0.1:1\n  secure: false"), encoding="utf-8")
    try:
        done = order(office, "up", "--only", "store", "--only", "broker", "--json")
    finally:
        site.write_text(before, encoding="utf-8")
    assert isinstance(done.exception, SohoaError)
    assert json.loads(done.stdout) == []


def test_an_unknown_part_is_refused(office: Path) -> None:
    done = order(office, "up", "--only", "kitchen")
    assert "kitchen" in str(done.exception)
